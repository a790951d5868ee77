"""Sentiment of a window from stored per-article figures: means, slices, families, extremes."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from core.ports.windows import KeyphraseRow, WindowColumns
from schemas.articles import Emotion
from schemas.facts import AspectFact, FamilyMood, SentimentFacts, SentimentSlice

EMOTIONS: tuple[Emotion, ...] = ("joy", "fear", "anger", "sadness", "surprise")
SLICES = 12
MIN_PER_FAMILY = 5
"""With fewer articles a publisher's mean says what it wrote about, not how it writes."""
MIN_PER_ASPECT = 3
POLAR = 0.05
"""Scores nearer to 0 than this count as neither positive nor negative (VADER's own band)."""


def measure_mood(
    columns: WindowColumns, phrases: Sequence[KeyphraseRow], *, start: datetime, end: datetime
) -> SentimentFacts | None:
    """Give the window's sentiment, or None when no article is in a measured language."""
    measured = ~np.isnan(columns.sentiment)
    n = int(measured.sum())
    if n == 0:
        return None
    scores = columns.sentiment[measured].astype(float)
    emotions = columns.emotions[measured].mean(axis=0)
    lowest, highest = _extremes(columns, measured)
    return SentimentFacts(
        overall=_round(scores.mean()),
        n_measured=n,
        n_positive=int((scores > POLAR).sum()),
        n_negative=int((scores < -POLAR).sum()),
        emotions={
            name: _round(min(1.0, max(0.0, float(emotions[i])))) for i, name in enumerate(EMOTIONS)
        },
        aspects=_aspects(columns, phrases),
        timeline=_timeline(columns, measured, start, end),
        families=_families(columns, measured),
        most_positive_id=highest,
        most_negative_id=lowest,
    )


def _round(value: float) -> float:
    return round(float(value), 4)


def _extremes(
    columns: WindowColumns, measured: NDArray[np.bool_]
) -> tuple[int | None, int | None]:
    """Give the dated articles with the lowest and the highest score, when on their side of 0."""
    usable = np.flatnonzero(measured & columns.has_date)
    if usable.size == 0:
        return None, None
    scores = columns.sentiment[usable]
    low, high = usable[int(scores.argmin())], usable[int(scores.argmax())]
    return (
        int(columns.article_id[low]) if columns.sentiment[low] < 0 else None,
        int(columns.article_id[high]) if columns.sentiment[high] > 0 else None,
    )


def _timeline(
    columns: WindowColumns, measured: NDArray[np.bool_], start: datetime, end: datetime
) -> tuple[SentimentSlice, ...]:
    edges = np.linspace(start.timestamp(), end.timestamp(), SLICES + 1)
    # A window is open at its start and closed at its end, so slices are too.
    slot = np.clip(np.searchsorted(edges, columns.at, side="left") - 1, 0, SLICES - 1)
    slices = []
    for i in range(SLICES):
        inside = measured & (slot == i)
        if not inside.any():
            continue
        slices.append(
            SentimentSlice(
                start=datetime.fromtimestamp(int(edges[i]), UTC),
                end=datetime.fromtimestamp(int(edges[i + 1]), UTC),
                score=_round(columns.sentiment[inside].astype(float).mean()),
                n=int(inside.sum()),
            )
        )
    return tuple(slices)


def _families(columns: WindowColumns, measured: NDArray[np.bool_]) -> tuple[FamilyMood, ...]:
    moods = []
    for index in range(len(columns.families)):
        inside = np.flatnonzero(measured & (columns.family == index) & columns.has_date)
        if inside.size < MIN_PER_FAMILY:
            continue
        scores = columns.sentiment[inside].astype(float)
        # The article nearest to the mean speaks for its publisher better than its loudest one.
        typical = inside[int(np.abs(scores - scores.mean()).argmin())]
        moods.append(
            FamilyMood(
                family=_title(columns, inside),
                score=_round(scores.mean()),
                n=int(inside.size),
                article_id=int(columns.article_id[typical]),
            )
        )
    return tuple(sorted(moods, key=lambda mood: (-mood.n, mood.family)))[:20]


def _title(columns: WindowColumns, rows: NDArray[np.intp]) -> str:
    """Name a family as its most frequent source is called."""
    return columns.source_titles[int(np.bincount(columns.source[rows]).argmax())]


def _aspects(columns: WindowColumns, phrases: Sequence[KeyphraseRow]) -> tuple[AspectFact, ...]:
    """Give up to ten names or phrases by how much tone they carry, one per norm's head."""
    score_of = {
        int(a): float(s)
        for a, s, dated in zip(
            columns.article_id, columns.sentiment, columns.has_date, strict=True
        )
        if dated and not np.isnan(s)
    }
    aspects: list[AspectFact] = []
    seen: list[set[str]] = []
    ranked = sorted(
        (row for row in phrases if row.sentiment is not None and row.n >= MIN_PER_ASPECT),
        key=lambda row: (-abs(row.sentiment or 0.0) * np.log1p(row.n), row.norm),
    )
    for row in ranked:
        words = set(row.norm.split())
        candidates = [i for i in row.article_ids if i in score_of]
        if not candidates or any(words <= other or other <= words for other in seen):
            continue
        mean = max(-1.0, min(1.0, float(row.sentiment or 0.0)))
        clearest = min(candidates, key=lambda i: (abs(score_of[i] - mean), i))
        aspects.append(
            AspectFact(name=row.phrase[:50], score=_round(mean), n=row.n, article_id=clearest)
        )
        seen.append(words)
        if len(aspects) == 10:
            break
    return tuple(aspects)
