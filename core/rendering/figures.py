"""Small pictures made of letters: arrows, bars, sparklines, and words for numbers."""

from collections.abc import Sequence
from datetime import date, datetime

from core.rendering.words import format_date, format_number, format_share, say
from schemas.analysis import TopicTrend
from schemas.articles import Emotion
from schemas.facts import Surge

ARROWS: dict[TopicTrend, str] = {"rising": "↑", "stable": "→", "falling": "↓"}
_BLOCKS = "▁▂▃▄▅▆▇█"
_HALF_BAR = 5
_SPARK_RANGE = 0.5
"""Means over many articles rarely leave ±0.5; beyond it the highest or lowest block stands."""


def tone_of(score: float) -> str:
    """Name a sentiment score (-1..1) by one of five words; the bands are symmetric around 0."""
    for limit, name in ((-0.35, "very-negative"), (-0.08, "negative"), (0.08, "neutral")):
        if score < limit:
            return name
    return "positive" if score < 0.35 else "very-positive"


def tone_word(score: float, lang: str) -> str:
    """Say a sentiment score (-1..1) in words; the same words everywhere in an answer."""
    return say(lang, "writer-tone", tone=tone_of(score))


def signed(score: float, lang: str) -> str:
    """Write a score with its sign and two decimals."""
    return format_number(score, lang, digits=2, signed=True)


def mood_bar(score: float) -> str:
    """Draw a score (-1..1) as a bar that grows from the middle, left for negative."""
    filled = min(_HALF_BAR, round(abs(score) * _HALF_BAR)) or int(abs(score) >= 0.05)
    bar, rest = "▰" * filled, "▱" * (_HALF_BAR - filled)
    empty = "▱" * _HALF_BAR
    return f"{rest}{bar}│{empty}" if score < 0 else f"{empty}│{bar}{rest}"


def sparkline(scores: Sequence[float]) -> str:
    """Draw scores (-1..1) as blocks, the middle height being neutral."""
    top = len(_BLOCKS) - 1
    heights = ((score / _SPARK_RANGE + 1) / 2 * top for score in scores)
    return "".join(_BLOCKS[max(0, min(top, round(height)))] for height in heights)


def confidence_word(confidence: float, lang: str) -> str:
    """Say a confidence (0..1) in one word."""
    if confidence >= 0.7:
        return say(lang, "confidence-high")
    return say(lang, "confidence-medium" if confidence >= 0.4 else "confidence-low")


def emotion_list(emotions: dict[Emotion, float], lang: str, *, limit: int = 5) -> str:
    """Name emotions with their shares, strongest first, those under one percent left out."""
    strongest = sorted(emotions.items(), key=lambda item: -item[1])[:limit]
    return ", ".join(
        f"{say(lang, f'emotion-{name}')} {format_share(share, lang)}"
        for name, share in strongest
        if share >= 0.005
    )


def coverage(n_articles: int, n_families: int, surge: Surge | None, *, lang: str) -> str:
    """Say how many articles and publishers there are, and how many publishers are usual.

    The usual is named for a burst only: it is what makes one. `surge` is None where no baseline
    allows a comparison.
    """
    parts = [say(lang, "count-articles", n=n_articles)]
    if n_families:
        parts.append(say(lang, "count-publishers", n=n_families))
    if surge is None or not surge.is_burst:
        return ", ".join(parts)
    if surge.is_new:
        parts.append(say(lang, "answer-new"))
    else:
        expected = format_number(surge.expected, lang)
        parts.append(say(lang, "answer-usual", expected=expected))
    return ", ".join(parts)


def evidence_date(day: str, lang: str, *, this_year: int) -> str:
    """Write an ISO date of evidence, with the year unless it is `this_year`."""
    parsed = date.fromisoformat(day)
    return format_date(parsed, lang, year=parsed.year != this_year)


def slice_times(window: str) -> tuple[datetime, datetime] | None:
    """Start and end of a timeline point ("start/end" in ISO 8601); None if it is none."""
    start, _, end = window.partition("/")
    try:
        times = datetime.fromisoformat(start), datetime.fromisoformat(end)
    except ValueError:
        return None
    return None if any(time.tzinfo is None for time in times) else times
