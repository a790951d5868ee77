"""The one ordered lane of a desk: the clusterer's memory, loaded from the store at need."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.ports.articles import RecentArticle
from core.ports.store import UnitOfWork
from core.stories.attach import Memory
from core.stories.private import PrivateStories
from core.stories.recent import LOOK_AHEAD, MEMORY, Entry, RecentStories
from schemas.principal import PUBLIC, SHARED_TENANT, Visibility

MAX_PRIVATE = 16
"""Closed audiences whose own news is kept in memory, the least lately used out first."""

_FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom an article belongs to."""

    tenant: str = SHARED_TENANT
    audience: str = PUBLIC

    @property
    def own(self) -> Visibility:
        """What everybody sees who sees this owner's articles, beside what all the world does."""
        audiences = {self.audience} if self.tenant == SHARED_TENANT else {self.audience, PUBLIC}
        return Visibility(tenants=frozenset({self.tenant}), audiences=frozenset(audiences))


EVERYBODY = Owner()


@dataclass(frozen=True, slots=True)
class _Public:
    """The public memory; `until` is where it ends when it does not reach to the newest article."""

    stories: RecentStories
    until: datetime | None

    def covers(self, first_at: datetime, last_at: datetime) -> bool:
        horizon = self.stories.horizon
        is_late = horizon is not None and first_at <= horizon
        return not is_late and (self.until is None or last_at + LOOK_AHEAD <= self.until)

    def begins_before(self, moment: datetime) -> bool:
        """Say whether an article of that moment belongs into it."""
        return self.stories.horizon is None or moment > self.stories.horizon


class StoryLane:
    """Keeps what the clusterer remembers equal to what the store holds around the next articles.

    Normally that is the 72 h before the newest article. For articles older than that (an archive
    imported after newer news, the old items of a new feed) the 72 h before them and a day after
    them are loaded beside it.

    Public articles are remembered by themselves; those of a closed audience beside them, so that
    nobody is told by the story of a public article that there are others.
    """

    def __init__(self) -> None:
        self._live: _Public | None = None
        self._archive: _Public | None = None
        self._private: OrderedDict[Owner, PrivateStories] = OrderedDict()
        self._placed_in: Memory | None = None

    def forget(self) -> None:
        """Drop the memory; the next `recall` loads it from the store."""
        self._live = self._archive = self._placed_in = None
        self._private.clear()

    def settle(
        self,
        owner: Owner,
        added: Sequence[tuple[Entry, int]],
        revised: Sequence[tuple[int, RecentArticle]],
    ) -> None:
        """Take over what was committed of one owner: ids of new articles, new words of old."""
        if self._placed_in is not None:
            for entry, article_id in added:
                self._placed_in.settle(entry, article_id)
        for memory in self._memories(owner):
            for article_id, article in revised:
                memory.revise(article_id, article)
        if owner.audience == PUBLIC and owner != EVERYBODY:
            # What a whole tenant sees, its other audiences remember as well.
            for other in [o for o in self._private if o != owner and o.tenant == owner.tenant]:
                del self._private[other]

    async def recall(
        self, unit: UnitOfWork, owner: Owner, first_at: datetime, last_at: datetime
    ) -> Memory:
        """Give the memory for clustering an owner's articles between two moments, inclusive."""
        if owner == EVERYBODY:
            self._placed_in = (await self._recall_public(unit, first_at, last_at)).stories
        else:
            self._placed_in = await self._recall_private(unit, owner, first_at, last_at)
        return self._placed_in

    async def _recall_private(
        self, unit: UnitOfWork, owner: Owner, first_at: datetime, last_at: datetime
    ) -> PrivateStories:
        held = [public for public in (self._live, self._archive) if public]
        public = next((one for one in held if one.covers(first_at, last_at)), None)
        if public is None:
            public = await _load_public(unit, first_at, last_at)
            # What a closed audience looks up of old times is not what comes next in public.
            if self._live is None and public.until is None:
                self._live = public
        memory = self._private.get(owner)
        if memory is None or memory.public is not public.stories or memory.is_past(first_at):
            memory = await _load_private(unit, owner, public, last_at)
            self._private[owner] = memory
        self._private.move_to_end(owner)
        while len(self._private) > MAX_PRIVATE:
            self._private.popitem(last=False)
        return memory

    async def _recall_public(
        self, unit: UnitOfWork, first_at: datetime, last_at: datetime
    ) -> _Public:
        if self._live is not None and self._live.covers(first_at, last_at):
            # An archive would miss what comes in now.
            self._archive = None
            return self._live
        if self._archive is None or not self._archive.covers(first_at, last_at):
            loaded = await _load_public(unit, first_at, last_at)
            if loaded.until is None:
                self._live, self._archive = loaded, None
                return loaded
            self._archive = loaded
        if self._live is not None and self._live.begins_before(last_at):
            # It would miss what the archive brings into its time.
            self._live = None
        return self._archive

    def _memories(self, owner: Owner) -> list[Memory]:
        if owner == EVERYBODY:
            return [public.stories for public in (self._live, self._archive) if public]
        private = self._private.get(owner)
        return [private] if private else []


async def _load_public(unit: UnitOfWork, first_at: datetime, last_at: datetime) -> _Public:
    span = await unit.windows.span(EVERYBODY.own)
    newest = span[1] if span else first_at
    if newest - MEMORY < first_at:
        since, until, clock = newest - MEMORY, newest, newest
        end = None
    else:
        # twice the look-ahead: an archive in order reloads once a day of news, not every batch
        since, until, clock = first_at - MEMORY, last_at + 2 * LOOK_AHEAD, first_at
        end = until
    stories = RecentStories.load(
        await unit.articles.load_recent(since, until, visibility=EVERYBODY.own)
    )
    stories.advance(clock)
    return _Public(stories, end)


async def _load_private(
    unit: UnitOfWork, owner: Owner, public: _Public, last_at: datetime
) -> PrivateStories:
    since = public.stories.horizon or last_at - MEMORY
    rows = await unit.articles.load_recent(since, public.until or _FOREVER, visibility=owner.own)
    return PrivateStories.load(public.stories, rows)
