"""Everything that reads sources, behind one object; what it needs is imported at its first use."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.articles import RawItem
from schemas.settings import FetchSettings, SourceSettings
from schemas.sources import FeedLink, FoundSource, Polled, PolledSource
from services.adapters.sources.fetch import Fetcher

if TYPE_CHECKING:  # parsers of feeds and pages are heavy, and most commands read none
    from services.adapters.sources.reading import SourceReader


class SourceNetwork:
    """Reads sources over the network, and lists of sources; close it at the end.

    Raises:
        SettingError: An allowed network or the proxy cannot be understood.
    """

    def __init__(self, fetch: FetchSettings, sources: SourceSettings, *, user_agent: str) -> None:
        self._fetcher = Fetcher(fetch, user_agent=user_agent)
        self._settings = sources
        self._made: SourceReader | None = None

    async def poll(self, source: PolledSource, *, now: datetime) -> Polled:
        """Look at a source that is polled; raises `SourceFailed`."""
        return await self._reader().poll(source, now=now)

    async def find(self, address: str, *, now: datetime) -> list[FoundSource]:
        """Find feeds and channels behind an address; raises `SourceFailed`, `UsageError`."""
        return await self._reader().find(address, now=now)

    async def full_text(self, item: RawItem) -> RawItem:
        """Give an item with the text behind its link; raises `SourceFailed`."""
        return await self._reader().full_text(item)

    def channel_page(self, address: str) -> str | None:
        """Give the page of the Telegram channel that an address names, None if it names none."""
        from services.adapters.sources.telegram_web import (  # noqa: PLC0415 - see above
            channel_name,
            page_url,
        )

        name = channel_name(address)
        return None if name is None else page_url(name)

    def read_opml(self, body: bytes) -> list[FeedLink]:
        """List the feeds that an OPML file names."""
        from services.adapters.sources.opml import read_opml  # noqa: PLC0415 - see above

        return read_opml(body)

    def write_opml(self, sources: Sequence[PolledSource], *, now: datetime) -> bytes:
        """Write sources down as OPML."""
        from services.adapters.sources.opml import write_opml  # noqa: PLC0415 - see above

        return write_opml(sources, now=now)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._fetcher.aclose()

    def _reader(self) -> "SourceReader":
        if self._made is None:
            from services.adapters.sources.reading import SourceReader  # noqa: PLC0415

            self._made = SourceReader(
                self._fetcher, self._settings, channels_at=self._settings.channels_at
            )
        return self._made
