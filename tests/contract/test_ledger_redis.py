"""Redis that goes, forgets and comes back, in front of a journal that does not."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from core.errors import SettingError
from core.ports.ledger import Granted, Refused, counter_name
from schemas.spending import Scope
from services.adapters.ledger.redis import RedisLedger
from services.adapters.ledger.store import StoreLedger
from tests.contract.conftest import OpenStore
from tests.contract.money import attempt, ended, everybody, limits, released
from tests.servers import EmbeddedRedis

WAIT_S = 10.0
OpenLedger = Callable[[str], Awaitable[RedisLedger]]


@pytest.fixture
async def open_ledger(open_store: OpenStore) -> AsyncIterator[OpenLedger]:
    opened: list[RedisLedger] = []

    async def open_one(url: str) -> RedisLedger:
        ledger = await RedisLedger.open(url, StoreLedger(await open_store()), prefix="test")
        opened.append(ledger)
        return ledger

    yield open_one
    for ledger in opened:
        await ledger.aclose()


@pytest.fixture
def location(migrated_copy: str) -> str:
    """One database is enough: what it holds is asked of both in `test_ledger`."""
    return migrated_copy


async def held(url: str, scope: Scope) -> Mapping[bytes, bytes]:
    """A counter as Redis holds it."""
    client = Redis.from_url(url)
    found: Any = await client.hgetall(f"newsdesk:{{test}}:ledger:{counter_name(scope)}")
    await client.aclose()
    return dict(found)


async def hold(url: str, scope: Scope, **fields: int) -> None:
    client = Redis.from_url(url)
    for name, value in fields.items():
        await client.hset(f"newsdesk:{{test}}:ledger:{counter_name(scope)}", name, value)
    await client.aclose()


async def forget(url: str, *scopes: Scope) -> None:
    client = Redis.from_url(url)
    await client.delete(*(f"newsdesk:{{test}}:ledger:{counter_name(each)}" for each in scopes))
    await client.aclose()


async def until_back(ledger: RedisLedger, url: str) -> None:
    """Reserve and release until Redis knows a counter again."""
    probe = everybody().model_copy(update={"key": "probe"})
    async with asyncio.timeout(WAIT_S):
        while True:
            name = uuid.uuid4().hex
            await ledger.reserve(attempt(name, scopes=(probe,)))
            await ledger.settle(released(name))
            if await held(url, probe):
                return
            await asyncio.sleep(0.05)


async def test_redis_ends_up_as_the_journal_is(
    open_ledger: OpenLedger, own_redis: EmbeddedRedis
) -> None:
    ledger = await open_ledger(own_redis.url)
    await asyncio.gather(*(ledger.reserve(attempt(f"n{n}")) for n in range(20)))
    await asyncio.gather(*(ledger.settle(ended(f"n{n}")) for n in range(20)))
    await ledger.aclose()

    counter = await held(own_redis.url, everybody())

    assert (counter[b"used"], counter[b"open"]) == (b"2400", b"0")
    assert [field for field in counter if field.startswith(b"take:")] == []


async def test_nobody_is_refused_what_was_just_given_back(
    open_ledger: OpenLedger, own_redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await open_ledger(own_redis.url)
    told = ledger._run
    full = (everybody(500),)

    async def late(script: AsyncScript, *words: object) -> Any:
        if script is ledger._mirror:
            await asyncio.sleep(0.01)
        return await told(script, *words)

    monkeypatch.setattr(ledger, "_run", late)
    answers = []
    for n in range(20):
        answers.append(await ledger.reserve(attempt(f"n{n}", scopes=full)))
        await ledger.settle(released(f"n{n}"))

    assert [answer for answer in answers if isinstance(answer, Refused)] == []


async def test_what_redis_refuses_never_comes_to_the_database(
    open_ledger: OpenLedger, open_store: OpenStore, own_redis: EmbeddedRedis
) -> None:
    ledger = await open_ledger(own_redis.url)
    full = (everybody(500),)
    await ledger.reserve(attempt("a1", scopes=full))
    async with (await open_store()).transaction(is_write=False) as work:
        (before,) = await work.journal.levels(full)

    refused = await ledger.reserve(attempt("a2", scopes=full))

    async with (await open_store()).transaction(is_write=False) as work:
        (after,) = await work.journal.levels(full)
    assert (refused, after) == (Refused(full[0], 500), before)


async def test_redis_killed_between_reserve_and_settle_changes_no_sum(
    open_ledger: OpenLedger, own_redis: EmbeddedRedis, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = await open_ledger(own_redis.url)
    two = (everybody(1_000),)
    await ledger.reserve(attempt("a1", scopes=two))
    own_redis.kill()

    ends = [await ledger.settle(ended("a1"))]
    while_away = [await ledger.reserve(attempt(name, scopes=two)) for name in ("a2", "a3")]
    own_redis.start()
    await until_back(ledger, own_redis.url)
    when_back = [await ledger.reserve(attempt(name, scopes=two)) for name in ("a4", "a5")]
    ends += [await ledger.settle(ended("a2"))]

    said = capsys.readouterr().out
    assert ends == [True, True]
    assert while_away == [Granted((620,)), Refused(two[0], 620)]
    assert [isinstance(each, Refused) for each in when_back] == [True, True]
    assert (await ledger.used(two), await ledger.drift(two)) == ((240,), (0,))
    assert (said.count("redis.away"), said.count("redis.back")) == (1, 1)


async def test_a_counter_that_expires_in_the_middle_is_there_again_with_the_next_group(
    open_ledger: OpenLedger, own_redis: EmbeddedRedis
) -> None:
    ledger = await open_ledger(own_redis.url)
    two = (everybody(1_000),)
    await ledger.reserve(attempt("a1", scopes=two))
    await forget(own_redis.url, *two)

    answers = [await ledger.reserve(attempt(name, scopes=two)) for name in ("a2", "a3")]
    await ledger.settle(ended("a1"))

    counter = await held(own_redis.url, two[0])
    assert answers == [Granted((1_000,)), Refused(two[0], 1_000)]
    assert (counter[b"used"], counter[b"open"]) == (b"620", b"0")


async def test_counters_from_before_an_outage_count_for_nothing(
    open_ledger: OpenLedger, own_redis: EmbeddedRedis
) -> None:
    first = await open_ledger(own_redis.url)
    full = (everybody(500),)
    await first.reserve(attempt("a1", scopes=full))
    await hold(own_redis.url, full[0], used=10_000)

    granted = await (await open_ledger(own_redis.url)).reserve(
        attempt("a2", scopes=(everybody(1_000),))
    )

    assert granted == Granted((1_000,))


@pytest.mark.parametrize("lie", [0, 10_000], ids=["too little", "too much"])
async def test_drift_of_redis_is_told_once_and_repaired(
    open_ledger: OpenLedger, own_redis: EmbeddedRedis, lie: int
) -> None:
    ledger = await open_ledger(own_redis.url)
    await ledger.reserve(attempt("a1"))
    await hold(own_redis.url, everybody(), used=lie)

    drifts = [await ledger.drift([everybody()]) for _ in range(2)]

    assert drifts == [(lie - 500,), (0,)]


async def test_too_small_a_counter_in_redis_passes_no_limit(
    open_ledger: OpenLedger, own_redis: EmbeddedRedis
) -> None:
    ledger = await open_ledger(own_redis.url)
    full = (everybody(500),)
    await ledger.reserve(attempt("a1", scopes=full))
    await hold(own_redis.url, full[0], used=0)

    refused = await ledger.reserve(attempt("a2", scopes=full))

    assert refused == Refused(full[0], 500)
    assert (await held(own_redis.url, full[0]))[b"open"] == b"0"


async def test_what_a_killed_process_had_taken_is_forgotten_after_a_while(
    open_ledger: OpenLedger, own_redis: EmbeddedRedis
) -> None:
    ledger = await open_ledger(own_redis.url)
    one = (everybody(500),)
    await ledger.reserve(attempt("a1", scopes=one))
    await ledger.settle(released("a1"))
    client = Redis.from_url(own_redis.url)
    await client.hset(
        f"newsdesk:{{test}}:ledger:{counter_name(one[0])}",
        mapping={"take:dead": "500:1000", "open": 500},
    )
    await client.aclose()

    granted = await ledger.reserve(attempt("a2", scopes=one))

    assert granted == Granted((500,))
    assert (await held(own_redis.url, one[0]))[b"open"] == b"0"


async def test_a_desk_starts_without_its_redis_and_finds_it_later(
    open_ledger: OpenLedger, own_redis: EmbeddedRedis
) -> None:
    own_redis.kill()
    ledger = await open_ledger(own_redis.url)
    without = await ledger.reserve(attempt("a1"))

    own_redis.start()
    await until_back(ledger, own_redis.url)
    await ledger.settle(ended("a1"))

    assert isinstance(without, Granted)
    assert (await held(own_redis.url, limits()[-1]))[b"used"] == b"120"


async def test_an_address_that_is_none_stops_the_start(open_ledger: OpenLedger) -> None:
    with pytest.raises(SettingError, match="NEWSDESK_REDIS_URL is no address"):
        await open_ledger("http://127.0.0.1:6379")
