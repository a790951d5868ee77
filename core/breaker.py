"""A circuit breaker for anything that has a name: `model:…`, `source:…`.

Its state lives in the `Cache`, so replicas share it:

    closed     calls go through; requests and failures are counted over `window_s`
    open       after enough failures: no call for `rest_s`
    half_open  then one call at a time goes through as a probe; success closes, failure rests again

So that a healthy callee costs next to no questions to the cache, a process looks twice a second at
most whether another one opened it, and reports its successes as often.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from core.ports.cache import Cache

BreakerState = Literal["closed", "half_open", "open"]


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When a breaker opens and for how long.

    It opens when at least `min_requests` ended within `window_s` seconds and the share of failures
    among them is at least `max_failure_rate`. A probe that has not ended after `probe_s` seconds
    is given up and the next caller may probe.
    """

    window_s: float = 60.0
    min_requests: int = 5
    max_failure_rate: float = 0.5
    rest_s: float = 30.0
    probe_s: float = 30.0
    memory_s: float = 3_600.0


LOOK_S = 0.5
"""How long a process may not know yet that another one opened a breaker."""


@dataclass(slots=True)
class _Healthy:
    """What one process remembers of a closed breaker."""

    looked_at: float = float("-inf")
    told_at: float = float("-inf")
    n_untold: int = 0
    """Successes that the cache does not count yet."""


class Breaker:
    """Keeps callers away from what keeps failing."""

    def __init__(
        self,
        cache: Cache,
        limits: BreakerLimits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache = cache
        self._limits = BreakerLimits() if limits is None else limits
        self._clock = clock
        self._healthy: dict[str, _Healthy] = {}

    async def state(self, name: str) -> BreakerState:
        """Say how `name` stands, without taking the probe."""
        if await self._cache.get(_key(name, "tripped")) is None:
            return "closed"
        is_resting = await self._cache.get(_key(name, "rest")) is not None
        return "open" if is_resting else "half_open"

    @asynccontextmanager
    async def attempt(
        self, name: str, *, is_failure: Callable[[Exception], bool | None] = lambda _: True
    ) -> AsyncIterator[BreakerState]:
        """Watch one call; the caller must not make it when the state given is `open`.

        An exception counts as a failure when `is_failure` says so, as an answer when it denies,
        and as nothing when it gives None: the call was not made. Cancellation counts as nothing.
        Every exception goes on to the caller.
        """
        state = await self._enter(name)
        if state == "open":
            yield state
            return
        try:
            yield state
        except Exception as error:
            verdict = is_failure(error)
            if verdict is None:
                await self._give_up(name, state)
            else:
                await self._count(name, state, is_ok=not verdict)
            raise
        except BaseException:
            await self._give_up(name, state)
            raise
        await self._count(name, state, is_ok=True)

    async def trip(self, name: str, *, rest_s: float | None = None) -> None:
        """Open the breaker now, for `rest_s` seconds or the usual rest."""
        rest_s = self._limits.rest_s if rest_s is None else rest_s
        memory_s = max(self._limits.memory_s, 2 * rest_s)
        self._healthy.pop(name, None)
        await self._cache.set(_key(name, "rest"), b"1", ttl_s=rest_s)
        await self._cache.set(_key(name, "tripped"), b"1", ttl_s=memory_s)
        for part in ("probe", "requests", "failures"):
            await self._cache.delete(_key(name, part))

    async def _enter(self, name: str) -> BreakerState:
        seen = self._healthy.get(name)
        if seen is not None and self._clock() - seen.looked_at < LOOK_S:
            return "closed"
        state = await self.state(name)
        if state == "closed":
            self._healthy.setdefault(name, _Healthy()).looked_at = self._clock()
            return state
        self._healthy.pop(name, None)
        if state == "open":
            return state
        is_mine = await self._cache.set_if_absent(
            _key(name, "probe"), b"1", ttl_s=self._limits.probe_s
        )
        return "half_open" if is_mine else "open"

    async def _give_up(self, name: str, state: BreakerState) -> None:
        """Let another caller probe: this one learned nothing."""
        if state == "half_open":
            await self._cache.delete(_key(name, "probe"))

    async def _count(self, name: str, state: BreakerState, *, is_ok: bool) -> None:
        if state == "half_open":
            if is_ok:
                for part in ("tripped", "rest", "probe", "requests", "failures"):
                    await self._cache.delete(_key(name, part))
            else:
                await self.trip(name)
            return
        seen = self._healthy.setdefault(name, _Healthy())
        seen.n_untold += 1
        if is_ok and self._clock() - seen.told_at < LOOK_S:
            return
        limits, n_untold = self._limits, seen.n_untold
        seen.told_at, seen.n_untold = self._clock(), 0
        requests = await self._cache.incr(
            _key(name, "requests"), ttl_s=limits.window_s, by=n_untold
        )
        if is_ok:
            return
        failures = await self._cache.incr(_key(name, "failures"), ttl_s=limits.window_s)
        if requests >= limits.min_requests and failures >= limits.max_failure_rate * requests:
            await self.trip(name)


def _key(name: str, part: str) -> str:
    return f"breaker:{name}:{part}"
