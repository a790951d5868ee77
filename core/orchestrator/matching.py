"""Which articles a request is about: words to a selection, a selection to columns."""

from dataclasses import dataclass, replace
from datetime import datetime

from core.ports.store import UnitOfWork
from core.ports.windows import Selection, WindowColumns
from core.retrieval.query import Query
from core.text.tokens import is_stop_word, words
from schemas.errors import ErrorCode
from schemas.facts import MatchMode
from schemas.principal import Visibility
from schemas.requests import WINDOWS, NewsRequest, Window

ENOUGH = 10
"""With fewer articles that hold every query term, those with half of its weight count too."""
HALF = 0.5
STEPS: tuple[Window, ...] = ("6h", "12h", "24h", "3d", "1w", "2w", "1m", "3m", "6m", "1y")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer: a normal end, not an error. `key` names the words for the reader."""

    code: ErrorCode
    key: str
    args: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The selection of a request, and the titles of the sources it named (None: all)."""

    selection: Selection
    source_titles: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Match:
    """The counted articles and how they were found. `n_strict` hold every query term."""

    selection: Selection
    columns: WindowColumns
    mode: MatchMode
    n_strict: int


def searchable(query: Query) -> Query:
    """Leave out the terms that no article is kept under: single letters, and lone stop words."""
    terms = tuple(group for group in query.terms if max(map(len, group.stems)) > 1)
    if all(is_stop_word(word) for word in words(query.text)):
        terms = ()
    return replace(query, terms=terms)


async def select_for(
    work: UnitOfWork,
    visibility: Visibility,
    request: NewsRequest,
    query: Query,
    *,
    cap: int,
    now: datetime,
) -> Found | Refusal:
    """Turn a request into a selection that ends at `now`, or say which source is unknown."""
    source_ids = titles = None
    if request.source:
        found = await work.articles.find_sources(visibility, request.source)
        if not found:
            return Refusal(
                "NO_DATA", "writer-refuse-no-source", (("source", request.source[:80]),)
            )
        source_ids = frozenset(source.id for source in found)
        titles = frozenset(source.title for source in found)
    selection = Selection(
        visibility=visibility,
        start=now - WINDOWS[request.window],
        end=now,
        terms=query.terms,
        phrases=query.phrases,
        excluded=query.excluded,
        excluded_phrases=query.excluded_phrases,
        lang=None if request.lang == "auto" else request.lang,
        source_ids=source_ids,
        cap=cap,
    )
    return Found(selection, titles)


async def match(work: UnitOfWork, selection: Selection) -> Match:
    """Give the articles with every query term, or half of its weight when they are too few."""
    columns = await work.windows.select(selection)
    if not selection.terms and not selection.phrases:
        return Match(selection, columns, "everything", columns.n_matching)
    if columns.n_matching >= ENOUGH or len(selection.terms) < 2 or selection.phrases:
        return Match(selection, columns, "all_terms", columns.n_matching)
    wider = replace(selection, min_weight=HALF)
    wide = await work.windows.select(wider)
    if wide.n_matching <= columns.n_matching:
        return Match(selection, columns, "all_terms", columns.n_matching)
    return Match(wider, wide, "half_weight", columns.n_matching)


async def next_window(work: UnitOfWork, empty: Match) -> Window | None:
    """Give the next longer window that is not empty, or None when a whole year holds nothing.

    The newest match of the longest window says how far to step back, so no step is tried in vain.
    """
    selection = empty.selection
    longest = replace(selection, start=selection.end - WINDOWS[STEPS[-1]], min_weight=0.0, cap=1)
    newest = (await match(work, longest)).columns
    if newest.article_id.size == 0:
        return None
    age_s = selection.end.timestamp() - float(newest.at[0])
    return next((step for step in STEPS if WINDOWS[step].total_seconds() > age_s), None)
