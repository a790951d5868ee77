"""Plain words in a private chat: the stories about them; an address alone is a source."""

from telegram import Update

from bot_service.telegram.asking import ask_in_words
from bot_service.telegram.handlers.links import link_alone, offer
from bot_service.telegram.handlers.settings import change_zone
from bot_service.telegram.visits import Context, arrive
from bot_service.telegram.zones import zone_named
from core.options import parse_query


async def query_handler(update: Update, context: Context) -> None:
    """Answer plain text; a time zone is taken as the setting it is, an address as a source."""
    visit = await arrive(update, context)
    if visit is None or update.message is None:
        return
    text = update.message.text or ""
    address = link_alone(update.message)
    if address is not None:
        await offer(visit, update.message, address)
        return
    zone = await zone_named(text) if "/" in text and len(text) < 64 else None
    if zone is not None:
        await change_zone(visit, zone)
        return
    await ask_in_words(visit, text, parse=parse_query, command="query")
