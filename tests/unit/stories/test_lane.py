"""The lane's memory is what the store holds, however live news and archives alternate."""

from dataclasses import replace
from datetime import datetime

import pytest

from core.ports.articles import RecentArticle
from core.ports.store import UnitOfWork
from core.stories.attach import Memory, attach
from core.stories.lane import EVERYBODY, MAX_PRIVATE, Owner, StoryLane
from schemas.principal import Visibility
from tests.unit.stories.newsroom import START, article

DAY = 24 * 60
CHAT = Owner("desk", "chat:5")


class FewArticles:
    """The two parts of a store that the lane reads, over a list."""

    def __init__(self) -> None:
        self.rows: list[RecentArticle] = []
        self.n_loads = 0
        self.articles = self.windows = self

    async def span(self, visibility: Visibility) -> tuple[datetime, datetime] | None:
        at = [row.at for row in self._seen(visibility)]
        return (min(at), max(at)) if at else None

    async def load_recent(
        self, since: datetime, until: datetime, *, visibility: Visibility
    ) -> list[RecentArticle]:
        self.n_loads += 1
        found = [row for row in self._seen(visibility) if since < row.at <= until]
        return sorted(found, key=lambda row: (row.at, row.id))

    def _seen(self, visibility: Visibility) -> list[RecentArticle]:
        assert visibility.audiences is not None
        return [
            row
            for row in self.rows
            if row.tenant in visibility.tenants and row.audience in visibility.audiences
        ]


class Newsroom:
    """A lane over a store, used as ingestion uses it."""

    def __init__(self) -> None:
        self.store = FewArticles()
        self.lane = StoryLane()

    async def add(self, owner: Owner, *minutes: int) -> Memory:
        rows = [article(f"News of minute {n}", minutes=n) for n in minutes]
        memory = await self.recall(owner, rows[0].at, rows[-1].at)
        added = []
        for row in rows:
            placement = attach(memory, row)
            number = len(self.store.rows) + 1
            placement.story.id = placement.story.id or number
            self.store.rows.append(_stored(row, number, placement.story.id, owner))
            added.append((placement.entry, number))
        self.lane.settle(owner, added, [])
        return memory

    async def recall(self, owner: Owner, first_at: datetime, last_at: datetime) -> Memory:
        unit: UnitOfWork = self.store  # type: ignore[assignment]
        return await self.lane.recall(unit, owner, first_at, last_at)


@pytest.fixture
def room() -> Newsroom:
    return Newsroom()


async def test_news_in_order_loads_once(room: Newsroom) -> None:
    for minutes in (0, 30, DAY, 2 * DAY):
        await room.add(EVERYBODY, minutes, minutes + 5)

    assert room.store.n_loads == 1


async def test_old_items_of_a_new_feed_leave_the_live_memory_alone(room: Newsroom) -> None:
    live = await room.add(EVERYBODY, 30 * DAY)
    await room.add(EVERYBODY, 2 * DAY)
    await room.add(EVERYBODY, 9 * DAY)
    again = await room.add(EVERYBODY, 30 * DAY + 5)

    assert again is live
    assert room.store.n_loads == 3


async def test_an_archive_that_reaches_the_present_is_in_the_live_memory(room: Newsroom) -> None:
    await room.add(EVERYBODY, 30 * DAY)
    await room.add(EVERYBODY, 26 * DAY, 28 * DAY)
    live = await room.add(EVERYBODY, 30 * DAY + 5)

    assert len(live) == 3


async def test_private_news_of_old_times_does_not_touch_the_public_memory(room: Newsroom) -> None:
    live = await room.add(EVERYBODY, 30 * DAY)
    old = await room.add(CHAT, 2 * DAY)
    again = await room.add(EVERYBODY, 30 * DAY + 5)

    assert again is live
    assert len(old) == 1


async def test_a_closed_audience_remembers_its_own_beside_what_is_public(room: Newsroom) -> None:
    await room.add(EVERYBODY, 0, 10)
    own = await room.add(CHAT, 20)
    again = await room.add(CHAT, 30)
    other = await room.add(Owner("desk", "chat:6"), 40)

    assert again is own
    assert (len(own), len(other)) == (4, 3)


async def test_what_a_whole_tenant_sees_is_loaded_by_its_chats(room: Newsroom) -> None:
    await room.add(CHAT, 0)
    await room.add(Owner("desk", "public"), 10)
    own = await room.add(CHAT, 20)
    elsewhere = await room.add(Owner("other", "chat:5"), 30)

    assert (len(own), len(elsewhere)) == (3, 1)


async def test_only_some_closed_audiences_are_remembered_at_once(room: Newsroom) -> None:
    first = await room.add(CHAT, 0)
    for n in range(MAX_PRIVATE):
        await room.add(Owner("desk", f"chat:1{n}"), 1)
    again = await room.add(CHAT, 2)

    assert again is not first
    assert len(again) == 2


async def test_what_was_forgotten_is_loaded_again(room: Newsroom) -> None:
    await room.add(EVERYBODY, 0, 10)
    await room.add(CHAT, 20)
    room.lane.forget()

    assert len(await room.recall(EVERYBODY, START, START)) == 2
    assert len(await room.recall(CHAT, START, START)) == 3


async def test_new_words_reach_every_memory_that_holds_the_article(room: Newsroom) -> None:
    await room.add(EVERYBODY, 0, 10)
    late = article("Crack in main cable closes Kestrel Bridge", minutes=10)
    room.lane.settle(EVERYBODY, [], [(2, late)])

    memory = await room.recall(EVERYBODY, late.at, late.at)
    found = memory.find_same(late.content_hash, late.at)

    assert found is not None
    assert found.id == 2


def _stored(row: RecentArticle, number: int, story_id: int | None, owner: Owner) -> RecentArticle:
    assert story_id is not None
    return replace(row, id=number, story_id=story_id, tenant=owner.tenant, audience=owner.audience)
