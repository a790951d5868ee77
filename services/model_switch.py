"""Whether language models may word answers, and the manager of those that may."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Final

import structlog

from core.errors import NewsdeskError, UsageError
from core.llm.manager import ModelManager
from core.ports.store import Store

FACT: Final = "models"
"""Where the desk keeps what an operator decided."""

LOOK_EVERY_S: Final = 3.0
"""How old the answer to "are models on" may be: an operator's word reaches every process soon."""

BUILD_AGAIN_S: Final = 30.0
"""How long models that could not be built are left alone: no request waits for that again."""

Build = Callable[[], Coroutine[None, None, ModelManager]]
log = structlog.get_logger(__name__)


class ModelSwitch:
    """Gives the models for the next answer; builds them when they are first needed.

    `NEWSDESK_MODELS=on` decides for good; otherwise an operator's word, kept in the store, holds
    in every process within a few seconds.
    """

    def __init__(
        self,
        store: Store,
        build: Build,
        *,
        is_on_by_setting: bool,
        is_any_usable: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._build = build
        self._is_any_usable = is_any_usable
        self._clock = clock
        self._building: asyncio.Task[ModelManager] | None = None
        self._failed_at = 0.0
        self._is_on = False
        self._looked_at: float | None = None
        self.is_on_by_setting = is_on_by_setting

    async def current(self) -> ModelManager | None:
        """Give the models that may word an answer now.

        None: off, none can be reached, or they could not be built, which the log tells.
        """
        if not self._is_any_usable or not await self.is_on():
            return None
        try:
            return await self.manager()
        except Exception:  # noqa: BLE001 - `_note_failure` has told it
            return None

    async def manager(self) -> ModelManager | None:
        """Give the models whether they are on or not; None where none has a key or an address.

        Raises:
            Exception: What kept them from being built, for half a minute before it is tried again.
        """
        if not self._is_any_usable:
            return None
        # Shielded: somebody who gives up must not end what others wait for.
        return await asyncio.shield(self._begin())

    def warm(self) -> None:
        """Begin to build models that the setting switched on: importing them takes seconds."""
        if self.is_on_by_setting and self._is_any_usable:
            self._begin()

    async def is_on(self) -> bool:
        """Say whether models may word answers; at most three seconds old."""
        if self.is_on_by_setting:
            return True
        now = self._clock()
        if self._looked_at is None or now - self._looked_at >= LOOK_EVERY_S:
            async with self._store.transaction(is_write=False) as work:
                self._is_on = await work.ops.get_value(FACT) == "on"
            self._looked_at = now
        return self._is_on

    async def turn(self, is_on: bool) -> None:
        """Switch models on or off for everybody, now and after a restart.

        Raises:
            UsageError: `NEWSDESK_MODELS=on` decides.
            StoreError: It could not be stored; nothing changed.
        """
        if self.is_on_by_setting:
            raise UsageError(
                "NEWSDESK_MODELS=on switches models on; unset it to decide here", field="option"
            )
        async with self._store.transaction() as work:
            await work.ops.set_value(FACT, "on" if is_on else None)
        self._is_on, self._looked_at = is_on, self._clock()
        log.info("models.switched", is_on=is_on)

    def _begin(self) -> "asyncio.Task[ModelManager]":
        if self._building is None or self._is_due_again(self._building):
            self._building = asyncio.create_task(self._build())
            self._building.add_done_callback(self._note_failure)
        return self._building

    def _is_due_again(self, task: "asyncio.Task[ModelManager]") -> bool:
        if task.cancelled():
            return True
        return _has_failed(task) and self._clock() - self._failed_at >= BUILD_AGAIN_S

    def _note_failure(self, task: "asyncio.Task[ModelManager]") -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._failed_at = self._clock()
        log.error(
            "models.unusable",
            error=type(error).__name__,
            why=str(error) if isinstance(error, NewsdeskError) else "not foreseen",
            exc_info=None if isinstance(error, NewsdeskError) else error,
        )

    async def refresh(self) -> None:
        """Say anew which models can be called, if there are any: other processes change it too."""
        if (
            self._building is not None
            and self._building.done()
            and not _has_failed(self._building)
        ):
            await self._building.result().refresh()

    async def aclose(self) -> None:
        """Release the models that were built."""
        if self._building is None:
            return
        if not self._building.done():
            self._building.cancel()
        await asyncio.wait([self._building])
        if not _has_failed(self._building):
            await self._building.result().aclose()


def _has_failed(task: "asyncio.Task[ModelManager]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
