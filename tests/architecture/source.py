"""The project's own source files, for the tests that read them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("bot_service", "core", "services", "schemas", "monitoring")


@cache
def modules(*folders: str) -> tuple[Path, ...]:
    """All Python files below some folders of the project, sorted."""
    return tuple(sorted(path for name in folders for path in (ROOT / name).rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def attributes(*without: str) -> frozenset[str]:
    """Every name that some room outside the folders `without` reads as an attribute."""
    return frozenset(
        node.attr
        for path in modules(*(room for room in ROOMS if room not in without))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
    )


def imports(path: Path) -> set[str]:
    """The full names of everything that a file imports."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def relative(path: Path) -> str:
    """A path as people write it."""
    return path.relative_to(ROOT).as_posix()
