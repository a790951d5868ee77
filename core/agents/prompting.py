"""What models are told: versioned files, one a task, and pieces that tasks share."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template
from typing import Final, get_args

from schemas.llm import Task

LANGUAGE_NAMES: Final[Mapping[str, str]] = {"en": "English", "ru": "Russian"}
SHARED: Final = ("preamble", "claims", *(f"style.{lang}" for lang in LANGUAGE_NAMES))
_VERSION: Final = "version: "


@dataclass(frozen=True, slots=True)
class Prompt:
    """One file: its version, which is not sent, and its text with `$names` to be filled in."""

    version: int
    text: str


@cache
def prompt(name: str) -> Prompt:
    """Read a prompt, once a process: packaged files never change.

    Raises:
        ValueError: Its first line is not `version: ` and a whole number.
    """
    file = resources.files("core.agents.prompts").joinpath(f"{name}.md")
    first, _, text = file.read_text("utf-8").partition("\n")
    number = first.removeprefix(_VERSION)
    if first == number or not number.isdecimal():
        raise ValueError(f"{name}.md begins with {first!r}; write {_VERSION}1 there")
    return Prompt(int(number), text.strip())


@cache
def prompt_versions() -> str:
    """Name every prompt with its version; a cached answer holds for these alone."""
    return ",".join(f"{name}:{prompt(name).version}" for name in (*SHARED, *get_args(Task)))


def instructions(task: Task, *, lang: str, fence: str, count: int = 0) -> str:
    """Give what a model is told before it sees any data.

    Args:
        task: Chooses the file; a task that makes claims is told the rules of claims too.
        lang: The reader's language, one of `LANGUAGE_NAMES`.
        fence: The delimiter of this request.
        count: The most claims it may make.
    """
    shared = ("preamble", f"style.{lang}")
    names = (*shared, task) if task == "query_expansion" else (*shared, "claims", task)
    values = {"fence": fence, "language": LANGUAGE_NAMES[lang], "count": str(count)}
    return "\n\n".join(Template(prompt(name).text).substitute(values) for name in names)
