"""Stores to keep the promises of `core.ports.store`; another database is one more parameter."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from core.ports.index import SearchIndex
from services.adapters.store.engine import SqlStore
from tests.contract.index_documents import Opener, open_edge, open_server
from tests.qdrant_server import index_folder, qdrant_peer, qdrant_url

__all__ = ["index_folder", "qdrant_peer", "qdrant_url"]
OpenStore = Callable[..., Awaitable[SqlStore]]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file with the schema, made once: the steps take longer than a test."""
    path = tmp_path_factory.mktemp("store") / "desk.db"

    async def make() -> None:
        await (await SqlStore.open(path)).aclose()

    asyncio.run(make())
    return path


@pytest.fixture
def migrated_copy(migrated_file: Path, tmp_path: Path) -> str:
    """The address of a file of the test's own with the schema in it."""
    shutil.copyfile(migrated_file, tmp_path / "desk.db")
    return f"sqlite:///{tmp_path / 'desk.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def location(request: pytest.FixtureRequest) -> str:
    """Where the one database of the test is: an address that other processes understand too."""
    match request.param:
        case "sqlite":
            return str(request.getfixturevalue("migrated_copy"))
        case "postgres":
            return str(request.getfixturevalue("postgres_url"))
        case unknown:
            raise ValueError(f"no store is called {unknown!r}")


@pytest.fixture
async def open_store(location: str) -> AsyncIterator[OpenStore]:
    """Opens the one database of the test, each time as another program would."""
    opened: list[SqlStore] = []

    async def open_one(*, busy_timeout_s: float = 5.0) -> SqlStore:
        store = await SqlStore.open(location, busy_timeout_s=busy_timeout_s)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        await store.aclose()


@pytest.fixture
async def store(open_store: OpenStore) -> SqlStore:
    """A fresh, empty store."""
    return await open_store()


@pytest.fixture(params=["edge", "server"])
def opener(request: pytest.FixtureRequest) -> Opener:
    """Open the index of this test, again after it was closed."""
    match request.param:
        case "edge":
            return open_edge(request.getfixturevalue("index_folder"))
        case "server":
            return open_server(request.getfixturevalue("qdrant_url"))
        case unknown:
            raise ValueError(f"no index is called {unknown!r}")


@pytest.fixture
async def index(opener: Opener) -> AsyncIterator[SearchIndex]:
    """An empty search index."""
    opened = await opener()
    yield opened
    await opened.aclose()
