"""A text as the checks read it: words with their places, stems, figures and dates."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import NamedTuple

from core.policy.dates import Date, find_dates, may_hold_dates
from core.policy.number_words import may_be_spelled
from core.policy.quantities import Quantity, find_quantities
from core.policy.quotations import Quotation, find_quotes
from core.text.scripts import UNSPACED, script_of
from core.text.stems import stem
from core.text.stopwords import is_stop_word

_ONE_TO_ONE: Mapping[str, str] = {
    **{chr(0xFF01 + i): chr(0x21 + i) for i in range(94)},
    **dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000\t\r", " "),
    **dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2212\ufe63", "-"),
    "ё": "е",
    "Ё": "Е",
}
_SPECIAL = re.compile(f"[{''.join(_ONE_TO_ONE)}]")
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?|[^\W\d_]+(?:['&][^\W\d_]+)*")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_OPENS = re.compile(r"(?:^|[.!?…:;«“”„\"|(\[—–]|(?:^|\s)['*•]|\s-\s)[\s'«“\"(\[]*$")
_LOOK_BACK = 6
DENIALS = frozenset({"not", "never", "не", "cannot", "can't", "без", "without"})
_DIGIT = re.compile(r"\d")
_BREAK = re.compile(r"[.,;:!?()—–\d«»“”\n]")
_SAMPLE = 24
PREFIX = 5
"""Letters by which two stems of one root are told, where both have as many."""


class Word(NamedTuple):
    """One written word; `is_first`: its capital may come from its place in the sentence."""

    text: str
    start: int
    end: int
    low: str
    stem: str
    is_capital: bool
    is_first: bool


@lru_cache(maxsize=16_384)
def is_stop(low: str) -> bool:
    """Whether a word in small letters carries no topic in any language."""
    return is_stop_word(low)


@lru_cache(maxsize=16_384)
def alphabet(word: str) -> str | None:
    """Name the alphabet of a word, by its first letter."""
    return script_of(word)


def plain(text: str) -> str:
    """Give one spelling to spaces, dashes, apostrophes, wide letters and ё; places stay."""
    return _SPECIAL.sub(lambda found: _ONE_TO_ONE[found[0]], text)


@dataclass(frozen=True)
class Reading:
    """A text in plain spelling; what it holds is looked up when it is first asked for."""

    text: str

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words in reading order."""
        return tuple(_words(self.text))

    @cached_property
    def lows(self) -> frozenset[str]:
        """The distinct words in small letters."""
        if "words" in self.__dict__ or _UNSPACED.search(self.text):
            return frozenset(word.low for word in self.words)
        return frozenset(_low(written) for written in _WORD.findall(self.text.lower()))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of all words."""
        return frozenset(stem(low, "en") for low in self.lows)

    @cached_property
    def is_denying(self) -> bool:
        """Whether the text denies anything."""
        return "n't" in self.text or not self.lows.isdisjoint(DENIALS)

    @cached_property
    def roots(self) -> frozenset[str]:
        """The first letters of longer stems."""
        return frozenset(one[:PREFIX] for one in self.stems if len(one) >= PREFIX)

    @cached_property
    def meaningful(self) -> tuple[Word, ...]:
        """The words but for stop words."""
        return tuple(word for word in self.words if not is_stop(word.low))

    @cached_property
    def scripts(self) -> Mapping[str | None, int]:
        """How many of the first words are written in which alphabet, most frequent first."""
        first = islice((found[0].lower() for found in _WORD.finditer(self.text)), _SAMPLE)
        return dict(Counter(alphabet(word) for word in first).most_common())

    @cached_property
    def denied(self) -> Mapping[str, Word]:
        """The words of meaning that are denied, by stem."""
        found: dict[str, Word] = {}
        if not self.is_denying:
            return found
        is_denied, end = False, 0
        for word in self.words:
            if is_denied and _BREAK.search(self.text, end, word.start):
                is_denied = False
            end = word.end
            if word.low in DENIALS or word.low.endswith("n't"):
                is_denied = True
            elif is_denied and not is_stop(word.low):
                found.setdefault(word.stem, word)
                is_denied = False
        return found

    @cached_property
    def affirmed(self) -> frozenset[str]:
        """The stems that stand somewhere without being denied there."""
        denied = {word.start for word in self.denied.values()}
        if not denied:
            return self.stems
        return frozenset(word.stem for word in self.words if word.start not in denied)

    @cached_property
    def quotes(self) -> tuple[Quotation, ...]:
        """What stands between quotation marks."""
        return tuple(find_quotes(self.text))

    @cached_property
    def dates(self) -> tuple[Date, ...]:
        """The dates, months and days of the week."""
        return tuple(find_dates(self.text)) if may_hold_dates(self.text, self.lows) else ()

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """The figures outside dates, in digits and in words."""
        is_spelled = may_be_spelled(self.lows)
        if not is_spelled and _DIGIT.search(self.text) is None:
            return ()
        places = [(one.start, one.end) for one in self.dates]
        return tuple(find_quantities(self.text, places, is_spelled=is_spelled))


@lru_cache(maxsize=128)
def read(text: str) -> Reading:
    """Prepare a text for the checks; an answer's texts are asked for several times."""
    return Reading(plain(text))


def _words(text: str) -> list[Word]:
    found: list[Word] = []
    has_unspaced = not text.isascii() and _UNSPACED.search(text) is not None
    for match in _WORD.finditer(text):
        start, end = match.span()
        written = text[start:end]
        if has_unspaced and _UNSPACED.search(written):
            found += _pairs(written, start)
            continue
        low = written.lower()
        is_capital = low != written
        if "." in low or "'" in low:
            low = _low(low)
        is_first = is_capital and _opens(text, start)
        found.append(Word(written, start, end, low, stem(low, "en"), is_capital, is_first))
    return found


def _pairs(written: str, start: int) -> list[Word]:
    """Give the overlapping pairs of letters of a script without spaces."""
    pairs = [written[i : i + 2] for i in range(max(1, len(written) - 1))]
    return [
        Word(pair, start + i, start + i + len(pair), pair, pair, False, False)
        for i, pair in enumerate(pairs)
    ]


def _low(low: str) -> str:
    """Take the stops out of U.S. and the 's off a genitive."""
    if "." in low:
        low = low.replace(".", "")
    return low.removesuffix("'s")


def _opens(text: str, start: int) -> bool:
    if start > 1 and text[start - 1] == " " and text[start - 2].isalnum():
        return False
    return start == 0 or _OPENS.search(text[max(0, start - _LOOK_BACK) : start]) is not None
