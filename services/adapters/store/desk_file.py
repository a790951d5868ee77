"""A desk's file as a move reads it: one snapshot, in the order of the keys, changing nothing."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Boolean, Column, LargeBinary, String, Table, Text

from core.errors import StoreError
from services.adapters.store.migrate import DESK_KEY, REVISIONS
from services.adapters.store.statements import storable
from services.adapters.store.tables import fact

CHUNK_ROWS = 5_000
CHUNK_BYTES = 4_000_000
"""What one step copies at most, so that memory stays bounded."""

OWN_FACTS = "\"key\" NOT LIKE 'holder:%' AND \"key\" <> 'move'"
"""Facts that belong to a desk; the others belong to the database that holds it."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds: how many rows, and the sum of their digests, whatever their order."""

    n: int = 0
    digest: int = 0

    def with_rows(self, rows: Iterable[Row]) -> "Content":
        """Give the content with these rows added."""
        n, digest = self.n, self.digest
        for row in rows:
            n += 1
            digest += int.from_bytes(
                hashlib.blake2b(repr(row).encode(), digest_size=16).digest(), "big"
            )
        return Content(n, digest % (1 << 128))


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of a table's columns, and where its key, texts, long values and booleans stand."""

    names: tuple[str, ...]
    keys: tuple[int, ...]
    texts: tuple[int, ...]
    long: tuple[int, ...]
    booleans: tuple[int, ...]

    @classmethod
    def of(cls, table: Table) -> "Columns":
        """Give the columns of a table, in its order."""
        columns = list(table.columns)

        def places(*kinds: type) -> tuple[int, ...]:
            return tuple(n for n, column in enumerate(columns) if isinstance(column.type, kinds))

        return cls(
            names=tuple(column.name for column in columns),
            keys=tuple(columns.index(column) for column in table.primary_key.columns),
            texts=places(String),
            long=places(Text, LargeBinary),
            booleans=places(Boolean),
        )

    @property
    def listed(self) -> str:
        """The names as a statement lists them."""
        return ", ".join(f'"{name}"' for name in self.names)

    @property
    def keys_listed(self) -> str:
        """The names of the key's columns as a statement lists them."""
        return ", ".join(f'"{self.names[n]}"' for n in self.keys)

    def key_of(self, row: Row) -> list[Any]:
        """Give a row's key."""
        return [row[n] for n in self.keys]


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say in words that a file cannot be read."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(
            f"{str(path)!r} cannot be read as a desk ({error}); restore it from a copy"
        ) from error


class DeskFile:
    """A SQLite file with a desk in it, opened for reading only; every method blocks."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            StoreError: It cannot be read, or its schema is not this version's.
        """
        self.path = path
        with readable(path):
            self._connection = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode=ro",
                uri=True,
                check_same_thread=False,  # used by one thread after the other
                isolation_level=None,
            )
        try:
            with readable(path):
                self._connection.execute("BEGIN")
                versions = self._connection.execute("SELECT version_num FROM alembic_version")
                version = (versions.fetchone() or ("none",))[0]
            if version != REVISIONS[-1]:
                raise StoreError(
                    f"{str(path)!r} has schema {version!r}, and {REVISIONS[-1]!r} is needed; run "
                    "`newsdesk migrate` first, without NEWSDESK_DATABASE_URL"
                )
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def desk_id(self) -> str:
        """Give what tells this desk's data from another's."""
        found = self._connection.execute(
            "SELECT value FROM fact WHERE key = ?", (DESK_KEY,)
        ).fetchone()
        if found is None:
            raise StoreError(f"{str(self.path)!r} lost the fact {DESK_KEY!r} that names its desk")
        return str(found[0])

    def stamp(self) -> str:
        """Give what differs whenever the file was written to."""
        parts = []
        for path in (self.path, Path(f"{self.path}-wal")):
            state = path.stat() if path.exists() else None
            if state is not None and state.st_size:
                parts.append(f"{state.st_size}:{state.st_mtime_ns}")
        return " ".join(parts)

    def count(self, table: Table) -> int:
        """Give how many rows of a table are a desk's own."""
        found = self._connection.execute(f'SELECT count(*) FROM "{table.name}"{_where(table)}')  # noqa: S608 - names of tables
        return int(found.fetchone()[0])

    def chunk(self, table: Table, after: Sequence[Any] | None) -> list[Row]:
        """Give the next rows after a key, in the order of the keys."""
        columns = Columns.of(table)
        places = ", ".join("?" * len(columns.keys))
        is_after = "" if after is None else f"({columns.keys_listed}) > ({places})"
        found = self._connection.execute(
            f'SELECT {columns.listed} FROM "{table.name}"{_where(table, is_after)} '  # noqa: S608 - as above
            f"ORDER BY {columns.keys_listed} LIMIT ?",
            (*(after or ()), CHUNK_ROWS),
        )
        rows: list[Row] = []
        n_bytes = 0
        with closing(found):
            for row in _storable(found, columns):
                rows.append(row)
                n_bytes += sum(len(row[n]) for n in columns.long if row[n] is not None)
                if n_bytes >= CHUNK_BYTES:
                    break
        return rows

    def forward(self, column: Column[Any]) -> list[Row]:
        """Give (id, reference) of rows whose reference to their own table points forward."""
        name, table = column.name, column.table.name
        rows = self._connection.execute(
            f'SELECT id, "{name}" FROM "{table}" WHERE "{name}" > id'  # noqa: S608 - as above
        )
        return rows.fetchall()

    def content(self, table: Table) -> Content:
        """Give what a table holds."""
        columns = Columns.of(table)
        found = self._connection.execute(
            f'SELECT {columns.listed} FROM "{table.name}"{_where(table)}'  # noqa: S608 - as above
        )
        with closing(found):
            return Content().with_rows(_storable(found, columns))

    def last_number(self, table: Table, column: Column[Any]) -> int:
        """Give the highest number that a table has given to a row, deleted ones included."""
        top = self._connection.execute(
            f'SELECT coalesce(max("{column.name}"), 0) FROM "{table.name}"'  # noqa: S608 - as above
        ).fetchone()[0]
        given = self._connection.execute(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?", (table.name,)
        ).fetchone()[0]
        return max(int(top), int(given))


def _where(table: Table, condition: str = "") -> str:
    parts = [part for part in (OWN_FACTS if table is fact else "", condition) if part]
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def _storable(rows: Iterable[Row], columns: Columns) -> Iterator[Row]:
    """Give rows as a server gives them back: booleans, and text without what it cannot hold."""
    for row in rows:
        if columns.texts or columns.booleans:
            values = list(row)
            for n in columns.texts:
                if values[n] is not None:
                    values[n] = storable(values[n])
            for n in columns.booleans:
                if values[n] is not None:
                    values[n] = bool(values[n])
            yield tuple(values)
        else:
            yield row
