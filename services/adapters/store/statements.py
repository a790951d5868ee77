"""Statements that both databases understand, each in its own words."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ARRAY, Row, Select, String, Table, and_, any_, bindparam, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.expression import FromClause

from schemas.principal import Visibility

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

MAX_BIND = 10_000
"""Values of one IN list; SQLite takes 32,766 parameters, PostgreSQL's driver 32,767."""

_LISTED = text("SELECT value FROM json_each(:listed)").bindparams(
    bindparam("listed", type_=String, unique=True)
)

T = TypeVar("T")
K = TypeVar("K", int, str)
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]


def upsert(connection: AsyncConnection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Give an INSERT that can be told what to do on a conflict."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    # 80 ms that a desk on SQLite need not pay at its start.
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.insert(table)


def visible_rows(table: FromClause, visibility: Visibility) -> ColumnElement[bool]:
    """Give the condition that every read of owned rows carries."""
    tenants = is_among(table.c.tenant_id, visibility.tenants)
    if visibility.audiences is None:
        return tenants
    return and_(tenants, is_among(table.c.audience, visibility.audiences))


def is_among(column: ColumnElement[K], values: Collection[K]) -> ColumnElement[bool]:
    """Give the condition that a column has one of a few values."""
    # A list of one would be written into the statement anew each time it runs.
    if len(values) == 1:
        return column == next(iter(values))
    return column.in_(sorted(values))


def is_one_of(
    connection: AsyncConnection, column: ColumnElement[T], values: Sequence[T]
) -> ColumnElement[bool]:
    """Give the condition that a column has one of these values, numbers or text; perhaps none.

    They go out as one array, so that the statement is the same, and planned once, however many
    there are: writing and binding a place for each costs more than most queries.
    """
    if connection.dialect.name == "sqlite":
        return column.in_(_LISTED.bindparams(listed=json.dumps(list(values))))
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))


def chunks(items: Sequence[T], size: int = MAX_BIND) -> Iterator[Sequence[T]]:
    """Cut a long sequence into pieces that fit into one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def storable(words: str) -> str:
    """Give text that every database takes: NUL and lone surrogates become U+FFFD."""
    if "\0" in words:
        words = words.replace("\0", "\ufffd")
    try:
        words.encode()
    except UnicodeEncodeError:
        return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return words
