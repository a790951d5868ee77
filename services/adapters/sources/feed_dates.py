"""Times as feeds write them: RFC 822 with its usual damage, ISO 8601, other languages, epoch."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

from services.adapters.sources.jsonl import EARLIEST, MAX_AHEAD, parse_date

MAX_CHARS = 100
"""A longer text is no date."""

# How month names begin in English, German, French, Spanish, Italian, Portuguese, Dutch, the
# Scandinavian languages, Polish, Czech, Turkish, Russian and Ukrainian; accents and dots off.
_BEGINNINGS = (
    "jan ene gen sty led oca янв січ",
    "feb fev lut uno sub фев лют",
    "mar mrt maa bre марта март мар бер",
    "apr avr abr kwi dub nis апр кві",
    "may mai mag maj mei kve май мая мае трав",
    "jun juin giu cze cerv haz июн черв",
    "jul juil lug lip cervenc cervene tem июл лип",
    "aug aou ago sie srp agu авг серп",
    "sep set wrz zar eyl сен вер",
    "oct okt ott out paz rij eki окт жов",
    "nov lis kas ноя лист",
    "dec dez des dic gru pro ara дек груд",
)
_ZONE_NAMES = {
    -10: "hst",
    -9: "akst",
    -8: "pst pt akdt",
    -7: "mst mt pdt",
    -6: "cst ct mdt",
    -5: "est et cdt",
    -4: "ast edt",
    -3.5: "nst",
    -3: "brt art adt",
    -2.5: "ndt",
    0: "z ut utc gmt wet",
    1: "bst west cet met mez",
    2: "cest mest mesz eet sast",
    3: "eest msk мск trt",
    4: "samt",
    5: "yekt pkt",
    5.5: "ist",
    6: "omst",
    7: "krat wib ict",
    8: "irkt hkt sgt awst",
    9: "yakt jst kst",
    9.5: "acst",
    10: "vlat aest",
    11: "aedt",
    12: "nzst",
    13: "nzdt",
}
_ZONES_H = {name: hours for hours, names in _ZONE_NAMES.items() for name in names.split()}
"""Hours of the zone names that feeds use; IST is India's, CST America's, who use them most."""

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_DAYS = (
    re.compile(r"(?<!\d)(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d)"),
    re.compile(
        r"(?<!\d)(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s-]*(?:de\s+)?(?P<n>[^\W\d_]{3,})\.?"
        r"[\s-]+(?:del?\s+)?(?P<y>\d{4}|\d{2})(?![\d:])"
    ),
    re.compile(r"(?P<n>[^\W\d_]{3,})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?\s+(?P<y>\d{4})(?!\d)"),
    re.compile(
        rf"(?P<n>[^\W\d_]{{3,}})\s+(?P<d>\d{{1,2}})\s+(?P<rest>{_CLOCK}(?:\s+[a-z]{{3,4}})?"
        r"(?:\s*[+-]\d{4})?)\s+(?P<y>\d{4})(?!\d)"
    ),
)
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)")
_TIME = re.compile(r"(?<!\d)(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(?:([ap])\.?m\b\.?)?")
_OFFSET = re.compile(r"\s*\(?(?:utc|gmt)?\s*([+-])\s?(\d{1,2}):?(\d{2})?(?!\d)")
_NAME = re.compile(r"[\s(]*([a-zмск]{1,5})\b")


def read_date(text: str | None, *, now: datetime) -> datetime | None:
    """Give the time that a feed means, aware UTC; None when there is no credible one.

    Wrong weekdays do not count, a missing zone is UTC, a missing time is midnight. Month names
    are read in fifteen languages. Nothing is guessed: a date that could be two (03/04/2025), one
    before 1990 or more than 24 h ahead of `now` is None.
    """
    text = (text or "").strip().lower()
    if not 4 < len(text) <= MAX_CHARS:
        return None
    if re.fullmatch(r"[\d.]+|\d{8}t[\d:.z+-]+", text):  # epoch, or ISO 8601 without separators
        return parse_date(text.upper(), now=now)
    try:
        moment = _read(" ".join(text.replace(",", " ").split()))
    except (ValueError, OverflowError):
        return None
    return moment if moment and EARLIEST <= moment <= now + MAX_AHEAD else None


def _read(text: str) -> datetime | None:
    found = _day(text)
    if found is None:
        return None
    date, rest = found
    moment = datetime(*date, tzinfo=UTC)
    time = _TIME.search(rest)
    if time is None:
        return moment
    hour, minute, second = (int(part or 0) for part in time.group(1, 2, 3))
    if half := time.group(4):
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 24 or minute > 59 or second > 60:  # 24:00 and leap seconds are written
        return None
    zone = _zone(rest[time.end() :])
    return moment + timedelta(hours=hour, minutes=minute, seconds=second) - zone


def _day(text: str) -> tuple[tuple[int, int, int], str] | None:
    """Give year, month and day, and the text without them."""
    for pattern in _DAYS:
        for found in pattern.finditer(text):
            parts = found.groupdict()
            month = int(parts["m"]) if "m" in parts else _month(parts["n"])
            if month:
                year = int(parts["y"])
                if len(parts["y"]) == 2:
                    year += 1900 if year >= 90 else 2000
                rest = f"{text[: found.start()]} {parts.get('rest', '')} {text[found.end() :]}"
                return (year, month, int(parts["d"])), rest
    return _numeric_day(text)


def _numeric_day(text: str) -> tuple[tuple[int, int, int], str] | None:
    found = _NUMBERS.search(text)
    if found is None:
        return None
    first, mark, second = int(found.group(1)), found.group(2), int(found.group(3))
    is_american = mark == "/" and re.search(r"\d\s*[ap]\.?m\b", text) is not None
    if mark == "." or (first > 12 and not is_american) or first == second:
        day, month = first, second
    elif second > 12 or is_american:
        day, month = second, first
    else:
        return None
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return (int(found.group(4)), month, day), rest


def _zone(rest: str) -> timedelta:
    """Give the offset of the zone named right behind the time, zero when there is none."""
    if found := _OFFSET.match(rest):
        sign, hours, minutes = found.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if offset <= timedelta(hours=15):
            return -offset if sign == "-" else offset
    named = _NAME.match(rest)
    return timedelta(hours=_ZONES_H.get(named.group(1), 0)) if named else timedelta()


def _month(name: str) -> int | None:
    plain = _plain(name)
    for length in range(min(len(plain), _LONGEST), 2, -1):
        if month := _MONTHS.get(plain[:length]):
            return month
    return None


def _plain(name: str) -> str:
    if name.isascii():
        return name
    apart = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


_MONTHS = {
    _plain(name): month
    for month, beginnings in enumerate(_BEGINNINGS, start=1)
    for name in beginnings.split()
}
_LONGEST = max(map(len, _MONTHS))
