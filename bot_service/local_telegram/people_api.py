"""The local Telegram's own HTTP API under `/local`, for its page and for tests."""

import asyncio
import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from bot_service.local_telegram import groups, people
from bot_service.local_telegram.files import keep_upload
from bot_service.local_telegram.models import Chat, ChatKind, Membership, Message
from bot_service.local_telegram.params import Upload
from bot_service.local_telegram.profile import profile_text, shown_commands
from bot_service.local_telegram.views import Json, bot_view, chat_view, message_view, user_view
from bot_service.local_telegram.world import World

MAX_WAIT_S = 60.0
# Pictures that a page may show in place; anything else is downloaded.
_SHOWN_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
Wait = Annotated[float, Query(ge=0, le=MAX_WAIT_S)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class Body(BaseModel):
    """A request's JSON; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class NewPerson(Body):
    """Somebody new; with `open_chat` they have a chat with the bot at once."""

    name: str = Field(min_length=1, max_length=64)
    language_code: Language = "en"
    username: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9_]{3,31}$")
    open_chat: bool = True


class NewLanguage(Body):
    """Another language of a person's Telegram."""

    language_code: Language


class NewGroup(Body):
    """A group with the bot in it; topics make a supergroup a forum."""

    title: str = Field(min_length=1, max_length=128)
    owner_id: int
    kind: ChatKind = "group"
    member_ids: list[int] = []
    topics: list[str] = []


class NewTopic(Body):
    """A topic of a forum."""

    name: str = Field(min_length=1, max_length=128)
    person_id: int


class NewDocument(Body):
    """A file, its bytes in base64."""

    file_name: str = Field(min_length=1, max_length=255)
    content_base64: str
    mime_type: str = "application/octet-stream"


class FromChannel(Body):
    """The channel that a message is forwarded from; without a username it is a private one."""

    title: str = Field(min_length=1, max_length=128)
    username: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9_]{3,31}$")


class NewMessage(Body):
    """What a person sends; the text is a caption when there is a document."""

    person_id: int
    text: str = ""
    document: NewDocument | None = None
    message_thread_id: int | None = None
    reply_to_message_id: int | None = None
    anonymous: bool = False
    forward_from: FromChannel | None = None


class NewText(Body):
    """Another text for a person's own message."""

    text: str


class Press(Body):
    """A press of the button that carries `data`; the answer is awaited for `timeout_s`."""

    person_id: int
    message_id: int
    data: str
    timeout_s: float = Field(default=10.0, ge=0, le=MAX_WAIT_S)


class MemberRank(Body):
    """What a person is in a group from now on."""

    person_id: int
    rank: Membership = "member"


class BotRank(Body):
    """What the bot is in a chat from now on: `kicked` in a private chat is a block."""

    rank: Membership
    person_id: int


class ClockSpeed(Body):
    """World seconds per real second."""

    speed: float = Field(gt=0, le=1_000_000)


class LimitSwitch(Body):
    """Whether flood limits hold."""

    enabled: bool


def people_api(world: World) -> APIRouter:
    """Give the routes under `/local`."""
    router = APIRouter(prefix="/local")
    _add_reading(router, world)
    _add_people(router, world)
    _add_chats(router, world)
    _add_writing(router, world)
    _add_workshop(router, world)
    return router


def _add_reading(router: APIRouter, world: World) -> None:
    @router.get("/state")
    async def state(person_id: int | None = None) -> Json:
        person = people.known_person(world, person_id or world.identity.owner_id)
        language = person.language_code.split("-")[0]
        chats = [chat for chat in world.chats.values() if person.id in chat.members]
        return {
            "bot": bot_view(world)
            | {
                "description": profile_text(world, "description", language),
                "short_description": profile_text(world, "short_description", language),
                "is_listening": world.updates.is_polled,
            },
            "owner_id": world.identity.owner_id,
            "person": user_view(world, person.id),
            "people": [user_view(world, known) for known in world.people],
            "chats": [_chat_line(world, chat, person.language_code) for chat in chats],
            "last_event": world.events.last,
            "clock": {"now": world.clock.now().isoformat(), "speed": world.clock.speed},
            "pending_updates": world.updates.pending,
        }

    @router.get("/chats/{chat_id}/messages")
    async def messages(
        chat_id: int,
        after_message_id: int = 0,
        before_message_id: int | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        wait_s: Wait = 0.0,
    ) -> Json:
        people.known_chat(world, chat_id)

        def found() -> list[Message]:
            kept = world.messages.get(chat_id, {}).values()
            below = before_message_id or float("inf")
            return [m for m in kept if after_message_id < m.message_id < below]

        await world.events.signal.wait_until(lambda: bool(found()), wait_s)
        listed = found()
        chosen = listed[:limit] if after_message_id else listed[-limit:]
        return {
            "messages": [message_view(world, message) for message in chosen],
            "has_more": len(chosen) < len(listed),
        }

    @router.get("/events")
    async def events(after: int = 0, wait_s: Wait = 25.0) -> Json:
        await world.events.signal.wait_until(lambda: world.events.last != after, wait_s)
        kept = world.events.after(after)
        if kept is None:
            return {"reset": True, "last": world.events.last, "events": []}
        shown = [
            {"number": e.number, "kind": e.kind, "chat_id": e.chat_id, **e.body} for e in kept
        ]
        return {"reset": False, "last": world.events.last, "events": shown}

    @router.get("/files/{file_id}")
    async def file(file_id: str) -> Response:
        attachment = world.files.get(file_id)
        if attachment is None:
            return JSONResponse({"error": "there is no such file"}, status_code=404)
        is_shown = attachment.width is not None and attachment.mime_type in _SHOWN_TYPES
        return FileResponse(
            world.storage.file(file_id),
            media_type=attachment.mime_type if is_shown else "application/octet-stream",
            filename=attachment.file_name,
            content_disposition_type="inline" if is_shown else "attachment",
        )


