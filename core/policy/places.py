"""A figure that the cited text has, but of something else: "3 dead" of "2 dead, 3 hurt"."""

from collections.abc import Sequence

from core.policy.quantities import Quantity
from core.policy.reading import Reading

_AROUND = 3
"""Words of meaning on each side that say what a figure counts."""
_LEAD = 2
"""By so many of them another figure must fit better."""


def is_misplaced(one: Quantity, claim: Reading, texts: Sequence[Reading]) -> bool:
    """Say whether the words around a figure stand around a different figure in the texts.

    Only figures with the same unit stand against each other.
    """
    around = _around(one, claim)
    if one.exact or len(around) < _LEAD:
        return False
    own = other = 0
    for text in texts:
        for quantity in text.quantities:
            if quantity.unit != one.unit or quantity.exact:
                continue
            theirs = _around(quantity, text)
            fit = len(around & theirs)
            if one.equals(quantity):
                if not theirs:
                    return False  # a name of its own, as a source may have a number for one
                own = max(own, fit)
            else:
                other = max(other, fit)
    return other >= own + _LEAD


def _around(one: Quantity, text: Reading) -> frozenset[str]:
    begin = text.text.rfind("\n", 0, one.start)
    end = text.text.find("\n", one.end) % (len(text.text) + 1)
    line = [word for word in text.meaningful if begin < word.start < end]
    before = [w.stem for w in line if w.end <= one.start]
    after = [w.stem for w in line if w.start >= one.end]
    return frozenset((*before[-_AROUND:], *after[:_AROUND]))
