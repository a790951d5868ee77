"""OPML: lists of feeds, read however broken they are, written well-formed."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlsplit

from schemas.sources import FeedLink, PolledSource
from services.adapters.sources.decode import decode
from services.adapters.sources.telegram_web import channel_name, page_url

MAX_OUTLINE = 20_000
"""Characters of one `<outline …>` that are looked at; what follows is no part of it."""

MAX_DEPTH = 32
"""Folders of a place that are named; deeper ones are followed without a name."""

_HEAD_BYTES = 4096
_ROOT = re.compile(rb"<\s*opml[\s>]", re.IGNORECASE)
_NAMED = re.compile(rb"<\s*outline\s[^<]{0,4000}?\bxmlurl\s*=", re.IGNORECASE)
_TAG = re.compile(r"<(/?)\s*(outline|body|opml)(?=[\s/>]|$)", re.IGNORECASE)
_NAME = re.compile(r"(?:^|(?<=[\s\"'/]))([A-Za-z_][\w:.-]*)\s*=\s*")
_END_OF_VALUE = {
    quote: re.compile(rf"{quote}(?=\s*(?:/\s*)?>|\s*$|\s+[\w:.-]+\s*=)") for quote in ('"', "'")
}
_NEVER_CLOSED = re.compile(r"[<>\n]|\s[\w:.-]+\s*=")
_SWALLOWED = re.compile(r"\s(?:xml|html)url\s*=\s*[\"']", re.IGNORECASE)
_NOT_IN_ADDRESS = re.compile(r"[\"<>]")
_UNQUOTED = re.compile(r"[^\s>]*")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31});")
_SCHEME = re.compile(r"^feeds?:(?://)?(?=[a-z]+://)|^feed(?=s?://)", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f]")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_FEEDS = frozenset({"link", "include"})


@dataclass(frozen=True, slots=True)
class _Outline:
    """One `<outline>`: its attributes by name in lower case, and whether it ends in itself."""

    values: dict[str, str]
    is_closed: bool


def is_opml(body: bytes) -> bool:
    """Tell whether bytes are meant as OPML, whatever stands around it."""
    head = body[:_HEAD_BYTES].replace(b"\x00", b"")  # UTF-16, to a first approximation
    return bool(_ROOT.search(head) or _NAMED.search(body))


def read_opml(body: bytes) -> list[FeedLink]:
    """List the feeds that an OPML file names, each address once, in the order of the file.

    Nothing is parsed as XML, so raw `&`, unquoted values, stray quotes, text around the list and
    missing ends do not matter; no entity is expanded beyond the named characters of HTML, and
    nothing is fetched. Outlines that are comments, links to pages or inclusions are passed over.
    """
    links: dict[str, FeedLink] = {}
    folders: list[str | None] = []  # None: an outline with an address, which is no folder
    for found in _outlines(_without_comments(decode(body))):
        if found is None:
            if folders:
                folders.pop()
            continue
        if folders and folders[-1] is None:
            folders.pop()  # an outline of a feed that nobody closed
        title = _words(found.values.get("title") or found.values.get("text", ""))
        url = _address_of(found.values)
        if url is not None:
            links.setdefault(
                url,
                FeedLink(
                    url=url,
                    title=title,
                    site_url=_web_address(found.values.get("htmlurl", "")),
                    folder="/".join([name for name in folders if name][:MAX_DEPTH]),
                ),
            )
        if not found.is_closed:
            folders.append(title if url is None else None)
    return list(links.values())


def write_opml(sources: Sequence[PolledSource], *, now: datetime) -> bytes:
    """Write sources as OPML 2.0, in the order given; a channel by the address of its preview."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head>",
        "    <title>Newsdesk</title>",
        f"    <dateCreated>{format_datetime(now)}</dateCreated>",
        "  </head>",
        "  <body>",
        *(f"    {_outline_of(source)}" for source in sources),
        "  </body>",
        "</opml>",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _outline_of(polled: PolledSource) -> str:
    title = polled.source.title
    name = channel_name(polled.url)
    values = {
        "type": "rss",
        "text": title,
        "title": title,
        "xmlUrl": page_url(name) if name else polled.url,
        "htmlUrl": polled.site_url or "",
    }
    told = (f'{key}="{_quoted(value)}"' for key, value in values.items() if value)
    return f"<outline {' '.join(told)}/>"


def _quoted(value: str) -> str:
    return html.escape(_words(_NOT_XML.sub("", value)), quote=True)


def _words(value: str) -> str:
    return " ".join(value.split())


def _outlines(text: str) -> Iterator[_Outline | None]:
    """Give each outline where it begins, and None where one ends."""
    tags = _TAG.finditer(text)
    tag = next(tags, None)
    while tag is not None:
        following = next(tags, None)
        if tag[2].lower() == "outline":
            if tag[1]:
                yield None
            else:
                end = following.start() if following else len(text)
                yield _read_outline(text[tag.end() : min(end, tag.end() + MAX_OUTLINE)])
        tag = following


def _read_outline(inside: str) -> _Outline:
    values: dict[str, str] = {}
    at = 0
    while found := _NAME.search(inside, at):
        value, at = _value(inside, found.end())
        name = found[1].lower()
        if name.endswith("url"):
            value = _NOT_IN_ADDRESS.split(value, maxsplit=1)[0]
        values.setdefault(name, _decoded(value).strip())
    return _Outline(
        values, is_closed=re.match(r"[^>]*/\s*>", inside[max(at - 1, 0) :]) is not None
    )


def _value(inside: str, start: int) -> tuple[str, int]:
    """Read a value: up to a quote that ends it, or without one up to white space."""
    quote = inside[start : start + 1]
    if quote in _END_OF_VALUE:
        end = _END_OF_VALUE[quote].search(inside, start + 1)
        if end is not None:
            value = inside[start + 1 : end.start()]
            swallowed = _SWALLOWED.search(value)  # the quote that ends it belongs to another
            if swallowed is not None:
                return value[: swallowed.start()], start + 1 + swallowed.start()
            return value, end.end()
        cut = _NEVER_CLOSED.search(inside, start + 1)
        stop = cut.start() if cut else len(inside)
        return inside[start + 1 : stop].rstrip("/ "), stop
    plain = _UNQUOTED.match(inside, start)
    value = plain[0] if plain else ""
    end_at = start + len(value)
    if value.endswith("/") and inside[end_at : end_at + 1] == ">":
        return value[:-1], end_at - 1
    return value.rstrip("\"'"), end_at


def _address_of(values: dict[str, str]) -> str | None:
    named = values.get("xmlurl", "")
    if not named and values.get("type", "").lower() not in _NO_FEEDS:
        named = values.get("url", "")
    return _web_address(named)


def _web_address(value: str) -> str | None:
    """Give an http(s) address without white space in it, None when it is none."""
    address = _SCHEME.sub(_plain_scheme, _UNPRINTABLE.sub("", value))
    if address.startswith("//"):
        address = "https:" + address
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


def _plain_scheme(found: re.Match[str]) -> str:
    return "" if ":" in found[0] else "http"


def _decoded(value: str) -> str:
    """Read entities that end in a semicolon: `&copy=1` in an address is no entity."""
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), value)


def _without_comments(text: str) -> str:
    parts: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    parts.append(text[at:])
    return "".join(parts)
