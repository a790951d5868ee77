"""Sums of money in words."""

from typing import Final

from core.rendering.words import format_number

MICRO_PER_DOLLAR: Final = 1_000_000
_CENTS, _FINE = 2, 4
_LEAST = 100
"""Micro-dollars that four decimals can show."""


def format_dollars(micro_usd: int, lang: str) -> str:
    """Write a sum: cents from a dollar on, hundredths of a cent below, e.g. "$0.0042"."""
    if 0 < micro_usd < _LEAST:
        return "<" + _with_sign(format_number(_LEAST / MICRO_PER_DOLLAR, lang, digits=_FINE), lang)
    digits = _CENTS if micro_usd >= MICRO_PER_DOLLAR else _FINE
    dollars = micro_usd / MICRO_PER_DOLLAR
    number = format_number(dollars, lang, digits=digits, signed=True).lstrip("+")
    if digits == _FINE:
        number = _without_needless(number)
    return _with_sign(number, lang)


def _without_needless(number: str) -> str:
    """Take zeros off the end, but leave two decimals: $0.05, not $0.0500."""
    head, tail = number[:-2], number[-2:]
    return head + tail.rstrip("0")


def _with_sign(number: str, lang: str) -> str:
    return f"{number} $" if lang == "ru" else f"${number}"
