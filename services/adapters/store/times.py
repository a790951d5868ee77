"""Times as the tables hold them."""

from datetime import UTC, datetime

HOUR_S = 3600


def to_epoch(at: datetime) -> int:
    """Give whole seconds since 1970, cut towards the past.

    Raises:
        ValueError: If `at` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"a stored time needs a time zone, got {at!r}")
    return int(at.timestamp() // 1)


def from_epoch(seconds: int) -> datetime:
    """Give an aware UTC time."""
    return datetime.fromtimestamp(seconds, UTC)
