"""A desk on real servers: no lock, no socket, several processes on one set of data."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot_service.doctor import doctor
from core.errors import FolderInUse, StoreError
from schemas.settings import Settings
from schemas.status import MigrateSummary
from services.folder import LOCK_NAME
from services.wiring import databases, open_desk
from tests.servers import execute, new_database

pytestmark = pytest.mark.slow

NEWSDESK = Path(sys.executable).with_name("newsdesk")
N = 40


def settings_for(folder: Path, url: str, qdrant: str | None = None) -> Settings:
    return Settings(data_dir=folder, database_url=SecretStr(url), qdrant_url=qdrant)


def write_news(path: Path, name: str) -> Path:
    lines = [
        {
            "guid": f"{name}-{n}",
            "source": f"{name} herald",
            "title": f"{name} council opens bridge number {n} after {n + 2} years of work",
            "date": f"2026-03-10T{n % 24:02}:00:00Z",
        }
        for n in range(N)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


async def newsdesk(folder: Path, settings: Settings, *words: str) -> tuple[int, str]:
    """Run a command in a process of its own; gives its exit code and all it said."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NEWSDESK_", "TELEGRAM_"))}
    assert settings.database_url is not None
    own = {
        "NEWSDESK_DATA_DIR": str(settings.data_dir),
        "NEWSDESK_DATABASE_URL": settings.database_url.get_secret_value(),
        **({"NEWSDESK_QDRANT_URL": settings.qdrant_url} if settings.qdrant_url else {}),
    }
    process = await asyncio.create_subprocess_exec(
        NEWSDESK,
        *words,
        env=kept | own,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_processes_import_beside_each_other_into_servers(
    tmp_path: Path, postgres_url: str, qdrant_url: str
) -> None:
    settings = settings_for(tmp_path / "desk", postgres_url, qdrant_url)
    news = [write_news(tmp_path / f"{name}.jsonl", name) for name in ("north", "south", "west")]

    async with open_desk(settings) as desk:
        summary, *others = await asyncio.gather(
            desk.import_paths([news[0]]),
            *(newsdesk(tmp_path, settings, "import", str(path)) for path in news[1:]),
        )
        status = await desk.status()

    assert [code for code, _ in others] == [0, 0], others
    assert (summary.new, status.n_articles, status.index_lag) == (N, 3 * N, 0)
    assert not (tmp_path / "desk" / LOCK_NAME).exists()


async def test_with_an_embedded_index_the_folder_has_one_owner(
    tmp_path: Path, postgres_url: str
) -> None:
    settings = settings_for(tmp_path, postgres_url)

    async with open_desk(settings):
        with pytest.raises(FolderInUse, match="in use by process"):
            async with open_desk(settings):
                pass


async def test_a_desk_on_a_server_says_nothing_of_this_machines_disk(
    tmp_path: Path, postgres_url: str
) -> None:
    async with open_desk(settings_for(tmp_path, postgres_url)) as desk:
        await desk.import_paths([write_news(tmp_path / "news.jsonl", "north")])
        status = await desk.status()

    assert status.days_left is None
    assert status.size_bytes > 1_000_000


async def test_migrating_says_from_which_schema_to_which(
    tmp_path: Path, postgres_server: str
) -> None:
    with new_database(postgres_server) as url:
        settings = settings_for(tmp_path, url)
        first = await newsdesk(tmp_path, settings, "migrate")
        again = await databases(settings).migrate()

    name = again.database
    newest = again.known
    assert first == (0, f"{name}: was empty, now has schema {newest}.\n")
    assert again == MigrateSummary(database=name, before=newest, after=newest, known=newest)


async def test_doctor_looks_at_the_server(
    tmp_path: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await doctor(settings_for(tmp_path / "desk", postgres_url), is_json=True)

    found = {line["subject"]: line for line in json.loads(capsys.readouterr().out)}
    assert code == 0
    assert found["PostgreSQL"]["level"] == "ok"
    assert "ms away" in found["PostgreSQL"]["seen"]
    assert "MB stored" in found["database"]["seen"]


async def test_doctor_names_a_server_that_is_gone_and_not_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = "postgresql://me:secret@127.0.0.1:9/desk"

    code = await doctor(settings_for(tmp_path / "desk", gone), is_json=False)

    said = capsys.readouterr().out
    assert code == 1
    assert "✗ PostgreSQL: PostgreSQL cannot be reached for 'desk on 127.0.0.1:9'" in said
    assert "secret" not in said


async def test_looking_at_a_database_leaves_it_empty(tmp_path: Path, postgres_server: str) -> None:
    with new_database(postgres_server) as url:
        seen = await databases(settings_for(tmp_path, url)).look()
        tables = await asyncio.to_thread(
            execute, url, "SELECT 1 FROM information_schema.tables WHERE table_schema = 'public'"
        )

    assert seen is not None
    assert (seen.schema_stored, tables) == (None, [])


async def test_an_answer_says_that_the_store_failed_and_the_desk_lives_on(
    tmp_path: Path, postgres_url: str
) -> None:
    settings = settings_for(tmp_path, postgres_url)
    async with open_desk(settings) as desk:
        await asyncio.to_thread(execute, postgres_url, "ALTER TABLE article RENAME TO away")
        with pytest.raises(StoreError, match='relation "article" does not exist'):
            await desk.status()
        await asyncio.to_thread(execute, postgres_url, "ALTER TABLE away RENAME TO article")

        status = await desk.status()

    assert status.n_articles == 0
