"""A site on the loopback with feeds, a page that names them and a channel's preview."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from schemas.settings import FetchSettings, SourceSettings
from tests.e2e.conftest import Town, open_town
from tests.e2e.news import NOW
from tests.e2e.places import Place
from tests.integration.hostile_server import Behaviour, HostileServer, page, serving

FETCH = FetchSettings(
    allowed_networks=frozenset({"127.0.0.0/8"}), host_pause_s=0, timeout_s=3, connect_s=1
)


def feed(title: str, *, n: int = 3, site: str = "harbour.example") -> Behaviour:
    """Serve a feed of `n` items, one an hour; each tells of a lighthouse of its own."""
    items = "".join(
        f"<item><guid>{title}-{k}</guid><title>{title}: lighthouse {k} lit again</title>"
        f"<link>https://{site}/{k}</link><pubDate>"
        f"{(NOW - timedelta(hours=k + 1)).strftime('%a, %d %b %Y %H:%M:%S GMT')}</pubDate>"
        f"<description>The keepers of lighthouse {k} are glad of it.</description></item>"
        for k in range(n)
    )
    return page(
        f'<rss version="2.0"><channel><title>{title}</title><link>https://{site}/</link>'
        f"<description>News</description>{items}</channel></rss>"
    )


def channel(name: str, title: str, *, n: int = 2) -> Behaviour:
    """Serve a channel's preview with `n` posts."""
    posts = "".join(
        '<div class="tgme_widget_message_wrap"><div class="tgme_widget_message js-widget_message" '
        f'data-post="{name}/{k}"><div class="tgme_widget_message_text js-message_text">'
        f"Ferry {k} is late today.</div>"
        '<span class="tgme_widget_message_views">12.3K</span>'
        f'<a class="tgme_widget_message_date" href="https://t.me/{name}/{k}">'
        f'<time datetime="{(NOW - timedelta(hours=n - k + 1)).isoformat()}"></time></a>'
        "</div></div>"
        for k in range(1, n + 1)
    )
    return page(
        "<html><body><div class='tgme_channel_info'><div class='tgme_channel_info_header_title'>"
        f"<span>{title}</span></div></div>{posts}</body></html>",
        kind="text/html",
    )


ROUTES: Mapping[str, Behaviour] = {
    "/news.xml": feed("Harbour News", n=3),
    "/other.xml": feed("Harbour Sport", n=2),
    "/page": page(
        '<html><head><title>Harbour</title><link rel="alternate" type="application/rss+xml" '
        'title="News" href="/news.xml"><link rel="alternate" type="application/rss+xml" '
        'title="Sport" href="/other.xml"></head><body><p>Welcome.</p></body></html>',
        kind="text/html",
    ),
    "/shop": page("<html><title>Shop</title><p>Nothing to read here.</html>", kind="text/html"),
    "/s/coastnews": channel("coastnews", "Coast News"),
    "*": page("no", status=404),
}


@asynccontextmanager
async def open_site_town(place: Place, server: HostileServer, **more: Any) -> AsyncIterator[Town]:
    """Open a whole bot that may read the site; nothing is polled by itself."""
    sources = SourceSettings(poll="off", channels_at=server.url(""), per_chat=3)
    async with open_town(place, fetch=FETCH, sources=sources, **more) as town:
        yield town


@asynccontextmanager
async def open_site(
    routes: Mapping[str, Behaviour] | None = None,
) -> AsyncIterator[HostileServer]:
    """Serve the site, with other paths if need be."""
    async with serving({**ROUTES, **(routes or {})}) as server:
        yield server
