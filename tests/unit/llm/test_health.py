import asyncio

from structlog.testing import capture_logs

from core.breaker import Breaker
from core.llm.deadline import Deadline
from schemas.model_settings import ModelEntry
from services.adapters.cache.memory import MemoryCache
from tests.unit.llm.standing_in import Desk, StandInModel, ask, desk, failed

NOON = 1_773_489_600.0
"""2026-03-14 12:00 UTC, in seconds since 1970."""


async def drafted(wired: Desk, times: int = 1) -> list[str | None]:
    return [(await wired.manager.draft(ask(), deadline=Deadline(10))).name for _ in range(times)]


def available(wired: Desk, name: str, role: str) -> float | None:
    return wired.value("model_available", model=name, role=role)


async def test_a_model_that_keeps_failing_rests() -> None:
    model = StandInModel(
        "only", *["bad_request"] * 2, *[failed("overloaded", retry_after_s=9)] * 9
    )
    wired = desk(model, min_requests=5)

    await drafted(wired, 8)

    # Two answers, then failures until they are at least half of five or more.
    assert len(model.calls) == 5
    assert wired.fallbacks(from_model="only", to_model="local", reason="breaker_open") == 3.0


async def test_a_refused_key_rests_the_model_and_is_told_once() -> None:
    bad = StandInModel("bad", *["auth"] * 9)
    wired = desk(bad, StandInModel("next"))

    with capture_logs() as lines:
        names = await drafted(wired, 4)

    assert (names, len(bad.calls)) == (["next"] * 4, 1)
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("model.unusable", "error"),
        ("model.rested", "warning"),
    ]
    assert (lines[0]["model"], lines[0]["why"]) == ("bad", "auth")
    assert "newsdesk models check" in lines[0]["do"]


async def test_a_trouble_that_was_mended_and_comes_back_is_told_again() -> None:
    model = StandInModel("only", "bad_request", "bad_request")
    wired = desk(model)

    with capture_logs() as lines:
        await drafted(wired, 3)
        model.steps.append("bad_request")
        await drafted(wired)

    assert [line["why"] for line in lines] == ["bad_request", "bad_request"]


async def test_a_quota_of_the_day_rests_its_model_until_midnight_utc() -> None:
    cache_now = [0.0]
    model = StandInModel("only", failed("rate_limited", is_exhausted=True))
    wired = desk(
        model,
        wall_clock=lambda: NOON,
        breaker=Breaker(MemoryCache(clock=lambda: cache_now[0])),
    )

    first = await drafted(wired)
    cache_now[0] = 12 * 3_600 - 1
    before = await drafted(wired)
    cache_now[0] = 12 * 3_600 + 1
    after = await drafted(wired)

    assert (first, before, after) == ([None], [None], ["only"])
    assert wired.fallbacks(from_model="only", to_model="local", reason="quota") == 1.0


async def test_a_quota_rests_as_long_as_the_provider_says() -> None:
    cache_now = [0.0]
    model = StandInModel("only", failed("rate_limited", is_exhausted=True, retry_after_s=600))
    wired = desk(model, breaker=Breaker(MemoryCache(clock=lambda: cache_now[0])))
    await drafted(wired)

    cache_now[0] = 601

    assert await drafted(wired) == ["only"]


async def test_at_the_start_every_model_of_a_chain_is_available() -> None:
    wired = desk(StandInModel("a"), StandInModel("b"), StandInModel("c"), route=("b", "a"))

    await wired.manager.start()

    assert (available(wired, "b", "primary"), available(wired, "a", "fallback")) == (1.0, 1.0)
    assert 'model="c"' not in wired.metrics.render().decode()


async def test_a_model_that_rests_is_not_available_until_a_probe_succeeds() -> None:
    cache_now = [0.0]
    model = StandInModel("only", "auth")
    wired = desk(model, breaker=Breaker(MemoryCache(clock=lambda: cache_now[0])))
    await wired.manager.start()

    await drafted(wired)
    resting = available(wired, "only", "primary")
    cache_now[0] = 31.0
    await wired.manager.refresh()
    unproven = available(wired, "only", "primary")
    await drafted(wired)

    assert (resting, unproven, available(wired, "only", "primary")) == (0.0, 0.0, 1.0)


async def test_another_replicas_trouble_is_seen_by_looking_again() -> None:
    breaker = Breaker(MemoryCache())
    one = desk(StandInModel("only", "auth"), breaker=breaker)
    other = desk(StandInModel("only"), breaker=breaker)
    await other.manager.start()

    await drafted(one)
    await other.manager.refresh()

    assert available(other, "only", "primary") == 0.0


async def test_a_new_key_does_not_rest_for_the_old_one() -> None:
    breaker = Breaker(MemoryCache())
    old = desk(StandInModel("only", "auth"), breaker=breaker, fingerprints={"only": "aa"})
    new = desk(StandInModel("only"), breaker=breaker, fingerprints={"only": "bb"})
    await drafted(old)

    assert await drafted(new) == ["only"]


async def test_a_probe_that_was_not_made_leaves_the_turn_to_the_next_caller() -> None:
    cache_now = [0.0]
    breaker = Breaker(MemoryCache(clock=lambda: cache_now[0]))
    await breaker.trip("model:only")
    cache_now[0] = 31.0
    over = {"only": ModelEntry(provider="openai", model="m", tokens_per_minute=10)}

    refused = await desk(StandInModel("only"), breaker=breaker, entries=over).manager.draft(
        ask(), deadline=Deadline(10)
    )

    assert refused.notes[-1].reason == "quota"
    assert await drafted(desk(StandInModel("only"), breaker=breaker)) == ["only"]


async def test_calls_beyond_a_models_places_wait_and_then_give_up() -> None:
    model = StandInModel("only", delay_s=0.3)
    wired = desk(model, entry={"in_flight": 2}, attempt_s=0.7)

    replies = await asyncio.gather(
        *(wired.manager.draft(ask(), deadline=Deadline(10)) for _ in range(6))
    )

    assert [reply.name for reply in replies] == ["only"] * 4 + [None] * 2
    assert {note.reason for reply in replies for note in reply.notes} == {"busy"}


async def test_a_failure_that_speaks_of_the_request_does_not_rest_the_model() -> None:
    model = StandInModel("only", "content_policy", "bad_request", "schema_invalid")
    wired = desk(model, min_requests=1)

    assert await drafted(wired, 4) == [None, None, None, "only"]


async def test_a_failure_that_passes_is_told_with_its_cause() -> None:
    wired = desk(StandInModel("only", failed("schema_invalid")))

    with capture_logs() as lines:
        await drafted(wired)

    assert [(line["event"], line["kind"]) for line in lines] == [
        ("model.failed", "schema_invalid")
    ]
    assert "it said schema_invalid" in lines[0]["error"]
