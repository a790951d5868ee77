"""Bring a stored schema up to the one this version knows, after a copy of the file."""

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import SchemaTooNew
from services.adapters.store import sqlite
from services.adapters.store.tables import metadata

REVISIONS = ("0001",)
"""Every revision this version knows, oldest first; a test compares it with the scripts."""

SCRIPTS = Path(__file__).parent / "migrations"


async def migrate(connection: AsyncConnection, *, path: Path | None) -> None:
    """Upgrade the schema inside the caller's transaction, which must hold the write lock.

    Alembic is imported only when there is something to do: the import costs 0.4 s.

    Args:
        connection: A connection inside a transaction.
        path: The SQLite file, which is copied to `<name>.before-<revision>` before a change;
            None where the database is not a file.

    Raises:
        SchemaTooNew: The database was written by a newer Newsdesk.
        StoreError: The copy could not be made; nothing was changed.
    """
    stored = await connection.run_sync(stored_revision)
    if stored == REVISIONS[-1]:
        return
    if stored is not None and stored not in REVISIONS:
        raise SchemaTooNew(
            f"the database {str(path or connection.engine.url)!r} has schema {stored!r}, and this "
            f"Newsdesk knows schemas up to {REVISIONS[-1]!r}. Start the newer Newsdesk that "
            "wrote it, or put back the copy that was made before the upgrade "
            "(<file>.before-<revision>)"
        )
    if stored is not None and path is not None:
        target = path.with_name(f"{path.name}.before-{REVISIONS[-1]}")
        await asyncio.to_thread(sqlite.copy_file, path, target)
    await connection.run_sync(upgrade)


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
