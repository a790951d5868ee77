"""Reading replies whose form nobody has checked: what is missing or of another type is None."""

from collections.abc import Mapping, Sequence

from schemas.llm import Usage

MAX_TOKENS_TOLD = 10**8
"""No call reads as many tokens; a provider that tells more has not counted."""
MAX_OUTPUT_RATIO = 4
MAX_OUTPUT_OVER = 100_000
"""How far beyond a call's limit an output is believed: reasoning may not be held to it."""


def dig(value: object, *path: str | int) -> object:
    """Follow names and places through objects, mappings and lists; None where one is missing."""
    for step in path:
        if isinstance(step, int):
            is_there = isinstance(value, list | tuple) and -len(value) <= step < len(value)
            value = value[step] if is_there else None  # type: ignore[index] # a list by then
        elif isinstance(value, Mapping):
            value = value.get(step)
        else:
            value = getattr(value, step, None)
        if value is None:
            return None
    return value


def items(value: object, *path: str | int) -> Sequence[object]:
    """Give the list at a path, empty where there is none."""
    found = dig(value, *path)
    return found if isinstance(found, list | tuple) else ()


def words(value: object, *path: str | int) -> str:
    """Give the text at a path, empty where there is none."""
    found = dig(value, *path)
    return found if isinstance(found, str) else ""


def count(value: object, *path: str | int) -> int:
    """Give the count at a path, 0 where there is none."""
    found = dig(value, *path)
    return max(0, found) if isinstance(found, int) else 0


def usage_of(*, input_: int, cached: int = 0, output: int, reasoning: int = 0) -> Usage:
    """Give the usage with the parts held inside their wholes; all zeros: nothing was told."""
    return Usage(
        input_tokens=input_,
        cached_tokens=min(cached, input_),
        output_tokens=output,
        reasoning_tokens=min(reasoning, output),
    )


def believed(usage: Usage, *, max_tokens: int) -> Usage:
    """Give the usage of a call that was limited to `max_tokens`; all zeros when it is absurd."""
    most_output = min(MAX_TOKENS_TOLD, MAX_OUTPUT_RATIO * max_tokens + MAX_OUTPUT_OVER)
    is_absurd = usage.input_tokens > MAX_TOKENS_TOLD or usage.output_tokens > most_output
    return Usage() if is_absurd else usage
