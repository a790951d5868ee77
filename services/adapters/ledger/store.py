"""Budgets kept in the store."""

from collections.abc import Sequence

from core.ports.ledger import Scope
from core.ports.store import Store


class StoreLedger:
    """A `BudgetLedger` over the store's counters, safe for several processes on one database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def spend(self, scopes: Sequence[Scope], amount: int) -> Scope | None:
        """Take `amount` from every scope at once; None when done, else the first that refused.

        Raises:
            StoreBusy: The database was held by another writer for too long; nothing was taken.
        """
        try:
            async with self._store.transaction() as work:
                for scope in scopes:
                    used = await work.ops.add_usage(
                        scope_key(scope), amount, limit=scope.limit, expires_at=scope.expires_at
                    )
                    if used is None:
                        raise _Refused(scope)
        except _Refused as refusal:
            return refusal.scope
        return None


class _Refused(Exception):
    """Ends the transaction, so that what the earlier scopes gave is given back."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope.kind)
        self.scope = scope


def scope_key(scope: Scope) -> str:
    """The counter's name in the store: kind, whose, window."""
    return f"{scope.kind}:{scope.key}:{scope.window}"
