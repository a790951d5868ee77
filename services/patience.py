"""Bookkeeping that a reader does not wait for longer than a moment."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from core.errors import StoreBusy

STORE_PATIENCE_S = 3.0
"""A reader waits so long for the desk's own bookkeeping, before the answer and after it."""

T = TypeVar("T")


class Patience:
    """Runs small writes beside an answer; a locked or slow disk delays it by seconds at most."""

    def __init__(self, wait_s: float = STORE_PATIENCE_S) -> None:
        self._wait_s = wait_s
        self._late: set[asyncio.Task[Any]] = set()

    async def wait(self, work: Coroutine[None, None, T]) -> T:
        """Give what `work` gives; what takes longer goes on without its reader.

        Raises:
            StoreBusy: It is not done yet.
        """
        task = asyncio.create_task(work)
        self._late.add(task)
        task.add_done_callback(self._forget)
        done, _ = await asyncio.wait({task}, timeout=self._wait_s)
        if not done:
            raise StoreBusy(f"the store was not ready within {self._wait_s:g} s")
        return task.result()

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._late.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited was told of it, or was told that it is late
