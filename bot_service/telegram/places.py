"""Where a message goes."""

from dataclasses import dataclass

from telegram import Message


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, and inside it a forum topic and the message that is answered, each None if none."""

    chat_id: int
    is_group: bool = False
    thread_id: int | None = None
    reply_to: int | None = None


def place_of(message: Message, *, is_reply: bool) -> Place:
    """Give the place of `message`; with `is_reply` what is sent there quotes it."""
    return Place(
        chat_id=message.chat.id,
        is_group=message.chat.type != "private",
        thread_id=message.message_thread_id if message.is_topic_message else None,
        reply_to=message.message_id if is_reply else None,
    )
