"""The arithmetic of one request: every figure of the answer, over the whole window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from core.agents.expansion import expand
from core.orchestrator.confidence import measure_confidence
from core.orchestrator.coverage import (
    MAX_STORIES,
    describe,
    measure_bursts,
    most_surprising,
    widest_groups,
)
from core.orchestrator.earlier import missed_by
from core.orchestrator.matching import Match
from core.orchestrator.mood import measure_mood
from core.orchestrator.phrases import rank_phrases
from core.orchestrator.themes import emerging_phrases, group_themes, missing_phrases
from core.ports.store import UnitOfWork
from core.ports.windows import KeyphraseRow, Selection, WindowColumns
from core.retrieval.query import Query
from core.retrieval.search import Candidate
from core.trends.missing import unread_sources
from schemas.articles import Article
from schemas.facts import BaselineFacts, Facts, SourceFact, StoryFact, WindowFacts
from schemas.requests import NewsRequest
from schemas.sources import Missed

PHRASE_ROWS = 80
TOLD_SOURCES = 3
"""Sources that could not be read whose names a reader is told."""
SEEN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The stories of a window, their articles, and what their surges were computed from.

    `missed` is what was not read of the window, and perhaps of the time before.
    """

    stories: tuple[StoryFact, ...]
    articles: Mapping[int, Article]
    baseline: BaselineFacts | None
    terms: Mapping[int, tuple[str, ...]]
    missed: Sequence[Missed]


async def measure_facts(
    work: UnitOfWork,
    request: NewsRequest,
    matched: Match,
    *,
    query: Query,
    candidates: Sequence[Candidate],
) -> tuple[Facts, Mapping[int, Article]]:
    """Compute what `request` needs over the matched articles; give those it read, by id, too."""
    columns, selection = matched.columns, matched.selection
    rows = await work.windows.keyphrases(selection, limit=PHRASE_ROWS)
    coverage = await _cover(work, request, matched)
    known = await _known_phrases(work, selection, rows, coverage.baseline)
    stems = frozenset(stem for group in query.terms for stem in group.stems)
    phrases = rank_phrases(
        rows,
        known=known if request.command == "trends" else None,
        limit=10 if request.command == "trends" else 20,
        query_stems=stems,
    )
    facts = Facts(
        window=await _window(work, request, matched, coverage.missed),
        sources=_sources(columns),
        stories=coverage.stories,
        topics=tuple(group_themes(coverage.stories, coverage.terms)),
        keyphrases=phrases,
        sentiment=measure_mood(columns, rows, start=selection.start, end=selection.end)
        if request.command in ("trends", "sentiment")
        else None,
        baseline=coverage.baseline,
        emerging=emerging_phrases(rows, known),
        gaps=await _gaps(work, request, selection, coverage.baseline),
        expansion=expand(
            request.query,
            stems,
            list(phrases),
            names_source=any(
                request.query.casefold() == s.casefold() for s in columns.source_titles
            ),
        )
        if request.query and request.command == "keywords"
        else None,
    )
    parts = measure_confidence(facts, candidates, request.command, matched.mode)
    return facts.model_copy(update={"confidence": parts}), coverage.articles


async def _cover(work: UnitOfWork, request: NewsRequest, matched: Match) -> Coverage:
    if request.command in ("keywords", "sentiment"):
        selection = matched.selection
        missed = await missed_by(work, selection, selection.start, selection.end)
        return Coverage((), {}, None, {}, missed)
    bursts = await measure_bursts(work, matched.selection)
    surges = bursts.surges
    groups = widest_groups(matched.columns, MAX_STORIES if not surges else 3 * MAX_STORIES)
    terms = await work.windows.terms_of([i for group in groups for i in group.article_ids])
    ranked = most_surprising(groups, terms, surges, bursts.counts, limit=MAX_STORIES)
    ids = [i for story in ranked for i in story.group.article_ids]
    articles = {a.id: a for a in await work.articles.get(matched.selection.visibility, ids)}
    stories = tuple(describe(ranked, articles))
    return Coverage(stories, articles, bursts.baseline, terms, bursts.missed)


