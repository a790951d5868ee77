"""How alike two headings are when they are all there is: rare words and runs of letters."""

import math
from collections import Counter
from collections.abc import Mapping

from core.text.translit import one_spelling

_RUNS = (3, 4, 5)
_STEM = 5
"""Letters of a word that count: a cheap stem for words in any spelling."""

_MIN_WORD = 3
_PRIOR_HEADINGS = 1000
_MAX_WORDS = 200_000
"""Distinct words whose frequency is kept; further ones count as new."""


class Headings:
    """Compares headings; learns from those it has seen which words are rare."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._n = 0

    def likeness(self, one: str, other: str) -> float:
        """Give the mean of two cosines, 0..1: over rare words and over runs of letters."""
        mine, theirs = one_spelling(one), one_spelling(other)
        return 0.5 * runs_alike(mine, theirs) + 0.5 * self._words_alike(mine, theirs)

    def _words_alike(self, mine: str, theirs: str) -> float:
        sides = [{word[:_STEM] for word in text.split() if len(word) >= _MIN_WORD}
                 for text in (mine, theirs)]  # fmt: skip
        for words in sides:
            self._n += 1
            self._seen.update(
                word for word in words if word in self._seen or len(self._seen) < _MAX_WORDS
            )
        shared, *alone = (
            sum(self._weigh(word) ** 2 for word in words)
            for words in (sides[0] & sides[1], *sides)
        )
        return shared / math.sqrt(alone[0] * alone[1]) if all(alone) else 0.0

    def _weigh(self, word: str) -> float:
        return math.log((self._n + _PRIOR_HEADINGS) / (self._seen[word] + 1))


def runs_alike(one: str, other: str) -> float:
    """Give the cosine of two texts' counts of runs of three to five characters, 0..1."""
    mine, theirs = _runs(one), _runs(other)
    dot = sum(n * theirs[run] for run, n in mine.items() if run in theirs)
    return dot / math.sqrt(_square(mine) * _square(theirs)) if dot else 0.0


def _runs(text: str) -> Counter[str]:
    spaced = f" {text} "
    return Counter(spaced[i : i + n] for n in _RUNS for i in range(len(spaced) - n + 1))


def _square(counts: Mapping[str, int]) -> int:
    return sum(n * n for n in counts.values())
