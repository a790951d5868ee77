import asyncio
import time

import pytest
from structlog.testing import capture_logs

from core.errors import BudgetExceeded
from core.llm import purse
from core.llm.deadline import Deadline
from schemas.llm import ModelNote
from schemas.model_settings import ModelEntry
from tests.unit.llm.standing_in import (
    NOW,
    MemoryLedger,
    StandInModel,
    account,
    answered,
    ask,
    desk,
    failed,
)


async def test_every_scope_of_a_request_is_reserved_at_once_before_the_call() -> None:
    ledger = MemoryLedger()
    wired = desk(StandInModel("only"), ledger=ledger)

    await wired.manager.draft(ask(account=account()), deadline=Deadline(10))

    reservation = next(iter(ledger.reservations.values()))
    assert [(s.kind, s.key, s.window) for s in reservation.scopes] == [
        ("command_tokens", "run1", "run1"),
        ("command_usd", "run1", "run1"),
        ("user_day_usd", "7", "2026-03-14"),
        ("chat_day_usd", "-100", "2026-03-14"),
        ("global_day_usd", "all", "2026-03-14"),
    ]
    assert (reservation.run_id, reservation.command, reservation.provider) == (
        "run1",
        "trends",
        "compatible",
    )
    assert 0 <= (reservation.at - NOW).total_seconds() < 1


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (failed("overloaded", retry_after_s=99), "settled_estimate"),
        (failed("content_policy", answered=answered()), "settled_actual"),
        (failed("auth", is_sent=False), "released"),
    ],
)
async def test_how_a_failed_call_is_settled(failure: Exception, state: str) -> None:
    ledger = MemoryLedger()
    wired = desk(StandInModel("only", failure), ledger=ledger)  # type: ignore[arg-type]

    await wired.manager.draft(ask(account=account()), deadline=Deadline(10))
    await wired.manager.settled("run1")

    assert ledger.states() == [state]


async def test_a_call_that_is_cancelled_in_flight_is_settled_by_estimate() -> None:
    ledger = MemoryLedger()
    wired = desk(StandInModel("only", delay_s=5), ledger=ledger)
    request = asyncio.create_task(
        wired.manager.draft(ask(account=account()), deadline=Deadline(10))
    )
    await asyncio.sleep(0.05)

    request.cancel("gone")

    with pytest.raises(asyncio.CancelledError, match="gone"):
        await request
    await wired.manager.aclose()
    assert ledger.states() == ["settled_estimate"]


async def test_a_caller_that_goes_while_it_reserves_has_called_nobody() -> None:
    ledger = MemoryLedger(delay_s=0.05)
    model = StandInModel("only")
    wired = desk(model, ledger=ledger)
    request = asyncio.create_task(
        wired.manager.draft(ask(account=account()), deadline=Deadline(10))
    )
    await asyncio.sleep(0.02)

    request.cancel("gone")

    with pytest.raises(asyncio.CancelledError, match="gone"):
        await request
    await wired.manager.aclose()
    assert (ledger.states(), model.calls) == ([], [])


async def test_without_a_working_journal_no_call_goes_out() -> None:
    model = StandInModel("only")
    wired = desk(model, ledger=MemoryLedger(failing=1))

    drafted = await wired.manager.draft(ask(account=account()), deadline=Deadline(10))

    assert (drafted.reply, model.calls) == (None, [])
    assert drafted.notes == (
        ModelNote(task="compose", step="local", reason="ledger", model="only"),
    )


async def test_a_journal_that_hangs_leaves_the_answer_to_plain_code() -> None:
    ledger = MemoryLedger(delay_s=1.0)
    model = StandInModel("only")
    wired = desk(model, ledger=ledger, attempt_s=0.3)

    drafted = await wired.manager.draft(ask(account=account()), deadline=Deadline(10))

    assert (drafted.notes[-1].reason, model.calls) == ("ledger", [])
    assert ledger.states() == []


async def test_a_settlement_that_fails_is_written_again() -> None:
    ledger = MemoryLedger()
    wired = desk(StandInModel("only"), ledger=ledger)

    async def on_text(_: int) -> None:
        ledger.failing = 1

    drafted = await wired.manager.draft(
        ask(account=account(), on_text=on_text), deadline=Deadline(10)
    )
    await wired.manager.aclose()

    assert drafted.reply is not None
    assert ledger.states() == ["settled_actual"]


async def test_a_settlement_that_comes_after_recovery_changes_nothing() -> None:
    ledger = MemoryLedger()
    wired = desk(StandInModel("only"), ledger=ledger)

    async def on_text(_: int) -> None:
        await ledger.recover(before=NOW.replace(year=2027), at=NOW)

    drafted = await wired.manager.draft(
        ask(account=account(), on_text=on_text), deadline=Deadline(10)
    )

    assert drafted.reply is not None
    assert ledger.states() == ["settled_estimate"]


