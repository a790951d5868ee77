"""When to look at a source again, and what its silence or its failures mean; pure rules."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.articles import RawItem
from schemas.sources import FailureReason, PolledSource, SourceState

DAY_S = 86_400.0

MEMORY_D = 14.0
"""Days after which news of a source counts 1/e in its yield: two weeks see every weekday twice."""

STRETCH = 1.25
"""How much longer the next interval is after a poll without news."""

MAX_SHRINK = 8
"""A burst of so many items shrinks the next interval the most; larger ones are a backlog."""

BACKOFF_CAPS = 4
"""Failing sources wait at most so many times the longest interval, and never over a day."""

SILENT_GAPS = 5.0
"""Mean gaps without news after which a source is silent: the 99th percentile of exponential
gaps is ln(100) = 4.6 of them."""

MIN_SILENCE = timedelta(days=2)
"""A weekend is no silence."""

MAX_SILENCE = timedelta(days=120)
UNKNOWN_SILENCE = timedelta(days=30)
"""A source whose rhythm was never told."""

FIRST_SIGHT_D = 14.0
"""Days of a first poll's items that tell the yield."""

OWN_NETWORK: frozenset[FailureReason] = frozenset({"dns", "connect", "timeout"})
"""What every source fails with when the desk's own network is gone."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often sources may be polled, in seconds: at first, at most and at least."""

    interval_s: int
    min_interval_s: int
    max_interval_s: int

    def __post_init__(self) -> None:
        if self.min_interval_s > self.max_interval_s:
            raise ValueError(
                f"the fewest seconds between polls ({self.min_interval_s}) are more than the "
                f"most ({self.max_interval_s})"
            )


def updated_yield(per_day: float | None, *, n_new: int, elapsed_s: float) -> float | None:
    """Give the yield after a poll: new items a day, older weeks counting less and less.

    An exponentially weighted mean over time, so that it does not depend on how often was polled.

    Args:
        per_day: The yield so far, None when unknown.
        n_new: New items of this poll.
        elapsed_s: Seconds since the last successful poll, at least 0; since the first one while
            the yield is unknown.
    """
    days = max(elapsed_s, 1.0) / DAY_S
    if per_day is None:
        return n_new / max(days, 1.0) if n_new else None
    kept = math.exp(-days / MEMORY_D)
    return per_day * kept + n_new / days * (1 - kept)


def first_yield(items: Sequence[RawItem], *, now: datetime) -> float | None:
    """Tell the yield from the dates of a first poll's items; None with fewer than two dates.

    A feed shows its newest items only, so the span begins at the oldest one of the last weeks.
    """
    since = now - timedelta(days=FIRST_SIGHT_D)
    dates = [item.published_at for item in items if item.published_at]
    recent = [at for at in dates if since <= at <= now]
    if len(recent) < 2:
        return None
    span_d = (now - min(recent)).total_seconds() / DAY_S
    return len(recent) / max(span_d, 1 / 24)


def next_interval_s(source: PolledSource, pace: Pace, *, n_new: int, per_day: float | None) -> int:
    """Give the interval after a successful poll, in seconds: about one new item a poll.

    Half way (on a logarithmic scale) between the last interval and the mean gap between items,
    longer after a poll without news, shorter after a burst.
    """
    gap_s = DAY_S / per_day if per_day else float(pace.max_interval_s)
    if per_day is None:
        gap_s = float(pace.interval_s)
    last_s = float(source.interval_s)
    wanted_s = math.sqrt(max(last_s, 1.0) * min(max(gap_s, 1.0), 30 * DAY_S))
    if n_new == 0:
        wanted_s *= STRETCH
    elif n_new > 1:
        wanted_s /= math.sqrt(min(n_new, MAX_SHRINK))
    return round(min(max(wanted_s, pace.min_interval_s), pace.max_interval_s))


def next_poll_in_s(interval_s: int, pace: Pace, *, wait_s: float | None, chance: float) -> float:
    """Give the seconds until the next poll: the interval, scattered by a tenth either way.

    Args:
        interval_s: What the yield asks for.
        pace: Bounds; what a server asks for counts up to the longest interval.
        wait_s: How long the server asks to be left alone, None when it does not say.
        chance: A random number of [0, 1).
    """
    asked_s = min(wait_s or 0.0, float(pace.max_interval_s))
    return max(interval_s * (0.9 + 0.2 * chance), asked_s)


def backoff_s(
    n_failures: int, pace: Pace, *, retry_after_s: float | None, is_ours: bool, chance: float
) -> float:
    """Give the seconds until a failing source is tried again.

    Doubles with each failure in a row, up to four times the longest interval and a day; the
    server's own wish counts where it is longer, up to a day.

    Args:
        n_failures: Failures in a row, this one included, at least 1.
        pace: Bounds; the first failure waits the interval of a new source.
        retry_after_s: The server's wish.
        is_ours: The fault is the desk's own (its network, its store): the wait is the shortest
            interval and does not grow, because all is well at once when that is mended.
        chance: A random number of [0, 1).
    """
    cap_s = min(BACKOFF_CAPS * float(pace.max_interval_s), DAY_S)
    doublings = min(max(n_failures, 1) - 1, 20)
    wait_s = min(pace.interval_s * 2.0**doublings, cap_s)
    if is_ours:
        wait_s = pace.min_interval_s
    wait_s *= 0.9 + 0.2 * chance
    return min(max(wait_s, retry_after_s or 0.0), DAY_S * 1.1)


def usual_per_day(source: PolledSource) -> float | None:
    """Give the yield as it was when the last news came: silence itself must not lower it."""
    if source.per_day is None or source.last_new_at is None or source.last_success_at is None:
        return source.per_day
    quiet_d = (source.last_success_at - source.last_new_at).total_seconds() / DAY_S
    return source.per_day * math.exp(min(max(quiet_d, 0.0), 365.0) / MEMORY_D)


def is_silent(source: PolledSource) -> bool:
    """Say whether a source that can be read has brought nothing for unusually long.

    Unusual is more than five of its own mean gaps, and more than two days. Time in which it could
    not be read is not its silence.
    """
    since = source.last_new_at or source.first_polled_at
    if since is None or source.last_success_at is None:
        return False
    usual = usual_per_day(source)
    if usual is None or usual <= 0:
        patience = UNKNOWN_SILENCE
    else:
        gaps = timedelta(days=min(SILENT_GAPS / usual, MAX_SILENCE.days))
        patience = max(gaps, MIN_SILENCE)
    return source.last_success_at - since > patience


def state_of(source: PolledSource) -> SourceState:
    """Say in one word how a source fares."""
    if source.status != "active":
        return source.status
    if source.n_failures > 0:
        return "failing"
    if source.first_polled_at is None:
        return "new"
    return "silent" if is_silent(source) else "ok"


def missed_span(
    source: PolledSource, items: Sequence[RawItem], *, n_known: int, now: datetime
) -> tuple[datetime, datetime] | None:
    """Give the time whose news went by unseen between two polls, None when nothing was missed.

    A feed that still holds an item of before holds everything since. One that holds none has lost
    what came between the last successful poll and its oldest item.

    Args:
        source: As it was before this poll.
        items: What this poll brought.
        n_known: How many of them were known before.
        now: The time of this poll.
    """
    start = source.last_success_at
    if start is None or not source.recent or n_known or not items:
        return None
    dates = [item.published_at for item in items if item.published_at]
    end = min([*dates, now])
    return (start, end) if end > start else None
