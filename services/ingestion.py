"""Raw items to stored, analysed, clustered articles: one ordered lane, one transaction a batch."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

import structlog

from core.errors import StoreBusy, UsageError
from core.ports.outbox import OutboxRow
from core.ports.store import Store
from core.stories.analysed import Analysed
from core.stories.attach import Placement
from core.stories.intake import BadLine, Versions, cut_by_time, group_versions
from core.stories.lane import EVERYBODY, Owner, StoryLane
from schemas.articles import ImportSummary, RawItem, Source
from schemas.principal import Principal
from services.batches import Items, in_batches
from services.ingest_work import (
    Known,
    Part,
    Work,
    analyse,
    new_article,
    new_articles,
    new_source,
    number_stories,
    place,
    prepare_all,
    recent_row,
    views_of,
)
from services.lanes import INGEST
from services.retention import delete_outgrown_sample

MAX_PROBLEMS = 50

LANE_TRIES = 12
"""Time-outs that a batch waits for the lane: another process may be loading its memory."""

_MAY_IMPORT = frozenset({"system", "operator", "owner"})
_log = structlog.get_logger(__name__)

Progress = Callable[[ImportSummary], None]


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
class _Import:
    """What holds for every item of one import."""

    now: datetime
    kind: str
    source: Source | None
    tally: _Tally

    @property
    def owner(self) -> Owner:
        """Whose articles they become."""
        return Owner(self.source.tenant, self.source.audience) if self.source else EVERYBODY


class Ingestion:
    """The only writer of articles: batches wait for one another, whoever imports.

    Words are analysed before a batch takes the lane; in the lane, which is one for all processes
    of the store, it is only clustered and written.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stories = StoryLane()
        self._sources: dict[str, Source] = {}
        self._thinking = asyncio.Lock()
        self._n_written = 0
        self._may_hold_sample = True

    def forget(self) -> None:
        """Drop what is remembered of the store; whoever deletes articles calls this."""
        self._stories.forget()
        self._sources.clear()
        self._n_written += 1
        self._may_hold_sample = True

    async def ingest(
        self,
        principal: Principal,
        items: Items,
        *,
        now: datetime,
        kind: str = "import",
        source: Source | None = None,
        on_progress: Progress | None = None,
    ) -> ImportSummary:
        """Store what is new among items, with analysis, story and outbox row.

        The same items again change nothing but how often they were seen. Each batch of 200 is one
        transaction, so what was reported by `on_progress` stays after a crash, and importing again
        goes on from there. Of items with one key in one batch the first is the article and each
        one with other words a version of it.

        Args:
            principal: An operator, the owner or the desk itself.
            items: Items and lines that could not be read; a plain iterable is read in a thread.
            now: When the items are first seen; they count at min(published, now).
            kind: What new sources are; those of sample items are "sample".
            source: The stored source that every item belongs to, whatever the item says: its
                tenant and audience become those of the articles. None: each item names its own
                source, which everybody may see.
            on_progress: Called after each batch with the counts so far.

        Raises:
            UsageError: The principal may not import.
            StoreError: A batch could not be stored; the ones before it are. Among others when
                `source` was removed, or given to somebody else, meanwhile.
        """
        if not principal.roles & _MAY_IMPORT:
            raise UsageError("only an operator may import news", field="principal")
        tally = _Tally(started=perf_counter())
        this = _Import(now=now, kind=kind, source=source, tally=tally)
        n_read = 0
        async for batch in in_batches(items):
            good = [item for item in batch if isinstance(item, RawItem)]
            bad = [item for item in batch if isinstance(item, BadLine)]
            tally.refused += len(bad)
            tally.problems.extend(map(str, bad[: MAX_PROBLEMS - len(tally.problems)]))
            candidates = await asyncio.to_thread(prepare_all, good, n_read, source=source, now=now)
            n_read += len(good)
            for versions in cut_by_time(group_versions(candidates)):
                await self._store_part(versions, this)
            if on_progress:
                on_progress(tally.summary())
        self._may_hold_sample |= tally.new > tally.n_real
        # Counting a large store takes long, and most polls of feeds bring one article.
        if tally.n_real and self._may_hold_sample and this.owner == EVERYBODY:
            await self._drop_outgrown_sample(now)
        return tally.summary()

    async def _store_part(self, versions: list[Versions], this: _Import) -> None:
        part = Part(versions, await self._sources_of(versions, this))
        n_written = self._n_written
        known = await self._find_known(part)
        work = await self._analyse(part, known)
        async with self._lane() as is_stale:
            if is_stale or self._n_written != n_written:
                seen, known = known, await self._find_known(part)
                if known != seen:
                    work = await self._analyse(part, known)
            try:
                placements = await self._place(part, work.new, this.owner)
                await self._write(part, work, placements, known, this)
            except BaseException:
                self.forget()  # memory may be ahead of the store: the next batch loads it again
                raise
        tally = this.tally
        tally.new += len(work.new)
        tally.near += sum(p.duplicate != "original" for p in placements)
        tally.revised += len(work.later) + len(work.revised)
        tally.duplicate += work.n_duplicate
        tally.n_real += sum(not a.candidate.item.is_sample for a in work.new)

    async def _sources_of(
        self, versions: Sequence[Versions], this: _Import
    ) -> Mapping[str, Source]:
        titles = {v.first.source: v.first for v in versions}
        if this.source is not None:
            return dict.fromkeys(titles, this.source)
        missing = [first for title, first in titles.items() if title not in self._sources]
        stored: Mapping[str, Source] = {}
        if missing:
            wanted = [new_source(first, this.kind) for first in missing]
            async with self._store.transaction() as unit:
                stored = await unit.articles.ensure_sources(wanted)
            self._sources.update(stored)
        return {title: stored.get(title) or self._sources[title] for title in titles}

    async def _find_known(self, part: Part) -> Known:
        keys = part.keys()
        async with self._store.transaction(is_write=False) as unit:
            return await unit.articles.find_known([n for n, _ in keys], [key for _, key in keys])

    async def _analyse(self, part: Part, known: Known) -> Work:
        async with self._thinking:
            return await analyse(part, known)

    @asynccontextmanager
    async def _lane(self) -> AsyncIterator[bool]:
        """Wait for the lane; says whether another process may have written meanwhile.

        Raises:
            StoreBusy: One holder kept it for many time-outs.
        """
        async with AsyncExitStack() as held:
            for tries_left in reversed(range(LANE_TRIES)):
                try:
                    is_stale = await held.enter_async_context(self._store.exclusive(INGEST))
                    break
                except StoreBusy:
                    if not tries_left:
                        raise
            if is_stale:
                self.forget()
            yield is_stale

    async def _place(self, part: Part, new: Sequence[Analysed], owner: Owner) -> list[Placement]:
        if not new:
            return []
        async with self._store.transaction(is_write=False) as unit:
            memory = await self._stories.recall(
                unit, owner, new[0].candidate.at, new[-1].candidate.at
            )
        return await place(memory, new, part)

    async def _write(
        self,
        part: Part,
        work: Work,
        placements: Sequence[Placement],
        known: Known,
        this: _Import,
    ) -> None:
        views = views_of(part)
        if not (work.new or work.revised or views):
            return
        async with self._store.transaction() as unit:
            await number_stories(unit, placements)
            ids = await unit.articles.add(new_articles(work.new, placements, part, now=this.now))
            changed = [(ids[place], a) for place, a in work.later] + work.revised
            rows = [OutboxRow("article", n, 1, "upsert") for n in ids]
            for article_id, analysed in changed:
                version = await unit.articles.revise(
                    article_id, new_article(analysed, part, story_id=0, now=this.now)
                )
                rows.append(OutboxRow("article", article_id, version, "upsert"))
            await unit.outbox.append(rows, at=this.now)
            if views:
                stored = {key: article.id for key, article in known.items()}
                stored |= {
                    (part.source_of(a.candidate).id, a.candidate.key): article_id
                    for a, article_id in zip(work.new, ids, strict=True)
                }
                seen = {stored[key]: n for key, n in views.items()}
                await unit.articles.saw(seen, at=this.now)
        self._n_written += 1
        self._stories.settle(
            this.owner,
            list(zip((p.entry for p in placements), ids, strict=True)),
            [(article_id, recent_row(a, part)) for article_id, a in changed],
        )

    async def _drop_outgrown_sample(self, now: datetime) -> None:
        async with self._lane():
            async with self._store.transaction() as unit:
                n_gone, n_left = await delete_outgrown_sample(unit, now=now)
            self._may_hold_sample = n_left > 0
            if n_gone:
                self.forget()
                _log.info("sample.dropped", articles=n_gone)