async def test_a_model_whose_price_nobody_knows_is_not_called_on_an_account() -> None:
    model = StandInModel("new")
    unknown = ModelEntry(provider="openai", model="gpt-99")
    wired = desk(model, entries={"new": unknown}, ledger=MemoryLedger())

    with capture_logs() as lines:
        for _ in range(2):
            drafted = await wired.manager.draft(ask(account=account()), deadline=Deadline(10))

    assert (drafted.notes[-1].reason, model.calls) == ("unpriced", [])
    assert [(line["log_level"], line["model"], line["why"]) for line in lines] == [
        ("error", "new", "unpriced")
    ]


async def test_a_model_whose_price_nobody_knows_answers_where_nothing_is_charged() -> None:
    unknown = ModelEntry(provider="openai", model="gpt-99")
    wired = desk(StandInModel("new"), entries={"new": unknown}, ledger=MemoryLedger())

    drafted = await wired.manager.draft(ask(), deadline=Deadline(10))

    assert (drafted.name, drafted.micro_usd) == ("new", 0)


async def test_what_nobody_is_charged_for_still_tells_its_cost() -> None:
    ledger = MemoryLedger()

    drafted = await desk(StandInModel("only"), ledger=ledger).manager.draft(
        ask(), deadline=Deadline(10)
    )

    assert (drafted.micro_usd, ledger.states()) == (1_100, [])


async def test_a_request_without_a_person_or_a_chat_has_no_scope_of_theirs() -> None:
    from dataclasses import replace

    payer = replace(account(), person=None, chat=None)

    assert [scope.kind for scope in payer.scopes()] == [
        "command_tokens",
        "command_usd",
        "global_day_usd",
    ]


async def test_a_day_ends_at_midnight_utc() -> None:
    day = account().scopes()[-1]

    assert (day.window, day.expires_at.isoformat()) == ("2026-03-14", "2026-03-15T00:00:00+00:00")


async def test_a_budget_of_which_too_little_is_left_is_an_error_where_a_model_is_required() -> (
    None
):
    wired = desk(StandInModel("a"), ledger=MemoryLedger())
    asked = ask(account=account(command_tokens=100), is_required=True)

    with pytest.raises(BudgetExceeded, match="limit 'command_tokens'"):
        await wired.manager.draft(asked, deadline=Deadline(10))


async def test_a_journal_that_takes_the_time_of_the_call_is_given_back_what_it_held() -> None:
    ledger = MemoryLedger(delay_s=0.2)
    model = StandInModel("only")
    wired = desk(model, ledger=ledger, attempt_s=0.3)

    drafted = await wired.manager.draft(ask(account=account()), deadline=Deadline(10))

    await wired.manager.aclose()
    assert (drafted.notes[-1].reason, model.calls) == ("time", [])
    assert ledger.states() == ["released"]


async def test_a_settlement_that_cannot_be_written_is_left_to_recovery_and_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(purse, "SETTLE_AGAIN_S", (0.0, 0.01))
    ledger = MemoryLedger()
    wired = desk(StandInModel("only"), ledger=ledger)

    async def on_text(_: int) -> None:
        ledger.failing = 9

    with capture_logs() as lines:
        drafted = await wired.manager.draft(
            ask(account=account(), on_text=on_text), deadline=Deadline(10)
        )
        await wired.manager.aclose()

    assert drafted.reply is not None
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("budget.settle_failed", "error")
    ]
    assert ledger.states() == ["reserved"]


async def test_an_answer_does_not_wait_for_its_settlement_nor_a_run_for_long() -> None:
    ledger = MemoryLedger()
    wired = desk(StandInModel("only"), ledger=ledger)
    started_at = time.monotonic()

    async def on_text(_: int) -> None:
        ledger.delay_s = 5.0

    drafted = await wired.manager.draft(
        ask(account=account(), on_text=on_text), deadline=Deadline(10)
    )
    answered_at = time.monotonic()
    await wired.manager.settled("run1")

    assert drafted.reply is not None
    assert answered_at - started_at < 0.2
    assert purse.SETTLE_PATIENCE_S <= time.monotonic() - answered_at < 1
    assert ledger.states() == ["settled_actual"]


async def test_the_next_call_of_a_run_waits_until_the_one_before_is_settled() -> None:
    ledger = MemoryLedger()
    first = StandInModel("only", failed("auth", is_sent=False))
    wired = desk(first, StandInModel("next"), ledger=ledger)

    drafted = await wired.manager.draft(ask(account=account()), deadline=Deadline(10))

    assert drafted.name == "next"
    assert ledger.states() == ["released", "reserved"]
