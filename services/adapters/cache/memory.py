"""The cache of one process: bounded, with expiry; every step is atomic within one event loop."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

ENTRY_OVERHEAD_BYTES = 200
"""Roughly what Python spends on one entry beside key and value."""


@dataclass(slots=True)
class _Entry:
    value: bytes
    ends_at: float


@dataclass(slots=True)
class _Flight:
    """One `make()` under way and how many wait for it."""

    task: asyncio.Task[bytes]
    n_waiting: int = 0


class MemoryCache:
    """A `Cache` in memory; the least recently used entries go first when it is full."""

    def __init__(
        self,
        *,
        max_entries: int = 20_000,
        max_bytes: int = 32 * 1024 * 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._n_bytes = 0
        self._flights: dict[str, _Flight] = {}

    async def get(self, key: str) -> bytes | None:
        """The value, or None when missing or expired."""
        entry = self._find(key)
        return None if entry is None else entry.value

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Store a value for `ttl_s` seconds; 0 or less only forgets what was there."""
        self._put(key, value, self._clock() + ttl_s)

    async def delete(self, key: str) -> None:
        """Forget a value."""
        self._drop(key)

    async def incr(self, key: str, *, ttl_s: float, by: int = 1) -> int:
        """Add `by` and give the sum; the expiry starts with the first."""
        entry = self._find(key)
        n = by if entry is None else int(entry.value) + by
        self._put(key, str(n).encode(), self._clock() + ttl_s if entry is None else entry.ends_at)
        return n

    async def set_if_absent(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        """Store only when missing; says whether it did."""
        if self._find(key) is not None:
            return False
        self._put(key, value, self._clock() + ttl_s)
        return True

    async def take_token(self, key: str, *, per_minute: float, burst: int) -> float:
        """Take one token from a bucket; 0 when taken, else seconds to wait.

        The bucket is kept as the moment at which it will be full again: each token taken moves it
        by one interval (the generic cell rate algorithm), so a waiting caller changes nothing.
        """
        interval_s = 60.0 / per_minute
        now = self._clock()
        entry = self._find(key)
        full_at = max(now, float(entry.value)) if entry is not None else now
        wait_s = full_at + interval_s - (now + burst * interval_s)
        if wait_s > 1e-9:
            return wait_s
        full_at += interval_s
        self._put(key, repr(full_at).encode(), full_at)
        return 0.0

    async def single_flight(
        self, key: str, *, ttl_s: float, make: Callable[[], Awaitable[bytes]]
    ) -> tuple[bytes, bool]:
        """The cached value, or one `make()` shared by everybody who asks meanwhile.

        A caller that is cancelled leaves the others waiting; when the last one goes, `make()` is
        cancelled. A failure reaches everybody who waited and is not cached.
        """
        entry = self._find(key)
        if entry is not None:
            return entry.value, True
        flight = self._flights.get(key)
        if flight is None or flight.task.done():
            flight = _Flight(asyncio.ensure_future(self._make(key, ttl_s, make)))
            self._flights[key] = flight
        flight.n_waiting += 1
        try:
            return await asyncio.shield(flight.task), False
        finally:
            flight.n_waiting -= 1
            if flight.n_waiting == 0:
                if self._flights.get(key) is flight:
                    del self._flights[key]
                flight.task.cancel()

    async def _make(self, key: str, ttl_s: float, make: Callable[[], Awaitable[bytes]]) -> bytes:
        value = await make()
        self._put(key, value, self._clock() + ttl_s)
        self._flights.pop(key, None)
        return value

    def _find(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.ends_at <= self._clock():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry

    def _put(self, key: str, value: bytes, ends_at: float) -> None:
        self._drop(key)
        size = _size(key, value)
        if ends_at <= self._clock() or size > self._max_bytes:
            return
        self._entries[key] = _Entry(value, ends_at)
        self._n_bytes += size
        while len(self._entries) > self._max_entries or self._n_bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._n_bytes -= _size(key, entry.value)


def _size(key: str, value: bytes) -> int:
    return len(key) + len(value) + ENTRY_OVERHEAD_BYTES
