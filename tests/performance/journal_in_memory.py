"""A ledger over a store, without the store: what stands in front of a journal can be measured."""

from collections.abc import Sequence
from typing import cast

from core.ports.journal import Written
from core.ports.ledger import Level, counter_name
from core.ports.store import Store
from schemas.spending import Reservation, Scope, Settlement
from services.adapters.ledger import group
from services.adapters.ledger.store import StoreLedger
from tests.unit.llm.standing_in import MemoryLedger


def wait_for_no_company() -> None:
    """Let groups of this process be written as soon as the one before is."""
    group.COMPANY_S = 0.0


class JournalInMemory(StoreLedger):
    """Keeps rows and counters in memory; groups and their follower are as they always are."""

    def __init__(self) -> None:
        super().__init__(cast("Store", None))  # `_write` alone would reach it
        self._memory = MemoryLedger()
        self._version = 0

    async def _write(
        self, reservations: Sequence[Reservation], settlements: Sequence[Settlement]
    ) -> Written:
        settled = [await self._memory.settle(settlement) for settlement in settlements]
        reserved = [await self._memory.reserve(reservation) for reservation in reservations]
        known = self._memory.reservations
        scopes = {
            counter_name(scope): scope
            for reservation in (*reservations, *(known[s.id] for s in settlements))
            for scope in reservation.scopes
        }
        self._version += 1
        levels = tuple(self._level(name, scope) for name, scope in scopes.items())
        # A journal is on disk: keeping every row would be a load of the garbage collector's.
        for settlement in settlements:
            del self._memory.reservations[settlement.id], self._memory.settlements[settlement.id]
        written = Written(tuple(reserved), tuple(settled), levels)
        await self._tell(reservations, written)
        return written

    def _level(self, name: str, scope: Scope) -> Level:
        used = self._memory.counters.get((scope.kind, scope.key, scope.window), 0)
        return Level(name, used, self._version, scope.expires_at)