async def _known_phrases(
    work: UnitOfWork,
    selection: Selection,
    rows: Sequence[KeyphraseRow],
    baseline: BaselineFacts | None,
) -> frozenset[str] | None:
    """Give the phrases that the two weeks before held too, None with too little history."""
    if baseline is None or not baseline.is_enough:
        return None
    earlier = replace(selection, start=selection.start - SEEN, end=selection.start)
    return await work.windows.known_norms(earlier, [row.norm for row in rows])


async def _gaps(
    work: UnitOfWork,
    request: NewsRequest,
    selection: Selection,
    baseline: BaselineFacts | None,
) -> tuple[str, ...]:
    """Give what was written of before and is not now; nobody is quiet who was not read."""
    if request.command != "topics" or (baseline and baseline.is_window_unread):
        return ()
    length = selection.end - selection.start
    earlier = replace(selection, start=selection.start - 4 * length, end=selection.start)
    before = await work.windows.keyphrases(earlier, limit=PHRASE_ROWS)
    still = await work.windows.known_norms(selection, [row.norm for row in before])
    return missing_phrases(before, still, n_windows=4)


async def _window(
    work: UnitOfWork, request: NewsRequest, matched: Match, missed: Sequence[Missed]
) -> WindowFacts:
    columns, selection = matched.columns, matched.selection
    unread = unread_sources(missed, start=selection.start, end=selection.end)
    counts = np.bincount(columns.lang, minlength=len(columns.langs))
    return WindowFacts(
        start=selection.start,
        end=selection.end,
        asked=request.window,
        used=request.window,
        match=matched.mode,
        n_matching=columns.n_matching,
        n_counted=int(columns.article_id.size),
        n_undated=int((~columns.has_date).sum()),
        n_families=int(np.unique(columns.family).size),
        languages={columns.langs[i]: int(counts[i]) for i in np.argsort(-counts) if counts[i]},
        is_sample=bool(columns.is_sample.any()),
        n_sources=await _n_read(work, selection) if unread else 0,
        n_unread=len(unread),
        unread=await _titles(work, selection, unread[:TOLD_SOURCES]),
    )


async def _n_read(work: UnitOfWork, selection: Selection) -> int:
    """Give how many polled sources the question is about."""
    if selection.source_ids is None:
        return sum((await work.sources.families(selection.visibility)).values())
    polled = [await work.sources.get(selection.visibility, n) for n in selection.source_ids]
    return sum(source is not None and source.status == "active" for source in polled)


async def _titles(
    work: UnitOfWork, selection: Selection, source_ids: Sequence[int]
) -> tuple[str, ...]:
    """Give the titles of sources that are still there."""
    polled = [await work.sources.get(selection.visibility, n) for n in source_ids]
    return tuple(one.source.title for one in polled if one is not None)


def _sources(columns: WindowColumns) -> tuple[SourceFact, ...]:
    counts = np.bincount(columns.source, minlength=len(columns.source_titles))
    order = sorted(range(len(counts)), key=lambda i: (-int(counts[i]), columns.source_titles[i]))
    return tuple(
        SourceFact(
            title=columns.source_titles[i], family=columns.source_families[i], n=int(counts[i])
        )
        for i in order[:20]
        if counts[i]
    )


def cited_ids(facts: Facts) -> list[int]:
    """Give every article that a finding may cite, once, in the order of the facts."""
    ids: list[int] = []
    for story in facts.stories:
        ids += [story.lead_id, *story.article_ids[:3]]
    for topic in facts.topics:
        ids.append(topic.lead_id)
    for phrase in facts.keyphrases:
        ids += phrase.example_ids
    if facts.sentiment is not None:
        mood = facts.sentiment
        ids += [a.article_id for a in mood.aspects]
        ids += [f.article_id for f in mood.families]
        ids += [i for i in (mood.most_negative_id, mood.most_positive_id) if i is not None]
    return list(dict.fromkeys(ids))
