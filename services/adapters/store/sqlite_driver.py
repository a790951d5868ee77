"""The driver for SQLite, with one trip to a connection's thread for each statement.

aiosqlite makes four: for a cursor, the statement, its rows and the end of the cursor. Each hands
the interpreter to another thread and back, which costs more than most of our statements do.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite

CHUNK_ROWS = 64
"""What the driver fetches at a time when it is iterated over, which we never do."""

T = TypeVar("T")


class Connection(aiosqlite.Connection):
    """A connection whose cursors fetch all rows along with the statement."""

    def cursor(self) -> "Cursor":  # type: ignore[override]  # awaited by nobody, only entered
        """Give a cursor; nothing is asked of the thread yet."""
        return Cursor(self)

    async def commit(self) -> None:
        """Commit, if anything was begun."""
        if self._conn.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        """Roll back, if anything was begun."""
        if self._conn.in_transaction:
            await super().rollback()

    async def run(self, step: Callable[[sqlite3.Connection], T]) -> T:
        """Run `step` in the thread that owns the connection."""
        # aiosqlite has no public way to run more than one call without coming back to the loop.
        result: T = await self._execute(step, self._conn)  # type: ignore[no-untyped-call]
        return result


class Cursor:
    """A cursor that holds the rows of its statement and nothing of the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        """Give itself."""
        return self

    async def execute(self, sql: str, parameters: Sequence[object] = ()) -> Self:
        """Run a statement and fetch its rows."""
        await self._connection.run(self._step(lambda cursor: cursor.execute(sql, parameters)))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[object]]) -> Self:
        """Run a statement for each row of parameters."""
        await self._connection.run(self._step(lambda cursor: cursor.executemany(sql, parameters)))
        return self

    async def fetchall(self) -> list[Any]:
        """Give the rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Forget the rows."""
        self._rows = []

    def _step(
        self, statement: Callable[[sqlite3.Cursor], object]
    ) -> Callable[[sqlite3.Connection], None]:
        def step(database: sqlite3.Connection) -> None:
            # SQLite keeps a closed connection, with its locks, for as long as one of its cursors
            # lives; this one ends here, whatever becomes of the task that waits for it.
            cursor = database.cursor()
            try:
                statement(cursor)
                if cursor.description is not None:
                    self._rows = cursor.fetchall()
                self.description = cursor.description
                self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        return step


async def connect(path: Path, *, busy_timeout_s: float) -> Connection:
    """Open a database file with a thread of its own."""

    def open_file() -> sqlite3.Connection:
        # The adapter of SQLAlchemy reads properties from the loop's thread, one at a time.
        return sqlite3.connect(path, timeout=busy_timeout_s, check_same_thread=False)

    connection = Connection(open_file, iter_chunk_size=CHUNK_ROWS)
    connection._thread.daemon = True
    await connection
    return connection
