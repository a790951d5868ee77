"""Order of updates: the same chat in turn, different chats side by side."""

import asyncio
import time
from collections.abc import Awaitable, Coroutine
from contextvars import ContextVar
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot_service.telegram.journal import Journal

MAX_AT_ONCE = 2_048
received_at: ContextVar[float] = ContextVar("received_at")
"""Monotonic seconds at which the update of the running task came in, before it waited its turn."""


def lane(update: object) -> tuple[object, ...] | None:
    """Name the queue an update waits in; None waits for nobody.

    Messages queue by chat and topic. A tap queues by the message it was made on, so that it is
    answered while a long command of the same chat is still running.
    """
    if not isinstance(update, Update):
        return None
    if update.callback_query is not None:
        message = update.callback_query.message
        return None if message is None else ("tap", message.chat.id, message.message_id)
    chat = update.effective_chat
    if chat is None:
        return None
    message_thread = update.effective_message
    topic = (
        message_thread.message_thread_id
        if message_thread is not None and message_thread.is_topic_message
        else None
    )
    return ("chat", chat.id, topic)


class ChatOrder(BaseUpdateProcessor):
    """Runs updates of one lane in the order of their arrival, lanes in parallel."""

    def __init__(self, journal: Journal | None = None, *, max_at_once: int = MAX_AT_ONCE):
        super().__init__(max_at_once)
        self._journal = journal
        self._last: dict[tuple[object, ...], asyncio.Future[None]] = {}

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the lane's previous update, then run this one."""
        received_at.set(time.monotonic())
        key = lane(update)
        if key is None or not isinstance(update, Update):
            await coroutine
            return
        before = self._last.get(key)
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._last[key] = mine
        try:
            await self._take_turn(update, coroutine, before=before)
        finally:
            mine.set_result(None)
            if self._last.get(key) is mine:
                del self._last[key]

    async def _take_turn(
        self, update: Update, coroutine: Awaitable[Any], *, before: asyncio.Future[None] | None
    ) -> None:
        """Note the update, wait for the one before it, run it, cross it out."""
        try:
            is_new = self._journal is None or await self._journal.begin(update)
            if before is not None:
                await asyncio.shield(before)
        except BaseException:
            _discard(coroutine)
            raise
        if not is_new:
            _discard(coroutine)
            return
        await coroutine
        if self._journal is not None:
            await self._journal.end(update)

    async def initialize(self) -> None:
        """Do nothing: lanes are made when they are needed."""

    async def shutdown(self) -> None:
        """Forget the lanes."""
        self._last.clear()


def _discard(coroutine: Awaitable[Any]) -> None:
    """Close what will never run; unclosed, Python would warn of it."""
    if isinstance(coroutine, Coroutine):
        coroutine.close()
