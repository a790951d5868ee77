"""What every `Cache` promises; each implementation is one more parameter."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable
from typing import Protocol, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from core.ports.cache import Cache
from services.adapters.cache.memory import MemoryCache


class Clock(Protocol):
    async def move(self, seconds: float) -> None: ...


class Hands:
    """The clock of a cache in memory."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    async def move(self, seconds: float) -> None:
        self.now += seconds


class Lifetimes:
    """Time for what lies in Redis: everything there ends by so much earlier."""

    def __init__(self, client: Redis, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    async def move(self, seconds: float) -> None:
        async for key in self._client.scan_iter(f"newsdesk:{{{self._prefix}}}:cache:*"):
            left_ms = await self._client.pttl(key)
            await cast(Awaitable[int], self._client.pexpire(key, left_ms - int(seconds * 1_000)))


@pytest.fixture(params=["memory", "redis"])
async def kit(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Cache, Clock]]:
    if request.param == "memory":
        hands = Hands()
        yield MemoryCache(clock=hands), hands
        return
    from services.adapters.cache.redis import RedisCache

    url, prefix = request.getfixturevalue("redis_server"), uuid.uuid4().hex
    cache = await RedisCache.open(url, prefix=prefix)
    async with Redis.from_url(url) as client:
        yield cache, Lifetimes(client, prefix)
    await cache.aclose()


@pytest.fixture
def cache(kit: tuple[Cache, Clock]) -> Cache:
    return kit[0]


@pytest.fixture
def clock(kit: tuple[Cache, Clock]) -> Clock:
    return kit[1]


async def test_a_value_is_there_until_it_expires(cache: Cache, clock: Clock) -> None:
    await cache.set("a", b"1", ttl_s=10)
    await clock.move(9)
    before = await cache.get("a")
    await clock.move(1)

    assert (before, await cache.get("a")) == (b"1", None)


async def test_a_deleted_value_is_gone_and_deleting_nothing_is_fine(cache: Cache) -> None:
    await cache.set("a", b"1", ttl_s=10)
    await cache.delete("a")
    await cache.delete("never was")

    assert await cache.get("a") is None


async def test_counting_keeps_the_expiry_of_the_first(cache: Cache, clock: Clock) -> None:
    counts = [await cache.incr("n", ttl_s=10)]
    await clock.move(6)
    counts.append(await cache.incr("n", ttl_s=10))
    await clock.move(6)
    counts.append(await cache.incr("n", ttl_s=10))

    assert counts == [1, 2, 1]


async def test_counting_goes_by_any_amount(cache: Cache) -> None:
    counts = [await cache.incr("n", ttl_s=10, by=by) for by in (250, 1_000, -50)]

    assert counts == [250, 1_250, 1_200]


async def test_a_value_without_a_lifetime_only_forgets_what_was_there(cache: Cache) -> None:
    await cache.set("a", b"1", ttl_s=10)
    await cache.set("a", b"2", ttl_s=0)

    assert await cache.get("a") is None
    assert await cache.set_if_absent("a", b"3", ttl_s=0)
    assert await cache.get("a") is None


async def test_any_bytes_come_back_as_they_were(cache: Cache) -> None:
    odd = bytes(range(256))
    await cache.set("a", odd, ttl_s=10)

    async def make() -> bytes:
        return odd

    assert await cache.get("a") == odd
    assert await cache.single_flight("b", ttl_s=10, make=make) == (odd, False)
    assert await cache.single_flight("b", ttl_s=10, make=make) == (odd, True)


async def test_only_one_of_many_sets_what_is_absent(cache: Cache) -> None:
    wins = await asyncio.gather(*(cache.set_if_absent("a", b"x", ttl_s=10) for _ in range(20)))

    assert sum(wins) == 1


async def test_what_expired_is_absent_again(cache: Cache, clock: Clock) -> None:
    await cache.set_if_absent("a", b"1", ttl_s=10)
    await clock.move(10)

    assert await cache.set_if_absent("a", b"2", ttl_s=10)
    assert await cache.get("a") == b"2"


async def test_a_bucket_gives_its_burst_and_then_says_how_long_to_wait(
    cache: Cache, clock: Clock
) -> None:
    waits = [await cache.take_token("p", per_minute=10, burst=3) for _ in range(4)]
    await clock.move(6)
    later = [await cache.take_token("p", per_minute=10, burst=3) for _ in range(2)]

    assert waits == [0, 0, 0, pytest.approx(6.0, abs=0.2)]
    assert later == [0, pytest.approx(6.0, abs=0.2)]


