"""Tasks over documents as they are on the web: feeds, OPML lists, pages."""

import base64
import binascii
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.errors import UsageError
from schemas.articles import RawItem
from schemas.sources import FeedLink
from services.batch.rows import URL, Fields, Row

MAX_UNPACKED_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Body:
    """A document's bytes; its charset where that is known, and its address likewise."""

    data: bytes
    charset: str | None
    url: str | None


class Page(Protocol):
    """What a page says."""

    @property
    def title(self) -> str:
        """Its headline."""
        ...

    @property
    def text(self) -> str:
        """The article without what stands around it."""
        ...

    @property
    def published_at(self) -> datetime | None:
        """When it says that it was published."""
        ...

    @property
    def is_cut(self) -> bool:
        """Whether only its beginning was read."""
        ...


@dataclass(frozen=True, slots=True)
class Readers:
    """What reads documents: a document in, what it says out; `SourceFailed` when it is none."""

    feed: Callable[[Body], tuple[str, Sequence[RawItem]]]
    opml: Callable[[Body], Sequence[FeedLink]]
    page: Callable[[Body], Page]


def feeds(readers: Readers) -> Callable[[Row], Fields]:
    """Make the task that reads a feed from `body` (text) or `body_b64` (exact bytes)."""

    def answer(row: Row) -> Fields:
        title, entries = readers.feed(_body(row, "body"))
        return {"title": title, "entries": [_entry(item) for item in entries]}

    return answer


def opml(readers: Readers) -> Callable[[Row], Fields]:
    """Make the task that reads the addresses out of an OPML list."""
    return lambda row: {"urls": [link.url for link in readers.opml(_body(row, "body"))]}


def extract(readers: Readers) -> Callable[[Row], Fields]:
    """Make the task that takes the article out of a page, `html` or `html_gz_b64`."""

    def answer(row: Row) -> Fields:
        found = readers.page(_body(row, "html", "body"))
        if found.is_cut:
            raise UsageError("the page is too long to be read whole", field="row")
        return {
            "title": found.title,
            "text": found.text,
            "published_at": _moment(found.published_at),
        }

    return answer


def _entry(item: RawItem) -> Fields:
    return {
        "id": item.guid,
        "title": item.title,
        "url": item.url,
        "published_at": _moment(item.published_at),
        "text": item.text,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _body(row: Row, *names: str) -> Body:
    """Give the document of a row.

    Raises:
        UsageError: There are none, or they are packed in a way that cannot be undone.
    """
    url = row.first(URL) or None
    for name in names:
        for packed in (f"{name}_gz_b64", f"{name}_b64"):
            value = row.fields.get(packed)
            if isinstance(value, str):
                return Body(_unpacked(value, packed), None, url)
        value = row.fields.get(name)
        if isinstance(value, str):
            # Whatever it declares itself to be, it came as text.
            return Body(value.encode("utf-8", "replace"), "utf-8", url)
    asked = " or ".join(f"{name!r}" for name in names)
    raise UsageError(f"nothing to read: {asked} (text), or as base64 with '_b64'", field="row")


def _unpacked(value: str, name: str) -> bytes:
    try:
        body = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError(f"{name!r} is not base64: {error}", field="row") from error
    if not name.endswith("_gz_b64"):
        return body
    stream = zlib.decompressobj(wbits=31)
    try:
        unpacked = stream.decompress(body, MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise UsageError(f"{name!r} is not gzip: {error}", field="row") from error
    if stream.unconsumed_tail:
        limit = MAX_UNPACKED_BYTES // 2**20
        raise UsageError(f"{name!r} unpacks to more than {limit} MB", field="row")
    if not stream.eof:
        raise UsageError(f"{name!r} ends in the middle", field="row")
    return unpacked
