"""Raw items to stored, analysed, clustered articles: one ordered lane, one transaction a batch."""

import asyncio
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter
from typing import TypeVar

import structlog

from core.errors import UsageError
from core.ports.articles import NewArticle, RecentArticle
from core.ports.outbox import OutboxRow
from core.ports.store import Store, UnitOfWork
from core.stories.analysed import Analysed, analyse_item, as_recent
from core.stories.attach import Placement, attach
from core.stories.intake import (
    BadLine,
    Candidate,
    Changes,
    Versions,
    cut_by_time,
    domain_of,
    group_versions,
    prepare,
)
from core.stories.lane import StoryLane
from core.stories.publishers import family_of
from core.stories.recent import RecentStories
from schemas.articles import ImportSummary, RawItem, Source
from schemas.principal import Principal
from services.retention import delete_outgrown_sample

BATCH_ITEMS = 200
BATCH_CHARS = 4_000_000
"""A batch ends at so many items or characters, whichever comes first: bounded memory."""

CHUNK = 25
"""Items of one trip to a thread, so that many imports and answers share the processor."""

MAX_PROBLEMS = 50

_MAY_IMPORT = frozenset({"system", "operator", "owner"})
T = TypeVar("T")
_log = structlog.get_logger(__name__)

Progress = Callable[[ImportSummary], None]
Items = Iterable[RawItem | BadLine] | AsyncIterable[RawItem | BadLine]


@dataclass(slots=True)
class _Tally:
    """Running counts of one import."""

    started: float
    new: int = 0
    revised: int = 0
    duplicate: int = 0
    refused: int = 0
    near: int = 0
    n_real: int = 0
    problems: list[str] = field(default_factory=list)

    def summary(self) -> ImportSummary:
        return ImportSummary(
            read=self.new + self.revised + self.duplicate + self.refused,
            new=self.new,
            revised=self.revised,
            duplicate=self.duplicate,
            refused=self.refused,
            near=self.near,
            problems=tuple(self.problems),
            elapsed_s=perf_counter() - self.started,
        )


@dataclass(frozen=True, slots=True)
class _Work:
    """What one batch changes.

    `new` are articles in clustering order, `later` versions of them by their place there,
    `revised` new versions of stored articles by id.
    """

    new: list[Analysed] = field(default_factory=list)
    later: list[tuple[int, Analysed]] = field(default_factory=list)
    revised: list[tuple[int, Analysed]] = field(default_factory=list)


