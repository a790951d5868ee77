"""Whether a text holds a quotation, word for word but for inflection and little words."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from core.policy.reading import Reading, Word, read

MIN_SHARE = 0.9
"""Share of a quotation's words that must follow each other in the cited text."""
_NEAR_SPELLING = 0.8
_LITTLE = """
a an the of to in on at is are was were it its that this and и в на с о об к у за по это бы же
ли как то из от до
"""
_FREE = frozenset(_LITTLE.split())
"""Words that one writer keeps and another drops; a negation is none of them."""


def holds_quote(quote: str, sources: Sequence[Reading]) -> bool:
    """Say whether one of the texts holds a quotation, inflection and little words aside.

    At least nine tenths of its words follow each other in the text, and what differs is spelling
    or words such as "the": a word with a meaning of its own is never exchanged.
    """
    said = read(quote)
    wanted = said.words
    if not wanted:
        return all(
            any(quantity.text in source.text for source in sources) for quantity in said.quantities
        )
    return any(_holds(wanted, source.words) for source in sources)


def _holds(wanted: Sequence[Word], words: Sequence[Word]) -> bool:
    firsts = [word for word in wanted if word.low not in _FREE] or list(wanted)
    anchor = firsts[0].stem
    offset = next(i for i, word in enumerate(wanted) if word is firsts[0])
    room = len(wanted) // 10 + 2
    for place, word in enumerate(words):
        if word.stem != anchor and not _is_alike(word.low, firsts[0].low):
            continue
        window = words[max(0, place - offset) : place - offset + len(wanted) + room]
        if _follows(wanted, window):
            return True
    return False


def _follows(wanted: Sequence[Word], window: Sequence[Word]) -> bool:
    matcher = SequenceMatcher(
        None, [word.stem for word in wanted], [word.stem for word in window], autojunk=False
    )
    n_same = 0
    for tag, start, end, other, last in matcher.get_opcodes():
        if tag == "equal":
            n_same += end - start
        elif tag == "insert":
            is_after = start == len(wanted)
            if not is_after and any(w.low not in _FREE for w in window[other:last]):
                return False
        else:
            for i in range(start, end):
                j = other + i - start
                if tag == "replace" and j < last and _is_alike(wanted[i].low, window[j].low):
                    n_same += 1
                elif wanted[i].low not in _FREE:
                    return False
    return n_same >= MIN_SHARE * len(wanted) or len(wanted) - n_same <= 1 < len(wanted)


def _is_alike(one: str, other: str) -> bool:
    if min(len(one), len(other)) < 4 or one[0] != other[0]:
        return one == other
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _NEAR_SPELLING
