"""Telephone numbers: valid ones by the numbering plans, others by shape beside a context word."""

import re
from collections.abc import Iterator

from core.policy.findings import Certainty, Finding

_NUMBER = re.compile(
    r"(?<![\w@/#=%:.,$€£₽+-])(?<![\d)][ -])"
    r"[+(]{0,2}\d(?:[ .()\u00a0\u2010-\u2013-]{0,3}\d){5,17}"
    r"(?P<extension> ?(?:x|ext\.?|доб\.?) ?\d{1,6})?(?![\w%/])(?![.,-]\d)"
)
_BEFORE = re.compile(
    r"\b(?:phones?|tel|telephone|call|calling|mobile|cell|fax|contact|whatsapp|viber|sms|text"
    r"|dial|hotline|тел|телефон[а-я]{0,3}|моб|мобильн[а-я]{1,3}|звоните|позвонить|звонок|факс"
    r"|ватсап|смс|контакт[а-я]{0,4})\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\W{0,3}(?:office|fax|mobile|home|work|cell|tel|phone|тел|факс|моб)\b", re.IGNORECASE
)
_COUNTED = re.compile(
    r" ?(?:[$€£₽%°]|руб|долл|евро|млн|тыс|млрд|шт|км|чел|экз|голос|people|km|million|thousand"
    r"|dollars|euros|votes|units|times|copies|views)",
    re.IGNORECASE,
)
_NANP = re.compile(r"(?:\+?1[ .-]|001-)?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}")
_RUSSIAN = re.compile(r"(?:\+7|8)[ (\u00a0-]{0,2}\d{3}[ )\u00a0-]{0,2}\d{3}[ -]?\d{2}[ -]?\d{2}")
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_DATE = re.compile(
    rf"(?:(?:{_DAY}[. -]{_MONTH}|{_MONTH}[. -]{_DAY})[. -](?:(?:19|20)\d\d|\d\d)"
    rf"|(?:19|20)\d\d[. -]{_MONTH}[. -]{_DAY})(?:[^\d.-].*)?"
)
_YEARS = re.compile(r"(?:1[89]|20)\d{2}(?:\D{1,3}(?:1[89]|20)?\d{2})+")
_AMOUNT = re.compile(r"\d{1,3}(?:[ .\u00a0]\d{3})+")
_PAIRS = re.compile(r"\d\d(?:[ -]\d\d){2}")
_BESIDE = 14
"""Characters in which the context word of a number that might be an amount must stand."""


def find_phones(text: str) -> Iterator[Finding]:
    """Find telephone numbers; amounts, dates and spans of years are none."""
    for found in _NUMBER.finditer(text):
        start, end = found.span()
        number = found[0].removesuffix(found["extension"] or "")
        if number.startswith("(") and number.count("(") > number.count(")"):
            number, start = number[1:], start + 1  # the number stands in parentheses
        certainty = _judge(number, text[max(0, start - 40) : start], text[end : end + 12])
        if certainty is not None:
            yield Finding(start, end, "phone", certainty)


def _judge(number: str, before: str, after: str) -> Certainty | None:
    before = before.rpartition("\n")[2]
    is_labelled = bool(_AFTER.match(after))
    has_word = is_labelled or bool(_BEFORE.search(before))
    digits = re.sub(r"\D", "", number)
    if number.startswith("+"):
        return _of_plan(number, None) or ("suspect" if has_word and len(digits) >= 8 else None)
    if _RUSSIAN.fullmatch(number):
        return _of_plan(number, "RU") or ("suspect" if has_word else None)
    if _NANP.fullmatch(number):
        return _of_plan(number, "US") or "suspect"
    if not has_word or not _is_of_length(number, digits) or _COUNTED.match(after):
        return None
    if _DATE.fullmatch(number) or _YEARS.fullmatch(number):
        return None
    if _AMOUNT.fullmatch(number) and not is_labelled and not _BEFORE.search(before[-_BESIDE:]):
        return None
    return "suspect"


def _is_of_length(number: str, digits: str) -> bool:
    return 7 <= len(digits) <= 13 or bool(_PAIRS.fullmatch(number))


def _of_plan(number: str, region: str | None) -> Certainty | None:
    import phonenumbers  # noqa: PLC0415 - most texts hold nothing of this shape

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_valid_number(parsed):
        return "confirmed"
    return "suspect" if region is None and phonenumbers.is_possible_number(parsed) else None
