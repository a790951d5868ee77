"""The mood of a text from word lists: English by VADER, Russian by an own list of stems."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from core.text.lexicons import sections, stem_set, stem_weights
from core.text.sentences import sentences
from core.text.stems import stem
from core.text.tokens import fold, split_words

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

MEASURED_LANGUAGES = frozenset({"en", "ru"})
_MAX_SENTENCES = 30
_NEGATION_REACH = 3
_NEGATED = -0.6
_STRONGER = 1.35
_WEAKER = 0.6
_ALPHA = 15.0
"""Squashes a sum of valences as VADER does: `x / sqrt(x^2 + alpha)`."""


def measure(text: str, lang: str) -> float | None:
    """Measure how positive or negative the words of a text are.

    Sentences are measured one by one and averaged, the first counting double, those without any
    mood word counting half, so that a long neutral report does not reach the ends of the scale.

    Args:
        text: Any text; the first thirty sentences count.
        lang: Language of the text.

    Returns:
        -1..1, 0 where nothing leans either way, None when the language is not measured.

    Source:
        English: Hutto and Gilbert, ICWSM 2014 (VADER) with news words added. Russian: own
        valences.
    """
    if lang not in MEASURED_LANGUAGES:
        return None
    parts = sentences(text)[:_MAX_SENTENCES]
    total = weight = 0.0
    for position, part in enumerate(parts):
        score = _english(part) if lang == "en" else _russian(split_words(fold(part)))
        share = (2.0 if position == 0 else 1.0) * (1.0 if score else 0.5)
        total += share * score
        weight += share
    return max(-1.0, min(1.0, round(total / weight, 4))) if weight else 0.0


@cache
def _vader() -> "SentimentIntensityAnalyzer":
    from vaderSentiment.vaderSentiment import (  # noqa: PLC0415 - reads its lexicon of 7,500 words
        SentimentIntensityAnalyzer,
    )

    build: Callable[[], SentimentIntensityAnalyzer] = SentimentIntensityAnalyzer
    analyzer = build()
    for valence, words in sections("sentiment_en").items():
        for word in words:
            analyzer.lexicon[word] = float(valence)
    return analyzer


def _english(sentence: str) -> float:
    score: Callable[[str], dict[str, float]] = _vader().polarity_scores
    return float(score(sentence)["compound"])


def _russian(words: Sequence[str]) -> float:
    valence = stem_weights("sentiment_ru", "ru")
    total = 0.0
    kept = [stem(word, "ru") for word in words]
    for place, key in enumerate(kept):
        value = valence.get(key)
        if value is not None:
            total += value * _turn(kept[max(0, place - _NEGATION_REACH) : place])
    return total / math.sqrt(total * total + _ALPHA)


def _turn(before: Sequence[str]) -> float:
    factor = 1.0
    for key in before:
        if key in stem_set("sentiment_flips_ru", "ru", "negation"):
            factor *= _NEGATED
        elif key in stem_set("sentiment_flips_ru", "ru", "stronger"):
            factor *= _STRONGER
        elif key in stem_set("sentiment_flips_ru", "ru", "weaker"):
            factor *= _WEAKER
    return factor
