"""Runs, chats, the outbox and the desk's own bookkeeping."""

from datetime import timedelta
from typing import Any

import pytest

from core.errors import StoreError
from core.ports.outbox import OutboxRow
from schemas.chats import Chat, ChatSettings, Person
from schemas.principal import Principal
from services.adapters.store.engine import SqlStore
from tests.contract.store_news import (
    EVERYTHING,
    NOON,
    add,
    analysis,
    article,
    asking,
    held,
    hours_ago,
    keyphrase,
    run,
)

READER = Principal(person="7", chat="7")


def chat(chat_id: str, **changes: Any) -> Chat:
    made = Chat(id=chat_id, kind="group", title="News", first_seen_at=NOON, last_seen_at=NOON)
    return made.model_copy(update=changes)


async def test_a_run_comes_back_whole(store: SqlStore) -> None:
    async with store.transaction() as work:
        await work.runs.save(run("r1"))
    async with store.transaction(is_write=False) as work:
        stored = await work.runs.get("r1")
        missing = await work.runs.get("r2")

    assert (stored, missing) == (run("r1"), None)


async def test_saving_a_run_again_replaces_it(store: SqlStore) -> None:
    shorter = run("r1").model_copy(update={"evidence": (), "cost_usd_micro": 9})

    async with store.transaction() as work:
        await work.runs.save(run("r1"))
        await work.runs.save(shorter)

        assert await work.runs.get("r1") == shorter


async def test_each_vote_is_an_event(store: SqlStore) -> None:
    async with store.transaction() as work:
        await work.runs.save(run("r1"))
        await work.runs.vote("r1", person="8", vote="down", reason=None, at=NOON)
        await work.runs.vote("r1", person="8", vote="down", reason="old", at=NOON)

        votes = await work.ops.count_events("vote", since=hours_ago(1))
        gone = await work.runs.forget_person("8")

    assert (votes, gone) == (2, 1)


async def test_nobody_votes_on_a_run_that_is_gone(store: SqlStore) -> None:
    with pytest.raises(StoreError, match="no run has the id 'r9'"):
        async with store.transaction() as work:
            await work.runs.vote("r9", person="8", vote="up", reason=None, at=NOON)


async def test_forgetting_a_person_leaves_the_runs_of_others(store: SqlStore) -> None:
    async with store.transaction() as work:
        await work.runs.save(run("mine", person="7"))
        await work.runs.save(run("theirs", person="8"))
        await work.runs.vote("mine", person="8", vote="up", reason=None, at=NOON)
        await work.runs.vote("theirs", person="7", vote="up", reason=None, at=NOON)

        gone = await work.runs.forget_person("7")

        assert await work.runs.get("mine") is None
        assert await work.runs.get("theirs") is not None
    assert gone == 1 + 2 + 2


async def test_old_runs_go_oldest_first_and_few_at_a_time(store: SqlStore) -> None:
    async with store.transaction() as work:
        for n in range(4):
            await work.runs.save(run(f"r{n}", age_h=n))

        gone = await work.runs.purge(before=hours_ago(0.5), limit=2)

        left = [f"r{n}" for n in range(4) if await work.runs.get(f"r{n}")]
    assert (gone, left) == (2, ["r0", "r1"])


async def test_touching_a_chat_keeps_its_settings_and_its_first_sight(store: SqlStore) -> None:
    chosen = ChatSettings(lang="ru", tz="Europe/Riga", window="1w", is_private_mode=True)
    async with store.transaction() as work:
        await work.chats.touch(chat("-5"))
        await work.chats.save_settings("-5", chosen)
        await work.chats.set_state("-5", "blocked")

        later = NOON + timedelta(hours=1)
        known = await work.chats.touch(
            chat("-5", title="Новости", first_seen_at=later, last_seen_at=later)
        )

        assert known == await work.chats.get("-5")
    assert (known.settings, known.title, known.state) == (chosen, "Новости", "active")
    assert (known.first_seen_at, known.last_seen_at) == (NOON, later)


