"""A label for the parts of Newsdesk, readable by programs; attaching one changes nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Component:
    """What one part is: `name` unique, `kind` one word, `owns` one sentence."""

    name: str
    kind: str
    owns: str


def component(name: str, *, kind: str, owns: str) -> Callable[[T], T]:
    """Attach a `Component` record to a function or class and return it untouched."""
    record = Component(name=name, kind=kind, owns=owns)

    def attach(target: T) -> T:
        target.__newsdesk_component__ = record  # type: ignore[attr-defined]
        return target

    return attach
