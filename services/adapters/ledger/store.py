"""Budgets kept in the store."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime

import structlog

from core.ports.journal import Written
from core.ports.ledger import Granted, Level, Refused, counter_name
from core.ports.store import Store
from schemas.spending import JournalEntry, Reservation, Scope, Settlement
from services.adapters.ledger.group import MAX_ROWS, GroupWriter

Follower = Callable[[Sequence[Reservation], Written], Coroutine[None, None, None]]
_log = structlog.get_logger(__name__)


class StoreLedger:
    """A `BudgetLedger` over the store's journal, safe for several processes on one database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._group = GroupWriter(self._write)
        self._follower: Follower | None = None
        self._following: asyncio.Task[None] | None = None

    def follow(self, follower: Follower) -> None:
        """Tell `follower` of every group that was committed, one after the other.

        Callers do not wait for it; the next group but one does.
        """
        self._follower = follower

    async def spend(self, scopes: Sequence[Scope], amount: int) -> Granted | Scope:
        """Take `amount` from every scope at once, for good; else give the first that refused.

        Raises:
            StoreBusy: The database was held by another writer for too long; nothing was taken.
        """
        sums: list[int] = []
        try:
            async with self._store.transaction() as work:
                for scope in scopes:
                    used = await work.ops.add_usage(
                        counter_name(scope),
                        amount,
                        limit=scope.limit,
                        expires_at=scope.expires_at,
                    )
                    if used is None:
                        raise _NoRoom(scope)
                    sums.append(used)
        except _NoRoom as refusal:
            return refusal.scope
        return Granted(tuple(sums))

    async def reserve(self, reservation: Reservation) -> Granted | Refused:
        """Take a reservation from all its scopes, together with others that come meanwhile.

        A caller that is cancelled takes nothing: its reservation is released.

        Raises:
            StoreError: The journal could not be written; where the server went away in the middle
                of it, `recover` ends what was written.
        """
        return await self._group.reserve(reservation)

    async def settle(self, settlement: Settlement) -> bool:
        """End a reservation; False when it had ended before or is not known.

        Raises:
            StoreError: The journal could not be written; settling again is safe.
        """
        was_open = await self._group.settle(settlement)
        if not was_open:
            _log.warning("budget.settled_late", id=settlement.id, state=settlement.state)
        return was_open

    async def used(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        """What is taken of each scope, open reservations included."""
        async with self._store.transaction(is_write=False) as work:
            return await work.journal.used(scopes)

    async def levels(self, scopes: Sequence[Scope]) -> tuple[Level | None, ...]:
        """The same with the versions of the counters; None where nothing was ever taken."""
        async with self._store.transaction(is_write=False) as work:
            return await work.journal.levels(scopes)

    async def recover(self, *, before: datetime, at: datetime) -> int:
        """Settle by estimate what was reserved before `before` and never ended; gives how many."""
        total = 0
        while True:
            async with self._store.transaction(is_write=False) as work:
                rows = await work.journal.open_reservations(before=before, limit=MAX_ROWS)
            ended = await asyncio.gather(*(self._group.settle(_estimate(row, at)) for row in rows))
            total += sum(ended)
            if len(rows) < MAX_ROWS:
                break
        if total:
            _log.warning("budget.recovered", n=total)
        return total

    async def drift(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        """Each scope's counter minus the sum of its journal rows."""
        async with self._store.transaction(is_write=False) as work:
            used = await work.journal.used(scopes)
            sums = await work.journal.sums(scopes)
        return tuple(held - told for held, told in zip(used, sums, strict=True))

    async def aclose(self) -> None:
        """Write what is waiting, and take nothing more."""
        await self._group.aclose()
        if self._following is not None:
            await self._following

    async def caught_up(self) -> bool:
        """Wait until the follower knows every committed group; False when it did already."""
        following = self._following
        if following is None or following.done():
            return False
        await following
        return True

    async def _write(
        self, reservations: Sequence[Reservation], settlements: Sequence[Settlement]
    ) -> Written:
        async with self._store.transaction() as work:
            written = await work.journal.write(reservations, settlements)
        await self._tell(reservations, written)
        return written

    async def _tell(self, reservations: Sequence[Reservation], written: Written) -> None:
        if self._follower is None:
            return
        if self._following is not None:
            await self._following
        self._following = asyncio.create_task(_safely(self._follower(reservations, written)))


async def _safely(following: Coroutine[None, None, None]) -> None:
    try:
        await following
    except Exception as error:  # noqa: BLE001 - what was committed is not undone by it
        _log.error("budget.follower_failed", exc_info=error)


class _NoRoom(Exception):
    """Ends the transaction, so that what the earlier scopes gave is given back."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope.kind)
        self.scope = scope


def _estimate(row: JournalEntry, at: datetime) -> Settlement:
    return Settlement(id=row.id, state="settled_estimate", micro_usd=row.reserved_micro_usd, at=at)
