"""A desk that takes items: store, index and ingestion, without faces."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.access import system_principal, visible
from core.ports.articles import StoreCounts
from core.ports.index import IndexFilter
from core.stories.intake import BadLine
from schemas.articles import Article, ImportSummary, RawItem
from services.adapters.embed.hashing import HashingEmbedder
from services.adapters.index.edge import EdgeSearchIndex
from services.adapters.store.engine import SqlStore
from services.indexing import Indexing
from services.ingestion import Ingestion
from services.sample import make_sample

NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
DESK = system_principal()
EVERYTHING = visible(DESK)
WEEKS = [item.model_copy(update={"is_sample": False}) for item in make_sample(NOW)][-260:]


@dataclass
class Desk:
    """A store with its index, and an ingestion that starts without memory."""

    store: SqlStore
    index: EdgeSearchIndex
    ingestion: Ingestion
    indexing: Indexing

    async def take(self, items: Iterable[RawItem | BadLine]) -> ImportSummary:
        return await self.ingestion.ingest(DESK, items, now=NOW)

    async def articles(self) -> list[Article]:
        async with self.store.transaction(is_write=False) as unit:
            rows = await unit.articles.scan(EVERYTHING, after_id=0, limit=10_000)
        return [row.article for row in rows]

    async def stories(self) -> set[frozenset[str | None]]:
        stories: dict[int | None, set[str | None]] = {}
        for article in await self.articles():
            stories.setdefault(article.story_id, set()).add(article.url or article.title)
        return {frozenset(members) for members in stories.values()}

    async def counts(self) -> StoreCounts:
        async with self.store.transaction(is_write=False) as unit:
            return await unit.ops.counts(EVERYTHING, now=NOW)

    async def n_indexed(self) -> int:
        await self.indexing.drain(now=NOW)
        return await self.index.count("article", IndexFilter(visibility=EVERYTHING))

    async def aclose(self) -> None:
        await self.index.aclose()
        await self.store.aclose()


async def open_desk(folder: Path) -> Desk:
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    store = await SqlStore.open(folder / "desk.db")
    embedder = HashingEmbedder()
    index = EdgeSearchIndex.open(
        folder / "index", embedder_name=embedder.name, dimension=embedder.dimension
    )
    return Desk(store, index, Ingestion(store), Indexing(store, index, embedder))


def post(title: str, body: str = "", *, source: str = "Paper", **more: object) -> RawItem:
    published_at = more.pop("published_at", NOW - timedelta(hours=2))
    fields = {"source": source, "title": title, "text": body, "published_at": published_at}
    return RawItem.model_validate({**fields, **more})
