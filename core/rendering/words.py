"""Words in the reader's language: Fluent messages, dates and numbers."""

from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_datetime
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from fluent.runtime import FluentBundle, FluentResource

LANGUAGES: Final = ("en", "ru")
_LOCALES: Final = {"en": "en_GB", "ru": "ru"}
"""English dates are written day first and with 24 hours: one form for readers anywhere."""


def nearest_language(code: str | None) -> str:
    """The language we can write that is nearest to an IETF tag; English for any other."""
    base = (code or "").replace("_", "-").split("-")[0].casefold()
    return base if base in LANGUAGES else "en"


def say(lang: str, key: str, /, **args: str | int) -> str:
    """Give a message in `lang`, one of `LANGUAGES`.

    Whole numbers are grouped as the language does; format fractions with `format_number` and pass
    them as text.

    Raises:
        LookupError: If the language or the key is unknown, or the message needs an argument that
            is not given.
    """
    return _said(lang, key, tuple(args.items()))


@lru_cache(maxsize=8_192)
def _said(lang: str, key: str, args: tuple[tuple[str, str | int], ...]) -> str:
    """Resolve a message; an answer says "1 article" twenty times, and resolving takes 0.1 ms."""
    bundle = _bundle(lang)
    if not bundle.has_message(key):
        raise LookupError(f"no words for {key!r} in {lang!r}; add it to core/rendering/locales")
    pattern = bundle.get_message(key).value
    if pattern is None:
        raise LookupError(f"{key!r} in {lang!r} has no text of its own")
    text, errors = bundle.format_pattern(pattern, dict(args))
    if errors:
        raise LookupError(f"{key!r} in {lang!r} cannot be said: {errors[0]}") from errors[0]
    return str(text)


def format_date(day: datetime | date, lang: str, tz: str = "UTC", *, year: bool = False) -> str:
    """Write a day, e.g. "10 Nov", with `year` "10 Nov 2024"; `tz` (IANA) is for moments only."""
    if isinstance(day, datetime):
        day = day.astimezone(ZoneInfo(tz)).date()
    return str(babel_date(day, "d MMM y" if year else "d MMM", locale=_locale(lang)))


def format_time(at: datetime, lang: str, tz: str = "UTC") -> str:
    """Write a moment in the reader's zone, e.g. "10 Nov, 15:00"."""
    local = at.astimezone(ZoneInfo(tz))
    return str(format_datetime(local, "d MMM, HH:mm", locale=_locale(lang)))


def format_number(x: float, lang: str, *, digits: int = 1, signed: bool = False) -> str:
    """Write a number with at most `digits` decimals; `signed`: exactly so many and a sign."""
    shown = round(x, digits) + 0.0
    pattern = "#,##0." + ("0" if signed else "#") * digits if digits else "#,##0"
    text = str(format_decimal(abs(shown), format=pattern, locale=_locale(lang)))
    if shown < 0:
        return "−" + text
    return "+" + text if signed and shown > 0 else text


def format_compact(n: int, lang: str) -> str:
    """Write a large number in short, e.g. "12.3K"; below a thousand it is written out."""
    return str(format_compact_decimal(n, locale=_locale(lang), fraction_digits=1))


def format_share(x: float, lang: str) -> str:
    """Write a share of 1 as whole percent."""
    return str(format_percent(x, locale=_locale(lang)))


@cache
def _locale(lang: str) -> Locale:
    return Locale.parse(_LOCALES[lang])


@cache
def _bundle(lang: str) -> FluentBundle:
    """All Fluent files of a language as one bundle, parsed once: packaged data never changes."""
    if lang not in LANGUAGES:
        raise LookupError(f"no words in {lang!r}; have {', '.join(LANGUAGES)}")
    bundle = FluentBundle([_LOCALES[lang].replace("_", "-")], use_isolating=False)
    folder = files("core.rendering").joinpath("locales", lang)
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".ftl"):
            bundle.add_resource(FluentResource(file.read_text("utf-8")))
    return bundle
