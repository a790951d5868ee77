"""Budgets in the store, with a fast answer from Redis in front of it."""

import asyncio
import json
import secrets
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, Self

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from core.errors import SettingError
from core.ports.journal import Written
from core.ports.ledger import Granted, Refused, counter_name
from schemas.spending import UNITS, Reservation, Scope, Settlement
from services.adapters.ledger.scripts import GIVE_BACK, MIRROR, TAKE
from services.adapters.ledger.store import StoreLedger

ANSWER_S = 1.0
"""What Redis may take for one step; then the journal decides alone."""

CONNECTIONS = 32
PROBE_S = 1.0
TAKE_LIVES_MS = 60_000
"""Longer than the journal may take to store a reservation; then whoever took it is dead."""

MIN_LIFE_S, MAX_LIFE_S = 60.0, 172_800.0
"""Bounds for how long a counter is kept, whatever the clock of the desk says."""

LOOKS = 3
AGAIN_S = 0.05
_GONE = (RedisError, OSError, TimeoutError)
_log = structlog.get_logger(__name__)


class Seen(NamedTuple):
    """A counter as Redis has it."""

    used: int
    version: int


class RedisLedger:
    """A `BudgetLedger` whose journal is the store's; Redis refuses early what has no room.

    The journal decides everything that Redis lets through, so no limit is ever passed, whatever
    Redis holds. Each committed group writes its counters, with their versions, to Redis; of two
    writers the newer version stays, so Redis ends up as the journal is, in whatever order they
    come. Callers do not wait for it, but none is refused while it is under way. A counter that
    Redis does not have (new, expired, flushed) refuses nothing and is there again after the next
    group. While Redis is away the journal alone decides; when it is back, nothing that it held
    before counts any more. Names of counters carry ids of people; they end with their window.
    """

    def __init__(self, client: "Redis", inner: StoreLedger, *, prefix: str) -> None:
        """Take a connected client, the ledger behind it, and a name for this desk's keys."""
        self._client = client
        self._inner = inner
        self._prefix = f"newsdesk:{{{prefix}}}:ledger:"  # braces: one slot of a cluster
        self._take = client.register_script(TAKE)
        self._mirror = client.register_script(MIRROR)
        self._give_back = client.register_script(GIVE_BACK)
        self._is_away = False
        self._is_closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        inner.follow(self._follow)

    @classmethod
    async def open(cls, url: str, inner: StoreLedger, *, prefix: str) -> Self:
        """Connect to the Redis at `url`; one that does not answer is waited for meanwhile.

        Raises:
            SettingError: The URL cannot be understood.
        """
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=CONNECTIONS,
                timeout=ANSWER_S,
                socket_timeout=ANSWER_S,
                socket_connect_timeout=ANSWER_S,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            raise SettingError(
                "NEWSDESK_REDIS_URL is no address of a Redis; write redis://host:6379/0"
            ) from error
        ledger = cls(Redis.from_pool(pool), inner, prefix=prefix)
        try:
            await ledger._begin_epoch()
        except _GONE as error:
            ledger._lost(error)
        return ledger

    async def spend(self, scopes: Sequence[Scope], amount: int) -> Granted | Scope:
        """Take `amount` from every scope at once, in the store alone."""
        return await self._inner.spend(scopes, amount)

    async def reserve(self, reservation: Reservation) -> Granted | Refused:
        """Take a reservation from all its scopes; see `StoreLedger.reserve`.

        Raises:
            StoreError: The journal could not be written; nothing was taken.
        """
        refused = await self._ask(reservation)
        if refused is not None and await self._inner.caught_up():
            # What was given back was still on its way to Redis.
            refused = await self._ask(reservation)
        if refused is not None:
            return refused
        try:
            return await self._inner.reserve(reservation)
        except BaseException:
            self._later(self._return(reservation))
            raise

    async def settle(self, settlement: Settlement) -> bool:
        """End a reservation: in the journal, which then tells Redis."""
        return await self._inner.settle(settlement)

    async def used(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        """What is taken of each scope, as the journal counts it."""
        return await self._inner.used(scopes)

    async def recover(self, *, before: datetime, at: datetime) -> int:
        """Settle by estimate what never ended; gives how many."""
        return await self._inner.recover(before=before, at=at)

    async def drift(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        """Each scope's counter, in Redis where it is there, minus the sum of its journal rows.

        A counter that is wrong there is dropped, and is there again after the next group.
        """
        off = await self._inner.drift(scopes)
        wrong = await self._wrong(scopes)
        if wrong and not self._is_away:
            try:
                await self._client.delete(*(self._key(scopes[n]) for n in wrong))
            except _GONE as error:
                self._lost(error)
        return tuple(each + wrong.get(n, 0) for n, each in enumerate(off))

    async def aclose(self) -> None:
        """Write what is waiting, and let go of Redis."""
        await self._inner.aclose()
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(*_GONE):
            await self._client.aclose(close_connection_pool=True)

    async def _ask(self, reservation: Reservation) -> Refused | None:
        """Take what Redis knows of; gives the refusal of a counter that has no room."""
        if self._is_away:
            return None
        asked = [
            (self._key(scope), str(_amount(reservation, scope)), str(scope.limit))
            for scope in reservation.scopes
        ]
        try:
            answer = await self._run(self._take, reservation.id, TAKE_LIVES_MS, asked)
        except _GONE as error:
            self._lost(error)
            return None
        if answer is None:
            return None
        n, used = answer
        return Refused(reservation.scopes[int(n) - 1], int(used))

    async def _follow(self, reservations: Sequence[Reservation], written: Written) -> None:
        """Write the counters of a committed group to Redis, in place of what was on its way."""
        if self._is_away or not written.levels:
            return
        arrived: dict[str, list[str]] = {}
        for reservation in reservations:
            for scope in reservation.scopes:
                arrived.setdefault(counter_name(scope), []).append(reservation.id)
        levels = []
        for level in written.levels:
            life_s = level.expires_at.timestamp() - time.time()
            life_ms = int(min(max(life_s, MIN_LIFE_S), MAX_LIFE_S) * 1000)
            key, ids = self._prefix + level.name, arrived.get(level.name, [])
            levels.append((key, str(level.used), str(level.version), str(life_ms), ids))
        try:
            await self._run(self._mirror, secrets.token_hex(8), levels)
        except _GONE as error:
            self._lost(error)

    async def _return(self, reservation: Reservation) -> None:
        """Give back what Redis took for a reservation that never came to the journal."""
        if self._is_away or self._is_closed:
            return
        try:
            keys = [self._key(scope) for scope in reservation.scopes]
            await self._run(self._give_back, reservation.id, keys)
        except _GONE as error:
            self._lost(error)

    async def _wrong(self, scopes: Sequence[Scope]) -> dict[int, int]:
        """Which counters Redis has wrong, and by how much.

        One that is behind the journal is on its way, unless it stands still: looks more than once.
        """
        first: list[Seen | None] = []
        for n_left in reversed(range(LOOKS)):
            seen = await self._seen(scopes)
            first = first or seen
            levels = await self._inner.levels(scopes)
            wrong, behind = {}, {}
            for n, (mine, level) in enumerate(zip(seen, levels, strict=True)):
                used, version = (0, 0) if level is None else (level.used, level.version)
                if mine is None or (mine.used, mine.version) == (used, version):
                    continue
                if mine.version < version:
                    behind[n] = mine.used - used
                else:
                    wrong[n] = mine.used - used
            if not behind:
                break
            if not n_left:
                wrong |= {n: by for n, by in behind.items() if seen[n] == first[n]}
                break
            await asyncio.sleep(AGAIN_S)
        return wrong

    async def _seen(self, scopes: Sequence[Scope]) -> list[Seen | None]:
        """What Redis believes that the journal holds of each scope; None: it does not know."""
        if self._is_away:
            return [None] * len(scopes)
        try:
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.get(self._epoch_key())
                for scope in scopes:
                    pipe.hmget(self._key(scope), ["epoch", "used", "version"])
                epoch, *held = await pipe.execute()
        except _GONE as error:
            self._lost(error)
            return [None] * len(scopes)
        return [
            Seen(int(used), int(version)) if of is not None and of == epoch else None
            for of, used, version in held
        ]

    async def _run(self, script: AsyncScript, *told: object) -> Any:  # noqa: ANN401 - Redis's answer
        text = json.dumps(told, separators=(",", ":"))
        return await script(keys=[self._epoch_key()], args=[text])

    async def _begin_epoch(self) -> None:
        """Have everything that Redis holds of counters count for nothing."""
        await self._client.set(self._epoch_key(), secrets.token_hex(8))

    def _lost(self, error: BaseException) -> None:
        if self._is_away or self._is_closed:
            return
        self._is_away = True
        _log.warning(
            "redis.away", error=type(error).__name__, does="the database alone keeps the budgets"
        )
        self._later(self._wait_for_it())

    async def _wait_for_it(self) -> None:
        while True:
            await asyncio.sleep(PROBE_S)
            try:
                await self._begin_epoch()
            except _GONE:
                continue
            self._is_away = False
            _log.info("redis.back", does="budgets are mirrored again")
            return

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _epoch_key(self) -> str:
        return self._prefix + "epoch"

    def _key(self, scope: Scope) -> str:
        return self._prefix + counter_name(scope)


def _amount(reservation: Reservation, scope: Scope) -> int:
    match UNITS[scope.kind]:
        case "tokens":
            return reservation.max_tokens
        case "micro_usd":
            return reservation.max_micro_usd
        case "commands":
            return 1
