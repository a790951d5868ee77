"""Wake-ups: who waits for updates, answers or news of a chat learns of them here."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

EVENTS_KEPT = 2000


@dataclass(frozen=True)
class Event:
    """Something the page may want to show; `body` is JSON for it."""

    number: int
    kind: str
    chat_id: int | None
    body: Mapping[str, object]


class Signal:
    """Lets coroutines wait until a condition holds, checked again after each `wake`."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self.closed = False

    def wake(self) -> None:
        """Let everybody who waits look again."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Let everybody go; later waits end at once."""
        self.closed = True
        self.wake()

    async def wait_until(self, holds: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `holds()`; False after `timeout_s` real seconds or on closing."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while not holds():
            left = deadline - loop.time()
            if left <= 0 or self.closed:
                return False
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.add(future)
            try:
                await asyncio.wait([future], timeout=left)
            finally:
                self._waiting.discard(future)
        return True


class EventLog:
    """The last events, numbered from 1 in order."""

    def __init__(self) -> None:
        self.signal = Signal()
        self._events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self._last = 0

    @property
    def last(self) -> int:
        """The number of the newest event, 0 before the first."""
        return self._last

    def add(self, kind: str, chat_id: int | None, body: Mapping[str, object]) -> None:
        """Tell everybody who waits."""
        self._last += 1
        self._events.append(Event(self._last, kind, chat_id, body))
        self.signal.wake()

    def after(self, number: int) -> list[Event] | None:
        """Give the events after a number; `None` when some of them are gone."""
        oldest = self._last - len(self._events) + 1
        if number + 1 < oldest or number > self._last:
            return None
        return [event for event in self._events if event.number > number]
