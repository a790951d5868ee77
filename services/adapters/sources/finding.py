"""From an address that somebody wrote to feeds that can be polled, each proven by reading it."""

import re
from datetime import datetime
from functools import partial
from urllib.parse import urljoin

from core.errors import SourceFailed, UsageError
from schemas.sources import FeedLink, FoundSource
from services.adapters.sources.addresses import parse_address, without_secrets
from services.adapters.sources.decode import decode
from services.adapters.sources.fetch import Fetcher, Page
from services.adapters.sources.parsing import Parsing

MAX_FOUND = 5

MAX_TRIED = 8
"""Feeds of one page that are looked at; a page may name hundreds."""

WELL_KNOWN = ("/feed", "/rss", "/atom.xml", "/feed.xml", "/rss.xml", "/index.xml")
"""Where feeds are when the page does not say."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_FEED_SCHEME = re.compile(r"feed:(?://)?(?=https?://)|feed://", re.IGNORECASE)
_UNREACHED = ("connect", "tls", "timeout")


class FeedFinder:
    """Finds the feeds at an address."""

    def __init__(self, fetcher: Fetcher, parsing: Parsing) -> None:
        self._fetcher = fetcher
        self._parsing = parsing

    async def find(self, address: str, *, now: datetime) -> list[FoundSource]:
        """Give at most `MAX_FOUND` feeds, best first.

        Args:
            address: Of a feed, of a page that names feeds, or a bare domain.
            now: Aware UTC.

        Raises:
            UsageError: If it is no address.
            SourceFailed: If nothing there can be polled.
        """
        url, page = await self._first_page(_spellings(address))
        links = await self._parsing.run(partial(_links, page), len(page.body))
        if links is None:
            return [await self._proven(FeedLink(url=url), page, now=now)]
        if links:
            return await self._readable(links[:MAX_TRIED], now=now)
        for path in WELL_KNOWN:
            found = await self._tried(FeedLink(url=urljoin(page.url, path)), now=now)
            if isinstance(found, FoundSource):
                return [found]
        raise SourceFailed(
            f"{page.url} is no feed and names none, and there is none at its usual places; "
            "give the address of the feed itself",
            reason="not_a_feed",
        )

    async def _first_page(self, urls: list[str]) -> tuple[str, Page]:
        """Fetch the first spelling of an address that can be reached."""
        *others, last = urls
        for url in others:
            try:
                return url, await self._fetcher.get(url)
            except SourceFailed as error:
                if error.reason not in _UNREACHED:
                    raise
        return last, await self._fetcher.get(last)

    async def _readable(self, links: list[FeedLink], *, now: datetime) -> list[FoundSource]:
        """Give those that can be read; why the best cannot, if none can."""
        found: dict[str, FoundSource] = {}
        failures: list[SourceFailed] = []
        for link in links:
            one = await self._tried(link, now=now)
            if isinstance(one, SourceFailed):
                failures.append(one)
            else:
                found.setdefault(one.url, one)
            if len(found) == MAX_FOUND:
                break
        if not found:
            raise failures[0]
        return list(found.values())

    async def _tried(self, link: FeedLink, *, now: datetime) -> FoundSource | SourceFailed:
        try:
            return await self._proven(link, await self._fetcher.get(link.url), now=now)
        except SourceFailed as error:
            return error

    async def _proven(self, link: FeedLink, page: Page, *, now: datetime) -> FoundSource:
        host = parse_address(page.url).host
        document = await self._parsing.feed(page, source=link.title or host, now=now)
        dates = [item.published_at for item in document.items if item.published_at is not None]
        return FoundSource(
            url=page.moved_to or parse_address(link.url).private_url,
            kind="feed",
            title=document.title or link.title or host,
            site_url=document.site_url,
            lang=document.lang,
            n_items=len(document.items),
            newest_at=max(dates, default=None),
        )


def _links(page: Page) -> list[FeedLink] | None:
    """Give the feeds that a page names, None if it is a feed itself."""
    from services.adapters.sources.discovery import find_feeds  # noqa: PLC0415 - lxml
    from services.adapters.sources.feeds import is_feed  # noqa: PLC0415 - feedparser

    if is_feed(page.body):
        return None
    return find_feeds(decode(page.body, charset=page.charset), url=page.url)


def _spellings(address: str) -> list[str]:
    """Give the addresses that somebody may have meant, the likeliest first."""
    text = address.strip().strip("<>").strip()
    if found := _FEED_SCHEME.match(text):
        rest = text[found.end() :]
        text = rest if _SCHEME.match(rest) else f"http://{rest}"
    scheme = _SCHEME.match(text)
    spellings = [text] if scheme else [f"https://{text}", f"http://{text}"]
    host = re.split(r"[/?#]", text, maxsplit=1)[0]
    if not scheme and (not re.search(r"[.:]", host) or re.search(r"\s", text)):
        raise _no_address(address, "it has no domain")
    if not scheme and "@" in host:
        raise _no_address(address, "it looks like an address for mail")
    try:
        parse_address(spellings[0])
    except SourceFailed as error:
        why = str(error).partition(": ")[2].partition(";")[0]
        raise _no_address(address, why) from error
    return spellings


def _no_address(address: str, why: str) -> UsageError:
    shown = without_secrets(address)
    return UsageError(
        f"{shown!r} is no address of a feed, a page or a channel: {why}; write it like "
        "https://example.org/feed.xml, example.org or @channel",
        field="address",
        word=shown,
    )
