"""Questions over a whole window, answered in columns and sums, never by reading texts again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from schemas.principal import Visibility

Span = tuple[datetime, datetime]
"""Begin, exclusive, and end, inclusive."""


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One query term: the stems that may stand for it (one per language), any of which matches."""

    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles a request counts. Every field narrows.

    `start` exclusive, `end` inclusive, both on `Article.at`, so `end` is the "as of" moment.
    `terms`: all must be held (`min_weight` 0) or the held ones must sum to `min_weight` of the
    groups' IDF weight (0 < w <= 1). `phrases` are runs of stems that must stand in this order;
    each phrase is a sequence of TermGroups. `excluded` groups must not be held and
    `excluded_phrases` must not stand in title or text. `source_ids` None: all. `cap`: newest
    first.
    """

    visibility: Visibility
    start: datetime
    end: datetime
    terms: tuple[TermGroup, ...] = ()
    phrases: tuple[tuple[TermGroup, ...], ...] = ()
    excluded: tuple[TermGroup, ...] = ()
    excluded_phrases: tuple[tuple[TermGroup, ...], ...] = ()
    min_weight: float = 0.0
    lang: str | None = None
    source_ids: frozenset[int] | None = None
    cap: int = 20_000

    def without_query(self) -> "Selection":
        """Give the same span under the same filters, whatever words are asked for."""
        return replace(
            self, terms=(), phrases=(), excluded=(), excluded_phrases=(), min_weight=0.0
        )


@dataclass(frozen=True, slots=True)
class WindowColumns:
    """The selected articles as columns of equal length, newest first.

    At most `cap` of `n_matching` are held. `at` epoch seconds; `sentiment` NaN where not measured;
    `emotions` shape (n, 5) in the order joy, fear, anger, sadness, surprise; `story_id` is never
    missing once clustered (-1 before). `family` and `lang` are indexes into `families` and
    `langs`, `source` into `source_titles`. `has_date` False where publication time is unknown.
    """

    n_matching: int
    article_id: NDArray[np.int64]
    at: NDArray[np.int64]
    story_id: NDArray[np.int64]
    source: NDArray[np.int32]
    family: NDArray[np.int32]
    lang: NDArray[np.int32]
    sentiment: NDArray[np.float32]
    emotions: NDArray[np.float32]
    has_date: NDArray[np.bool_]
    is_sample: NDArray[np.bool_]
    source_titles: tuple[str, ...]
    source_families: tuple[str, ...]
    families: tuple[str, ...]
    langs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyphraseRow:
    """A keyphrase summed over a selection: `n` articles, `n_families`, mean per-article score.

    `sentiment` is the mean over the holding articles that are measured, None when none is.
    `article_ids`: the newest dated five.
    """

    norm: str
    phrase: str
    lang: str
    ngram: int
    n: int
    n_families: int
    score: float
    sentiment: float | None
    variants: tuple[str, ...]
    article_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TermTable:
    """How widely terms are held in several spans; the first one is what is asked for.

    A row is a term that any span holds, a column a span. `families` shape (n_terms, n_spans):
    distinct publisher families whose articles hold the term; `n` shape (n_terms,): articles in the
    first span. `active` shape (n_spans,): families that wrote anything in a span, whatever was
    asked for. `words` names those rows, entities as `e:<norm>`, that are wide enough in the first
    span.
    """

    words: Mapping[int, str]
    n: NDArray[np.int64]
    families: NDArray[np.int64]
    active: NDArray[np.int64]


class Windows(Protocol):
    """Aggregates over selected articles.

    Every method honours the selection's visibility and cap.
    """

    async def select(self, selection: Selection) -> WindowColumns:
        """Give the matching articles as columns, newest first."""
        ...

    async def keyphrases(self, selection: Selection, *, limit: int) -> list[KeyphraseRow]:
        """Sum stored keyphrases over the selected articles, largest n * score first."""
        ...

    async def known_norms(self, selection: Selection, norms: Sequence[str]) -> frozenset[str]:
        """Say which of these keyphrase norms any selected article holds."""
        ...

    async def count_terms(
        self, selection: Selection, earlier: Sequence[Span] = (), *, min_families: int = 1
    ) -> TermTable:
        """Count the terms of a selection, and of earlier spans under the same filters and cap.

        Only terms that at least `min_families` families hold in the selection itself are named.
        Copies count once per family by nature.
        """
        ...

    async def known_terms(self, selection: Selection, terms: Sequence[str]) -> frozenset[str]:
        """Say which of these terms any article of the selection holds; its cap does not count."""
        ...

    async def families(self, selection: Selection) -> frozenset[str]:
        """Names of the publisher families among the selected articles."""
        ...

    async def terms_of(self, article_ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
        """The distinct terms of articles that were selected before (entities as `e:<norm>`)."""
        ...

    async def span(self, visibility: Visibility) -> tuple[datetime, datetime] | None:
        """First and last `at` of what is visible; None when nothing is."""
        ...
