"""Statements that both databases understand, each in its own words."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ARRAY, Row, Select, Table, and_, any_, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.expression import FromClause

from schemas.principal import Visibility

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

MAX_BIND = 10_000
"""Values of one IN list; SQLite takes 32,766 parameters, PostgreSQL's driver 32,767."""

T = TypeVar("T")
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
    tenants = _is_among(table.c.tenant_id, visibility.tenants)
    if visibility.audiences is None:
        return tenants
    return and_(tenants, _is_among(table.c.audience, visibility.audiences))


def _is_among(column: ColumnElement[str], values: Collection[str]) -> ColumnElement[bool]:
    # A list of one would be written into the statement anew each time it runs.
    if len(values) == 1:
        return column == next(iter(values))
    return column.in_(sorted(values))


def is_one_of(
    connection: AsyncConnection,
    column: ColumnElement[T],
    values: Sequence[T],
    *,
    is_array: bool = False,
) -> ColumnElement[bool]:
    """Give the condition that a column has one of these values.

    PostgreSQL takes them as one array, so that the statement is the same, and planned once,
    however many there are.

    Args:
        connection: Whose words are used.
        column: The column.
        values: What it may be; may be empty.
        is_array: Give SQLite the values, which must be numbers, as one array too: binding
            thousands of them costs more than the query.
    """
    if connection.dialect.name == "sqlite":
        if is_array:
            listed = func.json_each(json.dumps(list(values))).table_valued("value")
            return column.in_(select(listed.c.value))
        return column.in_(bindparam(None, list(values), expanding=True))
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))


def chunks(items: Sequence[T], size: int = MAX_BIND) -> Iterator[Sequence[T]]:
    """Cut a long sequence into pieces that fit into one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def storable(text: str) -> str:
    """Give text that every database takes: NUL and lone surrogates become U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
