"""Quotas that providers set on a model, held before the call."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass

from core.llm.parts import ManagerParts
from core.llm.walk import NotCalled, Passed
from schemas.model_settings import ModelEntry

MINUTE_S = 60
DAY_S = 86_400
LEASES = 50
"""A process takes a fiftieth of a quota at a time, so that most calls need no question to the
cache; at most that share is lost to a process that does not use it."""

WAIT_SHARE = 0.5
"""Of what is left of an attempt may be spent waiting for the next minute."""

MAX_JITTER_S = 0.05


@dataclass(frozen=True, slots=True)
class _Quota:
    """`limit` units each `window_s` seconds."""

    key: str
    window_s: int
    limit: int
    is_tokens: bool


@dataclass(slots=True)
class _Lease:
    """What this process has taken of a window and not used."""

    window: int = -1
    left: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """What one call holds: quota, window and amount."""

    parts: tuple[tuple[_Quota, int, int], ...] = ()


class Quotas:
    """Fixed windows in the `Cache`; never more than a quota goes out, whatever the replicas do.

    A provider's windows may lie otherwise than ours, so its own refusals are still possible and
    are handled as such.
    """

    def __init__(self, parts: ManagerParts) -> None:
        self._cache = parts.cache
        self._clock = parts.wall_clock
        self._quotas: Mapping[str, tuple[_Quota, ...]] = {
            name: _quotas(parts.key_of(name), entry) for name, entry in parts.entries.items()
        }
        self._leases: dict[str, _Lease] = {}

    async def hold(self, name: str, tokens: int, *, left_s: float) -> Held:
        """Hold a request and its `tokens`, waiting for the next minute when that fits.

        Raises:
            NotCalled: With the reason `quota`.
        """
        quotas = self._quotas[name]
        if not quotas:
            return Held()
        full = await self._try(quotas, tokens)
        if isinstance(full, Held):
            return full
        amount = tokens if full.is_tokens else 1
        wait_s = full.window_s - self._clock() % full.window_s + random.uniform(0, MAX_JITTER_S)
        if amount <= full.limit and wait_s <= left_s * WAIT_SHARE:
            await asyncio.sleep(wait_s)
            full = await self._try(quotas, tokens)
            if isinstance(full, Held):
                return full
        raise NotCalled(Passed("quota"))

    def give_back(self, held: Held, *, tokens: int | None = None) -> None:
        """Give back what a call did not use: the `tokens` beyond what it used.

        None: it was never made, so everything is given back.
        """
        for quota, window, amount in held.parts:
            unused = amount if tokens is None else (tokens if quota.is_tokens else 0)
            lease = self._leases[quota.key]
            if lease.window == window:
                lease.left += unused

    async def _try(self, quotas: tuple[_Quota, ...], tokens: int) -> Held | _Quota:
        """Hold all, or give the one that has no room."""
        taken: list[tuple[_Quota, int, int]] = []
        for quota in quotas:
            amount = tokens if quota.is_tokens else 1
            window = int(self._clock() // quota.window_s)
            if not await self._take(quota, window, amount):
                self.give_back(Held(tuple(taken)))
                return quota
            taken.append((quota, window, amount))
        return Held(tuple(taken))

    async def _take(self, quota: _Quota, window: int, amount: int) -> bool:
        lease = self._leases.setdefault(quota.key, _Lease())
        if lease.window != window:
            lease.window, lease.left = window, 0
        if lease.left >= amount:
            lease.left -= amount
            return True
        if amount > quota.limit:
            return False
        # Taken out while the cache is asked, so that nobody else counts on it meanwhile.
        own, lease.left = lease.left, 0
        needed = amount - own
        got = await self._borrow(quota, window, needed)
        if lease.window == window:
            lease.left += got - needed if got >= needed else own
        return got >= needed

    async def _borrow(self, quota: _Quota, window: int, needed: int) -> int:
        """Take `needed`, or a little more for later calls, of what all replicas share; else 0."""
        key, ttl_s = f"quota:{quota.key}:{window}", 2.0 * quota.window_s
        chunk = max(needed, quota.limit // LEASES)
        total = await self._cache.incr(key, ttl_s=ttl_s, by=chunk)
        got = min(chunk, quota.limit - (total - chunk))
        if got >= needed:
            return got
        await self._cache.incr(key, ttl_s=ttl_s, by=-chunk)
        return 0


def _quotas(key: str, entry: ModelEntry) -> tuple[_Quota, ...]:
    """The quotas of an entry, those that can be waited for last."""
    found = (
        _Quota(f"{key}:day", DAY_S, entry.requests_per_day, is_tokens=False),
        _Quota(f"{key}:requests", MINUTE_S, entry.requests_per_minute, is_tokens=False),
        _Quota(f"{key}:tokens", MINUTE_S, entry.tokens_per_minute, is_tokens=True),
    )
    return tuple(quota for quota in found if quota.limit > 0)
