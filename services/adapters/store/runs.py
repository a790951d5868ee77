"""Answered requests, their evidence, and what readers said of them."""

import json
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import StoreError
from schemas.principal import PUBLIC
from schemas.runs import StoredRun, Vote, VoteReason
from services.adapters.store.chats import audience_of
from services.adapters.store.statements import upsert
from services.adapters.store.tables import event, feedback, run_evidence
from services.adapters.store.tables import run as runs
from services.adapters.store.times import to_epoch


class SqlRuns:
    """`Runs` inside one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def save(self, run: StoredRun) -> None:
        """Store a run under its short id; the same id again replaces it and keeps its votes."""
        values = {
            "tenant_id": run.tenant,
            "audience": PUBLIC if run.chat is None else audience_of(run.chat),
            "person": run.person,
            "chat": run.chat,
            "command": run.request.command,
            "correlation_id": run.correlation_id,
            "at": to_epoch(run.at),
            "document": run.model_dump_json(exclude={"evidence"}),
        }
        insert = upsert(self._connection, runs).values(id=run.id, **values)
        result = await self._connection.execute(insert.on_conflict_do_nothing())
        if not result.rowcount:
            await self._connection.execute(
                update(runs).where(runs.c.id == run.id).values(**values)
            )
            await self._connection.execute(
                delete(run_evidence).where(run_evidence.c.run_id == run.id)
            )
        if run.evidence:
            await self._connection.execute(
                run_evidence.insert(),
                [
                    {
                        "run_id": run.id,
                        "n": n,
                        "article_id": card.article_id,
                        "card": card.model_dump_json(),
                    }
                    for n, card in enumerate(run.evidence)
                ],
            )

    async def get(self, run_id: str) -> StoredRun | None:
        """Give the run, or None when it never was or its retention is over."""
        found = await self._connection.execute(
            select(runs.c.document, runs.c.chat).where(runs.c.id == run_id)
        )
        row = found.one_or_none()
        if row is None:
            return None
        cards = await self._connection.execute(
            select(run_evidence.c.card)
            .where(run_evidence.c.run_id == run_id)
            .order_by(run_evidence.c.n)
        )
        document = json.loads(row.document)
        document["chat"] = row.chat  # a group that migrated has another id than it had then
        document["evidence"] = [json.loads(card) for card in cards.scalars()]
        return StoredRun.model_validate_json(json.dumps(document))

    async def vote(
        self, run_id: str, *, person: str, vote: Vote, reason: VoteReason | None, at: datetime
    ) -> None:
        """Record a person's vote on a run; the last one counts, each is also an event.

        Raises:
            StoreError: If no such run is stored.
        """
        found = await self._connection.execute(
            select(runs.c.tenant_id, runs.c.audience, runs.c.chat).where(runs.c.id == run_id)
        )
        voted = found.one_or_none()
        if voted is None:
            raise StoreError(f"no run has the id {run_id!r}, so nobody can vote on it")
        values = {
            "tenant_id": voted.tenant_id,
            "audience": voted.audience,
            "vote": vote,
            "reason": reason,
            "at": to_epoch(at),
        }
        insert = upsert(self._connection, feedback).values(run_id=run_id, person=person, **values)
        await self._connection.execute(
            insert.on_conflict_do_update(index_elements=["run_id", "person"], set_=values)
        )
        data = {"vote": vote} if reason is None else {"vote": vote, "reason": reason}
        await self._connection.execute(
            event.insert().values(
                tenant_id=voted.tenant_id,
                kind="vote",
                person=person,
                session=voted.chat,
                ref=run_id,
                at=to_epoch(at),
                data=json.dumps(data),
            )
        )

    async def forget_person(self, person: str) -> int:
        """Delete a person's runs with all votes on them, and votes; gives how many rows."""
        own = select(runs.c.id).where(runs.c.person == person)
        gone = 0
        for statement in (
            delete(feedback).where(or_(feedback.c.person == person, feedback.c.run_id.in_(own))),
            delete(run_evidence).where(run_evidence.c.run_id.in_(own)),
            delete(runs).where(runs.c.person == person),
        ):
            gone += (await self._connection.execute(statement)).rowcount
        return gone

    async def purge(self, *, before: datetime, limit: int) -> int:
        """Delete at most `limit` runs older than `before`, with their evidence and votes."""
        old = (
            select(runs.c.id).where(runs.c.at < to_epoch(before)).order_by(runs.c.at).limit(limit)
        )
        result = await self._connection.execute(delete(runs).where(runs.c.id.in_(old)))
        return result.rowcount
