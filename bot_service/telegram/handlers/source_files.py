"""Lists of sources as files: a dropped OPML file is offered and added, all sources are sent."""

import asyncio
from dataclasses import replace
from pathlib import PurePath
from typing import Final

import structlog
from telegram import Bot, CallbackQuery, Document, Message, Update
from telegram.error import TelegramError
from telegram.ext.filters import MessageFilter

from bot_service.telegram import source_screens as screens
from bot_service.telegram.handlers.links import show_work
from bot_service.telegram.progress import Progress
from bot_service.telegram.screens import Screen
from bot_service.telegram.visits import Context, Visit, arrive
from core.access import may_publish
from core.errors import UsageError
from core.rendering.richtext import flatten
from core.rendering.source_words import refusal_words
from core.rendering.words import say

MAX_LIST_MB: Final = 5
"""Megabytes of a dropped file; the largest public lists of feeds have two."""

FILE_NAME = "newsdesk-sources.opml"
DOWNLOAD_S = 30.0
_ENDINGS = frozenset({".opml", ".xml", ".ompl"})  # the last one is a slip that is often seen
_KINDS = frozenset({"text/x-opml", "text/x-opml+xml", "application/xml", "text/xml"})
_log = structlog.get_logger(__name__)


class FeedList(MessageFilter):
    """Lets pass files that may be lists of feeds, by their name and type."""

    def filter(self, message: Message) -> bool:
        """Say whether the message brings such a file."""
        document = message.document
        if document is None:
            return False
        ending = PurePath((document.file_name or "").lower()).suffix
        return ending in _ENDINGS or (document.mime_type or "").lower() in _KINDS


async def list_handler(update: Update, context: Context) -> None:
    """Look into a dropped list and ask whether and for whom its sources are to be added."""
    visit, message = await arrive(update, context), update.message
    if visit is None or message is None or message.document is None:
        return
    async with Progress(visit.face.delivery, visit.place, lang=visit.lang, draft_id=None):
        content, buttons = await _look_into(visit, message.document, context.bot)
    place = replace(visit.place, reply_to=message.message_id)
    await visit.face.delivery.send(place, flatten(content), buttons)


async def import_after_tap(
    visit: Visit, query: CallbackQuery, bot: Bot, *, is_private: bool
) -> None:
    """Add the list that a message asks about; the list is in the message that it answers."""
    shown, answer_tap = query.message, visit.face.delivery.answer_tap
    answered = shown.reply_to_message if isinstance(shown, Message) else None
    document = answered.document if answered is not None else None
    if not isinstance(shown, Message) or document is None:
        await answer_tap(query.id, say(visit.lang, "list-lost"))
        return
    if not is_private and not may_publish(visit.principal):
        await answer_tap(query.id, say(visit.lang, "source-refused-operators"))
        return
    await answer_tap(query.id)
    again = screens.source_data("i", 0 if is_private else 1)
    working = screens.Working("list-adding", again=again)
    await show_work(visit, shown, working, _import(visit, document, bot, is_private=is_private))


async def export(visit: Visit) -> None:
    """Send every source that the reader sees as OPML."""
    body = await visit.face.desk.sources.export_opml(visit.principal)
    await visit.face.delivery.document(
        visit.place, FILE_NAME, body, caption=say(visit.lang, "list-caption")
    )


async def _look_into(visit: Visit, document: Document, bot: Bot) -> Screen:
    lang, desk = visit.lang, visit.face.desk
    body = await _download(document, bot)
    if isinstance(body, str):
        return say(lang, body, mb=MAX_LIST_MB), ()
    n_found, n_new = await desk.sources.look_into(visit.principal, body)
    if not n_found:
        return say(lang, "list-none"), ()
    return screens.opml_screen(
        n_found,
        n_new,
        lang=lang,
        may_publish=may_publish(visit.principal),
        per_chat=desk.settings.sources.per_chat,
    )


async def _import(visit: Visit, document: Document, bot: Bot, *, is_private: bool) -> Screen:
    lang, desk = visit.lang, visit.face.desk
    per_chat = desk.settings.sources.per_chat
    body = await _download(document, bot)
    if isinstance(body, str):
        return say(lang, body, mb=MAX_LIST_MB), ()
    try:
        added = await desk.sources.import_opml(visit.principal, body, is_private=is_private)
    except UsageError as error:
        if error.field == "option":
            return say(lang, "list-none"), ()
        return refusal_words(error, lang, per_chat=per_chat), ()
    return screens.imported_screen(added, lang=lang, per_chat=per_chat if is_private else None)


async def _download(document: Document, bot: Bot) -> bytes | str:
    """Give the bytes of a file; where they are not to be had, the words that say why."""
    if (document.file_size or 0) > MAX_LIST_MB * 1_000_000:
        return "list-large"
    try:
        async with asyncio.timeout(DOWNLOAD_S):
            file = await bot.get_file(document.file_id)
            body = bytes(await file.download_as_bytearray())
    except (TelegramError, TimeoutError) as error:
        _log.warning("telegram.file_not_fetched", error=type(error).__name__)
        return "list-not-fetched"
    return "list-large" if len(body) > MAX_LIST_MB * 1_000_000 else body
