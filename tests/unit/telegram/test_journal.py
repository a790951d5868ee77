import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from telegram import Bot, CallbackQuery, Chat, Message, Update, User

from bot_service.telegram.journal import KEY, Journal
from core.ports.store import Store
from services.adapters.store.engine import SqlStore

BOT = Bot("1:unused")
ADA = User(7, "Ada", is_bot=False, language_code="ru")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await SqlStore.open(tmp_path / "desk.db")
    yield opened
    await opened.aclose()


def update_of(number: int) -> Update:
    at = datetime(2024, 11, 10, tzinfo=UTC)
    message = Message(number, at, Chat(7, "private"), from_user=ADA, text="/trends 24h")
    return Update(number, message=message)


async def test_a_message_that_was_not_answered_is_there_at_the_next_start(store: Store) -> None:
    await Journal(store).begin(update_of(1))

    (left,) = await Journal(store).left_over(BOT)

    assert left.message is not None
    assert (left.message.text, left.message.from_user, left.update_id) == ("/trends 24h", ADA, 1)


async def test_an_answered_message_is_gone(store: Store) -> None:
    journal = Journal(store)
    await journal.begin(update_of(1))

    await journal.end(update_of(1))

    assert await Journal(store).left_over(BOT) == []
    async with store.transaction(is_write=False) as work:
        assert await work.ops.get_value(KEY) is None


async def test_the_same_update_is_begun_once(store: Store) -> None:
    journal = Journal(store)

    assert [await journal.begin(update_of(1)) for _ in range(2)] == [True, False]


async def test_a_message_that_ended_two_processes_is_not_tried_again(store: Store) -> None:
    await Journal(store).begin(update_of(1))
    second = Journal(store)
    (left,) = await second.left_over(BOT)
    await second.begin(left)

    assert await Journal(store).left_over(BOT) == []


async def test_a_message_that_is_not_tried_again_is_given_up_once(store: Store) -> None:
    for _ in range(2):
        journal = Journal(store)
        await journal.left_over(BOT)
        await journal.begin(update_of(1))

    third = Journal(store)
    await third.left_over(BOT)
    given_up = [update.update_id for update in await third.take_given_up()]

    assert given_up == [1]
    assert await third.take_given_up() == []
    fourth = Journal(store)
    assert await fourth.left_over(BOT) == []
    assert await fourth.take_given_up() == []


async def test_what_waits_for_its_second_try_survives_another_crash(store: Store) -> None:
    first = Journal(store)
    await first.begin(update_of(1))
    await first.begin(update_of(2))

    second = Journal(store)
    await second.left_over(BOT)
    await second.begin(update_of(3))  # 1 and 2 are still in the queue

    left = await Journal(store).left_over(BOT)
    assert sorted(update.update_id for update in left) == [1, 2, 3]


async def test_many_messages_at_once_are_all_kept(store: Store) -> None:
    journal = Journal(store)

    await asyncio.gather(*(journal.begin(update_of(n)) for n in range(40)))

    left = await Journal(store).left_over(BOT)
    assert sorted(update.update_id for update in left) == list(range(40))


async def test_a_tap_is_not_kept(store: Store) -> None:
    tap = Update(3, callback_query=CallbackQuery("q", ADA, "x"))

    assert await Journal(store).begin(tap)
    assert await Journal(store).left_over(BOT) == []
