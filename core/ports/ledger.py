"""What may be spent: limits, reservations and the journal behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schemas.spending import Reservation, Scope, Settlement


@dataclass(frozen=True, slots=True)
class Granted:
    """What was taken; `used` is each scope's sum with it, in the order of the scopes."""

    used: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The first scope that had no room, and what was used of it; nothing was taken."""

    scope: Scope
    used: int


@dataclass(frozen=True, slots=True)
class Level:
    """A counter as a change left it; of two levels of it the higher `version` is newer."""

    name: str
    used: int
    version: int
    expires_at: datetime


def counter_name(scope: Scope) -> str:
    """Name a limit's counter: kind, whose, window."""
    return f"{scope.kind}:{scope.key}:{scope.window}"


class BudgetLedger(Protocol):
    """Spends from all scopes or from none; every amount that is given back is given back once.

    The journal in the database is the truth; whatever else an implementation holds is rebuilt
    from it. Several processes may share one ledger.
    """

    async def spend(self, scopes: Sequence[Scope], amount: int) -> Granted | Scope:
        """Take `amount` from every scope at once, for good; else give the first that refused."""
        ...

    async def reserve(self, reservation: Reservation) -> Granted | Refused:
        """Take a reservation's tokens and money from all its scopes, each by its unit.

        When it is granted, its journal row is in the database. A caller that is cancelled takes
        nothing: what was written for it is released.

        Raises:
            StoreError: The journal could not be written; nothing was taken.
        """
        ...

    async def settle(self, settlement: Settlement) -> bool:
        """End a reservation: the scopes keep what it cost and get the rest back.

        Gives False, and changes nothing, when it had ended before or is not known. It is written
        also when its caller is cancelled meanwhile.

        Raises:
            StoreError: The journal could not be written; settling again is safe.
        """
        ...

    async def used(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        """What is taken of each scope, open reservations included."""
        ...

    async def recover(self, *, before: datetime, at: datetime) -> int:
        """Settle by estimate what was reserved before `before` and never ended; gives how many.

        Whoever reserved it is gone (killed), or will find that it had ended.
        """
        ...

    async def drift(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        """Each money scope's counter minus the sum of its journal rows; 0 when all is well."""
        ...

    async def aclose(self) -> None:
        """Finish what is being written."""
        ...
