"""`/status` and `/privacy`: what the desk holds, and what becomes of people's words."""

from telegram import Update

from bot_service.telegram.handlers.status_text import status_text
from bot_service.telegram.visits import Context, Visit, arrive, is_operator
from core.rendering.receivers import receivers_in_words
from core.rendering.richtext import Bold, Line, Paragraph
from core.rendering.source_lists import count_troubled
from core.rendering.words import say
from services.model_keys import receivers, search_receiver


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
    await visit.tell(
        (
            Paragraph(Bold(say(lang, "privacy-title"))),
            Line(("• ", say(lang, "privacy-stored-chat"))),
            Line(("• ", say(lang, "privacy-stored-runs", days=settings.retention.runs_days))),
            Line(("• ", say(lang, "privacy-stored-events", days=settings.retention.ledger_days))),
            Line(("• ", say(lang, "privacy-not-stored"))),
            *(Line(("• ", words)) for words in await _leaves(visit)),
            Paragraph(say(lang, "privacy-forget")),
        )
    )


async def _leaves(visit: Visit) -> list[str]:
    """Say what leaves the machine for this chat, and to whom."""
    lang, desk = visit.lang, visit.face.desk
    found = [await _leaves_for_words(visit)]
    search = search_receiver(desk.settings)
    if search is not None and visit.chat.settings.is_private_mode:
        found.append(say(lang, "privacy-search-not-here"))
    elif search is not None:
        name = receivers_in_words([search], lang, has_hosts=is_operator(visit))
        found.append(say(lang, "privacy-search", list=name))
    return found


async def _leaves_for_words(visit: Visit) -> str:
    lang, desk = visit.lang, visit.face.desk
    who = receivers(desk.settings)
    if not who or not await desk.models.is_on():
        is_search_sent = search_receiver(desk.settings) is not None
        return say(lang, "privacy-leaves-no-words" if is_search_sent else "privacy-leaves-nothing")
    if visit.chat.settings.is_private_mode:
        return say(lang, "privacy-leaves-not-here")
    names = receivers_in_words(who, lang, has_hosts=is_operator(visit))
    return f"{say(lang, 'privacy-leaves-models')} {say(lang, 'privacy-receivers', list=names)}"
