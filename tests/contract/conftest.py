"""Stores to keep the promises of `core.ports.store`; another database is one more parameter."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from services.adapters.store.engine import SqlStore

OpenStore = Callable[[], Awaitable[SqlStore]]


@pytest.fixture(params=["sqlite"])
async def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenStore]:
    """Opens the one database of the test, each time as another program would."""
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
