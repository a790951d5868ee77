"""A desk's file copied to a server, in steps that a killed process can go on from.

Every chunk of rows is committed together with the key of its last row, so nothing is copied twice
and nothing left out, whenever the process dies.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.errors import StoreError
from services.adapters.store.database import translated
from services.adapters.store.desk_file import OWN_FACTS, Columns, Content, DeskFile, readable
from services.adapters.store.migrate import DESK_KEY, MOVE_KEY, migrate
from services.adapters.store.postgres import HOLDER, PostgresDatabase
from services.adapters.store.postgres_url import read_address
from services.adapters.store.statements import upsert
from services.adapters.store.tables import fact, metadata

BUSY_TIMEOUT_S = 10.0
FETCH = 5_000
FETCH_LONG = 200

TABLES: tuple[Table, ...] = tuple(metadata.sorted_tables)
"""Every table, those that others refer to first."""


@dataclass(slots=True)
class Progress:
    """How far a copy has come, as the target holds it.

    `desk` is whose data it is, `stamp` the state of the file it is copied from, `last` the key of
    the last row copied of each table that was begun.
    """

    desk: str
    stamp: str
    last: dict[str, list[Any]] = field(default_factory=dict)


class DeskCopy:
    """A copy of a desk's file in a PostgreSQL database; one at a time in each database."""

    tables = tuple(table.name for table in TABLES)

    def __init__(self, source: DeskFile, database: PostgresDatabase, engine: AsyncEngine) -> None:
        self.name = database.name
        self._source = source
        self._database = database
        self._engine = engine
        self._progress = Progress(source.desk_id(), source.stamp())

    @classmethod
    @asynccontextmanager
    async def open(cls, file: Path, url: str) -> "AsyncIterator[DeskCopy]":
        """Open both ends, bring the target's schema up to date, and keep others out of it.

        Raises:
            SettingError: The URL is none of a PostgreSQL database.
            StoreBusy: Another process is copying to it.
            StoreError: One of the two cannot be opened.
        """
        database = PostgresDatabase(
            read_address(url, setting="--to"), busy_timeout_s=BUSY_TIMEOUT_S
        )
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.aclose)
            source = await asyncio.to_thread(DeskFile, file)
            stack.callback(source.close)
            stack.enter_context(readable(file))
            stack.enter_context(translated(database, BUSY_TIMEOUT_S))
            await database.probe()
            await migrate(database)
            await stack.enter_async_context(database.holding(MOVE_KEY))
            engine = database.unlimited()
            stack.push_async_callback(engine.dispose)
            yield cls(source, database, engine)

    async def begin(self) -> str:
        """Look at the target; gives `new`, `continued`, `restarted` or `done`.

        `restarted`: the file has changed since a copy was begun, so what was copied is deleted and
        the copy begins again. `done`: the target is this desk, whole, and was perhaps used since.

        Raises:
            StoreError: The target holds another desk.
        """
        async with self._engine.begin() as connection:
            stored = await self._stored_progress(connection)
            holds = await _fact(connection, DESK_KEY)
            if stored is None and holds == self._progress.desk:
                return "done"
            if stored is None and not await _is_empty(connection):
                raise StoreError(
                    f"{self.name!r} holds a desk already; give an empty database "
                    "(CREATE DATABASE) to move this one to"
                )
            if stored is not None and stored.desk != self._progress.desk:
                raise StoreError(
                    f"{self.name!r} holds a half-finished copy of another desk; finish that one, "
                    "or give an empty database"
                )
            if stored is not None and stored.stamp == self._progress.stamp:
                self._progress = stored
                return "continued"
            await _clear(connection)
            await self._save(connection)
        return "new" if stored is None else "restarted"

    async def count(self) -> tuple[int, int]:
        """Give how many rows there are to copy, and how many of them were copied before."""
        total = there = 0
        async with self._engine.begin() as connection:
            for table in TABLES:
                total += await asyncio.to_thread(self._source.count, table)
                if table.name in self._progress.last:
                    statement = f'SELECT count(*) FROM "{table.name}"{_own(table)}'  # noqa: S608 - names of tables
                    there += (await connection.execute(text(statement))).scalar_one()
        return total, there

    async def copy(self, name: str) -> AsyncIterator[int]:
        """Copy a table's rows from where it stopped; gives the rows of each step."""
        table = metadata.tables[name]
        columns = Columns.of(table)
        own = [column for column in table.columns if _refers_to_itself(column)]
        places = [columns.names.index(column.name) for column in own]
        while True:
            rows = await asyncio.to_thread(
                self._source.chunk, table, self._progress.last.get(name)
            )
            if not rows:
                break
            last = columns.key_of(rows[-1])
            if places:  # what a row of a later step is referred to by is set when all are there
                rows = [_without(row, places, last[0]) for row in rows]
            async with self._engine.begin() as connection:
                self._progress.last[name] = last
                await self._save(connection)
                driver = await _driver(connection)
                await driver.copy_records_to_table(
                    name, records=rows, columns=columns.names, timeout=None
                )
            yield len(rows)
        for column in own:
            await self._point_forward(column)

    async def compare(self, name: str) -> tuple[int, int, bool]:
        """Give how many rows of a table each side holds, and whether they are the same."""
        table = metadata.tables[name]
        columns = Columns.of(table)
        expected = await asyncio.to_thread(self._source.content, table)
        content = Content()
        async with self._engine.begin() as connection:
            await connection.execute(text("SELECT 1"))  # so that the driver has a transaction
            driver = await _driver(connection)
            cursor = await driver.cursor(f'SELECT {columns.listed} FROM "{name}"{_own(table)}')  # noqa: S608 - names of tables
            while rows := await cursor.fetch(FETCH_LONG if columns.long else FETCH):
                content = await asyncio.to_thread(content.with_rows, map(tuple, rows))
        return expected.n, content.n, expected == content

    async def finish(self) -> None:
        """Have the server go on numbering where the file stopped, and learn what it holds."""
        async with self._engine.begin() as connection:
            for table in TABLES:
                column = table.autoincrement_column
                if column is None:
                    continue
                n = await asyncio.to_thread(self._source.last_number, table, column)
                await connection.execute(
                    text("SELECT setval(pg_get_serial_sequence(:table, :column), :n, :is_given)"),
                    {
                        "table": f'"{table.name}"',
                        "column": column.name,
                        "n": max(n, 1),
                        "is_given": n > 0,
                    },
                )
            await connection.execute(text("ANALYZE"))

    async def seal(self, *, is_whole: bool) -> None:
        """Say that the copy is whole; or that it is not, so that the next one begins anew."""
        async with self._engine.begin() as connection:
            if is_whole:
                await connection.execute(
                    fact.delete().where(fact.c.key.in_([MOVE_KEY, HOLDER + MOVE_KEY]))
                )
            else:
                self._progress.stamp = ""
                await self._save(connection)

    async def _point_forward(self, column: Column[Any]) -> None:
        table = column.table.name
        statement = text(f'UPDATE "{table}" SET "{column.name}" = :ref WHERE id = :id')  # noqa: S608 - names of tables
        pairs = await asyncio.to_thread(self._source.forward, column)
        if pairs:
            async with self._engine.begin() as connection:
                await connection.execute(statement, [{"id": n, "ref": ref} for n, ref in pairs])

    async def _stored_progress(self, connection: AsyncConnection) -> Progress | None:
        stored = await _fact(connection, MOVE_KEY)
        return None if stored is None else Progress(**json.loads(stored))

    async def _save(self, connection: AsyncConnection) -> None:
        insert = upsert(connection, fact).values(
            key=MOVE_KEY, value=json.dumps(asdict(self._progress))
        )
        await connection.execute(
            insert.on_conflict_do_update(
                index_elements=["key"], set_={"value": insert.excluded.value}
            )
        )


