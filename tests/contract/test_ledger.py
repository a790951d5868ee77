"""What every `BudgetLedger` promises; each implementation is one more parameter."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from core.errors import StoreError
from core.ports.ledger import BudgetLedger, Granted, Refused
from schemas.spending import JournalEntry, Scope
from services.adapters.ledger.store import StoreLedger
from services.adapters.store.engine import SqlStore
from tests.contract.conftest import OpenStore
from tests.contract.money import (
    NOON,
    attempt,
    ended,
    estimated,
    everybody,
    limit,
    limits,
    released,
)

OpenLedger = Callable[[], Awaitable[BudgetLedger]]


def scope(key: str = "42", *, of: int = 3, window: str = "2026-03-01") -> Scope:
    return limit("user_day_commands", key, of, window=window)


@pytest.fixture(params=["store", "redis"])
async def open_ledger(
    request: pytest.FixtureRequest, open_store: OpenStore
) -> AsyncIterator[OpenLedger]:
    """Opens a ledger of the test's one database, each time as another process would."""
    opened: list[BudgetLedger] = []
    prefix = uuid.uuid4().hex
    url = request.getfixturevalue("redis_server") if request.param == "redis" else None

    async def open_one() -> BudgetLedger:
        inner = StoreLedger(await open_store())
        if url is None:
            opened.append(inner)
            return inner
        from services.adapters.ledger.redis import RedisLedger

        opened.append(await RedisLedger.open(url, inner, prefix=prefix))
        return opened[-1]

    yield open_one
    for ledger in opened:
        await ledger.aclose()


@pytest.fixture
async def ledger(open_ledger: OpenLedger) -> BudgetLedger:
    return await open_ledger()


async def rows(open_store: OpenStore, *runs: str) -> list[JournalEntry]:
    async with (await open_store()).transaction(is_write=False) as work:
        return await work.journal.entries(runs or ("r1",))


async def test_a_budget_is_spent_to_its_limit_and_no_further(ledger: BudgetLedger) -> None:
    results = [await ledger.spend([scope()], 1) for _ in range(4)]

    assert results == [Granted((1,)), Granted((2,)), Granted((3,)), scope()]


async def test_an_amount_that_does_not_fit_takes_nothing(ledger: BudgetLedger) -> None:
    too_much = await ledger.spend([scope(of=10)], 11)
    rest = await ledger.spend([scope(of=10)], 10)

    assert (too_much, rest) == (scope(of=10), Granted((10,)))


async def test_all_scopes_or_none(ledger: BudgetLedger) -> None:
    wide, narrow = scope("wide", of=2), scope("narrow", of=1)
    await ledger.spend([narrow], 1)

    refused = await ledger.spend([wide, narrow], 1)
    still_whole = await ledger.spend([wide], 2)

    assert (refused, still_whole) == (narrow, Granted((2,)))


async def test_people_and_days_have_budgets_of_their_own(ledger: BudgetLedger) -> None:
    await ledger.spend([scope(of=1)], 1)

    other = await ledger.spend([scope("43", of=1)], 1)
    tomorrow = await ledger.spend([scope(of=1, window="2026-03-02")], 1)

    assert (other, tomorrow) == (Granted((1,)), Granted((1,)))


async def test_fifty_at_once_cannot_spend_more_than_there_is(ledger: BudgetLedger) -> None:
    results = await asyncio.gather(*(ledger.spend([scope(of=7)], 1) for _ in range(50)))

    assert sum(isinstance(result, Granted) for result in results) == 7


async def test_spending_survives_a_restart(open_ledger: OpenLedger) -> None:
    first = await open_ledger()
    await first.spend([scope(of=1)], 1)
    await first.aclose()

    refused = await (await open_ledger()).spend([scope(of=1)], 1)

    assert refused == scope(of=1)


async def test_being_forgotten_does_not_fill_a_budget_anew(
    ledger: BudgetLedger, store: SqlStore
) -> None:
    await ledger.spend([scope(of=1)], 1)

    async with store.transaction() as work:
        await work.ops.forget_person("42")

    assert await ledger.spend([scope(of=1)], 1) == scope(of=1)


