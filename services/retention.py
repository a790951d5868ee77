"""How long things are kept, and how they go: in small batches, index and store together."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import structlog

from core.access import visible
from core.ports.articles import StoreCounts
from core.ports.outbox import OutboxRow
from core.ports.store import Store, UnitOfWork
from schemas.principal import Principal
from schemas.settings import RetentionSettings
from schemas.status import PurgeSummary
from services.lanes import INGEST

BATCH = 200
"""Rows of one purging transaction: a few milliseconds of the write lock."""

PAUSE_S = 0.02
"""Between two batches, so that answers and imports come through."""

ENOUGH_REAL_ARTICLES = 50
ENOUGH_REAL_SOURCES = 3

_log = structlog.get_logger(__name__)

Step = Callable[[UnitOfWork], Awaitable[int]]


class Retention:
    """Deletes what is older than its setting says."""

    def __init__(self, store: Store, settings: RetentionSettings) -> None:
        self._store = store
        self._settings = settings

    async def purge(self, *, now: datetime) -> PurgeSummary:
        """Delete everything whose time is over as of `now`, batch by batch.

        Each batch is a transaction of its own, so stopping in the middle loses nothing: the next
        purge goes on. Articles leave the index through the outbox.
        """
        settings = self._settings

        def before(days: int) -> datetime:
            return now - timedelta(days=days)

        async def articles(unit: UnitOfWork) -> int:
            return await _delete_articles(
                unit, before=before(settings.articles_days), sample_only=False, now=now
            )

        async def runs(unit: UnitOfWork) -> int:
            return await unit.runs.purge(before=before(settings.runs_days), limit=BATCH)

        async def outbox(unit: UnitOfWork) -> int:
            return await unit.outbox.purge(before=before(settings.outbox_days), limit=BATCH)

        async def ledger(unit: UnitOfWork) -> int:
            return await unit.ops.purge_expired(
                now=now, events_before=before(settings.ledger_days), limit=BATCH
            )

        async def journal(unit: UnitOfWork) -> int:
            return await unit.journal.purge(before=before(settings.ledger_days), limit=BATCH)

        summary = PurgeSummary(
            articles=await self._repeat(articles, lane=INGEST),
            runs=await self._repeat(runs),
            outbox=await self._repeat(outbox),
            ledger=await self._repeat(ledger) + await self._repeat(journal),
        )
        _log.info(
            "retention.purged",
            articles=summary.articles,
            runs=summary.runs,
            outbox=summary.outbox,
            ledger=summary.ledger,
        )
        return summary

    async def drop_sample(self, *, now: datetime) -> int:
        """Delete every sample article in one transaction; gives how many went."""
        async with self._store.exclusive(INGEST), self._store.transaction() as unit:
            return await delete_sample(unit, now=now)

    async def _repeat(self, step: Step, *, lane: str | None = None) -> int:
        total = 0
        while True:
            async with AsyncExitStack() as stack:
                if lane is not None:
                    await stack.enter_async_context(self._store.exclusive(lane))
                unit = await stack.enter_async_context(self._store.transaction())
                n_gone = await step(unit)
            total += n_gone
            if not n_gone:
                return total
            await asyncio.sleep(PAUSE_S)


def should_drop_sample(counts: StoreCounts) -> bool:
    """Say whether enough real news is there for the sample to go: 50 articles from 3 sources."""
    has_sample = counts.n_articles > counts.n_real
    return (
        has_sample
        and counts.n_real >= ENOUGH_REAL_ARTICLES
        and counts.n_real_sources >= ENOUGH_REAL_SOURCES
    )


async def delete_sample(unit: UnitOfWork, *, now: datetime) -> int:
    """Delete every sample article within a transaction and tell the index; gives how many went."""
    total = 0
    while n_gone := await _delete_articles(unit, before=None, sample_only=True, now=now):
        total += n_gone
    return total


async def delete_outgrown_sample(unit: UnitOfWork, *, now: datetime) -> tuple[int, int]:
    """Delete the sample if enough real news is there; gives how many articles went and stayed."""
    # As everybody sees it: what one chat reads for itself says nothing of the others' news.
    counts = await unit.ops.counts(visible(Principal()), now=now)
    if should_drop_sample(counts):
        return await delete_sample(unit, now=now), 0
    return 0, counts.n_articles - counts.n_real


async def _delete_articles(
    unit: UnitOfWork, *, before: datetime | None, sample_only: bool, now: datetime
) -> int:
    gone = await unit.ops.purge_articles(before=before, sample_only=sample_only, limit=BATCH)
    if gone:
        rows = [OutboxRow(kind="article", ref=n, version=0, operation="delete") for n in gone]
        await unit.outbox.append(rows, at=now)
    return len(gone)
