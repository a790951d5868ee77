"""How long a provider asks to be left alone."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from math import isfinite
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.adapters.llm.digging import items, words

MAX_WAIT_S = 7 * 86_400.0
"""Beyond it a header is nonsense."""

_DELAY = re.compile(r"(\d+(?:\.\d+)?)s")
_PACIFIC = "America/Los_Angeles"
"""Where the days of Gemini's quotas end, at midnight."""


def told_wait(
    headers: Mapping[str, str], body: object, *, now: datetime, is_day_over: bool = False
) -> float | None:
    """Give the seconds after which a provider may be asked again, None when it does not say.

    Retry-After is taken in milliseconds, seconds and as a date; a date counts from the server's
    own clock, so that ours may be wrong. Gemini tells in the body: RetryInfo, or the quota of the
    day, which ends at midnight Pacific time.

    Args:
        headers: Of the answer; names in any case.
        body: Its JSON.
        now: Our clock, for a server that tells no time.
        is_day_over: Whether a quota of a day is used up.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    at = _date(lower.get("date", "")) or now
    if is_day_over and _has_daily_quota(body):
        return _until_midnight(at)
    for wait_s in (
        _number(lower.get("retry-after-ms", ""), unit_s=0.001),
        _number(lower.get("retry-after", ""), unit_s=1.0),
        _from_date(lower.get("retry-after", ""), at),
        _from_body(body),
    ):
        if wait_s is not None:
            return wait_s
    return None


def _number(text: str, *, unit_s: float) -> float | None:
    try:
        wait_s = float(text) * unit_s
    except ValueError:
        return None
    return min(wait_s, MAX_WAIT_S) if isfinite(wait_s) and wait_s >= 0 else None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _from_date(text: str, at: datetime) -> float | None:
    moment = _date(text)
    return None if moment is None else min(max(0.0, (moment - at).total_seconds()), MAX_WAIT_S)


def _from_body(body: object) -> float | None:
    for detail in items(body, "error", "details"):
        if told := _DELAY.fullmatch(words(detail, "retryDelay")):
            return min(float(told[1]), MAX_WAIT_S)
    return None


def _has_daily_quota(body: object) -> bool:
    return any(
        "PerDay" in words(violation, "quotaId")
        for detail in items(body, "error", "details")
        for violation in items(detail, "violations")
    )


def _until_midnight(at: datetime) -> float | None:
    try:
        here = at.astimezone(ZoneInfo(_PACIFIC))
    except ZoneInfoNotFoundError:
        return None
    tomorrow = datetime.combine(here.date() + timedelta(days=1), time(), tzinfo=here.tzinfo)
    return (tomorrow.astimezone(UTC) - at).total_seconds()
