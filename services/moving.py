"""Move an embedded desk to a server: copied, compared row by row, the folder left as it was."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import structlog

from core.errors import StoreError, UsageError
from schemas.status import MoveSummary
from services.folder import FolderLock

OnProgress = Callable[[int, int | None], None]

_log = structlog.get_logger(__name__)


class Copy(Protocol):
    """A desk's file on its way to a server; what is copied stays when the process dies."""

    @property
    def name(self) -> str:
        """The target, as messages call it."""
        ...

    @property
    def tables(self) -> Sequence[str]:
        """In the order in which they must be copied."""
        ...

    async def begin(self) -> str:
        """Look at the target: `new`, `continued`, `restarted` (the desk changed) or `done`."""
        ...

    async def count(self) -> tuple[int, int]:
        """How many rows there are to copy, and how many were copied before."""
        ...

    def copy(self, name: str) -> AsyncIterator[int]:
        """Copy the rest of a table; gives the rows of each step."""
        ...

    async def compare(self, name: str) -> tuple[int, int, bool]:
        """How many rows of a table each side holds, and whether they are the same."""
        ...

    async def finish(self) -> None:
        """Do what follows the last row."""
        ...

    async def seal(self, *, is_whole: bool) -> None:
        """Say whether the copy is whole; one that is not is begun anew next time."""
        ...


OpenCopy = Callable[[Path, str], AbstractAsyncContextManager[Copy]]


class Moving:
    """Copies the desk of a data folder, which nobody else may use meanwhile."""

    def __init__(self, folder: Path, file: Path, *, open_copy: OpenCopy) -> None:
        self._folder = folder
        self._file = file
        self._open_copy = open_copy

    async def move(self, url: str, *, on_progress: OnProgress | None = None) -> MoveSummary:
        """Copy everything to an empty database, or go on with a copy that was interrupted.

        Args:
            url: Address of the database.
            on_progress: Told how many rows were copied or compared, of how many.

        Raises:
            UsageError: There is no desk in the folder.
            FolderInUse: A desk runs on the folder.
            SettingError: The address cannot be understood.
            StoreError: The target holds another desk, one of the two failed, or they differ at the
                end; what was copied stays, and the same call goes on from there.
        """
        if not self._file.exists():
            raise UsageError(
                f"there is no desk in {str(self._folder)!r}; set NEWSDESK_DATA_DIR to its folder",
                field="option",
                word=str(self._folder),
            )
        with FolderLock(self._folder):
            async with self._open_copy(self._file, url) as copy:
                return await _move(copy, on_progress)


async def _move(copy: Copy, on_progress: OnProgress | None) -> MoveSummary:
    begun = await copy.begin()
    if begun == "done":
        return MoveSummary(target=copy.name, state="known")
    n_rows, n_before = await copy.count()
    done = n_before

    def report(n: int) -> None:
        nonlocal done
        done += n
        if on_progress is not None:
            on_progress(min(done, 2 * n_rows), 2 * n_rows)

    report(0)
    for name in copy.tables:
        async for n in copy.copy(name):
            report(n)
    await copy.finish()
    different = []
    for name in copy.tables:
        n_here, n_there, is_same = await copy.compare(name)
        if not is_same:
            different.append(f"{name} ({n_here:,} rows here, {n_there:,} there)")
        report(n_here)
    await copy.seal(is_whole=not different)
    if different:
        raise StoreError(
            f"{copy.name!r} does not hold what the folder holds: {', '.join(different)}. Somebody "
            "else writes to it; stop that, then run the same command again: it begins anew"
        )
    _log.info("desk.moved", rows=n_rows, tables=len(copy.tables), begun=begun)
    return MoveSummary(
        target=copy.name,
        state="restarted" if begun == "restarted" else "copied",
        rows=n_rows,
        rows_before=n_before,
        tables=len(copy.tables),
    )
