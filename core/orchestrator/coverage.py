"""Stories of a window: how many write about each, and how unusual that is."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from core.orchestrator.earlier import DAY, Reading, choose_earlier
from core.ports.store import UnitOfWork
from core.ports.windows import Selection, WindowColumns
from core.stories.headline import HeadlineCandidate, choose_headline
from core.text.tokens import clean_display
from core.trends.baseline import has_enough_history
from core.trends.bursts import BEFORE_HOURS, Counts, Window, measure_surges
from schemas.articles import Article
from schemas.facts import BaselineFacts, StoryFact, Surge
from schemas.sources import Missed

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


@dataclass(frozen=True, slots=True)
class Ranked:
    """A story with the terms that at least half of its members hold, and how they surge."""

    group: Group
    terms: Mapping[str, int]
    surge: Surge | None


def most_surprising(
    groups: Sequence[Group],
    terms: Mapping[int, tuple[str, ...]],
    surges: Mapping[str, Surge],
    counts: Mapping[str, int],
    *,
    limit: int,
) -> list[Ranked]:
    """Give each story the surge of its characteristic terms; the most surprising come first."""
    ranked = []
    for group in groups:
        own = characteristic_terms([terms.get(member, ()) for member in group.article_ids])
        ranked.append(Ranked(group, own, _surge_of(own, group, surges, counts)))
    return sorted(ranked, key=_by_surprise)[:limit]


def _by_surprise(story: Ranked) -> tuple[bool, float, int, int]:
    """Bursts first, by how far above the usual; then by publishers and articles."""
    is_burst = story.surge is not None and story.surge.is_burst
    z = story.surge.z if story.surge is not None and is_burst else 0.0
    return (not is_burst, -z, -story.group.n_families, -story.group.n)


def describe(ranked: Sequence[Ranked], articles: Mapping[int, Article]) -> list[StoryFact]:
    """Name each story by its medoid headline."""
    stories = []
    for story in ranked:
        group = story.group
        members = [articles[i] for i in group.article_ids if i in articles]
        if not members:
            continue
        lead = members[choose_headline([_candidate(member) for member in members])]
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
                terms=tuple(story.terms)[:10],
                sentiment=group.sentiment,
                surge=story.surge,
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
) -> Surge | None:
    """Give the strongest surge among the terms that are mostly this story's own.

    A term that lives in many stories ("president") says nothing of one of them: at least half of
    the articles of the window that hold it must be members (scaled, since only the newest are
    looked at).
    """
    scale = group.n / len(group.article_ids)
    mine = [
        surges[term]
        for term, n in own.items()
        if term in surges and n * scale >= 0.5 * counts.get(term, 0)
    ]
    # A term of more publishers than the story has speaks of more than the story.
    fit = [surge for surge in mine if surge.observed <= group.n_families + 1]
    return max(fit, key=lambda s: (s.is_burst, s.z), default=None)


@dataclass(frozen=True, slots=True)
class Bursts:
    """What is unusual about a window.

    Surges and articles of the window by term, without enough history none; what the comparison
    rests on; what was missed since the oldest window that it looked at.
    """

    surges: Mapping[str, Surge]
    counts: Mapping[str, int]
    baseline: BaselineFacts
    missed: Sequence[Missed]


async def measure_bursts(work: UnitOfWork, selection: Selection) -> Bursts:
    """Test every term that enough publishers use now against the same hours of earlier weeks."""
    span = await work.windows.span(selection.visibility)
    start, end = selection.start, selection.end
    history_start = span[0] if span else end
    history_h = max(0, int((start - history_start).total_seconds() // 3600))
    chosen = await choose_earlier(work, selection, since=start - SEEN, history_start=history_start)
    before = start - STEP_BACK, end - STEP_BACK
    has_before = not chosen.reading.is_missing(*before)
    table = await work.windows.count_terms(
        selection,
        (*chosen.spans, before) if has_before else chosen.spans,
        min_families=MIN_FAMILIES,
    )
    n_spans = len(chosen.spans)
    n_windows = int((table.active[1 : 1 + n_spans] > 0).sum())
    n_tested = int((table.families[:, 0] > 0).sum())
    is_enough = has_enough_history(start, history_start=history_start, n_windows=n_windows)
    facts = BaselineFacts(
        is_enough=is_enough,
        history_h=history_h,
        n_windows=n_windows,
        n_tested=n_tested if is_enough else 0,
        n_unread=chosen.n_unread,
        is_window_unread=chosen.reading.is_missing(start, end),
    )
    missed = chosen.reading.missed
    if not is_enough or not n_tested:
        return Bursts({}, {}, facts, missed)
    windows = [
        Window(
            families=table.families[:, column],
            active=int(table.active[column]),
            age_days=(start - first) / DAY,
        )
        for column, (first, _) in enumerate((*chosen.spans, before)[: len(table.active) - 1], 1)
    ]
    # Thousands of terms over a long window: off the loop, others are being answered.
    surges = await asyncio.to_thread(
        measure_surges,
        Counts(names=table.words, n=table.n, x=table.families[:, 0]),
        windows[:n_spans],
        active_now=int(table.active[0]),
        before=windows[n_spans] if has_before else None,
        seen=await _seen(work, selection, chosen.reading, list(table.words.values())),
    )
    counts = {word: int(table.n[row]) for row, word in table.words.items()}
    return Bursts(surges, counts, facts, missed)


async def _seen(
    work: UnitOfWork, selection: Selection, reading: Reading, terms: Sequence[str]
) -> frozenset[str] | None:
    """Give which terms stood in the two weeks before; None unless every day of them was read."""
    start, end = selection.start - SEEN, selection.start
    if reading.has_missing_day(start, end):
        return None
    return await work.windows.known_terms(replace(selection, start=start, end=end), terms)
