"""The desk's own bookkeeping: events, small facts about itself, counts, retention."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

from core.ports.articles import StoreCounts
from schemas.principal import Principal, Visibility

EventKind = Literal["command", "vote", "click", "search", "claim", "forget"]


class Ops(Protocol):
    """Append-only events, a small key-value table, counts and purges of articles."""

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
        ...

    async def count_events(self, kind: EventKind, *, since: datetime) -> int:
        """How many events of a kind happened after `since`."""
        ...

    async def get_value(self, key: str) -> str | None:
        """A small fact about the desk itself (`embedder`, `claim_token`, …)."""
        ...

    async def set_value(self, key: str, value: str | None) -> None:
        """Store such a fact; None deletes it."""
        ...

    async def add_usage(
        self, scope: str, amount: int, *, limit: int, expires_at: datetime
    ) -> int | None:
        """Add `amount` to a counter atomically unless it would pass `limit`.

        Gives the new sum, or None when refused.
        """
        ...

    async def counts(self, visibility: Visibility, *, now: datetime) -> StoreCounts:
        """How much is stored."""
        ...

    async def size_bytes(self) -> int:
        """What the database takes on disk."""
        ...

    async def purge_articles(
        self, *, before: datetime | None, sample_only: bool, limit: int
    ) -> list[int]:
        """Delete at most `limit` articles, oldest first; gives their ids.

        Everything that hangs on them goes too. `before` None with `sample_only` deletes sample
        articles of any age. The caller tells the index.
        """
        ...

    async def forget_person(self, person: str) -> int:
        """Delete a person's events; gives how many rows went.

        Counters of limits stay until their window ends, or forgetting would fill a budget anew.
        """
        ...

    async def purge_expired(self, *, now: datetime, events_before: datetime, limit: int) -> int:
        """Delete expired counters and old events in one small batch; gives how many rows went."""
        ...
