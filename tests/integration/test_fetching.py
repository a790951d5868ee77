"""Fetching from servers that behave, that misbehave, and that attack."""

import asyncio
import base64
import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest

from tests.integration.fetchers import failure, fetching
from tests.integration.hostile_server import (
    brotli_bomb,
    endless,
    feed_xml,
    gzip_bomb,
    hang_up,
    in_turn,
    page,
    redirect,
    say,
    serving,
    slow,
)

FEED = feed_xml("coast")
ANY = "0.0.0.0"  # noqa: S104 - every address of the loopback, 127.x.y.z


async def test_an_unchanged_feed_is_not_sent_again() -> None:
    stamp = "Mon, 02 Mar 2026 12:00:00 GMT"
    feed = page(FEED, headers={"ETag": '"one"', "Last-Modified": stamp})
    async with serving({"/feed": feed}) as server, fetching() as fetcher:
        first = await fetcher.get(server.url("/feed"))

        second = await fetcher.get(
            server.url("/feed"), etag=first.etag, last_modified=first.last_modified
        )

    assert (first.is_unchanged, first.body) == (False, FEED)
    assert (second.is_unchanged, second.body, second.etag) == (True, b"", '"one"')
    assert second.last_modified == stamp
    assert server.asked[1].headers["if-modified-since"] == stamp


async def test_what_was_asked_for_says_who_asks_and_what_it_can_read() -> None:
    async with serving({"/feed": page(FEED)}) as server, fetching() as fetcher:
        await fetcher.get(server.url("/feed?a=b#part"))

    (asked,) = server.asked
    assert asked.target == "/feed?a=b"
    assert asked.headers["user-agent"] == "Newsdesk test"
    assert asked.headers["accept-encoding"] == "gzip, deflate, br"
    assert asked.headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("br", brotli.compress), ("deflate", zlib.compress)],
)
async def test_a_packed_feed_is_unpacked(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = page(pack(FEED), headers={"Content-Encoding": encoding})
    async with serving({"*": packed}) as server, fetching() as fetcher:
        found = await fetcher.get(server.url("/feed"))

    assert found.body == FEED


async def test_charset_type_and_freshness_are_read_from_the_head() -> None:
    feed = page(FEED, kind="Text/XML; charset=KOI8-R", headers={"Cache-Control": "max-age=900"})
    async with serving({"/feed": feed}) as server, fetching() as fetcher:
        found = await fetcher.get(server.url("/feed"))

    assert (found.charset, found.content_type, found.wait_s) == ("koi8-r", "text/xml", 900.0)


async def test_permanent_redirects_give_the_new_address() -> None:
    routes = {"/old": redirect("/newer", 301), "/newer": redirect("/new", 308), "/new": page(FEED)}
    async with serving(routes) as server, fetching() as fetcher:
        found = await fetcher.get(server.url("/old"))

    assert found.moved_to == found.url == server.url("/new")


@pytest.mark.parametrize("statuses", [(302, 301), (301, 302), (307, 308), (303, 303)])
async def test_one_temporary_redirect_keeps_the_old_address(statuses: tuple[int, int]) -> None:
    routes = {
        "/old": redirect("/newer", statuses[0]),
        "/newer": redirect("/new", statuses[1]),
        "/new": page(FEED),
    }
    async with serving(routes) as server, fetching() as fetcher:
        found = await fetcher.get(server.url("/old"))

    assert (found.moved_to, found.url) == (None, server.url("/new"))


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("sub/feed", "/a/sub/feed"),
        ("?page=2", "/a/b?page=2"),
        ("//127.0.0.1:{port}/feed", "/feed"),
        ("/with space/лента", "/with%20space/%D0%BB%D0%B5%D0%BD%D1%82%D0%B0"),
    ],
)
async def test_a_redirect_is_read_against_where_it_stands(location: str, target: str) -> None:
    async with serving({}) as server, fetching() as fetcher:
        sent = location.format(port=server.port).encode().decode("latin-1")
        server.routes = {"/a/b": in_turn(redirect(sent), page(FEED)), "*": page(FEED)}

        await fetcher.get(server.url("/a/b"))

    assert server.targets() == ["/a/b", target]


async def test_redirects_in_a_circle_end() -> None:
    routes = {"/a": redirect("/b", 301), "/b": redirect("/a", 301)}
    async with serving(routes) as server, fetching() as fetcher:
        error = await failure(fetcher, server.url("/a"))

    assert error.reason == "redirects"
    assert "circle" in str(error)
    assert server.targets() == ["/a", "/b"]


