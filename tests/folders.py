"""Data folders for tests: made once, copied for each test."""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - folders of names of their own are made there
MIN_FREE_BYTES = 2 * 1024**3


def memory() -> Path | None:
    """Give where files live in memory if there is room: a new database takes a tenth there."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MIN_FREE_BYTES
    return MEMORY if has_room else None


def copy_folder(source: Path, target: Path) -> None:
    """Copy a data folder without filling the holes of its files."""
    shutil.copytree(source, target, copy_function=_copy_sparse)


def _copy_sparse(source: str, target: str) -> None:
    """Copy the data of a file: an index of a hundred articles is 200 MB of holes."""
    with open(source, "rb") as old, open(target, "wb") as new:  # noqa: PTH123 - copytree's names
        size, position = os.fstat(old.fileno()).st_size, 0
        while position < size:
            try:
                start = os.lseek(old.fileno(), position, os.SEEK_DATA)
            except OSError:  # nothing but a hole is left
                break
            position = os.lseek(old.fileno(), start, os.SEEK_HOLE)
            os.lseek(old.fileno(), start, os.SEEK_SET)
            new.seek(start)
            new.write(os.read(old.fileno(), position - start))
        new.truncate(size)