@pytest.mark.parametrize("is_announced_late", [False, True])
async def test_a_group_that_migrates_keeps_settings_and_runs(
    store: SqlStore, is_announced_late: bool
) -> None:
    chosen = ChatSettings(lang="ru")
    async with store.transaction() as work:
        await work.chats.touch(chat("-5", first_seen_at=hours_ago(9), settings=chosen))
        await work.runs.save(run("r1", chat="-5"))
        if is_announced_late:
            await work.chats.touch(chat("-100", kind="supergroup"))

        await work.chats.migrate("-5", "-100", at=NOON)
        await work.chats.migrate("-5", "-100", at=NOON)

        moved = await work.chats.get("-100")
        stored = await work.runs.get("r1")
        assert await work.chats.get("-5") is None
    assert moved is not None
    assert (moved.kind, moved.settings, moved.first_seen_at) == (
        "supergroup",
        chosen,
        hours_ago(9),
    )
    assert stored == run("r1", chat="-100")


async def test_chats_that_spoke_lately_are_counted(store: SqlStore) -> None:
    async with store.transaction() as work:
        await work.chats.touch(chat("1"))
        await work.chats.touch(chat("2", last_seen_at=hours_ago(30)))

        assert await work.chats.active_since(hours_ago(24)) == 1


async def test_people_come_owner_first(store: SqlStore) -> None:
    helper = Person(id="1", name="Ann", role="operator", since=hours_ago(9))
    owner = Person(id="2", name="Bob", role="owner", since=NOON)
    former = Person(id="3", name="Cy", role="operator", since=NOON)
    async with store.transaction() as work:
        for one in (helper, owner.model_copy(update={"role": "operator"}), owner, former):
            await work.chats.save_person(one)
        await work.chats.remove_person("3")

        assert await work.chats.people() == [owner, helper]


async def test_forgetting_a_person_removes_the_private_chat_alone(store: SqlStore) -> None:
    async with store.transaction() as work:
        await work.chats.touch(chat("7", kind="private"))
        await work.chats.touch(chat("-5"))

        gone = [await work.chats.forget("7"), await work.chats.forget("-5")]

        left = [await work.chats.get("7") is None, await work.chats.get("-5") is None]
    assert (gone, left) == ([1, 0], [True, False])


async def test_outbox_rows_wait_in_order_until_done(store: SqlStore) -> None:
    rows = [OutboxRow("article", ref, 1, "upsert") for ref in (30, 10, 20)]
    async with store.transaction() as work:
        await work.outbox.append(rows, at=hours_ago(2))
        await work.outbox.append([OutboxRow("story", 1, 1, "delete")], at=NOON)

        waiting = await work.outbox.pending("article", limit=2)
        await work.outbox.done([row.seq for row in waiting], at=NOON)

        left = await work.outbox.pending("article", limit=9)
        backlog = await work.outbox.backlog("article")
    assert [row.ref for row in waiting] == [30, 10]
    assert [row.ref for row in left] == [20]
    assert backlog == (1, hours_ago(2))


async def test_a_row_that_fails_too_often_becomes_a_dead_letter(store: SqlStore) -> None:
    async with store.transaction() as work:
        await work.outbox.append([OutboxRow("article", n, 1, "upsert") for n in (1, 2)], at=NOON)
        first, second = await work.outbox.pending("article", limit=9)
        await work.outbox.failed([second.seq], error="cold", max_tries=2, at=NOON)

        died = await work.outbox.failed(
            [first.seq, second.seq], error="shut", max_tries=2, at=NOON
        )
        again = await work.outbox.failed([second.seq], error="late", max_tries=2, at=NOON)

        dead = await work.outbox.dead(limit=9)
        left = await work.outbox.pending("article", limit=9)
    assert (died, again) == (1, 0)
    assert [(row.ref, row.tries, error) for row, error in dead] == [(2, 2, "shut")]
    assert [(row.ref, row.tries) for row in left] == [(1, 1)]


async def test_purging_the_outbox_takes_done_rows_and_never_gives_a_number_twice(
    store: SqlStore,
) -> None:
    async with store.transaction() as work:
        await work.outbox.append([OutboxRow("article", n, 1, "upsert") for n in (1, 2)], at=NOON)
        first, second = await work.outbox.pending("article", limit=9)
        await work.outbox.failed([first.seq], error="x", max_tries=1, at=hours_ago(9))
        await work.outbox.done([second.seq], at=hours_ago(9))

        gone = await work.outbox.purge(before=hours_ago(1), limit=9)

        await work.outbox.append([OutboxRow("article", 3, 1, "upsert")], at=NOON)
        (third,) = await work.outbox.pending("article", limit=9)
        dead = await work.outbox.dead(limit=9)
    assert (gone, len(dead)) == (1, 1)
    assert third.seq > second.seq


