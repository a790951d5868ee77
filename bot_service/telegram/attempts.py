"""One request to Telegram, tried until it is accepted, refused for good, or hopeless."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import httpx
import structlog
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    TelegramError,
    TimedOut,
)

from bot_service.telegram.pacing import Pace
from bot_service.telegram.transport import FloodWait
from core.errors import TelegramRefused
from monitoring.metrics import Metrics

T = TypeVar("T")
MAX_TRIES = 4
MAX_TRIES_UNSENT = 45
"""While Telegram cannot be reached at all, an answer waits for it: about ten minutes."""

MAX_BACKOFF = 32
"""Longest pause between two tries, as a multiple of the first one."""
MAX_FLOOD_S = 300.0
"""Longest flood wait that is sat out; a longer one is given up, and said in the log."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_log = structlog.get_logger(__name__)


class ChatEvents(Protocol):
    """What Telegram tells of chats while we send; `services.chats.ChatDesk` listens."""

    async def blocked(self, chat_id: str) -> None:
        """Remember that a person blocked the bot."""
        ...

    async def left(self, chat_id: str) -> None:
        """Remember that the bot is no longer in a chat."""
        ...

    async def migrated(self, old_id: str, new_id: str) -> None:
        """Remember that a group became a supergroup."""
        ...


def may_repeat(error: NetworkError, *, is_idempotent: bool) -> bool:
    """Say whether trying again cannot show anything twice.

    A request that was never sent may be repeated, and so may one that changes nothing the second
    time. A read time-out after a message went out is not repeated: Telegram nearly always has it.
    """
    if is_idempotent or isinstance(error.__cause__, _NOT_SENT):
        return True
    return not isinstance(error, TimedOut)


class Attempts:
    """Runs requests at the right pace and settles what may go wrong with them."""

    def __init__(
        self, *, chats: ChatEvents, metrics: Metrics, pace: Pace, backoff_s: float = 0.5
    ) -> None:
        self._chats = chats
        self._metrics = metrics
        self._backoff_s = backoff_s
        self._moved: dict[int, int] = {}
        self.pace = pace

    async def run(
        self,
        chat_id: int,
        call: Callable[[int], Awaitable[T]],
        *,
        is_group: bool,
        outcome: str,
    ) -> T | None:
        """Run `call` with the chat's present id; None when the chat can no longer be reached.

        Args:
            chat_id: The chat, under its id of when the message came in.
            call: The request; gets the id to use, another one after a group has migrated.
            is_group: Whether the limits of groups hold.
            outcome: What success counts as, `sent` or `edited`; edits may be repeated.

        Raises:
            BadRequest: Telegram does not take this content; another form may pass.
            TelegramRefused: There is nothing left to try.
        """
        tries, waited_s = 0, 0.0
        while True:
            current = self._moved.get(chat_id, chat_id)
            await self.pace.turn(current, is_group=is_group)
            try:
                result = await call(current)
            except FloodWait as wait:
                waited_s += wait.retry_after_s
                self._hold(current, wait, waited_s=waited_s)
            except ChatMigrated as moved:
                self._moved[chat_id] = moved.new_chat_id
                await self._chats.migrated(str(current), str(moved.new_chat_id))
            except Forbidden as error:
                await self._gone(current, error)
                return None
            except BadRequest:
                raise
            except NetworkError as error:
                tries += 1
                await self._pause(error, tries=tries, is_idempotent=outcome == "edited")
            except TelegramError as error:
                self.count("refused")
                raise TelegramRefused(f"Telegram refused a message: {error}") from error
            else:
                self.count(outcome)
                return result

    def count(self, outcome: str) -> None:
        """Count one outcome: sent, edited, retried, refused or unreachable."""
        self._metrics.telegram_send_total.labels(outcome=outcome).inc()

    def _hold(self, chat_id: int, wait: FloodWait, *, waited_s: float) -> None:
        _log.warning("telegram.flood_wait", retry_after_s=wait.retry_after_s)
        self.pace.hold(chat_id, wait.retry_after_s)
        if waited_s > MAX_FLOOD_S:
            self.count("refused")
            raise TelegramRefused(
                f"Telegram asks to wait {wait.retry_after_s:g} s; the message was given up",
                retry_after_s=wait.retry_after_s,
            ) from wait
        self.count("retried")

    async def _gone(self, chat_id: int, error: Forbidden) -> None:
        self.count("unreachable")
        _log.info("telegram.chat_unreachable", reason=error.message)
        if "blocked" in error.message.lower():
            await self._chats.blocked(str(chat_id))
        else:
            await self._chats.left(str(chat_id))

    async def _pause(self, error: NetworkError, *, tries: int, is_idempotent: bool) -> None:
        max_tries = MAX_TRIES_UNSENT if isinstance(error.__cause__, _NOT_SENT) else MAX_TRIES
        if tries >= max_tries or not may_repeat(error, is_idempotent=is_idempotent):
            self.count("unreachable")
            raise TelegramRefused(
                f"Telegram could not be reached ({type(error).__name__}, try {tries})"
            ) from error
        self.count("retried")
        _log.warning("telegram.retried", error=type(error).__name__, tries=tries)
        wait_s = self._backoff_s * min(2 ** (tries - 1), MAX_BACKOFF)
        await asyncio.sleep(wait_s * random.uniform(0.75, 1.25))
