"""The desk's own bookkeeping: events, small facts, counters, counts, retention."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ports.articles import StoreCounts
from core.ports.ops import EventKind
from schemas.principal import Principal, Visibility
from services.adapters.store import journal, sqlite
from services.adapters.store.retention import purge_articles
from services.adapters.store.statements import storable, upsert, visible_rows
from services.adapters.store.tables import article, event, fact, source, usage
from services.adapters.store.terms import TermIds
from services.adapters.store.times import from_epoch, to_epoch

RATE_DAYS = 7


class SqlOps:
    """`Ops` inside one transaction."""

    def __init__(self, connection: AsyncConnection, terms: TermIds) -> None:
        self._connection = connection
        self._terms = terms

    async def record_event(
        self,
        kind: EventKind,
        principal: Principal,
        *,
        ref: str | None,
        at: datetime,
        data: Mapping[str, str | int | float | bool],
    ) -> None:
        """Append one event; `data` never holds message text."""
        await self._connection.execute(
            event.insert().values(
                tenant_id=principal.tenant,
                kind=kind,
                person=principal.person,
                session=principal.chat,
                ref=ref,
                at=to_epoch(at),
                data=json.dumps(dict(data)),
            )
        )

    async def count_events(self, kind: EventKind, *, since: datetime) -> int:
        """Give how many events of a kind happened after `since`."""
        result = await self._connection.execute(
            select(func.count())
            .select_from(event)
            .where(event.c.kind == kind, event.c.at > to_epoch(since))
        )
        return int(result.scalar_one())

    async def get_value(self, key: str) -> str | None:
        """Give a small fact about the desk itself, None when it is not known."""
        result = await self._connection.execute(select(fact.c.value).where(fact.c.key == key))
        value = result.scalar_one_or_none()
        return None if value is None else str(value)

    async def set_value(self, key: str, value: str | None) -> None:
        """Store such a fact; None deletes it."""
        if value is None:
            await self._connection.execute(delete(fact).where(fact.c.key == key))
            return
        insert = upsert(self._connection, fact).values(key=key, value=storable(value))
        await self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["key"], set_={"value": insert.excluded.value}
            )
        )

    async def add_usage(
        self, scope: str, amount: int, *, limit: int, expires_at: datetime
    ) -> int | None:
        """Add to a counter atomically unless it would pass `limit`; the new sum, or None."""
        if amount > limit:
            return None
        insert = upsert(self._connection, usage).values(
            scope=scope, used=amount, expires_at=to_epoch(expires_at)
        )
        total = usage.c.used + insert.excluded.used
        result = await self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["scope"],
                set_={"used": total, "expires_at": insert.excluded.expires_at},
                where=total <= limit,
            ).returning(usage.c.used)
        )
        used = result.scalar_one_or_none()
        return None if used is None else int(used)

    async def counts(self, visibility: Visibility, *, now: datetime) -> StoreCounts:
        """Give how much is stored; `per_day` is over the `at` of seven days before `now`."""
        seen = visible_rows(article, visibility)
        is_real = article.c.is_sample.is_(False)
        total = (
            await self._connection.execute(
                select(
                    func.count().label("n"),
                    func.count().filter(is_real).label("n_real"),
                    func.count(article.c.source_id.distinct()).filter(is_real).label("sources"),
                    func.count(article.c.story_id.distinct()).label("stories"),
                    func.min(article.c.at).label("oldest"),
                    func.max(article.c.at).label("newest"),
                )
                .select_from(article)
                .where(seen)
            )
        ).one()
        langs = await self._connection.execute(
            select(article.c.lang, func.count()).where(seen).group_by(article.c.lang)
        )
        n_sources = await self._connection.execute(
            select(func.count()).select_from(source).where(visible_rows(source, visibility))
        )
        week = await self._connection.execute(
            select(func.count())
            .select_from(article)
            .where(
                seen,
                article.c.at > to_epoch(now - timedelta(days=RATE_DAYS)),
                article.c.at <= to_epoch(now),
            )
        )
        return StoreCounts(
            n_articles=total.n,
            n_real=total.n_real,
            n_real_sources=total.sources,
            n_sources=n_sources.scalar_one(),
            n_stories=total.stories,
            oldest_at=None if total.oldest is None else from_epoch(total.oldest),
            newest_at=None if total.newest is None else from_epoch(total.newest),
            per_day=week.scalar_one() / RATE_DAYS,
            languages={str(row[0]): int(row[1]) for row in langs},
        )

    async def size_bytes(self) -> int:
        """Give what the database takes on disk."""
        if self._connection.dialect.name == "sqlite":
            return await sqlite.size_bytes(self._connection)
        found = await self._connection.execute(
            select(func.pg_database_size(func.current_database()))
        )
        return int(found.scalar_one())

    async def purge_articles(
        self, *, before: datetime | None, sample_only: bool, limit: int
    ) -> list[int]:
        """Delete at most `limit` articles with all that hangs on them, oldest first; gives ids.

        Raises:
            ValueError: If neither an age nor the sample narrows what goes.
        """
        if before is None and not sample_only:
            raise ValueError("purge_articles needs `before` or `sample_only`, or all would go")
        return await purge_articles(
            self._connection,
            self._terms,
            before=None if before is None else to_epoch(before),
            sample_only=sample_only,
            limit=limit,
        )

    async def forget_person(self, person: str) -> int:
        """Delete a person's events; gives how many.

        What models cost for the person stays in the journal, as nobody's: it counts for all.
        Counters of limits stay until their day ends: forgetting must not fill a budget anew.
        """
        await journal.forget(self._connection, person)
        result = await self._connection.execute(delete(event).where(event.c.person == person))
        return result.rowcount

    async def purge_expired(self, *, now: datetime, events_before: datetime, limit: int) -> int:
        """Delete expired counters, then old events, at most `limit` in all; gives how many."""
        counters = (
            select(usage.c.scope)
            .where(usage.c.expires_at <= to_epoch(now))
            .order_by(usage.c.expires_at)
            .limit(limit)
        )
        result = await self._connection.execute(delete(usage).where(usage.c.scope.in_(counters)))
        gone = result.rowcount
        events = (
            select(event.c.id)
            .where(event.c.at < to_epoch(events_before))
            .order_by(event.c.at)
            .limit(limit - gone)
        )
        result = await self._connection.execute(delete(event).where(event.c.id.in_(events)))
        return gone + result.rowcount
