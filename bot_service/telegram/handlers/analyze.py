"""`/analyze`: keywords, sentiment or topics of a query or of the whole window."""

from telegram import Update

from bot_service.telegram.asking import ask_in_words
from bot_service.telegram.visits import Context, arrive, words_after_command
from core.options import parse_analyze


async def analyze_handler(update: Update, context: Context) -> None:
    """Answer `/analyze keywords|sentiment|topics [query] [window] [options]`."""
    visit = await arrive(update, context)
    if visit is None or update.message is None:
        return
    words = words_after_command(update.message)
    await ask_in_words(visit, words, parse=parse_analyze, command="analyze")
