"""Our buttons and entities in Telegram's classes."""

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from schemas.runs import ButtonRows, Entity


def markup(rows: ButtonRows) -> InlineKeyboardMarkup | None:
    """Give the keyboard under a message, or None when there are no buttons."""
    keyboard = [
        [InlineKeyboardButton(b.text, callback_data=b.data, url=b.url) for b in row]
        for row in rows
        if row
    ]
    return InlineKeyboardMarkup(keyboard) if keyboard else None


def message_entities(entities: Sequence[Entity]) -> list[MessageEntity]:
    """Give the entities as Telegram's class; offsets stay in UTF-16 units."""
    return [
        MessageEntity(e.type, e.offset, e.length, url=e.url, language=e.language) for e in entities
    ]
