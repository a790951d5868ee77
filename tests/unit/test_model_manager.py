"""The model manager as its callers see it; its parts have tests in `llm/`."""

import asyncio

import pytest

from core.errors import BudgetExceeded, ModelUnavailable
from core.llm.deadline import Deadline
from core.llm.pricing import Price
from schemas.llm import FailureKind, ModelCall, ModelNote, ModelReply, Task, Usage
from schemas.model_settings import ModelEntry
from tests.unit.llm.standing_in import (
    LADDER,
    USAGE,
    MemoryLedger,
    StandInModel,
    account,
    answered,
    ask,
    desk,
    failed,
    reply_of,
)


async def _routed(task: Task) -> str | None:
    wired = desk(
        StandInModel("first"), StandInModel("second"), task=task, route=("second", "first")
    )

    drafted = await wired.manager.draft(ask(task), deadline=Deadline(10))

    assert drafted.reply is not None
    assert drafted.name == "second"
    return drafted.reply.model


async def test_model_routing_keyphrase_mining() -> None:
    assert await _routed("keyphrase_mining") == "second-2026"


async def test_model_routing_sentiment() -> None:
    assert await _routed("sentiment_emotion") == "second-2026"


async def test_model_routing_topics() -> None:
    assert await _routed("topic_modeler") == "second-2026"


async def test_a_task_without_a_route_is_local_and_no_fallback() -> None:
    wired = desk(StandInModel("first"))

    drafted = await wired.manager.draft(ask("topic_modeler"), deadline=Deadline(10))

    assert (drafted.reply, drafted.notes) == (None, ())
    assert "orchestrator_fallback_total{" not in wired.metrics.render().decode()


async def test_primary_timeout_triggers_fallback() -> None:
    wired = desk(StandInModel("slow", delay_s=5), StandInModel("quick"), attempt_s=0.3)

    drafted = await wired.manager.draft(ask(), deadline=Deadline(5))

    assert drafted.reply is not None
    assert drafted.reply.model == "quick-2026"
    assert wired.fallbacks(from_model="slow", to_model="quick", reason="timeout") == 1.0
    assert drafted.notes == (
        ModelNote(task="compose", step="next_model", reason="timeout", model="slow"),
    )


async def test_budget_cap_enforcement() -> None:
    ledger = MemoryLedger()
    model = StandInModel("only")
    wired = desk(model, ledger=ledger)
    payer = account(user_day_usd=0.01)

    drafts = [
        await wired.manager.draft(ask(account=payer), deadline=Deadline(10)) for _ in range(20)
    ]

    spent = sum(drafted.micro_usd for drafted in drafts)
    assert spent == len(model.calls) * 1_100
    assert 0 < spent <= 10_000
    assert drafts[-1].reply is None
    assert drafts[-1].notes[-1].reason == "money"


async def test_budget_degradation_reduces_context() -> None:
    model = StandInModel("only")
    wired = desk(model, ledger=MemoryLedger())
    asked = ask(account=account(command_tokens=2_500), variants=LADDER, max_tokens=1_000)

    drafted = await wired.manager.draft(asked, deadline=Deadline(10))

    assert drafted.reply is not None
    assert model.calls[0].messages == LADDER[1].messages
    assert drafted.notes == (
        ModelNote(task="compose", step="fewer_documents", reason="tokens", model="only"),
    )


async def test_telemetry_tracking() -> None:
    ledger = MemoryLedger()
    wired = desk(StandInModel("only", failed("overloaded", answered=answered())), ledger=ledger)

    await wired.manager.draft(ask(account=account()), deadline=Deadline(10))
    await wired.manager.settled("run1")

    rows = [(s.state, s.outcome, s.model) for s in ledger.settlements.values()]
    assert rows == [
        ("settled_actual", "overloaded", "model-2026"),
        ("settled_actual", "ok", "only-2026"),
    ]
    calls = {"model": "only", "task": "compose"}
    assert wired.value("model_calls_total", **calls, outcome="overloaded") == 1.0
    assert wired.value("model_calls_total", **calls, outcome="ok") == 1.0
    assert wired.value("model_latency_seconds_count", **calls) == 2.0
    assert wired.value("model_cost_usd_total", **calls) == pytest.approx(0.0022)
    tokens = {
        direction: wired.value("model_tokens_total", model="only", direction=direction)
        for direction in ("input", "cached", "output", "reasoning")
    }
    assert tokens == {"input": 1_600, "cached": 200, "output": 300, "reasoning": 100}


