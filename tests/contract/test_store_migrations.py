import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, Table, create_engine, text
from sqlalchemy.pool import NullPool

from core.errors import SchemaTooNew, StoreError
from services.adapters.store import migrate
from services.adapters.store.engine import SqlStore
from services.adapters.store.tables import metadata
from tests.contract.conftest import OpenStore
from tests.contract.polled import add_feed
from tests.contract.store_news import EVERYTHING, NOON, add, article
from tests.servers import execute, new_database

ROOT = Path(__file__).parents[2]
NEWEST = migrate.REVISIONS[-1]
OURS = {"tenant_id": "shared", "audience": "public"}
FILLED: dict[str, dict[str, object]] = {
    "family": {"id": 4, "name": "herald"},
    "source": OURS
    | {"id": 7, "title": "Herald", "publisher": "Herald House", "family_id": 4, "kind": "jsonl"},
    "story": OURS | {"id": 3, "founder_id": 5},
    "article": OURS
    | {"id": 5, "source_id": 7, "family_id": 4, "story_id": 3, "at": 100, "first_seen_at": 100}
    | {"lang": "en", "lang_p": 1.0, "category": "other", "analyser": "1", "version": 1}
    | {"duplicate": "original", "is_sample": False, "key": "g:old"},
    "article_body": {"article_id": 5, "content_hash": "h", "minhash": b"", "title": "Old"}
    | {"title_stems": " old ", "text": "", "text_stems": "  "},
    "article_terms": {"article_id": 5, "term_ids": b""},
    "sequence": {"name": "article", "value": 5},
}


def ask(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def statements(path: Path) -> dict[object, list[str]]:
    """Words of the statement that made each table and index; constraints come in any order."""
    rows = ask(path, "SELECT name, sql FROM sqlite_master WHERE name != 'alembic_version'")
    return {name: sorted(str(sql).replace(",", " ").split()) for name, sql in rows if sql}


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@contextmanager
def closing_engine(path: Path) -> Iterator[Connection]:
    with create_engine(f"sqlite:///{path}", poolclass=NullPool).begin() as connection:
        yield connection


def write_as_of_0001(connection: Connection, rows: dict[str, dict[str, object]]) -> None:
    """Write a row of each table, naming only columns that the first schema had."""
    for name, values in rows.items():
        table = Table(name, MetaData(), *map(Column, values))
        connection.execute(table.insert(), values)


async def test_the_steps_lead_to_the_tables_that_the_code_names(tmp_path: Path) -> None:
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    engine = create_engine(f"sqlite:///{made}", poolclass=NullPool)
    metadata.create_all(engine)
    await (await SqlStore.open(migrated)).aclose()

    with create_engine(f"sqlite:///{migrated}", poolclass=NullPool).connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []
    assert statements(migrated) == statements(made)


async def test_the_steps_lead_to_the_same_tables_on_a_server(postgres_url: str) -> None:
    store = await SqlStore.open(postgres_url)

    def compare(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with store._database.reader.connect() as connection:
        differences = await connection.run_sync(compare)
    await store.aclose()

    assert differences == []


@pytest.mark.parametrize("oldest", [NEWEST, "0001"])
async def test_a_newer_schema_that_says_so_is_joined_and_left_as_it_is(
    open_store: OpenStore, oldest: str
) -> None:
    await write_facts(await open_store(), version="9999", oldest=oldest)

    joined = await open_store()
    async with joined.transaction() as work:
        await add(work, article("a", "One"))
        counts = await work.ops.counts(EVERYTHING, now=NOON)

    assert counts.n_articles == 1
    assert (joined.schema.before, joined.schema.after) == ("9999", "9999")
    assert joined.schema.known == NEWEST


@pytest.mark.parametrize("oldest", ["9999", None])
async def test_a_newer_schema_that_does_not_say_so_is_refused(
    open_store: OpenStore, oldest: str | None
) -> None:
    await write_facts(await open_store(), version="9999", oldest=oldest)

    with pytest.raises(SchemaTooNew, match=r"has schema '9999'.*Start the newer Newsdesk"):
        await open_store()


async def test_opening_again_changes_nothing(open_store: OpenStore) -> None:
    stores = [await open_store() for _ in range(2)]

    desks = []
    for store in stores:
        async with store.transaction(is_write=False) as work:
            desks.append(await work.ops.get_value(migrate.DESK_KEY))

    assert {(store.schema.before, store.schema.after) for store in stores} == {(NEWEST, NEWEST)}
    assert desks[0] == desks[1]
    assert desks[0]


async def write_facts(store: SqlStore, *, version: str, oldest: str | None) -> None:
    """Have a database look as a newer release leaves it."""
    async with store.transaction() as work:
        await work.ops.set_value(migrate.OLDEST_KEY, oldest)
    async with store._database.writer.begin() as connection:
        await connection.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))  # noqa: S608


