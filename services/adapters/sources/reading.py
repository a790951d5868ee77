"""One look at a source: fetch it, take it apart, say what changed."""

import asyncio
from datetime import datetime

from schemas.articles import RawItem
from schemas.settings import SourceSettings
from schemas.sources import FoundSource, Polled, PolledSource
from services.adapters.sources.answers import MAX_WAIT_S
from services.adapters.sources.channels import ChannelReader
from services.adapters.sources.fetch import Fetcher
from services.adapters.sources.finding import FeedFinder
from services.adapters.sources.parsing import Parsing, digest
from services.adapters.sources.telegram_web import WEB, channel_name

_READABLE_KINDS = ("text/", "application/xhtml", "application/xml")


class SourceReader:
    """Looks at feeds and channels, and at the pages behind their items."""

    def __init__(
        self, fetcher: Fetcher, settings: SourceSettings, *, channels_at: str = WEB
    ) -> None:
        """Prepare.

        Args:
            fetcher: Fetches, and stays its owner's to close.
            settings: How many items one look may bring.
            channels_at: Root of the web preview of channels, without a slash at its end.
        """
        self._fetcher = fetcher
        self._parsing = Parsing(max_items=settings.max_items)
        self._finder = FeedFinder(fetcher, self._parsing)
        self._channels = ChannelReader(
            fetcher, self._parsing, base=channels_at, max_items=settings.max_items
        )

    async def poll(self, source: PolledSource, *, now: datetime) -> Polled:
        """Look whether a source has something new.

        Args:
            source: What is polled; its validators and its hash tell what is known already.
            now: Aware UTC.

        Raises:
            SourceFailed: If it could not be read; nothing of it is known then.
        """
        if source.source.kind == "channel":
            return await self._channels.poll(source, now=now)
        return await self._poll_feed(source, now=now)

    async def find(self, address: str, *, now: datetime) -> list[FoundSource]:
        """Find what can be polled at an address somebody wrote, best first.

        Every one was read to prove it. A channel is written `@name` or by its link; a domain, a
        page and a feed by their address.

        Raises:
            UsageError: If it is no address.
            SourceFailed: If nothing there can be polled.
        """
        name = channel_name(address)
        if name is not None:
            return [await self._channels.find(name, now=now)]
        return await self._finder.find(address, now=now)

    async def full_text(self, item: RawItem) -> RawItem:
        """Give an item with the text of the page it links to, where that says more.

        Raises:
            SourceFailed: If the page could not be fetched.
        """
        if item.url is None:
            return item
        page = await self._fetcher.get(item.url, accept="page")
        if page.content_type is not None and not page.content_type.startswith(_READABLE_KINDS):
            return item  # a picture, a film, a PDF: no article
        from services.adapters.sources.extract import extract_article  # noqa: PLC0415 - trafilatura

        found = await asyncio.to_thread(
            extract_article, page.body, url=page.url, charset=page.charset
        )
        if len(found.text) <= len(item.text):
            return item
        return item.model_copy(
            update={
                "text": found.text,
                "title": item.title or found.title,
                "published_at": item.published_at or found.published_at,
            }
        )

    async def _poll_feed(self, source: PolledSource, *, now: datetime) -> Polled:
        page = await self._fetcher.get(
            source.url, etag=source.etag, last_modified=source.last_modified
        )
        body_hash = source.body_hash if page.is_unchanged else digest(page.body)
        if page.is_unchanged or body_hash == source.body_hash:
            return Polled(
                is_changed=False,
                title=source.feed_title,
                site_url=source.site_url,
                etag=page.etag,
                last_modified=page.last_modified,
                body_hash=body_hash,
                moved_to=page.moved_to,
                wait_s=page.wait_s,
            )
        document = await self._parsing.feed(page, source=source.source.title, now=now)
        waits = [wait_s for wait_s in (document.ttl_s, page.wait_s) if wait_s is not None]
        return Polled(
            is_changed=True,
            items=document.items,
            n_unreadable=document.n_unreadable,
            title=document.title,
            site_url=document.site_url,
            etag=page.etag,
            last_modified=page.last_modified,
            body_hash=body_hash,
            moved_to=page.moved_to,
            wait_s=min(max(waits), MAX_WAIT_S) if waits else None,
        )
