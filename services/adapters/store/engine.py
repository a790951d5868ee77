"""The store on SQLAlchemy: opening, transactions, closing."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import exc
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.errors import StoreBusy, StoreError
from core.ports.articles import Articles
from core.ports.chats import Chats
from core.ports.ops import Ops
from core.ports.outbox import Outbox
from core.ports.runs import Runs
from core.ports.store import UnitOfWork
from core.ports.windows import Windows
from services.adapters.store import sqlite
from services.adapters.store.articles import SqlArticles
from services.adapters.store.chats import SqlChats
from services.adapters.store.migrate import migrate
from services.adapters.store.ops import SqlOps
from services.adapters.store.outbox import SqlOutbox
from services.adapters.store.runs import SqlRuns
from services.adapters.store.terms import TermIds, TermMemory
from services.adapters.store.windows import SqlWindows

BUSY_TIMEOUT_S = 10.0


@dataclass(slots=True)
class SqlUnitOfWork:
    """The parts of the store inside one transaction."""

    articles: Articles
    windows: Windows
    runs: Runs
    chats: Chats
    outbox: Outbox
    ops: Ops


class SqlStore:
    """A `Store` in one SQLite file.

    Writers of this process queue for one connection, other processes for the file's lock; readers
    have connections of their own and see the last commit, so they never wait for a writer. A write
    transaction must not be opened inside another one of the same task: it would wait for itself
    until the time-out.
    """

    def __init__(
        self, writer: AsyncEngine, reader: AsyncEngine, *, path: Path, busy_timeout_s: float
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._turn = asyncio.Lock()
        self._memory = TermMemory()
        self._is_closed = False
        self._on_wait: Callable[[float], None] | None = None

    @classmethod
    async def open(
        cls,
        location: str | Path,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        on_wait: Callable[[float], None] | None = None,
    ) -> Self:
        """Open the database, making or upgrading its schema.

        Args:
            location: A file in an existing folder, or its `sqlite` URL.
            busy_timeout_s: How long a transaction waits for its turn.
            on_wait: Told the seconds that each writer waited for its turn.

        Raises:
            SchemaTooNew: The file was written by a newer Newsdesk.
            StoreError: The file cannot be opened, or the location is no SQLite file.
        """
        path = _file_of(location)
        store = cls(
            sqlite.engine_for(path, busy_timeout_s=busy_timeout_s, is_write=True),
            sqlite.engine_for(path, busy_timeout_s=busy_timeout_s, is_write=False),
            path=path,
            busy_timeout_s=busy_timeout_s,
        )
        store._on_wait = on_wait
        try:
            with store._translated():
                await asyncio.to_thread(sqlite.probe, path)
                async with store._writer.begin() as connection:
                    await migrate(connection, path=path)
        except BaseException:
            await store.aclose()
            raise
        return store

    def transaction(self, *, is_write: bool = True) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open one unit of work: committed when the block ends, rolled back when it raises.

        Raises:
            StoreBusy: Another writer held the database longer than the time-out.
            StoreFull: No space is left; nothing of the block was stored.
            StoreError: The store is closed, or the database failed.
        """
        if self._is_closed:
            raise StoreError(f"the store {self._path.name!r} is closed; open it again")
        return self._write() if is_write else self._read()

    async def aclose(self) -> None:
        """Refuse new transactions, wait for a running writer, release every connection.

        The last connection of the last process moves the write-ahead log into the file.

        Raises:
            StoreBusy: A writer did not end within the time-out; the store is closed all the same.
        """
        self._is_closed = True
        try:
            await self._take_turn()
            self._turn.release()
        finally:
            await self._reader.dispose()
            await self._writer.dispose()

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[UnitOfWork]:
        await self._take_turn()
        try:
            with self._translated():
                async with self._writer.begin() as connection:
                    terms = TermIds(connection, self._memory)
                    yield _parts(connection, terms)
            terms.committed()
        except StoreError:
            # Perhaps somebody else deleted terms that are remembered here.
            self._memory.clear()
            raise
        finally:
            self._turn.release()

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[UnitOfWork]:
        with self._translated():
            async with self._reader.begin() as connection:
                yield _parts(connection, TermIds(connection, self._memory))

    async def _take_turn(self) -> None:
        asked = time.perf_counter()
        try:
            async with asyncio.timeout(self._busy_timeout_s):
                await self._turn.acquire()
        except TimeoutError as error:
            raise StoreBusy(
                f"another writer of this process held {self._path.name!r} for more than "
                f"{self._busy_timeout_s:g} s; try again"
            ) from error
        if self._on_wait is not None:
            self._on_wait(time.perf_counter() - asked)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except exc.TimeoutError as error:
            raise StoreBusy(
                f"all {sqlite.READERS} read connections of {self._path.name!r} were in use for "
                f"more than {self._busy_timeout_s:g} s; try again"
            ) from error
        except (exc.DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, exc.DBAPIError) else error
            raise sqlite.translate(
                cause or error, where=self._path.name, busy_timeout_s=self._busy_timeout_s
            ) from error


def _parts(connection: AsyncConnection, terms: TermIds) -> SqlUnitOfWork:
    return SqlUnitOfWork(
        articles=SqlArticles(connection, terms),
        windows=SqlWindows(connection, terms),
        runs=SqlRuns(connection),
        chats=SqlChats(connection),
        outbox=SqlOutbox(connection),
        ops=SqlOps(connection, terms),
    )


def _file_of(location: str | Path) -> Path:
    if isinstance(location, Path) or "://" not in location:
        return Path(location)
    url = make_url(location)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise StoreError(
            f"the store cannot live at {url.render_as_string(hide_password=True)!r}: "
            "give a file, or sqlite:///path/to/desk.db"
        )
    return Path(url.database)
