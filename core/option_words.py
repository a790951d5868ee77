"""Words that people use for options: windows, modes, languages, in English and Russian."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from typing import Final, get_args

from core.errors import UsageError
from schemas.requests import WINDOWS, AnalyzeMode, Depth, Window

WINDOW_NAMES: Final[tuple[Window, ...]] = get_args(Window)
_HOURS: Final = {"h": 1, "d": 24, "w": 168, "m": 720, "y": 8760}
_SHORT: Final = {
    **dict.fromkeys(("h", "hr", "hrs", "ч"), "h"),
    **dict.fromkeys(("d", "д", "дн"), "d"),
    **dict.fromkeys(("w", "wk", "н", "нед"), "w"),
    **dict.fromkeys(("m", "mo", "м", "мес"), "m"),
    **dict.fromkeys(("y", "yr", "г"), "y"),
}
SAID_UNITS: Final = {
    **dict.fromkeys(("hour", "hours", "час", "часа", "часов"), "h"),
    **dict.fromkeys(("day", "days", "день", "дня", "дней"), "d"),
    **dict.fromkeys(("week", "weeks", "неделя", "неделю", "недели", "недель"), "w"),
    **dict.fromkeys(("month", "months", "месяц", "месяца", "месяцев"), "m"),
    **dict.fromkeys(("year", "years", "год", "года", "лет"), "y"),
    **dict.fromkeys(("сутки", "суток"), "сутки"),  # a day and night: 24 hours, not a calendar day
}
_GLUED: Final = re.compile(r"(\d{1,4})([^\W\d_]{1,8})\.?")
_STRONG: Final = frozenset(
    ("last", "past", "за", "последний", "последняя", "последнюю", "последние", "последних")
)
_WEAK: Final = frozenset(("for", "in", "over", "the"))
NO_WINDOW: Final[dict[str, Window]] = {
    **dict.fromkeys(("yesterday", "today", "now", "вчера", "сегодня", "сейчас"), "24h"),
    **dict.fromkeys(("weekend", "позавчера", "выходные"), "3d"),
}

DEPTHS: Final[dict[str, Depth]] = {
    **dict.fromkeys(("simple", "простой", "просто"), "simple"),
    **dict.fromkeys(("enhanced", "расширенный", "подробно"), "enhanced"),
}
MODES: Final[dict[str, AnalyzeMode]] = {
    **dict.fromkeys(
        ("keywords", "keyword", "words", "keyphrases", "phrases", "ключи", "слова", "фразы"),
        "keywords",
    ),
    **dict.fromkeys(
        ("sentiment", "sentiments", "mood", "tone", "тональность", "настроение", "тон"),
        "sentiment",
    ),
    **dict.fromkeys(("topics", "topic", "themes", "темы", "тема"), "topics"),
}
TWO_WORD_MODES: Final = {("ключевые", "слова"), ("key", "words"), ("key", "phrases")}

KEYS: Final = {
    "lang": "lang", "language": "lang", "язык": "lang", "source": "source", "источник": "source"
}  # fmt: skip
LANGUAGE_NAMES: Final = {
    "english": "en", "russian": "ru", "английский": "en", "русский": "ru",
    "eng": "en", "rus": "ru", "all": "auto", "any": "auto", "все": "auto", "любой": "auto",
}  # fmt: skip
LANGUAGES: Final = frozenset(
    re.findall(
        r"\w+",
        """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy
    hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg
    li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or
    os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta
    te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
        """,
    )
)
"""ISO 639-1."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word or quoted phrase, as it would stand in a query."""

    text: str
    is_quoted: bool = False

    @property
    def folded(self) -> str:
        """What is compared with the vocabulary; nothing for a phrase."""
        return "" if self.is_quoted else self.text.casefold().strip(",.;:!?")


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time at the start of some words: how many of them, what they mean."""

    n_words: int
    text: str
    hours: int
    unit: str
    is_said: bool = field(default=False, kw_only=True)


def prefix_length(words: Sequence[Word]) -> int:
    """How many leading words only announce a window: "for the last", "за"."""
    n = 0
    while n < len(words) and words[n].folded in _STRONG | _WEAK:
        n += 1
    return n if any(word.folded in _STRONG for word in words[:n]) else 0


def prefix_start(words: Sequence[Word], end: int) -> int:
    """Where the words that announce a window at `end` begin; `end` when there are none."""
    start = end
    while start > 0 and words[start - 1].folded in _STRONG | _WEAK:
        start -= 1
    return start if any(word.folded in _STRONG for word in words[start:end]) else end


def span_at(words: Sequence[Word]) -> Span | None:
    """The length of time that `words` begin with, valid as a window or not."""
    if not words:
        return None
    first = words[0].folded
    if first in SAID_UNITS:
        return _span(1, words[0].text, (1, SAID_UNITS[first]), is_said=True)
    if glued := _GLUED.fullmatch(first):
        unit = _SHORT.get(glued[2]) or SAID_UNITS.get(glued[2])
        return _span(1, words[0].text, (int(glued[1]), unit)) if unit else None
    if first.isdecimal() and len(first) <= 4 and len(words) > 1:
        unit = SAID_UNITS.get(words[1].folded) or _SHORT.get(words[1].folded)
        text = f"{words[0].text} {words[1].text}"
        return _span(2, text, (int(first), unit), is_said=True) if unit else None
    return None


def _span(n_words: int, text: str, amount: tuple[int, str], *, is_said: bool = False) -> Span:
    n, unit = amount
    if unit == "сутки":
        n, unit = 24 * n, "h"
    return Span(n_words, text[:40], n * _HOURS[unit], f"{n}{unit}", is_said=is_said)


def exact_window(span: Span) -> Window | None:
    """The window of this length; 2 % off is the same, as months are not all alike."""
    for window in WINDOW_NAMES:
        if window == span.unit:
            return window
    return next((w for w in WINDOW_NAMES if abs(_hours(w) - span.hours) <= 0.02 * _hours(w)), None)


def window_of(span: Span) -> Window:
    """The window of this length.

    Raises:
        UsageError: With the nearest window by ratio, if there is none of this length.
    """
    window = exact_window(span)
    if window is not None:
        return window
    hours = max(span.hours, 1)
    nearest = min(WINDOW_NAMES, key=lambda w: abs(log(_hours(w) / hours)))
    raise UsageError(
        f"unknown window {span.text!r}; there are {', '.join(WINDOW_NAMES)}",
        field="window",
        word=span.text,
        nearest=nearest,
    )


def _hours(window: Window) -> float:
    return WINDOWS[window].total_seconds() / 3600


def unit_window(unit: str) -> Window:
    """The window nearest to one unit of time (a value of `SAID_UNITS`)."""
    windows: dict[str, Window] = {
        "h": "6h",
        "d": "1d",
        "сутки": "24h",
        "w": "1w",
        "m": "1m",
        "y": "1y",
    }
    return windows[unit]
