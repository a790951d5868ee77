import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from core.errors import SchemaTooNew, StoreError
from services.adapters.store import migrate
from services.adapters.store.engine import SqlStore
from services.adapters.store.tables import metadata
from tests.contract.store_news import EVERYTHING, NOON, add, article

ROOT = Path(__file__).parents[2]


def ask(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def statements(path: Path) -> dict[object, list[str]]:
    """Words of the statement that made each table and index; constraints come in any order."""
    rows = ask(path, "SELECT name, sql FROM sqlite_master WHERE name != 'alembic_version'")
    return {name: sorted(str(sql).replace(",", " ").split()) for name, sql in rows if sql}


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def test_the_steps_lead_to_the_tables_that_the_code_names(tmp_path: Path) -> None:
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    engine = create_engine(f"sqlite:///{made}", poolclass=NullPool)
    metadata.create_all(engine)
    await (await SqlStore.open(migrated)).aclose()

    with create_engine(f"sqlite:///{migrated}", poolclass=NullPool).connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []
    assert statements(migrated) == statements(made)


def test_the_code_knows_every_step() -> None:
    scripts = ScriptDirectory(str(migrate.SCRIPTS))

    known = [script.revision for script in scripts.walk_revisions()]

    assert tuple(reversed(known)) == migrate.REVISIONS


async def test_data_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    await (await SqlStore.open(path)).aclose()
    ask(path, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SchemaTooNew, match=r"has schema '9999'.*Start the newer Newsdesk"):
        await SqlStore.open(path)

    assert ask(path, "SELECT version_num FROM alembic_version") == [("9999",)]
    assert names(tmp_path) == ["desk.db"]


async def test_an_older_file_is_copied_before_it_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.db"
    store = await SqlStore.open(path)
    async with store.transaction() as work:
        await add(work, article("a", "One"))
    await store.aclose()
    _add_step(tmp_path, monkeypatch, "op.add_column('fact', sa.Column('note', sa.Text()))")

    store = await SqlStore.open(path)
    async with store.transaction(is_write=False) as work:
        counts = await work.ops.counts(EVERYTHING, now=NOON)
    await store.aclose()

    copy = tmp_path / "desk.db.before-0002"
    assert counts.n_articles == 1
    assert ask(path, "SELECT version_num FROM alembic_version") == [("0002",)]
    assert ask(copy, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert ask(copy, "SELECT count(*) FROM article") == [(1,)]


async def test_a_step_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.db"
    await (await SqlStore.open(path)).aclose()
    before = statements(path)
    _add_step(
        tmp_path,
        monkeypatch,
        "op.add_column('fact', sa.Column('note', sa.Text())); op.execute('nonsense')",
    )

    with pytest.raises(StoreError, match="nonsense"):
        await SqlStore.open(path)

    assert statements(path) == before
    assert ask(path, "SELECT version_num FROM alembic_version") == [("0001",)]


async def test_without_room_for_the_copy_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.db"
    await (await SqlStore.open(path)).aclose()
    _add_step(tmp_path, monkeypatch, "op.add_column('fact', sa.Column('note', sa.Text()))")
    (tmp_path / "desk.db.before-0002").mkdir()

    with pytest.raises(StoreError, match=r"cannot copy .* Make room"):
        await SqlStore.open(path)

    assert ask(path, "SELECT version_num FROM alembic_version") == [("0001",)]


async def test_a_fresh_file_needs_no_copy(tmp_path: Path) -> None:
    await (await SqlStore.open(tmp_path / "desk.db")).aclose()

    assert names(tmp_path) == ["desk.db"]


async def test_opening_a_current_file_does_not_import_the_migration_tool(tmp_path: Path) -> None:
    await (await SqlStore.open(tmp_path / "desk.db")).aclose()
    program = """
import asyncio, sys
from services.adapters.store.engine import SqlStore

async def main():
    await (await SqlStore.open(sys.argv[1])).aclose()

asyncio.run(main())
print("alembic" in sys.modules)
"""

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        tmp_path / "desk.db",
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()

    assert said.split() == [b"False"]


def _add_step(folder: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Make the code believe that one more step exists."""
    scripts = folder / "scripts"
    versions = scripts / "versions"
    versions.mkdir(parents=True)
    for script in (migrate.SCRIPTS / "versions").glob("*.py"):
        (versions / script.name).write_text(script.read_text())
    (versions / "r0002_next.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision = '0002'\ndown_revision = '0001'\nbranch_labels = depends_on = None\n"
        f"def upgrade():\n    {step}\n"
    )
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    monkeypatch.setattr(migrate, "REVISIONS", (*migrate.REVISIONS, "0002"))
