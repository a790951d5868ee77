"""Work that happens later, or on time."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

JobHandler = Callable[[Mapping[str, str]], Awaitable[None]]


class JobQueue(Protocol):
    """At least once; a job's key is unique while it waits."""

    def register(self, name: str, handler: JobHandler) -> None:
        """Name the coroutine function that does a job."""
        ...

    async def enqueue(
        self,
        name: str,
        args: Mapping[str, str],
        *,
        key: str,
        delay_s: float = 0.0,
        hard_s: float = 120.0,
        retries: int = 3,
    ) -> bool:
        """Queue a job unless one with this key waits already; says whether it was queued."""
        ...

    def schedule(
        self,
        name: str,
        *,
        every_s: float | None = None,
        daily_at: str | None = None,
        tz: str = "UTC",
    ) -> None:
        """Enqueue a job on time: every so many seconds, or daily at "HH:MM" in `tz`."""
        ...

    async def start(self) -> None:
        """Begin to work."""
        ...

    async def aclose(self) -> None:
        """Stop; a running job gets a few seconds to end."""
        ...
