"""From words to an answer in the chat: parse, admit, run with visible progress, deliver."""

import math
import time
from collections.abc import Callable

import structlog

from bot_service.telegram.progress import Progress
from bot_service.telegram.visits import Visit
from core.errors import UsageError
from core.rendering.usage import CommandName, render_usage
from core.rendering.words import say
from schemas.requests import Command, NewsRequest
from schemas.runs import Reply, RichText

Parse = Callable[..., NewsRequest]
_log = structlog.get_logger(__name__)


async def ask_in_words(visit: Visit, text: str, *, parse: Parse, command: CommandName) -> None:
    """Understand the words of a command and answer them, or say how to write them."""
    try:
        request = parse(text, defaults=visit.defaults)
    except UsageError as error:
        usage = render_usage(error, command=command, lang=visit.lang)
        await visit.face.delivery.send(visit.place, usage)
        return
    await ask(visit, request)


async def ask(visit: Visit, request: NewsRequest) -> None:
    """Answer a request in the chat it came from."""
    wait_s = await visit.face.desk.rates.admit(visit.principal)
    if wait_s > 0:
        await _calm_line(visit, wait_s)
        return
    progress = Progress(
        visit.face.delivery,
        visit.place,
        lang=visit.lang,
        draft_id=int(visit.correlation_id[:7], 16) + 1,
    )
    async with progress:
        reply = await visit.face.desk.answering.answer(
            visit.principal,
            request,
            correlation_id=visit.correlation_id,
            on_progress=progress.node,
        )
        await progress.stop()
        await visit.face.delivery.send(visit.place, rich_of(reply), reply.buttons)
    note_latency(visit, request.command, reply)


def rich_of(reply: Reply) -> RichText:
    """Give a reply's text and entities."""
    return RichText(text=reply.text, entities=reply.entities)


def wait_words(lang: str, wait_s: float) -> str:
    """Say calmly how long to wait."""
    return say(lang, "rate-wait", seconds=max(1, math.ceil(wait_s)))


def note_latency(visit: Visit, command: Command, reply: Reply) -> None:
    """Measure from the receipt of the update to the last message that Telegram accepted."""
    seconds = time.monotonic() - visit.received_at
    kind = "simple" if reply.response.meta.model == "local" else "enhanced"
    latency = visit.face.desk.metrics.orchestrator_latency_seconds
    latency.labels(command, kind, "stable").observe(seconds)
    _log.info("reply.delivered", command=command, seconds=round(seconds, 3))


async def _calm_line(visit: Visit, wait_s: float) -> None:
    key = ("rate", visit.place.chat_id, visit.principal.person)
    if visit.face.told.may_tell(key, quiet_s=wait_s):
        await visit.tell(wait_words(visit.lang, wait_s))
