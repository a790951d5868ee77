"""The one ordered lane of a desk: the clusterer's memory, loaded from the store at need."""

from collections.abc import Sequence
from datetime import datetime

from core.access import system_principal, visible
from core.ports.articles import RecentArticle
from core.ports.store import UnitOfWork
from core.stories.recent import LOOK_AHEAD, MEMORY, Entry, RecentStories


class StoryLane:
    """Keeps `RecentStories` equal to what the store holds around the articles that come next.

    Normally that is the 72 h before the newest article. For articles older than that (an archive
    imported after newer news) the 72 h before them and a day after them are loaded instead.
    """

    def __init__(self) -> None:
        self._recent: RecentStories | None = None
        self._until: datetime | None = None

    def forget(self) -> None:
        """Drop the memory; the next `recall` loads it from the store."""
        self._recent = None

    def settle(
        self,
        added: Sequence[tuple[Entry, int]],
        revised: Sequence[tuple[int, RecentArticle]],
    ) -> None:
        """Take over what was committed: ids of new articles, new words of old ones."""
        if self._recent is None:
            return
        for entry, article_id in added:
            self._recent.settle(entry, article_id)
        for article_id, article in revised:
            self._recent.revise(article_id, article)

    async def recall(
        self, unit: UnitOfWork, first_at: datetime, last_at: datetime
    ) -> RecentStories:
        """Give the memory for clustering articles between two moments, both inclusive."""
        if self._recent is None or not self._covers(self._recent, first_at, last_at):
            self._recent = await self._load(unit, first_at, last_at)
        return self._recent

    def _covers(self, recent: RecentStories, first_at: datetime, last_at: datetime) -> bool:
        is_late = recent.horizon is not None and first_at <= recent.horizon
        return not is_late and (self._until is None or last_at + LOOK_AHEAD <= self._until)

    async def _load(
        self, unit: UnitOfWork, first_at: datetime, last_at: datetime
    ) -> RecentStories:
        span = await unit.windows.span(visible(system_principal()))
        newest = span[1] if span else first_at
        if newest - MEMORY < first_at:
            since, until, clock = newest - MEMORY, newest, newest
            self._until = None
        else:
            # twice the look-ahead: an archive in order reloads once a day of news, not every batch
            since, until, clock = first_at - MEMORY, last_at + 2 * LOOK_AHEAD, first_at
            self._until = until
        recent = RecentStories.load(await unit.articles.load_recent(since, until))
        recent.advance(clock)
        return recent
