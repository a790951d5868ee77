"""Chats, their settings, and the people with a role."""

from datetime import datetime
from typing import Protocol

from schemas.chats import Chat, ChatSettings, ChatState, Person


class Chats(Protocol):
    """What the desk remembers of chats and people."""

    async def touch(self, chat: Chat) -> Chat:
        """Store a chat or refresh kind, title, state and last-seen.

        Gives it with its stored settings.
        """
        ...

    async def get(self, chat_id: str) -> Chat | None:
        """The chat, or None."""
        ...

    async def save_settings(self, chat_id: str, settings: ChatSettings) -> None:
        """Replace a chat's settings."""
        ...

    async def set_state(self, chat_id: str, state: ChatState) -> None:
        """Mark a chat active, blocked or left."""
        ...

    async def migrate(self, old_id: str, new_id: str, *, at: datetime) -> None:
        """Move a group's settings, runs and private sources to the supergroup it became."""
        ...

    async def active_since(self, since: datetime) -> int:
        """How many chats spoke after `since`."""
        ...

    async def people(self) -> list[Person]:
        """Everybody with a role, owner first."""
        ...

    async def save_person(self, person: Person) -> None:
        """Store or replace a person's role."""
        ...

    async def remove_person(self, person_id: str) -> None:
        """Take a person's role away."""
        ...

    async def forget(self, person_id: str) -> int:
        """Delete a person's private chat with its settings; gives how many rows went."""
        ...
