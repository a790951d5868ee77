"""The store on SQLAlchemy: opening, transactions, closing."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import StoreBusy, StoreError
from core.ports.articles import Articles
from core.ports.chats import Chats
from core.ports.journal import Journal
from core.ports.ops import Ops
from core.ports.outbox import Outbox
from core.ports.runs import Runs
from core.ports.sources import Sources
from core.ports.store import UnitOfWork
from core.ports.windows import Windows
from schemas.status import MigrateSummary
from services.adapters.store import sqlite
from services.adapters.store.articles import SqlArticles
from services.adapters.store.chats import SqlChats
from services.adapters.store.database import Database, translated
from services.adapters.store.journal import SqlJournal
from services.adapters.store.migrate import REVISIONS, migrate, refuse_half_copy
from services.adapters.store.ops import SqlOps
from services.adapters.store.outbox import SqlOutbox
from services.adapters.store.polled_sources import SqlSources
from services.adapters.store.postgres_url import EXAMPLE, is_postgres, read_address
from services.adapters.store.runs import SqlRuns
from services.adapters.store.terms import TermIds, TermMemory
from services.adapters.store.turns import Turns
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
    sources: Sources
    journal: Journal


class SqlStore:
    """A `Store` in one SQLite file or in a PostgreSQL database.

    Readers have connections of their own and see the last commit, so they never wait for a writer.
    In a file, writers of this process queue for one connection and other processes for the file's
    lock: a write transaction must not be opened inside another one of the same task, it would wait
    for itself until the time-out. On a server writers run beside each other.
    """

    def __init__(
        self,
        database: Database,
        *,
        busy_timeout_s: float,
        on_wait: Callable[[float], None] | None = None,
    ) -> None:
        self._database = database
        self._busy_timeout_s = busy_timeout_s
        self._on_wait = on_wait
        self._turn = asyncio.Lock()
        self._turns = Turns(busy_timeout_s=busy_timeout_s)
        self._memory = TermMemory()
        self._n_writers = 0
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()
        self._is_closed = False
        self.schema = MigrateSummary(
            database=database.name, before=None, after=REVISIONS[-1], known=REVISIONS[-1]
        )
        """What opening made of the schema."""

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
            location: A file in an existing folder, its `sqlite` URL, or a `postgresql` URL.
            busy_timeout_s: How long a transaction waits for its turn.
            on_wait: Told the seconds that each writer waited for its turn.

        Raises:
            SchemaTooNew: The data was written by a newer Newsdesk that older ones cannot join.
            SettingError: The URL cannot be understood.
            StoreError: The database cannot be reached or opened.
        """
        database = database_at(location, busy_timeout_s=busy_timeout_s)
        store = cls(database, busy_timeout_s=busy_timeout_s, on_wait=on_wait)
        try:
            with store._translated():
                await database.probe()
                store.schema = await migrate(database)
                if database.file is None:
                    await refuse_half_copy(database)
        except BaseException:
            await store.aclose()
            raise
        return store

    def transaction(
        self, *, is_write: bool = True, is_durable: bool = True
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open one unit of work: committed when the block ends, rolled back when it raises.

        A write that is not `is_durable` does not wait for the disk of a server.

        Raises:
            StoreBusy: Another writer held the database longer than the time-out.
            StoreFull: No space is left; nothing of the block was stored.
            StoreError: The store is closed, or the database failed.
        """
        self._refuse_closed()
        return self._write(is_durable) if is_write else self._read()

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[bool]:
        """Hold `name` alone among the tasks of this process and all processes of the database.

        Gives whether another process may have held it since this store last did; a file belongs to
        one process, so nobody else can have held it there.

        Raises:
            StoreBusy: Somebody else held it longer than the time-out.
            StoreError: The store is closed, or the database failed.
        """
        self._refuse_closed()
        async with self._turns.hold(name):
            with self._translated():
                async with self._database.holding(name) as was_elsewhere:
                    if was_elsewhere:
                        # Perhaps somebody else deleted terms that are remembered here.
                        self._memory.clear()
                    yield was_elsewhere

    async def aclose(self) -> None:
        """Refuse new transactions, wait for running writers, release every connection.

        Raises:
            StoreBusy: A writer did not end within the time-out; the store is closed all the same.
        """
        self._is_closed = True
        try:
            async with asyncio.timeout(self._busy_timeout_s):
                await self._is_quiet.wait()
        except TimeoutError as error:
            raise StoreBusy(
                f"a writer of {self._database.name!r} did not end within "
                f"{self._busy_timeout_s:g} s; the store was closed all the same"
            ) from error
        finally:
            await self._database.aclose()

    @asynccontextmanager
    async def _write(self, is_durable: bool) -> AsyncIterator[UnitOfWork]:
        asked = time.perf_counter()
        async with self._own_turn():
            try:
                with self._translated():
                    async with self._database.writer.connect() as connection:
                        if self._on_wait is not None:
                            self._on_wait(time.perf_counter() - asked)
                        async with connection.begin():
                            if not is_durable:
                                await self._database.hurry(connection)
                            terms = TermIds(connection, self._memory)
                            yield _parts(connection, terms)
                terms.committed()
            except StoreError:
                # Perhaps somebody else deleted terms that are remembered here.
                self._memory.clear()
                raise

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[UnitOfWork]:
        with self._translated():
            async with self._database.reader.begin() as connection:
                yield _parts(connection, TermIds(connection, self._memory))

    @asynccontextmanager
    async def _own_turn(self) -> AsyncIterator[None]:
        """Count a writer, and have it queue where there may be only one."""
        self._n_writers += 1
        self._is_quiet.clear()
        try:
            if self._database.has_one_writer:
                await self._take_turn()
            try:
                yield
            finally:
                if self._database.has_one_writer:
                    self._turn.release()
        finally:
            self._n_writers -= 1
            if not self._n_writers:
                self._is_quiet.set()

    async def _take_turn(self) -> None:
        try:
            async with asyncio.timeout(self._busy_timeout_s):
                await self._turn.acquire()
        except TimeoutError as error:
            raise StoreBusy(
                f"another writer of this process held {self._database.name!r} for more than "
                f"{self._busy_timeout_s:g} s; try again"
            ) from error

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise StoreError(f"the store {self._database.name!r} is closed; open it again")

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self._database, self._busy_timeout_s)


def _parts(connection: AsyncConnection, terms: TermIds) -> SqlUnitOfWork:
    return SqlUnitOfWork(
        articles=SqlArticles(connection, terms),
        windows=SqlWindows(connection, terms),
        runs=SqlRuns(connection),
        chats=SqlChats(connection, terms),
        outbox=SqlOutbox(connection),
        ops=SqlOps(connection, terms),
        sources=SqlSources(connection, terms),
        journal=SqlJournal(connection),
    )


def database_at(location: str | Path, *, busy_timeout_s: float) -> Database:
    """Give the database that a path or an address names; nothing is opened yet.

    Raises:
        SettingError: The address cannot be understood.
        StoreError: It is neither a file nor a PostgreSQL database.
    """
    if isinstance(location, Path) or "://" not in location:
        return sqlite.SqliteFile(Path(location), busy_timeout_s=busy_timeout_s)
    if is_postgres(location):
        # 90 ms that a desk on SQLite need not pay at its start.
        from services.adapters.store.postgres import PostgresDatabase  # noqa: PLC0415

        return PostgresDatabase(read_address(location), busy_timeout_s=busy_timeout_s)
    url = make_url(location)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise StoreError(
            f"the store cannot live at {url.render_as_string(hide_password=True)!r}: "
            f"give a file, sqlite:///path/to/desk.db or {EXAMPLE}"
        )
    return sqlite.SqliteFile(Path(url.database), busy_timeout_s=busy_timeout_s)
