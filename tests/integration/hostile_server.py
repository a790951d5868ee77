"""A web server on the loopback that behaves as it is told, well or badly, path by path.

In a test: `async with serving({"/feed.xml": page(FEED)}) as server: … server.url("/feed.xml")`.
As a process of its own: `python -m tests.integration.hostile_server [PORT [CHAIN KEY]]` prints its
port and serves `by_path`: the first part of a path names the behaviour (`/feed/7`, `/drip/1`).
"""

import asyncio
import contextlib
import gzip
import ssl
import sys
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache

FEED_TYPE = "application/rss+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    at: float

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Wire:
    """The connection a request came on."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


Behaviour = Callable[[Asked, Wire], Awaitable[None]]
"""Answers a request. Whoever closes the writer ends the connection, else another may follow."""


@dataclass
class HostileServer:
    """What a test sees of the running server."""

    routes: Mapping[str, Behaviour]
    scheme: str = "http"
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    n_connections: int = 0

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def n_open(self) -> int:
        """How many connections are open now."""
        return len(self.writers)

    def targets(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.target for asked in self.asked]

    async def all_closed(self, *, within_s: float = 2) -> bool:
        """Whether every connection is closed, or will be soon."""
        end = asyncio.get_running_loop().time() + within_s
        while self.n_open and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 - a test
            await asyncio.sleep(0.005)
        return not self.n_open

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.writers.add(writer)
        self.n_connections += 1
        wire = Wire(reader, writer)
        try:
            while not writer.is_closing():
                asked = _parse(await reader.readuntil(b"\r\n\r\n"))
                self.asked.append(asked)
                behaviour = self.routes.get(asked.path) or self.routes.get("*") or by_path
                await behaviour(asked, wire)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client let go, which is its right
        finally:
            self.writers.discard(writer)
            writer.close()


@asynccontextmanager
async def serving(
    routes: Mapping[str, Behaviour],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[HostileServer]:
    """Serve some paths; `"*"` stands for every other one, and without it `by_path` answers."""
    state = HostileServer(routes, scheme="https" if tls else "http")
    server = await asyncio.start_server(state.serve, host, port, ssl=tls, backlog=1024)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        for writer in list(state.writers):
            writer.transport.abort()
        await asyncio.sleep(0.01 if state.writers else 0)  # for the handlers to see it


def page(
    body: bytes | str = b"",
    *,
    status: int = 200,
    kind: str = FEED_TYPE,
    headers: Mapping[str, str] | None = None,
) -> Behaviour:
    """Answer properly; with an `ETag` among the headers, 304 to whoever knows it."""
    content = body.encode() if isinstance(body, str) else body
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    whole = (
        f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n{more}"
    ).encode("latin-1") + (b"\r\n" + content)
    unchanged = f"HTTP/1.1 304 Not Modified\r\n{more}\r\n".encode("latin-1")
    etag = (headers or {}).get("ETag")

    async def answer(asked: Asked, wire: Wire) -> None:
        is_known = etag is not None and asked.headers.get("if-none-match") == etag
        wire.writer.write(unchanged if is_known else whole)

    return answer


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave differently each time; the last behaviour stays."""
    left = list(behaviours)

    async def answer(asked: Asked, wire: Wire) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(asked, wire)

    return answer


def redirect(to: str, status: int = 302) -> Behaviour:
    """Send the client elsewhere."""
    return page(b"moved", status=status, headers={"Location": to})


def say(data: bytes) -> Behaviour:
    """Write exactly these bytes and hang up."""

    async def answer(asked: Asked, wire: Wire) -> None:
        await wire.send(data)
        wire.writer.close()

    return answer


def endless(piece: bytes, *, head: bytes, n_pieces: int | None = None) -> Behaviour:
    """Write a head, then the same piece again and again, as fast as the client reads."""

    async def answer(asked: Asked, wire: Wire) -> None:
        await wire.send(head)
        n_left = n_pieces
        while n_left is None or n_left > 0:
            await wire.send(piece)
            n_left = None if n_left is None else n_left - 1
        wire.writer.close()

    return answer


