"""The journal of attempts on language models, and the counters of their limits."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from core.ports.journal import Written
from core.ports.ledger import Granted, Level, Refused, counter_name
from schemas.spending import (
    UNITS,
    JournalEntry,
    Reservation,
    Scope,
    Settlement,
    SpendingBy,
    SpendingLine,
)
from services.adapters.store import journal_postgres, journal_sqlite, journal_sums, sqlite
from services.adapters.store.journal_rows import entry_of, scope_mark, scopes_without
from services.adapters.store.statements import is_one_of
from services.adapters.store.tables import model_call, usage
from services.adapters.store.times import from_epoch, to_epoch

_DAY = timedelta(days=1)


class SqlJournal:
    """`Journal` inside one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def write(
        self, reservations: Sequence[Reservation], settlements: Sequence[Settlement]
    ) -> Written:
        """Settle, then reserve: rows are locked first, then all counters in the order of names.

        Raises:
            ValueError: A time has no time zone.
        """
        if self._connection.dialect.name == "sqlite":
            step = partial(
                journal_sqlite.write, reservations=reservations, settlements=settlements
            )
            return await sqlite.in_one_step(self._connection, step)
        return await journal_postgres.write(self._connection, reservations, settlements)

    async def reserve(self, reservations: Sequence[Reservation]) -> list[Granted | Refused]:
        """Take each from its scopes and write its row, or refuse it, one after the other."""
        return list((await self.write(reservations, ())).reserved)

    async def settle(self, settlements: Sequence[Settlement]) -> list[bool]:
        """End each and give back what it did not cost; False for what had ended before."""
        return list((await self.write((), settlements)).settled)

    async def used(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        """Give the counter of each scope."""
        return tuple(0 if each is None else each.used for each in await self.levels(scopes))

    async def levels(self, scopes: Sequence[Scope]) -> tuple[Level | None, ...]:
        """Give the same with versions; None where nothing was ever taken."""
        names = [counter_name(scope) for scope in scopes]
        result = await self._connection.execute(
            select(usage).where(is_one_of(self._connection, usage.c.scope, sorted(set(names))))
        )
        held = {
            str(row.scope): Level(row.scope, row.used, row.version, from_epoch(row.expires_at))
            for row in result
        }
        return tuple(held.get(name) for name in names)

    async def sums(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        """Give the same by adding up the rows; a scope of commands is its counter."""
        found: list[int] = []
        for scope in scopes:
            unit = UNITS[scope.kind]
            if unit == "commands":
                found.extend(await self.used([scope]))
                continue
            column = model_call.c.tokens if unit == "tokens" else model_call.c.micro_usd
            result = await self._connection.execute(
                select(func.coalesce(func.sum(column), 0)).where(*_rows_of(scope))
            )
            found.append(int(result.scalar_one()))
        return tuple(found)

    async def open_reservations(self, *, before: datetime, limit: int) -> list[JournalEntry]:
        """Give rows that were reserved before `before` and never ended, oldest first."""
        result = await self._connection.execute(
            select(model_call)
            .where(model_call.c.state == "reserved", model_call.c.at < to_epoch(before))
            .order_by(model_call.c.at, model_call.c.seq)
            .limit(limit)
        )
        return [entry_of(row) for row in result]

    async def entries(self, run_ids: Sequence[str]) -> list[JournalEntry]:
        """Give the attempts of runs, in their order."""
        result = await self._connection.execute(
            select(model_call)
            .where(is_one_of(self._connection, model_call.c.run_id, sorted(set(run_ids))))
            .order_by(model_call.c.seq)
        )
        return [entry_of(row) for row in result]

    async def spending(
        self,
        by: SpendingBy,
        *,
        since: datetime,
        until: datetime,
        person: str | None = None,
        limit: int = 100,
    ) -> list[SpendingLine]:
        """Give what was spent from `since` (inclusive) to `until`, dearest first; days by date.

        An attempt that has not ended counts as an estimate; what was never sent is no attempt.
        """
        return await journal_sums.spending(
            self._connection, by, since=since, until=until, person=person, limit=limit
        )

    async def command_costs(self, *, since: datetime) -> Mapping[str, tuple[int, int]]:
        """Give for each command how many runs used a model, and their micro-dollars."""
        return await journal_sums.command_costs(self._connection, since=since)

    async def purge(self, *, before: datetime, limit: int) -> int:
        """Delete at most `limit` rows older than `before`, oldest first; gives how many."""
        old = (
            select(model_call.c.seq)
            .where(model_call.c.at < to_epoch(before))
            .order_by(model_call.c.at)
            .limit(limit)
        )
        result = await self._connection.execute(
            delete(model_call).where(model_call.c.seq.in_(old))
        )
        return result.rowcount


async def forget(connection: AsyncConnection, person: str) -> None:
    """Take a person, and the private chat of the same id, out of every row."""
    found = await connection.execute(
        select(model_call.c.seq, model_call.c.person, model_call.c.chat, model_call.c.scopes)
        .where(or_(model_call.c.person == person, model_call.c.chat == person))
        .order_by(model_call.c.id)
        .with_for_update()
    )
    rows = [
        {
            "forgotten": row.seq,
            "person": None if row.person == person else row.person,
            "chat": None if row.chat == person else row.chat,
            "scopes": scopes_without(row.scopes, person),
        }
        for row in found
    ]
    if rows:
        await connection.execute(
            update(model_call)
            .where(model_call.c.seq == bindparam("forgotten"))
            .values({name: bindparam(name) for name in ("person", "chat", "scopes")}),
            rows,
        )


def _rows_of(scope: Scope) -> list[ColumnElement[bool]]:
    """Give the conditions of the rows that take from a scope: by an index first, then exactly."""
    is_named = model_call.c.scopes.contains(scope_mark(counter_name(scope)), autoescape=True)
    match scope.kind:
        case "command_tokens" | "command_usd":
            return [model_call.c.run_id == scope.key, is_named]
        case "user_day_usd":
            whose = [model_call.c.person == scope.key]
        case "chat_day_usd":
            whose = [model_call.c.chat == scope.key]
        case _:
            whose = []
    # A request of just before midnight may go on after it.
    return [
        *whose,
        model_call.c.at >= to_epoch(scope.expires_at - 2 * _DAY),
        model_call.c.at < to_epoch(scope.expires_at + _DAY),
        is_named,
    ]
