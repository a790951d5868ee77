"""Names to addresses by the operating system, without letting dead names hold up living ones."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from core.errors import SourceFailed

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Takes a host name and a port, gives its IP addresses, best first; raises `OSError`."""


class SystemResolver:
    """Asks `getaddrinfo`, each name on a thread of its own.

    A name whose servers are dead keeps `getaddrinfo` busy for up to half a minute, long after the
    fetch gave up, and nothing can end it. In the event loop's small pool a handful of such names
    would stop everything else; and pool threads would hold up the end of the process. Hence
    daemon threads, many, but no more than `max_lookups`.
    """

    def __init__(self, *, max_lookups: int) -> None:
        self._slots = asyncio.Semaphore(max_lookups)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Give the addresses of a name, in the system's order of preference."""
        await self._slots.acquire()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[str]] = loop.create_future()

        def finish(found: list[str] | OSError) -> None:
            self._slots.release()
            if future.done():
                return  # whoever asked gave up
            if isinstance(found, OSError):
                future.set_exception(found)
            else:
                future.set_result(found)

        def look_up() -> None:
            found: list[str] | OSError
            try:
                found = _addresses(host, port)
            except OSError as error:
                found = error
            with suppress(RuntimeError):  # the loop closed meanwhile: nobody waits any more
                loop.call_soon_threadsafe(finish, found)

        try:
            threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
        except RuntimeError as error:
            self._slots.release()
            raise OSError(f"no thread is left to look it up: {error}") from error
        return await future


def cannot_resolve(host: str, error: Exception) -> SourceFailed:
    """Say that a name has no address."""
    return SourceFailed(
        f"the name {host!r} does not resolve ({getattr(error, 'strerror', None) or error}); "
        "check its spelling, and that this computer reaches a name server",
        reason="dns",
    )


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
