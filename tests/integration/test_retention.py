"""What leaves the desk, and an index that follows it."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import IndexFailed
from core.ports.index import Document
from schemas.settings import RetentionSettings
from services.adapters.embed.hashing import HashingEmbedder
from services.adapters.index.edge import EdgeSearchIndex
from services.indexing import MAX_TRIES, Indexing
from services.retention import Retention
from services.sample import load_sample
from tests.integration.ingesting import DESK, NOW, WEEKS, Desk, open_desk, post


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await open_desk(tmp_path / "desk")
    yield opened
    await opened.aclose()


async def test_the_sample_goes_in_one_step_when_enough_real_news_is_there(desk: Desk) -> None:
    await load_sample(desk.ingestion, DESK, now=NOW)
    n_sample = await desk.n_indexed()
    real = [
        post(f"Council of Ward {n} votes on budget {n}", source=f"Paper {n % 3}")
        for n in range(50)
    ]

    await desk.take(real[:49])
    n_before = (await desk.counts()).n_articles
    await desk.take(real)

    counts = await desk.counts()
    assert n_before == n_sample + 49
    assert (counts.n_articles, counts.n_real) == (50, 50)
    assert await desk.n_indexed() == 50


async def test_old_articles_leave_store_and_index(desk: Desk) -> None:
    await desk.take(WEEKS)
    await desk.n_indexed()
    retention = Retention(desk.store, RetentionSettings(articles_days=365))
    later = NOW + timedelta(days=365 - 10)
    n_young = sum(item.published_at > later - timedelta(days=365) for item in WEEKS)

    summary = await retention.purge(now=later)

    assert summary.articles == len(WEEKS) - n_young
    assert (await desk.counts()).n_articles == n_young
    assert await desk.n_indexed() == n_young
    assert (await retention.purge(now=later)).articles == 0


async def test_delivered_outbox_rows_are_purged_and_waiting_ones_stay(desk: Desk) -> None:
    retention = Retention(desk.store, RetentionSettings(outbox_days=7))
    await desk.take(WEEKS[:10])
    await desk.n_indexed()
    await desk.take(WEEKS[10:15])

    summary = await retention.purge(now=NOW + timedelta(days=8))

    assert summary.outbox == 10
    assert await desk.n_indexed() == 15


async def test_a_rebuilt_index_holds_the_store_and_nothing_waits(desk: Desk) -> None:
    await desk.take(WEEKS)
    seen: list[int] = []

    n_indexed = await desk.indexing.rebuild(seen.append, now=NOW)

    async with desk.store.transaction(is_write=False) as unit:
        assert (await unit.outbox.backlog("article"))[0] == 0
    assert n_indexed == seen[-1] == await desk.n_indexed() == len(WEEKS)


async def test_a_failing_index_keeps_its_rows_and_one_bad_document_blocks_no_other(
    desk: Desk,
) -> None:
    await desk.take(WEEKS[:20])
    poison = (await desk.articles())[0].id
    limping = Indexing(desk.store, _Limping(desk.index, poison), HashingEmbedder())

    with pytest.raises(IndexFailed, match="will not take"):
        await limping.drain(now=NOW)
    with pytest.raises(IndexFailed, match="will not take"):
        await limping.drain(now=NOW)
    n_done = await limping.drain(now=NOW)
    for _ in range(MAX_TRIES - 3):
        with pytest.raises(IndexFailed, match="will not take"):
            await limping.drain(now=NOW)

    async with desk.store.transaction(is_write=False) as unit:
        dead = await unit.outbox.dead(limit=9)
        waiting, _ = await unit.outbox.backlog("article")
    assert n_done == 19
    assert [row.ref for row, _ in dead] == [poison]
    assert waiting == 0


class _Limping(EdgeSearchIndex):
    """The real index, but one document is refused."""

    def __init__(self, index: EdgeSearchIndex, poison: int) -> None:
        self._index = index
        self._poison = poison

    async def upsert(self, documents: Sequence[Document]) -> None:
        if any(document.id == self._poison for document in documents):
            raise IndexFailed(f"the index will not take document {self._poison}")
        await self._index.upsert(documents)

    async def delete(self, kind: str, ids: Sequence[int]) -> None:
        await self._index.delete(kind, ids)
