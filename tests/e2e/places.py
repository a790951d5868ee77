"""Where a desk keeps its data: in a folder, or on a PostgreSQL and a Qdrant server."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from tests.folders import copy_folder
from tests.servers import execute, new_database

if TYPE_CHECKING:  # the client that the peer checks bodies with takes a second to import
    from tests.qdrant_peer import QdrantPeer

DATABASE = "desk.db"


@dataclass(frozen=True)
class Place:
    """One desk's data; `folder` is there in both cases, its parent is the test's own."""

    folder: Path
    database_url: str | None = None
    peer: "QdrantPeer | None" = None

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that lead a desk here."""
        url = self.database_url
        return {
            "data_dir": self.folder,
            "database_url": None if url is None else SecretStr(url),
            "qdrant_url": None if self.peer is None else self.peer.url,
        }

    @asynccontextmanager
    async def without(self, table: str) -> AsyncIterator[None]:
        """Take a table away from the running desk for a while."""
        await asyncio.to_thread(self._execute, f"ALTER TABLE {table} RENAME TO away")
        try:
            yield
        finally:
            await asyncio.to_thread(self._execute, f"ALTER TABLE away RENAME TO {table}")

    def _execute(self, statement: str) -> None:
        if self.database_url is not None:
            execute(self.database_url, statement)
            return
        path = self.folder / DATABASE
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
            connection.execute(statement)


@dataclass(frozen=True)
class StockedServers:
    """A database that others are made from, and the folder of the Qdrant server beside it."""

    server: str
    database: str
    index: Path

    @contextmanager
    def copied(self, folder: Path, index: Path) -> Iterator[Place]:
        """Give a copy of both, with `folder` as the desk's own and `index` as the server's."""
        from tests.qdrant_peer import serve_qdrant

        copy_folder(self.index, index)
        with new_database(self.server, template=self.database) as url, serve_qdrant(index) as peer:
            yield Place(folder, url, peer)
