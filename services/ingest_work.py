"""One batch of items: the articles in it, what they change, and the rows that this makes."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from core.ports.articles import KnownArticle, NewArticle, RecentArticle
from core.ports.store import UnitOfWork
from core.stories.analysed import Analysed, analyse_item, as_recent
from core.stories.attach import Memory, Placement, attach
from core.stories.intake import Candidate, Changes, Versions, domain_of, prepare
from core.stories.publishers import family_of
from schemas.articles import RawItem, Source

CHUNK = 25
"""Items of one trip to a thread, so that many imports and answers share the processor."""

T = TypeVar("T")
Known = Mapping[tuple[int, str], KnownArticle]
"""What is stored already, by (source id, key)."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one batch changes.

    `new` are articles in clustering order, `later` versions of them by their place there,
    `revised` new versions of stored articles by id.
    """

    new: list[Analysed] = field(default_factory=list)
    later: list[tuple[int, Analysed]] = field(default_factory=list)
    revised: list[tuple[int, Analysed]] = field(default_factory=list)
    n_duplicate: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Articles that are clustered together, and the source of each."""

    versions: Sequence[Versions]
    sources: Mapping[str, Source]

    def source_of(self, candidate: Candidate) -> Source:
        """Give the stored source of a candidate."""
        return self.sources[candidate.source]

    def keys(self) -> list[tuple[int, str]]:
        """Give what each article is known by: the id of its source, its key."""
        return [(self.source_of(v.first).id, v.first.key) for v in self.versions]


def prepare_all(
    items: Sequence[RawItem], n_before: int, *, source: Source | None, now: datetime
) -> list[Candidate]:
    """Identify items that follow `n_before` others; with `source` all are its own."""
    if source is not None:
        own = {"source": source.title}
        items = [item.model_copy(update=own) for item in items]
    return [prepare(item, order=n_before + n, now=now) for n, item in enumerate(items)]


def views_of(part: Part) -> dict[tuple[int, str], int]:
    """Give how often articles were seen, where their items tell: the last one that does."""
    found: dict[tuple[int, str], int] = {}
    for versions, key in zip(part.versions, part.keys(), strict=True):
        told = [c.item.views for c in versions.items if c.item.views is not None]
        if told:
            found[key] = told[-1]
    return found


async def analyse(part: Part, known: Known) -> Work:
    """Compare a part with what is stored and analyse what is new in it."""
    changes = [
        v.compare(known.get(key)) for v, key in zip(part.versions, part.keys(), strict=True)
    ]
    work = Work(n_duplicate=sum(change.n_duplicate for change in changes))
    for chunk in _chunks([c for c in changes if c.new or c.revisions]):
        analysed = await asyncio.to_thread(_analyse_chunk, chunk)
        for change, (new, revisions) in zip(chunk, analysed, strict=True):
            if new:
                work.later.extend((len(work.new), revision) for revision in revisions)
                work.new.append(new)
            elif change.stored_id is not None:
                work.revised.extend((change.stored_id, revision) for revision in revisions)
    return work


def _analyse_chunk(
    changes: Sequence[Changes],
) -> list[tuple[Analysed | None, list[Analysed]]]:
    return [
        (analyse_item(c.new) if c.new else None, [analyse_item(r) for r in c.revisions])
        for c in changes
    ]


async def place(memory: Memory, new: Sequence[Analysed], part: Part) -> list[Placement]:
    """Find the stories of new articles, in their order, remembering each for the next."""
    rows = [recent_row(analysed, part) for analysed in new]
    placements: list[Placement] = []
    for chunk in _chunks(rows):
        placements += await asyncio.to_thread(_attach_all, memory, chunk)
    return placements


def _attach_all(memory: Memory, rows: Sequence[RecentArticle]) -> list[Placement]:
    return [attach(memory, row) for row in rows]


async def number_stories(unit: UnitOfWork, placements: Sequence[Placement]) -> None:
    """Give stories that are founded here their ids."""
    fresh = list(dict.fromkeys(p.story for p in placements if p.story.id is None))
    if fresh:
        first = await unit.articles.next_story_id(len(fresh))
        for number, story in enumerate(fresh):
            story.id = first + number


def new_articles(
    new: Sequence[Analysed], placements: Sequence[Placement], part: Part, *, now: datetime
) -> list[NewArticle]:
    """Give placed articles as the store takes them."""
    places = {placement.entry: place for place, placement in enumerate(placements)}
    articles = []
    for analysed, placement in zip(new, placements, strict=True):
        original = placement.original
        article = new_article(analysed, part, story_id=placement.story.id or 0, now=now)
        articles.append(
            replace(
                article,
                duplicate=placement.duplicate,
                original_id=original.id if original else None,
                original_index=places.get(original) if original else None,
            )
        )
    return articles


def new_article(analysed: Analysed, part: Part, *, story_id: int, now: datetime) -> NewArticle:
    """Give one article, or a version of it, as the store takes it."""
    candidate = analysed.candidate
    item = candidate.item
    source = part.source_of(candidate)
    return NewArticle(
        key=candidate.key,
        source_id=source.id,
        guid=item.guid,
        url=item.url,
        title=candidate.title,
        text=item.text,
        content_hash=candidate.content_hash,
        title_stems=analysed.title_stems,
        text_stems=analysed.text_stems,
        minhash=analysed.minhash,
        published_at=candidate.published_at,
        first_seen_at=now.replace(microsecond=0),
        analysis=analysed.analysis,
        story_id=story_id,
        is_sample=item.is_sample,
        tenant=source.tenant,
        audience=source.audience,
    )


def recent_row(analysed: Analysed, part: Part) -> RecentArticle:
    """Give an article as the clusterer takes it."""
    source = part.source_of(analysed.candidate)
    return as_recent(
        analysed,
        source_id=source.id,
        family=source.family,
        tenant=source.tenant,
        audience=source.audience,
    )


def new_source(candidate: Candidate, kind: str) -> Source:
    """Give the source that an item names, public and not stored yet."""
    domain = domain_of(candidate.item.url)
    return Source(
        id=0,
        title=candidate.source,
        domain=domain,
        publisher=candidate.source,
        family=family_of(candidate.source, domain),
        kind="sample" if candidate.item.is_sample else kind,
    )


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
