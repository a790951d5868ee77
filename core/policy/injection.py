"""Orders to a language model inside a text: telemetry and routing, never the only wall.

Each sentence is weighed by what it does: speak to a model, overrule what it was told, order
something of its answer, give it work. Reports *about* such orders tell who did it, so they weigh
less.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.policy.orders import (
    ABOUT,
    AT_START,
    BEGINNING,
    HINTS,
    LATIN_TWINS,
    OPENINGS,
    SIGNALS,
    TOGETHER,
)
from core.policy.tasks import ASIDE, COMMON

FLAGGED_FROM = 2.0
"""Sum of weights from which a sentence is an order; `Judgement.score` then is 0.5."""

_MAX_CHARS = 100_000
_MAX_SENTENCE = 1_000
_END = re.compile(r"(?<=[.!?…。])[\"'”»)]{0,2}\s+|(?:[\n\r\u2028\u2029]|(?<!<)\|(?!>))\s*")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_SPACED = re.compile(r"(?<!\w)(?:\w ){5,60}\w(?!\w)")
_MIXED = re.compile(r"\w*(?:[A-Za-z]\w*[\u0370-\u04ff]|[\u0370-\u04ff]\w*[A-Za-z])\w*")
_TWO_ALPHABETS = re.compile(r"[A-Za-z][\d_]*[\u0370-\u04ff]|[\u0370-\u04ff][\d_]*[A-Za-z]")
_WORD = re.compile(r"\w+")
_BEGINNING = re.compile(rf"(\w{{1,{BEGINNING}}})\w*")
_FIRST = re.compile(rf"\W{{0,5}}(\w{{1,{BEGINNING}}})")
_MARKS = re.compile(r"[<\[#]")
_LINE_END = re.compile(r"[\n\r\u2028\u2029]+")
_SHOWS = {
    name: pattern.match if name in AT_START else pattern.search
    for name, (_, pattern) in SIGNALS.items()
}
_ASKING = frozenset({"order", "imperative", "question"})
_STEM = 5
_MAX_LINE = 200
# Fewer other words share none by chance; more than two such lines are how-to, not an order. Both
# keep false alarms on news streams and clean documents under 0.2 %.
_MIN_OTHER_STEMS = 12
_MAX_ALIKE = 2
_ABOUT_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Judgement:
    """How much a text orders: `score` 0..1, flagged from 0.5; `signals` name what was seen."""

    score: float
    is_flagged: bool
    signals: tuple[str, ...]


def judge(text: str) -> Judgement:
    """Weigh the sentence that orders most; the first 100,000 characters are looked at.

    Where none is an order by itself, a line that asks or orders, apart from all the rest, is one.

    Compatibility forms, invisible characters, letters of other alphabets inside a word and
    l e t t e r s set apart are folded first.
    """
    best = 0.0
    is_asked = False
    named: tuple[str, ...] = ()
    folded = fold(text[:_MAX_CHARS])
    beginnings = set(_BEGINNING.findall(folded))
    names = [
        name
        for name in SIGNALS
        if name not in HINTS
        or not HINTS[name].isdisjoint(beginnings)
        or (name == "marker" and _MARKS.search(folded))
    ]
    anywhere = [name for name in names if name not in AT_START]
    for sentence in _END.split(folded):
        here = names if _can_open(sentence) else anywhere
        if not here:
            continue
        total, signals = _weigh(sentence[:_MAX_SENTENCE], here)
        is_asked = is_asked or not _ASKING.isdisjoint(signals)
        if total > best:
            best, named = total, signals
    if is_asked and best < FLAGGED_FROM and _stands_apart(folded):
        best, named = FLAGGED_FROM, (*named, "apart")
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


def _can_open(sentence: str) -> bool:
    first = _FIRST.match(sentence)
    return first is not None and first[1] in OPENINGS


def _weigh(sentence: str, names: Sequence[str]) -> tuple[float, tuple[str, ...]]:
    seen = {name: SIGNALS[name][0] for name in names if _SHOWS[name](sentence)}
    if not seen:
        return 0.0, ()
    total = sum(seen.values())
    total += sum(bonus for names, bonus in TOGETHER.items() if names <= seen.keys())
    if ABOUT.search(sentence):
        total *= _ABOUT_SHARE
    return total, tuple(seen)


def _stands_apart(folded: str) -> bool:
    """Say whether a line that asks or orders has nothing to do with the rest of the text.

    The line is one whole sentence, refers to nothing around it, and shares no word with the other
    lines. Texts that order or ask again and again, such as recipes, are of that kind throughout.
    """
    lines = [line.strip() for line in _LINE_END.split(folded)]
    if len(lines) == 1:
        return False
    alike = [
        line for line in lines if len(line) <= _MAX_LINE and _can_open(line) and _is_free(line)
    ]
    if not 0 < len(alike) <= _MAX_ALIKE:
        return False
    everywhere = Counter(_stems(folded))
    for line in alike:
        own = Counter(_stems(line))
        is_new = len(own) > 1 and all(everywhere[stem] == n for stem, n in own.items())
        if is_new and len(everywhere) - len(own) >= _MIN_OTHER_STEMS:
            return True
    return False


def _is_free(line: str) -> bool:
    """Say whether a line asks or orders and refers to nothing around it."""
    is_order = (_SHOWS["order"](line) or _SHOWS["imperative"](line)) and not ABOUT.search(line)
    return bool(is_order or _SHOWS["question"](line)) and not ASIDE.search(line)


def _stems(text: str) -> list[str]:
    return [word[:_STEM] for word in _WORD.findall(text) if len(word) > 3 and word not in COMMON]
