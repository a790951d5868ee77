"""What the store needs of a database: two ways in, a way to hold a name, its errors in words."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.errors import StoreBusy, StoreError


class Database(Protocol):
    """A file or a server that holds the tables."""

    name: str
    """As messages call it: no password, no key."""

    file: Path | None
    """Where it is copied from before its schema changes; None where it is no file."""

    has_one_writer: bool
    """Whether writers of this process must queue for it."""

    own_errors: tuple[type[BaseException], ...]
    """Errors of its driver that SQLAlchemy does not wrap."""

    writer: AsyncEngine
    reader: AsyncEngine
    """Whose transactions see one snapshot, write nothing and wait for no writer."""

    async def probe(self) -> None:
        """Find out whether it can be reached and used.

        Raises:
            StoreError: It cannot, or an error of its driver says so.
        """
        ...

    def preparing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open the transaction that changes the schema; other processes that want to wait."""
        ...

    def holding(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Hold `name` alone among processes; gives whether another one had it meanwhile."""
        ...

    async def hurry(self, connection: AsyncConnection) -> None:
        """Let the running transaction commit without waiting for the disk."""
        ...

    def translate(self, error: BaseException) -> StoreError:
        """Give our error for one of the driver's; the message says what to do."""
        ...

    async def aclose(self) -> None:
        """Release every connection."""
        ...


@contextmanager
def translated(database: Database, busy_timeout_s: float) -> Iterator[None]:
    """Raise our errors for those of the driver that the block raises."""
    try:
        yield
    except exc.TimeoutError as error:
        raise StoreBusy(
            f"all connections to {database.name!r} were in use for more than "
            f"{busy_timeout_s:g} s; try again"
        ) from error
    except exc.DBAPIError as error:
        raise database.translate(error.orig or error) from error
    except database.own_errors as error:
        raise database.translate(error) from error
