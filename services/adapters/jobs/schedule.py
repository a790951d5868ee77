"""When a scheduled job runs next."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True, slots=True)
class Schedule:
    """One job's times: `every` so long, or daily at `daily_at` in `zone`."""

    name: str
    every: timedelta | None
    daily_at: time | None
    zone: ZoneInfo

    @classmethod
    def of(cls, name: str, *, every_s: float | None, daily_at: str | None, tz: str) -> "Schedule":
        """Check the words of a schedule.

        Raises:
            ValueError: Not exactly one of `every_s` and `daily_at`, a period that is not above 0,
                a time that is not "HH:MM", or an unknown time zone.
        """
        if (every_s is None) == (daily_at is None):
            raise ValueError(f"schedule {name!r} with either every_s or daily_at")
        try:
            zone = ZoneInfo(tz)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"schedule {name!r}: {tz!r} is no time zone") from error
        if every_s is not None:
            if every_s <= 0:
                raise ValueError(f"schedule {name!r}: every_s must be above 0, got {every_s!r}")
            return cls(name, timedelta(seconds=every_s), None, zone)
        if not re.fullmatch(r"\d{2}:\d{2}", daily_at or ""):
            raise ValueError(f"schedule {name!r}: daily_at must be HH:MM, got {daily_at!r}")
        return cls(name, None, time.fromisoformat(daily_at or ""), zone)


def next_tick(schedule: Schedule, now: datetime) -> datetime:
    """The first moment after `now` (aware) at which `schedule` runs, in UTC.

    A daily time that a clock change skips runs at the same distance from midnight; one that
    occurs twice runs the first time.
    """
    if schedule.every is not None:
        return now.astimezone(UTC) + schedule.every
    assert schedule.daily_at is not None  # noqa: S101 - `of` made it so
    day = now.astimezone(schedule.zone).date()
    for days in (0, 1, 2):
        local = datetime.combine(day + timedelta(days=days), schedule.daily_at, schedule.zone)
        at = local.astimezone(UTC)
        if at > now:
            return at
    raise AssertionError("a daily time comes within two days")
