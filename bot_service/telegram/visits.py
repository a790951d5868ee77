"""An update in the desk's terms: who came, where, what they may see, and how to reply."""

import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog
from telegram import Chat as TelegramChat
from telegram import Message, Update, User
from telegram.ext import ContextTypes

from bot_service.telegram.delivery import Delivery
from bot_service.telegram.ordering import received_at
from bot_service.telegram.places import Place, place_of
from bot_service.telegram.told import Told
from core.options import RequestDefaults
from core.rendering.richtext import Content, flatten
from core.rendering.words import nearest_language, say
from schemas.chats import Chat, ChatSettings
from schemas.principal import Principal
from schemas.runs import ButtonRows

if TYPE_CHECKING:
    from services.desk import Desk

Context = ContextTypes.DEFAULT_TYPE
Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]
STRANGER_QUIET_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name, what runs it, and the locale key of its one-line description."""

    name: str
    handler: Handler
    description: str
    is_for_groups: bool


@dataclass(frozen=True, slots=True)
class Face:
    """What every handler needs; one per running bot, kept under `face` in `bot_data`."""

    desk: "Desk"
    delivery: Delivery
    commands: tuple[Command, ...]
    told: Told


@dataclass(frozen=True, slots=True)
class Visit:
    """One update of an admitted chat. `received_at` is in monotonic seconds."""

    face: Face
    place: Place
    chat: Chat
    principal: Principal
    name: str
    language_code: str | None
    is_anonymous_admin: bool
    correlation_id: str
    received_at: float

    @property
    def lang(self) -> str:
        """The reader's language."""
        return self.principal.lang

    @property
    def defaults(self) -> RequestDefaults:
        """What a request means where its words say nothing."""
        return RequestDefaults(
            window=self.chat.settings.window,
            reply_lang=self.lang,
            k_final=self.face.desk.settings.retrieval.k_final,
        )

    async def tell(self, content: Content, buttons: ButtonRows = ()) -> None:
        """Reply with a small text of the bot's own."""
        await self.face.delivery.send(self.place, flatten(content), buttons)

    async def with_settings(self, settings: ChatSettings) -> "Visit":
        """Save a chat's settings and give the visit as it is under them."""
        await self.face.desk.chats.save_settings(self.principal, settings)
        chat = self.chat.model_copy(update={"settings": settings})
        principal = await self.face.desk.chats.principal_for(
            chat=chat, person=self.principal.person, language_code=self.language_code
        )
        return replace(self, chat=chat, principal=principal)


def is_operator(visit: Visit) -> bool:
    """Say whether this is an operator in a chat of their own."""
    return bool(visit.principal.roles & {"operator", "owner"}) and not visit.place.is_group


def face_of(context: Context) -> Face:
    """Give the running bot's parts."""
    face: Face = context.bot_data["face"]
    return face


def words_after_command(message: Message) -> str:
    """Give what follows the command in a message."""
    words = (message.text or "").split(maxsplit=1)
    return words[1] if len(words) > 1 else ""


async def arrive(update: Update, context: Context, *, is_open: bool = False) -> Visit | None:
    """Admit an update and learn who it comes from; None when this chat is not served.

    A chat that is not on the list of allowed chats is told so at most once an hour, and nothing
    of it is stored; with `is_open` every chat is admitted.
    """
    face = face_of(context)
    telegram_chat = update.effective_chat
    if telegram_chat is None:
        return None
    correlation_id = uuid.uuid4().hex[:12]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
    user, place = update.effective_user, _place(update, telegram_chat)
    language_code = user.language_code if user is not None else None
    if not is_open and not face.desk.chats.is_allowed(str(telegram_chat.id)):
        await _turn_away(face, place, language_code)
        return None
    sender_chat = update.message.sender_chat if update.message is not None else None
    chat = await face.desk.chats.greet(_chat(telegram_chat, face))
    principal = await face.desk.chats.principal_for(
        chat=chat,
        person=str(user.id) if user is not None and sender_chat is None else None,
        language_code=language_code,
    )
    return Visit(
        face=face,
        place=place,
        chat=chat,
        principal=principal,
        name=_name(user, telegram_chat),
        language_code=language_code,
        is_anonymous_admin=sender_chat is not None and sender_chat.id == telegram_chat.id,
        correlation_id=correlation_id,
        received_at=received_at.get(time.monotonic()),
    )


def _place(update: Update, chat: TelegramChat) -> Place:
    is_group = chat.type != TelegramChat.PRIVATE
    if update.message is not None:
        return place_of(update.message, is_reply=is_group)
    query = update.callback_query
    if query is not None and isinstance(query.message, Message):
        return place_of(query.message, is_reply=False)
    return Place(chat_id=chat.id, is_group=is_group)


def _chat(chat: TelegramChat, face: Face) -> Chat:
    now = face.desk.now()
    match chat.type:
        case "private" | "group" | "supergroup" | "channel":
            kind = chat.type
        case _:
            kind = "private"
    return Chat(
        id=str(chat.id),
        kind=kind,
        title=chat.effective_name or "",
        settings=ChatSettings(window=face.desk.settings.answer.default_window),
        first_seen_at=now,
        last_seen_at=now,
    )


def _name(user: User | None, chat: TelegramChat) -> str:
    return user.full_name if user is not None else chat.effective_name or str(chat.id)


async def _turn_away(face: Face, place: Place, language_code: str | None) -> None:
    if face.told.may_tell(("stranger", place.chat_id), quiet_s=STRANGER_QUIET_S):
        words = say(nearest_language(language_code), "stranger", chat=str(place.chat_id))
        await face.delivery.send(place, flatten(words))
