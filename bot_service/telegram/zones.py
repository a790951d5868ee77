"""Time zones as people name them."""

import asyncio
import difflib
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

COMMON: tuple[tuple[str, str], ...] = (
    ("UTC", "zone-utc"),
    ("Europe/London", "zone-london"),
    ("Europe/Berlin", "zone-berlin"),
    ("Europe/Kyiv", "zone-kyiv"),
    ("Europe/Istanbul", "zone-istanbul"),
    ("Europe/Moscow", "zone-moscow"),
    ("Asia/Dubai", "zone-dubai"),
    ("Asia/Yekaterinburg", "zone-yekaterinburg"),
    ("Asia/Almaty", "zone-almaty"),
    ("Asia/Kolkata", "zone-kolkata"),
    ("Asia/Shanghai", "zone-shanghai"),
    ("Asia/Tokyo", "zone-tokyo"),
    ("America/New_York", "zone-new-york"),
    ("America/Los_Angeles", "zone-los-angeles"),
    ("America/Sao_Paulo", "zone-sao-paulo"),
    ("Australia/Sydney", "zone-sydney"),
)
"""Time zones that stand on buttons, with the locale keys of their names."""


@cache
def _by_folded_name() -> dict[str, str]:
    names = {name for name in available_timezones() if not name.startswith(("Etc/", "posix/"))}
    cities = {name.rpartition("/")[2].casefold(): name for name in sorted(names, reverse=True)}
    return cities | {name.casefold(): name for name in names}


async def zone_named(words: str) -> str | None:
    """Give the IANA name for a full name or a city in any case ("berlin"), None if unknown."""
    names = await asyncio.to_thread(_by_folded_name)
    return names.get(_folded(words))


async def nearest_zone(words: str) -> str | None:
    """Give the IANA name that looks most like `words`, None when nothing does."""
    names = await asyncio.to_thread(_by_folded_name)
    close = difflib.get_close_matches(_folded(words), names, n=1, cutoff=0.7)
    return names[close[0]] if close else None


def offset_words(zone: str, now: datetime) -> str:
    """Give a zone's present distance from UTC: `UTC+3`, `UTC+5:30`, `UTC`."""
    offset = now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "−"
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def _folded(words: str) -> str:
    return "_".join(words.split()).casefold()
