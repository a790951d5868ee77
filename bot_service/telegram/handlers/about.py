"""`/status` and `/privacy`: what the desk holds, and what becomes of people's words."""

from telegram import Update

from bot_service.telegram.handlers.status_text import status_text
from bot_service.telegram.visits import Context, arrive
from core.rendering.richtext import Bold, Line, Paragraph
from core.rendering.source_lists import count_troubled
from core.rendering.words import say


async def status_handler(update: Update, context: Context) -> None:
    """Say how much news there is, how fresh it is, and how long the space lasts."""
    visit = await arrive(update, context)
    if visit is None:
        return
    status = await visit.face.desk.chats.status(visit.principal)
    sources = await visit.face.desk.sources.listed(visit.principal)
    n_troubled = count_troubled(sources)
    await visit.tell(status_text(status, visit.principal, n_troubled=n_troubled))


async def privacy_handler(update: Update, context: Context) -> None:
    """Say what is stored, for how long, and what leaves the machine."""
    visit = await arrive(update, context)
    if visit is None:
        return
    lang, settings = visit.lang, visit.face.desk.settings
    if settings.models == "off":
        leaves = say(lang, "privacy-leaves-nothing")
    elif visit.chat.settings.is_private_mode:
        leaves = say(lang, "privacy-leaves-not-here")
    else:
        leaves = say(lang, "privacy-leaves-models")
    await visit.tell(
        (
            Paragraph(Bold(say(lang, "privacy-title"))),
            Line(("• ", say(lang, "privacy-stored-chat"))),
            Line(("• ", say(lang, "privacy-stored-runs", days=settings.retention.runs_days))),
            Line(("• ", say(lang, "privacy-stored-events", days=settings.retention.ledger_days))),
            Line(("• ", say(lang, "privacy-not-stored"))),
            Line(("• ", leaves)),
            Paragraph(say(lang, "privacy-forget")),
        )
    )
