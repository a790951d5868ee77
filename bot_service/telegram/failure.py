"""The catch-all of the bot: what no handler expected is logged and told in words."""

import traceback
import uuid

import structlog
from telegram import Message, Update

from bot_service.telegram.places import place_of
from bot_service.telegram.screens import data
from bot_service.telegram.visits import Context, Face, face_of
from core.errors import StoreUnreachable, TelegramRefused
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
    if isinstance(error, StoreUnreachable):  # no fault of the code that asked
        _log.error("update.failed", error=str(error))
    else:
        frames = "".join(traceback.format_tb(error.__traceback__)[-FRAMES:])
        _log.error("update.failed", error=type(error).__name__, frames=frames)
    if not isinstance(update, Update) or update.effective_chat is None:
        return
    try:
        await _tell(update, context, correlation_id, is_away=isinstance(error, StoreUnreachable))
    except TelegramRefused as refused:
        _log.error("reply.not_delivered", reason=str(refused))


async def tell_given_up(face: Face, update: Update) -> None:
    """Tell a person that their message ended the process, more than once, and is not tried again.

    The journal brought it back after a start; a chat that may not use the bot hears nothing.
    """
    message = update.message
    if message is None or not face.desk.chats.is_allowed(str(message.chat.id)):
        return
    correlation_id = uuid.uuid4().hex[:12]
    _log.error("telegram.answer_given_up", correlation_id=correlation_id)
    try:
        await _tell_message(face, message, lang=_language(update), correlation_id=correlation_id)
    except TelegramRefused as refused:
        _log.error("reply.not_delivered", reason=str(refused))


async def _tell(update: Update, context: Context, correlation_id: str, *, is_away: bool) -> None:
    """Tell a failure; `is_away`: the database is, which passes, and no code explains it."""
    face, lang, query = face_of(context), _language(update), update.callback_query
    if query is not None:
        words = say(lang, "writer-refuse-store" if is_away else "failure-tap")
        await face.delivery.answer_tap(query.id, words)
    elif update.message is not None and is_away:
        await _send(face, update.message, Line(say(lang, "writer-refuse-store")), lang=lang)
    elif update.message is not None:
        await _tell_message(face, update.message, lang=lang, correlation_id=correlation_id)


async def _tell_message(face: Face, message: Message, *, lang: str, correlation_id: str) -> None:
    told = (Line(say(lang, "failure")), Line(Code(correlation_id)))
    await _send(face, message, *told, lang=lang)


async def _send(face: Face, message: Message, *told: Line, lang: str) -> None:
    again = Button(text=say(lang, "tap-again"), data=data("again"))
    await face.delivery.send(place_of(message, is_reply=True), flatten(told), ((again,),))


def _language(update: Update) -> str:
    user = update.effective_user
    return nearest_language(user.language_code if user is not None else None)
