"""Bring a stored schema up to the one this version knows, after a copy of the file."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import SchemaTooNew, StoreError
from schemas.status import MigrateSummary
from services.adapters.store import sqlite
from services.adapters.store.database import Database
from services.adapters.store.statements import upsert
from services.adapters.store.tables import fact, metadata

REVISIONS = ("0001", "0002", "0003")
"""Every revision this version knows, oldest first; a test compares it with the scripts."""

OLDEST_COMPATIBLE = "0001"
"""The oldest revision whose code still works on the newest schema. Steps only add, so that the
release before runs on while this one is tried; a step that takes something away raises this."""

SCRIPTS = Path(__file__).parent / "migrations"

OLDEST_KEY = "schema.oldest"
"""The fact that tells older releases whether they may join."""

DESK_KEY = "desk.id"
"""The fact that tells one desk's data from another's, wherever it is moved."""

MOVE_KEY = "move"
"""The fact that tells how far a copy of a desk to this database has come; gone when whole."""


async def refuse_half_copy(database: Database) -> None:
    """See to it that nobody works on a database to which a desk is being copied.

    Raises:
        StoreError: The copy is not whole yet.
    """
    async with database.reader.begin() as connection:
        moving = await connection.execute(select(fact.c.key).where(fact.c.key == MOVE_KEY))
        if moving.first() is not None:
            raise StoreError(
                f"{database.name!r} holds a half-finished copy of a desk; run the same "
                "`newsdesk move` again until it is whole"
            )


async def migrate(database: Database) -> MigrateSummary:
    """Upgrade the schema where it is older than this version's; gives what changed.

    A file is copied to `<name>.before-<revision>` first. Several processes may start at once: one
    changes the schema, the others wait for it. Alembic is imported only when there is something to
    do: the import costs 0.4 s.

    Raises:
        SchemaTooNew: The database was written by a newer Newsdesk, and this one cannot join.
        StoreError: The copy could not be made; nothing was changed.
    """
    async with database.reader.begin() as connection:
        stored = await _usable_revision(connection, database)
    if stored is not None:
        return _summary(database, stored, stored)
    async with database.preparing() as connection:
        stored = await _usable_revision(connection, database)
        if stored is not None:  # another process was faster
            return _summary(database, stored, stored)
        stored = await connection.run_sync(stored_revision)
        if stored is not None and database.file is not None:
            target = database.file.with_name(f"{database.file.name}.before-{REVISIONS[-1]}")
            await asyncio.to_thread(sqlite.copy_file, database.file, target)
        await connection.run_sync(upgrade)
        await _write_facts(connection)
    return _summary(database, stored, REVISIONS[-1])


def _summary(database: Database, before: str | None, after: str) -> MigrateSummary:
    return MigrateSummary(database=database.name, before=before, after=after, known=REVISIONS[-1])


async def _usable_revision(connection: AsyncConnection, database: Database) -> str | None:
    """Give the revision if this version works on the schema as it is; None: it must change."""
    stored = await connection.run_sync(stored_revision)
    if stored is None or stored in REVISIONS:
        return stored if stored == REVISIONS[-1] else None
    oldest = (
        await connection.execute(select(fact.c.value).where(fact.c.key == OLDEST_KEY))
    ).scalar()
    if oldest in REVISIONS:
        return stored
    raise SchemaTooNew(
        f"the database {str(database.file or database.name)!r} has schema {stored!r}, and this "
        f"Newsdesk knows schemas up to {REVISIONS[-1]!r}. Start the newer Newsdesk that wrote it, "
        "or put back the copy that was made before the upgrade (<file>.before-<revision>)"
    )


async def _write_facts(connection: AsyncConnection) -> None:
    insert = upsert(connection, fact)
    await connection.execute(
        insert.on_conflict_do_update(
            index_elements=["key"], set_={"value": insert.excluded.value}
        ),
        [{"key": OLDEST_KEY, "value": OLDEST_COMPATIBLE}],
    )
    await connection.execute(
        upsert(connection, fact).on_conflict_do_nothing(),
        [{"key": DESK_KEY, "value": uuid.uuid4().hex}],
    )


def stored_revision(connection: Connection) -> str | None:
    """Give the revision a database says it has, None for a fresh one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the steps up to `revision` on a connection that is inside a transaction."""
    from alembic.config import Config  # noqa: PLC0415 - 0.4 s, needed only when the schema changes
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415 - as above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    scripts = ScriptDirectory(str(SCRIPTS))

    def steps(current: Any, _context: Any) -> Any:  # noqa: ANN401 - Alembic's own shapes
        return scripts._upgrade_revs(revision, current)

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev=revision) as environment:
        environment.configure(
            connection=connection, target_metadata=metadata, transactional_ddl=True
        )
        environment.run_migrations()
