"""Polling over real sockets: feeds as they change, channels page by page."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import SourceFailed
from schemas.articles import Source
from schemas.settings import SourceSettings
from schemas.sources import PolledKind, PolledSource
from services.adapters.sources.fetch import Fetcher
from services.adapters.sources.reading import SourceReader
from tests.integration.fetchers import fetching, resolving
from tests.integration.hostile_server import (
    Asked,
    Behaviour,
    Wire,
    feed_xml,
    in_turn,
    page,
    redirect,
    serving,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = feed_xml("coast", n_items=5)


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with fetching(resolve=resolving({"coast.example": ["127.0.0.1"]})) as made:
        yield made


@pytest.fixture
def reader(fetcher: Fetcher) -> SourceReader:
    return SourceReader(fetcher, SourceSettings())


def polled(url: str, *, kind: PolledKind = "feed", **more: object) -> PolledSource:
    source = Source(
        id=1, title="The Coast", domain=None, publisher="Coast", family="coast", kind=kind
    )
    values: dict[str, object] = {"added_at": NOW, "interval_s": 1_800, "next_poll_at": NOW} | more
    return PolledSource(source=source, url=url, **values)  # type: ignore[arg-type]


async def test_a_feed_is_read_once_and_then_unchanged_by_its_validator(
    reader: SourceReader,
) -> None:
    async with serving({"*": page(FEED, headers={"ETag": '"one"'})}) as server:
        first = await reader.poll(polled(server.url("/feed")), now=NOW)
        again = await reader.poll(
            polled(server.url("/feed"), etag=first.etag, body_hash=first.body_hash), now=NOW
        )

    assert (first.is_changed, first.title, len(first.items)) == (True, "coast", 5)
    assert {item.source for item in first.items} == {"The Coast"}
    assert (again.is_changed, again.items) == (False, ())
    assert (again.etag, again.body_hash) == (first.etag, first.body_hash)


async def test_the_same_bytes_without_a_validator_are_unchanged(reader: SourceReader) -> None:
    changed = feed_xml("coast", n_items=6)
    async with serving({"*": in_turn(page(FEED), page(FEED), page(changed))}) as server:
        source = polled(server.url("/feed"))
        first = await reader.poll(source, now=NOW)
        known = source.model_copy(update={"body_hash": first.body_hash})
        again = await reader.poll(known, now=NOW)
        later = await reader.poll(known, now=NOW)

    assert (first.is_changed, again.is_changed, later.is_changed) == (True, False, True)
    assert again.body_hash == first.body_hash
    assert len(later.items) == 6


async def test_a_server_asks_to_be_left_alone_by_ttl_or_cache_whichever_is_longer(
    reader: SourceReader,
) -> None:
    slow = FEED.replace(b"<channel>", b"<channel><ttl>120</ttl>")
    fresh = {"Cache-Control": "max-age=600"}
    async with serving({"/ttl": page(slow, headers=fresh), "*": page(FEED, headers=fresh)}) as s:
        by_ttl = await reader.poll(polled(s.url("/ttl")), now=NOW)
        by_cache = await reader.poll(polled(s.url("/feed")), now=NOW)

    assert (by_ttl.wait_s, by_cache.wait_s) == (7_200.0, 600.0)


async def test_where_a_feed_moved_for_good_is_told(reader: SourceReader) -> None:
    routes = {"/old": redirect("/new", 301), "/new": page(FEED, headers={"ETag": '"one"'})}
    async with serving(routes) as server:
        changed = await reader.poll(polled(server.url("/old")), now=NOW)
        unchanged = await reader.poll(polled(server.url("/old"), etag='"one"'), now=NOW)

    assert changed.moved_to == unchanged.moved_to == server.url("/new")
    assert not unchanged.is_changed


async def test_a_large_feed_is_cut_to_the_newest_items(fetcher: Fetcher) -> None:
    reader = SourceReader(fetcher, SourceSettings(max_items=7))
    async with serving({"*": page(feed_xml("coast", n_items=400))}) as server:
        found = await reader.poll(polled(server.url("/feed")), now=NOW)

    assert len(found.items) == 7


async def test_the_charset_of_the_header_reaches_the_text(reader: SourceReader) -> None:
    body = '<rss version="2.0"><channel><title>Порт</title><item><title>Паром ушёл</title></item>'
    feed = page(
        f"{body}</channel></rss>".encode("windows-1251"), kind="text/xml; charset=windows-1251"
    )
    async with serving({"*": feed}) as server:
        found = await reader.poll(polled(server.url("/feed")), now=NOW)

    assert (found.title, found.items[0].title) == ("Порт", "Паром ушёл")


async def test_a_page_instead_of_a_feed_is_named(reader: SourceReader) -> None:
    async with serving({}) as server:
        with pytest.raises(SourceFailed, match="HTML") as caught:
            await reader.poll(polled(server.url("/page")), now=NOW)

    assert caught.value.reason == "not_a_feed"


# Channels


def post(number: int, *, words: str | None = None, views: str = "1.2K") -> str:
    at = NOW - timedelta(hours=200 - number)
    return (
        '<div class="tgme_widget_message_wrap"><div class="tgme_widget_message js-widget_message" '
        f'data-post="coastnews/{number}"><div class="tgme_widget_message_text js-message_text">'
        f"{words or f'Report {number} from the coast'}</div>"
        f'<span class="tgme_widget_message_views">{views}</span>'
        f'<a class="tgme_widget_message_date" href="https://t.me/coastnews/{number}">'
        f'<time datetime="{at.isoformat()}">12:00</time></a></div></div>'
    )


def preview(posts: str) -> str:
    return (
        '<!doctype html><html><body><div class="tgme_channel_info">'
        '<div class="tgme_channel_info_header_title"><span>Coast News</span></div></div>'
        f'<section class="tgme_channel_history">{posts}</section></body></html>'
    )


def channel(n_posts: int, *, per_page: int = 20) -> Behaviour:
    """A preview with posts 1 to `n_posts`, paged as Telegram does it."""

    async def answer(asked: Asked, wire: Wire) -> None:
        _, _, before = asked.target.partition("before=")
        end = min(int(before), n_posts + 1) if before else n_posts + 1
        numbers = range(max(1, end - per_page), end)
        await page(preview("".join(map(post, numbers))), kind="text/html")(asked, wire)

    return answer


async def test_the_first_look_at_a_channel_goes_back_past_the_first_page(fetcher: Fetcher) -> None:
    async with serving({"*": channel(70)}) as server:
        reader = SourceReader(fetcher, SourceSettings(), channels_at=server.url(""))
        found = await reader.poll(polled("https://t.me/s/coastnews", kind="channel"), now=NOW)

    assert [item.guid for item in found.items] == [f"t.me/coastnews/{n}" for n in range(1, 71)]
    assert (found.title, found.site_url) == ("Coast News", "https://t.me/s/coastnews")
    assert server.targets()[:2] == ["/s/coastnews", "/s/coastnews?before=51"]


async def test_a_channel_is_read_back_to_the_last_success_only(fetcher: Fetcher) -> None:
    since = NOW - timedelta(hours=200 - 165)
    source = polled("https://t.me/s/coastnews", kind="channel", last_success_at=since, n_items=9)
    async with serving({"*": channel(200)}) as server:
        reader = SourceReader(fetcher, SourceSettings(), channels_at=server.url(""))
        found = await reader.poll(source, now=NOW)

    assert len(server.asked) == 2
    assert [item.guid for item in found.items] == [f"t.me/coastnews/{n}" for n in range(161, 201)]


async def test_a_channel_without_end_is_left_after_twenty_pages(fetcher: Fetcher) -> None:
    async with serving({"*": channel(5_000)}) as server:
        reader = SourceReader(fetcher, SourceSettings(), channels_at=server.url(""))
        found = await reader.poll(polled("https://t.me/coastnews", kind="channel"), now=NOW)

    assert (len(server.asked), len(found.items)) == (20, 400)
    assert found.items[-1].guid == "t.me/coastnews/5000"


async def test_a_server_that_gives_the_same_page_again_ends_the_walk(fetcher: Fetcher) -> None:
    same = page(preview(post(100) + post(101)), kind="text/html")
    async with serving({"*": same}) as server:
        reader = SourceReader(fetcher, SourceSettings(), channels_at=server.url(""))
        found = await reader.poll(polled("https://t.me/coastnews", kind="channel"), now=NOW)

    assert (len(server.asked), len(found.items)) == (2, 2)


async def test_edits_and_views_of_known_posts_are_picked_up(fetcher: Fetcher) -> None:
    pages = [
        preview(post(1) + post(2)),
        preview(post(1) + post(2)),
        preview(post(1, words="Corrected report") + post(2, views="2.5K")),
    ]
    async with serving({"*": in_turn(*(page(p, kind="text/html") for p in pages))}) as server:
        reader = SourceReader(fetcher, SourceSettings(), channels_at=server.url(""))
        source = polled("https://t.me/s/coastnews", kind="channel")
        first = await reader.poll(source, now=NOW)
        known = source.model_copy(
            update={"body_hash": first.body_hash, "last_success_at": NOW, "n_items": 2}
        )
        same = await reader.poll(known, now=NOW)
        edited = await reader.poll(known, now=NOW)

    assert (first.is_changed, same.is_changed, edited.is_changed) == (True, False, True)
    assert [(item.text, item.views) for item in edited.items] == [
        ("Corrected report", 1_200),
        ("Report 2 from the coast", 2_500),
    ]


async def test_an_empty_preview_that_had_posts_is_an_alarm(fetcher: Fetcher) -> None:
    async with serving({"*": page(preview(""), kind="text/html")}) as server:
        reader = SourceReader(fetcher, SourceSettings(), channels_at=server.url(""))
        fresh = await reader.poll(polled("https://t.me/coastnews", kind="channel"), now=NOW)
        with pytest.raises(SourceFailed, match="shows no posts, though 9 came") as caught:
            await reader.poll(polled("@coastnews", kind="channel", n_items=9), now=NOW)

    assert (fresh.items, caught.value.reason) == ((), "lost")


@pytest.mark.parametrize("written", ["@coastnews", "t.me/coastnews", "https://t.me/s/coastnews/7"])
async def test_a_channel_is_found_by_its_name_or_link(fetcher: Fetcher, written: str) -> None:
    async with serving({"*": channel(30)}) as server:
        reader = SourceReader(fetcher, SourceSettings(), channels_at=server.url(""))
        (found,) = await reader.find(written, now=NOW)

    assert (found.kind, found.url, found.title) == (
        "channel",
        "https://t.me/s/coastnews",
        "Coast News",
    )
    assert (found.n_items, found.newest_at) == (20, NOW - timedelta(hours=170))
