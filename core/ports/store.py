"""The store: one unit of work, narrow parts."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from core.ports.articles import Articles
from core.ports.chats import Chats
from core.ports.journal import Journal
from core.ports.ops import Ops
from core.ports.outbox import Outbox
from core.ports.runs import Runs
from core.ports.sources import Sources
from core.ports.windows import Windows


class UnitOfWork(Protocol):
    """The parts of the store inside one transaction."""

    articles: Articles
    windows: Windows
    runs: Runs
    chats: Chats
    outbox: Outbox
    ops: Ops
    sources: Sources
    journal: Journal


class Store(Protocol):
    """Durable state. Every method of a part is atomic only together with its unit of work."""

    def transaction(
        self, *, is_write: bool = True, is_durable: bool = True
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open one unit of work: committed when the block ends, rolled back when it raises.

        A read (`is_write` False) sees one consistent snapshot and never waits for a writer.
        `is_durable` False does not wait for the disk of a server: its crash, though not ours, may
        undo what was committed in the second before, whole.

        Raises:
            StoreBusy: Another writer held the database longer than the configured time-out.
            StoreFull: No space is left; nothing of the block was stored.
        """
        ...

    def exclusive(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Hold `name` alone, among all tasks and processes that use this store.

        Gives whether somebody else may have held it since this store last did: what is remembered
        of the part of the data that `name` guards is then out of date. Do not open it inside a
        transaction or inside itself.

        Raises:
            StoreBusy: Somebody else held it longer than the configured time-out.
        """
        ...