def test_cost_estimation() -> None:
    price = Price(input=1_250_000, cached=125_000, output=10_000_000)

    assert price.cost(USAGE) == 1_000 + 13 + 2_000  # 12.5 of the cached part is rounded up
    assert price.cost(Usage(output_tokens=1)) == 10
    assert price.most(input_tokens=1_000, output_tokens=500) == 1_250 + 5_000


async def test_multiple_fallbacks() -> None:
    wired = desk(StandInModel("a", "auth"), StandInModel("b", "content_policy"), StandInModel("c"))

    drafted = await wired.manager.draft(ask(), deadline=Deadline(10))

    assert drafted.reply is not None
    assert (drafted.name, drafted.reply.model) == ("c", "c-2026")
    assert wired.fallbacks(from_model="b", to_model="c", reason="policy") == 1.0
    assert [(note.model, note.reason) for note in drafted.notes] == [
        ("a", "auth"),
        ("b", "policy"),
    ]


async def test_all_models_fail_raises_error() -> None:
    wired = desk(StandInModel("a", "auth"), StandInModel("b", "bad_request"))

    with pytest.raises(ModelUnavailable, match="a: auth; b: bad_request"):
        await wired.manager.draft(ask(is_required=True), deadline=Deadline(10))


async def test_when_all_models_fail_and_none_is_required_the_answer_is_local() -> None:
    wired = desk(StandInModel("a", "auth"), StandInModel("b", "bad_request"))

    drafted = await wired.manager.draft(ask(), deadline=Deadline(10))

    assert drafted.reply is None
    assert drafted.notes[-1] == ModelNote(
        task="compose", step="local", reason="bad_request", model="b"
    )


async def test_with_plain_code_switched_off_a_failed_route_is_an_error() -> None:
    wired = desk(StandInModel("a", "bad_request"), is_local_allowed=False)

    with pytest.raises(ModelUnavailable, match="a: bad_request"):
        await wired.manager.draft(ask(), deadline=Deadline(10))


async def test_with_plain_code_switched_off_a_task_without_a_route_stays_plain() -> None:
    wired = desk(StandInModel("a"), is_local_allowed=False)

    drafted = await wired.manager.draft(ask("topic_modeler"), deadline=Deadline(10))

    assert drafted.reply is None


async def test_insisting_on_a_model_where_none_is_configured_says_so() -> None:
    with pytest.raises(ModelUnavailable, match="none is configured"):
        await desk().manager.draft(ask(is_required=True), deadline=Deadline(10))


async def test_insisting_on_a_model_without_money_names_the_limit() -> None:
    wired = desk(StandInModel("a"), StandInModel("b"), ledger=MemoryLedger())
    asked = ask(is_required=True, account=account(global_day_usd=0))

    with pytest.raises(BudgetExceeded, match="0 of 0 are used of the limit 'global_day_usd'") as e:
        await wired.manager.draft(asked, deadline=Deadline(10))

    assert e.value.scope == "global_day_usd"


async def test_a_model_without_an_entry_stops_the_start() -> None:
    with pytest.raises(ValueError, match="models without an entry: 'a'"):
        type(desk().manager)({"a": StandInModel("a")}, {}, parts=desk().manager._parts)


async def test_an_attempt_gets_at_most_sixty_percent_while_another_follows() -> None:
    first, second = StandInModel("first", "auth"), StandInModel("second")

    await desk(first, second).manager.draft(ask(), deadline=Deadline(5))

    assert first.calls[0].timeout_s == pytest.approx(3.0, abs=0.15)
    assert second.calls[0].timeout_s == pytest.approx(4.0, abs=0.15)


async def test_the_ceiling_of_the_route_holds_however_much_is_left() -> None:
    only = StandInModel("only")

    await desk(only).manager.draft(ask(), deadline=Deadline(100))

    assert only.calls[0].timeout_s == pytest.approx(4.0, abs=0.1)


async def test_a_model_that_was_silent_is_not_waited_for_again_in_the_same_run() -> None:
    slow, quick = StandInModel("slow", delay_s=5), StandInModel("quick")
    wired = desk(slow, quick, attempt_s=0.3, ledger=MemoryLedger())
    first, second = account(), account()

    names = [
        (await wired.manager.draft(ask(account=payer), deadline=Deadline(3))).name
        for payer in (first, first, second)
    ]

    assert names == ["quick"] * 3
    assert (len(slow.calls), len(quick.calls)) == (2, 3)


async def test_a_silent_model_is_asked_again_where_nobody_else_is_left() -> None:
    slow = StandInModel("slow", delay_s=5)
    wired = desk(slow, attempt_s=0.3, ledger=MemoryLedger())
    payer = account()

    for _ in range(2):
        await wired.manager.draft(ask(account=payer), deadline=Deadline(3))

    assert len(slow.calls) == 2