async def test_a_reservation_takes_tokens_and_money_each_from_its_limits(
    ledger: BudgetLedger, open_store: OpenStore
) -> None:
    granted = await ledger.reserve(attempt())

    (row,) = await rows(open_store)
    assert granted == Granted((1_000, 500, 500, 500, 500))
    assert await ledger.used(limits()) == (1_000, 500, 500, 500, 500)
    assert (row.id, row.state, row.reserved_micro_usd) == ("a1", "reserved", 500)


@pytest.mark.parametrize(
    ("settlement", "used", "micro_usd"),
    [
        (ended(), (300, 120, 120, 120, 120), 120),
        (estimated(), (1_000, 500, 500, 500, 500), 500),
        (released(), (0, 0, 0, 0, 0), 0),
        (ended(micro_usd=900), (300, 900, 900, 900, 900), 900),
    ],
    ids=["actual", "estimate", "released", "dearer than reserved"],
)
async def test_a_limit_keeps_what_an_attempt_cost(
    ledger: BudgetLedger,
    open_store: OpenStore,
    settlement: Any,
    used: tuple[int, ...],
    micro_usd: int,
) -> None:
    await ledger.reserve(attempt())

    was_open = await ledger.settle(settlement)

    (row,) = await rows(open_store)
    assert (was_open, await ledger.used(limits())) == (True, used)
    assert (row.state, row.micro_usd) == (settlement.state, micro_usd)
    assert await ledger.drift(limits()) == (0, 0, 0, 0, 0)


async def test_what_ended_once_does_not_end_again(ledger: BudgetLedger) -> None:
    await ledger.reserve(attempt())

    ends = [await ledger.settle(each) for each in (ended(), ended(), released(), ended("other"))]

    assert (ends, (await ledger.used(limits()))[-1]) == ([True, False, False, False], 120)


async def test_one_limit_without_room_keeps_the_others_whole(ledger: BudgetLedger) -> None:
    tight = (*limits()[:4], everybody(600))
    await ledger.reserve(attempt("a1", scopes=tight))

    refused = await ledger.reserve(attempt("a2", scopes=tight))

    assert refused == Refused(tight[-1], 500)
    assert await ledger.used(tight) == (1_000, 500, 500, 500, 500)


async def test_what_was_refused_leaves_no_row_and_what_was_given_back_can_be_had(
    ledger: BudgetLedger, open_store: OpenStore
) -> None:
    tight = (everybody(600),)
    await ledger.reserve(attempt("a1", scopes=tight))
    refused = await ledger.reserve(attempt("a2", scopes=tight))
    await ledger.settle(ended("a1", micro_usd=100))

    granted = await ledger.reserve(attempt("a3", scopes=tight))

    assert (refused, granted) == (Refused(tight[0], 500), Granted((600,)))
    assert [row.id for row in await rows(open_store)] == ["a1", "a3"]


async def test_an_attempt_that_costs_nothing_is_made_with_no_money_left(
    ledger: BudgetLedger,
) -> None:
    await ledger.reserve(attempt("a1", scopes=(everybody(500),)))

    granted = await ledger.reserve(attempt("a2", scopes=(everybody(500),), max_micro_usd=0))

    assert granted == Granted((500,))


@pytest.mark.parametrize("is_known", [False, True], ids=["new counter", "counter in use"])
async def test_fifty_reserve_at_once_and_seven_get_it(
    ledger: BudgetLedger, is_known: bool
) -> None:
    seven = (everybody(7 * 500),)
    if is_known:
        await ledger.reserve(attempt("before", scopes=seven))
        await ledger.settle(released("before"))
    barrier = asyncio.Barrier(50)

    async def call(n: int) -> bool:
        await barrier.wait()
        return isinstance(await ledger.reserve(attempt(f"n{n}", scopes=seven)), Granted)

    answers = await asyncio.gather(*(call(n) for n in range(50)))

    assert (sum(answers), await ledger.used(seven)) == (7, (3_500,))
    assert await ledger.drift(seven) == (0,)


async def test_two_processes_share_a_budget(open_ledger: OpenLedger) -> None:
    seven = (everybody(7 * 500), limit("user_day_usd", "42"))
    both = [await open_ledger(), await open_ledger()]

    answers = await asyncio.gather(
        *(both[n % 2].reserve(attempt(f"n{n}", scopes=seven)) for n in range(50))
    )
    granted = [n for n, answer in enumerate(answers) if isinstance(answer, Granted)]
    await asyncio.gather(*(both[(n + 1) % 2].settle(ended(f"n{n}")) for n in granted))

    assert len(granted) == 7
    for ledger in both:
        assert await ledger.used(seven) == (840, 840)
        assert await ledger.drift(seven) == (0, 0)


