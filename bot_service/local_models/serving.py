"""One listening port: it can be closed and opened again while requests are under way."""

import asyncio
import errno
import socket
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from bot_service.local_models.endings import ABORT, CLOSE
from bot_service.local_telegram.guard import is_loopback_host

BACKLOG = 1_024
KEEP_ALIVE_S = 75
"""Longer than clients keep idle connections, so that none is closed under a request."""

PORTS_TRIED = 50


class PortTaken(OSError):
    """The wanted port is taken; `free` is the next one that is not, None where all are."""

    def __init__(self, message: str, *, free: int | None) -> None:
        super().__init__(errno.EADDRINUSE, message)
        self.free = free


class Port:
    """A listener that serves `app` on `host`; `number` is its port, 0 before it is opened."""

    def __init__(self, app: ASGIApp, host: str, number: int = 0) -> None:
        self.number = number
        self._host = host
        self._state = ServerState()
        self._config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        self._config.load()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it is reached."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether connections are taken."""
        return self._server is not None

    async def open(self) -> None:
        """Take connections.

        Raises:
            PortTaken: Somebody else has the port.
            OSError: The host is no address of this machine.
        """
        if self._server is not None:
            return
        listener = listen(self._host, self.number)
        self.number = listener.getsockname()[1]
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Protocol(self._config, self._state, {}), sock=listener
        )

    async def close(self) -> None:
        """Refuse connections, and end the open ones in mid-sentence."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for connection in tuple(self._state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        # A transport tells its protocol that it is gone in the next turn of the loop.
        await asyncio.sleep(0)

    async def stop(self) -> None:
        """Close, and end the requests that wait for something else than their client."""
        await self.close()
        tasks = tuple(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Protocol(HttpToolsProtocol):
    """Lets a request end its own connection, as a provider that falls over does."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope = cast(dict[str, object], self.scope)  # what ASGI knows, and two keys of ours
        scope[ABORT] = self.transport.abort
        scope[CLOSE] = self.transport.close


def listen(host: str, port: int) -> socket.socket:
    """Give a listening socket on a loopback address; port 0 lets the system choose.

    Raises:
        ValueError: The address is not loopback.
        PortTaken: Somebody else has the port.
        OSError: The host is no address of this machine.
    """
    if not is_loopback_host(f"[{host}]" if ":" in host else host):
        raise ValueError(f"the stand-ins serve loopback only, not {host!r}")
    try:
        return _bind(host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise OSError(error.errno, f"cannot listen on {host!r}: {error}") from error
        free = _next_free(host, port + 1)
        raise PortTaken(f"port {port} on {host} is taken", free=free) from error


def _next_free(host: str, port: int) -> int | None:
    for candidate in range(port, min(port + PORTS_TRIED, 65_536)):
        try:
            _bind(host, candidate).close()
        except OSError:
            continue
        return candidate
    return None


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio turns Nagle's delay of 40 ms off.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