async def test_too_many_redirects_end() -> None:
    routes = {f"/{n}": redirect(f"/{n + 1}") for n in range(10)}
    async with serving(routes) as server, fetching(max_redirects=3) as fetcher:
        error = await failure(fetcher, server.url("/0"))

    assert error.reason == "redirects"
    assert "MAX_REDIRECTS" in str(error)
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "address"),
        ("http://[::1", "address"),
        ("http://exa mple/", "address"),
    ],
)
async def test_a_redirect_to_no_web_address_is_refused(location: str, reason: str) -> None:
    async with serving({"/a": redirect(location)}) as server, fetching() as fetcher:
        error = await failure(fetcher, server.url("/a"))

    assert error.reason == reason


async def test_user_and_password_reach_their_host_and_no_message() -> None:
    url = "http://ada:s3cret@127.0.0.1:{}/feed"
    async with serving({"*": page(FEED)}) as server, fetching() as fetcher:
        found = await fetcher.get(url.format(server.port))
        error = await failure(fetcher, "http://ada:s3cret@127.0.0.1:1/feed")

    proof = base64.b64encode(b"ada:s3cret").decode()
    assert server.asked[0].headers["authorization"] == f"Basic {proof}"
    assert "s3cret" not in found.url
    assert "s3cret" not in str(error)


async def test_an_account_moves_along_at_its_host() -> None:
    routes = {"/old": redirect("/new", 301), "/new": page(FEED)}
    async with serving(routes) as server, fetching() as fetcher:
        found = await fetcher.get(f"http://ada:s3cret@127.0.0.1:{server.port}/old")

    assert found.moved_to == f"http://ada:s3cret@127.0.0.1:{server.port}/new"
    assert "authorization" in server.asked[1].headers


async def test_neither_account_nor_validators_reach_another_host() -> None:
    async with serving({"*": page(FEED)}, host=ANY) as other, fetching() as fetcher:
        away = redirect(other.url("/new", host="127.0.0.2"), 301)
        async with serving({"*": away}) as server:
            found = await fetcher.get(
                f"http://ada:s3cret@127.0.0.1:{server.port}/old", etag='"one"', last_modified="x"
            )
        other_url = other.url("/new", host="127.0.0.2")

    assert "authorization" in server.asked[0].headers
    assert not {"authorization", "if-none-match", "if-modified-since"} & set(
        other.asked[0].headers
    )
    assert found.moved_to == other_url


@pytest.mark.parametrize(("status", "etag"), [(301, '"one"'), (302, None)])
async def test_a_validator_of_another_host_is_kept_only_if_that_is_asked_from_now_on(
    status: int, etag: str | None
) -> None:
    feed = page(FEED, headers={"ETag": '"one"'})
    async with serving({"*": feed}, host=ANY) as other, fetching() as fetcher:
        away = redirect(other.url("/new", host="127.0.0.2"), status)
        async with serving({"*": away}) as server:
            found = await fetcher.get(server.url("/old"))

    assert (found.etag, found.body) == (etag, FEED)


@pytest.mark.parametrize(
    ("path", "reason", "status"),
    [
        ("/empty", "empty", None),
        ("/nocontent", "empty", None),
        ("/gone", "gone", 410),
        ("/missing", "missing", 404),
        ("/busy", "unavailable", 503),
        ("/hangup", "connect", None),
        ("/garbage", "connect", None),
        ("/cut", "connect", None),
        ("/headers", "too_large", None),
        ("/informational", "too_large", None),
        ("/pieces", "too_large", None),
        ("/endless", "too_large", None),
        ("/circle", "redirects", None),
    ],
)
async def test_a_server_that_misbehaves_is_named(
    path: str, reason: str, status: int | None
) -> None:
    async with serving({}) as server:
        async with fetching(max_mb=1) as fetcher:
            error = await failure(fetcher, server.url(path))
        assert await server.all_closed()

    assert (error.reason, error.status) == (reason, status)
    assert server.url(path) in str(error)


@pytest.mark.parametrize("path", ["/silent", "/drip"])
async def test_a_server_that_takes_for_ever_is_left(path: str) -> None:
    began = time.perf_counter()
    async with serving({}) as server, fetching(timeout_s=0.3) as fetcher:
        error = await failure(fetcher, server.url(path))
        assert await server.all_closed()

    assert error.reason == "timeout"
    assert time.perf_counter() - began < 1.5


async def test_the_time_for_one_fetch_includes_its_redirects() -> None:
    routes = {f"/{n}": slow(redirect(f"/{n + 1}"), 0.12) for n in range(9)}
    async with serving(routes) as server, fetching(timeout_s=0.3, max_redirects=20) as fetcher:
        error = await failure(fetcher, server.url("/0"))

    assert error.reason == "timeout"
    assert len(server.asked) <= 3


async def test_an_answer_that_announces_too_much_is_not_read() -> None:
    feed = say(b"HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n<rss>")
    async with serving({"*": feed}) as server, fetching() as fetcher:
        error = await failure(fetcher, server.url("/feed"))

    assert error.reason == "too_large"
    assert "larger than 10 MB" in str(error)