async def test_reservations_in_any_order_of_limits_do_not_wait_for_each_other(
    open_ledger: OpenLedger,
) -> None:
    both = [await open_ledger(), await open_ledger()]

    async def spend(n: int) -> None:
        turned = limits(f"r{n % 3}")[:: 1 if n % 2 else -1]
        await both[n % 2].reserve(attempt(f"n{n}", run_id=f"r{n % 3}", scopes=turned))
        await both[n % 2].settle(ended(f"n{n}"))

    await asyncio.gather(*(spend(n) for n in range(60)))

    assert await both[0].used(limits()[2:]) == (7_200, 7_200, 7_200)
    assert await both[1].drift(limits("r0")) == (0, 0, 0, 0, 0)


async def test_what_never_ended_is_settled_by_estimate_once(
    open_ledger: OpenLedger, open_store: OpenStore
) -> None:
    killed = await open_ledger()
    await killed.reserve(attempt("old"))
    await killed.reserve(attempt("young", at=NOON + timedelta(minutes=4)))
    at = NOON + timedelta(minutes=6)

    restarted = await open_ledger()
    n = [await restarted.recover(before=at - timedelta(minutes=5), at=at) for _ in range(2)]
    late = await killed.settle(ended("old"))

    old, young = await rows(open_store)
    assert (n, late) == ([1, 0], False)
    assert (old.state, old.micro_usd, old.outcome, old.settled_at) == (
        "settled_estimate",
        500,
        None,
        at,
    )
    assert young.state == "reserved"
    assert await restarted.drift(limits()) == (0, 0, 0, 0, 0)


async def test_a_bad_reservation_does_not_spoil_those_that_come_with_it(
    ledger: BudgetLedger, open_store: OpenStore
) -> None:
    naive = attempt("bad").model_copy(update={"at": NOON.replace(tzinfo=None)})
    await ledger.reserve(attempt("a0"))

    answers = await asyncio.gather(
        *(ledger.reserve(each) for each in (attempt("a1"), naive, attempt("a0"), attempt("a2"))),
        return_exceptions=True,
    )

    assert isinstance(answers[0], Granted)
    assert isinstance(answers[1], ValueError)
    assert isinstance(answers[2], StoreError)
    assert isinstance(answers[3], Granted)
    assert sorted(row.id for row in await rows(open_store)) == ["a0", "a1", "a2"]
    assert await ledger.drift(limits()) == (0, 0, 0, 0, 0)


async def test_a_caller_who_goes_away_leaves_nothing_reserved(
    ledger: BudgetLedger, open_store: OpenStore
) -> None:
    kept: set[str] = set()
    for n_ms in (0, 1, 2, 4, 8):
        names = [f"{n_ms}-{n}" for n in range(12)]
        callers = [asyncio.create_task(ledger.reserve(attempt(name))) for name in names]
        await asyncio.sleep(n_ms / 1_000)
        for caller in callers:
            caller.cancel()
        answers = await asyncio.gather(*callers, return_exceptions=True)
        kept |= {
            name
            for name, answer in zip(names, answers, strict=True)
            if isinstance(answer, Granted)
        }

    await ledger.aclose()

    states = {row.id: row.state for row in await rows(open_store)}
    assert {name for name, state in states.items() if state == "reserved"} == kept
    assert {states[name] for name in states.keys() - kept} <= {"released"}


async def test_closing_writes_what_is_waiting_and_takes_nothing_more(
    ledger: BudgetLedger, open_store: OpenStore
) -> None:
    waiting = [asyncio.create_task(ledger.reserve(attempt(f"n{n}"))) for n in range(30)]
    await asyncio.sleep(0.01)

    await ledger.aclose()

    answers = await asyncio.gather(*waiting, return_exceptions=True)
    granted = {f"n{n}" for n, each in enumerate(answers) if isinstance(each, Granted)}
    assert {row.id for row in await rows(open_store)} == granted
    assert all(isinstance(each, Granted | StoreError) for each in answers)
    with pytest.raises(StoreError, match="ledger is closed"):
        await ledger.reserve(attempt("late"))
