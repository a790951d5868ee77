"""An embedded desk copied to a real PostgreSQL."""

import asyncio
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.access import system_principal
from core.errors import FolderInUse, SettingError, StoreError, UsageError
from core.ports.outbox import OutboxRow
from schemas.articles import Keyphrase
from schemas.chats import Chat, ChatSettings, Person
from schemas.status import MoveSummary
from services.adapters.store.engine import SqlStore
from services.adapters.store.tables import metadata
from services.databases import FILE
from services.folder import FolderLock
from services.wiring import databases, read_settings
from tests.contract.money import attempt, ended, released
from tests.contract.polled import add_feed, success
from tests.contract.store_news import EVERYTHING, NOON, add, analysis, article, asking, run
from tests.servers import execute, fetch_all

pytestmark = pytest.mark.slow

N = 130
N_WORDS = 60
NEWSDESK = Path(sys.executable).with_name("newsdesk")
MINE = ("move", "holder:move")
SELECTS = [
    "SELECT " + ", ".join(f'"{column.name}"' for column in table.columns) + f" FROM {table.name}"  # noqa: S608 - our own names
    for table in metadata.sorted_tables
]

SLOW_SECOND_STEP = (
    "CREATE SEQUENCE step",
    """CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF nextval('step') = 2 THEN PERFORM pg_sleep(1.5); END IF; RETURN NULL; END $$""",
    "CREATE TRIGGER wait BEFORE INSERT ON mention EXECUTE FUNCTION wait()",
)
FALSIFY = (
    """CREATE FUNCTION falsify() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.title = 'Other'; RETURN NEW; END $$""",
    "CREATE TRIGGER falsify BEFORE INSERT ON article_body FOR EACH ROW EXECUTE FUNCTION falsify()",
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a desk that has a row in every table, made once."""
    folder = tmp_path_factory.mktemp("desk")
    asyncio.run(fill(folder / FILE))
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "desk"))


async def fill(path: Path) -> None:
    store = await SqlStore.open(path)
    async with store.transaction() as work:
        await add(
            work,
            *(
                article(
                    f"k{n}",
                    f"Title {n} – «кавычки» 🛰",
                    original_id=None if n % 7 else n - 6 if n > 6 else None,
                    duplicate="syndicated" if n % 7 == 0 and n > 6 else "original",
                    story_id=n + 1,
                    analysis=analysis(
                        [f"w{(n * 31 + k) % 997}" for k in range(N_WORDS)],
                        keyphrases=(
                            Keyphrase(phrase=f"P {n}", norm=f"p {n}", score=0.1, ngram=2),
                        ),
                        sentiment=None if n % 3 else n / 7 - 9,
                        lang_p=1 / (n + 1),
                    ),
                )
                for n in range(N)
            ),
        )
        await work.articles.revise(3, article("k2", "Edited"))
        await work.articles.saw({1: 99}, at=NOON)
        await work.outbox.append([OutboxRow("article", 1, 1, "upsert")] * 4, at=NOON)
        await work.outbox.done([1, 2, 3], at=NOON)
        await work.outbox.purge(before=NOON + timedelta(days=1), limit=9)
        await work.runs.save(run("r1"))
        await work.runs.vote("r1", person="7", vote="up", reason=None, at=NOON)
        await work.ops.record_event(
            "command", system_principal(), ref=None, at=NOON, data={"n": 1}
        )
        await work.ops.add_usage("day:7:x", 1, limit=9, expires_at=NOON)
        await work.journal.reserve([attempt(name) for name in ("a1", "a2", "a3")])
        await work.journal.settle([ended("a1"), released("a2")])
        await work.ops.set_value("embedder", "hashing")
        polled = await add_feed(work)
        missed = (NOON - timedelta(hours=9), NOON - timedelta(hours=2))
        await work.sources.record(polled.source.id, success(missed=missed))
        await work.chats.touch(chat())
        await work.chats.save_person(Person(id="7", name="Ann", role="owner", since=NOON))
    await store.aclose()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE story SET redirect_id = 130 WHERE id = 1")
        connection.execute("UPDATE article SET original_id = 129 WHERE id = 2")
        connection.execute(
            "UPDATE article_body SET text = 'a' || char(0) || 'b' WHERE article_id = 5"
        )


def chat() -> Chat:
    return Chat(
        id="-5",
        kind="group",
        title="Newsroom",
        state="active",
        settings=ChatSettings(),
        first_seen_at=NOON,
        last_seen_at=NOON,
    )


def move(folder: Path, url: str, on_progress: Callable[..., None] | None = None) -> MoveSummary:
    tools = databases(read_settings(data_dir=folder))
    return asyncio.run(tools.move(url, on_progress=on_progress))


Rows = dict[str, dict[tuple[Any, ...], tuple[Any, ...]]]


def rows_here(folder: Path) -> Rows:
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return rows_by_key([connection.execute(asked).fetchall() for asked in SELECTS])


def rows_there(url: str) -> Rows:
    return rows_by_key(fetch_all(url, SELECTS))


def rows_by_key(answers: Sequence[Sequence[Sequence[Any]]]) -> Rows:
    """Every row of every table under its key, with NUL as every text of a desk holds it."""
    found: Rows = {}
    for table, answer in zip(metadata.sorted_tables, answers, strict=True):
        columns = list(table.columns)
        keys = [columns.index(column) for column in table.primary_key.columns]
        rows = [
            tuple(v.replace("\0", "\ufffd") if isinstance(v, str) else v for v in row)
            for row in answer
        ]
        found[table.name] = {tuple(row[n] for n in keys): row for row in rows}
    for name in MINE:
        found["fact"].pop((name,), None)
    return found


def file_digest(folder: Path) -> str:
    return hashlib.sha256((folder / FILE).read_bytes()).hexdigest()


def progress_of(url: str) -> str | None:
    rows = execute(url, "SELECT value FROM fact WHERE key = 'move'")
    return rows[0][0] if rows else None


def test_every_row_of_every_table_arrives(folder: Path, postgres_url: str) -> None:
    before = file_digest(folder)
    told: list[tuple[int, int | None]] = []

    summary = move(folder, postgres_url, lambda *step: told.append(step))

    here = rows_here(folder)
    assert [name for name, rows in here.items() if not rows] == []
    assert rows_there(postgres_url) == here
    assert (summary.state, summary.rows) == ("copied", sum(map(len, here.values())))
    assert told[-1] == (2 * summary.rows, 2 * summary.rows)
    assert told == sorted(told)
    assert file_digest(folder) == before


async def test_a_moved_desk_goes_on_numbering(folder: Path, postgres_url: str) -> None:
    await asyncio.to_thread(move, folder, postgres_url)

    store = await SqlStore.open(postgres_url)
    async with store.transaction() as work:
        (article_id,) = await add(work, article("new", "Brand new words"), sources=["New source"])
        (stored,) = await work.articles.get(EVERYTHING, [article_id])
        await work.outbox.append([OutboxRow("article", article_id, 1, "upsert")], at=NOON)
        waiting = await work.outbox.pending("article", limit=9)
        window = await work.windows.select(asking("brand"))
        await work.ops.record_event("command", system_principal(), ref=None, at=NOON, data={})
    await store.aclose()

    assert (article_id, stored.source_id) == (N + 1, 3)
    assert [row.seq for row in waiting] == [4, 5]
    assert window.article_id.tolist() == [article_id]


def test_a_move_that_was_killed_goes_on(folder: Path, postgres_url: str) -> None:
    execute(postgres_url, *SLOW_SECOND_STEP)
    command = [NEWSDESK, "move", "--to", postgres_url]
    environment = {**os.environ, "NEWSDESK_DATA_DIR": str(folder)}
    process = subprocess.Popen(command, env=environment, cwd=folder)
    while not execute(postgres_url, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
        assert process.poll() is None
        time.sleep(0.02)

    process.kill()
    process.wait()
    n_before = len(rows_there(postgres_url)["mention"])
    again = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )

    here = rows_here(folder)
    assert 0 < n_before < len(here["mention"])
    assert again.returncode == 0, again.stderr
    assert "of them were there from an earlier try" in again.stdout
    assert "NEWSDESK_DATABASE_URL" in again.stdout
    assert rows_there(postgres_url) == here
    assert progress_of(postgres_url) is None


def test_a_desk_that_changed_meanwhile_is_copied_anew(folder: Path, postgres_url: str) -> None:
    stop_in_the_middle(folder, postgres_url)
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.execute("DELETE FROM mention WHERE article_id = 9")
        connection.execute("UPDATE article SET category = 'sports' WHERE id = 4")

    summary = move(folder, postgres_url)

    assert summary.state == "restarted"
    assert rows_there(postgres_url) == rows_here(folder)


class Enough(Exception):
    pass


def stop_in_the_middle(folder: Path, url: str) -> None:
    def stop(done: int, total: int | None) -> None:
        if total is not None and done > total // 4:
            raise Enough

    with pytest.raises(Enough):
        move(folder, url, stop)


def test_what_was_moved_is_not_moved_again(folder: Path, postgres_url: str) -> None:
    move(folder, postgres_url)
    before = rows_there(postgres_url)

    summary = move(folder, postgres_url)

    assert (summary.state, summary.rows) == ("known", 0)
    assert rows_there(postgres_url) == before


async def test_a_database_with_another_desk_is_left_alone(folder: Path, postgres_url: str) -> None:
    store = await SqlStore.open(postgres_url)
    async with store.transaction() as work:
        await add(work, article("theirs", "Theirs"))
    await store.aclose()

    with pytest.raises(StoreError, match="holds a desk already; give an empty database"):
        await asyncio.to_thread(move, folder, postgres_url)

    assert len(await asyncio.to_thread(rows_of_article, postgres_url)) == 1


def rows_of_article(url: str) -> list[Any]:
    return execute(url, "SELECT id FROM article")


def test_half_a_copy_of_another_desk_is_left_alone(
    folder: Path, tmp_path: Path, postgres_url: str
) -> None:
    stop_in_the_middle(folder, postgres_url)
    half = rows_there(postgres_url)
    other = tmp_path / "other"
    other.mkdir()
    asyncio.run(fill(other / FILE))

    with pytest.raises(StoreError, match="half-finished copy of another desk"):
        move(other, postgres_url)

    assert rows_there(postgres_url) == half


async def test_nobody_works_on_half_a_copy(folder: Path, postgres_url: str) -> None:
    await asyncio.to_thread(stop_in_the_middle, folder, postgres_url)

    with pytest.raises(StoreError, match=r"half-finished copy of a desk; run the same `newsdesk"):
        await SqlStore.open(postgres_url)


def test_a_difference_is_told_and_the_next_move_begins_anew(
    folder: Path, postgres_url: str
) -> None:
    execute(postgres_url, *FALSIFY)

    with pytest.raises(StoreError, match=r"does not hold .*article_body \(130 rows here, 130"):
        move(folder, postgres_url)
    execute(postgres_url, "DROP TRIGGER falsify ON article_body")
    summary = move(folder, postgres_url)

    assert summary.state == "restarted"
    assert rows_there(postgres_url) == rows_here(folder)


def test_a_folder_in_use_is_not_moved(folder: Path, postgres_url: str) -> None:
    with FolderLock(folder), pytest.raises(FolderInUse, match="in use by process"):
        move(folder, postgres_url)


def test_a_folder_without_a_desk_is_named(tmp_path: Path, postgres_url: str) -> None:
    with pytest.raises(UsageError, match="there is no desk in"):
        move(tmp_path / "nothing", postgres_url)

    assert not (tmp_path / "nothing").exists()


def test_a_desk_is_moved_to_postgresql_alone(folder: Path) -> None:
    with pytest.raises(SettingError, match="--to begins with 'sqlite'"):
        move(folder, "sqlite:///other.db")


def test_a_file_that_is_no_desk_is_named(tmp_path: Path, postgres_url: str) -> None:
    (tmp_path / FILE).write_bytes(b"these are not the pages of a database" * 100)

    with pytest.raises(StoreError, match=r"cannot be read as a desk .*restore it from a copy"):
        move(tmp_path, postgres_url)


def test_an_older_desk_is_told_to_migrate_first(folder: Path, postgres_url: str) -> None:
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")

    with pytest.raises(StoreError, match=r"has schema '0001'.*run `newsdesk migrate` first"):
        move(folder, postgres_url)
