"""A web server inside the desk's own event loop."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import structlog
import uvicorn
from starlette.types import ASGIApp

logger = structlog.get_logger(__name__)

MAX_PORTS = 50
"""How many ports are tried, the wanted one included."""

GRACE_S = 2


class WebServer:
    """A running server; `port` is the one that was really bound."""

    def __init__(self, server: uvicorn.Server, task: "asyncio.Task[None]", sock: socket.socket):
        self._server = server
        self._task = task
        name = sock.getsockname()
        # A Unix socket has a path and no port.
        is_unix = isinstance(name, str)
        self.host: str = name if is_unix else name[0]
        self.port: int = 0 if is_unix else name[1]

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104 - compared
        host = "::1" if host == "::" else host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def aclose(self) -> None:
        """Stop taking requests, let the running ones end, release the port."""
        self._server.should_exit = True
        await self._task


async def serve(app: ASGIApp, *, host: str, port: int) -> WebServer:
    """Serve `app` until it is closed; gives back when requests are taken.

    A taken port gives way to the next free one; port 0 lets the system choose.

    Raises:
        OSError: The address is not of this machine, or all ports tried are taken.
    """
    web = await serve_socket(app, _bind(host, port))
    if port not in (0, web.port):
        logger.warning("web.port_taken", wanted=port, port=web.port)
    return web


async def serve_socket(app: ASGIApp, sock: socket.socket) -> WebServer:
    """Serve `app` on a listening socket, TCP or Unix, until it is closed."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[sock]), name="web")
    while not server.started:
        if task.done():
            await task
            raise OSError(f"the server on {sock.getsockname()!r} ended before it started")
        await asyncio.sleep(0.005)
    return WebServer(server, task, sock)


class _Server(uvicorn.Server):
    """Leaves the signals to the process that it is a part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last = port if port == 0 else min(65_535, port + MAX_PORTS - 1)
    for candidate in range(port, last + 1):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((host, candidate))
            sock.listen(512)
        except OSError as error:
            sock.close()
            if error.errno != errno.EADDRINUSE:
                raise OSError(error.errno, f"cannot listen on {host!r}: {error}") from error
        else:
            sock.setblocking(False)
            return sock
    raise OSError(errno.EADDRINUSE, f"ports {port} to {last} on {host!r} are all taken")
