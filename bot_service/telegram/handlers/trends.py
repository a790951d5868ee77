"""`/trends`: what the window is about."""

from telegram import Update

from bot_service.telegram.asking import ask_in_words
from bot_service.telegram.visits import Context, arrive, words_after_command
from core.options import parse_trends


async def trends_handler(update: Update, context: Context) -> None:
    """Answer `/trends [window] [simple|enhanced] [lang=..] [source=..]`."""
    visit = await arrive(update, context)
    if visit is None or update.message is None:
        return
    words = words_after_command(update.message)
    await ask_in_words(visit, words, parse=parse_trends, command="trends")
