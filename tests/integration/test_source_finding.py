"""Finding over real sockets: feeds behind an address, the text behind a link."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from core.errors import SourceFailed, UsageError
from schemas.articles import RawItem
from schemas.settings import SourceSettings
from services.adapters.sources.reading import SourceReader
from tests.integration.fetchers import fetching, resolving
from tests.integration.hostile_server import Behaviour, feed_xml, page, serving

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = feed_xml("coast", n_items=5)


@pytest.fixture
async def reader() -> AsyncIterator[SourceReader]:
    async with fetching() as fetcher:
        yield SourceReader(fetcher, SourceSettings())


def html(links: str) -> Behaviour:
    return page(
        f"<!doctype html><html><head><title>Coast</title>{links}</head><body><p>Hello</body>",
        kind="text/html",
    )


def link(href: str, title: str = "Coast") -> str:
    return f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'


async def test_a_feed_is_found_by_its_own_address(reader: SourceReader) -> None:
    async with serving({"/feed": page(FEED)}) as server:
        (found,) = await reader.find(server.url("/feed"), now=NOW)

    assert (found.url, found.kind, found.title) == (server.url("/feed"), "feed", "coast")
    assert (found.n_items, found.newest_at) == (5, datetime(2026, 3, 2, 4, 15, tzinfo=UTC))


async def test_feeds_that_a_page_names_are_read_before_they_are_offered(
    reader: SourceReader,
) -> None:
    routes = {
        "/": html(link("/news.xml") + link("/broken.xml") + link("/sports.xml", "Sports")),
        "/news.xml": page(FEED),
        "/broken.xml": page("<p>no", kind="text/html"),
        "/sports.xml": page(feed_xml("sports")),
    }
    async with serving(routes) as server:
        found = await reader.find(server.url("/"), now=NOW)

    assert [one.url for one in found] == [server.url("/news.xml"), server.url("/sports.xml")]


async def test_at_most_five_feeds_are_offered(reader: SourceReader) -> None:
    links = "".join(link(f"/feed/{n}", f"Part {n}") for n in range(12))
    async with serving({"/": html(links)}) as server:
        found = await reader.find(server.url("/"), now=NOW)

    assert len(found) == 5
    assert len(server.asked) == 6


async def test_a_page_that_names_no_feed_is_asked_at_the_usual_places(
    reader: SourceReader,
) -> None:
    routes = {"/deep/page": html(""), "/atom.xml": page(FEED), "*": page("no", status=404)}
    async with serving(routes) as server:
        (found,) = await reader.find(server.url("/deep/page"), now=NOW)

    assert found.url == server.url("/atom.xml")
    assert server.targets() == ["/deep/page", "/feed", "/rss", "/atom.xml"]


async def test_a_page_without_any_feed_says_so(reader: SourceReader) -> None:
    async with serving({"/": html(""), "*": page("no", status=404)}) as server:
        with pytest.raises(SourceFailed, match=r"names none.*usual places") as caught:
            await reader.find(server.url("/"), now=NOW)

    assert caught.value.reason == "not_a_feed"


async def test_when_no_feed_of_a_page_can_be_read_the_best_one_says_why(
    reader: SourceReader,
) -> None:
    async with serving({"/": html(link("/gone") + link("/missing"))}) as server:
        with pytest.raises(SourceFailed, match="410 Gone") as caught:
            await reader.find(server.url("/"), now=NOW)

    assert caught.value.reason == "gone"


async def test_a_bare_domain_is_tried_with_https_then_without() -> None:
    async with (
        serving({"*": page(FEED)}) as server,
        fetching(resolve=resolving({"coast.example": ["127.0.0.1"]}), connect_s=0.2) as quick,
    ):
        reader = SourceReader(quick, SourceSettings())
        (found,) = await reader.find(f"coast.example:{server.port}/feed", now=NOW)

    assert found.url == f"http://coast.example:{server.port}/feed"


@pytest.mark.parametrize("written", ["feed://{}", "feed:http://{}", "<http://{}>"])
async def test_addresses_as_people_paste_them_are_understood(
    reader: SourceReader, written: str
) -> None:
    async with serving({"*": page(FEED)}) as server:
        (found,) = await reader.find(written.format(f"127.0.0.1:{server.port}/f"), now=NOW)

    assert found.url == server.url("/f")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "harbour",
        "two words.example",
        "file:///etc/passwd",
        "mailto:ada@coast.example",
        "http://",
    ],
)
async def test_what_is_no_address_is_refused_with_an_example(
    reader: SourceReader, written: str
) -> None:
    with pytest.raises(UsageError, match=r"https://example\.org/feed\.xml") as caught:
        await reader.find(written, now=NOW)

    assert caught.value.field == "address"


async def test_a_private_address_is_refused_when_it_is_looked_at() -> None:
    async with fetching(allowed_networks=frozenset()) as closed:
        with pytest.raises(SourceFailed, match="ALLOWED_NETWORKS") as caught:
            await SourceReader(closed, SourceSettings()).find("http://127.0.0.1:9/", now=NOW)

    assert caught.value.reason == "forbidden"


ARTICLE = " ".join(
    f"Sentence {n} tells what the harbour board decided about piers." for n in range(30)
)


async def test_the_text_behind_a_link_replaces_a_shorter_one(reader: SourceReader) -> None:
    article = page(
        f"<html><head><title>Harbour</title></head><body><nav>Menu</nav><article><h1>Harbour</h1>"
        f"<p>{ARTICLE}</p></article></body></html>",
        kind="text/html",
    )
    async with serving({"*": article}) as server:
        item = RawItem(source="Coast", title="Harbour", text="Short.", url=server.url("/1"))
        full = await reader.full_text(item)
        longer = item.model_copy(update={"text": ARTICLE * 2})
        kept = await reader.full_text(longer)

    assert "Sentence 29 tells" in full.text
    assert (full.title, full.url, full.source) == (item.title, item.url, item.source)
    assert kept == longer


async def test_an_item_stays_as_it_is_without_a_link_or_behind_a_picture(
    reader: SourceReader,
) -> None:
    async with serving({"*": page(b"\x89PNG", kind="image/png")}) as server:
        bare = RawItem(source="Coast", title="Harbour")
        picture = bare.model_copy(update={"url": server.url("/1.png")})

        assert await reader.full_text(bare) == bare
        assert await reader.full_text(picture) == picture


async def test_a_page_that_cannot_be_fetched_is_named(reader: SourceReader) -> None:
    async with serving({}) as server:
        item = RawItem(source="Coast", title="Harbour", url=server.url("/missing"))
        with pytest.raises(SourceFailed, match="404"):
            await reader.full_text(item)
