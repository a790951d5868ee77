"""Stores to keep the promises of `core.ports.store`; another database is one more parameter."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from core.ports.index import SearchIndex
from services.adapters.index.edge import EdgeSearchIndex
from services.adapters.store.engine import SqlStore
from tests.contract.index_documents import DIMENSION, Opener

OpenStore = Callable[[], Awaitable[SqlStore]]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file with the schema, made once: the steps take longer than a test."""
    path = tmp_path_factory.mktemp("store") / "desk.db"

    async def make() -> None:
        await (await SqlStore.open(path)).aclose()

    asyncio.run(make())
    return path


@pytest.fixture(params=["sqlite"])
async def open_store(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path
) -> AsyncIterator[OpenStore]:
    """Opens the one database of the test, each time as another program would."""
    shutil.copyfile(migrated_file, tmp_path / "desk.db")
    opened: list[SqlStore] = []

    async def open_one() -> SqlStore:
        match request.param:
            case "sqlite":
                store = await SqlStore.open(tmp_path / "desk.db", busy_timeout_s=5.0)
            case unknown:
                raise ValueError(f"no store is called {unknown!r}")
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        await store.aclose()


@pytest.fixture
async def store(open_store: OpenStore) -> SqlStore:
    """A fresh, empty store."""
    return await open_store()


@pytest.fixture
def opener(tmp_path: Path) -> Opener:
    """Open the index of this test, again after it was closed."""

    def reopen() -> EdgeSearchIndex:
        return EdgeSearchIndex.open(tmp_path / "index", embedder_name="axes", dimension=DIMENSION)

    return reopen


@pytest.fixture
async def index(opener: Opener) -> AsyncIterator[SearchIndex]:
    """An empty search index."""
    opened = opener()
    yield opened
    await opened.aclose()
