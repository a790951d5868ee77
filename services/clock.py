"""What time it is for the desk: now, or a past moment that is replayed."""

from collections.abc import Callable
from datetime import UTC, datetime


def clock_from(start: datetime | None) -> Callable[[], datetime]:
    """Give the wall clock, or one that is set to `start` now and runs on from there."""
    if start is None:
        return lambda: datetime.now(UTC)
    shift = start - datetime.now(UTC)
    return lambda: datetime.now(UTC) + shift
