"""Addresses that people send: offered as sources, looked at, added; nothing is kept meanwhile.

Which address a button is about stands in the message under which it is: in the message that it
answers, or as a link in its own text. So every button works after a restart and in any replica.
"""

import asyncio
import re
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import structlog
from telegram import CallbackQuery, Message, MessageEntity, MessageOriginChannel, Update
from telegram.ext.filters import MessageFilter

from bot_service.telegram import source_screens as screens
from bot_service.telegram.asking import ask_in_words
from bot_service.telegram.progress import Progress
from bot_service.telegram.screens import Screen
from bot_service.telegram.visits import Context, Visit, arrive, words_after_command
from core.access import may_publish
from core.errors import NewsdeskError, SourceFailed, TelegramRefused, UsageError
from core.options import MAX_QUERY, parse_query
from core.rendering.richtext import Content, flatten
from core.rendering.source_lists import Reader
from core.rendering.source_words import (
    advice_words,
    failure_words,
    refusal_words,
    shown_address,
)
from core.rendering.units import utf16_len
from core.rendering.words import say
from schemas.sources import FailureReason, FoundSource

WORDS_AFTER_S = 1.0
"""Work behind a tap that takes longer says so in the message."""

_WHOLE = re.compile(r"(?:https?|feed)://\S+|@[A-Za-z][A-Za-z0-9_]{3,31}", re.IGNORECASE)
_BARE = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,24}(?:[:/?#]\S*)?")
_ADD = frozenset({"add", "добавить"})
_log = structlog.get_logger(__name__)


class FromChannel(MessageFilter):
    """Lets pass what was forwarded from a channel."""

    def filter(self, message: Message) -> bool:
        """Say whether the message is a channel's post."""
        return isinstance(message.forward_origin, MessageOriginChannel)


async def forward_handler(update: Update, context: Context) -> None:
    """Offer the channel of a forwarded post as a source, and a search for what the post says."""
    visit, message = await arrive(update, context), update.message
    if visit is None or message is None:
        return
    has_words, address = bool(_headline(message)), _written(message)
    content, buttons = screens.offer_screen(address or "@", lang=visit.lang, has_words=has_words)
    if address is None:
        content, buttons = say(visit.lang, "offer-channel-hidden"), buttons[1:]
    place = replace(visit.place, reply_to=message.message_id)
    await visit.face.delivery.send(place, flatten(content), buttons)


def is_link(text: str) -> bool:
    """Say whether words are one address and nothing else."""
    return _WHOLE.fullmatch(text) is not None or _BARE.fullmatch(text) is not None


def link_alone(message: Message) -> str | None:
    """Give the address when a message is one and nothing else; Telegram tells bare domains."""
    text = (message.text or "").strip()
    if _WHOLE.fullmatch(text):
        return text
    whole = utf16_len(text)
    marked = any(
        entity.type == MessageEntity.URL and (entity.offset, entity.length) == (0, whole)
        for entity in message.entities
    )
    return text if marked else None


async def offer(visit: Visit, message: Message, address: str) -> None:
    """Offer to add an address that somebody sent; a bare domain may also be searched for."""
    is_bare = _WHOLE.fullmatch(address) is None
    content, buttons = screens.offer_screen(address, lang=visit.lang, has_words=is_bare)
    place = replace(visit.place, reply_to=message.message_id)
    await visit.face.delivery.send(place, flatten(content), buttons)


async def look_at(visit: Visit, address: str, *, answers: int) -> None:
    """Look at an address with visible progress and answer the message `answers`."""
    delivery = visit.face.delivery
    progress = Progress(
        delivery,
        visit.place,
        lang=visit.lang,
        draft_id=int(visit.correlation_id[:7], 16) + 1,
    )
    async with progress:
        await progress.node("look")
        content, buttons = await _look(visit, address)
        await progress.stop()
        place = replace(visit.place, reply_to=answers)
        await delivery.send(place, flatten(content), buttons)


async def look_after_tap(visit: Visit, query: CallbackQuery) -> None:
    """Look at the address that a message is about, and show in it what was found."""
    shown = query.message
    address = address_of(shown) if isinstance(shown, Message) else None
    if not isinstance(shown, Message) or address is None:
        await visit.face.delivery.answer_tap(query.id, say(visit.lang, "offer-lost"))
        return
    await visit.face.delivery.answer_tap(query.id)
    working = screens.Working("look-title", address)
    await show_work(visit, shown, working, _look(visit, address))


async def add_found(visit: Visit, query: CallbackQuery, number: int, *, is_private: bool) -> None:
    """Add one of the sources that a message lists, and show in it what its first look brought."""
    shown, answer_tap = query.message, visit.face.delivery.answer_tap
    address = address_of(shown) if isinstance(shown, Message) else None
    if not isinstance(shown, Message) or address is None:
        await answer_tap(query.id, say(visit.lang, "offer-lost"))
        return
    if not is_private and not may_publish(visit.principal):
        await answer_tap(query.id, say(visit.lang, "source-refused-operators"))
        return
    await answer_tap(query.id)
    working = screens.Working("reading-title", address)
    await show_work(visit, shown, working, _add(visit, shown, number, is_private=is_private))


async def search_after_tap(visit: Visit, query: CallbackQuery) -> None:
    """Search the news for what the message says that an offer answers."""
    shown = query.message
    answered = shown.reply_to_message if isinstance(shown, Message) else None
    words = _headline(answered) if answered is not None else ""
    if not words:
        await visit.face.delivery.answer_tap(query.id, say(visit.lang, "offer-lost"))
        return
    await visit.face.delivery.answer_tap(query.id)
    await ask_in_words(visit, words, parse=parse_query, command="query")


async def show_work(
    visit: Visit, shown: Message, working: screens.Working, work: Coroutine[Any, Any, Screen]
) -> None:
    """Edit a message into the screen that some work gives; say meanwhile what is going on."""
    delivery, place = visit.face.delivery, visit.place
    task, is_stale = asyncio.create_task(work), False
    try:
        async with Progress(delivery, place, lang=visit.lang, draft_id=None):
            done, _ = await asyncio.wait({task}, timeout=WORDS_AFTER_S)
            if not done:
                is_stale = True
                await _say(visit, shown, screens.working_content(working, lang=visit.lang))
            content, buttons = await task
    except NewsdeskError as error:  # the tap is answered already, so a screen must tell it
        _log.error("source.work_failed", error=type(error).__name__)
        content, buttons = screens.broken_screen(working, lang=visit.lang)
    finally:
        task.cancel()
    await delivery.edit(place, shown, flatten(content), buttons, is_stale=is_stale)


def address_of(shown: Message) -> str | None:
    """Give the address that a message of ours is about, None when it can no longer be told."""
    answered = shown.reply_to_message
    written = _written(answered) if answered is not None else None
    if written is not None:
        return written
    links = screens.links_of(shown)
    return links[0][0][0] if links else None


def reader_of(visit: Visit) -> Reader:
    """Give who reads a screen."""
    return Reader(visit.lang, visit.principal.tz, visit.face.desk.now())


def _written(message: Message) -> str | None:
    """Give the address that a person's message brings: forwarded, after a command, or alone."""
    origin = message.forward_origin
    if isinstance(origin, MessageOriginChannel):
        return f"@{origin.chat.username}" if origin.chat.username else None
    if not (message.text or "").startswith("/"):
        return link_alone(message)
    first, _, rest = words_after_command(message).strip().partition(" ")
    if first.casefold() in _ADD:
        return rest.strip() or None
    return first if first and not rest else None


def _headline(message: Message) -> str:
    """Give the first line of a message's words, as long as a query may be."""
    lines = (message.text or message.caption or "").strip().splitlines()
    return lines[0][:MAX_QUERY].strip() if lines else ""


async def _say(visit: Visit, shown: Message, words: Content) -> None:
    try:
        await visit.face.delivery.edit(visit.place, shown, flatten(words))
    except TelegramRefused as error:
        _log.info("telegram.status_not_shown", reason=str(error))


async def _look(visit: Visit, address: str) -> Screen:
    try:
        found = await visit.face.desk.sources.look(visit.principal, address)
    except UsageError as error:
        return _refused(visit, address, error)
    except SourceFailed as error:
        return _failed(visit, address, error.reason)
    if not found:
        return _failed(visit, address, "not_a_feed")
    return screens.found_screen(
        found, reader=reader_of(visit), may_publish=may_publish(visit.principal)
    )


async def _add(visit: Visit, shown: Message, number: int, *, is_private: bool) -> Screen:
    address, desk = address_of(shown) or "", visit.face.desk
    try:
        found = await _found_again(visit, shown, address)
        if not 1 <= number <= len(found):
            return _failed(visit, address, "not_a_feed")
        chosen = found[number - 1]
        known = {source.source.id for source in await desk.sources.listed(visit.principal)}
        source = await desk.sources.add(visit.principal, chosen, is_private=is_private)
    except UsageError as error:
        return _refused(visit, address, error)
    except SourceFailed as error:
        return _failed(visit, address, error.reason)
    return screens.added_screen(
        source,
        reader=reader_of(visit),
        is_new=source.source.id not in known,
        has_others=len(found) > 1,
    )


async def _found_again(visit: Visit, shown: Message, address: str) -> list[FoundSource]:
    """Give what a message lists; looks again where its links cannot say it all.

    Addresses with a password in them and hosts without a dot are never links of ours.
    """
    found = screens.found_in(shown)
    if found and shown_address(address) == address:
        return found
    return await visit.face.desk.sources.look(visit.principal, address)


def _refused(visit: Visit, address: str, error: UsageError) -> Screen:
    per_chat = visit.face.desk.settings.sources.per_chat
    why = refusal_words(error, visit.lang, per_chat=per_chat)
    return screens.failed_screen(address, why, "", lang=visit.lang)


def _failed(visit: Visit, address: str, reason: FailureReason) -> Screen:
    lang = visit.lang
    why = say(lang, "look-failed", why=failure_words(reason, lang))
    advice = advice_words(reason, lang, is_new=True)
    return screens.failed_screen(address, why, advice, lang=lang)
