"""Turns at hosts: few fetches at once, a pause between two at one host, none waits for a slow one.

Who queues for a host holds none of the places that all hosts share, so a host can keep at most
its own few of them busy, however slow it is and however much is wanted from it.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MAX_PAUSE_S = 60.0
"""The longest pause at a host that keeps saying 429."""

_JITTER = (1.0, 1.3)


class Lane:
    """The queue at one host."""

    def __init__(self, n_slots: int) -> None:
        self.n_users = 0
        self.slots = asyncio.Semaphore(n_slots)
        self.starting = asyncio.Lock()
        self.next_start = 0.0
        self.n_limited = 0

    def note_limit(self) -> None:
        """The host said that it is asked too often: the pause after this doubles."""
        self.n_limited += 1

    def note_answer(self) -> None:
        """The host answered as usual."""
        self.n_limited = 0


class Pacing:
    """Hands out turns, per host in the order of asking."""

    def __init__(self, *, in_flight: int, host_in_flight: int, host_pause_s: float) -> None:
        self._places = asyncio.Semaphore(in_flight)
        self._host_in_flight = host_in_flight
        self._pause_s = host_pause_s
        self._lanes: dict[str, Lane] = {}
        self._next_sweep = 0.0

    @property
    def n_hosts(self) -> int:
        """How many hosts are remembered now."""
        return len(self._lanes)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[Lane]:
        """Wait for a turn at a host and hold it."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._next_sweep:
            self._sweep(loop.time())
        lane = self._lanes.get(host)
        if lane is None:
            lane = self._lanes[host] = Lane(self._host_in_flight)
        lane.n_users += 1
        try:
            async with lane.slots:
                async with lane.starting:
                    if (wait_s := lane.next_start - loop.time()) > 0:
                        await asyncio.sleep(wait_s)
                    await self._places.acquire()
                    lane.next_start = loop.time() + self._pause(lane)
                try:
                    yield lane
                finally:
                    self._places.release()
                    if lane.n_limited:
                        lane.next_start = loop.time() + self._pause(lane)
        finally:
            lane.n_users -= 1
            if not lane.n_users and lane.next_start <= loop.time():
                del self._lanes[host]

    def _pause(self, lane: Lane) -> float:
        pause_s = self._pause_s * 2.0 ** min(lane.n_limited, 16)
        return min(pause_s, MAX_PAUSE_S) * random.uniform(*_JITTER)

    def _sweep(self, now: float) -> None:
        """Forget hosts that nobody waits for and whose pause is over."""
        self._lanes = {
            host: lane
            for host, lane in self._lanes.items()
            if lane.n_users or lane.next_start > now
        }
        self._next_sweep = now + max(2 * self._pause_s, 0.1)
