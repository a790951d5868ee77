"""Work that follows from a transaction and must happen at least once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Operation = Literal["upsert", "delete"]


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One thing to do.

    `kind` and `ref` name what changed. `seq` orders rows; it is 0 before the row is stored.
    """

    kind: str
    ref: int
    version: int
    operation: Operation
    seq: int = 0
    tries: int = 0


class Outbox(Protocol):
    """Rows written in the same transaction as what they speak of; consumers are idempotent."""

    async def append(self, rows: Sequence[OutboxRow], *, at: datetime) -> None:
        """Add rows for every consumer."""
        ...

    async def pending(self, kind: str, *, limit: int) -> list[OutboxRow]:
        """The oldest rows of a kind that are neither done nor dead, in order."""
        ...

    async def done(self, seqs: Sequence[int], *, at: datetime) -> None:
        """Mark rows done."""
        ...

    async def failed(
        self, seqs: Sequence[int], *, error: str, max_tries: int, at: datetime
    ) -> int:
        """Count a failure; rows with `max_tries` failures become dead letters.

        Gives how many died.
        """
        ...

    async def backlog(self, kind: str) -> tuple[int, datetime | None]:
        """How many rows wait and since when the oldest does."""
        ...

    async def position(self, kind: str) -> tuple[int, int]:
        """The number of the last row of all kinds, and how many rows of `kind` wait.

        Together they change whenever something was stored, and when a consumer has caught up.
        """
        ...

    async def dead(self, *, limit: int) -> list[tuple[OutboxRow, str]]:
        """Dead letters with their last error."""
        ...

    async def purge(self, *, before: datetime, limit: int) -> int:
        """Delete at most `limit` rows done before `before`; gives how many."""
        ...
