"""What people do with sources: look at one, add it, pause it, remove it, take lists along."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from urllib.parse import urlsplit

from core.access import may_change, may_publish, visible
from core.errors import SourceFailed, UsageError
from core.ports.cache import Cache
from core.ports.store import Store, UnitOfWork
from core.rendering.source_words import shown_address
from core.stories.intake import domain_of
from core.stories.publishers import family_of_feed
from schemas.principal import PUBLIC, SHARED_TENANT, Principal, Visibility
from schemas.settings import SourceSettings
from schemas.sources import (
    AddedSources,
    FeedLink,
    FoundSource,
    NewSource,
    PolledSource,
    SourceChange,
)
from services.polling import Polling

LOOK_S = 30.0
"""Seconds a look at an address may take, its redirects and a page's feeds included."""

LOOKS_PER_MINUTE, LOOK_BURST = 6, 10
FIRST_POLL_S = 15.0
"""Seconds that adding a source waits for its first poll, which goes on after that."""

MAX_LINKS = 2_000
"""Sources that one list may add."""

CHUNK = 50
"""Sources of one transaction: the write lock is held for a quarter of a second."""

MAX_PROBLEMS = 20
MAX_URL = 2_000


class Find(Protocol):
    """Find feeds and channels behind an address; raises `SourceFailed` and `UsageError`."""

    async def __call__(self, address: str, *, now: datetime) -> list[FoundSource]:
        """Give what was found, best first, each proven by reading it."""
        ...


class WriteOpml(Protocol):
    """Write sources down as OPML."""

    def __call__(self, sources: Sequence[PolledSource], *, now: datetime) -> bytes:
        """Give the file."""
        ...


@dataclass(frozen=True, slots=True)
class SourceParts:
    """What the use cases of sources are made of; `channel_page` gives a channel's address."""

    store: Store
    cache: Cache
    polling: Polling
    settings: SourceSettings
    now: Callable[[], datetime]
    find: Find
    channel_page: Callable[[str], str | None]
    read_opml: Callable[[bytes], list[FeedLink]]
    write_opml: WriteOpml


