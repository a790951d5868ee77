"""Dates in a text: in digits, in words, months and days of the week alone."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

_EN_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_RU_MONTHS = ["янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"]
_MONTH = (
    r"(?:(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
    r"|(?:январ[ьяею]|феврал[ьяею]|март[аеу]?|апрел[ьяею]|ма[йяею]|июн[ьяею]|июл[ьяею]"
    r"|август[аеу]?|сентябр[ьяею]|октябр[ьяею]|ноябр[ьяею]|декабр[ьяею])\b"
    r"|(?:янв|фев|февр|апр|авг|сент|сен|окт|ноя|нояб|дек)\.)"
)
_DATE = re.compile(
    (
        r"(?<![\d.,/-])(?:"
        r"(?P<iso>(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?!\d))"
        r"|(?P<dots>(?P<dd>\d{1,2})\.(?P<dm>\d{1,2})\.(?P<dy>\d{4}|\d{2})(?![\d.]))"
        r"|(?P<day>(?P<d1>\d{1,2})(?:st|nd|rd|th|-?го|-?е|-?ое)?(?: of)? (?P<m1>MONTH)"
        r"(?:,? (?P<y1>(?:19|20)\d{2})(?!\d))?)"
        r"|(?<![^\W_])(?P<month>(?P<m2>MONTH) (?P<d2>\d{1,2})(?:st|nd|rd|th)?(?![\d:%]|[.,]\d)"
        r"(?:,? (?P<y2>(?:19|20)\d{2})(?!\d))?)"
        r"|(?<![^\W_])(?P<alone>(?P<m3>MONTH)(?:,? (?:of )?(?P<y3>(?:19|20)\d{2})(?!\d))?)"
        r"|(?<![^\W_])(?P<weekday>(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
        r"|понедельник[а-я]{0,2}|вторник[а-я]{0,2}|среду|четверг[а-я]{0,2}|пятниц[а-я]{1,2}"
        r"|суббот[а-я]{1,2}|воскресень[а-я]{1,2})(?![^\W_])"
        r")"
    ).replace("MONTH", _MONTH),
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_IN_DIGITS = re.compile(r"\d-\d\d-\d|\d\.\d{1,2}\.\d")
_WEEKDAYS = (
    *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    *("пон", "вто", "сре", "чет", "пят", "суб", "вос"),
)
_BEGINNINGS = frozenset((*_EN_MONTHS, *_RU_MONTHS, *_WEEKDAYS, "май", "мая", "мае"))
_MAY_BE_WORDS = ("may", "mar", "march", "sep", "dec", "jan")


class Date(NamedTuple):
    """A date at `start`..`end`; 0 (`weekday`: -1) stands for what is not told."""

    start: int
    end: int
    text: str
    year: int = 0
    month: int = 0
    day: int = 0
    weekday: int = -1

    def agrees(self, other: "Date") -> bool:
        """Whether `other` tells everything that this date tells, and tells it alike.

        A year may be left open by `other`: news of the day rarely name it.
        """
        if self.weekday >= 0 or other.weekday >= 0:
            return self.weekday == other.weekday
        if self.year and other.year and self.year != other.year:
            return False
        return self.month == other.month and self.day in (0, other.day)


def date_of(day: date) -> Date:
    """Give a calendar date in this form."""
    return Date(0, 0, day.isoformat(), day.year, day.month, day.day)


def may_hold_dates(text: str, lows: Iterable[str]) -> bool:
    """Whether a closer look is worth its time; `lows` are the words in small letters."""
    if any(low[:3] in _BEGINNINGS for low in lows):
        return True
    return _IN_DIGITS.search(text) is not None


def find_dates(text: str) -> Iterator[Date]:
    """Find dates in the order of the text."""
    end = 0
    for start in _starts(text):
        found = _DATE.match(text, start) if start >= end else None
        one = _read(found) if found else None
        if one is not None:
            end = one.end
            yield one


def _starts(text: str) -> Iterator[int]:
    """Give where a date may begin: at digits, and at words that begin like a month or a day."""
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word[0].isdigit() or word[:3].lower() in _BEGINNINGS:
            yield token.start()


def _read(found: re.Match[str]) -> Date | None:
    start, end, text = found.start(), found.end(), found[0].rstrip(".")
    match found.lastgroup:
        case "iso":
            return _real(start, end, text, found["y"], int(found["m"]), found["d"])
        case "dots":
            year = found["dy"] if len(found["dy"]) == 4 else f"20{found['dy']}"
            return _real(start, end, text, year, int(found["dm"]), found["dd"])
        case "day":
            if found["m1"].lower() in _MAY_BE_WORDS and found["m1"][0].islower():
                return None  # "the Flip 3 may come": no day of May
            return _real(start, end, text, found["y1"], _month(found["m1"]), found["d1"])
        case "month":
            return _real(start, end, text, found["y2"], _month(found["m2"]), found["d2"])
        case "alone":
            name = found["m3"].rstrip(".")
            is_word = name.lower() in _MAY_BE_WORDS and not (
                found["y3"] or (name[0].isupper() and len(name) > 2 and start > 0)
            )
            if is_word or (name[0].islower() and name.isascii()):
                return None
            return Date(start, end, text, int(found["y3"] or 0), _month(name))
        case _:
            return Date(start, end, text, weekday=_WEEKDAYS.index(text[:3].lower()) % 7)


def _real(start: int, end: int, text: str, year: str | None, month: int, day: str) -> Date | None:
    if not (1 <= month <= 12 and 1 <= int(day) <= 31):
        return None
    return Date(start, end, text, int(year or 0), month, int(day))


def _month(name: str) -> int:
    low = name.lower()
    for months in (_EN_MONTHS, _RU_MONTHS):
        for number, beginning in enumerate(months, 1):
            # "март" begins like "ма" (май), so the longer beginning is asked first.
            if low.startswith(beginning) and not (beginning == "ма" and low.startswith("мар")):
                return number
    return 0
