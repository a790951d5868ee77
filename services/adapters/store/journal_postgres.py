"""A batch of the journal on a server: whole lists as arrays, so that statements stay the same.

Statements that differ with the size of each batch would be planned anew for each.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

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
from services.adapters.store.tables import model_call

_ROWS = text(
    "SELECT id, tokens, micro_usd, scopes FROM model_call "
    "WHERE id = ANY(CAST(:ids AS text[])) AND state = 'reserved' ORDER BY id FOR UPDATE"
)
_LOCK = text(
    "INSERT INTO usage (scope, used, expires_at, version) "
    "SELECT name, 0, ends_at, :version FROM unnest(CAST(:names AS text[]), "
    "CAST(:ends AS bigint[])) WITH ORDINALITY AS wanted (name, ends_at, n) ORDER BY n "
    "ON CONFLICT (scope) DO UPDATE SET version = usage.version + 1 "
    "RETURNING scope, used, version, expires_at"
)
_SET_COUNTERS = text(
    "UPDATE usage SET used = changed.used FROM unnest(CAST(:used AS bigint[]), "
    "CAST(:names AS text[])) AS changed (used, name) WHERE scope = changed.name"
)
_ENDS = (
    "answered_by",
    "state",
    "outcome",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "reasoning_tokens",
    "tokens",
    "micro_usd",
    "latency_ms",
    "settled_at",
)
_END = (
    update(model_call)
    .where(model_call.c.id == bindparam("ended_id"))
    .values({name: bindparam(name) for name in _ENDS})
)


async def write(
    connection: AsyncConnection,
    reservations: Sequence[Reservation],
    settlements: Sequence[Settlement],
) -> Written:
    """Settle, then reserve: rows are locked first, then all counters, both by name.

    Raises:
        ValueError: A time has no time zone.
    """
    rows = await _rows(connection, sorted({each.id for each in settlements}))
    wanted = counters_of(reservations, rows.values())
    counters = await _counters(connection, wanted, first_version(reservations, settlements))
    decided = decide(reservations, settlements, rows=rows, counters=counters)
    if changed := counters.changed():
        used, names = zip(*changed, strict=True)
        await connection.execute(_SET_COUNTERS, {"used": list(used), "names": list(names)})
    if decided.ended:
        await connection.execute(_END, decided.ended)
    if decided.begun:
        await connection.execute(model_call.insert(), decided.begun)
    return Written(decided.reserved, decided.settled, counters.levels())


async def _rows(connection: AsyncConnection, ids: list[str]) -> dict[str, Open]:
    if not ids:
        return {}
    return {
        str(row.id): Open(Taken(row.tokens, row.micro_usd), read_scopes(row.scopes))
        for row in await connection.execute(_ROWS, {"ids": ids})
    }


async def _counters(
    connection: AsyncConnection, wanted: Sequence[Values], version: int
) -> Counters:
    if not wanted:
        return Counters()
    found = await connection.execute(
        _LOCK,
        {
            "version": version,
            "names": [each["scope"] for each in wanted],
            "ends": [each["expires_at"] for each in wanted],
        },
    )
    return Counters(
        {
            str(row.scope): Counter(str(row.scope), row.used, row.version, row.expires_at)
            for row in found
        }
    )
