"""Finished requests and what readers said of them."""

from datetime import datetime
from typing import Protocol

from schemas.runs import StoredRun, Vote, VoteReason


class Runs(Protocol):
    """Runs with their evidence, and feedback."""

    async def save(self, run: StoredRun) -> None:
        """Store a run under its short id; saving the same id twice replaces it."""
        ...

    async def get(self, run_id: str) -> StoredRun | None:
        """The run, or None when it never was or its retention is over."""
        ...

    async def vote(
        self, run_id: str, *, person: str, vote: Vote, reason: VoteReason | None, at: datetime
    ) -> None:
        """Record a person's vote on a run; the last one counts, each is also an event."""
        ...

    async def forget_person(self, person: str) -> int:
        """Delete a person's runs and votes; gives how many rows went."""
        ...

    async def purge(self, *, before: datetime, limit: int) -> int:
        """Delete at most `limit` runs older than `before`; gives how many.

        Evidence and votes go with them.
        """
        ...
