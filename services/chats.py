"""Chats and people: settings, roles, the claim link, forgetting, the state of the desk."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from shutil import disk_usage

from core.access import system_principal, visible
from core.errors import UsageError
from core.ports.store import Store
from core.rendering.words import nearest_language
from monitoring.metrics import Metrics
from schemas.chats import Chat, ChatSettings, ChatState, Person
from schemas.principal import Principal, Role
from schemas.status import DeskStatus
from services.lanes import INGEST

CLAIM = "claim_token"


@dataclass(frozen=True, slots=True)
class ChatParts:
    """What chats work with; `local_owner`, the person of the local Telegram, owns the desk."""

    store: Store
    metrics: Metrics
    now: Callable[[], datetime]
    disk: Path | None
    version: str
    are_models_on: Callable[[], Awaitable[bool]]
    operators: frozenset[str] = frozenset()
    allowed_chats: frozenset[str] = frozenset()
    local_owner: str | None = None


class ChatDesk:
    """Everything the desk remembers of chats and people."""

    def __init__(self, parts: ChatParts) -> None:
        self._parts = parts

    def is_allowed(self, chat_id: str) -> bool:
        """Say whether this chat may use the bot."""
        return not self._parts.allowed_chats or chat_id in self._parts.allowed_chats

    async def greet(self, chat: Chat) -> Chat:
        """Remember a chat that spoke; gives it with its stored settings."""
        async with self._parts.store.transaction() as work:
            return await work.chats.touch(chat)

    async def principal_for(
        self, *, chat: Chat, person: str | None, language_code: str | None
    ) -> Principal:
        """Give the principal of somebody who speaks in a chat: roles, language, time zone."""
        return Principal(
            person=person,
            chat=chat.id,
            roles=await self._roles(person),
            lang=chat.settings.lang or nearest_language(language_code),
            tz=chat.settings.tz,
        )

    async def _roles(self, person: str | None) -> frozenset[Role]:
        roles: set[Role] = {"reader"}
        if person is None:
            return frozenset(roles)
        if person == self._parts.local_owner:
            return frozenset({"reader", "operator", "owner"})
        if person in self._parts.operators:
            roles.add("operator")
        async with self._parts.store.transaction(is_write=False) as work:
            known = {p.id: p.role for p in await work.chats.people()}
        if person in known:
            roles |= {"operator", "owner"} if known[person] == "owner" else {"operator"}
        return frozenset(roles)

    async def save_settings(self, principal: Principal, settings: ChatSettings) -> None:
        """Replace the settings of the principal's chat."""
        if principal.chat is None:
            raise UsageError("settings belong to a chat", field="option")
        async with self._parts.store.transaction() as work:
            await work.chats.save_settings(principal.chat, settings)

    async def claim_token(self) -> str | None:
        """Give the one-time token of the claim link, made when the desk has no owner yet."""
        async with self._parts.store.transaction() as work:
            if any(p.role == "owner" for p in await work.chats.people()):
                return None
            token = await work.ops.get_value(CLAIM)
            if token is None:
                token = secrets.token_urlsafe(18)
                await work.ops.set_value(CLAIM, token)
            return token

    async def claim(self, person: str, name: str, token: str) -> bool:
        """Make somebody the owner when the token is the one that was printed; it works once."""
        now = self._parts.now()
        async with self._parts.store.transaction() as work:
            stored = await work.ops.get_value(CLAIM)
            if stored is None or not hmac.compare_digest(stored.encode(), token.encode()):
                return False
            await work.ops.set_value(CLAIM, None)
            await work.chats.save_person(Person(id=person, name=name, role="owner", since=now))
            owner = Principal(person=person, roles=frozenset({"owner"}))
            await work.ops.record_event("claim", owner, ref=None, at=now, data={})
            return True

    async def operators(self, principal: Principal) -> list[Person]:
        """List everybody with a role; owners only."""
        _require_owner(principal)
        async with self._parts.store.transaction(is_write=False) as work:
            return await work.chats.people()

    async def add_operator(self, principal: Principal, person_id: str, name: str) -> None:
        """Give somebody the operator role; owners only. The owner stays owner."""
        _require_owner(principal)
        if not person_id.isdecimal():
            raise UsageError(
                f"a Telegram user id is a number, got {person_id!r}",
                field="option",
                word=person_id,
            )
        async with self._parts.store.transaction() as work:
            if any(p.id == person_id and p.role == "owner" for p in await work.chats.people()):
                return
            await work.chats.save_person(
                Person(id=person_id, name=name, role="operator", since=self._parts.now())
            )

    async def remove_operator(self, principal: Principal, person_id: str) -> None:
        """Take the operator role away; owners only, and never from the owner."""
        _require_owner(principal)
        async with self._parts.store.transaction() as work:
            if any(p.id == person_id and p.role == "operator" for p in await work.chats.people()):
                await work.chats.remove_person(person_id)

    async def forget(self, principal: Principal) -> int:
        """Delete what is stored of a person: chat, runs, votes, events; gives how many rows."""
        if principal.person is None:
            return 0
        async with self._parts.store.transaction() as work:
            gone = await work.runs.forget_person(principal.person)
            gone += await work.ops.forget_person(principal.person)
            gone += await work.chats.forget(principal.person)
        return gone

    async def blocked(self, chat_id: str) -> None:
        """Remember that a person blocked the bot."""
        await self._set_state(chat_id, "blocked")

    async def left(self, chat_id: str) -> None:
        """Remember that the bot is no longer in a group."""
        await self._set_state(chat_id, "left")

    async def returned(self, chat_id: str) -> None:
        """Remember that a chat is back."""
        await self._set_state(chat_id, "active")

    async def _set_state(self, chat_id: str, state: ChatState) -> None:
        async with self._parts.store.transaction() as work:
            await work.chats.set_state(chat_id, state)

    async def migrated(self, old_id: str, new_id: str) -> None:
        """Move a group's settings and answers to the supergroup it became."""
        # What a poll stores meanwhile would stay behind under the old id.
        async with (
            self._parts.store.exclusive(INGEST),
            self._parts.store.transaction() as work,
        ):
            await work.chats.migrate(old_id, new_id, at=self._parts.now())

    async def status(self, principal: Principal | None = None) -> DeskStatus:
        """Count what is stored, how fast it grows and how long the disk lasts."""
        now = self._parts.now()
        who = principal or system_principal()
        async with self._parts.store.transaction(is_write=False) as work:
            counts = await work.ops.counts(visible(who), now=now)
            size = await work.ops.size_bytes()
            lag, _ = await work.outbox.backlog("article")
            active = await work.chats.active_since(now - timedelta(days=7))
        self._parts.metrics.active_chats.labels(window="7d").set(active)
        return DeskStatus(
            n_articles=counts.n_articles,
            n_sources=counts.n_sources,
            n_stories=counts.n_stories,
            languages=dict(counts.languages),
            oldest_at=counts.oldest_at,
            newest_at=counts.newest_at,
            size_bytes=size,
            per_day=counts.per_day,
            days_left=self._days_left(size, counts.n_articles, counts.per_day),
            is_sample=counts.n_articles > counts.n_real,
            index_lag=lag,
            version=self._parts.version,
            models="on" if await self._parts.are_models_on() else "off",
        )

    def _days_left(self, size: int, n_articles: int, per_day: float) -> float | None:
        """Free disk divided by what a day adds at today's bytes per article."""
        if self._parts.disk is None or n_articles == 0 or per_day <= 0:
            return None
        free = disk_usage(self._parts.disk).free
        return round(free / (size / n_articles * per_day), 1)


def _require_owner(principal: Principal) -> None:
    if "owner" not in principal.roles:
        raise UsageError("only the owner may do this", field="option")