class SourceDesk:
    """Sources as a principal may see and change them.

    What is public belongs to operators; in a chat everybody may keep sources that are visible to
    this chat alone.
    """

    def __init__(self, parts: SourceParts) -> None:
        self._parts = parts
        self._first_polls: set[asyncio.Task[None]] = set()

    async def listed(self, principal: Principal) -> list[PolledSource]:
        """Give every source that the principal may see, by title."""
        async with self._parts.store.transaction(is_write=False) as unit:
            return await unit.sources.listed(visible(principal))

    async def get(self, principal: Principal, source_id: int) -> PolledSource:
        """Give a visible source.

        Raises:
            UsageError: There is none with this number.
        """
        async with self._parts.store.transaction(is_write=False) as unit:
            return _there(await unit.sources.get(visible(principal), source_id), source_id)

    async def look(self, principal: Principal, address: str) -> list[FoundSource]:
        """Find feeds and channels behind an address, best first.

        Raises:
            UsageError: It is no address, or the principal looks too often.
            SourceFailed: It cannot be read, or leads where nobody may look.
        """
        if not principal.roles:
            raise UsageError("only people who may use this desk add sources", field="principal")
        await self._admit(principal)
        try:
            async with asyncio.timeout(LOOK_S):
                return await self._parts.find(address.strip(), now=self._parts.now())
        except TimeoutError:
            raise SourceFailed(
                f"nothing was found within {LOOK_S:.0f} s; give the address of the feed itself",
                reason="timeout",
            ) from None

    async def add(
        self, principal: Principal, found: FoundSource, *, is_private: bool
    ) -> PolledSource:
        """Poll a source from now on; its first poll has ended, unless that takes long.

        A source that is there already is given as it is.

        Raises:
            UsageError: The principal may not, or the chat has as many as it may have.
        """
        tenant, audience = _home(principal, is_private=is_private)
        title = found.title.strip() or domain_of(found.site_url or found.url) or found.url
        new = NewSource(
            url=found.url,
            kind=found.kind,
            title=title,
            family=_family(found.kind, title, found.site_url or found.url),
            publisher=title,
            site_url=found.site_url,
            domain=domain_of(found.site_url or found.url),
            added_by=principal.person,
            tenant=tenant,
            audience=audience,
        )
        async with self._parts.store.transaction() as unit:
            n_free = await self._n_free(unit, new)
            known = await unit.sources.find(_of(new), [new.url])
            if not known and n_free <= 0:
                raise self._full()
            source, is_new = await self._store(unit, new)
        if is_new:
            await self._first_poll(source)
        return await self.get(principal, source.source.id)

    async def set_status(
        self, principal: Principal, source_id: int, status: Literal["active", "paused"]
    ) -> PolledSource:
        """Pause a source, or poll it again at once.

        Raises:
            UsageError: There is none with this number, or the principal may not.
        """
        due_at = self._parts.now() if status == "active" else None
        change = SourceChange(status=status, next_poll_at=due_at)
        return await self._change(principal, source_id, change)

    async def set_full_text(
        self, principal: Principal, source_id: int, is_on: bool
    ) -> PolledSource:
        """Say whether the text behind the links of a source is fetched.

        Raises:
            UsageError: As for `set_status`.
        """
        return await self._change(principal, source_id, SourceChange(has_full_text=is_on))

    async def remove(self, principal: Principal, source_id: int) -> PolledSource:
        """Stop polling a source for good and give it as it was; its articles stay.

        Raises:
            UsageError: As for `set_status`.
        """
        async with self._parts.store.transaction() as unit:
            source = await self._changeable(unit, principal, source_id)
            await unit.sources.remove(visible(principal), source_id)
        return source

    async def look_into(self, principal: Principal, body: bytes) -> tuple[int, int]:
        """Count the feeds that an OPML file names, and those that the principal does not see."""
        links = await asyncio.to_thread(self._parts.read_opml, body)
        urls = {self._parts.channel_page(link.url) or link.url.strip() for link in links}
        async with self._parts.store.transaction(is_write=False) as unit:
            known = await unit.sources.find(visible(principal), sorted(urls))
        return len(urls), len(urls) - len({source.url for source in known})

    async def import_opml(
        self, principal: Principal, body: bytes, *, is_private: bool = False
    ) -> AddedSources:
        """Add the sources that an OPML file names.

        Raises:
            UsageError: The principal may not, or the file names none.
        """
        _home(principal, is_private=is_private)
        links = await asyncio.to_thread(self._parts.read_opml, body)
        if not links:
            raise UsageError(
                "this file names no feed; an OPML file has <outline … xmlUrl=…> in it",
                field="option",
            )
        return await self.add_links(principal, links, is_private=is_private)

    async def add_links(
        self,
        principal: Principal,
        links: Sequence[FeedLink],
        *,
        is_private: bool,
        is_starter: bool = False,
    ) -> AddedSources:
        """Add sources by address without looking at them first; they are due at once.

        Raises:
            UsageError: The principal may not.
        """
        tenant, audience = _home(principal, is_private=is_private)
        tally = _Tally()
        new = []
        for link in links[:MAX_LINKS]:
            made = self._from_link(link, tally)
            if made is not None:
                owned = {"tenant": tenant, "audience": audience, "added_by": principal.person}
                new.append(made.model_copy(update=owned | {"is_starter": is_starter}))
        if len(links) > MAX_LINKS:
            n_more = len(links) - MAX_LINKS
            tally.refuse(f"{n_more} more were left out: a list may add {MAX_LINKS}", n=n_more)
        for start in range(0, len(new), CHUNK):
            await self._store_chunk(new[start : start + CHUNK], tally)
        self._parts.polling.wake()
        return tally.summary()

    async def export_opml(self, principal: Principal, *, has_secrets: bool = False) -> bytes:
        """Write down every source that the principal may see as OPML.

        User names and passwords of addresses are left out unless `has_secrets`: a list that is
        exported in a chat is read by everybody there.
        """
        sources = await self.listed(principal)
        if not has_secrets:
            sources = [s.model_copy(update={"url": shown_address(s.url)}) for s in sources]
        return await asyncio.to_thread(self._parts.write_opml, sources, now=self._parts.now())

    async def _admit(self, principal: Principal) -> None:
        who = principal.person or principal.chat
        if who is None:
            return
        wait_s = await self._parts.cache.take_token(
            f"rate:look:{who}", per_minute=LOOKS_PER_MINUTE, burst=LOOK_BURST
        )
        if wait_s > 0:
            raise UsageError(
                f"too many addresses at once; try again in {wait_s:.0f} s", field="rate"
            )

    async def _first_poll(self, source: PolledSource) -> None:
        task = asyncio.create_task(self._parts.polling.poll_all([source]))
        self._first_polls.add(task)
        task.add_done_callback(self._first_polls.discard)
        await asyncio.wait({task}, timeout=FIRST_POLL_S)

    def _from_link(self, link: FeedLink, tally: "_Tally") -> NewSource | None:
        page = self._parts.channel_page(link.url)
        url = page or link.url.strip()
        host = _host(url)
        if host is None or len(url) > MAX_URL:
            tally.refuse(f"{link.url[:100]!r} is no address of a feed")
            return None
        site = link.site_url or (None if page else url)
        title = link.title.strip() or domain_of(site) or host
        kind: Literal["feed", "channel"] = "channel" if page else "feed"
        return NewSource(
            url=url,
            kind=kind,
            title=title,
            family=_family(kind, title, site),
            publisher=title,
            site_url=link.site_url,
            domain=domain_of(site or url),
        )

    async def _store_chunk(self, new: Sequence[NewSource], tally: "_Tally") -> None:
        async with self._parts.store.transaction() as unit:
            n_free = await self._n_free(unit, new[0])
            for each in new:
                if n_free <= 0 and not await unit.sources.find(_of(each), [each.url]):
                    tally.refuse(str(self._full()))
                    continue
                _, is_new = await self._store(unit, each)
                n_free -= is_new
                tally.added += is_new
                tally.known += not is_new

    async def _store(self, unit: UnitOfWork, new: NewSource) -> tuple[PolledSource, bool]:
        return await unit.sources.add(
            new, at=self._parts.now(), interval_s=self._parts.settings.interval_s
        )

    async def _n_free(self, unit: UnitOfWork, new: NewSource) -> int:
        """How many more sources the audience may have; only chats are bounded."""
        if new.audience == PUBLIC:
            return MAX_LINKS
        return self._parts.settings.per_chat - len(await unit.sources.listed(_of(new)))

    def _full(self) -> UsageError:
        n_most = self._parts.settings.per_chat
        return UsageError(
            f"a chat may have {n_most} sources of its own; remove one first", field="option"
        )

    async def _change(
        self, principal: Principal, source_id: int, change: SourceChange
    ) -> PolledSource:
        async with self._parts.store.transaction() as unit:
            await self._changeable(unit, principal, source_id)
            changed = await unit.sources.change(visible(principal), source_id, change)
        self._parts.polling.wake()
        return _there(changed, source_id)

    async def _changeable(
        self, unit: UnitOfWork, principal: Principal, source_id: int
    ) -> PolledSource:
        """Give a source that the principal may change: it sees it, and it is its own or public."""
        source = _there(await unit.sources.get(visible(principal), source_id), source_id)
        if not may_change(principal, source.source.audience):
            raise UsageError(
                "only an operator may change sources that everybody sees", field="principal"
            )
        return source


