"""Public Telegram channels through their web preview: page after page, back to what is known."""

from datetime import datetime, timedelta
from functools import partial

from core.errors import SourceFailed
from schemas.articles import RawItem
from schemas.sources import FoundSource, Polled, PolledSource
from services.adapters.sources.decode import decode
from services.adapters.sources.fetch import Fetcher
from services.adapters.sources.parsing import Parsing, digest
from services.adapters.sources.telegram_web import (
    ChannelPage,
    channel_name,
    page_url,
    read_channel_page,
)

MAX_PAGES = 20
"""Pages read back in one look, about twenty posts each."""

_OVERLAP = timedelta(minutes=5)
"""Clocks differ, and a post may be dated a little before it can be seen."""


class ChannelReader:
    """Reads previews, politely: every page takes its turn at the host."""

    def __init__(self, fetcher: Fetcher, parsing: Parsing, *, base: str, max_items: int) -> None:
        """Prepare; `base` is the root of the preview, `max_items` the most posts of one look."""
        self._fetcher = fetcher
        self._parsing = parsing
        self._base = base
        self._max_items = max_items

    async def poll(self, source: PolledSource, *, now: datetime) -> Polled:
        """Read the newest page, and older ones until they end before the last success.

        The newest page is read every time, so edits and counts of views are picked up. When
        nothing on it changed, there is nothing new at all.

        Raises:
            SourceFailed: With reason `lost`, if there were posts before and none are shown now.
        """
        name = channel_name(source.url)
        if name is None:
            raise SourceFailed(
                f"{source.url!r} is no address of a channel; write it like https://t.me/s/name",
                reason="address",
            )
        title = source.source.title
        newest = await self._page(name, title, now=now)
        if newest.oldest_id is None and source.n_items:
            raise SourceFailed(
                f"the preview of {name!r} shows no posts, though {source.n_items} came from it "
                "before; it will be asked again",
                reason="lost",
            )
        body_hash = digest("\n".join(post.model_dump_json() for post in newest.posts).encode())
        if body_hash == source.body_hash:
            return Polled(
                is_changed=False,
                title=source.feed_title,
                site_url=source.site_url,
                body_hash=body_hash,
            )
        posts = await self._back(name, newest, title, since=source.last_success_at, now=now)
        return Polled(
            is_changed=True,
            items=posts[-self._max_items :],
            title=newest.title,
            site_url=page_url(name),
            body_hash=body_hash,
        )

    async def find(self, name: str, *, now: datetime) -> FoundSource:
        """Look at a channel that somebody named."""
        page = await self._page(name, name, now=now)
        dates = [post.published_at for post in page.posts if post.published_at is not None]
        return FoundSource(
            url=page_url(name),
            kind="channel",
            title=page.title or name,
            site_url=page_url(name),
            n_items=len(page.posts),
            newest_at=max(dates, default=None),
        )

    async def _back(
        self,
        name: str,
        newest: ChannelPage,
        title: str,
        *,
        since: datetime | None,
        now: datetime,
    ) -> tuple[RawItem, ...]:
        """Give the posts of the newest page and of as many older ones as are needed."""
        posts = newest.posts
        page = newest
        for _ in range(MAX_PAGES - 1):
            oldest_id = page.oldest_id
            if oldest_id is None or oldest_id <= 1 or len(posts) >= self._max_items:
                break
            if since is not None and _reaches(page, since - _OVERLAP):
                break
            page = await self._page(name, title, before=oldest_id, now=now)
            if page.oldest_id is None or page.oldest_id >= oldest_id:
                break  # the beginning of the channel, or a server that ignores what it is asked
            posts = page.posts + posts
        return posts

    async def _page(
        self, name: str, title: str, *, before: int | None = None, now: datetime
    ) -> ChannelPage:
        page = await self._fetcher.get(
            page_url(name, before=before, base=self._base), accept="page"
        )
        html = decode(page.body, charset=page.charset)
        return await self._parsing.run(
            partial(read_channel_page, html, name=name, now=now, source=title), len(page.body)
        )


def _reaches(page: ChannelPage, since: datetime) -> bool:
    """Whether a page goes back to a time."""
    return any(post.published_at is not None and post.published_at < since for post in page.posts)
