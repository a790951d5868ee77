"""The catch-all of the bot: what no handler expected is logged and told in words."""

import traceback

import structlog
from telegram import Update

from bot_service.telegram.places import Place, place_of
from bot_service.telegram.screens import data
from bot_service.telegram.visits import Context, face_of
from core.errors import TelegramRefused
from core.rendering.richtext import Code, Line, flatten
from core.rendering.words import nearest_language, say
from schemas.runs import Button

FRAMES = 8
_log = structlog.get_logger(__name__)


async def on_error(update: object, context: Context) -> None:
    """Log an unexpected error without anybody's words, and answer with a retry button."""
    error = context.error
    if error is None:
        return
    bound = structlog.contextvars.get_contextvars()
    correlation_id = str(bound.get("correlation_id", "-"))
    if isinstance(error, TelegramRefused):  # there is no way to tell it in the chat
        _log.error("reply.not_delivered", reason=str(error))
        return
    frames = "".join(traceback.format_tb(error.__traceback__)[-FRAMES:])
    _log.error("update.failed", error=type(error).__name__, frames=frames)
    if not isinstance(update, Update) or update.effective_chat is None:
        return
    try:
        await _tell(update, context, correlation_id)
    except TelegramRefused as refused:
        _log.error("reply.not_delivered", reason=str(refused))


async def _tell(update: Update, context: Context, correlation_id: str) -> None:
    face, user, chat = face_of(context), update.effective_user, update.effective_chat
    lang = nearest_language(user.language_code if user is not None else None)
    words = flatten((Line(say(lang, "failure")), Line(Code(correlation_id))))
    query = update.callback_query
    if query is not None:
        await face.delivery.answer_tap(query.id, say(lang, "failure-tap"))
        return
    if chat is None or update.message is None:
        return
    place: Place = place_of(update.message, is_reply=True)
    again = Button(text=say(lang, "tap-again"), data=data("again"))
    await face.delivery.send(place, words, ((again,),))
