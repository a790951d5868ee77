"""The state of the local Telegram: read from storage once, then kept in step with it."""

import secrets
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from bot_service.local_telegram.callbacks import Presses
from bot_service.local_telegram.clock import Clock
from bot_service.local_telegram.events import EventLog
from bot_service.local_telegram.limits import FloodGuard, Limits
from bot_service.local_telegram.models import (
    Attachment,
    Chat,
    Identity,
    Message,
    Person,
)
from bot_service.local_telegram.storage import Storage
from bot_service.local_telegram.updates import UpdateQueue

BOT_ID = 1
REFUSALS_KEPT = 1000


@dataclass(frozen=True)
class RefusedRequest:
    """A request that was refused; no message text in it."""

    method: str
    error_code: int
    description: str
    at: str


class World:
    """People, chats, messages and files, and what happens to them."""

    def __init__(self, folder: Path, *, clock: Clock, limits: Limits, owner_name: str) -> None:
        self.clock = clock
        self.storage = Storage(folder)
        self.events = EventLog()
        self.flood = FloodGuard(limits)
        self.presses = Presses()
        self.refusals: deque[RefusedRequest] = deque(maxlen=REFUSALS_KEPT)
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.messages: dict[int, dict[int, Message]] = {}
        self.files: dict[str, Attachment] = {}
        self._load()
        self.identity = self._identity(owner_name)
        self.updates = UpdateQueue(self.storage)

    def put_person(self, person: Person) -> None:
        """Keep a new or changed person."""
        self.people[person.id] = person
        self.storage.put("person", str(person.id), person.model_dump_json())

    def put_chat(self, chat: Chat) -> None:
        """Keep a new or changed chat."""
        self.chats[chat.id] = chat
        self.storage.put("chat", str(chat.id), chat.model_dump_json(exclude_defaults=True))

    def put_message(self, message: Message) -> None:
        """Keep a new or changed message."""
        self.messages.setdefault(message.chat_id, {})[message.message_id] = message
        key = f"{message.chat_id}:{message.message_id}"
        self.storage.put("message", key, message.model_dump_json(exclude_defaults=True))

    def drop_message(self, chat_id: int, message_id: int) -> None:
        """Delete a message for everybody."""
        del self.messages[chat_id][message_id]
        self.storage.delete("message", f"{chat_id}:{message_id}")

    def next_message_id(self, chat_id: int) -> int:
        """Take the next message id of a chat; ids are never given twice."""
        chat = self.chats[chat_id]
        self.put_chat(chat.model_copy(update={"last_message_id": chat.last_message_id + 1}))
        return chat.last_message_id + 1

    def put_file(self, attachment: Attachment) -> None:
        """Remember an upload, so that its id can be sent again."""
        self.files[attachment.file_id] = attachment
        self.storage.put("file", attachment.file_id, attachment.model_dump_json())

    def refuse(self, method: str, code: int, description: str) -> None:
        """Note a refused request for whoever asks what went wrong."""
        at = self.clock.now().isoformat()
        self.refusals.append(RefusedRequest(method, code, description, at))
        self.events.add("refused", None, {"method": method, "description": description})

    def setting(self, key: str) -> str | None:
        """Give a stored setting of the bot, a JSON text."""
        return self._settings.get(key)

    def put_setting(self, key: str, value: str | None) -> None:
        """Keep a setting of the bot; None forgets it."""
        if value is None:
            self._settings.pop(key, None)
            self.storage.delete("setting", key)
        else:
            self._settings[key] = value
            self.storage.put("setting", key, value)

    def let_go(self) -> None:
        """End all waiting: long polls, event streams, presses."""
        for signal in (self.events.signal, self.updates.signal, self.presses.signal):
            signal.close()

    def close(self) -> None:
        """Close the file; the world is useless afterwards."""
        self.let_go()
        self.storage.close()

    def _load(self) -> None:
        for _, value in self.storage.all("person"):
            person = Person.model_validate_json(value)
            self.people[person.id] = person
        for _, value in self.storage.all("chat"):
            chat = Chat.model_validate_json(value)
            self.chats[chat.id] = chat
        for _, value in self.storage.all("message"):
            message = Message.model_validate_json(value)
            self.messages.setdefault(message.chat_id, {})[message.message_id] = message
        for chat_id, messages in self.messages.items():
            self.messages[chat_id] = dict(sorted(messages.items()))
        for _, value in self.storage.all("file"):
            attachment = Attachment.model_validate_json(value)
            self.files[attachment.file_id] = attachment
        self._settings = dict(self.storage.all("setting"))

    def _identity(self, owner_name: str) -> Identity:
        stored = self._settings.get("identity")
        if stored is not None:
            return Identity.model_validate_json(stored)
        owner = Person(id=100001, first_name=owner_name)
        identity = Identity(
            token=f"{BOT_ID}:local-{secrets.token_urlsafe(24)}",
            bot_id=BOT_ID,
            owner_id=owner.id,
            username="newsdesk_bot",
        )
        with self.storage.batch():
            self.put_person(owner)
            self.put_chat(
                Chat(id=owner.id, kind="private", title=owner_name, members={owner.id: "member"})
            )
            self.put_setting("identity", identity.model_dump_json())
        return identity
