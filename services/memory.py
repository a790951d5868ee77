"""Keeping the process small: what the C library holds back from the system."""

import ctypes
import ctypes.util
from functools import cache

M_ARENA_MAX = -8
"""glibc, malloc.h."""


@cache
def _libc() -> ctypes.CDLL | None:
    """The C library when it is glibc, else None: others have neither call nor need."""
    name = ctypes.util.find_library("c")
    library = ctypes.CDLL(name) if name else None
    return library if library is not None and hasattr(library, "mallopt") else None


def share_one_arena() -> None:
    """Let all threads allocate from one arena; call it before threads are started.

    glibc gives each thread an arena and rarely returns it: importing 10,000 articles left 40 MB
    more resident. Threads of Python hardly ever allocate at the same moment anyway.
    """
    library = _libc()
    if library is not None:
        library.mallopt(M_ARENA_MAX, 1)


def return_memory() -> None:
    """Give free memory back to the system; some milliseconds, so after big work only."""
    library = _libc()
    if library is not None and hasattr(library, "malloc_trim"):
        library.malloc_trim(0)
