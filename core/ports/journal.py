"""The journal of money: one row for each attempt on a model, beside the counters of the limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.ports.ledger import Granted, Level, Refused
from schemas.spending import (
    JournalEntry,
    Reservation,
    Scope,
    Settlement,
    SpendingBy,
    SpendingLine,
)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch, in its order; `levels` are all counters it had to do with."""

    reserved: tuple[Granted | Refused, ...]
    settled: tuple[bool, ...]
    levels: tuple[Level, ...]


class Journal(Protocol):
    """Counters and rows change together; batches keep their order."""

    async def write(
        self, reservations: Sequence[Reservation], settlements: Sequence[Settlement]
    ) -> Written:
        """Settle, then reserve, as below; a transaction does so once.

        All counters are taken at once and in one order, so two batches never wait for each other.
        A reservation whose row is there already is granted as it is.
        """
        ...

    async def reserve(self, reservations: Sequence[Reservation]) -> list[Granted | Refused]:
        """Take each from its scopes and write its row, or refuse it, one after the other."""
        ...

    async def settle(self, settlements: Sequence[Settlement]) -> list[bool]:
        """End each and give back what it did not cost; False for what had ended before."""
        ...

    async def used(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        """The counter of each scope."""
        ...

    async def levels(self, scopes: Sequence[Scope]) -> tuple[Level | None, ...]:
        """The same with versions; None where nothing was ever taken."""
        ...

    async def sums(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        """The same by adding up the rows; a scope of commands is its counter."""
        ...

    async def open_reservations(self, *, before: datetime, limit: int) -> list[JournalEntry]:
        """Rows that were reserved before `before` and never ended, oldest first."""
        ...

    async def entries(self, run_ids: Sequence[str]) -> list[JournalEntry]:
        """The attempts of runs, in their order."""
        ...

    async def spending(
        self,
        by: SpendingBy,
        *,
        since: datetime,
        until: datetime,
        person: str | None = None,
        limit: int = 100,
    ) -> list[SpendingLine]:
        """What was spent from `since` (inclusive) to `until`, dearest first; `day` by date."""
        ...

    async def command_costs(self, *, since: datetime) -> Mapping[str, tuple[int, int]]:
        """For each command: how many runs used a model, and their micro-dollars."""
        ...

    async def purge(self, *, before: datetime, limit: int) -> int:
        """Delete old rows in one small batch; gives how many went."""
        ...
