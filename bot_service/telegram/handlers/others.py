"""Messages that hold no words for the desk: files, pictures, voice."""

from telegram import Update

from bot_service.telegram.handlers.source_files import MAX_LIST_MB
from bot_service.telegram.visits import Context, arrive
from core.rendering.words import say


async def document_handler(update: Update, context: Context) -> None:
    """Say which files are read in the chat, and how others get in."""
    visit = await arrive(update, context)
    if visit is not None:
        await visit.tell(say(visit.lang, "file-not-a-list", mb=MAX_LIST_MB))


async def other_handler(update: Update, context: Context) -> None:
    """Say what the bot understands."""
    visit = await arrive(update, context)
    if visit is not None:
        await visit.tell(say(visit.lang, "only-text"))
