"""The feeds that a web page names, the best one first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from schemas.sources import FeedLink
from services.adapters.sources.feed_items import web_address
from services.adapters.sources.markup import to_line, unescape

MAX_LINKS = 50
"""More feeds than this are a catalogue; the best of them are given."""

_FEED_TYPES = re.compile(
    r"(?:application|text)/(?:rss|atom|rdf)(?:\+xml)?|application/feed\+json|"
    r"application/(?:x-)?rss|application/x\.atom\+xml"
)
_MAYBE_TYPES = re.compile(r"(?:application|text)/(?:xml|json)")
_SKIPPED = re.compile(r"<!--|<(script|style|noscript|template|textarea)(?=[\s>])", re.IGNORECASE)
_TAG = re.compile(
    r"""<(?P<name>link|a|base)(?=[\s/])(?P<attributes>(?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>"""
    r"""|<(?P<name2>link|a|base)(?=[\s/])(?P<attributes2>[^<>]*+)>""",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([A-Za-z][\w:-]*+)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_FEED_PATH = re.compile(
    r"(?:^|[/._-])(?:rss|feeds?|atom|rdf)\d?(?:[/._-]|$)|\.(?:rss|atom|rdf)$|feed\.json$|"
    r"(?:rss|feed|atom|news|index)\d?\.xml$"
)
_FEED_QUERY = re.compile(r"(?:^|&)(?:feed|format|type|output)=(?:rss2?|atom|rdf|feed)(?:&|$)")
_FEED_HOST = re.compile(r"^feeds?\d?\.|^rss\.|feedburner\.com$")
_NO_FEED_PATH = re.compile(r"\.(?:html?|php|aspx?|png|jpe?g|gif|svg|css|js|pdf|ico)$")
_READERS = re.compile(
    r"(?:^|\.)(?:feedly|inoreader|netvibes|newsblur|bloglovin|feedbin|theoldreader|twitter|x|"
    r"facebook|google|yahoo|aol|bitty|subtome|follow|wikipedia)\.(?:com|it|org|net)$"
)
_PARTIAL = re.compile(
    r"comment|replies|kommentar|комментари|/(?:tag|category|author|search|label)s?/|[?&]s=",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    attributes: dict[str, str]
    end: int


def find_feeds(html: str, *, url: str) -> list[FeedLink]:
    """Give the feeds that a page names, best first, each address once; empty when it names none.

    What the page declares (`<link rel="alternate">` with a feed's type, `rel="feed"`) comes
    before links whose address looks like a feed's. Within both, feeds of the whole site come
    before feeds of comments, tags, authors and searches, then the order of the page counts.
    Comments and scripts are not looked at. Time is linear in the length.

    Args:
        html: The page; any damage is taken as browsers take it.
        url: Where the page came from; relative addresses are joined to its `<base>`, or to this.
    """
    page = _without_skipped(html)
    base: str | None = None
    ranked: dict[str, tuple[tuple[int, int], FeedLink]] = {}
    tags = list(_tags(page))
    for tag in tags:
        if tag.name == "base" and base is None and tag.attributes.get("href"):
            base = web_address(tag.attributes["href"], base=url)
    for tag in tags:
        rank = _declared(tag) if tag.name == "link" else None
        address = _address(tag, base=base or url)
        if address is None or tag.name == "base":
            continue
        if tag.name == "a":
            rank = 2 if _looks_like_feed(address) else None
        if rank is None:
            continue
        title = to_line(tag.attributes.get("title", "")) or _anchor_text(page, tag)
        is_partial = _PARTIAL.search(f"{address} {title}") is not None
        link = FeedLink(url=address, title=title[:200], site_url=url)
        order = (rank, int(is_partial))
        if address not in ranked or order < ranked[address][0]:
            ranked[address] = (order, link)
    ordered = sorted(ranked.values(), key=lambda pair: pair[0])
    return [link for _, link in ordered[:MAX_LINKS]]


def _declared(tag: _Tag) -> int | None:
    """Rank what a `<link>` declares: 0 a feed for sure, 1 perhaps, None no feed."""
    rels = tag.attributes.get("rel", "").lower().split()
    kind = tag.attributes.get("type", "").strip().lower().partition(";")[0].strip()
    if "stylesheet" in rels or "oembed" in kind:
        return None
    if "feed" in rels or ("alternate" in rels and _FEED_TYPES.fullmatch(kind)):
        return 0
    href = tag.attributes.get("href", "")
    if "alternate" in rels and _MAYBE_TYPES.fullmatch(kind) and _looks_like_feed(href):
        return 1
    return None


def _address(tag: _Tag, *, base: str) -> str | None:
    href = tag.attributes.get("href", "").strip()
    href = re.sub(r"^feed:(?://)?(?=https?:)", "", href, flags=re.IGNORECASE)
    href = re.sub(r"^feed://", "https://", href, flags=re.IGNORECASE)
    address = web_address(href, base=base) if href and not href.startswith("#") else None
    return address.partition("#")[0] if address else None


def _looks_like_feed(address: str) -> bool:
    try:
        parts = urlsplit(urljoin("https://page.invalid/", address))
    except ValueError:
        return False
    host, path = (parts.hostname or "").lower(), parts.path.lower()
    if _READERS.search(host) or _NO_FEED_PATH.search(path):
        return False
    return bool(
        _FEED_PATH.search(path) or _FEED_QUERY.search(parts.query) or _FEED_HOST.search(host)
    )


def _anchor_text(page: str, tag: _Tag) -> str:
    if tag.name != "a":
        return ""
    found = _ANCHOR_END.search(page, tag.end, tag.end + 500)
    return to_line(f"<span>{page[tag.end : found.start()]}</span>") if found else ""


_ANCHOR_END = re.compile(r"</a|<a[\s>]", re.IGNORECASE)


def _tags(page: str) -> Iterator[_Tag]:
    for found in _TAG.finditer(page):
        text = found.group("attributes") or found.group("attributes2") or ""
        attributes: dict[str, str] = {}
        for name, *values in _ATTRIBUTE.findall(text):
            value = unescape(next(filter(None, values), ""))
            attributes.setdefault(name.lower(), value)
        yield _Tag((found.group("name") or found.group("name2")).lower(), attributes, found.end())


def _without_skipped(html: str) -> str:
    """Take out comments and what scripts hold; one that never ends loses only its opening."""
    pieces: list[str] = []
    position = start = 0
    missing: set[str] = set()
    while found := _SKIPPED.search(html, position):
        name = (found.group(1) or "").lower()
        closing = f"</{name}" if name else "-->"
        position = found.end()
        end = None
        if closing not in missing:
            end = re.compile(re.escape(closing), re.IGNORECASE).search(html, position)
        if end is None:
            missing.add(closing)
            continue
        pieces.append(html[start : found.start()])
        position = start = end.end()
    return "".join([*pieces, html[start:]])
