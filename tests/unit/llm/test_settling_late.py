"""A settlement that is slow, fails late or cannot be written at all."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from core.errors import StoreBusy
from core.llm import purse
from core.llm.deadline import Deadline
from schemas.spending import Settlement
from tests.unit.llm.standing_in import MemoryLedger, StandInModel, account, ask, desk


class LateLedger(MemoryLedger):
    """Does `first` before it writes, once."""

    def __init__(self, first: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._first: Callable[[], Awaitable[None]] | None = first

    async def settle(self, settlement: Settlement) -> bool:
        if (first := self._first) is not None:
            self._first = None
            await first()
        return await super().settle(settlement)


async def test_a_commit_that_fails_after_the_answer_went_on_is_written_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(purse, "SETTLE_PATIENCE_S", 0.02)

    async def busy() -> None:
        await asyncio.sleep(0.1)
        raise StoreBusy("another writer")

    ledger = LateLedger(busy)
    wired = desk(StandInModel("only"), ledger=ledger)

    drafted = await wired.manager.draft(ask(account=account()), deadline=Deadline(10))
    before = ledger.states()
    await wired.manager.aclose()

    assert drafted.reply is not None
    assert (before, ledger.states()) == (["reserved"], ["settled_actual"])


async def test_a_settlement_that_no_store_can_hold_does_not_end_the_answer() -> None:
    async def overflow() -> None:
        raise OverflowError("int too large")

    wired = desk(StandInModel("only"), ledger=LateLedger(overflow))

    with capture_logs() as lines:
        drafted = await wired.manager.draft(ask(account=account()), deadline=Deadline(10))
        await wired.manager.settled("run1")

    assert drafted.reply is not None
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("settlement.failed", "error")
    ]


async def test_closing_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purse, "SETTLE_PATIENCE_S", 0.01)
    monkeypatch.setattr(purse, "CLOSE_PATIENCE_S", 0.05)

    async def hang() -> None:
        await asyncio.Event().wait()

    wired = desk(StandInModel("only"), ledger=LateLedger(hang))
    await wired.manager.draft(ask(account=account()), deadline=Deadline(10))

    with capture_logs() as lines:
        async with asyncio.timeout(2):
            await wired.manager.aclose()

    assert [line["event"] for line in lines] == ["budget.settles_too_slowly"]
