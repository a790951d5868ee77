"""A desk on PostgreSQL: it says calmly that the server is away, and goes on when it is back."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.errors import StoreError, StoreUnreachable
from core.rendering.words import say
from schemas.settings import Settings
from services.wiring import open_desk
from tests.e2e.conftest import Town as ChatTown
from tests.e2e.conftest import open_town as open_chats
from tests.e2e.conftest import until as until_there
from tests.e2e.places import Place
from tests.integration.conftest import ADA, asking, error_of, settings_for
from tests.integration.hostile_server import serving
from tests.integration.killing import make_lines
from tests.integration.living import Clock, Town, feed, open_life, until
from tests.integration.news import NOW, Line, write_lines
from tests.integration.test_servers import newsdesk
from tests.servers import EmbeddedPostgres, execute, lacking, new_database

pytestmark = pytest.mark.slow

AWAY = say("en", "writer-refuse-store")
N = 260
TWICE = "SELECT count(*) - count(DISTINCT (source_id, key)) FROM article"
WAITING = "SELECT count(*) FROM outbox WHERE state != 'done'"
CLIENTS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'newsdesk'"
LONELY = """SELECT count(*) FROM story WHERE redirect_id IS NULL
AND id NOT IN (SELECT story_id FROM article)"""


@pytest.fixture(scope="module")
def own_server() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL that these tests stop and start; `TEST_PG_DSN` names one that they must not."""
    try:
        server = EmbeddedPostgres()
    except (ImportError, OSError) as error:
        lacking("PostgreSQL that may be stopped", error)
        raise
    yield server
    server.remove()