async def test_a_step_that_fails_changes_nothing_on_a_server(
    postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_database(postgres_server) as url:
        await (await SqlStore.open(url)).aclose()
        _add_step(
            tmp_path,
            monkeypatch,
            "op.add_column('fact', sa.Column('note', sa.Text())); op.execute('nonsense')",
        )

        with pytest.raises(StoreError, match="nonsense"):
            await SqlStore.open(url)
        columns = execute(
            url, "SELECT 1 FROM information_schema.columns WHERE column_name = 'note'"
        )
        versions = execute(url, "SELECT version_num FROM alembic_version")

    assert columns == []
    assert [row[0] for row in versions] == [NEWEST]


async def test_an_older_server_is_brought_up_to_date_with_what_it_holds(
    postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_database(postgres_server) as url:
        store = await SqlStore.open(url)
        async with store.transaction() as work:
            await add(work, article("a", "One"))
        await store.aclose()
        _add_step(tmp_path, monkeypatch, "op.add_column('fact', sa.Column('note', sa.Text()))")

        store = await SqlStore.open(url)
        async with store.transaction(is_write=False) as work:
            counts = await work.ops.counts(EVERYTHING, now=NOON)
        await store.aclose()

    assert (store.schema.before, store.schema.after) == (NEWEST, "9000")
    assert counts.n_articles == 1


def test_the_code_knows_every_step() -> None:
    scripts = ScriptDirectory(str(migrate.SCRIPTS))

    known = [script.revision for script in scripts.walk_revisions()]

    assert tuple(reversed(known)) == migrate.REVISIONS


async def test_data_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    await (await SqlStore.open(path)).aclose()
    ask(path, "UPDATE alembic_version SET version_num = '9999'")
    ask(path, "UPDATE fact SET value = '9999' WHERE key = 'schema.oldest'")

    with pytest.raises(SchemaTooNew, match=r"has schema '9999'.*Start the newer Newsdesk"):
        await SqlStore.open(path)

    assert ask(path, "SELECT version_num FROM alembic_version") == [("9999",)]
    assert names(tmp_path) == ["desk.db"]


async def test_a_filled_file_of_the_first_schema_goes_on_working(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with closing_engine(path) as connection:
        migrate.upgrade(connection, "0001")
        write_as_of_0001(connection, FILLED)

    store = await SqlStore.open(path)
    async with store.transaction() as work:
        (old,) = await work.articles.get(EVERYTHING, [5])
        (new,) = await work.articles.get(EVERYTHING, await add(work, article("b", "New")))
        polled = await add_feed(work)
    await store.aclose()

    assert (old.title, old.source, old.family, old.views) == ("Old", "Herald", "herald", None)
    assert (new.source_id, new.family) == (7, "herald")
    assert polled.source.title == "Herald (herald.example)"
    assert ask(path, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    assert ask(tmp_path / f"desk.db.before-{NEWEST}", "SELECT count(*) FROM article") == [(1,)]


async def test_a_release_that_knows_the_first_schema_alone_goes_on_writing(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    await (await SqlStore.open(path)).aclose()

    with closing_engine(path) as connection:
        write_as_of_0001(connection, FILLED)

    store = await SqlStore.open(path)
    async with store.transaction(is_write=False) as work:
        stored = await work.articles.get(EVERYTHING, [5])
    await store.aclose()
    assert [found.title for found in stored] == ["Old"]


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

    copy = tmp_path / "desk.db.before-9000"
    assert counts.n_articles == 1
    assert ask(path, "SELECT version_num FROM alembic_version") == [("9000",)]
    assert ask(copy, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
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
    assert ask(path, "SELECT version_num FROM alembic_version") == [(NEWEST,)]


async def test_without_room_for_the_copy_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.db"
    await (await SqlStore.open(path)).aclose()
    _add_step(tmp_path, monkeypatch, "op.add_column('fact', sa.Column('note', sa.Text()))")
    (tmp_path / "desk.db.before-9000").mkdir()

    with pytest.raises(StoreError, match=r"cannot copy .* Make room"):
        await SqlStore.open(path)

    assert ask(path, "SELECT version_num FROM alembic_version") == [(NEWEST,)]


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
    (versions / "r9000_next.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = '9000'\ndown_revision = '{NEWEST}'\nbranch_labels = depends_on = None\n"
        f"def upgrade():\n    {step}\n"
    )
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    monkeypatch.setattr(migrate, "REVISIONS", (*migrate.REVISIONS, "9000"))
