"""Whether each thing is in its room; the arrows between rooms are import-linter's."""

import ast
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram
from pydantic import BaseModel

from monitoring.metrics import Metrics
from schemas.settings import Settings
from tests.architecture.source import ROOMS, attributes, imports, modules, relative, tree

MAX_LINES = 400
GENERATED = "services/adapters/store/migrations/versions/"

HOMES = {
    "openai": ("services/adapters/llm/", "services/adapters/embed/"),
    "anthropic": "services/adapters/llm/",
    "google.genai": ("services/adapters/llm/", "services/adapters/embed/"),
    "genai_prices": "services/adapters/llm/",
    "redis": ("services/adapters/cache/", "services/adapters/jobs/", "services/adapters/ledger/"),
    "matplotlib": "services/adapters/charts",
    "sklearn": "services/training/",
    "sentence_transformers": "services/adapters/embed/",
}
"""Packages that no import-linter contract names, since it refuses names that nothing imports."""


def test_an_init_file_holds_nothing_but_a_docstring() -> None:
    crowded = [
        relative(path)
        for path in modules(*ROOMS, "tests")
        if path.name == "__init__.py" and not _is_docstring_at_most(tree(path))
    ]

    assert crowded == []


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    long = [
        f"{relative(path)}: {n} lines"
        for path in modules(*ROOMS, "tests")
        if (n := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
        and not relative(path).startswith(GENERATED)
    ]

    assert long == []


def test_only_the_wiring_reads_the_environment() -> None:
    readers = [
        relative(path)
        for path in modules(*ROOMS)
        if path.name != "wiring.py" and _reads_environment(path)
    ]

    assert readers == []


def test_nothing_is_mocked() -> None:
    mockers = [
        relative(path)
        for path in modules(*ROOMS, "tests")
        if any(name.startswith(("unittest.mock", "mock.")) for name in imports(path))
    ]

    assert mockers == []


@pytest.mark.parametrize("package", HOMES)
def test_a_package_stays_in_its_home(package: str) -> None:
    strangers = [
        relative(path)
        for path in modules(*ROOMS)
        if any(f"{name}.".startswith(f"{package}.") for name in imports(path))
        and not relative(path).startswith(HOMES[package])
    ]

    assert strangers == []


def test_every_setting_is_read_somewhere() -> None:
    unread = sorted(_fields(Settings, "") - {f for f in _fields(Settings, "") if _is_read(f)})

    assert unread == []


def test_every_metric_is_fed_somewhere() -> None:
    names = {
        name
        for name, value in vars(Metrics()).items()
        if isinstance(value, Counter | Gauge | Histogram)
    } - {"newsdesk_build_info"}

    assert sorted(names - attributes("monitoring")) == []


def _is_docstring_at_most(module: ast.Module) -> bool:
    match module.body:
        case [] | [ast.Expr(value=ast.Constant(value=str()))]:
            return True
        case _:
            return False


def _reads_environment(path: Path) -> bool:
    return bool(imports(path) & {"os.environ", "os.getenv"}) or any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in {("os", "environ"), ("os", "getenv"), ("os", "putenv")}
        for node in ast.walk(tree(path))
    )


def _fields(model: type[BaseModel], prefix: str) -> set[str]:
    names: set[str] = set()
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            names |= _fields(section, f"{prefix}{name}.")
        else:
            names.add(prefix + name)
    return names


def _is_read(field: str) -> bool:
    return field.rsplit(".", 1)[-1] in attributes("schemas")
