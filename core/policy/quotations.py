"""What stands between quotation marks."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_PAIRS = re.compile(
    r"«(?P<a>[^«»]{1,600})»|“(?P<b>[^“”]{1,600})”|„(?P<c>[^„“”]{1,600})[“”]"
    r"|\"(?P<d>[^\"]{1,600})\"|(?<![^\W_])['‘](?P<e>[^'‘’]{1,40}(?:['’][^\W\d_][^'‘’]{0,200}){0,6}"
    r"|[^'‘’]{1,600})['’](?![^\W_])"
)


class Quotation(NamedTuple):
    """The words between quotation marks, at `start`..`end` of the sentence."""

    text: str
    start: int
    end: int


def find_quotes(text: str) -> Iterator[Quotation]:
    """Find what stands between quotation marks; unlike letters, marks may be of any language."""
    for found in _PAIRS.finditer(text):
        inner = next(part for part in found.groups() if part is not None)
        if any(letter.isalnum() for letter in inner):
            yield Quotation(inner, found.start(), found.end())
