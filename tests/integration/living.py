"""A desk whose sources live on the loopback and whose clock the test holds."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.access import system_principal, visible
from core.ports.store import Store
from schemas.articles import Article
from schemas.principal import Principal
from schemas.settings import FetchSettings, SourceSettings
from schemas.sources import FeedLink, PolledSource
from services.adapters.cache.memory import MemoryCache
from services.adapters.sources.network import SourceNetwork
from services.desk import Desk
from services.ingestion import Ingestion
from services.source_life import LifeParts, SourceLife, source_life
from services.wiring import open_desk
from tests.integration.conftest import settings_for
from tests.integration.hostile_server import Behaviour, HostileServer, page, serving
from tests.integration.news import NOW

DESK = system_principal()
EVERYTHING = visible(DESK)
FETCH = FetchSettings(
    allowed_networks=frozenset({"127.0.0.0/8"}), host_pause_s=0, timeout_s=1.5, connect_s=1
)
SOURCES = SourceSettings(poll="off", starter="off")


@dataclass
class Clock:
    """The time, moved by hand."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Town:
    """A desk, its sources and the server they are read from."""

    desk: Desk
    life: SourceLife
    server: HostileServer
    clock: Clock
    routes: dict[str, Behaviour] = field(default_factory=dict)

    async def add(
        self,
        path: str = "/feed",
        *,
        host: str = "127.0.0.1",
        by: Principal = DESK,
        is_private: bool = False,
    ) -> int:
        """Store a source without polling it; gives its id."""
        link = FeedLink(url=self.server.url(path, host=host), title=path)
        before = {source.source.id for source in await self.sources()}
        added = await self.life.sources.add_links(by, [link], is_private=is_private)
        assert added.added == 1, added
        return next(s.source.id for s in await self.sources() if s.source.id not in before)

    async def poll(self, *source_ids: int) -> PolledSource:
        """Poll sources, due or not; gives the first as it is then."""
        sources = [await self.source(source_id) for source_id in source_ids]
        await self.life.polling.poll_all(sources)
        return await self.source(source_ids[0])

    async def source(self, source_id: int) -> PolledSource:
        async with self.desk.store.transaction(is_write=False) as unit:
            found = await unit.sources.get(EVERYTHING, source_id)
        assert found is not None
        return found

    async def sources(self) -> list[PolledSource]:
        async with self.desk.store.transaction(is_write=False) as unit:
            return await unit.sources.listed(EVERYTHING)

    async def articles(self, by: Principal = DESK) -> list[Article]:
        async with self.desk.store.transaction(is_write=False) as unit:
            rows = await unit.articles.scan(visible(by), after_id=0, limit=10_000)
        return [row.article for row in rows]

    async def titles(self, by: Principal = DESK) -> list[str]:
        return sorted(article.title for article in await self.articles(by))


@asynccontextmanager
async def open_life(
    desk: Desk, clock: Clock, *, store: Store | None = None, **more: Any
) -> AsyncIterator[SourceLife]:
    """Open the life of a desk's sources, in its own time, over another store if need be."""
    fetch: FetchSettings = more.pop("fetch", FETCH)
    sources: SourceSettings = more.pop("sources", SOURCES)
    parts = LifeParts(
        settings=desk.settings.model_copy(update={"fetch": fetch, "sources": sources}),
        network=SourceNetwork(fetch, sources, user_agent="Newsdesk/test"),
        store=store or desk.store,
        cache=MemoryCache(),
        ingestion=Ingestion(store or desk.store),
        metrics=desk.metrics,
        now=clock,
        follow=desk.importing.catch_up,
    )
    async with source_life(replace(parts, **more)) as life:
        yield life


@asynccontextmanager
async def open_town(
    folder: Path, routes: Mapping[str, Behaviour] | None = None, **more: Any
) -> AsyncIterator[Town]:
    """Open an empty desk, a server that listens on every loopback address, and their sources."""
    clock = Clock()
    served = dict(routes or {})
    async with (
        serving(served, host="0.0.0.0") as server,  # noqa: S104 - 127.x.y.z as well
        open_desk(settings_for(folder)) as desk,
        open_life(desk, clock, **more) as life,
    ):
        yield Town(desk, life, server, clock, served)


async def until(check: Callable[[], object], *, wait_s: float = 10) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(wait_s):
        while not check():  # noqa: ASYNC110 - nobody tells a test when another task is so far
            await asyncio.sleep(0.005)


def rss(*items: tuple[str, str], title: str = "Harbour", hours_ago: float = 2) -> str:
    """A feed with items of (guid, title); each tells a story of its own."""
    at = (NOW - timedelta(hours=hours_ago)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    told = "".join(
        f"<item><guid>{guid}</guid><title>{words}</title><link>https://{title}.example/{guid}"
        f"</link><pubDate>{at}</pubDate><description>{words}, say the people of {words[::-1]}."
        "</description></item>"
        for guid, words in items
    )
    return (
        f'<rss version="2.0"><channel><title>{title}</title><link>https://{title}.example/</link>'
        f"<description>News</description>{told}</channel></rss>"
    )


def feed(*items: tuple[str, str], title: str = "Harbour", **more: Any) -> Behaviour:
    """Serve such a feed."""
    headers = more.pop("headers", None)
    return page(rss(*items, title=title, **more), headers=headers)
