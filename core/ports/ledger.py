"""What may be spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

ScopeKind = Literal["user_day_commands"]


@dataclass(frozen=True, slots=True)
class Scope:
    """One limit.

    `key` names whose, `window` the period ("2026-11-20"), `limit` is in the kind's unit.
    """

    kind: ScopeKind
    key: str
    window: str
    limit: int
    expires_at: datetime


class BudgetLedger(Protocol):
    """Spends from all scopes or from none."""

    async def spend(self, scopes: Sequence[Scope], amount: int) -> Scope | None:
        """Take `amount` from every scope at once.

        None when done, else the first scope that refused.
        """
        ...
