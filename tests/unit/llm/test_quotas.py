import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.breaker import Breaker
from core.llm.deadline import Deadline
from core.llm.parts import ManagerParts
from core.llm.pricing import Prices
from core.llm.quotas import Quotas
from core.llm.walk import NotCalled
from monitoring.metrics import Metrics
from schemas.llm import Usage
from schemas.model_settings import ModelEntry
from services.adapters.cache.memory import MemoryCache
from tests.unit.llm.standing_in import StandInModel, ask, desk, reply_of


def quotas_of(cache: MemoryCache, now: list[float], **limits: int) -> Quotas:
    entries = {"m": ModelEntry(provider="openai", model="m", **limits)}
    return Quotas(
        ManagerParts(
            breaker=Breaker(cache),
            cache=cache,
            metrics=Metrics(),
            prices=Prices(entries, lambda _provider, _model: None),
            entries=entries,
            wall_clock=lambda: now[0],
        )
    )


async def taken(quotas: Quotas, n: int, tokens: int = 1) -> int:
    """How many of `n` calls got their quota without waiting."""
    got = 0
    for _ in range(n):
        try:
            await quotas.hold("m", tokens, left_s=0)
        except NotCalled:
            continue
        got += 1
    return got


@pytest.mark.parametrize(
    ("limits", "tokens", "allowed"),
    [
        ({"requests_per_minute": 5}, 1, 5),
        ({"tokens_per_minute": 1_000}, 300, 3),
        ({"requests_per_day": 7}, 1, 7),
        ({"requests_per_minute": 5, "tokens_per_minute": 1_000, "requests_per_day": 2}, 300, 2),
        ({}, 10**9, 20),
    ],
)
async def test_no_more_than_a_quota_goes_out(
    limits: dict[str, int], tokens: int, allowed: int
) -> None:
    assert await taken(quotas_of(MemoryCache(), [0.0], **limits), 20, tokens) == allowed


async def test_a_new_minute_brings_a_new_quota() -> None:
    now = [59.0]
    quotas = quotas_of(MemoryCache(), now, requests_per_minute=3)
    before = await taken(quotas, 5)

    now[0] = 60.0

    assert (before, await taken(quotas, 5)) == (3, 3)


async def test_replicas_share_a_quota() -> None:
    cache = MemoryCache()
    replicas = [quotas_of(cache, [0.0], requests_per_minute=500) for _ in range(3)]

    got = sum([await taken(replica, 300) for replica in replicas])

    assert got == 500


async def test_tokens_that_were_not_used_are_given_back() -> None:
    quotas = quotas_of(MemoryCache(), [0.0], tokens_per_minute=1_000)
    held = await quotas.hold("m", 900, left_s=0)

    quotas.give_back(held, tokens=700)

    assert await taken(quotas, 5, 300) == 2


async def test_what_a_past_minute_held_does_not_count_for_the_next() -> None:
    now = [0.0]
    quotas = quotas_of(MemoryCache(), now, requests_per_minute=3)
    held = await quotas.hold("m", 1, left_s=0)
    now[0] = 60.0
    await quotas.hold("m", 1, left_s=0)

    quotas.give_back(held)

    assert await taken(quotas, 5) == 2


async def test_a_short_wait_for_the_next_minute_is_made() -> None:
    now = [59.9]
    quotas = quotas_of(MemoryCache(), now, requests_per_minute=1)
    await quotas.hold("m", 1, left_s=0)

    waiting = asyncio.create_task(quotas.hold("m", 1, left_s=4.0))
    await asyncio.sleep(0)
    now[0] = 60.0

    assert (await waiting).parts


async def test_a_long_wait_or_one_that_cannot_help_is_not_made() -> None:
    long = quotas_of(MemoryCache(), [1.0], requests_per_minute=1)
    await long.hold("m", 1, left_s=0)
    never = quotas_of(MemoryCache(), [59.99], tokens_per_minute=100)
    started_at = time.monotonic()

    for quotas, tokens in ((long, 1), (never, 101)):
        with pytest.raises(NotCalled, match="quota"):
            await quotas.hold("m", tokens, left_s=10)

    assert time.monotonic() - started_at < 0.5


async def test_a_request_over_its_quota_goes_to_the_next_model() -> None:
    wired = desk(
        StandInModel("first"),
        StandInModel("next"),
        entries={
            "first": ModelEntry(provider="openai", model="first", requests_per_minute=1),
        },
        wall_clock=lambda: 1.0,
    )

    names = [(await wired.manager.draft(ask(), deadline=Deadline(10))).name for _ in range(3)]

    assert names == ["first", "next", "next"]
    assert wired.fallbacks(from_model="first", to_model="next", reason="quota") == 2.0


async def test_what_a_call_really_used_is_what_its_quota_counts() -> None:
    model = StandInModel(
        "only", *[reply_of("only", Usage(input_tokens=50, output_tokens=50))] * 20
    )
    wired = desk(model, entry={"tokens_per_minute": 3_000}, wall_clock=lambda: 1.0)

    for _ in range(20):
        await wired.manager.draft(ask(max_tokens=1_000), deadline=Deadline(10))

    # Each may need some 1,460 and used 100: the last one fits as long as 1,460 are left.
    assert len(model.calls) == 16


@settings(max_examples=60, deadline=None)
@given(
    limit=st.integers(1, 400),
    asked=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 120), st.booleans()), max_size=60),
)
async def test_whatever_replicas_take_and_give_back_a_window_is_never_exceeded(
    limit: int, asked: list[tuple[int, int, bool]]
) -> None:
    cache = MemoryCache()
    replicas = [quotas_of(cache, [0.0], tokens_per_minute=limit) for _ in range(3)]
    in_use = 0

    for replica, tokens, is_used in asked:
        try:
            held = await replicas[replica].hold("m", tokens, left_s=0)
        except NotCalled:
            continue
        in_use += tokens
        assert in_use <= limit
        if not is_used:
            replicas[replica].give_back(held)
            in_use -= tokens
