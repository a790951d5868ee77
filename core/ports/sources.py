"""Sources that are polled, their health, and the hours that were missed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from schemas.principal import Visibility
from schemas.sources import Missed, NewSource, PolledSource, PollOutcome, SourceChange


class Sources(Protocol):
    """What the desk polls. Within one audience of a tenant an address is polled once."""

    async def add(
        self, new: NewSource, *, at: datetime, interval_s: int
    ) -> tuple[PolledSource, bool]:
        """Store a source that is due at once; gives it, and whether it is new.

        The same address in the same audience is the source that is there already: nothing of it
        changes.
        """
        ...

    async def get(self, visibility: Visibility, source_id: int) -> PolledSource | None:
        """A visible polled source, or None."""
        ...

    async def find(self, visibility: Visibility, urls: Sequence[str]) -> list[PolledSource]:
        """Visible polled sources with one of these addresses."""
        ...

    async def listed(self, visibility: Visibility) -> list[PolledSource]:
        """Every visible polled source, by title."""
        ...

    async def claim_due(
        self, *, now: datetime, limit: int, lease_until: datetime
    ) -> list[PolledSource]:
        """Take active sources that are due, longest overdue first, of every audience.

        Nobody else is given them before `lease_until` unless `record` or `change` says when they
        are due again; so a process that dies gives them back by itself.
        """
        ...

    async def record(self, source_id: int, outcome: PollOutcome) -> None:
        """Write down how a poll went; a source that was removed meanwhile is left alone."""
        ...

    async def change(
        self, visibility: Visibility, source_id: int, change: SourceChange
    ) -> PolledSource | None:
        """Change a visible source; gives it as it is then, None when there is none."""
        ...

    async def remove(self, visibility: Visibility, source_id: int) -> bool:
        """Stop polling a visible source for good; its articles stay. Says whether it was there."""
        ...

    async def swap(self, one_id: int, other_id: int, *, at: datetime) -> None:
        """Exchange the addresses of two sources; both forget their validators and are due."""
        ...

    async def oldest_success(self) -> datetime | None:
        """When the active source that was read longest ago was read (added, if never).

        Of every audience; None without active sources.
        """
        ...

    async def missed(self, visibility: Visibility, start: datetime, end: datetime) -> list[Missed]:
        """Missed spans of visible sources, cut to the asked time.

        They include what an active source that fails right now has not been read since.
        """
        ...

    async def families(self, visibility: Visibility) -> Mapping[str, int]:
        """How many visible active sources each publisher family has."""
        ...

    async def has_private(self) -> bool:
        """Whether any source ever stored is not for everybody."""
        ...

    async def narrow(self, visibility: Visibility) -> Visibility:
        """The same view without the tenants and audiences that never had a source of their own.

        Those who see the same news have the same narrow view. One of every audience stays as it
        is.
        """
        ...

    async def move_audience(self, old: str, new: str, *, at: datetime) -> int:
        """Give everything of one audience (sources, articles, stories, gaps) to another.

        A group that becomes a supergroup takes its private feeds along. Where both have a source
        of the same address, one remains. Gives how many sources moved; articles that moved are
        appended to the outbox, because the index holds their audience too.
        """
        ...
