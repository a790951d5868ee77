import time

import pytest

from core.llm.deadline import Deadline
from schemas.llm import ModelNote, Usage
from tests.unit.llm.standing_in import (
    LADDER,
    MemoryLedger,
    StandInModel,
    account,
    answered,
    ask,
    desk,
    failed,
    reply_of,
)


async def test_a_retry_waits_as_long_as_the_provider_wants() -> None:
    model = StandInModel("only", failed("rate_limited", retry_after_s=0.3))
    started_at = time.monotonic()

    drafted = await desk(model).manager.draft(ask(), deadline=Deadline(10))

    assert drafted.reply is not None
    assert time.monotonic() - started_at >= 0.3


async def test_a_wait_that_does_not_fit_gives_the_next_model_its_turn_at_once() -> None:
    wired = desk(
        StandInModel("busy", failed("rate_limited", retry_after_s=60)), StandInModel("next")
    )
    started_at = time.monotonic()

    drafted = await wired.manager.draft(ask(), deadline=Deadline(10))

    assert drafted.name == "next"
    assert time.monotonic() - started_at < 0.2


async def test_a_model_that_fails_twice_is_passed_over() -> None:
    bad = StandInModel("bad", *[failed("overloaded", retry_after_s=0.0)] * 3)

    drafted = await desk(bad, StandInModel("next")).manager.draft(ask(), deadline=Deadline(10))

    assert (drafted.name, len(bad.calls)) == ("next", 2)


async def test_an_invalid_reply_is_shown_to_its_model_once_and_mended() -> None:
    model = StandInModel("only", failed("schema_invalid", answered=answered('{"claims": 7}')))

    drafted = await desk(model).manager.draft(ask(), deadline=Deadline(10))

    assert drafted.reply is not None
    assert drafted.notes == (
        ModelNote(task="compose", step="repaired", reason="schema_invalid", model="only"),
    )
    first, wrong, told = model.calls[1].messages
    assert (first, wrong.role, wrong.content) == (
        model.calls[0].messages[0],
        "assistant",
        '{"claims": 7}',
    )
    assert "it said schema_invalid" in told.content


async def test_a_repair_is_a_reservation_of_its_own() -> None:
    ledger = MemoryLedger()
    model = StandInModel("only", failed("schema_invalid", answered=answered("{}")))

    manager = desk(model, ledger=ledger).manager

    drafted = await manager.draft(ask(account=account()), deadline=Deadline(10))
    await manager.settled("run1")

    assert ledger.states() == ["settled_actual", "settled_actual"]
    assert drafted.micro_usd == 2_200


async def test_of_a_huge_invalid_reply_only_the_beginning_is_shown_again() -> None:
    model = StandInModel("only", failed("schema_invalid", answered=answered("x" * 100_000)))

    await desk(model).manager.draft(ask(), deadline=Deadline(10))

    assert len(model.calls[1].messages[1].content) == 2_000


async def test_a_reply_that_is_invalid_twice_is_not_mended_again() -> None:
    wrong = failed("schema_invalid", answered=answered("{}"))
    model = StandInModel("only", wrong, wrong, wrong)

    drafted = await desk(model).manager.draft(ask(), deadline=Deadline(10))

    assert (drafted.reply, len(model.calls)) == (None, 2)
    assert drafted.notes[-1].reason == "schema_invalid"


async def test_a_repair_that_the_budget_refuses_is_not_made() -> None:
    model = StandInModel("only", failed("schema_invalid", answered=answered("{}")))
    wired = desk(model, StandInModel("next"), ledger=MemoryLedger())
    asked = ask(account=account(command_tokens=1_800), max_tokens=1_000)

    drafted = await wired.manager.draft(asked, deadline=Deadline(10))

    assert len(model.calls) == 1
    assert [note.reason for note in drafted.notes] == ["schema_invalid", "tokens"]


async def test_a_repair_that_would_not_fit_into_the_time_is_not_made() -> None:
    slow = StandInModel("slow", failed("schema_invalid", answered=answered("{}")), delay_s=0.6)

    drafted = await desk(slow, attempt_s=1.0).manager.draft(ask(), deadline=Deadline(10))

    assert (drafted.reply, len(slow.calls)) == (None, 1)


async def test_a_context_that_is_too_long_is_cut_on_the_same_model() -> None:
    model = StandInModel("only", "context_too_long")

    drafted = await desk(model).manager.draft(ask(variants=LADDER), deadline=Deadline(10))

    assert drafted.reply is not None
    assert [call.messages for call in model.calls] == [v.messages for v in LADDER[:2]]
    assert drafted.notes[0].reason == "context_too_long"


