"""Chats, their settings, and the people with a role."""

from datetime import datetime

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.chats import Chat, ChatSettings, ChatState, Person
from schemas.principal import DEFAULT_TENANT
from services.adapters.store import moving
from services.adapters.store.statements import AnyRow, storable, upsert
from services.adapters.store.tables import chat as chats
from services.adapters.store.tables import person as persons
from services.adapters.store.tables import run
from services.adapters.store.terms import TermIds
from services.adapters.store.times import from_epoch, to_epoch


class SqlChats:
    """`Chats` inside one transaction."""

    def __init__(self, connection: AsyncConnection, terms: TermIds) -> None:
        self._connection = connection
        self._terms = terms

    async def touch(self, chat: Chat) -> Chat:
        """Store a chat or refresh all but its settings and first sight; gives what is stored."""
        insert = upsert(self._connection, chats).values(
            id=chat.id,
            tenant_id=chat.tenant,
            audience=audience_of(chat.id),
            kind=chat.kind,
            title=storable(chat.title),
            state=chat.state,
            settings=chat.settings.model_dump_json(),
            first_seen_at=to_epoch(chat.first_seen_at),
            last_seen_at=to_epoch(chat.last_seen_at),
        )
        refreshed = {
            name: insert.excluded[name] for name in ("kind", "title", "state", "last_seen_at")
        }
        result = await self._connection.execute(
            insert.on_conflict_do_update(index_elements=["id"], set_=refreshed).returning(chats)
        )
        return _to_chat(result.one())

    async def get(self, chat_id: str) -> Chat | None:
        """Give the chat, or None."""
        result = await self._connection.execute(select(chats).where(chats.c.id == chat_id))
        row = result.one_or_none()
        return None if row is None else _to_chat(row)

    async def save_settings(self, chat_id: str, settings: ChatSettings) -> None:
        """Replace a chat's settings; a chat that was never seen has none to replace."""
        await self._connection.execute(
            update(chats).where(chats.c.id == chat_id).values(settings=settings.model_dump_json())
        )

    async def set_state(self, chat_id: str, state: ChatState) -> None:
        """Mark a chat active, blocked or left."""
        await self._connection.execute(
            update(chats).where(chats.c.id == chat_id).values(state=state)
        )

    async def migrate(self, old_id: str, new_id: str, *, at: datetime) -> None:
        """Move a group's settings, runs and private sources to the supergroup it became.

        Telegram may announce the new id after its first message: settings of the group win over
        the defaults that message made. Told twice, or of an unknown group, nothing changes.
        """
        old = await self.get(old_id)
        if old is None or old_id == new_id:
            return
        new = await self.get(new_id)
        if new is None:
            moved = {"id": new_id, "audience": audience_of(new_id), "kind": "supergroup"}
            await self._connection.execute(update(chats).where(chats.c.id == old_id).values(moved))
        else:
            await self._connection.execute(delete(chats).where(chats.c.id == old_id))
            await self._connection.execute(
                update(chats)
                .where(chats.c.id == new_id)
                .values(
                    settings=old.settings.model_dump_json(),
                    first_seen_at=to_epoch(min(old.first_seen_at, new.first_seen_at)),
                )
            )
        await self._connection.execute(
            update(run)
            .where(run.c.chat == old_id)
            .values(chat=new_id, audience=audience_of(new_id))
        )
        await moving.move_audience(
            self._connection, self._terms, audience_of(old_id), audience_of(new_id), at=at
        )

    async def active_since(self, since: datetime) -> int:
        """Give how many chats spoke after `since`."""
        result = await self._connection.execute(
            select(func.count()).select_from(chats).where(chats.c.last_seen_at > to_epoch(since))
        )
        return int(result.scalar_one())

    async def people(self) -> list[Person]:
        """Give everybody with a role, owner first, then by seniority."""
        is_owner = case((persons.c.role == "owner", 0), else_=1)
        result = await self._connection.execute(
            select(persons).order_by(is_owner, persons.c.since, persons.c.id)
        )
        return [
            Person(id=row.id, name=row.name, role=row.role, since=from_epoch(row.since))
            for row in result
        ]

    async def save_person(self, person: Person) -> None:
        """Store or replace a person's role."""
        insert = upsert(self._connection, persons).values(
            id=person.id,
            tenant_id=DEFAULT_TENANT,
            audience="owner",
            name=storable(person.name),
            role=person.role,
            since=to_epoch(person.since),
        )
        replaced = {name: insert.excluded[name] for name in ("name", "role", "since")}
        await self._connection.execute(
            insert.on_conflict_do_update(index_elements=["id"], set_=replaced)
        )

    async def remove_person(self, person_id: str) -> None:
        """Take a person's role away."""
        await self._connection.execute(delete(persons).where(persons.c.id == person_id))

    async def forget(self, person_id: str) -> int:
        """Delete a person's private chat (its id is the person's) with its settings."""
        result = await self._connection.execute(
            delete(chats).where(chats.c.id == person_id, chats.c.kind == "private")
        )
        return result.rowcount


def audience_of(chat_id: str) -> str:
    """Give the audience of what belongs to one chat."""
    return f"chat:{chat_id}"


def _to_chat(row: AnyRow) -> Chat:
    return Chat(
        id=row.id,
        tenant=row.tenant_id,
        kind=row.kind,
        title=row.title,
        state=row.state,
        settings=ChatSettings.model_validate_json(row.settings),
        first_seen_at=from_epoch(row.first_seen_at),
        last_seen_at=from_epoch(row.last_seen_at),
    )
