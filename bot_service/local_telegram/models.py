"""What exists in the local Telegram: people, chats, messages, stored as they are named here."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

ChatKind = Literal["private", "group", "supergroup"]
Membership = Literal["creator", "administrator", "member", "left", "kicked"]
EntityKind = Literal[
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
    "pre",
    "text_link",
    "text_mention",
    "custom_emoji",
]


class Record(BaseModel):
    """A frozen record that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Entity(Record):
    """A styled stretch of text; `offset` and `length` count UTF-16 units."""

    type: EntityKind
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    user_id: int | None = None
    custom_emoji_id: str | None = None

    @property
    def end(self) -> int:
        """The first UTF-16 unit after the stretch."""
        return self.offset + self.length


class Button(Record):
    """One inline button; exactly one of the three actions is set."""

    text: str
    callback_data: str | None = None
    url: str | None = None
    copy_text: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


class Attachment(Record):
    """A stored file; `width` and `height` are pixels and only pictures have them."""

    file_id: str
    file_unique_id: str
    file_name: str
    mime_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None


class Person(Record):
    """Somebody who writes to the bot."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str = "en"


class Topic(Record):
    """A forum topic; its id is the id of the message that opened it."""

    id: int
    name: str


class Chat(Record):
    """A chat with everything but its messages.

    `members` maps people to their rank. `bot` is the bot's own rank: in a private chat
    `member`, or `kicked` when the person blocked it.
    """

    id: int
    kind: ChatKind
    title: str
    members: dict[int, Membership]
    bot: Membership = "member"
    is_forum: bool = False
    topics: tuple[Topic, ...] = ()
    migrated_to: int | None = None
    last_message_id: int = 0

    @property
    def is_group(self) -> bool:
        """Whether more than one person may sit here."""
        return self.kind != "private"


class Service(Record):
    """What a service message tells; one field is set."""

    new_member_ids: tuple[int, ...] = ()
    left_member_id: int | None = None
    group_created: bool = False
    topic_created: str | None = None
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None


class Forward(Record):
    """The channel's post that a message was forwarded from; a private channel has no username."""

    chat_id: int
    title: str
    username: str | None = None
    message_id: int
    date: int


class Message(Record):
    """A message as everybody in the chat sees it; times are Unix seconds, UTC.

    `text` is the caption when there is an attachment. `sender_id` is a person's or the bot's
    id; `is_anonymous` hides an admin behind the group.
    """

    chat_id: int
    message_id: int
    sender_id: int
    date: int
    text: str = ""
    entities: tuple[Entity, ...] = ()
    keyboard: Keyboard = ()
    photo: Attachment | None = None
    document: Attachment | None = None
    reply_to: int | None = None
    thread_id: int | None = None
    edit_date: int | None = None
    is_anonymous: bool = False
    service: Service | None = None
    forward: Forward | None = None

    @property
    def attachment(self) -> Attachment | None:
        """The picture or document, if there is one."""
        return self.photo or self.document


class Command(Record):
    """One row of the bot's command menu."""

    command: str
    description: str


class Identity(Record):
    """The bot itself; `token` opens the Bot API of this folder."""

    token: str
    bot_id: int
    owner_id: int
    username: str
