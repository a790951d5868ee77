"""Everything that only SQLite needs: connections, transactions, the copy of the file, its errors.

Durability: WAL with `synchronous=NORMAL`. What was committed survives the death of the process at
any point; a power cut may take the last transactions back, never half of one, and never damages
the file.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import StoreBusy, StoreError, StoreFull
from services.adapters.store.sqlite_driver import connect

READERS = 8
"""Read connections, opened when needed: each costs a thread and `READ_CACHE_KIB` of pages."""

READ_CACHE_KIB = 2_000
WRITE_CACHE_KIB = 16_000
WAL_LIMIT_BYTES = 64 * 1024 * 1024

T = TypeVar("T")
_FULL = {sqlite3.SQLITE_FULL}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class SqliteFile:
    """A `Database` in one file. It belongs to one process, but for the counters of a ledger."""

    has_one_writer = True
    own_errors: tuple[type[BaseException], ...] = (sqlite3.Error,)

    def __init__(self, path: Path, *, busy_timeout_s: float) -> None:
        self.name = path.name
        self.file: Path | None = path
        self.writer = engine_for(path, busy_timeout_s=busy_timeout_s, is_write=True)
        self.reader = engine_for(path, busy_timeout_s=busy_timeout_s, is_write=False)
        self._path = path
        self._busy_timeout_s = busy_timeout_s

    async def probe(self) -> None:
        """Read the head of the file, making an empty one where none is."""
        await asyncio.to_thread(probe, self._path)

    @contextlib.asynccontextmanager
    async def preparing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that holds the file's one write lock."""
        async with self.writer.begin() as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def holding(self, name: str) -> AsyncIterator[bool]:
        """Hold `name`: the process that owns the file is alone in any case."""
        yield False

    async def hurry(self, _connection: AsyncConnection) -> None:
        """Do nothing: with `synchronous=NORMAL` no commit waits for the disk."""

    def translate(self, error: BaseException) -> StoreError:
        """Give our error for one of the driver's."""
        return translate(error, where=self.name, busy_timeout_s=self._busy_timeout_s)

    async def aclose(self) -> None:
        """Release every connection; the last one moves the write-ahead log into the file."""
        await self.reader.dispose()
        await self.writer.dispose()


def engine_for(path: Path, *, busy_timeout_s: float, is_write: bool) -> AsyncEngine:
    """Make an engine whose transactions take the write lock at once, or never take it."""
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        pool_size=1 if is_write else READERS,
        max_overflow=0,
        pool_timeout=max(busy_timeout_s, 0.001),
        async_creator=partial(connect, path, busy_timeout_s=busy_timeout_s),
    )
    begin = "BEGIN IMMEDIATE" if is_write else "BEGIN DEFERRED"
    cache_kib = WRITE_CACHE_KIB if is_write else READ_CACHE_KIB

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        # Without this the driver opens transactions by itself, and later than we say.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            f"cache_size=-{cache_kib}",
            f"journal_size_limit={WAL_LIMIT_BYTES}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        if not is_write:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    @event.listens_for(engine.sync_engine, "invalidate")
    def undo(
        connection: DBAPIConnection, record: ConnectionPoolEntry, error: BaseException | None
    ) -> None:
        # A task that is cancelled in a statement leaves a cursor behind, and SQLite keeps a closed
        # connection, with its locks, for as long as one of its cursors lives.
        with contextlib.suppress(sqlite3.Error):  # it is about to be closed in any case
            connection.rollback()

    return engine


async def in_one_step(connection: AsyncConnection, step: Callable[[sqlite3.Connection], T]) -> T:
    """Run `step` in the thread that owns a connection, inside its transaction.

    It holds the driver's own connection, so its errors are the driver's.
    """
    driver: Any = (await connection.get_raw_connection()).driver_connection
    result: T = await driver.run(step)
    return result


def probe(path: Path) -> None:
    """Read the head of a database, making an empty file where none is.

    A file that cannot be opened is found out here, in one call: a driver connection that fails to
    open leaves a thread behind that may outlive the event loop.

    Raises:
        sqlite3.Error: The file cannot be opened or is no database.
    """
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA schema_version").fetchone()


def copy_file(path: Path, target: Path) -> None:
    """Copy a database that may be open elsewhere, whole; an existing target is replaced.

    Raises:
        StoreError: If the copy cannot be written.
    """
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with (
            contextlib.closing(sqlite3.connect(path)) as source,
            contextlib.closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"cannot copy {str(path)!r} to {str(target)!r} before changing its schema: {error}. "
            "Make room or fix the folder's rights, then start again; nothing was changed."
        ) from error


async def size_bytes(connection: AsyncConnection) -> int:
    """Give what the database and its write-ahead log take on disk."""
    pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
    page_size = (await connection.execute(text("PRAGMA page_size"))).scalar_one()
    return int(pages) * int(page_size) + _wal_bytes(connection.engine.url.database or "")


def _wal_bytes(database: str) -> int:
    try:
        return Path(f"{database}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def translate(error: BaseException, *, where: str, busy_timeout_s: float) -> StoreError:
    """Give our error for one of the driver's; the message says what to do."""
    code: Any = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary in _BUSY:
        return StoreBusy(
            f"another writer held {where!r} for more than {busy_timeout_s:g} s; try again, "
            "and stop other programs that write to this file if it happens often"
        )
    if primary in _FULL:
        return StoreFull(
            f"no space left for {where!r}; nothing of this step was stored. "
            "Free disk space or run `newsdesk purge`, then try again"
        )
    if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StoreError(
            f"{where!r} is not a sound SQLite database ({error}); restore it from a copy"
        )
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return StoreError(f"a rule of the database refused the change ({error}); it was undone")
    if primary in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return StoreError(f"cannot open or write {where!r} ({error}); check the folder's rights")
    return StoreError(f"the database {where!r} failed: {error}")
