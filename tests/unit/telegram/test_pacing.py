import asyncio
import time

import pytest

from bot_service.local_telegram.limits import FloodGuard, Limits
from bot_service.telegram import pacing
from bot_service.telegram.pacing import Pace


async def seconds_of(pace: Pace, chat_ids: list[int], *, is_group: bool = False) -> float:
    began = time.monotonic()
    await asyncio.gather(*(pace.turn(chat_id, is_group=is_group) for chat_id in chat_ids))
    return time.monotonic() - began


async def test_a_short_burst_to_one_chat_goes_at_once() -> None:
    assert await seconds_of(Pace(), [1, 1, 1]) < 0.5


async def test_the_fourth_message_to_a_chat_waits_a_second() -> None:
    assert await seconds_of(Pace(), [1, 1, 1, 1]) > 0.8


async def test_twenty_chats_do_not_wait_for_a_second_each() -> None:
    assert await seconds_of(Pace(), list(range(20))) < 5.0


async def test_a_held_chat_does_not_hold_the_others() -> None:
    pace = Pace()
    pace.hold(1, 1.0)

    other_s = await seconds_of(pace, [2, 3])
    held_s = await seconds_of(pace, [1])

    assert other_s < 0.5 < other_s + held_s


async def test_a_group_has_room_for_five_at_most() -> None:
    pace = Pace()
    for _ in range(3):
        await pace.turn(-5, is_group=True)

    assert not pace.has_room(-5, is_group=True)


async def test_only_so_many_chats_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "MAX_CHATS", 3)
    pace = Pace()

    for chat_id in range(10):
        pace.hold(chat_id, 0)

    assert len(pace._chats) == 3


async def test_a_hundred_messages_at_our_pace_are_never_refused() -> None:
    pace, guard = Pace(), FloodGuard(Limits())

    async def send(chat_id: int) -> None:
        await pace.turn(chat_id, is_group=False)
        guard.admit(chat_id, is_group=False, at_s=time.monotonic())

    await asyncio.gather(*(send(n % 50) for n in range(100)))
