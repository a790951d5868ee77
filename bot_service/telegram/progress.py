"""Visible progress of long work; quick work shows none."""

import asyncio
from contextlib import AbstractAsyncContextManager
from types import TracebackType

import structlog

from bot_service.telegram.delivery import Delivery
from bot_service.telegram.places import Place
from core.errors import TelegramRefused
from core.rendering.words import say

QUIET_S = 0.7
"""Work that ends sooner shows nothing but its answer."""

FIRST_WORDS_S = 0.3
"""Seconds from "typing…" to the first words."""

PRIVATE_GAP_S = 1.0
GROUP_GAP_S = 3.0
TYPING_S = 4.5
"""Telegram shows "typing…" for five seconds."""

_log = structlog.get_logger(__name__)


class Progress(AbstractAsyncContextManager["Progress"]):
    """Shows "typing…", then a draft or a status message, until the block is left.

    A private chat gets a draft, which the real message replaces. Where drafts do not work, and in
    groups, one status message is sent and changed, at most once in three seconds; it is deleted
    when the work is over. With `draft_id` None only "typing…" is shown: the words are about to be
    edited into a message that is there. Call `stop` before the final message goes out.
    """

    def __init__(
        self, delivery: Delivery, place: Place, *, lang: str, draft_id: int | None
    ) -> None:
        self._delivery = delivery
        self._place = place
        self._lang = lang
        self._draft_id = draft_id
        self._uses_draft = not place.is_group
        self._node = "retrieve"
        self._n_words = 0
        self._status_id: int | None = None
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Progress":
        self._task = asyncio.create_task(self._show())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
        if self._status_id is not None:
            await self._delivery.delete(self._place, self._status_id)

    async def node(self, step: str, n_words: int = 0) -> None:
        """Say which step of the graph is running, and how many words a model has written in it."""
        self._node, self._n_words = step, n_words

    async def stop(self) -> None:
        """Show nothing more; returns when the last request is through."""
        self._over.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def _show(self) -> None:
        if await self._is_over_in(QUIET_S):
            return
        await self._delivery.typing(self._place)
        typed_s, shown = 0.0, ""
        gap_s = FIRST_WORDS_S
        while not await self._is_over_in(gap_s):
            typed_s += gap_s
            gap_s = GROUP_GAP_S if self._place.is_group else PRIVATE_GAP_S
            words = stage(self._node, self._lang, n_words=self._n_words)
            if words != shown and self._draft_id is not None:
                await self._say(words)
                shown = words
            elif typed_s >= TYPING_S - gap_s:
                await self._delivery.typing(self._place)
                typed_s = 0.0

    async def _say(self, words: str) -> None:
        if self._uses_draft and self._draft_id is not None:
            self._uses_draft = await self._delivery.draft(self._place, self._draft_id, words)
            if self._uses_draft:
                return
        try:
            self._status_id = await self._delivery.status(self._place, self._status_id, words)
        except TelegramRefused as error:
            _log.info("telegram.status_not_shown", reason=str(error))

    async def _is_over_in(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return False
        return True


def stage(node: str, lang: str, *, n_words: int = 0) -> str:
    """Say in words what a step of the graph does; an unknown step is plain work."""
    match node:
        case "retrieve":
            return say(lang, "progress-retrieve")
        case "measure":
            return say(lang, "progress-measure")
        case "agents":
            return say(lang, "progress-agents")
        case "look":
            return say(lang, "progress-look")
        case "compose" if n_words:
            return say(lang, "progress-words", n=n_words)
        case "compose":
            return say(lang, "progress-compose")
        case _:
            return say(lang, "progress-other")
