"""A group that becomes a supergroup takes its private feeds along."""

import pytest

from core.ports.outbox import OutboxRow
from core.ports.store import UnitOfWork
from schemas.chats import Chat
from schemas.principal import Role
from schemas.sources import PolledSource
from services.adapters.store.engine import SqlStore
from tests.contract.polled import add_feed, seen_by, success
from tests.contract.store_news import EVERYTHING, NOON, add, article, asking, hours_ago

OLD, NEW = "chat:-5", "chat:-100"


async def own_feed(
    work: UnitOfWork, audience: str = OLD, name: str = "herald", *keys: str, story_id: int = 1
) -> tuple[PolledSource, list[int]]:
    polled = await add_feed(work, name, tenant="desk", audience=audience)
    ids = await work.articles.add(
        [
            article(
                key,
                f"{key} bridge",
                source_id=polled.source.id,
                tenant="desk",
                audience=audience,
                story_id=story_id,
            )
            for key in keys
        ]
    )
    return polled, ids


@pytest.mark.parametrize("role", ["reader", "operator", "owner"])
async def test_everything_moves_to_the_new_chat(store: SqlStore, role: Role) -> None:
    old = seen_by(role, tenant="desk", chat="-5")
    new = seen_by(role, tenant="desk", chat="-100")
    async with store.transaction() as work:
        polled, ids = await own_feed(work, OLD, "herald", "a", "b")
        span = (hours_ago(9), hours_ago(8))
        await work.sources.record(polled.source.id, success(missed=span))
        await work.articles.revise(ids[0], article("a", "A tunnel"))

        n_moved = await work.sources.move_audience(OLD, NEW, at=NOON)

        moved = [polled.source.id for polled in await work.sources.listed(new)]
        missed = [m.source_id for m in await work.sources.missed(new, hours_ago(24), NOON)]
        found = await work.articles.get(new, ids)
        window = await work.windows.select(asking("tunnel", visibility=new))
        pending = await work.outbox.pending("article", limit=10)
        assert await work.sources.listed(old) == []
        assert await work.articles.get(old, ids) == []
    assert (n_moved, moved, missed) == (1, [polled.source.id], [polled.source.id])
    assert [one.id for one in found] == ids
    assert window.article_id.tolist() == ids[:1]
    assert [(row.ref, row.version, row.operation) for row in pending] == [
        (ids[0], 2, "upsert"),
        (ids[1], 1, "upsert"),
    ]


async def test_of_two_sources_with_one_address_one_remains(store: SqlStore) -> None:
    new = seen_by("reader", tenant="desk", chat="-100")
    async with store.transaction() as work:
        kept, (own,) = await own_feed(work, NEW, "herald", "a")
        _, (double, other) = await own_feed(work, OLD, "herald", "a", "b", story_id=2)

        await work.sources.move_audience(OLD, NEW, at=NOON)

        found = await work.articles.get(new, [own, double, other])
        pending = await work.outbox.pending("article", limit=10)
        assert [p.source.id for p in await work.sources.listed(new)] == [kept.source.id]
    assert [(one.id, one.source_id) for one in found] == [
        (own, kept.source.id),
        (other, kept.source.id),
    ]
    assert [(row.ref, row.operation) for row in pending] == [
        (double, "delete"),
        (other, "upsert"),
    ]


async def test_a_source_that_the_new_chat_had_removed_is_polled_again(store: SqlStore) -> None:
    new = seen_by("reader", tenant="desk", chat="-100")
    async with store.transaction() as work:
        kept, _ = await own_feed(work, NEW, "herald", "a")
        await work.sources.remove(new, kept.source.id)
        await own_feed(work, OLD)

        await work.sources.move_audience(OLD, NEW, at=NOON)

        assert [p.source.id for p in await work.sources.listed(new)] == [kept.source.id]


async def test_a_title_that_the_new_chat_has_is_told_apart(store: SqlStore) -> None:
    new = seen_by("reader", tenant="desk", chat="-100")
    async with store.transaction() as work:
        await own_feed(work, NEW)
        await add_feed(work, url="https://herald.example/other", tenant="desk", audience=OLD)

        await work.sources.move_audience(OLD, NEW, at=NOON)

        titles = [polled.source.title for polled in await work.sources.listed(new)]
    assert titles == ["Herald", "Herald (herald.example)"]


async def test_nothing_of_others_moves(store: SqlStore) -> None:
    async with store.transaction() as work:
        await add(work, article("a", "One"))
        await add_feed(work, "mirror", audience="chat:6")
        before = await work.articles.scan(EVERYTHING, after_id=0, limit=9)

        assert await work.sources.move_audience(OLD, NEW, at=NOON) == 0
        assert await work.sources.move_audience("chat:6", "chat:6", at=NOON) == 0

        assert await work.articles.scan(EVERYTHING, after_id=0, limit=9) == before
        assert await work.outbox.backlog("article") == (0, None)


async def test_a_chat_that_migrates_takes_its_sources_along(store: SqlStore) -> None:
    new = seen_by("reader", tenant="desk", chat="-100")
    group = Chat(id="-5", kind="group", title="Desk", first_seen_at=NOON, last_seen_at=NOON)
    async with store.transaction() as work:
        await work.chats.touch(group)
        polled, ids = await own_feed(work, OLD, "herald", "a")

        await work.chats.migrate("-5", "-100", at=NOON)

        assert [p.source.id for p in await work.sources.listed(new)] == [polled.source.id]
        assert await work.outbox.pending("article", limit=9) == [
            OutboxRow("article", ids[0], 1, "upsert", seq=1)
        ]
