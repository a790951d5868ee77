"""What the searches for private data give, and how they agree on one finding per place."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

PrivateKind = Literal[
    "email",
    "phone",
    "card",
    "ssn",
    "iban",
    "ip",
    "ru_passport",
    "ru_snils",
    "ru_inn",
    "ru_oms",
    "secret",
]
Certainty = Literal["confirmed", "suspect"]
"""`confirmed`: checksum, structure or registry agree; `suspect`: the shape, in such a context."""

URL = re.compile(r"(?:https?://|ftp://|www\.|t\.me/)[^\s<>\"«»]{1,2000}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Private data at `start`..`end` (characters, end exclusive)."""

    start: int
    end: int
    kind: PrivateKind
    certainty: Certainty


def without_overlaps(findings: Iterable[Finding]) -> list[Finding]:
    """Keep the first of findings that share a place, then order by place."""
    kept: list[Finding] = []
    taken: set[int] = set()
    for one in findings:
        place = range(one.start, one.end)
        if taken.isdisjoint(place):
            taken.update(place)
            kept.append(one)
    return sorted(kept)


def words_near(text: str, start: int, end: int, *, before: int, after: int = 0) -> str:
    """Give the text around a place, itself left out, folded; for looking for context words."""
    return f"{text[max(0, start - before) : start]} \n {text[end : end + after]}".casefold()
