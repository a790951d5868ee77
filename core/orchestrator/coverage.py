"""Stories of a window: how many write about each, and how unusual that is."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from core.orchestrator.earlier import Reading, choose_earlier, count_window, whole
from core.ports.store import UnitOfWork
from core.ports.windows import Selection, WindowColumns
from core.stories.headline import HeadlineCandidate, choose_headline
from core.text.tokens import clean_display
from core.trends.baseline import has_enough_history
from core.trends.bursts import BEFORE_HOURS, Count, Window, measure_surges
from schemas.articles import Article
from schemas.facts import BaselineFacts, StoryFact, Surge

MAX_STORIES = 15
MEMBERS = 20
STEP_BACK = timedelta(hours=BEFORE_HOURS)
SEEN = timedelta(days=14)
MIN_FAMILIES = 3
"""A term of fewer publishers now can be no burst, so its past need not be read."""
LEADING_SIGNS = re.compile(r"^[^\w«“\"'‘(\[$€£₽¿¡#@—-]+")
"""Emoji and bullets that channels put before a headline to be seen."""


@dataclass(frozen=True, slots=True)
class Group:
    """One story's members inside the window, newest first."""

    story_id: int
    article_ids: tuple[int, ...]
    n: int
    n_families: int
    first_at: datetime
    last_at: datetime
    sentiment: float | None


def widest_groups(columns: WindowColumns, limit: int) -> list[Group]:
    """Give at most `limit` stories: most publishers first, then articles, then the newest."""
    if columns.article_id.size == 0:
        return []
    order = np.argsort(columns.story_id, kind="stable")
    ids, starts = np.unique(columns.story_id[order], return_index=True)
    groups = []
    for story_id, rows in zip(ids, np.split(order, starts[1:]), strict=True):
        if story_id >= 0:
            groups.append((len(set(columns.family[rows].tolist())), rows, int(story_id)))
    groups.sort(key=lambda g: (-g[0], -len(g[1]), -int(columns.at[g[1]].max()), g[2]))
    return [_group(columns, story_id, rows, n) for n, rows, story_id in groups[:limit]]


def _group(columns: WindowColumns, story_id: int, rows: np.ndarray, n_families: int) -> Group:
    at, scores = columns.at[rows], columns.sentiment[rows]
    measured = scores[~np.isnan(scores)].astype(float)
    return Group(
        story_id=story_id,
        article_ids=tuple(int(i) for i in columns.article_id[rows][:MEMBERS]),
        n=len(rows),
        n_families=n_families,
        first_at=datetime.fromtimestamp(int(at.min()), UTC),
        last_at=datetime.fromtimestamp(int(at.max()), UTC),
        sentiment=round(float(measured.mean()), 4) if measured.size else None,
    )


def describe(
    groups: Sequence[Group],
    articles: Mapping[int, Article],
    terms: Mapping[int, tuple[str, ...]],
    surges: Mapping[str, Surge],
    counts: Mapping[str, int],
) -> list[StoryFact]:
    """Name each story by its medoid headline and give it the surge of its characteristic terms."""
    stories = []
    for group in groups:
        members = [articles[i] for i in group.article_ids if i in articles]
        if not members:
            continue
        lead = members[choose_headline([_candidate(member) for member in members])]
        own = characteristic_terms([terms.get(m.id, ()) for m in members])
        stories.append(
            StoryFact(
                story_id=group.story_id,
                headline=headline_of(lead),
                lang=lead.lang,
                lead_id=lead.id,
                article_ids=tuple(m.id for m in members),
                n_articles=group.n,
                n_families=group.n_families,
                first_at=group.first_at,
                last_at=group.last_at,
                terms=tuple(own)[:10],
                sentiment=group.sentiment,
                surge=_surge_of(own, group, surges, counts, len(members)),
            )
        )
    return stories


def headline_of(article: Article) -> str:
    """Give a title as a person would read it aloud: markup and leading signs off, never empty."""
    title = clean_display(article.title)
    return LEADING_SIGNS.sub("", title) or title or article.source


