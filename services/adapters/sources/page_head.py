"""What a web page says of itself: title, site, address, when it was published."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from services.adapters.sources.jsonl import parse_date

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_TITLE = 1_000
"""Characters of a title; the rest is cut."""

_LATEST = datetime(9000, 1, 1, tzinfo=UTC)  # what lies ahead is for the caller to judge
_MAX_NODES = 2_000
_TITLES = ("og:title", "twitter:title", "dc.title", "headline")
_DATES = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "article:published",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.created",
    "publish-date",
    "publish_date",
    "publication_date",
    "pubdate",
    "dc.date",
    "date",
)
_ARTICLE = re.compile(r"(?:\w*Article|\w*BlogPosting|Report)$")
_LD_DATE = re.compile(r'"datePublished"\s*:\s*"([^"\\]{4,64})"')
_DIVIDERS = (" | ", " — ", " – ", " - ", " :: ", " · ")


@dataclass(frozen=True, slots=True)
class PageHead:
    """A page's own words about itself; "" or None where it is silent.

    `published_at` is aware UTC and only what the page declares, never guessed from its text or
    address. `is_article`: it declares itself one.
    """

    title: str
    site: str
    url: str | None
    published_at: datetime | None
    is_article: bool


def read_head(root: "_Element", *, url: str | None = None) -> PageHead:
    """Read meta tags, JSON-LD, `<time>` and headings of a parsed page; `url` is where it lies."""
    metas = _metas(root)
    nodes, dates = _linked_data(root)
    site = metas.get("og:site_name", "")
    told = [metas[name] for name in _DATES if name in metas]
    moments = (parse_date(d, now=_LATEST) for d in [*told[:1], *dates, *told[1:], *_times(root)])
    return PageHead(
        title=_title(root, metas, nodes, site)[:MAX_TITLE],
        site=site,
        url=_own_address(root, metas, url),
        published_at=next((moment for moment in moments if moment), None),
        is_article=bool(nodes)
        or metas.get("og:type", "").lower() == "article"
        or "article:published_time" in metas,
    )


def _metas(root: "_Element") -> dict[str, str]:
    """Give the content of meta tags by name in lower case; the first of a name counts."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        content = " ".join((meta.get("content") or "").split())
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def _title(
    root: "_Element", metas: Mapping[str, str], nodes: list[Mapping[str, object]], site: str
) -> str:
    headlines = (node.get("headline") for node in nodes)
    headings = [_words(heading) for heading in root.iter("h1")]
    named = [
        *(metas[name] for name in _TITLES if name in metas),
        *(" ".join(text.split()) for text in headlines if isinstance(text, str)),
        *(headings if len(headings) == 1 else ()),
        *(_words(title) for title in root.iter("title")),
        *headings,
    ]
    title = next((text for text in named if text), "")
    for divider in _DIVIDERS:
        if site and title.endswith(divider + site) and len(title) > len(divider + site):
            return title.removesuffix(divider + site)
    return title


def _words(element: "_Element") -> str:
    return " ".join("".join(element.itertext()).split())


def _own_address(root: "_Element", metas: Mapping[str, str], url: str | None) -> str | None:
    links = (link for link in root.iter("link") if "canonical" in (link.get("rel") or "").lower())
    for address in [
        *(link.get("href") or "" for link in links),
        metas.get("og:url", ""),
        url or "",
    ]:
        whole = _joined(url, address.strip())
        if whole is not None:
            return whole
    return None


def _joined(base: str | None, address: str) -> str | None:
    try:
        whole = urljoin(base, address) if base else address
        parts = urlsplit(whole)
    except ValueError:
        return None
    return whole if address and parts.scheme in ("http", "https") and parts.hostname else None


def _times(root: "_Element") -> Iterator[str]:
    """Give dates of elements that are marked as the date of publication."""
    for element in root.iter("time", "span", "abbr"):
        is_marked = element.get("pubdate") is not None or "datePublished" in (
            element.get("itemprop") or ""
        )
        value = element.get("datetime") or element.get("content")
        if is_marked and value:
            yield value


def _linked_data(root: "_Element") -> tuple[list[Mapping[str, object]], list[str]]:
    """Give the articles that JSON-LD describes, and their dates; broken JSON gives a date yet."""
    nodes: list[Mapping[str, object]] = []
    dates: list[str] = []
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        text = script.text or ""
        try:
            described = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            dates += _LD_DATE.findall(text)[:1]
            continue
        for node in _articles(described):
            nodes.append(node)
            date = node.get("datePublished")
            if isinstance(date, str):
                dates.append(date)
    return nodes, dates


def _articles(described: object) -> Iterator[Mapping[str, object]]:
    """Give the articles among JSON-LD nodes: at the top, in a graph, or what a page is about."""
    waiting = [described]
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting.extend(node[:_MAX_NODES])
        elif isinstance(node, dict):
            kinds = node.get("@type")
            names = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(name, str) and _ARTICLE.match(name) for name in names):
                yield node
            waiting += [node[key] for key in ("@graph", "mainEntity") if key in node]
