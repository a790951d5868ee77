"""RSS, RDF and Atom to entries, on feedparser."""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import struct_time

from services.adapters.sources.feed_dates import read_date
from services.adapters.sources.feed_items import Entry, Parsed, language
from services.adapters.sources.feed_repair import Prepared
from services.adapters.sources.jsonl import EARLIEST, MAX_AHEAD

_PERIODS_S = {
    "hourly": 3_600.0,
    "daily": 86_400.0,
    "weekly": 604_800.0,
    "monthly": 2_592_000.0,
    "yearly": 31_536_000.0,
}
_NUMBER = re.compile(r"\d{1,9}")


def read_xml(prepared: Prepared, *, now: datetime) -> Parsed:
    """Read a feed that has been prepared; raises what feedparser trips over.

    feedparser is given UTF-8 and is told so: its own guess at bytes is never needed. Its
    cleaning of HTML is off, because words are all that is kept of it.
    """
    # The library has no types, and its import takes 100 ms that only reading a feed pays.
    from feedparser.api import (  # type: ignore[import-untyped, unused-ignore] # noqa: PLC0415
        parse,
    )

    read = parse(  # type: ignore[no-untyped-call, unused-ignore]
        io.BytesIO(prepared.data),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    feed: Mapping[str, object] = _plain(read["feed"])
    lang = language(feed.get("language"))
    entries = [_entry(_plain(entry), lang=lang, now=now) for entry in read["entries"]]
    links = _dicts(feed, "links")
    return Parsed(
        title=_text(feed, "title"),
        site_url=_text(feed, "link") or _href(links, rel="alternate"),
        self_url=_href(links, rel="self"),
        lang=lang,
        ttl_s=_ttl(feed),
        entries=entries,
        n_lost=prepared.n_lost,
    )


def _entry(entry: Mapping[str, object], *, lang: str | None, now: datetime) -> Entry:
    links = _dicts(entry, "links")
    contents = _dicts(entry, "content")
    details = [*contents, *_dicts(entry, "summary_detail"), *_dicts(entry, "title_detail")]
    return Entry(
        guid=_text(entry, "id"),
        links=(
            _text(entry, "feedburner_origlink"),
            _text(entry, "link"),
            _href(links, rel="alternate"),
            _text(entry, "id") if entry.get("guidislink") else "",
            _href(links, rel="enclosure"),
        ),
        title=_text(entry, "title"),
        bodies=tuple(
            body
            for body in (
                *(_text(content, "value") for content in contents),
                _text(entry, "summary"),
                _text(entry, "itunes_summary"),
                _text(entry, "subtitle"),
            )
            if body
        ),
        lang=next(filter(None, (language(detail.get("language")) for detail in details)), lang),
        published_at=_date(entry, now=now),
    )


def _date(entry: Mapping[str, object], *, now: datetime) -> datetime | None:
    """Give when an entry was published, else updated, else created: the first credible one."""
    names = ("published", "updated", "created")
    for name in names:
        if moment := read_date(_text(entry, name), now=now):
            return moment
    for name in names:  # formats that feedparser alone knows: Korean, Greek, Hungarian
        parsed = entry.get(f"{name}_parsed")
        if isinstance(parsed, struct_time) and not _NUMERIC.match(_text(entry, name)):
            try:
                moment = datetime(*parsed[:6], tzinfo=UTC)
            except ValueError:
                continue
            if EARLIEST <= moment <= now + MAX_AHEAD:
                return moment
    return None


_NUMERIC = re.compile(r"[\d\s./:-]*$")
"""What `read_date` refused of these is ambiguous, so nobody else's guess is taken."""


def _ttl(feed: Mapping[str, object]) -> float | None:
    """Give the seconds that a feed asks to be left alone."""
    minutes = _NUMBER.match(_text(feed, "ttl"))
    if minutes and int(minutes.group()) > 0:
        return int(minutes.group()) * 60.0
    period_s = _PERIODS_S.get(_text(feed, "sy_updateperiod").lower())
    if period_s is None:
        return None
    frequency = _NUMBER.match(_text(feed, "sy_updatefrequency"))
    return period_s / max(1, int(frequency.group()) if frequency else 1)


def _plain(values: dict[str, object]) -> Mapping[str, object]:
    """Give the values as they are: the library's own look-up maps names, and warns of it."""
    return dict(dict.items(values))


def _text(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""


def _dicts(values: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    value = values.get(name)
    found = value if isinstance(value, list) else [value]
    return [_plain(part) for part in found if isinstance(part, dict)]


def _href(links: Sequence[Mapping[str, object]], *, rel: str) -> str:
    found = (_text(link, "href") for link in links if link.get("rel") == rel)
    return next(filter(None, found), "")