def _candidate(article: Article) -> HeadlineCandidate:
    return HeadlineCandidate(title=headline_of(article), lang=article.lang)


def characteristic_terms(members: Sequence[tuple[str, ...]]) -> Counter[str]:
    """Give the terms that at least half of the members (and two, if there are two) hold."""
    counts = Counter(term for terms in members for term in set(terms))
    floor = max(min(2, len(members)), (len(members) + 1) // 2)
    return Counter({t: n for t, n in counts.most_common() if n >= floor})


def _surge_of(
    own: Mapping[str, int],
    group: Group,
    surges: Mapping[str, Surge],
    counts: Mapping[str, int],
    n_members: int,
) -> Surge | None:
    """Give the strongest surge among the terms that are mostly this story's own.

    A term that lives in many stories ("president") says nothing of one of them: at least half of
    the articles of the window that hold it must be members (scaled, since only the newest are
    looked at).
    """
    scale = group.n / n_members
    mine = [
        surges[term]
        for term, n in own.items()
        if term in surges and n * scale >= 0.5 * counts.get(term, 0)
    ]
    # A term of more publishers than the story has speaks of more than the story.
    fit = [surge for surge in mine if surge.observed <= group.n_families + 1]
    return max(fit, key=lambda s: (s.is_burst, s.z), default=None)


async def measure_bursts(
    work: UnitOfWork, selection: Selection
) -> tuple[dict[str, Surge], dict[str, int], BaselineFacts]:
    """Test every term that enough publishers use now against the same hours of earlier weeks.

    Returns:
        Surges by term, articles by term inside the window, and what the comparison rests on.
        Without enough history there are no surges.
    """
    span = await work.windows.span(selection.visibility)
    start, end = selection.start, selection.end
    history_start = span[0] if span else end
    history_h = max(0, int((start - history_start).total_seconds() // 3600))
    now = await work.windows.count_terms(selection, terms=None)
    counts = {count.term: count.n for count in now}
    chosen = await choose_earlier(work, selection, since=start - SEEN, history_start=history_start)
    earlier = [
        await count_window(work, selection, span, active=chosen.active.get(span))
        for span in chosen.spans
    ]
    n_windows = sum(window.active > 0 for window in earlier)
    facts = BaselineFacts(
        is_enough=has_enough_history(start, history_start=history_start, n_windows=n_windows),
        history_h=history_h,
        n_windows=n_windows,
        n_tested=0,
        n_unread=chosen.n_unread,
        is_window_unread=chosen.reading.is_missing(start, end),
    )
    if not facts.is_enough or not now:
        return {}, counts, facts
    wide = [count.term for count in now if count.n_families >= MIN_FAMILIES]
    # Tens of thousands of terms over a long window: off the loop, others are being answered.
    surges = await asyncio.to_thread(
        measure_surges,
        {count.term: Count(n=count.n, x=count.n_families) for count in now},
        earlier,
        active_now=await work.windows.count_families(whole(selection)),
        before=await _before(work, selection, chosen.reading),
        seen=await _seen(work, selection, chosen.reading, wide),
    )
    return surges, counts, facts.model_copy(update={"n_tested": len(now)})


async def _before(work: UnitOfWork, selection: Selection, reading: Reading) -> Window | None:
    """Count the window of a few hours before; None when it was not read."""
    span = selection.start - STEP_BACK, selection.end - STEP_BACK
    return None if reading.is_missing(*span) else await count_window(work, selection, span)


async def _seen(
    work: UnitOfWork, selection: Selection, reading: Reading, terms: Sequence[str]
) -> frozenset[str] | None:
    """Give which terms stood in the two weeks before; None unless every day of them was read."""
    start, end = selection.start - SEEN, selection.start
    if reading.has_missing_day(start, end):
        return None
    return await work.windows.known_terms(replace(selection, start=start, end=end), terms)
