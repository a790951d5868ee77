"""Hours that sources missed, and who may know of sources at all."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.principal import Role
from schemas.sources import Missed, SourceChange
from services.adapters.store.engine import SqlStore
from tests.contract.polled import add_feed, failure, seen_by, success
from tests.contract.store_news import EVERYTHING, NOON, hours_ago


async def test_missed_hours_are_cut_to_the_asked_time(store: SqlStore) -> None:
    async with store.transaction() as work:
        polled = await add_feed(work, family="herald house")
        number = polled.source.id
        await work.sources.record(number, success(missed=(hours_ago(30), hours_ago(20))))
        await work.sources.record(number, success(missed=(hours_ago(9), hours_ago(8))))

        missed = await work.sources.missed(EVERYTHING, hours_ago(24), NOON)

    assert missed == [
        Missed(source_id=number, family="herald house", start=hours_ago(a), end=hours_ago(b))
        for a, b in ((24, 20), (9, 8))
    ]


async def test_a_source_that_fails_now_misses_everything_since_it_was_read(
    store: SqlStore,
) -> None:
    async with store.transaction() as work:
        number = (await add_feed(work)).source.id
        never = (await add_feed(work, "never")).source.id
        await work.sources.record(number, success(hours_ago(6)))
        for source_id in (number, never):
            await work.sources.record(source_id, failure(hours_ago(5)))

        spans = await work.sources.missed(EVERYTHING, hours_ago(24), NOON)
        await work.sources.change(EVERYTHING, number, SourceChange(status="paused"))
        paused = await work.sources.missed(EVERYTHING, hours_ago(24), NOON)

    assert [(s.source_id, s.start, s.end) for s in spans] == [(number, hours_ago(6), NOON)]
    assert paused == []


async def test_active_sources_are_counted_by_family(store: SqlStore) -> None:
    async with store.transaction() as work:
        for n, family in enumerate(("bbc", "bbc", "tass")):
            await add_feed(work, f"feed{n}", family=family)
        private = await add_feed(work, "own", family="bbc", audience="chat:5")
        paused = await add_feed(work, "paused", family="tass")
        await work.sources.change(EVERYTHING, paused.source.id, SourceChange(status="paused"))

        everybody = await work.sources.families(seen_by("reader", tenant="desk", chat="6"))
        chat = await work.sources.families(seen_by("reader", tenant="desk", chat="5"))

    assert everybody == {"bbc": 2, "tass": 1}
    assert chat == {"bbc": 3, "tass": 1}
    assert private.source.family == "bbc"


async def test_missed_hours_go_with_the_articles_of_their_time(store: SqlStore) -> None:
    async with store.transaction() as work:
        number = (await add_feed(work)).source.id
        for hours in (30, 10):
            span = (hours_ago(hours), hours_ago(hours - 1))
            await work.sources.record(number, success(missed=span))
        await work.ops.purge_articles(before=hours_ago(20), sample_only=False, limit=10)

        left = await work.sources.missed(EVERYTHING, hours_ago(99), NOON)

    assert [span.start for span in left] == [hours_ago(10)]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    spans=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8),
    window=st.tuples(st.integers(0, 40), st.integers(1, 40)),
)
async def test_whatever_was_missed_lies_inside_the_asked_time(
    store: SqlStore, spans: list[tuple[int, int]], window: tuple[int, int]
) -> None:
    start, end = hours_ago(window[0] + window[1]), hours_ago(window[0])
    async with store.transaction() as work:
        number = (await add_feed(work)).source.id
        for first, length in spans:
            span = (hours_ago(first + length), hours_ago(first))
            await work.sources.record(number, success(hours_ago(41), missed=span))
        missed = await work.sources.missed(EVERYTHING, start, end)
        await work.sources.remove(EVERYTHING, number)

    held = {h for a, b in spans for h in range(a, a + b)} & set(range(window[0], sum(window)))
    assert all(start <= span.start < span.end <= end for span in missed)
    assert held == {
        h
        for h in range(window[0], sum(window))
        if any(span.start <= hours_ago(h + 1) < span.end for span in missed)
    }


@pytest.mark.parametrize("role", ["reader", "operator", "owner"])
@pytest.mark.parametrize("tenant", ["desk", "other"])
async def test_a_private_source_is_seen_and_changed_by_its_chat_alone(
    store: SqlStore, tenant: str, role: Role
) -> None:
    mine, elsewhere = (
        seen_by(role, tenant=tenant, chat="5"),
        seen_by(role, tenant=tenant, chat="6"),
    )
    neighbour = seen_by(role, tenant="third", chat="5")
    async with store.transaction() as work:
        private = await add_feed(work, tenant=tenant, audience="chat:5")
        shared = await add_feed(work, "mirror")
        for polled in (private, shared):
            await work.sources.record(
                polled.source.id, success(missed=(hours_ago(2), hours_ago(1)))
            )
        number = private.source.id
        for stranger in (elsewhere, neighbour):
            assert await work.sources.get(stranger, number) is None
            assert await work.sources.find(stranger, [private.url]) == []
            assert [p.source.id for p in await work.sources.listed(stranger)] == [shared.source.id]
            spans = await work.sources.missed(stranger, hours_ago(24), NOON)
            assert [span.source_id for span in spans] == [shared.source.id]
            assert await work.sources.change(stranger, number, SourceChange()) is None
            assert not await work.sources.remove(stranger, number)
        assert len(await work.sources.listed(mine)) == 2
        assert len(await work.sources.missed(mine, hours_ago(24), NOON)) == 2
        assert await work.sources.remove(mine, number)
