"""Which earlier windows the present is compared with."""

import math
from datetime import datetime, timedelta

MIN_HISTORY = timedelta(days=14)
MIN_WINDOWS = 2
_WEEK = timedelta(weeks=1)


def earlier_spans(
    start: datetime, end: datetime, *, history_start: datetime, max_windows: int = 8
) -> list[tuple[datetime, datetime]]:
    """List earlier windows of the same length and the same hours of the week, newest first.

    They lie whole weeks back, do not overlap the asked window or each other, and begin no earlier
    than the history does.

    Args:
        start: Begin of the asked window, aware.
        end: Its end, after `start`.
        history_start: When the oldest stored article counts, measured, never assumed.
        max_windows: How many at most.

    Raises:
        ValueError: If `end` is not after `start`.
    """
    length = end - start
    if length <= timedelta(0):
        raise ValueError(f"a window must end after its start, got {start!r} to {end!r}")
    step = math.ceil(length / _WEEK) * _WEEK
    spans = ((start - n * step, end - n * step) for n in range(1, max_windows + 1))
    return [(first, last) for first, last in spans if first >= history_start]


def has_enough_history(start: datetime, *, history_start: datetime, n_windows: int) -> bool:
    """Whether a burst may be claimed: 14 days of news before, two earlier windows with news."""
    return start - history_start >= MIN_HISTORY and n_windows >= MIN_WINDOWS
