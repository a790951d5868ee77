"""Messages that hold no words for the desk: files, pictures, voice."""

from telegram import Update

from bot_service.telegram.visits import Context, arrive
from core.rendering.words import say


async def document_handler(update: Update, context: Context) -> None:
    """Say kindly that files are not read in the chat, and how news gets in."""
    visit = await arrive(update, context)
    if visit is not None:
        await visit.tell(say(visit.lang, "file-not-read"))


async def other_handler(update: Update, context: Context) -> None:
    """Say what the bot understands."""
    visit = await arrive(update, context)
    if visit is not None:
        await visit.tell(say(visit.lang, "only-text"))
