"""The desk's database as an operator handles it: where it is, its schema, its way to a server."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from schemas.settings import Settings
from schemas.status import MigrateSummary, MoveSummary, ServerStatus
from services.folder import FolderLock
from services.moving import Moving, OnProgress, OpenCopy

FILE = "desk.db"


class OpenedStore(Protocol):
    """A store that was opened; `schema` is what opening made of it."""

    @property
    def schema(self) -> MigrateSummary:
        """From which schema to which."""
        ...

    async def aclose(self) -> None:
        """Close it."""
        ...


def database_of(settings: Settings) -> str | Path:
    """Give the address of the database server, or the file in the data folder."""
    if settings.database_url is None:
        return settings.data_dir.expanduser() / FILE
    return settings.database_url.get_secret_value()


class Databases:
    """What `newsdesk migrate`, `newsdesk move` and `newsdesk doctor` do with the database."""

    def __init__(
        self,
        settings: Settings,
        *,
        open_store: Callable[[str | Path], Awaitable[OpenedStore]],
        open_copy: OpenCopy,
        look_at: Callable[[str], Awaitable[ServerStatus]],
    ) -> None:
        self._settings = settings
        self._folder = settings.data_dir.expanduser()
        self._open_store = open_store
        self._open_copy = open_copy
        self._look_at = look_at

    async def migrate(self) -> MigrateSummary:
        """Bring the database up to date; gives what changed.

        Raises:
            FolderInUse: A desk runs on the data folder that holds it.
            SchemaTooNew: It was written by a newer Newsdesk.
            StoreError: It cannot be reached or changed.
        """
        with ExitStack() as stack:
            if self._settings.database_url is None:
                stack.enter_context(FolderLock(self._folder))
            store = await self._open_store(database_of(self._settings))
            await store.aclose()
        return store.schema

    async def move(self, url: str, *, on_progress: OnProgress | None = None) -> MoveSummary:
        """Copy the desk of the data folder to a server; see `Moving.move`."""
        moving = Moving(self._folder, self._folder / FILE, open_copy=self._open_copy)
        return await moving.move(url, on_progress=on_progress)

    async def look(self) -> ServerStatus | None:
        """Look at the server without changing anything; None when a file is used.

        Raises:
            SettingError: Its address cannot be understood.
            StoreError: It does not answer, refuses the user, or is too old.
        """
        if self._settings.database_url is None:
            return None
        return await self._look_at(self._settings.database_url.get_secret_value())
