"""Where a fetch may lead: the guard at every hop and every resolution, certificates, proxies."""

import asyncio
import ssl
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SettingError, SourceFailed
from schemas.settings import FetchSettings
from services.adapters.sources.fetch import Fetcher
from tests.integration.certificates import Certificate, write_certificate
from tests.integration.fetchers import failure, fetching, resolving
from tests.integration.hostile_server import (
    HostileServer,
    closing,
    feed_xml,
    page,
    redirect,
    say,
    serving,
)
from tests.integration.proxy_server import proxying

FEED = feed_xml("coast")
HERE = frozenset({"127.0.0.1/32"})
NOTHING: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return write_certificate(tmp_path_factory.mktemp("tls"), "feeds.example")


@pytest.fixture
def tls(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://127.1:{port}/",
        "http://0x7f000001:{port}/",
        "http://2130706433:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0:{port}/",
    ],
)
async def test_this_computer_is_not_fetched_from(address: str) -> None:
    async with serving({"*": page(FEED)}) as server, fetching(allowed_networks=NOTHING) as fetcher:
        error = await failure(fetcher, address.format(port=server.port))

    assert error.reason == "forbidden"
    assert server.n_connections == 0


async def test_a_redirect_to_this_computer_is_not_followed() -> None:
    async with serving({"*": page(FEED)}, host="127.0.0.2") as inner:
        away = redirect(inner.url("/secret", host="127.0.0.2"), 301)
        async with serving({"*": away}) as server, fetching(allowed_networks=HERE) as fetcher:
            error = await failure(fetcher, server.url("/feed"))

    assert error.reason == "forbidden"
    assert inner.n_connections == 0


async def test_a_name_that_leads_inside_is_refused_with_both_its_names() -> None:
    resolve = resolving({"feeds.example": ["10.0.0.5", "192.168.1.1"]})
    async with fetching(resolve=resolve) as fetcher:
        error = await failure(fetcher, "http://feeds.example/feed")

    assert error.reason == "forbidden"
    assert "feeds.example leads to 192.168.1.1" in str(error)


async def test_a_name_that_resolves_elsewhere_the_second_time_is_connected_to_as_checked() -> None:
    answers = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"]]

    async def rebind(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    routes = {"*": page(FEED, headers={"Connection": "close"})}
    async with (
        serving(routes, host="127.0.0.2") as inner,
        serving(routes, port=inner.port) as server,
        fetching(resolve=rebind, allowed_networks=HERE) as fetcher,
    ):
        first = await fetcher.get(f"http://feeds.example:{server.port}/feed")
        second = await failure(fetcher, f"http://feeds.example:{server.port}/feed")

    assert (first.body, second.reason) == (FEED, "forbidden")
    assert len(answers) == 1  # one resolution for each fetch: what was checked was used
    assert inner.n_connections == 0


async def test_of_several_addresses_only_allowed_ones_are_tried_until_one_answers() -> None:
    async with serving({"*": page(FEED)}) as server:
        resolve = resolving({"feeds.example": ["10.0.0.5", "127.0.0.3", "127.0.0.1"]})
        async with fetching(resolve=resolve) as fetcher:
            found = await fetcher.get(f"http://feeds.example:{server.port}/feed")

    assert found.body == FEED
    assert server.asked[0].headers["host"] == f"feeds.example:{server.port}"


async def test_a_name_that_does_not_exist_is_named() -> None:
    async with fetching(resolve=resolving({})) as fetcher:
        error = await failure(fetcher, "http://nowhere.example/feed")

    assert error.reason == "dns"
    assert "'nowhere.example' does not resolve (Name or service not known)" in str(error)


async def test_the_system_resolves_names_and_dead_ones_hold_up_nobody() -> None:
    stuck = asyncio.Event()

    async def resolve(host: str, port: int) -> Sequence[str]:
        if host == "dead.example":
            await stuck.wait()
        return ["127.0.0.1"]

    async with serving({"*": page(FEED)}) as server:
        async with fetching(resolve=resolve, connect_s=0.2) as fetcher:
            dead = asyncio.create_task(failure(fetcher, "http://dead.example/feed"))
            alive = await fetcher.get(f"http://alive.example:{server.port}/feed")
            error = await dead
        async with fetching() as fetcher:
            local = await fetcher.get(f"http://localhost:{server.port}/feed")

    assert (alive.body, local.body, error.reason) == (FEED, FEED, "timeout")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"allowed_networks": frozenset({"10.1.0/16"})}, r"'10\.1\.0/16', which is no network"),
        ({"proxy": "http://:3128"}, "is no address of a proxy"),
        ({"proxy": "http://proxy:99999"}, "is no address of a proxy"),
    ],
)
def test_a_wrong_setting_stops_the_start(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        Fetcher(FetchSettings(**settings), user_agent="Newsdesk test")


async def test_a_certificate_is_verified_for_the_name_not_the_address(
    certificate: Certificate, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.ca))
    resolve = resolving({"feeds.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    async with (
        serving({"*": page(FEED)}, tls=tls) as server,
        fetching(resolve=resolve) as fetcher,
    ):
        found = await fetcher.get(f"https://feeds.example:{server.port}/feed")
        error = await failure(fetcher, f"https://other.example:{server.port}/feed")

    assert found.body == FEED
    assert error.reason == "tls"
    assert "Hostname mismatch" in str(error)


async def test_a_certificate_that_nobody_vouches_for_is_refused(tls: ssl.SSLContext) -> None:
    resolve = resolving({"feeds.example": ["127.0.0.1"]})
    async with serving({"*": page(FEED)}, tls=tls) as server:
        async with fetching(resolve=resolve) as fetcher:
            error = await failure(fetcher, f"https://feeds.example:{server.port}/feed")
        assert await server.all_closed()

    assert error.reason == "tls"
    assert server.asked == []


async def test_https_to_a_server_without_tls_fails_in_time() -> None:
    async with serving({}) as server:
        began = time.perf_counter()
        async with fetching(connect_s=0.3) as fetcher:
            error = await failure(fetcher, f"https://127.0.0.1:{server.port}/feed")
        assert await server.all_closed()

    assert error.reason == "timeout"
    assert time.perf_counter() - began < 1.5


async def fetch_through(scheme: str, account: str | None, server: HostileServer) -> list[str]:
    """Fetch two addresses of `feeds.example` by a proxy; gives what the proxy was asked for."""
    async with proxying(account=account) as proxy:
        at = f"{quote(account, safe=':')}@127.0.0.1" if account else "127.0.0.1"
        settings = {"proxy": f"{scheme}://{at}:{proxy.port}", "allowed_networks": NOTHING}
        resolve = resolving({"feeds.example": ["203.0.114.7"]})
        async with fetching(resolve=resolve, **settings) as fetcher:
            for path in ("/one", "/two"):
                found = await fetcher.get(server.url(path, host="feeds.example"))
                assert found.body == FEED
        return proxy.reached


@pytest.mark.parametrize("account", [None, "ada:pass word"])
@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
async def test_a_proxy_fetches_for_the_desk(scheme: str, account: str | None) -> None:
    feed = closing(page(FEED, headers={"Connection": "close"}))
    async with serving({"*": feed}) as server:
        reached = await fetch_through(scheme, account, server)

    host = "203.0.114.7" if scheme == "socks5" else "feeds.example"
    assert set(reached) == {f"{host}:{server.port}"}
    assert server.targets() == ["/one", "/two"]


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
async def test_tls_goes_through_a_proxy_to_the_host(
    scheme: str, certificate: Certificate, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.ca))
    async with serving({"*": page(FEED)}, tls=tls) as server:
        reached = await fetch_through(scheme, None, server)

    assert set(reached) == {f"feeds.example:{server.port}"}


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "printer", "metadata.google.internal"])
async def test_a_proxy_is_not_asked_for_inner_hosts(scheme: str, host: str) -> None:
    resolve = resolving({name: ["10.0.0.1"] for name in ("localhost", "printer")})
    async with proxying() as proxy:
        settings = {"proxy": f"{scheme}://127.0.0.1:{proxy.port}", "allowed_networks": NOTHING}
        async with fetching(resolve=resolve, **settings) as fetcher:
            error = await failure(fetcher, f"http://{host}/feed")

    assert error.reason in ("forbidden", "dns")
    assert proxy.reached == []


