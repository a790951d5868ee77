"""How fast the bot may send: token buckets for the bot, each chat and each group.

Telegram allows 30 messages a second overall, one a second in a chat with short bursts, and 20 a
minute in a group. A bucket that starts full passes its burst on top of its rate, so burst plus
rate stays at each limit: nothing is refused in any second or minute, however the bursts fall.
"""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from aiolimiter import AsyncLimiter

MAX_CHATS = 10_000
"""Buckets kept in memory; the chat that was quiet for longest goes first."""


def _bot_bucket() -> AsyncLimiter:
    return AsyncLimiter(5, 0.2)  # burst 5 + 25 a second


def _chat_bucket() -> AsyncLimiter:
    return AsyncLimiter(3, 3)  # burst 3, then 1 a second


def _group_bucket() -> AsyncLimiter:
    return AsyncLimiter(5, 20)  # burst 5 + 15 a minute


@dataclass(slots=True)
class _Chat:
    bucket: AsyncLimiter = field(default_factory=_chat_bucket)
    group: AsyncLimiter = field(default_factory=_group_bucket)
    open_at: float = 0.0


class Pace:
    """Gives each message its turn; a chat that must wait holds up nobody else."""

    def __init__(self) -> None:
        self._bot = _bot_bucket()
        self._chats: OrderedDict[int, _Chat] = OrderedDict()

    async def turn(self, chat_id: int, *, is_group: bool) -> None:
        """Wait until a message to this chat may go out, and take its place."""
        chat = self._chat(chat_id)
        while (wait_s := chat.open_at - time.monotonic()) > 0:  # noqa: ASYNC110 - it may grow
            await asyncio.sleep(wait_s)
        await chat.bucket.acquire()
        if is_group:
            await chat.group.acquire()
        await self._bot.acquire()

    def has_room(self, chat_id: int, *, is_group: bool) -> bool:
        """Say whether a message would go out at once and leave room for another one."""
        chat = self._chat(chat_id)
        return (
            chat.open_at <= time.monotonic()
            and chat.bucket.has_capacity(2)
            and (not is_group or chat.group.has_capacity(2))
            and self._bot.has_capacity(2)
        )

    def hold(self, chat_id: int, seconds: float) -> None:
        """Send nothing to this chat for `seconds`; the others go on."""
        chat = self._chat(chat_id)
        chat.open_at = max(chat.open_at, time.monotonic() + seconds)

    def _chat(self, chat_id: int) -> _Chat:
        chat = self._chats.get(chat_id)
        if chat is None:
            chat = self._chats[chat_id] = _Chat()
            if len(self._chats) > MAX_CHATS:
                self._chats.popitem(last=False)
        else:
            self._chats.move_to_end(chat_id)
        return chat