@pytest.mark.parametrize(("encoding", "bomb"), [("gzip", gzip_bomb), ("br", brotli_bomb)])
async def test_a_bomb_takes_no_more_memory_than_allowed(
    encoding: str, bomb: Callable[[int], bytes]
) -> None:
    feed = page(bomb(60), headers={"Content-Encoding": encoding})
    async with serving({"*": feed}) as server, fetching(max_mb=2) as fetcher:
        await failure(fetcher, server.url("/warm/up"))
        tracemalloc.start()

        error = await failure(fetcher, server.url("/feed"))

        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert error.reason == "too_large"
    assert peak < 4e6  # the limit, a step, and what the server's side of the socket holds


async def test_two_gigabytes_are_left_at_the_limit() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss>"
    feed = endless(b"<item>news</item>" * 4_000, head=head, n_pieces=30_000)
    async with serving({"*": feed}) as server, fetching(max_mb=3) as fetcher:
        began = time.perf_counter()

        error = await failure(fetcher, server.url("/feed"))

        assert await server.all_closed()
    assert error.reason == "too_large"
    assert time.perf_counter() - began < 2


async def test_429_says_when_to_come_back_by_date_or_seconds() -> None:
    date, later = "Mon, 02 Mar 2026 12:00:00 GMT", "Mon, 02 Mar 2026 12:30:00 GMT"
    routes = {
        "/date": page(b"no", status=429, headers={"Retry-After": later, "Date": date}),
        "/seconds": page(b"no", status=503, headers={"Retry-After": "90"}),
    }
    async with serving(routes) as server, fetching() as fetcher:
        limited = await failure(fetcher, server.url("/date"))
        busy = await failure(fetcher, server.url("/seconds"))

    assert (limited.reason, limited.status, limited.retry_after_s) == ("limited", 429, 1_800.0)
    assert (busy.reason, busy.retry_after_s) == ("unavailable", 90.0)


async def test_304_without_a_question_is_no_success() -> None:
    async with serving({"*": say(b"HTTP/1.1 304 X\r\n\r\n")}) as server, fetching() as fetcher:
        error = await failure(fetcher, server.url("/feed"))

    assert (error.reason, error.status) == ("http", 304)


async def test_a_connection_is_used_again_and_closed_at_the_end() -> None:
    async with serving({"*": page(FEED)}) as server:
        async with fetching() as fetcher:
            for _ in range(5):
                await fetcher.get(server.url("/feed"))

        assert server.n_connections == 1
        assert await server.all_closed()


async def test_a_kept_connection_that_the_server_closed_costs_nothing() -> None:
    feed = in_turn(page(FEED), hang_up, page(FEED))
    async with serving({"*": feed}) as server, fetching() as fetcher:
        await fetcher.get(server.url("/feed"))

        found = await fetcher.get(server.url("/feed"))

    assert (found.body, server.n_connections) == (FEED, 2)


async def test_a_server_that_always_hangs_up_is_asked_once() -> None:
    async with serving({"*": hang_up}) as server, fetching() as fetcher:
        await failure(fetcher, server.url("/feed"))

    assert len(server.asked) == 1


async def test_many_slow_fetches_leave_quick_ones_their_places() -> None:
    routes = {"/stuck": slow(page(FEED), 30), "*": page(FEED)}
    async with (
        serving(routes, host=ANY) as server,
        fetching(in_flight=4, timeout_s=20) as fetcher,
    ):
        stuck = [asyncio.create_task(fetcher.get(server.url("/stuck"))) for _ in range(30)]
        await asyncio.sleep(0.05)

        hosts = [f"127.0.0.{n}" for n in range(2, 30)]
        pages = await asyncio.wait_for(
            asyncio.gather(*(fetcher.get(server.url("/f", host=host)) for host in hosts)), 5
        )

        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
    assert len(pages) == 28


async def test_closing_ends_fetches_that_run_and_leaves_no_connection_or_task() -> None:
    before = asyncio.all_tasks()
    async with serving({}) as server:
        async with fetching(timeout_s=20) as fetcher:
            running = asyncio.create_task(failure(fetcher, server.url("/silent")))
            while not server.asked:  # noqa: ASYNC110 - a test
                await asyncio.sleep(0.005)
        error = await asyncio.wait_for(running, 2)

        assert await server.all_closed()
    await asyncio.sleep(0)
    assert error.reason == "connect"
    assert asyncio.all_tasks() <= before


async def test_a_cancelled_fetch_leaves_no_connection() -> None:
    async with serving({}) as server, fetching(timeout_s=20) as fetcher:
        tasks = [asyncio.create_task(fetcher.get(server.url("/drip"))) for _ in range(4)]
        await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

        assert await server.all_closed()
