"""The queue of updates: kept until the bot has confirmed them, also over a restart."""

import json
import math
import time
from collections.abc import Mapping, Sequence

from bot_service.local_telegram.events import Signal
from bot_service.local_telegram.refusals import Refusal
from bot_service.local_telegram.storage import Storage

# Kinds that Telegram sends only to a bot that asked for them.
_ONLY_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MAX_TIMEOUT_S = 50.0
# A bot that asked this long ago, or waits now, is there.
_LISTENING_S = 10.0


class UpdateQueue:
    """Updates in order of their id; one poller at a time."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.signal = Signal()
        rows = storage.all("update")
        self._waiting = {int(key): value for key, value in rows}
        counters = dict(storage.all("counter"))
        self._last_id = int(counters.get("update_id", "0"))
        self._allowed = frozenset(json.loads(counters.get("allowed_updates", "[]")))
        self._poller = 0
        self._polled_at_s = -math.inf
        self._n_waiting = 0

    @property
    def pending(self) -> int:
        """How many updates wait for the bot."""
        return len(self._waiting)

    @property
    def is_polled(self) -> bool:
        """Whether the bot asked for updates in the last seconds."""
        return self._n_waiting > 0 or time.monotonic() - self._polled_at_s < _LISTENING_S

    def add(self, kind: str, body: Mapping[str, object]) -> int | None:
        """Queue one update; None when the bot did not ask for this kind."""
        wanted = kind in self._allowed if self._allowed else kind not in _ONLY_ON_REQUEST
        if not wanted:
            return None
        self._last_id += 1
        value = json.dumps({"update_id": self._last_id, kind: body}, ensure_ascii=False)
        with self._storage.batch():
            self._storage.put("update", f"{self._last_id:012d}", value)
            self._storage.put("counter", "update_id", str(self._last_id))
        self._waiting[self._last_id] = value
        self.signal.wake()
        return self._last_id

    def allow(self, kinds: Sequence[str]) -> None:
        """Say which kinds are wanted from now on; none named means the usual ones."""
        if frozenset(kinds) != self._allowed:
            self._allowed = frozenset(kinds)
            self._storage.put("counter", "allowed_updates", json.dumps(sorted(self._allowed)))

    def confirm_before(self, offset: int) -> None:
        """Forget what the bot has: ids below `offset`; a negative one keeps the last few."""
        ids = sorted(self._waiting)
        done = [key for key in ids if key < offset] if offset >= 0 else ids[:offset]
        if not done:
            return
        with self._storage.batch():
            for key in done:
                self._storage.delete("update", f"{key:012d}")
        for key in done:
            del self._waiting[key]

    def drop_all(self) -> None:
        """Forget everything that waits."""
        self.confirm_before(self._last_id + 1)

    async def poll(self, *, limit: int, timeout_s: float) -> list[object]:
        """Give up to `limit` updates, waiting up to `timeout_s` for the first.

        Raises:
            Refusal: 409 when another poll begins meanwhile: the newest one wins.
        """
        self._poller += 1
        mine = self._poller
        self.signal.wake()
        self._n_waiting += 1
        try:
            await self.signal.wait_until(
                lambda: bool(self._waiting) or self._poller != mine, min(timeout_s, MAX_TIMEOUT_S)
            )
        finally:
            self._n_waiting -= 1
            self._polled_at_s = time.monotonic()
        if self._poller != mine:
            raise Refusal(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
        ids = sorted(self._waiting)[:limit]
        return [json.loads(self._waiting[key]) for key in ids]