def _add_people(router: APIRouter, world: World) -> None:
    @router.post("/people")
    async def create(body: NewPerson) -> Json:
        person = people.create_person(
            world, body.name, language_code=body.language_code, username=body.username
        )
        if body.open_chat:
            groups.open_private_chat(world, person.id)
        return user_view(world, person.id)

    @router.post("/people/{person_id}/language")
    async def speak(person_id: int, body: NewLanguage) -> Json:
        people.change_language(world, person_id, body.language_code)
        return user_view(world, person_id)

    @router.post("/people/{person_id}/chat")
    async def open_chat(person_id: int) -> Json:
        return _chat_line(world, groups.open_private_chat(world, person_id), "en")


def _add_chats(router: APIRouter, world: World) -> None:
    @router.post("/groups")
    async def create(body: NewGroup) -> Json:
        chat = groups.create_group(
            world,
            body.title,
            owner_id=body.owner_id,
            kind=body.kind,
            member_ids=body.member_ids,
            topics=body.topics,
        )
        return _chat_line(world, chat, "en")

    @router.post("/chats/{chat_id}/topics")
    async def open_topic(chat_id: int, body: NewTopic) -> Json:
        topic = groups.create_topic(world, chat_id, body.name, by_id=body.person_id)
        return {"id": topic.id, "name": topic.name}

    @router.post("/chats/{chat_id}/members")
    async def set_member(chat_id: int, body: MemberRank) -> Json:
        chat = groups.set_member_rank(world, chat_id, body.person_id, body.rank)
        return _chat_line(world, chat, "en")

    @router.post("/chats/{chat_id}/bot")
    async def set_bot(chat_id: int, body: BotRank) -> Json:
        chat = groups.set_bot_rank(world, chat_id, body.rank, by_id=body.person_id)
        return _chat_line(world, chat, "en")

    @router.post("/chats/{chat_id}/upgrade")
    async def upgrade(chat_id: int) -> Json:
        return _chat_line(world, groups.upgrade_group(world, chat_id), "en")


def _add_writing(router: APIRouter, world: World) -> None:
    @router.post("/chats/{chat_id}/messages")
    async def send(chat_id: int, body: NewMessage) -> Json:
        document = None
        if body.document is not None:
            upload = await asyncio.to_thread(_decoded, body.document)
            document = keep_upload(world, upload, is_photo=False)
        origin = body.forward_from
        writing = people.Writing(
            forward=None
            if origin is None
            else people.channel_post(world, origin.title, origin.username),
            text=body.text,
            document=document,
            thread_id=body.message_thread_id,
            reply_to=body.reply_to_message_id,
            is_anonymous=body.anonymous,
        )
        sent = people.write(world, chat_id, body.person_id, writing)
        views = [message_view(world, message) for message in sent]
        return {"message": views[0], "messages": views}

    @router.post("/chats/{chat_id}/messages/{message_id}")
    async def edit(chat_id: int, message_id: int, body: NewText) -> Json:
        return message_view(world, people.rewrite(world, chat_id, message_id, body.text))

    @router.post("/chats/{chat_id}/presses")
    async def press(chat_id: int, body: Press) -> Json:
        query_id = people.press(
            world, chat_id, body.message_id, person_id=body.person_id, data=body.data
        )
        answer = await world.presses.wait_for_answer(query_id, body.timeout_s)
        if answer is None:
            return {"answered": False, "text": None, "show_alert": False, "url": None}
        return {
            "answered": True,
            "text": answer.text,
            "show_alert": answer.show_alert,
            "url": answer.url,
        }


def _add_workshop(router: APIRouter, world: World) -> None:
    @router.get("/refusals")
    async def refusals() -> list[Json]:
        return [
            {
                "method": refused.method,
                "error_code": refused.error_code,
                "description": refused.description,
                "at": refused.at,
            }
            for refused in world.refusals
        ]

    @router.post("/refusals/clear")
    async def clear_refusals() -> Json:
        world.refusals.clear()
        return {"cleared": True}

    @router.post("/clock")
    async def set_clock(body: ClockSpeed) -> Json:
        world.clock.speed = body.speed
        return {"now": world.clock.now().isoformat(), "speed": world.clock.speed}

    @router.post("/limits")
    async def set_limits(body: LimitSwitch) -> Json:
        world.flood.switch(is_on=body.enabled)
        return {"enabled": body.enabled}


def _chat_line(world: World, chat: Chat, language_code: str) -> Json:
    kept = world.messages.get(chat.id, {})
    last = kept[max(kept)] if kept else None
    return chat_view(world, chat) | {
        "bot_rank": chat.bot,
        "members": {str(person_id): rank for person_id, rank in chat.members.items()},
        "topics": [{"id": topic.id, "name": topic.name} for topic in chat.topics],
        "migrated_to": chat.migrated_to,
        "last_message": message_view(world, last, with_reply=False) if last else None,
        "commands": shown_commands(
            world,
            chat_id=chat.id,
            is_group=chat.is_group,
            language=language_code.split("-")[0],
        ),
    }


def _decoded(document: NewDocument) -> Upload:
    try:
        content = base64.b64decode(document.content_base64, validate=True)
    except binascii.Error as error:
        raise people.Mistake("the file's content is not base64") from error
    return Upload(document.file_name, document.mime_type, content)