@dataclass(slots=True)
class _Tally:
    """Running counts of a list."""

    added: int = 0
    known: int = 0
    refused: int = 0
    problems: tuple[str, ...] = ()

    def refuse(self, why: str, *, n: int = 1) -> None:
        self.refused += n
        if len(self.problems) < MAX_PROBLEMS and why not in self.problems:
            self.problems = (*self.problems, why)

    def summary(self) -> AddedSources:
        return AddedSources(
            added=self.added, known=self.known, refused=self.refused, problems=self.problems
        )


def _home(principal: Principal, *, is_private: bool) -> tuple[str, str]:
    """Give the tenant and audience of sources that a principal adds."""
    if is_private:
        if principal.chat is None or not principal.roles:
            raise UsageError("a private source belongs to a chat; add it there", field="principal")
        return principal.tenant, f"chat:{principal.chat}"
    if not may_publish(principal):
        raise UsageError("only an operator may add sources for everybody", field="principal")
    return SHARED_TENANT, PUBLIC


def _of(new: NewSource) -> Visibility:
    return Visibility(tenants=frozenset({new.tenant}), audiences=frozenset({new.audience}))


def _family(kind: str, title: str, site: str | None) -> str:
    """Give the publisher's family; a channel's host is Telegram's, which says nothing of it."""
    return family_of_feed(title, None if kind == "channel" else domain_of(site))


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None


def _there(source: PolledSource | None, source_id: int) -> PolledSource:
    if source is None:
        raise UsageError(f"there is no source {source_id}", field="source", word=str(source_id))
    return source
