import asyncio

import pytest

from core.breaker import Breaker, BreakerLimits
from core.errors import ModelFailed
from services.adapters.cache.memory import MemoryCache

LIMITS = BreakerLimits(window_s=60, min_requests=4, max_failure_rate=0.5, rest_s=30, probe_s=10)
NAME = "model:scripted"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(MemoryCache(clock=clock), LIMITS, clock=clock)


async def fail(breaker: Breaker, n: int = 1) -> None:
    for _ in range(n):
        with pytest.raises(RuntimeError, match="broken"):
            async with breaker.attempt(NAME):
                raise RuntimeError("broken")


async def succeed(breaker: Breaker, n: int = 1) -> None:
    for _ in range(n):
        async with breaker.attempt(NAME):
            pass


async def test_too_few_requests_never_open_it(breaker: Breaker) -> None:
    await fail(breaker, 3)

    assert await breaker.state(NAME) == "closed"


async def test_enough_failures_among_enough_requests_open_it(breaker: Breaker) -> None:
    await succeed(breaker, 2)
    await fail(breaker, 2)

    assert await breaker.state(NAME) == "open"


async def test_a_low_share_of_failures_leaves_it_closed(breaker: Breaker) -> None:
    await succeed(breaker, 5)
    await fail(breaker, 4)

    assert await breaker.state(NAME) == "closed"


async def test_failures_of_an_earlier_window_are_forgotten(breaker: Breaker, clock: Clock) -> None:
    await fail(breaker, 3)
    clock.now += 61
    await fail(breaker, 1)

    assert await breaker.state(NAME) == "closed"


async def test_one_name_says_nothing_of_another(breaker: Breaker) -> None:
    await fail(breaker, 4)

    assert await breaker.state("model:other") == "closed"


async def test_after_the_rest_one_probe_goes_through_and_success_closes(
    breaker: Breaker, clock: Clock
) -> None:
    await fail(breaker, 4)
    clock.now += 31

    async with breaker.attempt(NAME) as probe, breaker.attempt(NAME) as meanwhile:
        states = (probe, meanwhile)

    assert states == ("half_open", "open")
    assert await breaker.state(NAME) == "closed"


async def test_a_failed_probe_starts_a_new_rest(breaker: Breaker, clock: Clock) -> None:
    await fail(breaker, 4)
    clock.now += 31
    await fail(breaker)

    assert await breaker.state(NAME) == "open"
    clock.now += 31
    assert await breaker.state(NAME) == "half_open"


async def test_cancellation_is_no_failure_and_gives_the_probe_back(
    breaker: Breaker, clock: Clock
) -> None:
    await fail(breaker, 4)
    clock.now += 31

    with pytest.raises(asyncio.CancelledError, match="gone"):
        async with breaker.attempt(NAME):
            raise asyncio.CancelledError("gone")

    async with breaker.attempt(NAME) as state:
        assert state == "half_open"


async def test_a_probe_that_never_ended_is_given_up(breaker: Breaker, clock: Clock) -> None:
    await fail(breaker, 4)
    clock.now += 31
    lost = breaker.attempt(NAME)
    await lost.__aenter__()
    clock.now += 11

    async with breaker.attempt(NAME) as state:
        assert state == "half_open"


async def test_an_error_that_speaks_of_the_request_counts_as_an_answer(breaker: Breaker) -> None:
    for _ in range(8):
        with pytest.raises(ModelFailed, match="too long"):
            async with breaker.attempt(NAME, is_failure=lambda _: False):
                raise ModelFailed("too long", kind="context_too_long")

    assert await breaker.state(NAME) == "closed"


async def test_it_can_be_opened_by_hand_for_a_given_time(breaker: Breaker, clock: Clock) -> None:
    await breaker.trip(NAME, rest_s=600)

    clock.now += 599
    assert await breaker.state(NAME) == "open"


async def test_replicas_that_share_a_cache_share_its_state(clock: Clock) -> None:
    cache = MemoryCache(clock=clock)

    await fail(Breaker(cache, LIMITS), 4)

    assert await Breaker(cache, LIMITS).state(NAME) == "open"


async def test_a_call_that_was_not_made_counts_as_nothing_and_gives_its_probe_back(
    breaker: Breaker, clock: Clock
) -> None:
    await fail(breaker, 4)
    clock.now += 31

    with pytest.raises(RuntimeError, match="no room"):
        async with breaker.attempt(NAME, is_failure=lambda _: None):
            raise RuntimeError("no room")

    async with breaker.attempt(NAME) as state:
        pass
    assert state == "half_open"


async def test_another_process_is_noticed_after_half_a_second(clock: Clock) -> None:
    cache = MemoryCache(clock=clock)
    one, other = Breaker(cache, LIMITS, clock=clock), Breaker(cache, LIMITS, clock=clock)
    await succeed(one)
    await other.trip(NAME)

    states = []
    for _ in range(2):
        async with one.attempt(NAME) as state:
            states.append(state)
        clock.now += 0.5

    assert states == ["closed", "open"]


async def test_a_healthy_callee_costs_a_question_twice_a_second_at_most(clock: Clock) -> None:
    class Counting(MemoryCache):
        n_asked = 0

        async def get(self, key: str) -> bytes | None:
            self.n_asked += 1
            return await super().get(key)

        async def incr(self, key: str, *, ttl_s: float, by: int = 1) -> int:
            self.n_asked += 1
            return await super().incr(key, ttl_s=ttl_s, by=by)

    cache = Counting(clock=clock)
    breaker = Breaker(cache, LIMITS, clock=clock)

    await succeed(breaker, 100)

    assert cache.n_asked == 2
