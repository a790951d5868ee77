"""Connections that are kept for a moment after an answer, because the next one is soon."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core.errors import SourceFailed
from services.adapters.sources.addresses import WebAddress
from services.adapters.sources.connecting import Connector
from services.adapters.sources.guarding import NetworkGuard
from services.adapters.sources.http1 import Answer, Broken, Connection, Headers
from services.adapters.sources.proxying import Proxy
from services.adapters.sources.resolving import Resolver

KEEP_S = 4.0
"""Common servers close an idle connection after five seconds or more."""

MAX_KEPT = 32

_Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    connection: Connection
    expiry: asyncio.TimerHandle


class Connections:
    """Sends requests over fresh or kept connections; none outlives `KEEP_S` without use."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._kept: dict[_Origin, list[_Kept]] = {}
        self._n_kept = 0

    @asynccontextmanager
    async def ask(self, at: WebAddress, target: str, headers: Headers) -> AsyncIterator[Answer]:
        """Send a GET request; the answer can be read inside the block.

        Args:
            at: Where to send it.
            target: What to ask for: a path with its query, or a whole address for a proxy.
            headers: All headers of the request, `Host` among them.

        Raises:
            SourceFailed: If there is no answer, or it breaks off while it is read.
        """
        origin = (at.scheme, at.host, at.port)
        kept = self._take(origin)
        connection = kept or await self._fresh(at)
        try:
            try:
                answer = await connection.ask(target, headers, url=at.url)
            except Broken as error:
                if kept is None or not error.is_silent:
                    raise
                # The host let go of the kept connection just when it was used.
                self._connector.close(connection.stream)
                connection = await self._fresh(at)
                answer = await connection.ask(target, headers, url=at.url)
            yield answer
        except Broken as error:
            raise SourceFailed(
                f"{at.url} broke off, or speaks no HTTP ({error}); it may answer later",
                reason="connect",
            ) from error
        finally:
            self._give_back(origin, connection)

    async def aclose(self) -> None:
        """Close every connection, used ones as well."""
        for origin, kept in [(o, k) for o, many in self._kept.items() for k in many]:
            self._forget(origin, kept)
        await self._connector.aclose()

    async def _fresh(self, at: WebAddress) -> Connection:
        return Connection(await self._connector.open(at))

    def _take(self, origin: _Origin) -> Connection | None:
        """Give a kept connection that is still good, the freshest first."""
        while kept := self._kept.get(origin):
            last = kept[-1]
            self._forget(origin, last)
            if last.connection.stream.is_usable:
                return last.connection
            self._connector.close(last.connection.stream)
        return None

    def _give_back(self, origin: _Origin, connection: Connection) -> None:
        if self._n_kept >= MAX_KEPT or not connection.is_reusable():
            self._connector.close(connection.stream)
            return
        expiry = asyncio.get_running_loop().call_later(KEEP_S, self._expire, origin, connection)
        self._kept.setdefault(origin, []).append(_Kept(connection, expiry))
        self._n_kept += 1

    def _expire(self, origin: _Origin, connection: Connection) -> None:
        for kept in self._kept.get(origin, ()):
            if kept.connection is connection:
                self._forget(origin, kept)
                self._connector.close(connection.stream)
                return

    def _forget(self, origin: _Origin, kept: _Kept) -> None:
        kept.expiry.cancel()
        self._kept[origin].remove(kept)
        self._n_kept -= 1
        if not self._kept[origin]:
            del self._kept[origin]


def make_connections(
    guard: NetworkGuard, resolve: Resolver, *, connect_s: float, proxy: Proxy | None
) -> Connections:
    """Build what fetches send their requests over; see `Connector` for the arguments."""
    return Connections(Connector(guard, resolve, connect_s=connect_s, proxy=proxy))
