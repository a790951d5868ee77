"""Whose answer is computed now, and whose waits: more at once would make everybody late."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turn:
    """A place among those that compute; it is given back once, however often it is ended."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._is_over = False

    def end(self) -> None:
        """Let the next one begin."""
        if not self._is_over:
            self._is_over = True
            self._places.release()


class Turns:
    """Gives `n` places, first come, first served."""

    def __init__(self, n: int) -> None:
        self._places = asyncio.Semaphore(n)

    @asynccontextmanager
    async def take(self) -> AsyncIterator[Turn]:
        """Wait for a place; it is given back at the end, or when its turn is ended before."""
        await self._places.acquire()
        turn = Turn(self._places)
        try:
            yield turn
        finally:
            turn.end()