async def test_a_counter_stops_at_its_limit(store: SqlStore) -> None:
    async with store.transaction() as work:
        sums = [
            await work.ops.add_usage("day:7:x", n, limit=5, expires_at=NOON) for n in (9, 3, 3, 2)
        ]

    assert sums == [None, 3, None, 5]


async def test_small_facts_are_kept_replaced_and_deleted(store: SqlStore) -> None:
    async with store.transaction() as work:
        values = [await work.ops.get_value("claim")]
        for value in ("one", "two", None):
            await work.ops.set_value("claim", value)
            values.append(await work.ops.get_value("claim"))

    assert values == [None, "one", "two", None]


async def test_forgetting_a_person_deletes_events_and_leaves_the_limits_of_the_day(
    store: SqlStore,
) -> None:
    other = READER.model_copy(update={"person": "77"})
    async with store.transaction() as work:
        for principal in (READER, other):
            await work.ops.record_event("command", principal, ref=None, at=NOON, data={"n": 1})
            await work.ops.add_usage(
                f"user_day_commands:{principal.person}:2026-03-10", 1, limit=9, expires_at=NOON
            )

        gone = await work.ops.forget_person("7")

        left = await work.ops.count_events("command", since=hours_ago(1))
        more = await work.ops.add_usage(
            "user_day_commands:7:2026-03-10", 1, limit=1, expires_at=NOON
        )
    assert (gone, left, more) == (1, 1, None)


async def test_expired_counters_and_old_events_go_in_small_batches(store: SqlStore) -> None:
    async with store.transaction() as work:
        for n in range(3):
            at = hours_ago(n * 10)
            await work.ops.record_event("click", READER, ref="r", at=at, data={})
            await work.ops.add_usage(f"x:{n}:y", 1, limit=9, expires_at=at + timedelta(hours=1))

        gone = [
            await work.ops.purge_expired(now=NOON, events_before=hours_ago(5), limit=3)
            for _ in range(3)
        ]

        left = await work.ops.count_events("click", since=hours_ago(99))
    assert (gone, left) == ([3, 1, 0], 1)


async def test_counts_tell_the_sample_from_real_news(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(
            work,
            article("1", "a", published_at=hours_ago(24 * 30), story_id=1),
            article("2", "b", published_at=hours_ago(2), story_id=1),
            article("3", "c", is_sample=True, analysis=analysis(["c"], lang="ru"), story_id=2),
            sources=["Herald", "Times", "Sample"],
        )

        counts = await work.ops.counts(EVERYTHING, now=NOON)

    assert (counts.n_articles, counts.n_real) == (3, 2)
    assert (counts.n_sources, counts.n_real_sources, counts.n_stories) == (3, 2, 2)
    assert (counts.oldest_at, counts.newest_at) == (hours_ago(24 * 30), hours_ago(1))
    assert (counts.per_day, counts.languages) == (2 / 7, {"en": 2, "ru": 1})


async def test_purging_articles_takes_everything_that_hangs_on_them(store: SqlStore) -> None:
    words = analysis(["old", "word"], keyphrases=(keyphrase("Old Word"),))
    async with store.transaction() as work:
        old, copy, _ = await add(
            work,
            article("1", "old word", published_at=hours_ago(9), analysis=words),
            article("2", "old copy", published_at=hours_ago(3), original_index=0, story_id=2),
            article("3", "new", story_id=2),
        )
        await work.articles.revise(old, article("1", "older word"))

        gone = await work.ops.purge_articles(before=hours_ago(2), sample_only=False, limit=1)

        counts = await work.ops.counts(EVERYTHING, now=NOON)
        phrases = await work.windows.keyphrases(asking(), limit=9)
        terms = await work.windows.count_terms(asking())
        known = await work.articles.find_known([1, 1], ["1", "2"])
    assert gone == [old]
    assert (counts.n_articles, counts.n_stories, phrases) == (2, 1, [])
    assert sorted(held(terms)) == ["copy", "new", "old"]
    assert [article.id for article in known.values()] == [copy]


async def test_purging_the_sample_leaves_real_news(store: SqlStore) -> None:
    async with store.transaction() as work:
        sample, _ = await add(work, article("1", "a", is_sample=True), article("2", "b"))

        gone = await work.ops.purge_articles(before=None, sample_only=True, limit=9)

        counts = await work.ops.counts(EVERYTHING, now=NOON)
    assert (gone, counts.n_articles) == ([sample], 1)


async def test_purging_everything_by_mistake_is_refused(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="or all would go"):
        async with store.transaction() as work:
            await work.ops.purge_articles(before=None, sample_only=False, limit=9)
