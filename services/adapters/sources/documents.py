"""One document of news, whatever it is: a feed, a list of feeds, a saved channel or article."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.errors import SourceFailed
from core.stories.intake import BadLine, domain_of
from schemas.articles import RawItem
from services.adapters.sources.decode import decode
from services.adapters.sources.extract import extract_page
from services.adapters.sources.feeds import is_feed, read_feed
from services.adapters.sources.jsonl import parse_date
from services.adapters.sources.opml import is_opml, read_opml
from services.adapters.sources.telegram_web import is_channel_page, read_channel_page

if TYPE_CHECKING:
    from services.adapters.sources.files import Found

MIN_ARTICLE_CHARS = 500
MIN_LONG_CHARS = 1_500
"""Text that makes a page with an `<article>` an article, or any page, if it does not say so."""

_HTML = re.compile(r"<!doctype\s+html|<(?:html|head|body|article|div|p)[\s>]", re.IGNORECASE)
_ARTICLE = re.compile(rb"<article[\s>]", re.IGNORECASE)
_CHANNEL = re.compile(r'data-post="([A-Za-z0-9_]+)/\d+"')
_TELEGRAM_HTML = re.compile(r'<div class="(?:message default clearfix|page_body chat_page)')


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a document comes from."""

    name: str
    source: str
    now: datetime

    def bad(self, reason: str) -> BadLine:
        return BadLine(self.name, 1, reason)


def read_document(body: bytes, *, name: str, source: str, now: datetime) -> "Iterator[Found]":
    """Read a whole document; its kind is told by its content.

    A feed gives its items, OPML the addresses it names, a saved channel preview its posts, a saved
    page its article, if it clearly is one.

    Args:
        body: The document, unpacked.
        name: Its file's name, for messages.
        source: Source of items where the document does not name itself.
        now: Aware UTC; dates more than 24 h ahead of it are unknown.
    """
    origin = _Origin(name, source, now)
    if is_feed(body):
        yield from _read_feed(origin, body)
    elif is_opml(body):
        links = read_opml(body)
        yield from links
        if not links:
            yield origin.bad("this OPML names no feed with an http address")
    elif body.lstrip()[:1] in (b"{", b"["):
        yield origin.bad("JSON of no known kind; JSON lines take one object a line")
    else:
        yield from _read_page(origin, body)


def _read_feed(origin: _Origin, body: bytes) -> "Iterator[Found]":
    try:
        feed = read_feed(body, url=None, now=origin.now, source=origin.source)
    except SourceFailed as error:
        yield origin.bad(str(error))
        return
    for item in feed.items:
        yield item.model_copy(update={"source": feed.title}) if feed.title else item
    if feed.n_unreadable:
        n = feed.n_unreadable
        what = "1 entry of the feed holds" if n == 1 else f"{n:,} entries of the feed hold"
        yield origin.bad(f"{what} nothing that can be read")


def _read_page(origin: _Origin, body: bytes) -> "Iterator[Found]":
    html = decode(body)
    if is_channel_page(html):
        yield from _read_channel(origin, html)
    elif _TELEGRAM_HTML.search(html):
        yield origin.bad(
            "Telegram's HTML export; export the chat as machine-readable JSON instead"
        )
    elif _HTML.search(html):
        yield from _read_article(origin, body)
    else:
        yield from _read_feed(origin, body)


def _read_channel(origin: _Origin, html: str) -> "Iterator[Found]":
    name = _CHANNEL.search(html)
    try:
        page = read_channel_page(
            html, name=name[1] if name else origin.source, now=origin.now, source=origin.source
        )
    except SourceFailed as error:
        yield origin.bad(str(error))
        return
    for post in page.posts:
        yield post.model_copy(update={"source": page.title})
    if not page.posts:
        yield origin.bad("a channel's page without a post to read")


def _read_article(origin: _Origin, body: bytes) -> "Iterator[Found]":
    page, head = extract_page(body)
    is_long = len(page.text) >= (MIN_ARTICLE_CHARS if _ARTICLE.search(body) else MIN_LONG_CHARS)
    is_article = head.is_article or is_long
    if not page.text or not is_article:
        yield origin.bad("a web page that is no article")
        return
    published_at = page.published_at
    yield RawItem(
        source=head.site or domain_of(head.url) or origin.source,
        url=head.url,
        title=page.title,
        text=page.text,
        published_at=parse_date(published_at.isoformat(), now=origin.now)
        if published_at
        else None,
    )
