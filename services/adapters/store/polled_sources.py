"""Sources that are polled: their addresses, their health, their turns, what they missed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, case, delete, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from core.errors import StoreError
from schemas.articles import Source
from schemas.principal import PUBLIC, SHARED_TENANT, Visibility
from schemas.sources import Missed, NewSource, PolledSource, PollOutcome, SourceChange
from services.adapters.store import moving, poll_rows
from services.adapters.store import sources as source_rows
from services.adapters.store.article_rows import Values
from services.adapters.store.poll_rows import POLLED, to_polled, url_hash
from services.adapters.store.statements import AnyRow, chunks, storable, upsert, visible_rows
from services.adapters.store.tables import article, family, poll, source, source_gap
from services.adapters.store.terms import TermIds
from services.adapters.store.times import from_epoch, to_epoch

MAX_ROUNDS = 20
"""Times that `add` looks again when other writers take the same address or title meanwhile."""


class SqlSources:
    """`Sources` inside one transaction."""

    def __init__(self, connection: AsyncConnection, terms: TermIds) -> None:
        self._connection = connection
        self._terms = terms

    async def add(
        self, new: NewSource, *, at: datetime, interval_s: int
    ) -> tuple[PolledSource, bool]:
        """Store a source that is due at `at`; gives it, and whether it is new.

        A source that was removed before is taken up again: same id, same title, a fresh life.

        Raises:
            StoreError: Other writers took every address or title that was tried.
        """
        for _ in range(MAX_ROUNDS):
            source_id = await self._find_id(new)
            if source_id is None:
                await self._insert_source(new)
                continue
            result = await self._connection.execute(
                upsert(self._connection, poll)
                .values(
                    poll_rows.poll_values(new, source_id, at=to_epoch(at), interval_s=interval_s)
                )
                .on_conflict_do_nothing()
            )
            row = await self._one(source.c.id == source_id)
            if row is not None:
                return to_polled(row), result.rowcount > 0
        raise StoreError(f"cannot store a source titled {new.title!r}: others write it; try again")

    async def get(self, visibility: Visibility, source_id: int) -> PolledSource | None:
        """Give a visible polled source, or None."""
        row = await self._one(and_(source.c.id == source_id, visible_rows(source, visibility)))
        return None if row is None else to_polled(row)

    async def find(self, visibility: Visibility, urls: Sequence[str]) -> list[PolledSource]:
        """Give visible polled sources with one of these addresses, by id."""
        found: list[PolledSource] = []
        for part in chunks(sorted({url_hash(url) for url in urls})):
            result = await self._connection.execute(
                POLLED.where(source.c.url_hash.in_(part), visible_rows(source, visibility))
            )
            found.extend(map(to_polled, result))
        return sorted(found, key=lambda polled: polled.source.id)

    async def listed(self, visibility: Visibility) -> list[PolledSource]:
        """Give every visible polled source, by title whatever its case."""
        result = await self._connection.execute(POLLED.where(visible_rows(source, visibility)))
        found = map(to_polled, result)
        return sorted(found, key=lambda polled: (polled.source.title.casefold(), polled.source.id))

    async def claim_due(
        self, *, now: datetime, limit: int, lease_until: datetime
    ) -> list[PolledSource]:
        """Take active sources that are due, as they were before, longest overdue first."""
        due = (
            select(poll.c.source_id)
            .where(poll.c.status == "active", poll.c.next_poll_at <= to_epoch(now))
            .order_by(poll.c.next_poll_at, poll.c.source_id)
            .limit(limit)
            # Where several processes poll, each takes what no other one is taking.
            .with_for_update(skip_locked=True)
        )
        ids = list((await self._connection.execute(due)).scalars())
        claimed: list[PolledSource] = []
        for part in chunks(ids):
            result = await self._connection.execute(POLLED.where(poll.c.source_id.in_(part)))
            claimed.extend(map(to_polled, result))
            await self._connection.execute(
                update(poll)
                .where(poll.c.source_id.in_(part))
                .values(next_poll_at=to_epoch(lease_until))
            )
        return sorted(claimed, key=lambda polled: (polled.next_poll_at, polled.source.id))

    async def record(self, source_id: int, outcome: PollOutcome) -> None:
        """Write down how a poll went; a source that was removed or paused meanwhile stays so.

        A new address that another source of the audience has by now is not taken over.
        """
        row = await self._one(source.c.id == source_id, is_locked=True)
        if row is None:
            return
        at = to_epoch(outcome.at)
        values: Values = {
            "last_poll_at": at,
            "n_polls": row.n_polls + 1,
            "interval_s": outcome.interval_s,
            "next_poll_at": to_epoch(outcome.next_poll_at),
        }
        if row.status == "active" or outcome.status == "retired":
            values["status"] = outcome.status
        if outcome.failure is not None:
            values |= poll_rows.failure_values(row, outcome.failure)
        else:
            values |= poll_rows.success_values(row, outcome, at)
            if outcome.url is not None and outcome.url != row.url:
                values |= await self._move(row, outcome.url)
        await self._update(source_id, values)
        if outcome.missed is not None:
            await self._add_gap(source_id, *map(to_epoch, outcome.missed))

    async def change(
        self, visibility: Visibility, source_id: int, change: SourceChange
    ) -> PolledSource | None:
        """Change a visible source; gives it as it is then, None when there is none."""
        if await self.get(visibility, source_id) is None:
            return None
        values: Values = {
            name: value
            for name, value in (("status", change.status), ("has_full_text", change.has_full_text))
            if value is not None
        }
        if change.next_poll_at is not None:
            values["next_poll_at"] = to_epoch(change.next_poll_at)
        if values:
            await self._update(source_id, values)
        return await self.get(visibility, source_id)

    async def remove(self, visibility: Visibility, source_id: int) -> bool:
        """Stop polling a visible source; without articles nothing of it is left but its id."""
        if await self.get(visibility, source_id) is None:
            return False
        await self._connection.execute(delete(poll).where(poll.c.source_id == source_id))
        held = select(article.c.id).where(article.c.source_id == source.c.id)
        await self._connection.execute(
            delete(source).where(source.c.id == source_id, ~held.exists())
        )
        await source_rows.remember_id(self._connection, source_id)
        return True

    async def swap(self, one_id: int, other_id: int, *, at: datetime) -> None:
        """Exchange the addresses of two sources; both forget their validators and are due.

        Raises:
            StoreError: One of them is not polled.
        """
        one, other = [await self._one(source.c.id == n) for n in (one_id, other_id)]
        if one is None or other is None:
            raise StoreError(f"cannot swap the addresses of {one_id!r} and {other_id!r}: not both")
        await self._set_hash(one_id, None)
        for holder, url in ((other_id, one.url), (one_id, other.url)):
            await self._set_hash(holder, url_hash(url))
            await self._update(
                holder,
                {
                    "url": url,
                    "etag": None,
                    "last_modified": None,
                    "body_hash": None,
                    "next_poll_at": to_epoch(at),
                },
            )

    async def oldest_success(self) -> datetime | None:
        """Give when the active source that was read longest ago was read (added, if never)."""
        result = await self._connection.execute(
            select(func.min(func.coalesce(poll.c.last_success_at, poll.c.added_at))).where(
                poll.c.status == "active"
            )
        )
        found = result.scalar()
        return None if found is None else from_epoch(found)

    async def missed(self, visibility: Visibility, start: datetime, end: datetime) -> list[Missed]:
        """Give missed spans of visible sources, cut to the asked time, by (start, source)."""
        first, last = to_epoch(start), to_epoch(end)
        closed = _CLOSED.where(
            source_gap.c.start_at < last,
            source_gap.c.end_at > first,
            visible_rows(source, visibility),
        )
        still_open = _OPEN.where(poll.c.last_success_at < last, visible_rows(source, visibility))
        spans = [
            (max(row.start_at, first), row.id, row.name, min(row.end_at or last, last))
            for statement in (closed, still_open)
            for row in await self._connection.execute(statement)
        ]
        return [
            Missed(
                source_id=source_id,
                family=name,
                start=from_epoch(start_at),
                end=from_epoch(end_at),
            )
            for start_at, source_id, name, end_at in sorted(spans)
        ]

    async def families(self, visibility: Visibility) -> Mapping[str, int]:
        """Give how many visible active sources each publisher family has."""
        result = await self._connection.execute(
            select(family.c.name, func.count())
            .join(source, source.c.family_id == family.c.id)
            .join(poll, poll.c.source_id == source.c.id)
            .where(poll.c.status == "active", visible_rows(source, visibility))
            .group_by(family.c.name)
        )
        return {name: int(n) for name, n in result}

    async def has_private(self) -> bool:
        """Say whether any source that is or was polled or imported is not for everybody."""
        private = or_(source.c.tenant_id != SHARED_TENANT, source.c.audience != PUBLIC)
        result = await self._connection.execute(select(source.c.id).where(private).limit(1))
        return result.first() is not None

    async def narrow(self, visibility: Visibility) -> Visibility:
        """Give the same view without what never had a source of its own."""
        if visibility.audiences is None:
            return visibility
        owners = await self._connection.execute(
            select(source.c.tenant_id, source.c.audience)
            .where(visible_rows(source, visibility))
            .distinct()
        )
        held = [(row.tenant_id, row.audience) for row in owners]
        return Visibility(
            tenants=visibility.tenants & {SHARED_TENANT, *(tenant for tenant, _ in held)},
            audiences=visibility.audiences & {PUBLIC, *(audience for _, audience in held)},
        )

    async def move_audience(self, old: str, new: str, *, at: datetime) -> int:
        """Give everything of one audience to another; gives how many sources moved."""
        return await moving.move_audience(self._connection, self._terms, old, new, at=at)

    async def _one(
        self, condition: ColumnElement[bool], *, is_locked: bool = False
    ) -> AnyRow | None:
        statement = POLLED.where(condition)
        if is_locked:
            statement = statement.with_for_update(of=poll)
        return (await self._connection.execute(statement)).one_or_none()

    async def _update(self, source_id: int, values: Values) -> None:
        await self._connection.execute(
            update(poll).where(poll.c.source_id == source_id).values(values)
        )

    async def _find_id(self, new: NewSource) -> int | None:
        result = await self._connection.execute(
            select(source.c.id).where(
                source.c.url_hash == url_hash(new.url),
                source.c.tenant_id == new.tenant,
                source.c.audience == new.audience,
            )
        )
        return result.scalar()

    async def _insert_source(self, new: NewSource) -> None:
        """Store the source under the first free title, unless somebody else is faster."""
        stored = Source(
            id=0,
            title=await source_rows.free_title(
                self._connection,
                poll_rows.titles_for(new.title, new.domain),
                tenant=new.tenant,
                audience=new.audience,
            ),
            domain=new.domain,
            publisher=new.publisher,
            family=new.family,
            kind=new.kind,
            tenant=new.tenant,
            audience=new.audience,
        )
        await source_rows.insert(self._connection, [stored], url_hash=url_hash(new.url))

    async def _set_hash(self, source_id: int, value: str | None) -> None:
        await self._connection.execute(
            update(source).where(source.c.id == source_id).values(url_hash=value)
        )

    async def _move(self, row: AnyRow, url: str) -> Values:
        """Take over a new address where nobody else of the audience polls it."""
        result = await self._connection.execute(
            select(source.c.id, poll.c.source_id)
            .outerjoin(poll, poll.c.source_id == source.c.id)
            .where(
                source.c.url_hash == url_hash(url),
                source.c.tenant_id == row.tenant_id,
                source.c.audience == row.audience,
                source.c.id != row.source_id,
            )
        )
        holder = result.one_or_none()
        if holder is not None:
            if holder.source_id is not None:
                return {}
            await self._set_hash(holder.id, None)
        await self._set_hash(row.source_id, url_hash(url))
        return {"url": storable(url)}

    async def _add_gap(self, source_id: int, start: int, end: int) -> None:
        if end <= start:
            return
        insert = upsert(self._connection, source_gap).values(
            source_id=source_id, start_at=start, end_at=end
        )
        longer = case(
            (insert.excluded.end_at > source_gap.c.end_at, insert.excluded.end_at),
            else_=source_gap.c.end_at,
        )
        await self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["source_id", "start_at"], set_={"end_at": longer}
            )
        )


_CLOSED = (
    select(source.c.id, family.c.name, source_gap.c.start_at, source_gap.c.end_at)
    .join(source_gap, source_gap.c.source_id == source.c.id)
    .join(family, family.c.id == source.c.family_id)
)
_OPEN = (
    select(
        source.c.id,
        family.c.name,
        poll.c.last_success_at.label("start_at"),
        null().label("end_at"),
    )
    .join(poll, poll.c.source_id == source.c.id)
    .join(family, family.c.id == source.c.family_id)
    .where(poll.c.status == "active", poll.c.n_failures > 0, poll.c.last_success_at.is_not(None))
)
