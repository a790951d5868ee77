"""Commits in groups: many small changes of money in one transaction of the journal."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass

import structlog

from core.errors import StoreBusy, StoreError, StoreFull, StoreUnreachable
from core.ports.journal import Written
from core.ports.ledger import Granted, Refused
from schemas.spending import Reservation, Settlement

MAX_ROWS = 256
COMPANY_S = 0.005
"""How long a change waits for others to be written together with it, while there are others."""

Write = Callable[[Sequence[Reservation], Sequence[Settlement]], Awaitable[Written]]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Reserving:
    item: Reservation
    done: "asyncio.Future[Granted | Refused]"
    since: float


@dataclass(frozen=True, slots=True, eq=False)
class _Settling:
    item: Settlement
    done: "asyncio.Future[bool]"
    since: float


_Entry = _Reserving | _Settling


class GroupWriter:
    """Writes what arrives together in one transaction; one task, alive while there is work.

    A change that arrives alone is committed at once. While a commit runs, and for `COMPANY_S`
    after one, others wait for company. A group that fails for what one of its rows says is written
    row by row; a database that is busy, full or away fails the whole group.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._queue: deque[_Entry] = deque()
        self._is_full = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._wrote_at = float("-inf")
        self._is_closed = False

    async def reserve(self, reservation: Reservation) -> Granted | Refused:
        """Write a reservation; one whose caller is cancelled meanwhile is released.

        Raises:
            StoreError: It could not be written.
        """
        done: asyncio.Future[Granted | Refused] = asyncio.get_running_loop().create_future()
        self._append(_Reserving(reservation, done, _now()))
        try:
            return await done
        except asyncio.CancelledError:
            if done.done() and not done.cancelled() and done.exception() is None:
                self._release(reservation, done.result())
            raise

    async def settle(self, settlement: Settlement) -> bool:
        """Write a settlement, also when its caller is cancelled meanwhile.

        Raises:
            StoreError: It could not be written.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._append(_Settling(settlement, done, _now()))
        try:
            return await done
        except asyncio.CancelledError:
            if done.done() and not done.cancelled():
                done.exception()  # nobody is left to be told
            raise

    async def aclose(self) -> None:
        """Write what is waiting and take nothing more."""
        self._is_closed = True
        self._is_full.set()
        if self._task is not None:
            await self._task

    def _append(self, entry: _Entry) -> None:
        if self._is_closed:
            raise StoreError("the ledger is closed; open the desk again")
        self._enqueue(entry)

    def _enqueue(self, entry: _Entry) -> None:
        self._queue.append(entry)
        if len(self._queue) >= MAX_ROWS:
            self._is_full.set()
        if self._task is None or self._task.done():
            # Not in the context of whoever came first: its log lines would carry that request.
            self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    def _release(self, reservation: Reservation, answer: Granted | Refused) -> None:
        """End a reservation that nobody waited for; what fails is left to `recover`."""
        if isinstance(answer, Refused):
            return
        settlement = Settlement(id=reservation.id, state="released", at=reservation.at)
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_note_failure)
        self._enqueue(_Settling(settlement, done, _now()))

    async def _run(self) -> None:
        while self._queue:
            await self._wait_for_company()
            n = min(MAX_ROWS, len(self._queue))
            group = [self._queue.popleft() for _ in range(n)]
            if len(self._queue) < MAX_ROWS and not self._is_closed:
                self._is_full.clear()
            # A reservation whose caller has gone already is not made at all.
            group = [e for e in group if isinstance(e, _Settling) or not e.done.cancelled()]
            try:
                if group:
                    await self._commit(group)
            except BaseException:
                for entry in (*group, *self._queue):
                    entry.done.cancel()
                raise
            self._wrote_at = _now()

    async def _wait_for_company(self) -> None:
        if _now() - self._wrote_at > COMPANY_S:
            return
        wait_s = self._queue[0].since + COMPANY_S - _now()
        if wait_s <= 0 or self._is_full.is_set():
            return
        try:
            async with asyncio.timeout(wait_s):
                await self._is_full.wait()
        except TimeoutError:
            return

    async def _commit(self, group: Sequence[_Entry]) -> None:
        reserving = [entry for entry in group if isinstance(entry, _Reserving)]
        settling = [entry for entry in group if isinstance(entry, _Settling)]
        try:
            written = await self._write(
                [entry.item for entry in reserving], [entry.item for entry in settling]
            )
        except (StoreBusy, StoreFull, StoreUnreachable) as error:
            _fail(group, error)
        except Exception as error:  # noqa: BLE001 - it is raised where the callers wait
            if len(group) == 1:
                _fail(group, error)
                return
            for entry in group:
                await self._commit([entry])
        else:
            for settled, was_open in zip(settling, written.settled, strict=True):
                if not settled.done.done():
                    settled.done.set_result(was_open)
            for reserved, answer in zip(reserving, written.reserved, strict=True):
                if reserved.done.done():
                    self._release(reserved.item, answer)
                else:
                    reserved.done.set_result(answer)


def _fail(group: Sequence[_Entry], error: Exception) -> None:
    for entry in group:
        if not entry.done.done():
            entry.done.set_exception(error)


def _note_failure(done: "asyncio.Future[bool]") -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        _log.warning("budget.not_released", error=str(error))


def _now() -> float:
    return asyncio.get_running_loop().time()
