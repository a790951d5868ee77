"""Sources and the publisher families they belong to."""

from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.articles import Source
from schemas.principal import Visibility
from services.adapters.store.statements import AnyRow, storable, upsert, visible_rows
from services.adapters.store.tables import family, sequence, source

SOURCE_IDS = "source"
TRIED_TITLES = 50
"""Titles that one question to the database tries."""

_SOURCES = select(source, family.c.name.label("family")).join(
    family, family.c.id == source.c.family_id
)


async def ensure(connection: AsyncConnection, wanted: Sequence[Source]) -> dict[str, Source]:
    """Store sources that are missing; map each title to what is stored."""
    if not wanted:
        return {}
    asked = {(s.tenant, s.audience, storable(s.title)): s for s in wanted}
    stored = await _stored(connection, asked)
    missing = {key: s for key, s in asked.items() if key not in stored}
    if missing:
        await insert(
            connection, [s.model_copy(update={"title": key[2]}) for key, s in missing.items()]
        )
        stored = await _stored(connection, asked)
    return {asked[key].title: found for key, found in stored.items()}


async def find(
    connection: AsyncConnection, visibility: Visibility, text: str | None
) -> list[Source]:
    """Give visible sources that equal or contain `text` in a name, equal ones first.

    Names are title, domain and publisher. Compared here and not by the database: lower() of
    SQLite knows ASCII letters alone.
    """
    result = await connection.execute(
        _SOURCES.where(visible_rows(source, visibility)).order_by(source.c.title, source.c.id)
    )
    if text is None:
        return [_to_source(row) for row in result]
    wanted = text.strip().casefold()
    equal, holding = [], []
    for row in result.all():
        names = [name.casefold() for name in (row.title, row.domain, row.publisher) if name]
        if wanted in names:
            equal.append(_to_source(row))
        elif any(wanted in name for name in names):
            holding.append(_to_source(row))
    return equal + holding


async def _stored(
    connection: AsyncConnection, asked: dict[tuple[str, str, str], Source]
) -> dict[tuple[str, str, str], Source]:
    titles = sorted({title for _, _, title in asked})
    result = await connection.execute(_SOURCES.where(source.c.title.in_(titles)))
    found = {(row.tenant_id, row.audience, row.title): _to_source(row) for row in result}
    return {key: found[key] for key in asked if key in found}


async def insert(
    connection: AsyncConnection, new: Sequence[Source], *, url_hash: str | None = None
) -> None:
    """Store sources unless somebody has their title, or the address of this hash, already."""
    names = sorted({storable(s.family) for s in new})
    await connection.execute(
        upsert(connection, family).on_conflict_do_nothing(), [{"name": name} for name in names]
    )
    result = await connection.execute(
        select(family.c.name, family.c.id).where(family.c.name.in_(names))
    )
    ids = {row.name: row.id for row in result}
    last_id = await _last_id(connection)
    await connection.execute(
        upsert(connection, source).on_conflict_do_nothing(),
        [
            ({} if last_id is None else {"id": last_id + place})
            | {
                "tenant_id": s.tenant,
                "audience": s.audience,
                "title": s.title,
                "domain": s.domain,
                "publisher": storable(s.publisher),
                "family_id": ids[storable(s.family)],
                "kind": s.kind,
                "url_hash": url_hash,
            }
            for place, s in enumerate(new, start=1)
        ],
    )


async def remember_id(connection: AsyncConnection, source_id: int) -> None:
    """Let nobody get the id of a source that is gone: a late poll or a button may speak of it."""
    largest = case((sequence.c.value > source_id, sequence.c.value), else_=source_id)
    await connection.execute(
        upsert(connection, sequence)
        .values(name=SOURCE_IDS, value=source_id)
        .on_conflict_do_update(index_elements=["name"], set_={"value": largest})
    )


async def _last_id(connection: AsyncConnection) -> int | None:
    """Give the last id that was ever given, None where the database sees to it by itself.

    SQLite gives the largest id of a table again once its row is gone.
    """
    if connection.dialect.name != "sqlite":
        return None
    removed = select(sequence.c.value).where(sequence.c.name == SOURCE_IDS)
    last_removed = (await connection.execute(removed)).scalar() or 0
    return max(
        last_removed, (await connection.execute(select(func.max(source.c.id)))).scalar() or 0
    )


async def free_title(
    connection: AsyncConnection, titles: Iterator[str], *, tenant: str, audience: str
) -> str:
    """Give the first of an endless row of titles that no source of the audience has."""
    while tried := list(islice(titles, TRIED_TITLES)):
        result = await connection.execute(
            select(source.c.title).where(
                source.c.title.in_(tried),
                source.c.tenant_id == tenant,
                source.c.audience == audience,
            )
        )
        taken = set(result.scalars())
        for title in tried:
            if title not in taken:
                return title
    raise ValueError("the titles to choose from came to an end")


def _to_source(row: AnyRow) -> Source:
    return Source(
        id=row.id,
        title=row.title,
        domain=row.domain,
        publisher=row.publisher,
        family=row.family,
        kind=row.kind,
        tenant=row.tenant_id,
        audience=row.audience,
    )
