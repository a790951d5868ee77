"""Data folders for tests: made once, copied for each test."""

import os
import shutil
from pathlib import Path


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
