"""Processes that share a cache in Redis, and what happens when one of them, or Redis, dies."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot_service.doctor import doctor
from core.errors import SettingError
from schemas.settings import Settings
from services.adapters.cache.redis import RedisCache
from services.wiring import open_desk
from tests.servers import EmbeddedRedis

WAIT_S = 10.0
OpenCache = Callable[..., Awaitable[RedisCache]]


@pytest.fixture
async def open_cache(own_redis: EmbeddedRedis) -> AsyncIterator[OpenCache]:
    opened: list[RedisCache] = []

    async def open_one(*, lease_s: float = 5.0) -> RedisCache:
        opened.append(await RedisCache.open(own_redis.url, prefix="test", lease_s=lease_s))
        return opened[-1]

    yield open_one
    for cache in opened:
        await cache.aclose()


class Maker:
    """Makes a value slowly and counts how often it was asked to."""

    def __init__(self, value: bytes = b"made", pause_s: float = 0.1) -> None:
        self.n_made = 0
        self._value = value
        self._pause_s = pause_s

    async def __call__(self) -> bytes:
        self.n_made += 1
        await asyncio.sleep(self._pause_s)
        return self._value


async def shared_again(one: RedisCache, other: RedisCache) -> None:
    """Wait until what one process writes is read by another."""
    async with asyncio.timeout(WAIT_S):
        n = 0
        while await other.get("seen") != str(n).encode():
            n += 1
            await one.set("seen", str(n).encode(), ttl_s=10)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("ttl_s", [10, 0])
async def test_one_make_serves_all_processes(open_cache: OpenCache, ttl_s: float) -> None:
    caches, make = [await open_cache() for _ in range(3)], Maker()

    async def ask(n: int) -> tuple[bytes, bool]:
        return await caches[n % 3].single_flight("k", ttl_s=ttl_s, make=make)

    found = await asyncio.gather(*(ask(n) for n in range(12)))

    assert (make.n_made, set(found)) == (1, {(b"made", False)})


async def test_a_maker_that_works_longer_than_its_lease_keeps_the_flight(
    open_cache: OpenCache,
) -> None:
    one, other = [await open_cache(lease_s=0.2) for _ in range(2)]
    make = Maker(pause_s=0.7)

    found = await asyncio.gather(
        *(cache.single_flight("k", ttl_s=10, make=make) for cache in (one, other))
    )

    assert (make.n_made, found) == (1, [(b"made", False)] * 2)


async def test_when_the_maker_dies_another_process_makes(
    open_cache: OpenCache, own_redis: EmbeddedRedis
) -> None:
    dead, other = await open_cache(lease_s=0.3), await open_cache(lease_s=0.3)
    dying = asyncio.create_task(dead.single_flight("k", ttl_s=10, make=Maker(b"never", 60)))
    await asyncio.sleep(0.05)
    await dead._client.aclose(close_connection_pool=True)
    dead._is_away = True  # as a killed process: it neither renews its lock nor lets go of it
    renewing = [task for task in asyncio.all_tasks() if "_keep" in repr(task.get_coro())]
    for task in renewing:
        task.cancel()

    found = await other.single_flight("k", ttl_s=10, make=Maker(b"alive"))

    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert (found, await other.get("k")) == ((b"alive", False), b"alive")


async def test_a_maker_whose_lock_went_to_another_stores_nothing(
    open_cache: OpenCache, own_redis: EmbeddedRedis
) -> None:
    slow, other = await open_cache(), await open_cache()
    late = asyncio.create_task(slow.single_flight("k", ttl_s=10, make=Maker(b"late", 0.3)))
    await asyncio.sleep(0.1)
    await other._client.delete("newsdesk:{test}:cache:k:lock")

    first = await other.single_flight("k", ttl_s=10, make=Maker(b"first", 0.01))

    assert (first, await late) == ((b"first", False), (b"late", False))
    assert await other.get("k") == b"first"


async def test_a_failure_stays_in_its_process_and_another_one_makes(
    open_cache: OpenCache,
) -> None:
    one, other = await open_cache(), await open_cache()

    async def broken() -> bytes:
        await asyncio.sleep(0.1)
        raise RuntimeError("broken")

    failing = asyncio.create_task(one.single_flight("k", ttl_s=10, make=broken))
    await asyncio.sleep(0.03)
    found = await other.single_flight("k", ttl_s=10, make=Maker())

    assert found == (b"made", False)
    with pytest.raises(RuntimeError, match="broken"):
        await failing


async def test_without_redis_each_process_goes_on_and_says_so_once(
    open_cache: OpenCache, own_redis: EmbeddedRedis, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = await open_cache(), await open_cache()
    await one.set("old", b"before", ttl_s=60)
    own_redis.kill()

    for cache in (one, other):
        make = Maker()
        assert await cache.get("old") is None
        await cache.set("a", b"1", ttl_s=60)
        assert await cache.get("a") == b"1"
        assert [await cache.incr("n", ttl_s=60) for _ in range(2)] == [1, 2]
        assert await cache.single_flight("k", ttl_s=60, make=make) == (b"made", False)
        assert await cache.single_flight("k", ttl_s=60, make=make) == (b"made", True)
        assert await cache.take_token("t", per_minute=10, burst=1) == 0
    own_redis.start()
    await shared_again(one, other)
    await shared_again(other, one)

    said = capsys.readouterr().out
    assert (said.count("redis.away"), said.count("redis.back")) == (2, 2)
    assert await one.get("a") is None


async def test_what_is_deleted_while_redis_is_away_is_gone_when_it_is_back(
    open_cache: OpenCache,
) -> None:
    one, other = await open_cache(), await open_cache()
    await one.set("a", b"stale", ttl_s=60)
    one._lost(ConnectionError("the network"))

    await one.delete("a")
    await shared_again(one, other)

    assert await other.get("a") is None


async def test_a_flight_ends_well_when_redis_dies_in_the_middle(
    open_cache: OpenCache, own_redis: EmbeddedRedis
) -> None:
    cache, make = await open_cache(), Maker(pause_s=0.2)
    flight = asyncio.create_task(cache.single_flight("k", ttl_s=10, make=make))
    await asyncio.sleep(0.05)
    own_redis.kill()

    assert await flight == (b"made", False)
    assert await cache.single_flight("k", ttl_s=10, make=make) == (b"made", True)
    assert make.n_made == 1


async def test_an_address_that_is_none_stops_the_start() -> None:
    with pytest.raises(SettingError, match="NEWSDESK_REDIS_URL is no address"):
        await RedisCache.open("http://127.0.0.1", prefix="test")


async def test_doctor_says_whether_redis_answers(
    redis_server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_desk(Settings(data_dir=tmp_path)):
        pass
    codes = [
        await doctor(Settings(data_dir=tmp_path, redis_url=SecretStr(url)), is_json=False)
        for url in (redis_server, "redis://:hush@127.0.0.1:1/0")
    ]

    said = capsys.readouterr().out
    assert codes == [0, 1]
    assert "✓ Redis: " in said
    assert "✗ Redis: it does not answer" in said
    assert "hush" not in said
