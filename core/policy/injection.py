"""Orders to a language model inside a text: telemetry and routing, never the only wall.

Each sentence is weighed by what it does: speak to a model, overrule what it was told, order
something of its answer. Reports *about* such orders tell who did it, so they weigh less.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from core.policy.orders import ABOUT, BEGINNING, HINTS, LATIN_TWINS, SIGNALS, TOGETHER

FLAGGED_FROM = 2.0
"""Sum of weights from which a sentence is an order; `Judgement.score` then is 0.5."""

_MAX_CHARS = 100_000
_MAX_SENTENCE = 1_000
_END = re.compile(r"(?<=[.!?…。])[\"'”»)]{0,2}\s+|\s*(?:[\n\r\u2028\u2029]|(?<!<)\|(?!>))+\s*")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_SPACED = re.compile(r"(?<!\w)(?:\w ){5,60}\w(?!\w)")
_MIXED = re.compile(r"\w*(?:[A-Za-z]\w*[\u0370-\u04ff]|[\u0370-\u04ff]\w*[A-Za-z])\w*")
_TWO_ALPHABETS = re.compile(r"[A-Za-z][\d_]*[\u0370-\u04ff]|[\u0370-\u04ff][\d_]*[A-Za-z]")
_WORD = re.compile(r"\w+")
_MARKS = re.compile(r"[<\[#]")
_ABOUT_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Judgement:
    """How much a text orders: `score` 0..1, flagged from 0.5; `signals` name what was seen."""

    score: float
    is_flagged: bool
    signals: tuple[str, ...]


def judge(text: str) -> Judgement:
    """Weigh the sentence that orders most; the first 100,000 characters are looked at.

    Compatibility forms, invisible characters, letters of other alphabets inside a word and
    l e t t e r s set apart are folded first.
    """
    best = 0.0
    named: tuple[str, ...] = ()
    folded = fold(text[:_MAX_CHARS])
    beginnings = {word[:BEGINNING] for word in _WORD.findall(folded)}
    signals_here = [
        name
        for name in SIGNALS
        if name not in HINTS
        or not HINTS[name].isdisjoint(beginnings)
        or (name == "marker" and _MARKS.search(folded))
    ]
    for sentence in _END.split(folded):
        total, signals = _weigh(sentence[:_MAX_SENTENCE], signals_here)
        if total > best:
            best, named = total, signals
    return Judgement(
        score=best / (best + FLAGGED_FROM),
        is_flagged=best >= FLAGGED_FROM,
        signals=named,
    )


def fold(text: str) -> str:
    """Give the text in one spelling: what looks like Latin inside a Latin word is Latin."""
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    plain = _UNSEEN.sub("", text)
    plain = _SPACED.sub(lambda found: found[0].replace(" ", ""), plain)
    if not plain.isascii() and _TWO_ALPHABETS.search(plain):
        plain = _MIXED.sub(lambda found: found[0].translate(LATIN_TWINS), plain)
    return plain.casefold().replace("ё", "е").replace("’", "'")


def _weigh(sentence: str, names: Sequence[str]) -> tuple[float, tuple[str, ...]]:
    seen = {name: SIGNALS[name][0] for name in names if SIGNALS[name][1].search(sentence)}
    if not seen:
        return 0.0, ()
    total = sum(seen.values())
    total += sum(bonus for names, bonus in TOGETHER.items() if names <= seen.keys())
    if ABOUT.search(sentence):
        total *= _ABOUT_SHARE
    return total, tuple(seen)
