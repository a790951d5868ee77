"""What every `BudgetLedger` promises; each implementation is one more parameter."""

import asyncio
from datetime import UTC, datetime

import pytest

from core.ports.ledger import BudgetLedger, Scope
from services.adapters.ledger.store import StoreLedger
from services.adapters.store.engine import SqlStore
from tests.contract.conftest import OpenStore

TOMORROW = datetime(2026, 3, 2, tzinfo=UTC)


def scope(key: str = "42", *, limit: int = 3, window: str = "2026-03-01") -> Scope:
    return Scope("user_day_commands", key, window, limit, TOMORROW)


@pytest.fixture
def ledger(store: SqlStore) -> BudgetLedger:
    return StoreLedger(store)


async def test_a_budget_is_spent_to_its_limit_and_no_further(ledger: BudgetLedger) -> None:
    results = [await ledger.spend([scope()], 1) for _ in range(4)]

    assert results == [None, None, None, scope()]


async def test_an_amount_that_does_not_fit_takes_nothing(ledger: BudgetLedger) -> None:
    too_much = await ledger.spend([scope(limit=10)], 11)
    rest = await ledger.spend([scope(limit=10)], 10)

    assert (too_much, rest) == (scope(limit=10), None)


async def test_all_scopes_or_none(ledger: BudgetLedger) -> None:
    wide, narrow = scope("wide", limit=2), scope("narrow", limit=1)
    await ledger.spend([narrow], 1)

    refused = await ledger.spend([wide, narrow], 1)
    still_whole = await ledger.spend([wide], 2)

    assert (refused, still_whole) == (narrow, None)


async def test_people_and_days_have_budgets_of_their_own(ledger: BudgetLedger) -> None:
    await ledger.spend([scope(limit=1)], 1)

    other = await ledger.spend([scope("43", limit=1)], 1)
    tomorrow = await ledger.spend([scope(limit=1, window="2026-03-02")], 1)

    assert (other, tomorrow) == (None, None)


async def test_fifty_at_once_cannot_spend_more_than_there_is(ledger: BudgetLedger) -> None:
    results = await asyncio.gather(*(ledger.spend([scope(limit=7)], 1) for _ in range(50)))

    assert results.count(None) == 7


async def test_spending_survives_a_restart(open_store: OpenStore) -> None:
    first = await open_store()
    await StoreLedger(first).spend([scope(limit=1)], 1)
    await first.aclose()

    refused = await StoreLedger(await open_store()).spend([scope(limit=1)], 1)

    assert refused == scope(limit=1)


async def test_a_person_who_is_forgotten_has_no_counter_left(
    ledger: BudgetLedger, store: SqlStore
) -> None:
    await ledger.spend([scope(limit=1)], 1)

    async with store.transaction() as work:
        n_gone = await work.ops.forget_person("42")

    assert (n_gone, await ledger.spend([scope(limit=1)], 1)) == (1, None)