async def test_a_hanging_primary_leaves_time_for_its_fallback_and_a_second_at_the_end() -> None:
    deadline = Deadline(2.2)
    wired = desk(StandInModel("hangs", delay_s=60), StandInModel("hangs too", delay_s=60))

    drafted = await wired.manager.draft(ask(), deadline=deadline)

    assert drafted.reply is None
    assert 0.9 < deadline.left() < 1.1


async def test_without_time_for_an_attempt_the_answer_is_local() -> None:
    only, other = StandInModel("only"), StandInModel("other")
    wired = desk(only, other)

    drafted = await wired.manager.draft(ask(), deadline=Deadline(1.1))

    assert (drafted.reply, only.calls, other.calls) == (None, [], [])
    assert wired.fallbacks(from_model="only", to_model="local", reason="time") == 1.0


async def test_a_cancelled_request_is_no_call_and_no_fallback() -> None:
    wired = desk(StandInModel("only", delay_s=5))
    request = asyncio.create_task(wired.manager.draft(ask(), deadline=Deadline(10)))
    await asyncio.sleep(0.01)

    request.cancel("gone")

    with pytest.raises(asyncio.CancelledError, match="gone"):
        await request
    text = wired.metrics.render().decode()
    assert ("model_calls_total{" in text, "orchestrator_fallback_total{" in text) == (False, False)


async def test_a_bug_in_an_adapter_is_not_hidden_by_a_fallback() -> None:
    async def broken(_: ModelCall) -> ModelReply:
        raise KeyError("a bug")

    ledger = MemoryLedger()
    wired = desk(StandInModel("only", broken), ledger=ledger)

    with pytest.raises(KeyError, match="a bug"):
        await wired.manager.draft(ask(account=account()), deadline=Deadline(10))

    await wired.manager.aclose()
    assert ledger.states() == ["settled_estimate"]


async def test_a_streamed_reply_tells_how_it_grows_and_begins_anew_on_the_next_model() -> None:
    told: list[int] = []

    async def on_text(n_chars: int) -> None:
        told.append(n_chars)

    wired = desk(StandInModel("first", "content_policy"), StandInModel("second"))

    drafted = await wired.manager.draft(ask(on_text=on_text), deadline=Deadline(10))

    assert drafted.reply == reply_of("second")
    assert told == [4, 8, 4, 8]


async def test_a_limit_that_is_nearly_used_up_is_told() -> None:
    wired = desk(StandInModel("only"), ledger=MemoryLedger())
    payer = account(user_day_usd=0.005, global_day_usd=1)
    asked = ask(account=payer, max_tokens=1_000)

    told = [
        (await wired.manager.draft(asked, deadline=Deadline(10))).near_limits for _ in range(4)
    ]

    # 1,100 micro-dollars an answer of 5,000: the warning begins at 4,000.
    assert told == [(), (), (), ("user_day_usd",)]


async def test_a_free_model_answers_when_the_money_of_the_day_is_gone() -> None:
    dear, dear_too, own = StandInModel("dear"), StandInModel("dear too"), StandInModel("own")
    free = ModelEntry(provider="compatible", model="own", price={"input": 0, "output": 0})
    wired = desk(dear, dear_too, own, entries={"own": free}, ledger=MemoryLedger())

    drafted = await wired.manager.draft(
        ask(account=account(user_day_usd=0)), deadline=Deadline(10)
    )

    assert (drafted.name, drafted.micro_usd) == ("own", 0)
    assert (dear.calls, dear_too.calls) == ([], [])
    assert wired.fallbacks(from_model="dear", to_model="own", reason="money") == 1.0


@pytest.mark.parametrize("kind", ["overloaded", "rate_limited", "timeout"])
async def test_a_transient_failure_is_tried_once_more(kind: FailureKind) -> None:
    model = StandInModel("only", failed(kind, retry_after_s=0.0))

    drafted = await desk(model).manager.draft(ask(), deadline=Deadline(10))

    assert drafted.reply is not None
    assert len(model.calls) == 2


@pytest.mark.parametrize(
    "kind", ["auth", "bad_request", "content_policy", "context_too_long", "schema_invalid"]
)
async def test_what_would_fail_again_is_not_tried_again(kind: FailureKind) -> None:
    model = StandInModel("only", kind)

    drafted = await desk(model).manager.draft(ask(), deadline=Deadline(10))

    assert (drafted.reply, len(model.calls)) == (None, 1)
