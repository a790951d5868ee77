"""The cache that several processes share in Redis, and what each does without it."""

import asyncio
import math
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self, TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from core.errors import SettingError
from services.adapters.cache.memory import MemoryCache
from services.adapters.cache.scripts import BOARD, INCREASE, LAND, LEAVE, RENEW, TAKE_FROM_BUCKET

ANSWER_S = 1.0
"""What Redis may take for one step; then this process goes on by itself."""

CONNECTIONS = 32
PROBE_S = 1.0
LEASE_S = 5.0
"""How long a flight is its maker's unless it says that it still works: a dead one says nothing."""

HAND_S = 2.0
"""How long a value that is not kept is there for those who waited for it."""

FIRST_PAUSE_S, LAST_PAUSE_S = 0.01, 0.1
CACHED, MADE = b"c", b"m"
MAX_FORGOTTEN = 10_000
T = TypeVar("T")
_GONE = (RedisError, OSError, TimeoutError)
_log = structlog.get_logger(__name__)


async def look_at(url: str) -> str:
    """Give name and version of the server at `url`.

    Raises:
        SettingError: The URL cannot be understood, or nothing there answers as Redis does.
    """
    client = _client_for(url)
    try:
        told = await client.info("server")
    except _GONE as error:
        raise SettingError(f"it does not answer ({type(error).__name__})") from error
    finally:
        await client.aclose(close_connection_pool=True)
    name = "Valkey" if "valkey_version" in told else "Redis"
    return f"{name} {told.get('valkey_version') or told.get('redis_version')}"


def _client_for(url: str) -> "Redis":
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
    return Redis.from_pool(pool)


