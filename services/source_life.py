"""Sources as one part of an open desk: polled, managed, begun with."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.errors import SettingError
from core.ports.cache import Cache
from core.ports.store import Store
from core.rhythm import Pace
from monitoring.metrics import Metrics
from schemas.articles import RawItem
from schemas.settings import Settings, SourceSettings
from schemas.sources import FeedLink, FoundSource, Polled, PolledSource
from services.ingestion import Ingestion
from services.polling import Follow, Polling
from services.polls import PollParts
from services.sources import SourceDesk, SourceParts
from services.starter import Starter


class Network(Protocol):
    """What reads sources and lists of them."""

    async def poll(self, source: PolledSource, *, now: datetime) -> Polled:
        """Look at a source that is polled; raises `SourceFailed`."""
        ...

    async def find(self, address: str, *, now: datetime) -> list[FoundSource]:
        """Find feeds and channels behind an address; raises `SourceFailed`, `UsageError`."""
        ...

    async def full_text(self, item: RawItem) -> RawItem:
        """Give an item with the text behind its link; raises `SourceFailed`."""
        ...

    def channel_page(self, address: str) -> str | None:
        """Give the page of the Telegram channel that an address names, None if it names none."""
        ...

    def read_opml(self, body: bytes) -> list[FeedLink]:
        """List the feeds that an OPML file names."""
        ...

    def write_opml(self, sources: Sequence[PolledSource], *, now: datetime) -> bytes:
        """Write sources down as OPML."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


@dataclass(frozen=True, slots=True)
class LifeParts:
    """What the life of sources is made of; `follow` lets answers and the index follow news."""

    settings: Settings
    network: Network
    store: Store
    cache: Cache
    ingestion: Ingestion
    metrics: Metrics
    now: Callable[[], datetime]
    follow: Follow


@dataclass(frozen=True, slots=True)
class SourceLife:
    """The use cases of sources over one desk."""

    polling: Polling
    sources: SourceDesk
    starter: Starter


@asynccontextmanager
async def source_life(parts: LifeParts) -> AsyncIterator[SourceLife]:
    """Give the use cases of sources; at the end what is polled ends and connections are closed.

    Raises:
        SettingError: The fewest seconds between polls are more than the most.
    """
    settings = parts.settings
    polling = Polling(
        PollParts(
            store=parts.store,
            ingestion=parts.ingestion,
            poll=parts.network.poll,
            full_text=parts.network.full_text,
            pace=_pace(settings.sources),
            metrics=parts.metrics,
            now=parts.now,
        ),
        settings.fetch,
        follow=parts.follow,
    )
    source_parts = SourceParts(
        store=parts.store,
        cache=parts.cache,
        polling=polling,
        settings=settings.sources,
        now=parts.now,
        find=parts.network.find,
        channel_page=parts.network.channel_page,
        read_opml=parts.network.read_opml,
        write_opml=parts.network.write_opml,
    )
    sources = SourceDesk(source_parts)
    try:
        yield SourceLife(polling, sources, Starter(sources, source_parts))
    finally:
        await polling.aclose()
        await parts.network.aclose()


def _pace(settings: SourceSettings) -> Pace:
    try:
        return Pace(settings.interval_s, settings.min_interval_s, settings.max_interval_s)
    except ValueError as error:
        raise SettingError(f"NEWSDESK_SOURCES__MIN_INTERVAL_S: {error}") from error
