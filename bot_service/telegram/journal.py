"""Messages in the making, so that a crash in the middle of an answer loses none.

Telegram forgets an update as soon as the next ones are asked for, long before its answer is out. A
message is therefore written down before it is worked on and crossed out when it is answered; what
stands there at the next start is answered then. Taps are not kept: they are pressed again.
"""

import asyncio
import json
from collections import OrderedDict
from typing import Any

import structlog
from telegram import Bot, Update

from core.errors import StoreError
from core.ports.store import Store

KEY = "telegram_in_progress"
MAX_TRIES = 2
"""An update that was begun so often without an end may be what ends the process."""

MAX_KEPT = 500
MAX_SEEN = 5_000
_log = structlog.get_logger(__name__)


class Journal:
    """The messages being answered by this process, kept in one row of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[int, dict[str, Any]] = {}
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._left: dict[int, dict[str, Any]] = {}
        self._given_up: list[Update] = []
        self._changes = 0
        self._written = 0
        self._writing = asyncio.Lock()

    async def left_over(self, bot: Bot) -> list[Update]:
        """Give what an earlier process began and did not answer, oldest first; call it once."""
        async with self._store.transaction(is_write=False) as work:
            stored = await work.ops.get_value(KEY)
        updates, given_up = [], []
        for entry in json.loads(stored) if stored else ():
            update = Update.de_json(entry["update"], bot)
            if entry["tries"] < MAX_TRIES:
                self._left[update.update_id] = entry
                updates.append(update)
            else:
                given_up.append(update)
        self._given_up = given_up
        if updates:
            _log.info("telegram.answers_resumed", n=len(updates))
        return updates

    async def take_given_up(self) -> list[Update]:
        """Give, once, the messages that ended the process too often to be tried again."""
        given_up, self._given_up = self._given_up, []
        if given_up:
            await self._write()
        return given_up

    async def begin(self, update: Update) -> bool:
        """Write a message down; False when it was begun before and must not be answered again."""
        if update.message is None:
            return True
        if update.update_id in self._seen:
            return False
        self._seen[update.update_id] = None
        if len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)
        if len(self._open) < MAX_KEPT:
            tries = self._left.pop(update.update_id, {"tries": 0})["tries"] + 1
            self._open[update.update_id] = {"update": update.to_dict(), "tries": tries}
            await self._write()
        return True

    async def end(self, update: Update) -> None:
        """Cross a message out."""
        if self._open.pop(update.update_id, None) is not None:
            await self._write()

    def _waiting(self) -> list[dict[str, Any]]:
        given_up = [{"update": u.to_dict(), "tries": MAX_TRIES} for u in self._given_up]
        return [*given_up, *self._left.values(), *self._open.values()]

    async def _write(self) -> None:
        """Store the present state; changes that wait together are stored together."""
        self._changes += 1
        mine = self._changes
        async with self._writing:
            if self._written >= mine:
                return
            upto = self._changes
            waiting = self._waiting()
            value = json.dumps(waiting) if waiting else None
            try:
                async with self._store.transaction() as work:
                    await work.ops.set_value(KEY, value)
            except StoreError as error:
                # A full disk must not silence the bot: the answer matters more than the note.
                _log.warning("telegram.journal_not_written", error=type(error).__name__)
            self._written = upto
