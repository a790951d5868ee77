"""The mood towards one name, from the part of its sentence that speaks of it."""

import re

from core.text.sentiment import measure

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”»)\]]*\s+(?=[\"'“«(\[]?[^\W\d_a-zа-яё])|\n+")
_CLAUSE_END = re.compile(
    r"[;:—–]\s|,\s+(?:а|но|однако|зато|хотя|while|but|although|though|whereas)\s", re.IGNORECASE
)


def measure_towards(text: str, start: int, end: int, *, lang: str) -> float | None:
    """Measure how positive or negative a text speaks of what stands at `start`..`end`.

    Args:
        text: Any text.
        start: Where the name begins, in characters.
        end: Where it ends, exclusive; after `start`.
        lang: Language of the text.

    Returns:
        -1..1, None when the language is not measured.
    """
    return measure(clause_around(text, start, end), lang)


def clause_around(text: str, start: int, end: int) -> str:
    """Give the clause in which a place lies: within its sentence, up to a turn of thought."""
    left, right = _between(_SENTENCE_END, text, start, end)
    left, right = _between(_CLAUSE_END, text, start, end, left=left, right=right)
    return text[left:right].strip()


def _between(
    border: re.Pattern[str], text: str, start: int, end: int, *, left: int = 0, right: int = -1
) -> tuple[int, int]:
    right = len(text) if right < 0 else right
    for found in border.finditer(text, left, right):
        if found.end() <= start:
            left = found.end()
        elif found.start() >= end:
            return left, found.start()
    return left, right
