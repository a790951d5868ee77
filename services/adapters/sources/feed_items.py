"""Entries of any feed format become items: addresses whole, identities checked, words read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from core.stories.intake import canonical_url
from schemas.articles import RawItem
from services.adapters.sources.markup import tidy, to_line, to_text

MAX_URL = 2_000
"""Characters of an address; a longer one is data in disguise."""

_LANG = re.compile(r"([A-Za-z]{2,3})(?=$|[-_])")
_NO_LANG = frozenset({"und", "mul", "zxx", "mis"})
_SPACES = re.compile(r"[\t\r\n]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as its format gives it; addresses may be relative, words may be HTML.

    `links` are best first. `bodies` are versions of the text, HTML or plain; `plain` those that
    are known to hold no markup.
    """

    guid: str = ""
    links: tuple[str, ...] = ()
    title: str = ""
    bodies: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    lang: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A feed as its format gives it. `n_lost` entries were there and could not be read."""

    title: str = ""
    site_url: str = ""
    self_url: str = ""
    lang: str | None = None
    ttl_s: float | None = None
    entries: list[Entry] = field(default_factory=list)
    n_lost: int = 0


def web_address(link: str, *, base: str | None) -> str | None:
    """Give a whole http(s) address, relative ones joined to `base`; None for anything else."""
    link = _SPACES.sub("", link.strip()).replace(" ", "%20")
    if not link or len(link) > MAX_URL:
        return None
    if link.startswith("www."):
        link = f"https://{link}"
    try:
        whole = urljoin(base or "", link)
        parts = urlsplit(whole)
        return whole if parts.scheme.lower() in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def language(value: object) -> str | None:
    """Give the language subtag of what a feed says (`en-US`: en), None when it says none."""
    found = _LANG.match(value.strip()) if isinstance(value, str) else None
    name = found.group(1).lower() if found else None
    return None if name in _NO_LANG else name


def newest(entries: Sequence[Entry], limit: int) -> list[Entry]:
    """Give at most `limit` entries: all in their order, or the newest first, undated ones last."""
    if len(entries) <= limit:
        return list(entries)
    dated = [(entry.published_at, entry) for entry in entries if entry.published_at]
    undated = [entry for entry in entries if not entry.published_at]
    ordered = [entry for _, entry in sorted(dated, key=lambda pair: pair[0], reverse=True)]
    return (ordered + undated)[:limit]


def to_items(
    entries: Iterable[Entry],
    *,
    base: str | None,
    site_url: str | None,
    source: str,
    keeps_blank: bool = False,
) -> tuple[list[RawItem], int]:
    """Give the items of entries, in order, and how many entries had neither title nor text.

    Args:
        entries: What the format gave.
        base: The address that relative ones are joined to.
        site_url: The front page, which identifies no article.
        source: The source of every item.
        keeps_blank: Give entries without title and text as well.
    """
    items: list[RawItem] = []
    n_unreadable = 0
    for entry in entries:
        title = to_line(entry.title)
        text = _fullest(entry)
        if not title and not text:
            n_unreadable += 1
            if not keeps_blank:
                continue
        addresses = (web_address(link, base=base) for link in entry.links)
        items.append(
            RawItem(
                source=source,
                guid=" ".join(tidy(entry.guid).split()) or None,
                url=next(filter(None, addresses), None),
                title=title,
                text=text,
                lang=entry.lang,
                published_at=entry.published_at,
            )
        )
    return _without_false_ids(items, canonical_url(site_url or "")), n_unreadable


def _fullest(entry: Entry) -> str:
    texts = [to_text(body) for body in dict.fromkeys(entry.bodies)]
    texts += [tidy(text) for text in entry.plain]
    return max(texts, key=len, default="")


def _without_false_ids(items: list[RawItem], home: str | None) -> list[RawItem]:
    """Take off ids that several different items share, then addresses that would stand for them.

    Feeds give every item the id "1", or the address of the site; kept, each item would count as
    a new version of the one before.
    """
    shared = _shared(items, [item.guid for item in items], home)
    items = [
        item.model_copy(update={"guid": None}) if item.guid in shared else item for item in items
    ]
    keys = [canonical_url(item.url) if item.url and not item.guid else None for item in items]
    shared = _shared(items, keys, home)
    return [
        item.model_copy(update={"url": None}) if key in shared else item
        for item, key in zip(items, keys, strict=True)
    ]


def _shared(
    items: Sequence[RawItem], keys: Sequence[str | None], home: str | None
) -> frozenset[str]:
    groups: dict[str, list[RawItem]] = {}
    for item, key in zip(items, keys, strict=True):
        if key:
            groups.setdefault(key, []).append(item)
    return frozenset(key for key, group in groups.items() if _differ(group, home))


def _differ(group: Sequence[RawItem], home: str | None) -> bool:
    """Say whether items under one key are several articles, and not one in two versions.

    One article keeps its words or its address. From the third set of words on an address names
    no article, the front page never does.
    """
    n_words = len({item.title or item.text for item in group})
    if n_words == 1:
        return False
    addresses = {canonical_url(item.url) if item.url else None for item in group}
    return n_words > 2 or len(addresses) > 1 or bool(addresses & {None, home})
