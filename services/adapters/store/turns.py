"""Names that one task of this process holds at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from core.errors import StoreBusy


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: set[asyncio.Timeout] = field(default_factory=set)


class Turns:
    """One lock a name, first come first served.

    The time-out is how long one holder may take, not how long the queue may be: whenever the
    name changes hands, everybody who still waits is given the whole time again.
    """

    def __init__(self, *, busy_timeout_s: float) -> None:
        self._busy_timeout_s = busy_timeout_s
        self._turns: dict[str, _Turn] = {}

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Hold `name` while the block runs.

        Raises:
            StoreBusy: One holder kept it longer than the time-out.
        """
        turn = self._turns.setdefault(name, _Turn())
        await self._take(turn, name)
        try:
            yield
        finally:
            turn.lock.release()

    async def _take(self, turn: _Turn, name: str) -> None:
        loop = asyncio.get_running_loop()
        limit = asyncio.timeout(self._busy_timeout_s)
        try:
            async with limit:
                turn.waiting.add(limit)
                try:
                    await turn.lock.acquire()
                finally:
                    turn.waiting.discard(limit)
        except TimeoutError as error:
            raise StoreBusy(
                f"one task of this process held {name!r} for more than "
                f"{self._busy_timeout_s:g} s; try again"
            ) from error
        for other in turn.waiting:
            if not other.expired():
                other.reschedule(loop.time() + self._busy_timeout_s)
