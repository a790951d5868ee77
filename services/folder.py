"""One process owns an embedded data folder; the lock says which."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import FolderInUse, SettingError
from schemas.settings import Settings

LOCK_NAME = "desk.lock"
SOCKET_NAME = "desk.sock"
MAX_SOCKET_PATH = 100


def is_owned(settings: Settings) -> bool:
    """Say whether a process must own the data folder: it holds the database or the index.

    With both on servers there is no lock and no socket; any number of processes may run.
    """
    return settings.database_url is None or settings.qdrant_url is None


class FolderLock:
    """An exclusive lock on `desk.lock`; it goes when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._handle: int | None = None

    def acquire(self) -> None:
        """Take the lock without waiting.

        Raises:
            FolderInUse: Another process holds it; its pid is in the error.
            SettingError: The folder cannot be made or written.
        """
        path = self.folder / LOCK_NAME
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SettingError(
                f"the data folder {str(self.folder)!r} cannot be used ({error.strerror}); "
                "set NEWSDESK_DATA_DIR to a folder that this user may write"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = _read_pid(handle)
            os.close(handle)
            raise FolderInUse(
                f"the data folder {str(self.folder)!r} is in use by process {pid or 'unknown'}; "
                "stop that desk first, or set NEWSDESK_DATA_DIR to another folder",
                pid=pid,
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _read_pid(handle: int) -> int | None:
    text = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdecimal() else None


def socket_path(folder: Path) -> str:
    """Give a path of the folder's socket that fits a Unix address (107 bytes).

    A folder with a long path is named through an open directory handle, which the process keeps.
    """
    path = str(folder / SOCKET_NAME)
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        return path
    handle = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    return f"/proc/self/fd/{handle}/{SOCKET_NAME}"
