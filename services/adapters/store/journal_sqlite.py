"""A batch of the journal in a file, as one step of the thread that owns the connection.

Through SQLAlchemy the same batch is some twenty steps of that thread, each of which wakes the
event loop: three times the processor time of a call, and of its wait.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from core.ports.journal import Written
from schemas.spending import Reservation, Settlement
from services.adapters.store.journal_rows import (
    Counter,
    Counters,
    Open,
    Taken,
    Values,
    counters_of,
    decide,
    first_version,
    read_scopes,
)

_ROW = "SELECT tokens, micro_usd, scopes FROM model_call WHERE id = ? AND state = 'reserved'"
_LOCK = (
    "INSERT INTO usage (scope, used, expires_at, version) "
    "VALUES (:scope, 0, :expires_at, :version) "
    "ON CONFLICT (scope) DO UPDATE SET version = usage.version + 1 "
    "RETURNING used, version, expires_at"
)
_SET_COUNTER = "UPDATE usage SET used = ? WHERE scope = ?"


def write(
    connection: sqlite3.Connection,
    *,
    reservations: Sequence[Reservation],
    settlements: Sequence[Settlement],
) -> Written:
    """Settle, then reserve, inside a transaction that holds the file's write lock.

    Raises:
        sqlite3.Error: The database failed.
        ValueError: A time has no time zone.
    """
    rows = _rows(connection, (settlement.id for settlement in settlements))
    wanted = counters_of(reservations, rows.values())
    counters = _counters(connection, wanted, first_version(reservations, settlements))
    decided = decide(reservations, settlements, rows=rows, counters=counters)
    connection.executemany(_SET_COUNTER, counters.changed())
    if decided.ended:
        connection.executemany(_ended(decided.ended[0]), decided.ended)
    if decided.begun:
        connection.executemany(_begun(decided.begun[0]), decided.begun)
    return Written(decided.reserved, decided.settled, counters.levels())


def _rows(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Open]:
    found = {}
    for name in ids:
        row = connection.execute(_ROW, (name,)).fetchone()
        if row is not None:
            tokens, micro_usd, scopes = row
            found[name] = Open(Taken(tokens, micro_usd), read_scopes(scopes))
    return found


def _counters(connection: sqlite3.Connection, wanted: Sequence[Values], version: int) -> Counters:
    counters = Counters()
    for each in wanted:
        (held,) = connection.execute(_LOCK, {**each, "version": version}).fetchall()
        counters.by_name[each["scope"]] = Counter(each["scope"], *held)
    return counters


def _begun(row: Values) -> str:
    names = ", ".join(row)
    return f"INSERT INTO model_call ({names}) VALUES ({', '.join(f':{name}' for name in row)})"  # noqa: S608 - our own names


def _ended(row: Values) -> str:
    values = ", ".join(f"{name} = :{name}" for name in row if name != "ended_id")
    return f"UPDATE model_call SET {values} WHERE id = :ended_id"  # noqa: S608 - our own names