async def _driver(connection: AsyncConnection) -> Any:  # noqa: ANN401 - the driver ships no types
    """Give what knows COPY and cursors, inside the transaction that was begun."""
    return (await connection.get_raw_connection()).driver_connection


async def _fact(connection: AsyncConnection, key: str) -> str | None:
    return (await connection.execute(select(fact.c.value).where(fact.c.key == key))).scalar()


async def _is_empty(connection: AsyncConnection) -> bool:
    """Say whether no table but that of the facts, which opening fills, has a row."""
    for table in TABLES:
        if table is fact:
            continue
        found = await connection.execute(text(f'SELECT 1 FROM "{table.name}" LIMIT 1'))  # noqa: S608 - names of tables
        if found.first() is not None:
            return False
    return True


async def _clear(connection: AsyncConnection) -> None:
    """Delete every row but those that belong to the database itself."""
    names = ", ".join(f'"{table.name}"' for table in TABLES if table is not fact)
    await connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    await connection.execute(text(f"DELETE FROM fact WHERE {OWN_FACTS}"))  # noqa: S608 - ours


def _own(table: Table) -> str:
    return f" WHERE {OWN_FACTS}" if table is fact else ""


def _refers_to_itself(column: Column[Any]) -> bool:
    return any(key.column.table is column.table for key in column.foreign_keys)


def _without(row: tuple[Any, ...], places: list[int], last_id: int) -> tuple[Any, ...]:
    values = list(row)
    for n in places:
        if values[n] is not None and values[n] > last_id:
            values[n] = None
    return tuple(values)