async def test_what_cannot_fit_into_a_model_is_not_sent_to_it() -> None:
    small = StandInModel("small")
    wired = desk(small, entry={"context_tokens": 1_000})

    drafted = await wired.manager.draft(
        ask(variants=LADDER, max_tokens=300), deadline=Deadline(10)
    )

    assert [call.messages for call in small.calls] == [LADDER[2].messages]
    assert [note.step for note in drafted.notes] == ["fewer_documents", "no_optional"]


@pytest.mark.parametrize(("deadline_s", "first"), [(6.0, 1), (60.0, 0)])
async def test_little_time_begins_with_the_second_form(deadline_s: float, first: int) -> None:
    first_model = StandInModel("first")
    wired = desk(first_model, StandInModel("next"), task="sentiment_emotion")

    drafted = await wired.manager.draft(
        ask("sentiment_emotion", variants=LADDER), deadline=Deadline(deadline_s)
    )

    assert first_model.calls[0].messages == LADDER[first].messages
    assert [note.reason for note in drafted.notes] == ["time"] * first


async def test_steps_down_go_on_to_the_next_model_and_each_is_named() -> None:
    wired = desk(StandInModel("a"), StandInModel("b"), ledger=MemoryLedger())
    asked = ask(account=account(command_tokens=1_100), variants=LADDER, max_tokens=1_000)

    drafted = await wired.manager.draft(asked, deadline=Deadline(10))

    assert drafted.reply is None
    assert [(n.model, n.step, n.reason) for n in drafted.notes] == [
        ("a", "fewer_documents", "tokens"),
        ("a", "no_optional", "tokens"),
        ("a", "next_model", "tokens"),
        ("b", "local", "tokens"),
    ]


async def test_a_cheaper_model_is_tried_when_the_command_has_too_little_money() -> None:
    from schemas.model_settings import ModelEntry

    cheap = ModelEntry(provider="compatible", model="c", price={"input": 0.01, "output": 0.01})
    wired = desk(
        StandInModel("dear"), StandInModel("cheap"), entries={"cheap": cheap},
        ledger=MemoryLedger(),
    )  # fmt: skip

    drafted = await wired.manager.draft(
        ask(account=account(command_usd=0.001)), deadline=Deadline(10)
    )

    assert (drafted.name, drafted.micro_usd) == ("cheap", 11)


async def test_a_stream_without_an_end_is_a_failure() -> None:
    class Endless(StandInModel):
        async def stream(self, call: object):  # type: ignore[no-untyped-def,override]
            yield "half a reply"

    async def on_text(_: int) -> None:
        return

    wired = desk(Endless("cut"), StandInModel("next"))

    drafted = await wired.manager.draft(ask(on_text=on_text), deadline=Deadline(10))

    assert (drafted.name, drafted.notes[0].reason) == ("next", "overloaded")


async def test_a_reply_that_counts_no_token_is_charged_by_estimate() -> None:
    ledger = MemoryLedger()
    wired = desk(StandInModel("only", reply_of("only", Usage())), ledger=ledger)

    drafted = await wired.manager.draft(ask(account=account()), deadline=Deadline(10))
    await wired.manager.settled("run1")

    assert ledger.states() == ["settled_estimate"]
    assert drafted.micro_usd == next(iter(ledger.reservations.values())).max_micro_usd


@pytest.mark.parametrize(("tokens", "n_calls"), [(10_000, 2), (7_500, 1)])
async def test_a_retry_leaves_the_next_model_its_tokens(tokens: int, n_calls: int) -> None:
    bad = StandInModel("bad", *[failed("overloaded", retry_after_s=0.0)] * 3)
    wired = desk(bad, StandInModel("next"), ledger=MemoryLedger())
    payer = account(command_tokens=tokens)

    drafted = await wired.manager.draft(ask(account=payer), deadline=Deadline(10))

    assert (drafted.name, len(bad.calls)) == ("next", n_calls)


async def test_the_last_model_may_use_up_what_is_left() -> None:
    bad = StandInModel("bad", failed("overloaded", retry_after_s=0.0))
    wired = desk(bad, ledger=MemoryLedger())

    drafted = await wired.manager.draft(
        ask(account=account(command_tokens=5_000)), deadline=Deadline(10)
    )

    assert (drafted.name, len(bad.calls)) == ("bad", 2)