@pytest.mark.parametrize(
    ("scheme", "url", "reason", "words"),
    [
        ("http", "https://feeds.example:1/feed", "connect", "it answered 502"),
        ("socks5h", "http://feeds.example:1/feed", "connect", "nobody listens there"),
    ],
)
async def test_a_proxy_that_cannot_reach_the_host_is_named(
    scheme: str, url: str, reason: str, words: str
) -> None:
    async with (
        proxying() as proxy,
        fetching(proxy=f"{scheme}://127.0.0.1:{proxy.port}") as fetcher,
    ):
        error = await failure(fetcher, url)

    assert error.reason == reason
    assert words in str(error)


@pytest.mark.parametrize(
    ("scheme", "url"),
    [
        ("http", "http://feeds.example/feed"),
        ("http", "https://feeds.example/feed"),
        ("socks5h", "http://feeds.example/feed"),
    ],
)
async def test_a_proxy_that_wants_another_account_is_named(scheme: str, url: str) -> None:
    async with (
        proxying(account="ada:right") as proxy,
        fetching(proxy=f"{scheme}://ada:wr0ng@127.0.0.1:{proxy.port}") as fetcher,
    ):
        error = await failure(fetcher, url)

    assert (error.reason, error.status) == ("denied", 407)
    assert "wr0ng" not in str(error)


HEADS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.0 200",
        b"HTTP/1.1 302 Found\r\nLocation: /feed",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9",
        b"HTTP/1.1 304 Not Modified",
        b"HTTP/1.1 101 Switching Protocols",
        b"HTTP/9.9 999 \xff",
        b"",
    ]
)


@settings(max_examples=60, deadline=None)
@given(HEADS, st.binary(max_size=60), st.sampled_from([b"\r\n\r\n", b"\n\n", b"\r\n", b""]))
def test_whatever_a_server_says_is_a_page_or_a_named_failure(
    head: bytes, rest: bytes, gap: bytes
) -> None:
    async def ask() -> None:
        async with serving({"*": say(head + gap + rest)}) as server:
            async with fetching(timeout_s=2) as fetcher:
                with suppress(SourceFailed):
                    await fetcher.get(server.url("/feed"), etag='"one"')
            assert await server.all_closed()

    asyncio.run(ask())


async def test_nothing_is_imported_or_opened_before_the_first_fetch() -> None:
    code = (
        "import sys; from schemas.settings import FetchSettings, SourceSettings;"
        "from services.adapters.sources.fetch import Fetcher;"
        "from services.adapters.sources.reading import SourceReader;"
        "SourceReader(Fetcher(FetchSettings(), user_agent='x'), SourceSettings());"
        "print(sorted({'h11', 'httpx', 'lxml', 'feedparser', 'trafilatura', 'brotli'}"
        " & set(sys.modules)))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )

    printed, _ = await process.communicate()

    assert printed.decode().strip() == "[]"
