"""Taking documents apart without holding up the event loop."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from services.adapters.sources.fetch import Page

if TYPE_CHECKING:
    from services.adapters.sources.feeds import FeedDocument

OFF_LOOP_BYTES = 16_000
"""Taking apart more than this takes longer (10 ms) than the event loop should wait."""

T = TypeVar("T")


class Parsing:
    """Runs parsers, the long ones on a thread."""

    def __init__(self, *, max_items: int) -> None:
        """Prepare; `max_items` is the most that is taken from one feed, newest first."""
        self._max_items = max_items
        self._is_warm = False

    async def run(self, parse: Callable[[], T], n_bytes: int) -> T:
        """Give what a parser gives; `n_bytes` is the size of its document.

        The first run is always on a thread, because parsers import their libraries then.
        """
        if n_bytes <= OFF_LOOP_BYTES and self._is_warm:
            return parse()
        try:
            return await asyncio.to_thread(parse)
        finally:
            self._is_warm = True

    async def feed(self, page: Page, *, source: str, now: datetime) -> "FeedDocument":
        """Read a page as a feed whose items belong to `source`.

        Raises:
            SourceFailed: With reason `not_a_feed`, `unreadable` or `empty`.
        """

        def parse() -> "FeedDocument":
            from services.adapters.sources.feeds import read_feed  # noqa: PLC0415 - feedparser

            return read_feed(
                page.body,
                url=page.url,
                charset=page.charset,
                now=now,
                source=source,
                max_items=self._max_items,
            )

        return await self.run(parse, len(page.body))


def digest(body: bytes) -> str:
    """Give a short name for exactly these bytes."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()
