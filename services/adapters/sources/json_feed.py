"""JSON Feed 1.0 and 1.1 to entries, tolerant of what its writers get wrong."""

import json
import re
from collections.abc import Mapping
from datetime import datetime

from services.adapters.sources.feed_dates import read_date
from services.adapters.sources.feed_items import Entry, Parsed, language

_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ITEM_KEYS = frozenset({"content_html", "content_text", "date_published", "external_url"})


def read_json(text: str, *, now: datetime) -> Parsed | None:
    """Read a JSON Feed; None when the text is JSON of another kind.

    Without a version it is one when it has items with fields that only JSON Feed has.

    Raises:
        ValueError: If the text is not JSON, or nested too deeply; the message says where.
    """
    try:
        feed = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at character {error.pos + 1}") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        return None
    rows = [item for item in items if isinstance(item, dict)]
    has_version = _VERSION.match(_text(feed, "version")) is not None
    if not has_version and not any(_ITEM_KEYS & item.keys() for item in rows):
        return None
    lang = language(feed.get("language"))
    return Parsed(
        title=_text(feed, "title"),
        site_url=_text(feed, "home_page_url"),
        self_url=_text(feed, "feed_url"),
        lang=lang,
        entries=[_entry(item, lang=lang, now=now) for item in rows],
        n_lost=len(items) - len(rows),
    )


def _entry(item: Mapping[str, object], *, lang: str | None, now: datetime) -> Entry:
    attachments = item.get("attachments")
    files = attachments if isinstance(attachments, list) else []
    dates = (
        read_date(_text(item, name), now=now)
        for name in ("date_published", "date_modified", "published", "date")
    )
    return Entry(
        guid=_text(item, "id"),
        links=(
            _text(item, "url"),
            _text(item, "external_url"),
            *(_text(file, "url") for file in files if isinstance(file, dict)),
        ),
        title=_text(item, "title"),
        bodies=tuple(filter(None, (_text(item, "content_html"), _text(item, "summary")))),
        plain=(_text(item, "content_text"),),
        lang=language(item.get("language")) or lang,
        published_at=next(filter(None, dates), None),
    )


def _text(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return _SURROGATE.sub("\ufffd", value).strip() if isinstance(value, str) else ""
