"""Streams to hosts: the name is resolved here, and what was checked is what is connected to.

A name may resolve to a public address when it is checked and to a private one when it is used
(DNS rebinding). So there is no second resolution: the checked address itself is connected to,
while TLS still verifies the name.
"""

import asyncio
import os
import ssl
from collections.abc import Sequence

from core.errors import SourceFailed
from services.adapters.sources.addresses import WebAddress
from services.adapters.sources.guarding import NetworkGuard, is_ip
from services.adapters.sources.proxying import Proxy, tunnel
from services.adapters.sources.resolving import Resolver, cannot_resolve

READ_BYTES = 32 * 1024
"""Read at once; a hostile answer keeps the event loop no longer than this many bytes take."""

MAX_ADDRESSES = 4
"""Addresses of one name that are tried, each with its share of the time."""


class Stream:
    """Bytes to and from one host, over TCP or TLS."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @property
    def is_usable(self) -> bool:
        """Whether nothing came, not even the end, since the last answer was read."""
        is_over = self._reader.at_eof() or self._reader.exception() is not None
        return not is_over and not self._writer.is_closing()

    async def read(self) -> bytes:
        """Give what comes next, empty at the end.

        Raises:
            OSError: If the connection broke.
        """
        return await self._reader.read(READ_BYTES)

    async def read_exactly(self, n_bytes: int) -> bytes:
        """Give exactly so many bytes.

        Raises:
            OSError: If the connection broke or ended before.
        """
        try:
            return await self._reader.readexactly(n_bytes)
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("it hung up") from error

    async def write(self, data: bytes) -> None:
        """Send some bytes.

        Raises:
            OSError: If the connection broke.
        """
        self._writer.write(data)
        await self._writer.drain()

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on encrypted, with a peer that proves to be `host`.

        Raises:
            SourceFailed: With reason `tls`.
            OSError: If the connection broke.
        """
        try:
            await self._writer.start_tls(context, server_hostname=host)
        except (ssl.SSLError, ssl.CertificateError) as error:
            why = getattr(error, "verify_message", "") or getattr(error, "reason", "") or error
            raise SourceFailed(
                f"{host} has no valid certificate or speaks no TLS there ({why})", reason="tls"
            ) from error

    def close(self) -> None:
        """Let go at once, without waiting for a peer that may never answer."""
        self._writer.transport.abort()


class Connector:
    """Opens streams to hosts, directly or through a proxy."""

    def __init__(
        self, guard: NetworkGuard, resolve: Resolver, *, connect_s: float, proxy: Proxy | None
    ) -> None:
        """Prepare; nothing is opened.

        Args:
            guard: Says what may be connected to. The proxy itself, being a setting, always may.
            resolve: Gives the addresses of a name.
            connect_s: Seconds for everything until bytes can be exchanged.
            proxy: What to go through, None to go directly.
        """
        self._guard = guard
        self._resolve = resolve
        self._connect_s = connect_s
        self._proxy = proxy
        self._context: ssl.SSLContext | None = None
        self._context_lock = asyncio.Lock()
        self._open: set[Stream] = set()
        self._is_closed = False

    async def open(self, at: WebAddress) -> Stream:
        """Open a stream on which requests for `at` can be sent.

        Raises:
            SourceFailed: With reason `forbidden`, `dns`, `connect`, `tls`, `timeout` or `denied`.
        """
        try:
            async with asyncio.timeout(self._connect_s):
                return await self._opened(at)
        except TimeoutError as error:
            raise SourceFailed(
                f"{at.host} did not let itself be reached within {self._connect_s:g} s; "
                "it may answer later",
                reason="timeout",
            ) from error
        except OSError as error:
            raise SourceFailed(
                f"{at.host}:{at.port} cannot be reached ({_words(error)}); it may answer later",
                reason="connect",
            ) from error

    def close(self, stream: Stream) -> None:
        """Close a stream that was opened here."""
        self._open.discard(stream)
        stream.close()

    async def aclose(self) -> None:
        """Close every stream; whoever reads from one sees it break."""
        self._is_closed = True
        while self._open:
            self._open.pop().close()
        # Transports let go of their sockets one turn of the loop after they were told to, and
        # those under TLS one turn later.
        for _ in range(3):
            await asyncio.sleep(0)

    async def _opened(self, at: WebAddress) -> Stream:
        proxy = self._proxy
        host = at.host
        if proxy is None:
            stream = await self._reach(await self._checked(host, at.port), at.port)
        else:
            if proxy.resolves:
                # It is the proxy that will resolve the name, so what it resolves to cannot be
                # checked here; an administrator who sets a proxy decides what it may reach.
                self._guard.check_unresolved(host)
            else:
                host = (await self._checked(host, at.port))[0]
            stream = await self._reach(await self._addresses(proxy.host, proxy.port), proxy.port)
        try:
            if proxy is not None:
                if proxy.scheme == "https":
                    await stream.start_tls(await self._tls(), proxy.host)
                await tunnel(stream, proxy, host=host, port=at.port, scheme=at.scheme)
            if at.scheme == "https":
                await stream.start_tls(await self._tls(), at.host)
        except BaseException:
            self.close(stream)
            raise
        return stream

    async def _checked(self, host: str, port: int) -> list[str]:
        """Give the addresses of a host that may be connected to; there is at least one."""
        checked: list[str] = []
        refused: SourceFailed | None = None
        for address in await self._addresses(host, port):
            try:
                checked.append(self._guard.check_ip(address))
            except SourceFailed as error:
                refused = error
        if not checked and refused is not None:
            if is_ip(host):
                raise refused
            raise SourceFailed(
                f"{host} leads to {address}: {refused}", reason="forbidden"
            ) from refused
        return checked

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        if is_ip(host):
            return [host]
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise cannot_resolve(host, error) from error
        if not found:
            raise cannot_resolve(host, OSError("it has no address"))
        return found

    async def _reach(self, addresses: Sequence[str], port: int) -> Stream:
        """Connect to the first of these addresses that answers."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._connect_s
        tried = addresses[:MAX_ADDRESSES]
        for position, address in enumerate(tried):
            share_s = (end - loop.time()) / (len(tried) - position)
            try:
                async with asyncio.timeout(share_s):
                    return self._registered(await asyncio.open_connection(address, port))
            except OSError:  # TimeoutError is one too
                if position == len(tried) - 1:
                    raise
        raise ConnectionError("it has no address")

    def _registered(self, pair: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> Stream:
        stream = Stream(*pair)
        if self._is_closed:
            stream.close()
            raise ConnectionError("fetching has ended")
        self._open.add(stream)
        return stream

    async def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            async with self._context_lock:
                if self._context is None:
                    self._context = await asyncio.to_thread(_trusting_context)
        return self._context


def _words(error: OSError) -> str:
    """Say what the system says; asyncio puts the address where the reason should be."""
    return os.strerror(error.errno) if error.errno else str(error)


def _trusting_context() -> ssl.SSLContext:
    """Trust what this computer trusts and what Mozilla trusts; takes 20 ms or more.

    A slim container has no certificates of its own, while a company's computers trust more than
    the public list.
    """
    import certifi  # noqa: PLC0415 - only those who fetch need it

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context
