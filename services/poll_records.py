"""How outcomes of polls reach the store: those that end at the same time in one transaction."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from core.ports.store import Store
from schemas.sources import PollOutcome

BATCH = 100
"""Outcomes of one transaction: some milliseconds of the write lock."""


@dataclass(frozen=True, slots=True)
class _Entry:
    source_id: int
    outcome: PollOutcome
    written: "asyncio.Future[None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class PollRecords:
    """Writes outcomes in groups: while one transaction runs, the next one gathers.

    Most polls bring nothing, and a transaction of its own would cost each of them more than the
    poll did.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[_Entry] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def write(self, source_id: int, outcome: PollOutcome) -> None:
        """Store an outcome; it is stored when this returns.

        Raises:
            StoreError: It could not be stored.
        """
        entry = _Entry(source_id, outcome)
        self._waiting.append(entry)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        await entry.written

    async def _write_all(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            error = await self._try(batch)
            if error is not None and len(batch) > 1:
                # One outcome that cannot be stored must not take the others along.
                for entry in batch:
                    _settle([entry], await self._try([entry]))
                continue
            _settle(batch, error)

    async def _try(self, batch: list[_Entry]) -> Exception | None:
        try:
            async with self._store.transaction() as unit:
                for entry in batch:
                    await unit.sources.record(entry.source_id, entry.outcome)
        except Exception as error:  # noqa: BLE001 - given on to whoever waits for these outcomes
            return error
        return None


def _settle(batch: list[_Entry], error: Exception | None) -> None:
    for entry in batch:
        if entry.written.done():  # whoever waited for it was cancelled
            continue
        if error is None:
            entry.written.set_result(None)
        else:
            entry.written.set_exception(error)