class RedisCache:
    """A `Cache` that processes share; while Redis is away each has one of its own.

    A flight has one maker among all processes: it holds a lock that it renews while it works. The
    others look every tenth of a second; when the maker dies, its lock ends and one of them makes.
    A maker whose lock ended meanwhile answers its own callers and stores nothing.
    """

    def __init__(self, client: "Redis", *, prefix: str, lease_s: float = LEASE_S) -> None:
        """Take a connected client, a name for this desk's keys, and how long a lock holds."""
        self._client = client
        self._prefix = f"newsdesk:{{{prefix}}}:cache:"  # braces: one slot of a cluster
        self._lease_s = lease_s
        self._spare = MemoryCache()
        self._flights = MemoryCache()
        self._forgotten: set[str] = set()
        self._is_away = False
        self._waiting: asyncio.Task[None] | None = None
        self._increase = client.register_script(INCREASE)
        self._take = client.register_script(TAKE_FROM_BUCKET)
        self._board = client.register_script(BOARD)
        self._renew = client.register_script(RENEW)
        self._land = client.register_script(LAND)
        self._leave = client.register_script(LEAVE)

    @classmethod
    async def open(cls, url: str, *, prefix: str, lease_s: float = LEASE_S) -> Self:
        """Connect to the Redis at `url`; one that does not answer is waited for meanwhile.

        Raises:
            SettingError: The URL cannot be understood.
        """
        cache = cls(_client_for(url), prefix=prefix, lease_s=lease_s)
        try:
            await cache._probe()
        except _GONE as error:
            cache._lost(error)
        return cache

    async def get(self, key: str) -> bytes | None:
        """The value, or None when missing or expired."""

        async def ask() -> bytes | None:
            found = await self._client.get(self._prefix + key)
            return found.encode() if isinstance(found, str) else found

        return await self._either(ask, lambda: self._spare.get(key))

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Store a value for `ttl_s` seconds; 0 or less only forgets what was there."""
        if ttl_s <= 0:
            await self.delete(key)
            return

        async def ask() -> None:
            await self._client.set(self._prefix + key, value, px=_ms(ttl_s))

        await self._either(ask, lambda: self._spare.set(key, value, ttl_s=ttl_s))

    async def delete(self, key: str) -> None:
        """Forget a value; while Redis is away, also there as soon as it is back."""

        async def ask() -> None:
            await self._client.delete(self._prefix + key)

        async def forget() -> None:
            if len(self._forgotten) < MAX_FORGOTTEN:
                self._forgotten.add(key)
            await self._spare.delete(key)

        await self._either(ask, forget)

    async def incr(self, key: str, *, ttl_s: float, by: int = 1) -> int:
        """Add `by` atomically and give the sum; the expiry starts with the first."""

        async def ask() -> int:
            return int(await self._increase(keys=[self._prefix + key], args=[by, _ms(ttl_s)]))

        return await self._either(ask, lambda: self._spare.incr(key, ttl_s=ttl_s, by=by))

    async def set_if_absent(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        """Store only when missing; says whether it did."""

        async def ask() -> bool:
            return bool(await self._client.set(self._prefix + key, value, px=_ms(ttl_s), nx=True))

        return await self._either(ask, lambda: self._spare.set_if_absent(key, value, ttl_s=ttl_s))

    async def take_token(self, key: str, *, per_minute: float, burst: int) -> float:
        """Take one token from a bucket; 0 when taken, else seconds to wait.

        Time is the server's, in whole milliseconds from one token to the next, rounded up.
        """

        async def ask() -> float:
            interval_ms = math.ceil(60_000 / per_minute)
            wait_ms = await self._take(keys=[self._prefix + key], args=[interval_ms, burst])
            return int(wait_ms) / 1000

        return await self._either(
            ask, lambda: self._spare.take_token(key, per_minute=per_minute, burst=burst)
        )

    async def single_flight(
        self, key: str, *, ttl_s: float, make: Callable[[], Awaitable[bytes]]
    ) -> tuple[bytes, bool]:
        """The cached value, or one `make()` shared by everybody who asks meanwhile.

        A caller that is cancelled leaves the others of its process waiting; when the last one
        goes, `make()` is cancelled. A failure reaches everybody in its process and is not cached;
        another process that waited makes the value itself.
        """
        # Without a lifetime: it only has callers of this process fly together.
        found, _ = await self._flights.single_flight(
            key, ttl_s=0, make=lambda: self._fly(key, ttl_s, make)
        )
        return found[1:], found[:1] == CACHED

    async def aclose(self) -> None:
        """Let go of Redis."""
        self._is_away = True
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)
        with suppress(*_GONE):
            await self._client.aclose(close_connection_pool=True)

    async def _fly(self, key: str, ttl_s: float, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """Find a value (marked `CACHED`), make it, or wait until another process has."""
        keys = [self._prefix + key, f"{self._prefix}{key}:lock"]
        token, awaited, pause_s = secrets.token_hex(8), b"", FIRST_PAUSE_S
        while not self._is_away:
            try:
                answer, *rest = await self._board(
                    keys=keys, args=[token, _ms(self._lease_s), awaited]
                )
            except _GONE as error:
                self._lost(error)
                break
            if answer == b"mine":
                return MADE + await self._make(keys, token, ttl_s, make)
            if answer == b"wait":
                (awaited,) = rest
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 1.5, LAST_PAUSE_S)
                continue
            (value,) = rest
            return (MADE if awaited else CACHED) + bytes(value)
        kept = await self._spare.get(key)
        if kept is not None:
            return CACHED + kept
        value = await make()
        await self._spare.set(key, value, ttl_s=ttl_s)
        return MADE + value

    async def _make(
        self, keys: list[str], token: str, ttl_s: float, make: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """Make a value while holding its lock, and store it."""
        renewing = asyncio.create_task(self._keep(keys[1], token))
        try:
            value = await make()
        except BaseException:
            with suppress(*_GONE):  # whoever waits for it waits until the lock ends
                await self._leave(keys=keys[1:], args=[token])
            raise
        finally:
            renewing.cancel()
        hand_s = HAND_S if ttl_s < HAND_S else 0
        try:
            await self._land(keys=keys, args=[token, value, _ms(max(ttl_s, 0)), _ms(hand_s)])
        except _GONE as error:
            self._lost(error)
            await self._spare.set(keys[0].removeprefix(self._prefix), value, ttl_s=ttl_s)
        return value

    async def _keep(self, lock: str, token: str) -> None:
        """Say that the flight of `token` is under way, for as long as that is so."""
        while True:
            await asyncio.sleep(self._lease_s / 3)
            with suppress(*_GONE):  # what cannot be renewed ends, and another process makes it
                if not await self._renew(keys=[lock], args=[token, _ms(self._lease_s)]):
                    return

    async def _either(
        self, ask: Callable[[], Awaitable[T]], spare: Callable[[], Awaitable[T]]
    ) -> T:
        """Ask Redis, or the spare cache while it is away."""
        if not self._is_away:
            try:
                return await ask()
            except _GONE as error:
                self._lost(error)
        return await spare()

    def _lost(self, error: BaseException) -> None:
        if self._is_away:
            return
        self._is_away = True
        _log.warning(
            "redis.away", error=type(error).__name__, does="this process keeps a cache of its own"
        )
        self._waiting = asyncio.get_running_loop().create_task(self._wait_for_it())

    async def _probe(self) -> None:
        """Find out whether Redis takes what is written."""
        await self._client.set(self._prefix + ":probe", b"", px=1)

    async def _wait_for_it(self) -> None:
        while True:
            await asyncio.sleep(PROBE_S)
            try:
                await self._probe()
                for key in tuple(self._forgotten):
                    await self._client.delete(self._prefix + key)
                    self._forgotten.discard(key)
            except _GONE:
                continue
            self._spare = MemoryCache()
            self._is_away = False
            _log.info("redis.back", does="the cache is shared again")
            return


def _ms(seconds: float) -> int:
    return math.ceil(seconds * 1000)
