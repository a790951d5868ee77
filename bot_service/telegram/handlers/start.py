"""`/start`, the claim of a new desk by its owner, and `/forget`."""

import structlog
from telegram import Update

from bot_service.telegram.handlers.models import state_of
from bot_service.telegram.model_screens import start_line
from bot_service.telegram.screens import Screen, forget_screen, start_screen
from bot_service.telegram.visits import Context, Visit, arrive, is_operator, words_after_command
from core.rendering.words import say

CLAIM = "claim_"
_log = structlog.get_logger(__name__)


async def start_handler(update: Update, context: Context) -> None:
    """Greet in one line with four buttons; `/start claim_<token>` takes the desk over."""
    if update.message is None:
        return
    payload = words_after_command(update.message)
    is_claim = payload.startswith(CLAIM)  # the token is the proof, so no list of chats is asked
    visit = await arrive(update, context, is_open=is_claim)
    if visit is None:
        return
    if is_claim:
        await _claim(visit, payload.removeprefix(CLAIM))
        return
    await visit.tell(*await greeting(visit))


async def forget_handler(update: Update, context: Context) -> None:
    """Ask whether to delete what is stored of the person; only they themselves are asked."""
    visit = await arrive(update, context)
    if visit is None:
        return
    if visit.place.is_group:
        await visit.tell(say(visit.lang, "forget-in-private"))
        return
    await visit.tell(*forget_screen(visit.lang))


async def greeting(visit: Visit) -> Screen:
    """Give the start screen."""
    desk, models = visit.face.desk, ""
    status = await desk.chats.status(visit.principal)
    if is_operator(visit):
        models = start_line(await state_of(desk), lang=visit.lang)
    return start_screen(visit.lang, is_sample=status.is_sample, models=models)


async def _claim(visit: Visit, token: str) -> None:
    person = visit.principal.person
    if person is None or visit.place.is_group:
        await visit.tell(say(visit.lang, "claim-in-private"))
        return
    if await visit.face.desk.chats.claim(person, visit.name, token):
        _log.info("desk.claimed")
        await visit.tell(say(visit.lang, "claim-done"))
        await visit.tell(*await greeting(visit))
    else:
        await visit.tell(say(visit.lang, "claim-refused"))
