"""Russian documents in a text: SNILS, INN, passport, health insurance."""

import re
from collections.abc import Iterator

from core.policy.findings import Certainty, Finding, words_near

_SNILS = re.compile(r"(?<![\w.,/#=+-])\d{3}([- ]?)\d{3}[- ]?\d{3}[- ]?\d{2}(?![\w-])(?![.,]\d)")
_SNILS_WORD = re.compile(r"снилс|страхов|пенсионн|snils")
_INN = re.compile(r"(?<![\w.,/#=+])(?<!\d-)(?:\d{12}|\d{10})(?![\w-])(?![.,]\d)")
_INN_WORD = re.compile(r"\b(?:инн|inn)\b|налогоплательщик")
_PASSPORT = re.compile(
    r"(?<![\w.,/#=+-])\d{2}[ \t\u00a0]?\d{2}[ \t\u00a0,]{0,2}(?:(?:№|номер|n|no)[ \t\u00a0]{0,2})?"
    r"\d{6}(?![\w-])(?![.,]\d)",
    re.IGNORECASE,
)
_PASSPORT_WORD = re.compile(r"паспорт|загранпаспорт|серия|серии|passport")
_OMS = re.compile(r"(?<![\w.,/#=+-])\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?![\w-])(?![.,]\d)")
_OMS_WORD = re.compile(r"\bомс\b|\bполис[а-я]{0,2}\b|страхов")


def find_russian(text: str) -> Iterator[Finding]:
    """Find numbers of Russian documents by checksum, or by shape beside their name."""
    for found in _SNILS.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        has_word = _has_word(_SNILS_WORD, text, found)
        if is_snils(digits) and (found[1] or has_word):
            yield Finding(*found.span(), "ru_snils", "confirmed")
    for found in _OMS.finditer(text):
        if _has_word(_OMS_WORD, text, found):
            digits = re.sub(r"\D", "", found[0])
            certainty: Certainty = "confirmed" if _is_luhn(digits) else "suspect"
            yield Finding(*found.span(), "ru_oms", certainty)
    for found in _PASSPORT.finditer(text):
        if _PASSPORT_WORD.search(words_near(text, *found.span(), before=40)):
            yield Finding(*found.span(), "ru_passport", "confirmed")
    for found in _INN.finditer(text):
        if _has_word(_INN_WORD, text, found) and len(set(found[0])) > 1:
            yield Finding(*found.span(), "ru_inn", "confirmed" if _is_inn(found[0]) else "suspect")


def is_snils(digits: str) -> bool:
    """Whether eleven digits carry the check number of a SNILS; those up to 001-001-998 have none.

    Source:
        Decree of the Pension Fund of Russia 192p, 2006: weights 9 to 1, modulo 101, 100 is 00.
    """
    if len(digits) != 11 or int(digits[:9]) <= 1_001_998:
        return False
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9]))
    return total % 101 % 100 == int(digits[9:])


def _has_word(word: re.Pattern[str], text: str, found: re.Match[str]) -> bool:
    return bool(word.search(words_near(text, *found.span(), before=40, after=40)))


def _is_luhn(digits: str) -> bool:
    from stdnum import luhn  # noqa: PLC0415 - most texts hold nothing of this shape

    return bool(luhn.is_valid(digits))


def _is_inn(digits: str) -> bool:
    from stdnum.ru import inn  # noqa: PLC0415 - most texts hold nothing of this shape

    return bool(inn.is_valid(digits))
