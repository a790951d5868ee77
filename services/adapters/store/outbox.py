"""The outbox: what must happen after a transaction, at least once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ports.outbox import OutboxRow
from services.adapters.store.statements import chunks, is_one_of, storable
from services.adapters.store.tables import outbox
from services.adapters.store.times import from_epoch, to_epoch

MAX_ERROR = 500
"""Characters of an error that are kept."""

_ROW = (
    outbox.c.kind,
    outbox.c.ref,
    outbox.c.version,
    outbox.c.operation,
    outbox.c.seq,
    outbox.c.tries,
)


class SqlOutbox:
    """`Outbox` inside one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, rows: Sequence[OutboxRow], *, at: datetime) -> None:
        """Add rows, to be done in this order."""
        if not rows:
            return
        moment = to_epoch(at)
        await self._connection.execute(
            outbox.insert(),
            [
                {
                    "kind": row.kind,
                    "ref": row.ref,
                    "version": row.version,
                    "operation": row.operation,
                    "state": "pending",
                    "tries": 0,
                    "at": moment,
                    "changed_at": moment,
                }
                for row in rows
            ],
        )

    async def pending(self, kind: str, *, limit: int) -> list[OutboxRow]:
        """Give the oldest rows of a kind that are neither done nor dead, in order."""
        result = await self._connection.execute(
            select(*_ROW)
            .where(outbox.c.state == "pending", outbox.c.kind == kind)
            .order_by(outbox.c.seq)
            .limit(limit)
        )
        return [OutboxRow(**row._mapping) for row in result]

    async def done(self, seqs: Sequence[int], *, at: datetime) -> None:
        """Mark rows done; a dead letter that was done after all leaves the dead ones too."""
        for part in chunks(seqs):
            await self._connection.execute(
                update(outbox)
                .where(is_one_of(self._connection, outbox.c.seq, part))
                .values(state="done", changed_at=to_epoch(at))
            )

    async def failed(
        self, seqs: Sequence[int], *, error: str, max_tries: int, at: datetime
    ) -> int:
        """Count a failure of rows that wait; gives how many of them became dead letters now."""
        died = 0
        for part in chunks(seqs):
            waiting = [
                is_one_of(self._connection, outbox.c.seq, part),
                outbox.c.state == "pending",
            ]
            await self._connection.execute(
                update(outbox)
                .where(*waiting)
                .values(
                    tries=outbox.c.tries + 1,
                    error=storable(error)[:MAX_ERROR],
                    changed_at=to_epoch(at),
                )
            )
            result = await self._connection.execute(
                update(outbox).where(*waiting, outbox.c.tries >= max_tries).values(state="dead")
            )
            died += result.rowcount
        return died

    async def backlog(self, kind: str) -> tuple[int, datetime | None]:
        """Give how many rows wait and since when the oldest does."""
        result = await self._connection.execute(
            select(func.count(), func.min(outbox.c.at)).where(
                outbox.c.state == "pending", outbox.c.kind == kind
            )
        )
        n, oldest = result.one()
        return n, None if oldest is None else from_epoch(oldest)

    async def position(self, kind: str) -> tuple[int, int]:
        """Give the number of the last row, never given twice, and how many of a kind wait."""
        last = select(func.coalesce(func.max(outbox.c.seq), 0)).scalar_subquery()
        waiting = (
            select(func.count())
            .where(outbox.c.state == "pending", outbox.c.kind == kind)
            .scalar_subquery()
        )
        row = (await self._connection.execute(select(last, waiting))).one()
        return int(row[0]), int(row[1])

    async def dead(self, *, limit: int) -> list[tuple[OutboxRow, str]]:
        """Give dead letters with their last error, oldest first."""
        result = await self._connection.execute(
            select(*_ROW, outbox.c.error)
            .where(outbox.c.state == "dead")
            .order_by(outbox.c.seq)
            .limit(limit)
        )
        return [(OutboxRow(*row[:-1]), row.error or "") for row in result]

    async def purge(self, *, before: datetime, limit: int) -> int:
        """Delete at most `limit` rows done before `before`; dead letters stay."""
        old = (
            select(outbox.c.seq)
            .where(outbox.c.state == "done", outbox.c.changed_at < to_epoch(before))
            .order_by(outbox.c.seq)
            .limit(limit)
        )
        result = await self._connection.execute(delete(outbox).where(outbox.c.seq.in_(old)))
        return result.rowcount
