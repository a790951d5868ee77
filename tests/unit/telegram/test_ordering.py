import asyncio
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from telegram import CallbackQuery, Chat, Message, Update, User

from bot_service.telegram.ordering import ChatOrder, lane

SOMEBODY = User(7, "Ada", is_bot=False)


def message_of(chat_id: int, *, topic: int | None = None, number: int = 1) -> Message:
    return Message(
        number,
        datetime(2024, 11, 10, tzinfo=UTC),
        Chat(chat_id, "supergroup"),
        from_user=SOMEBODY,
        message_thread_id=topic,
        is_topic_message=topic is not None,
    )


def update_of(chat_id: int, *, topic: int | None = None, number: int = 1) -> Update:
    return Update(number, message=message_of(chat_id, topic=topic, number=number))


async def run_all(updates: list[Update], *, work_s: float = 0.005) -> list[tuple[str, int]]:
    """Run updates as the application does, a task each; gives what began and ended, in order."""
    order, seen = ChatOrder(), []

    async def work(n: int) -> None:
        seen.append(("begins", n))
        await asyncio.sleep(work_s)
        seen.append(("ends", n))

    await asyncio.gather(*(order.process_update(u, work(n)) for n, u in enumerate(updates)))
    return seen


async def test_updates_of_one_chat_run_one_after_the_other() -> None:
    seen = await run_all([update_of(1), update_of(1), update_of(1)])

    assert seen == [
        ("begins", 0), ("ends", 0), ("begins", 1), ("ends", 1), ("begins", 2), ("ends", 2),
    ]  # fmt: skip


async def test_updates_of_different_chats_run_side_by_side() -> None:
    seen = await run_all([update_of(1), update_of(2), update_of(3)])

    assert [what for what, _ in seen[:3]] == ["begins", "begins", "begins"]


async def test_topics_of_a_forum_do_not_wait_for_each_other() -> None:
    seen = await run_all([update_of(1, topic=4), update_of(1, topic=5)])

    assert seen[:2] == [("begins", 0), ("begins", 1)]


async def test_a_tap_does_not_wait_for_a_command_of_its_chat() -> None:
    tap = Update(2, callback_query=CallbackQuery("q", SOMEBODY, "x", message=message_of(1)))

    seen = await run_all([update_of(1), tap])

    assert seen[:2] == [("begins", 0), ("begins", 1)]


async def test_a_failed_update_lets_the_next_one_run() -> None:
    order, ran = ChatOrder(), []

    async def fail() -> None:
        raise ValueError("a bug")

    async def work() -> None:
        ran.append(True)

    results = await asyncio.gather(
        order.process_update(update_of(1), fail()),
        order.process_update(update_of(1), work()),
        return_exceptions=True,
    )

    assert (str(results[0]), ran) == ("a bug", [True])


async def test_a_cancelled_update_leaves_no_coroutine_behind() -> None:
    order, release = ChatOrder(), asyncio.Event()
    waiting: Any = asyncio.sleep(0)
    first = asyncio.create_task(order.process_update(update_of(1), release.wait()))
    second = asyncio.create_task(order.process_update(update_of(1), waiting))
    await asyncio.sleep(0.01)

    second.cancel()
    release.set()
    await asyncio.wait({first, second})

    assert (first.exception(), second.cancelled()) == (None, True)


def test_something_that_is_no_update_waits_for_nobody() -> None:
    assert lane("a shutdown signal") is None


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([None, 8, 9])), max_size=12))
def test_order_inside_every_lane_is_the_order_of_arrival(
    places: list[tuple[int, int | None]],
) -> None:
    updates = [update_of(chat, topic=topic) for chat, topic in places]

    seen = asyncio.run(run_all(updates, work_s=0))

    for key in {lane(u) for u in updates}:
        mine = [n for n, u in enumerate(updates) if lane(u) == key]
        assert [entry for entry in seen if entry[1] in mine] == [
            (what, n) for n in mine for what in ("begins", "ends")
        ]
