"""The journal of attempts on models, in every database."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ports.ledger import Granted, Refused
from schemas.llm import Usage
from schemas.spending import Reservation, Settlement, SpendingBy, SpendingLine
from services.adapters.store.engine import SqlStore
from tests.contract.conftest import OpenStore
from tests.contract.money import (
    DAY,
    NOON,
    attempt,
    ended,
    estimated,
    everybody,
    limit,
    limits,
    released,
)

FROM, UNTIL = NOON - timedelta(days=3), NOON + timedelta(days=3)


async def write(store: SqlStore, *items: Reservation | Settlement) -> None:
    """Write one after the other, each in a transaction of its own."""
    for item in items:
        async with store.transaction() as work:
            if isinstance(item, Reservation):
                await work.journal.reserve([item])
            else:
                await work.journal.settle([item])


def days_ago(days: int) -> datetime:
    return NOON - timedelta(days=days)


def keys(lines: list[SpendingLine]) -> list[tuple[str, int, int]]:
    return [(line.key, line.n_attempts, line.micro_usd) for line in lines]


async def test_an_attempt_comes_back_whole(store: SqlStore) -> None:
    at = NOON + timedelta(seconds=3)
    await write(store, attempt(), ended(at=at))

    async with store.transaction(is_write=False) as work:
        (entry,) = await work.journal.entries(["r1"])

    assert entry.model_dump() == {
        "id": "a1",
        "run_id": "r1",
        "tenant": "desk",
        "person": "42",
        "chat": "-7",
        "command": "trends",
        "task": "compose",
        "provider": "openai",
        "model": "gpt-5",
        "answered_by": "gpt-5-2026-01-15",
        "state": "settled_actual",
        "outcome": "ok",
        "usage": {
            "input_tokens": 200,
            "cached_tokens": 50,
            "output_tokens": 100,
            "reasoning_tokens": 9,
        },
        "reserved_micro_usd": 500,
        "micro_usd": 120,
        "latency_ms": 700,
        "at": NOON,
        "settled_at": at,
    }


async def test_a_batch_is_decided_in_its_order_after_what_it_settles(store: SqlStore) -> None:
    thousand = (everybody(1_000),)
    await write(store, attempt("a1", scopes=thousand), attempt("a2", scopes=thousand))

    async with store.transaction() as work:
        written = await work.journal.write(
            [attempt(name, scopes=thousand) for name in ("a3", "a4")],
            [released("a1"), ended("a2", micro_usd=400), released("a1")],
        )

    assert written.settled == (True, True, False)
    assert written.reserved == (Granted((900,)), Refused(thousand[0], 900))
    assert [(level.name, level.used) for level in written.levels] == [
        (f"global_day_usd:all:{DAY}", 900)
    ]


async def test_attempts_of_a_run_keep_their_order_within_a_second(store: SqlStore) -> None:
    names = ["z", "a", "m", "b"]
    async with store.transaction() as work:
        await work.journal.reserve([attempt(name) for name in names])

    async with store.transaction(is_write=False) as work:
        entries = await work.journal.entries(["r1", "r2"])

    assert [entry.id for entry in entries] == names


async def test_a_counter_changes_its_version_with_each_batch_also_when_made_anew(
    store: SqlStore,
) -> None:
    versions: list[int] = []
    for name in ("a1", "a2", "a3"):
        await write(store, attempt(name, at=NOON + timedelta(seconds=len(versions))))
        async with store.transaction() as work:
            (level,) = await work.journal.levels([limit("user_day_usd", "42")])
            assert level is not None
            versions.append(level.version)
            if name == "a2":  # as the purge does when its window is over
                await work.ops.purge_expired(now=UNTIL, events_before=NOON, limit=100)

    assert versions == sorted(set(versions))


async def test_sums_of_rows_are_what_the_counters_hold(store: SqlStore) -> None:
    await write(
        store,
        *(attempt(f"a{n}", run_id=f"r{n % 2}", person=str(n % 3)) for n in range(6)),
        ended("a1"),
        estimated("a2"),
        released("a3"),
    )

    async with store.transaction(is_write=False) as work:
        for n in range(6):
            asked = limits(f"r{n % 2}", str(n % 3))
            assert await work.journal.sums(asked) == await work.journal.used(asked)


async def test_sums_tell_people_and_commands_with_similar_names_apart(store: SqlStore) -> None:
    await write(
        store,
        attempt("a1", run_id="r1", person="4"),
        attempt("a2", run_id="r11", person="42"),
        attempt("a3", run_id="r_1", person="4%"),
    )

    async with store.transaction(is_write=False) as work:
        sums = await work.journal.sums(
            [limit("user_day_usd", "4"), limit("command_usd", "r1", window="r1")]
        )

    assert sums == (500, 500)


async def test_open_reservations_are_those_that_never_ended(store: SqlStore) -> None:
    await write(
        store,
        attempt("late", at=NOON + timedelta(minutes=9)),
        attempt("second", at=NOON + timedelta(minutes=1)),
        attempt("first"),
        attempt("done"),
        ended("done"),
    )

    async with store.transaction(is_write=False) as work:
        before = NOON + timedelta(minutes=5)
        every = await work.journal.open_reservations(before=before, limit=10)
        one = await work.journal.open_reservations(before=before, limit=1)

    assert [entry.id for entry in every] == ["first", "second"]
    assert [entry.id for entry in one] == ["first"]


@pytest.fixture
async def spent(store: SqlStore) -> SqlStore:
    """A few days of spending."""
    claude: dict[str, Any] = {"provider": "anthropic", "model": "claude"}
    await write(
        store,
        attempt("a1", at=days_ago(2)),
        ended("a1", micro_usd=100),
        attempt("a2", command="topics", run_id="r2", person="43", at=days_ago(1), **claude),
        ended("a2", model="claude-x", micro_usd=300),
        attempt("a3", command="topics", run_id="r2", person="43", at=days_ago(1)),
        ended("a3", outcome="schema_invalid", micro_usd=50),
        attempt("a4", run_id="r4", person=None, chat=None, **claude),
        estimated("a4"),
        attempt("a5", run_id="r5"),
        released("a5"),
        attempt("a6", run_id="r6"),
        Settlement(id="a6", state="released", outcome="overloaded", at=NOON),
        attempt("a7", run_id="r7", max_micro_usd=20),
    )
    return store


async def test_spending_is_told_dearest_first_and_days_by_date(spent: SqlStore) -> None:
    asked: tuple[SpendingBy, ...] = ("model", "command", "person", "chat", "day")
    async with spent.transaction(is_write=False) as work:
        found = {
            by: keys(await work.journal.spending(by, since=FROM, until=UNTIL)) for by in asked
        }

    assert found == {
        "model": [
            ("claude", 1, 500),
            ("claude-x", 1, 300),
            ("gpt-5-2026-01-15", 2, 150),
            ("gpt-5", 2, 20),
        ],
        "command": [("trends", 4, 620), ("topics", 2, 350)],
        "person": [("", 1, 500), ("43", 2, 350), ("42", 3, 120)],
        "chat": [("", 1, 500), ("-7", 5, 470)],
        "day": [("2026-02-27", 1, 100), ("2026-02-28", 2, 350), ("2026-03-01", 3, 520)],
    }


async def test_a_line_of_spending_tells_failures_tokens_and_estimates(spent: SqlStore) -> None:
    async with spent.transaction(is_write=False) as work:
        trends, topics = await work.journal.spending("command", since=FROM, until=UNTIL)

    assert (trends.n_failed, trends.n_estimated) == (2, 2)
    assert (topics.n_failed, topics.n_estimated) == (1, 0)
    assert topics.usage == Usage(
        input_tokens=400, cached_tokens=100, output_tokens=200, reasoning_tokens=18
    )


async def test_spending_can_be_one_persons_and_has_sharp_edges(spent: SqlStore) -> None:
    async with spent.transaction(is_write=False) as work:
        own = await work.journal.spending("command", since=FROM, until=UNTIL, person="43")
        sharp = await work.journal.spending("day", since=days_ago(2), until=days_ago(1))
        one = await work.journal.spending("model", since=FROM, until=UNTIL, limit=1)

    assert keys(own) == [("topics", 2, 350)]
    assert [line.key for line in sharp] == [date(2026, 2, 27).isoformat()]
    assert keys(one) == [("claude", 1, 500)]


async def test_commands_cost_what_their_runs_cost(spent: SqlStore) -> None:
    async with spent.transaction(is_write=False) as work:
        costs = await work.journal.command_costs(since=FROM)
        today = await work.journal.command_costs(since=NOON)

    assert costs == {"trends": (3, 620), "topics": (1, 350)}
    assert today == {"trends": (2, 520)}


async def test_whoever_is_forgotten_leaves_only_what_everybody_spent(store: SqlStore) -> None:
    await write(
        store,
        attempt("a1", person="42", chat="42"),
        attempt("a2", person="42", chat="-7"),
        attempt("a3", person="43", chat="42"),
    )

    async with store.transaction() as work:
        await work.ops.forget_person("42")
    await write(store, ended("a1"), ended("a2"))

    async with store.transaction(is_write=False) as work:
        entries = await work.journal.entries(["r1"])
        lines = await work.journal.spending("person", since=FROM, until=UNTIL)
        kept = [limit("chat_day_usd", "-7"), limit("user_day_usd", "43"), everybody()]
        used, sums = await work.journal.used(kept), await work.journal.sums(kept)
    assert [(entry.person, entry.chat) for entry in entries] == [
        (None, None),
        (None, "-7"),
        ("43", None),
    ]
    assert keys(lines) == [("43", 1, 500), ("", 2, 240)]
    assert used == sums == (120, 500, 740)


async def test_old_rows_go_in_small_batches(store: SqlStore) -> None:
    await write(store, *(attempt(f"a{n}", at=days_ago(n)) for n in range(6)))

    async with store.transaction() as work:
        gone = [await work.journal.purge(before=days_ago(2), limit=2) for _ in range(3)]
        left = await work.journal.entries(["r1"])

    assert (gone, [entry.id for entry in left]) == ([2, 1, 0], ["a0", "a1", "a2"])


async def test_a_counter_whose_window_is_over_and_gone_is_not_left_below_zero(
    store: SqlStore,
) -> None:
    await write(store, attempt())
    async with store.transaction() as work:
        later = NOON + timedelta(days=2)
        await work.ops.purge_expired(now=later, events_before=FROM, limit=10)

    await write(store, ended())

    async with store.transaction(is_write=False) as work:
        assert await work.journal.used(limits()) == (0, 0, 0, 0, 0)


async def test_two_processes_that_settle_the_same_rows_end_each_once(
    open_store: OpenStore,
) -> None:
    stores = [await open_store() for _ in range(2)]
    names = [f"a{n}" for n in range(40)]
    async with stores[0].transaction() as work:
        await work.journal.reserve([attempt(name) for name in names])

    async def settle(store: SqlStore, order: list[str]) -> list[bool]:
        async with store.transaction() as work:
            return await work.journal.settle([ended(name) for name in order])

    ends = await asyncio.gather(settle(stores[0], names), settle(stores[1], names[::-1]))

    async with stores[0].transaction(is_write=False) as work:
        assert await work.journal.used([everybody()]) == (40 * 120,)
    assert sum(map(sum, ends)) == 40


STEP = st.one_of(
    st.tuples(st.just("reserve"), st.integers(0, 9), st.integers(0, 900)),
    st.tuples(
        st.sampled_from(["actual", "estimate", "release"]), st.integers(0, 9), st.integers(0, 900)
    ),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=25))
def test_no_order_of_steps_passes_a_limit_or_loses_a_micro_dollar(
    migrated_copy: str, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    async def play() -> None:
        store = await SqlStore.open(migrated_copy)
        day = f"day-{tmp_path_factory.mktemp('day').name}"
        scope = limit("global_day_usd", "all", 2_000, window=day)
        open_rows: dict[str, int] = {}
        held = 0
        for n, (step, which, amount) in enumerate(steps):
            name = f"{day}-{which}"
            async with store.transaction() as work:
                if step == "reserve":
                    unique = f"{name}-{n}"
                    (answer,) = await work.journal.reserve(
                        [attempt(unique, max_micro_usd=amount, scopes=(scope,))]
                    )
                    fits = amount == 0 or held + amount <= scope.limit
                    assert isinstance(answer, Granted) == fits
                    if fits:
                        open_rows[unique] = amount
                        held += amount
                elif open_rows:
                    chosen = sorted(open_rows)[which % len(open_rows)]
                    reserved = open_rows.pop(chosen)
                    cost = {"actual": min(amount, reserved), "estimate": reserved, "release": 0}
                    settle = {
                        "actual": ended(chosen, micro_usd=cost["actual"]),
                        "estimate": estimated(chosen),
                        "release": released(chosen),
                    }
                    assert await work.journal.settle([settle[step]]) == [True]
                    held += cost[step] - reserved
                assert await work.journal.used([scope]) == (held,)
                assert await work.journal.sums([scope]) == (held,)
        await store.aclose()

    asyncio.run(play())
