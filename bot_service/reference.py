"""Writes the reference pages that are made from the code: settings and the graph."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Annotated, get_args, get_origin

from pydantic import AliasChoices, BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from schemas.settings import Settings

PREFIX = "NEWSDESK_"
NESTED = "__"
NOTE = "<!-- Written by `make docs` from the code; change the code, not this page. -->"
BOUNDS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}


def render_settings() -> str:
    """Give docs/reference/settings.md: every setting with bounds, default and meaning."""
    rows = [
        f"| `{name}` | {_allowed(field)} | {_default(field)} | {_cell(field.description or '')} |"
        for name, field in settings_fields()
    ]
    return "\n".join(
        [
            NOTE,
            "# Settings",
            "",
            "Read from the environment, then from `.env` in the working folder. A value that is",
            "not allowed stops the start and says which one. Sets are lists separated by",
            "commas; maps are JSON.",
            "",
            "| Name | Allowed | Default | Meaning |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def render_graph() -> str:
    """Give docs/reference/graph.md: the compiled graph as a Mermaid diagram."""
    from core.orchestrator.graph import mermaid  # noqa: PLC0415 - LangGraph takes a second

    return "\n".join(
        [
            NOTE,
            "# The path of a request",
            "",
            "Drawn from the compiled graph in `core/orchestrator/graph.py`.",
            "",
            "```mermaid",
            mermaid().strip(),
            "```",
            "",
        ]
    )


def settings_fields() -> Iterator[tuple[str, FieldInfo]]:
    """Every setting with its name in the environment, in the order of the schema."""
    yield from _fields(Settings, PREFIX)


def write_reference(folder: Path) -> list[Path]:
    """Write all generated pages into `folder`; gives their paths."""
    pages = {"settings.md": render_settings(), "graph.md": render_graph()}
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def _fields(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from _fields(section, f"{prefix}{name.upper()}{NESTED}")
        else:
            alias = field.validation_alias
            if isinstance(alias, AliasChoices):
                alias = alias.choices[0]
            yield (alias if isinstance(alias, str) else f"{prefix}{name.upper()}"), field


def _allowed(field: FieldInfo) -> str:
    bounds = [
        f"{sign} {getattr(rule, bound):,}"
        for rule in field.metadata
        for bound, sign in BOUNDS.items()
        if getattr(rule, bound, None) is not None
    ]
    return _cell(", ".join([_type(field.annotation), *bounds]))


def _type(annotation: object) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(args[0])
    if args and origin not in (dict, frozenset, tuple):
        parts = [arg for arg in args if arg is not NoneType]
        return " or ".join(f"`{p}`" if isinstance(p, str) else _type(p) for p in parts)
    names: dict[object, str] = {
        int: "whole number",
        float: "number",
        str: "text",
        Path: "path",
        SecretStr: "secret",
        dict: "map",
        frozenset: "set",
    }
    return names.get(origin or annotation, getattr(annotation, "__name__", "").lower())


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "empty" if field.default_factory is dict else "a folder of the user's own"
    default = field.default
    if default is PydanticUndefined:
        return "required"
    if default is None or default == frozenset():
        return "none"
    return f"`{default}`"


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    for page in write_reference(Path("docs/reference")):
        sys.stdout.write(f"{page}\n")