async def test_a_bucket_that_rested_holds_its_burst_and_no_more(
    cache: Cache, clock: Clock
) -> None:
    await cache.take_token("p", per_minute=60, burst=2)
    await clock.move(3_600)

    waits = [await cache.take_token("p", per_minute=60, burst=2) for _ in range(3)]

    assert waits == [0, 0, pytest.approx(1.0, abs=0.2)]


@given(
    pauses=st.lists(st.floats(0, 20), min_size=1, max_size=60),
    per_minute=st.floats(1, 120),
    burst=st.integers(1, 5),
)
def test_no_rhythm_gets_more_tokens_than_burst_plus_refill(
    pauses: list[float], per_minute: float, burst: int
) -> None:
    async def taken() -> float:
        clock = Hands()
        cache = MemoryCache(clock=clock)
        n = 0
        for pause in pauses:
            clock.now += pause
            n += await cache.take_token("p", per_minute=per_minute, burst=burst) == 0
        return n

    assert asyncio.run(taken()) <= burst + sum(pauses) * per_minute / 60 + 1e-6


async def test_one_flight_serves_everybody_who_asks_meanwhile(cache: Cache) -> None:
    n_made = 0

    async def make() -> bytes:
        nonlocal n_made
        n_made += 1
        await asyncio.sleep(0.01)
        return b"made"

    first = await asyncio.gather(
        *(cache.single_flight("k", ttl_s=10, make=make) for _ in range(20))
    )
    later = await cache.single_flight("k", ttl_s=10, make=make)

    assert (n_made, set(first), later) == (1, {(b"made", False)}, (b"made", True))


async def test_one_cancelled_waiter_leaves_the_others_waiting(cache: Cache) -> None:
    async def make() -> bytes:
        await asyncio.sleep(0.03)
        return b"made"

    waiters = [
        asyncio.create_task(cache.single_flight("k", ttl_s=10, make=make)) for _ in range(3)
    ]
    await asyncio.sleep(0.01)
    waiters[0].cancel()
    results = await asyncio.gather(*waiters, return_exceptions=True)

    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [(b"made", False), (b"made", False)]


async def test_when_the_last_waiter_goes_the_work_is_cancelled(cache: Cache) -> None:
    ended = asyncio.Event()

    async def make() -> bytes:
        try:
            await asyncio.sleep(5)
        finally:
            ended.set()
        return b"never"

    waiter = asyncio.create_task(cache.single_flight("k", ttl_s=10, make=make))
    await asyncio.sleep(0.01)
    waiter.cancel()

    await asyncio.wait_for(ended.wait(), timeout=1)
    assert await cache.get("k") is None


async def test_a_failure_reaches_everybody_and_is_not_cached(cache: Cache) -> None:
    async def broken() -> bytes:
        await asyncio.sleep(0.01)
        raise RuntimeError("broken")

    async def make() -> bytes:
        return b"made"

    failures = await asyncio.gather(
        *(cache.single_flight("k", ttl_s=10, make=broken) for _ in range(3)),
        return_exceptions=True,
    )

    assert [str(failure) for failure in failures] == ["broken"] * 3
    assert await cache.single_flight("k", ttl_s=10, make=make) == (b"made", False)


async def test_without_a_lifetime_a_flight_is_shared_but_not_kept(cache: Cache) -> None:
    n_made = 0

    async def make() -> bytes:
        nonlocal n_made
        n_made += 1
        await asyncio.sleep(0)
        return b"made"

    await asyncio.gather(*(cache.single_flight("k", ttl_s=0, make=make) for _ in range(3)))
    await cache.single_flight("k", ttl_s=0, make=make)

    assert n_made == 2


async def test_the_least_recently_used_value_goes_first_when_memory_is_full() -> None:
    cache = MemoryCache(max_entries=2)
    await cache.set("a", b"1", ttl_s=10)
    await cache.set("b", b"2", ttl_s=10)
    await cache.get("a")
    await cache.set("c", b"3", ttl_s=10)

    assert [await cache.get(key) for key in "abc"] == [b"1", None, b"3"]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3_000)), max_size=80))
def test_memory_never_holds_more_than_its_bytes(steps: list[tuple[int, int]]) -> None:
    async def held() -> int:
        cache = MemoryCache(max_bytes=5_000)
        for key, size in steps:
            await cache.set(str(key), b"x" * size, ttl_s=10)
        values = [await cache.get(str(key)) for key in range(31)]
        return sum(len(value) for value in values if value is not None)

    assert asyncio.run(held()) <= 5_000
