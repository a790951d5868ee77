"""What people and operators are told of money, and the gauges of it."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from core.access import system_principal
from core.errors import UsageError
from monitoring.metrics import Metrics
from schemas.model_settings import BudgetSettings
from schemas.principal import Principal
from schemas.settings import RateSettings
from schemas.spending import LimitUse
from services.accounts import commands_of_day
from services.adapters.ledger.store import StoreLedger
from services.adapters.store.engine import SqlStore
from services.spending import Spending, SpendingParts
from tests.contract.money import NOON, attempt, ended, released

READER = Principal(person="42", chat="42", roles=frozenset({"reader"}))
RATE = RateSettings(commands_per_day=50)
BUDGET = BudgetSettings(user_day_usd=2, chat_day_usd=4, global_day_usd=30)
TODAY = date(2026, 3, 1)
CENT = 10_000


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[StoreLedger]:
    store = await SqlStore.open(tmp_path / "desk.db")
    ledger = StoreLedger(store)
    yield ledger
    await ledger.aclose()
    await store.aclose()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


@pytest.fixture
def spending(ledger: StoreLedger, metrics: Metrics) -> Spending:
    async def are_models_on() -> bool:
        return True

    return Spending(
        SpendingParts(
            store=ledger._store,
            ledger=ledger,
            metrics=metrics,
            budget=BUDGET,
            rate=RATE,
            now=lambda: NOON,
            are_models_on=are_models_on,
        )
    )


async def spend(ledger: StoreLedger, name: str, cents: int, **changes: object) -> None:
    """Have an attempt cost so many cents, of a dollar that was reserved."""
    await ledger.reserve(attempt(name, max_micro_usd=1_000_000, **changes))
    await ledger.settle(ended(name, micro_usd=cents * CENT))


def gauge(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


async def test_a_person_sees_their_own_week_and_what_is_left_today(
    ledger: StoreLedger, spending: Spending
) -> None:
    commands = commands_of_day(READER, RATE, now=NOON)
    assert commands is not None
    await ledger.spend([commands], 3)
    await spend(ledger, "a1", 30)
    await spend(ledger, "a2", 50, command="topics", run_id="r2", at=NOON - timedelta(days=6))
    await spend(ledger, "a3", 70, person="43", run_id="r3")
    await spend(ledger, "a4", 90, run_id="r4", at=NOON - timedelta(days=7))

    report = await spending.own(READER)

    assert (report.since, report.until, report.by) == (TODAY - timedelta(days=6), TODAY, None)
    assert [(line.key, line.micro_usd) for line in report.lines] == [
        ("topics", 50 * CENT),
        ("trends", 30 * CENT),
    ]
    assert (report.total.n_attempts, report.total.micro_usd) == (2, 80 * CENT)
    assert report.limits[0] == LimitUse(kind="user_day_commands", used=3, limit=50)
    assert (report.limits[1].kind, report.limits[1].limit) == ("user_day_usd", 2_000_000)
    assert [each.kind for each in report.limits] == ["user_day_commands", "user_day_usd"]


async def test_an_operator_sees_everybody_and_the_limit_of_all(
    ledger: StoreLedger, spending: Spending
) -> None:
    await spend(ledger, "a1", 30)
    await spend(ledger, "a2", 70, person="43", run_id="r2")
    await ledger.reserve(attempt("a3", run_id="r3"))
    await ledger.settle(released("a3"))

    report = await spending.report(system_principal(), "person", since=TODAY, until=TODAY)

    assert [(line.key, line.micro_usd) for line in report.lines] == [
        ("43", 70 * CENT),
        ("42", 30 * CENT),
    ]
    assert report.total.micro_usd == 100 * CENT
    assert report.limits == (LimitUse(kind="global_day_usd", used=100 * CENT, limit=30_000_000),)
    assert report.are_models_on


async def test_who_may_not_see_the_money_of_others_is_told_so(spending: Spending) -> None:
    with pytest.raises(UsageError, match="only an operator"):
        await spending.report(READER, "person", since=TODAY, until=TODAY)
    with pytest.raises(UsageError, match="only a person"):
        await spending.own(Principal())
    with pytest.raises(UsageError, match=r"first day '2026-03-01' lies after .*'2026-02-28'"):
        await spending.report(
            system_principal(), "day", since=TODAY, until=TODAY - timedelta(days=1)
        )


async def test_gauges_come_from_the_ledger(
    ledger: StoreLedger, spending: Spending, metrics: Metrics
) -> None:
    await spend(ledger, "a1", 30)
    await spend(ledger, "a2", 70, person="43", chat="-9", run_id="r2")
    await spend(ledger, "a3", 20, person=None, chat=None, run_id="r3")
    await spend(ledger, "a4", 99, run_id="r4", at=NOON - timedelta(days=3))

    await spending.refresh_metrics()

    used = "orchestrator_budget_used_cents"
    assert gauge(metrics, used, scope="user_day_max") == 70
    assert gauge(metrics, used, scope="chat_day_max") == 70
    assert gauge(metrics, "orchestrator_budget_limit_cents", scope="global_day") == 3_000
    assert gauge(metrics, "orchestrator_budget_limit_cents", scope="chat_day_max") == 400
    assert [
        gauge(metrics, "top_user_cost_usd", window="day", rank=rank) for rank in ("1", "2", "3")
    ] == [0.7, 0.3, 0]
    assert gauge(metrics, "top_user_cost_usd", window="week", rank="1") == 1.29
    assert gauge(metrics, "top_user_cost_usd", window="week", rank="10") == 0


async def test_a_counter_that_is_not_what_its_rows_say_shows_as_drift(
    ledger: StoreLedger, spending: Spending, metrics: Metrics
) -> None:
    await spend(ledger, "a1", 30)
    async with ledger._store.transaction() as work:
        await work.ops.add_usage(
            "global_day_usd:all:2026-03-01", 5 * CENT, limit=10**9, expires_at=NOON
        )

    await spending.refresh_metrics()

    assert gauge(metrics, "budget_drift_usd", scope="global_day") == 0.05
    assert gauge(metrics, "budget_drift_usd", scope="user_day_max") == 0


async def test_gauges_of_a_day_without_spending_are_nought(
    spending: Spending, metrics: Metrics
) -> None:
    await spending.refresh_metrics()

    for scope in ("global_day", "user_day_max", "chat_day_max"):
        assert gauge(metrics, "orchestrator_budget_used_cents", scope=scope) == 0
        assert gauge(metrics, "budget_drift_usd", scope=scope) == 0