@pytest.fixture
def server(own_server: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """The server with no table in it, running again after the test."""
    execute(own_server.url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "SELECT 1")
    yield own_server
    if not own_server.is_running():
        own_server.start()


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """A file of more batches than one."""
    return write_lines(tmp_path / "news.jsonl", make_lines(N, random.Random(5)))


def keys_of(path: Path) -> set[tuple[str, str]]:
    rows: list[Line] = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
    return {(row["source"], row["id"]) for row in rows}


def on(server_url: str, folder: Path, **more: Any) -> Settings:
    return settings_for(folder, database_url=SecretStr(server_url), **more)


def counted(url: str, *queries: str) -> list[int]:
    return [int(execute(url, query)[0][0]) for query in queries]


@asynccontextmanager
async def polling_desk(settings: Settings) -> AsyncIterator[Town]:
    routes: dict[str, Any] = {}
    clock = Clock()
    async with (
        serving(routes, host="0.0.0.0") as site,  # noqa: S104 - 127.x.y.z as well
        open_desk(settings) as desk,
        open_life(desk, clock) as life,
    ):
        yield Town(desk, life, site, clock, routes)


async def test_an_import_that_loses_the_server_goes_on_from_there(
    tmp_path: Path, server: EmbeddedPostgres, lines: Path
) -> None:
    def stop_at_first(_: int, __: int | None) -> None:
        if server.is_running():
            server.stop()

    async with open_desk(on(server.url, tmp_path / "data")) as desk:
        with pytest.raises(StoreUnreachable, match="PostgreSQL"):
            await desk.import_paths([lines], on_progress=stop_at_first)
        await asyncio.to_thread(server.start)
        kept = (await desk.status()).n_articles
        again = await desk.import_paths([lines])
        status = await desk.status()

    n = len(keys_of(lines))
    assert 0 < kept < n
    assert (again.new, status.n_articles, status.index_lag) == (n - kept, n, 0)
    assert counted(server.url, TWICE, WAITING, LONELY) == [0, 0, 0]


async def test_polling_goes_on_and_brings_what_came_meanwhile_once(
    tmp_path: Path, server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.polling.TICK_S", 0.05)
    async with polling_desk(on(server.url, tmp_path / "data")) as town:
        town.routes["/feed"] = feed(("1", "Ferry sinks"), ("2", "Bridge opens"))
        source_id = await town.add()
        await town.poll(source_id)
        source = await town.source(source_id)
        await asyncio.to_thread(server.stop)

        town.routes["/feed"] = feed(("2", "Bridge opens"), ("3", "Mayor quits"))
        await town.life.polling.start()
        await town.life.polling.poll_all([source])
        n_asked = len(town.server.asked)
        await asyncio.to_thread(server.start)
        town.clock.pass_by(hours=6)
        await until(lambda: len(town.server.asked) > n_asked, wait_s=20)
        await until_there(lambda: all_titles(town, 3))
        healthy = await town.source(source_id)
        await town.desk.importing.drain()

        assert await town.titles() == ["Bridge opens", "Ferry sinks", "Mayor quits"]
        assert (healthy.n_failures, healthy.n_items) == (0, 3)
    assert counted(server.url, TWICE, WAITING) == [0, 0]


async def all_titles(town: Town, n: int) -> list[str] | None:
    titles = await town.titles()
    return titles if len(titles) == n else None


async def test_a_chat_is_told_calmly_and_answered_when_the_server_is_back(
    tmp_path: Path, server: EmbeddedPostgres, lines: Path
) -> None:
    place = Place(tmp_path / "data", server.url)
    async with open_chats(place, now=NOW) as town:
        await town.desk.import_paths([lines])
        person = await town.person()
        await town.ask(person, "/trends")
        await asyncio.to_thread(server.stop)
        said = [await town.ask(person, words) for words in ("/trends", "/status", "/sources")]
        refused = error_of(await town.desk.answer(ADA, asking(is_fresh=True)))
        await asyncio.to_thread(server.start)
        answered = await again(town, person, said[0])

    assert [message["text"] for message in said] == [AWAY] * 3
    assert (refused.error.code, refused.error.user_message) == ("INTERNAL", AWAY)
    assert "Trends" in answered


async def again(town: ChatTown, person: int, message: dict[str, Any]) -> str:
    last = (await town.messages(person))[-1]["message_id"]
    await town.press(person, message, "s1:again")
    return str((await town.replies(person, after=last))[-1]["text"])


async def test_two_processes_that_import_one_file_store_it_once_in_one_lane(
    tmp_path: Path, server: EmbeddedPostgres, qdrant_url: str, lines: Path
) -> None:
    with new_database(server.url) as url:
        async with open_desk(on(url, tmp_path / "alone")) as desk:
            await desk.import_paths([lines])
        expected = await asyncio.to_thread(stories, url)
    settings = on(server.url, tmp_path / "data", qdrant_url=qdrant_url)

    async with open_desk(settings) as desk:
        (n_before,) = counted(server.url, CLIENTS)
        other = asyncio.create_task(newsdesk(tmp_path, settings, "import", "--json", str(lines)))
        await until_there(lambda: connected(server.url, n_before))
        mine = await desk.import_paths([lines])
        code, said = await other
        await desk.importing.drain()

    assert code == 0, said
    assert mine.new + json.loads(said)["new"] == len(keys_of(lines))
    assert counted(server.url, TWICE, WAITING, LONELY) == [0, 0, 0]
    assert stories(server.url) == expected


async def connected(url: str, n_before: int) -> bool | None:
    """Say whether another process has come to the database."""
    return (await asyncio.to_thread(counted, url, CLIENTS))[0] > n_before or None


def stories(url: str) -> set[frozenset[tuple[str, str]]]:
    told: dict[int, set[tuple[str, str]]] = {}
    query = "SELECT a.story_id, s.title, a.key FROM article a JOIN source s ON s.id = a.source_id"
    for story_id, title, key in execute(url, query):
        told.setdefault(story_id, set()).add((title, key))
    return set(map(frozenset, told.values()))


async def test_a_start_without_the_server_says_what_to_do(
    tmp_path: Path, server: EmbeddedPostgres, lines: Path
) -> None:
    settings = on(server.url, tmp_path / "data")
    await asyncio.to_thread(server.stop)

    with pytest.raises(StoreError, match="start it, or correct NEWSDESK_DATABASE_URL"):
        async with open_desk(settings):
            pass
    code, said = await newsdesk(tmp_path, settings, "import", str(lines))

    assert code == 1
    assert said.endswith("; what was stored stays, and the same command goes on from there\n")
