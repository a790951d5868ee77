"""What people do: appear, write, press; the bot learns of it as Telegram would tell it."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from bot_service.local_telegram.models import Attachment, Chat, Forward, Message, Person
from bot_service.local_telegram.text import add_found_entities, check_encoding, utf16_len
from bot_service.local_telegram.views import message_view, user_view
from bot_service.local_telegram.world import World

MAX_TEXT = 4096
_FIRST_PERSON_ID = 100001


class Mistake(Exception):
    """A deed that is not possible here; the words say why."""


@dataclass(frozen=True)
class Writing:
    """What a person sends; `text` is the caption when there is a document."""

    text: str = ""
    document: Attachment | None = None
    thread_id: int | None = None
    reply_to: int | None = None
    is_anonymous: bool = False
    forward: Forward | None = None


def create_person(
    world: World, name: str, *, language_code: str = "en", username: str | None = None
) -> Person:
    """Let somebody new appear; they have no chat with the bot yet."""
    if not name.strip():
        raise Mistake("a person needs a name")
    person_id = max(world.people, default=_FIRST_PERSON_ID - 1) + 1
    person = Person(
        id=person_id,
        first_name=check_encoding(name.strip())[:64],
        username=username,
        language_code=language_code,
    )
    world.put_person(person)
    world.events.add("people", None, {})
    return person


def change_language(world: World, person_id: int, language_code: str) -> Person:
    """Let a person's Telegram speak another language."""
    person = known_person(world, person_id).model_copy(update={"language_code": language_code})
    world.put_person(person)
    world.events.add("people", None, {})
    return person


def write(world: World, chat_id: int, person_id: int, writing: Writing) -> list[Message]:
    """Send text or a file as a person; long text goes as several messages, as clients do.

    Raises:
        Mistake: When there is nothing to send, or the person is not in the chat.
    """
    chat = _chat_of(world, chat_id, person_id)
    text = check_encoding(writing.text).strip()
    if not text and writing.document is None:
        raise Mistake("there is nothing to send")
    if chat.kind == "private" and chat.bot == "kicked":
        raise Mistake("the bot is blocked: unblock it first")
    if writing.thread_id is not None and all(t.id != writing.thread_id for t in chat.topics):
        raise Mistake(f"there is no topic {writing.thread_id}")
    if writing.is_anonymous and chat.members[person_id] not in {"creator", "administrator"}:
        raise Mistake("only an admin writes anonymously")
    sent = []
    with world.storage.batch():
        for number, part in enumerate(_parts(text) or [""]):
            message = Message(
                chat_id=chat_id,
                message_id=world.next_message_id(chat_id),
                sender_id=person_id,
                date=world.clock.unix(),
                text=part,
                entities=add_found_entities(part, ()),
                document=writing.document if number == 0 else None,
                reply_to=writing.reply_to if number == 0 else None,
                thread_id=writing.thread_id,
                is_anonymous=writing.is_anonymous,
                forward=writing.forward,
            )
            tell(world, message)
            sent.append(message)
    return sent


def channel_post(world: World, title: str, username: str | None) -> Forward:
    """Give the origin of a post that somebody forwards; a title and name give the same channel.

    Raises:
        Mistake: The channel has no title.
    """
    if not title.strip():
        raise Mistake("a channel needs a title")
    known = f"{title.strip()}@{(username or '').lower()}".encode()
    return Forward(
        chat_id=-1_000_000_000_000 - zlib.crc32(known),
        title=check_encoding(title.strip()),
        username=username,
        message_id=1,
        date=world.clock.unix(),
    )


