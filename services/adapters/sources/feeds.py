"""Feeds of every common format become items: RSS, RDF, Atom and JSON Feed."""

import re
from dataclasses import dataclass
from datetime import datetime

from core.errors import SourceFailed
from schemas.articles import RawItem
from services.adapters.sources.decode import decode
from services.adapters.sources.feed_items import Parsed, newest, to_items, web_address
from services.adapters.sources.feed_kinds import describe, is_json, shown
from services.adapters.sources.feed_repair import Prepared, Root, find_root, prepare
from services.adapters.sources.feed_xml import read_xml
from services.adapters.sources.json_feed import read_json
from services.adapters.sources.markup import to_line

SNIFFED_BYTES = 4096

_BLANK = "\ufeff \t\r\n\v\f\xa0"

_JSON_FEED = re.compile(
    r"""jsonfeed\\?\.org\\?/version|"items"\s*:\s*\[\s*\{[^}]*"(?:content_html|content_text|"""
    r"""date_published|external_url)"\s*:"""
)


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed as it stands: what it says of itself, and its items.

    `n_unreadable` counts entries without title and text, and those behind the point up to which
    a damaged or endless feed is read. `ttl_s` is how long it asks to be left alone, `self_url`
    where it says that it lives; addresses are whole.
    """

    title: str
    site_url: str | None
    lang: str | None
    items: tuple[RawItem, ...]
    n_unreadable: int
    ttl_s: float | None
    self_url: str | None


def read_feed(
    body: bytes,
    *,
    url: str | None,
    charset: str | None = None,
    now: datetime,
    source: str,
    max_items: int | None = None,
) -> FeedDocument:
    """Read a feed of any format; the time is linear in the body's length whatever is in it.

    Args:
        body: The bytes as they came, decompressed.
        url: Where they came from; relative addresses are joined to it.
        charset: The charset of the Content-Type header.
        now: Aware UTC; dates more than 24 h ahead of it are unknown.
        source: The source of every item.
        max_items: Take at most so many, the newest by date; by default all, in their order.

    Raises:
        SourceFailed: `empty` without a body, `not_a_feed` for anything else than a feed, named in
            the message, `unreadable` for a feed too broken to take one item from.
    """
    parsed, base = _open(body, url=url, charset=charset, now=now)
    site_url = web_address(parsed.site_url, base=base)
    entries = parsed.entries
    if max_items is not None:
        entries = newest(entries, max_items)
    items, n_unreadable = to_items(entries, base=base, site_url=site_url, source=source)
    return FeedDocument(
        title=to_line(parsed.title),
        site_url=site_url,
        lang=parsed.lang,
        items=tuple(items),
        n_unreadable=n_unreadable + parsed.n_lost,
        ttl_s=parsed.ttl_s,
        self_url=web_address(parsed.self_url, base=base),
    )


def read_entries(
    body: bytes, *, url: str | None, charset: str | None = None, now: datetime
) -> tuple[str, list[RawItem]]:
    """Give a feed's title and every entry as it stands, those without any words too.

    Raises:
        SourceFailed: As `read_feed`.
    """
    parsed, base = _open(body, url=url, charset=charset, now=now)
    entries, _ = to_items(
        parsed.entries, base=base, site_url=None, source="input", keeps_blank=True
    )
    return to_line(parsed.title), entries


def is_feed(body: bytes) -> bool:
    """Say whether a body begins like a feed, by its first four kilobytes."""
    head = decode(body[:SNIFFED_BYTES])
    if is_json(head):
        return _JSON_FEED.search(head) is not None
    root = find_root(head)
    return root is not None and root.is_feed


def _open(
    body: bytes, *, url: str | None, charset: str | None, now: datetime
) -> tuple[Parsed, str | None]:
    """Give what the format gave, and the address that relative ones are joined to."""
    text = decode(body, charset=charset)
    if not text.strip(_BLANK):
        raise SourceFailed(
            f"{shown(url)} answered with an empty body; try again later", reason="empty"
        )
    parsed = _parse(body, text, url=url, now=now)
    own = (web_address(address, base=None) for address in (parsed.self_url, parsed.site_url))
    return parsed, url or next(filter(None, own), None)


def _parse(body: bytes, text: str, *, url: str | None, now: datetime) -> Parsed:
    if is_json(text):
        try:
            parsed = read_json(text, now=now)
        except ValueError as error:
            if is_feed(body):
                raise _unreadable(url, f"broken JSON: {error}") from error
            raise _not_a_feed(body, text, None, url) from error
        if parsed is None:
            raise _not_a_feed(body, text, None, url)
        return parsed
    root = find_root(text)
    if root is None or not root.is_feed:
        raise _not_a_feed(body, text, root, url)
    return _parse_xml(text, root, url=url, now=now)


def _parse_xml(text: str, root: Root, *, url: str | None, now: datetime) -> Parsed:
    prepared = prepare(text, root)
    try:
        parsed = read_xml(prepared, now=now)
    except Exception as error:  # feedparser raises whatever its parsers trip over
        raise _unreadable(url, f"{type(error).__name__} while reading it") from error
    if not parsed.entries and not prepared.is_xml and _is_damaged(prepared):
        raise _unreadable(url, "it is no XML and no item of it can be made out")
    return parsed


def _is_damaged(prepared: Prepared) -> bool:
    return prepared.is_cut or prepared.n_items > 0


def _unreadable(url: str | None, why: str) -> SourceFailed:
    return SourceFailed(
        f"{shown(url)} holds a feed too broken to read ({why}); tell its publisher, or try later",
        reason="unreadable",
    )


def _not_a_feed(body: bytes, text: str, root: Root | None, url: str | None) -> SourceFailed:
    what, advice = describe(body, text, root)
    return SourceFailed(f"{shown(url)} is no feed but {what}; {advice}", reason="not_a_feed")