def drip(body: bytes, *, pause_s: float = 0.05) -> Behaviour:
    """Write a good answer one byte at a time."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    async def answer(asked: Asked, wire: Wire) -> None:
        await wire.send(head)
        for position in range(len(body)):
            await wire.send(body[position : position + 1])
            await asyncio.sleep(pause_s)

    return answer


async def silent(asked: Asked, wire: Wire) -> None:
    """Take the request and never say a word, until the client hangs up."""
    while await wire.reader.read(1024):
        pass
    wire.writer.close()


async def hang_up(asked: Asked, wire: Wire) -> None:
    """Close without a word."""
    wire.writer.close()


def closing(behaviour: Behaviour) -> Behaviour:
    """Behave, then hang up; the answer should say `Connection: close`."""

    async def answer(asked: Asked, wire: Wire) -> None:
        await behaviour(asked, wire)
        wire.writer.close()

    return answer


def slow(behaviour: Behaviour, pause_s: float) -> Behaviour:
    """Think for a while first."""

    async def answer(asked: Asked, wire: Wire) -> None:
        await asyncio.sleep(pause_s)
        await behaviour(asked, wire)

    return answer


@cache
def gzip_bomb(n_mb: int) -> bytes:
    """Zeros, packed a thousandfold."""
    packer = zlib.compressobj(4, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(n_mb)) + packer.flush()


@cache
def brotli_bomb(n_mb: int) -> bytes:
    """Zeros, packed even more."""
    import brotli  # type: ignore[import-untyped]

    packer = brotli.Compressor(quality=5)
    packed: list[bytes] = [packer.process(bytes(2**20)) for _ in range(n_mb)]
    return b"".join([*packed, packer.finish()])


def feed_xml(name: str, *, n_items: int = 20, words: int = 40) -> bytes:
    """An RSS feed with invented items; the same name gives the same bytes."""
    items = "".join(
        f"<item><title>{name}: report {n}</title><link>https://{name}.example/{n}</link>"
        f"<guid>{name}-{n}</guid><pubDate>Mon, 02 Mar 2026 {n % 24:02}:15:00 GMT</pubDate>"
        f"<description>{' '.join(f'word{name}{n}x{i}' for i in range(words))}</description></item>"
        for n in range(n_items)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{name}</title>'
        f"<link>https://{name}.example/</link><description>{name}</description>{items}"
        "</channel></rss>"
    ).encode()


_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/xml\r\n\r\n"
_UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"

BAD: Mapping[str, Behaviour] = {
    "silent": silent,
    "hangup": hang_up,
    "drip": drip(feed_xml("drip"), pause_s=0.2),
    "endless": endless(b"4000\r\n" + b"<item/> " * 2048 + b"\r\n", head=_CHUNKED),
    "pieces": endless(b"1\r\nx\r\n" * 500, head=_CHUNKED),
    "headers": endless(b"X-More: " + b"a" * 1000 + b"\r\n", head=b"HTTP/1.1 200 OK\r\n"),
    "informational": endless(b"HTTP/1.1 103 Early\r\n\r\n" * 100, head=b""),
    "garbage": say(b"\x00\xff not HTTP at all\r\n\r\n"),
    "cut": say(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<rss><channel>"),
    "empty": page(b""),
    "nocontent": say(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "gone": page(b"gone", status=410),
    "missing": page(b"no", status=404),
    "busy": page(b"no", status=503),
    "page": page("<!doctype html><title>Shop</title><p>Not a feed.", kind="text/html"),
    "circle": redirect("/circle"),
}
"""Behaviours by the first part of a path; `/bomb` and `/feed` are made when they are asked for."""


@cache
def _made(name: str) -> Behaviour:
    kind, _, _ = name.partition("/")
    if kind == "bomb":
        return page(gzip_bomb(200), headers={"Content-Encoding": "gzip"})
    feed = feed_xml(name.replace("/", "-"))
    headers = {"ETag": f'"{zlib.crc32(name.encode())}"', "Cache-Control": "max-age=300"}
    if kind == "close":
        return closing(page(feed, headers={**headers, "Connection": "close"}))
    if kind == "same":
        return page(feed)
    return page(feed, headers=headers)


async def by_path(asked: Asked, wire: Wire) -> None:
    """Behave as the first part of the path says.

    `/feed/<any>` is a good feed of its own, `/close/<any>` one that hangs up after each answer,
    `/same/<any>` one without validators; `BAD` names the others.
    """
    name = asked.path.strip("/")
    if name.startswith("bomb"):
        await asyncio.to_thread(gzip_bomb, 200)  # half a second, the first time
    await (BAD.get(name.partition("/")[0]) or _made(name))(asked, wire)


def gzipped(body: bytes) -> Behaviour:
    """Answer properly, packed."""
    return page(gzip.compress(body), headers={"Content-Encoding": "gzip"})


def _parse(head: bytes) -> Asked:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, colon, value in pairs if colon}
    return Asked(method, target, headers, asyncio.get_running_loop().time())


async def _main(port: int, chain: str | None = None, key: str | None = None) -> None:
    tls = None
    if chain is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(chain, key)
    every = "0.0.0.0"  # noqa: S104 - of the loopback, 127.x.y.z, which nobody else reaches
    async with serving({}, host=every, port=port, tls=tls) as server:
        print(server.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(int((sys.argv[1:] or ["0"])[0]), *sys.argv[2:4]))