def rewrite(world: World, chat_id: int, message_id: int, text: str) -> Message:
    """Edit a person's own message."""
    message = _message(world, chat_id, message_id)
    kept = check_encoding(text).strip()
    if message.sender_id == world.identity.bot_id or message.service is not None:
        raise Mistake("this message is not a person's")
    if not kept or utf16_len(kept) > MAX_TEXT:
        raise Mistake(f"an edited text has 1 to {MAX_TEXT} characters")
    changes = {
        "text": kept,
        "entities": add_found_entities(kept, ()),
        "edit_date": world.clock.unix(),
    }
    changed = message.model_copy(update=changes)
    with world.storage.batch():
        world.put_message(changed)
        if _bot_sees(world, changed):
            world.updates.add("edited_message", message_view(world, changed))
    world.events.add("edited", chat_id, {"message": message_view(world, changed)})
    return changed


def press(world: World, chat_id: int, message_id: int, *, person_id: int, data: str) -> str:
    """Press an inline button and give the id of the query.

    Raises:
        Mistake: When the message has no such button now, or the person is not in the chat.
    """
    chat = _chat_of(world, chat_id, person_id)
    message = _message(world, chat.id, message_id)
    if all(button.callback_data != data for row in message.keyboard for button in row):
        raise Mistake("this message has no such button")
    query_id = world.presses.add(at_s=world.clock.elapsed_s())
    body: dict[str, object] = {
        "id": query_id,
        "from": user_view(world, person_id),
        "message": message_view(world, message),
        "chat_instance": str(abs(chat_id)),
        "data": data,
    }
    world.updates.add("callback_query", body)
    return query_id


def tell(world: World, message: Message) -> None:
    """Keep a new message, show it, and send it to the bot if the bot would see it."""
    world.put_message(message)
    view = message_view(world, message)
    if _bot_sees(world, message):
        world.updates.add("message", view)
    world.events.add("message", message.chat_id, {"message": view})


def known_person(world: World, person_id: int) -> Person:
    """Give a person or say that there is none."""
    person = world.people.get(person_id)
    if person is None:
        raise Mistake(f"there is no person {person_id}")
    return person


def known_chat(world: World, chat_id: int) -> Chat:
    """Give a chat or say that there is none."""
    chat = world.chats.get(chat_id)
    if chat is None:
        raise Mistake(f"there is no chat {chat_id}")
    return chat


def _chat_of(world: World, chat_id: int, person_id: int) -> Chat:
    chat = known_chat(world, chat_id)
    known_person(world, person_id)
    if chat.migrated_to is not None:
        raise Mistake(f"this group became the supergroup {chat.migrated_to}")
    if chat.members.get(person_id, "left") in {"left", "kicked"}:
        raise Mistake(f"person {person_id} is not in chat {chat_id}")
    return chat


def _message(world: World, chat_id: int, message_id: int) -> Message:
    message = world.messages.get(chat_id, {}).get(message_id)
    if message is None:
        raise Mistake(f"there is no message {message_id} in chat {chat_id}")
    return message


def _bot_sees(world: World, message: Message) -> bool:
    """Follow Telegram's privacy mode.

    In a group an ordinary bot gets commands to it or to nobody, mentions of it, answers to its
    messages and service messages; an administrator gets all.
    """
    chat = world.chats[message.chat_id]
    if chat.bot in {"left", "kicked"}:
        return False
    if not chat.is_group or chat.bot == "administrator" or message.service is not None:
        return True
    answered = world.messages.get(chat.id, {}).get(message.reply_to or 0)
    if answered is not None and answered.sender_id == world.identity.bot_id:
        return True
    own_name = f"@{world.identity.username}".lower()
    if own_name in message.text.lower():
        return True
    first_word = message.text.split(maxsplit=1)[0] if message.text else ""
    return first_word.startswith("/") and "@" not in first_word


def _parts(text: str) -> Sequence[str]:
    """Cut text into parts of at most 4096 UTF-16 units, at a line or a word where possible."""
    parts = []
    rest = text
    while utf16_len(rest) > MAX_TEXT:
        end = MAX_TEXT
        while utf16_len(rest[:end]) > MAX_TEXT:
            end -= (utf16_len(rest[:end]) - MAX_TEXT + 1) // 2
        cut = max(rest.rfind("\n", 0, end), rest.rfind(" ", 0, end))
        cut = cut if cut > end // 2 else end
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        parts.append(rest)
    return parts