class Ingestion:
    """The only writer of articles: batches wait for one another, whoever imports."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stories = StoryLane()
        self._sources: dict[str, Source] = {}
        self._lane = asyncio.Lock()

    def forget(self) -> None:
        """Drop what is remembered of the store; whoever deletes articles calls this."""
        self._stories.forget()
        self._sources.clear()

    async def ingest(
        self,
        principal: Principal,
        items: Items,
        *,
        now: datetime,
        kind: str = "import",
        on_progress: Progress | None = None,
    ) -> ImportSummary:
        """Store what is new among items, with analysis, story and outbox row.

        The same items again change nothing. Each batch of 200 is one transaction, so what was
        reported by `on_progress` stays after a crash, and importing again goes on from there. Of
        items with one key in one batch the first is the article and each one with other words a
        version of it.

        Args:
            principal: An operator, the owner or the desk itself.
            items: Items and lines that could not be read; a plain iterable is read in a thread.
            now: When the items are first seen; they count at min(published, now).
            kind: What new sources are; those of sample items are "sample".
            on_progress: Called after each batch with the counts so far.

        Raises:
            UsageError: The principal may not import.
            StoreError: A batch could not be stored; the ones before it are.
        """
        if not principal.roles & _MAY_IMPORT:
            raise UsageError("only an operator may import news", field="principal")
        tally = _Tally(started=perf_counter())
        n_read = 0
        async for batch in _batches(items):
            good = [item for item in batch if isinstance(item, RawItem)]
            bad = [item for item in batch if isinstance(item, BadLine)]
            tally.refused += len(bad)
            tally.problems.extend(map(str, bad[: MAX_PROBLEMS - len(tally.problems)]))
            candidates = await asyncio.to_thread(_prepare_all, good, n_read, now)
            n_read += len(good)
            for part in cut_by_time(group_versions(candidates)):
                async with self._lane:
                    await self._store_part(part, tally, now=now, kind=kind)
            if on_progress:
                on_progress(tally.summary())
        if tally.n_real:
            await self._drop_outgrown_sample(now)
        return tally.summary()

    async def _store_part(
        self, part: list[Versions], tally: _Tally, *, now: datetime, kind: str
    ) -> None:
        try:
            sources = await self._ensure_sources(part, kind)
            async with self._store.transaction(is_write=False) as unit:
                known = await unit.articles.find_known(
                    [sources[v.first.source].id for v in part], [v.first.key for v in part]
                )
            changes = [
                v.compare(known.get((sources[v.first.source].id, v.first.key))) for v in part
            ]
            work = await _analyse(changes)
            placements = await self._place(work.new, sources)
            await self._write(work, placements, sources, now)
        except BaseException:
            self.forget()  # memory may be ahead of the store: the next batch loads it again
            raise
        tally.new += len(work.new)
        tally.near += sum(p.duplicate != "original" for p in placements)
        tally.revised += len(work.later) + len(work.revised)
        tally.duplicate += sum(change.n_duplicate for change in changes)
        tally.n_real += sum(not a.candidate.item.is_sample for a in work.new)

    async def _ensure_sources(self, part: Sequence[Versions], kind: str) -> dict[str, Source]:
        titles = {v.first.source: v.first for v in part}
        missing = [first for title, first in titles.items() if title not in self._sources]
        if missing:
            async with self._store.transaction() as unit:
                stored = await unit.articles.ensure_sources([_source(c, kind) for c in missing])
            self._sources.update(stored)
        return {title: self._sources[title] for title in titles}

    async def _place(
        self, new: Sequence[Analysed], sources: Mapping[str, Source]
    ) -> list[Placement]:
        if not new:
            return []
        async with self._store.transaction(is_write=False) as unit:
            recent = await self._stories.recall(unit, new[0].candidate.at, new[-1].candidate.at)
        rows = [_recent_row(analysed, sources) for analysed in new]
        placements: list[Placement] = []
        for chunk in _chunks(rows):
            placements += await asyncio.to_thread(_attach_all, recent, chunk)
        return placements

    async def _write(
        self,
        work: _Work,
        placements: Sequence[Placement],
        sources: Mapping[str, Source],
        now: datetime,
    ) -> None:
        if not (work.new or work.revised):
            return
        async with self._store.transaction() as unit:
            await _number_stories(unit, placements)
            ids = await unit.articles.add(_new_articles(work.new, placements, sources, now))
            changed = [(ids[place], a) for place, a in work.later] + work.revised
            rows = [OutboxRow("article", n, 1, "upsert") for n in ids]
            for article_id, analysed in changed:
                version = await unit.articles.revise(
                    article_id, _new_article(analysed, sources, story_id=0, now=now)
                )
                rows.append(OutboxRow("article", article_id, version, "upsert"))
            await unit.outbox.append(rows, at=now)
        self._stories.settle(
            list(zip((p.entry for p in placements), ids, strict=True)),
            [(article_id, _recent_row(a, sources)) for article_id, a in changed],
        )

    async def _drop_outgrown_sample(self, now: datetime) -> None:
        async with self._lane:
            async with self._store.transaction() as unit:
                n_gone = await delete_outgrown_sample(unit, now=now)
            if n_gone:
                self.forget()
                _log.info("sample.dropped", articles=n_gone)


async def _batches(items: Items) -> AsyncIterator[list[RawItem | BadLine]]:
    if isinstance(items, AsyncIterable):
        batch: list[RawItem | BadLine] = []
        n_chars = 0
        async for item in items:
            batch.append(item)
            n_chars += _size(item)
            if len(batch) >= BATCH_ITEMS or n_chars >= BATCH_CHARS:
                yield batch
                batch, n_chars = [], 0
        if batch:
            yield batch
        return
    iterator = iter(items)
    while taken := await asyncio.to_thread(_take, iterator):
        yield taken


def _take(iterator: Iterator[RawItem | BadLine]) -> list[RawItem | BadLine]:
    batch: list[RawItem | BadLine] = []
    n_chars = 0
    for item in iterator:
        batch.append(item)
        n_chars += _size(item)
        if len(batch) >= BATCH_ITEMS or n_chars >= BATCH_CHARS:
            break
    return batch


def _size(item: RawItem | BadLine) -> int:
    return len(item.title) + len(item.text) if isinstance(item, RawItem) else 0


def _prepare_all(items: Sequence[RawItem], n_before: int, now: datetime) -> list[Candidate]:
    return [prepare(item, order=n_before + n, now=now) for n, item in enumerate(items)]


async def _analyse(changes: Sequence[Changes]) -> _Work:
    work = _Work()
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


def _attach_all(recent: RecentStories, rows: Sequence[RecentArticle]) -> list[Placement]:
    return [attach(recent, row) for row in rows]


async def _number_stories(unit: UnitOfWork, placements: Sequence[Placement]) -> None:
    fresh = list(dict.fromkeys(p.story for p in placements if p.story.id is None))
    if fresh:
        first = await unit.articles.next_story_id(len(fresh))
        for number, story in enumerate(fresh):
            story.id = first + number


def _new_articles(
    new: Sequence[Analysed],
    placements: Sequence[Placement],
    sources: Mapping[str, Source],
    now: datetime,
) -> list[NewArticle]:
    places = {placement.entry: place for place, placement in enumerate(placements)}
    articles = []
    for analysed, placement in zip(new, placements, strict=True):
        original = placement.original
        article = _new_article(analysed, sources, story_id=placement.story.id or 0, now=now)
        articles.append(
            replace(
                article,
                duplicate=placement.duplicate,
                original_id=original.id if original else None,
                original_index=places.get(original) if original else None,
            )
        )
    return articles


def _new_article(
    analysed: Analysed, sources: Mapping[str, Source], *, story_id: int, now: datetime
) -> NewArticle:
    candidate = analysed.candidate
    item = candidate.item
    return NewArticle(
        key=candidate.key,
        source_id=sources[candidate.source].id,
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
    )


def _recent_row(analysed: Analysed, sources: Mapping[str, Source]) -> RecentArticle:
    source = sources[analysed.candidate.source]
    return as_recent(analysed, source_id=source.id, family=source.family)


def _source(candidate: Candidate, kind: str) -> Source:
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
