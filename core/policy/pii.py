"""Personal data in a text: a pattern proposes, a checksum, a structure or the context confirms.

Every pattern is linear: repetitions are bounded and no two neighbours can match the same thing.
"""

import ipaddress
import re
from bisect import bisect_right
from collections.abc import Iterator

from core.policy.findings import URL, Certainty, Finding, without_overlaps, words_near
from core.policy.phones import find_phones
from core.policy.pii_ru import find_russian
from core.policy.secrets import find_secrets

_EMAIL = re.compile(
    r"(?<![\w.+%@-])[\w+%][\w.+%'-]{0,63}@(?:[^\W_](?:[\w-]{0,62})\.){1,8}[^\W\d_]{2,24}(?![\w@-])"
)
_FILE_ENDING = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|css|js|mp4|pdf|html?)$", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w.,/#=+-])\d(?:[ \u00a0-]?\d){11,18}(?![\w-])(?![.,]\d)")
_CARD_WORD = re.compile(
    r"\b(?:card|credit|debit|visa|master ?card|maestro|amex|cc|карт[аеуы]|картой|счет)\b"
)
_SSN = re.compile(
    r"(?<![\w.,/#=+-])(?!000|666|9)\d{3}([- ]?)(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])(?![.,]\d)"
)
_SSN_WORD = re.compile(r"\b(?:ssn|social security)\b")
_IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{2,4}){2,8}[A-Za-z0-9]{0,3}(?!\w)")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:.])(?=[0-9A-Fa-f:]{0,45}:[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{3,45}(?![\w:])"
)
_VERSION_WORD = re.compile(
    r"\b(?:v|ver|version|release|build|firmware|update|верси[яиюе]|обновлени[еяю])\.? *$",
    re.IGNORECASE,
)
_IP_WORD = re.compile(r"\b(?:ip|ipv4|address|host|server|адрес|сервер)\b", re.IGNORECASE)


def find_private(text: str) -> list[Finding]:
    """Find personal data and secrets, in the order of the text; no two share a place.

    Names are no private data here: those of public figures are the news. Dates, years, prices,
    scores and numbers inside web addresses are never found; at most one finding a place remains,
    the surer kind first.
    """
    return without_overlaps(_proposed(text))


def _proposed(text: str) -> Iterator[Finding]:
    yield from find_secrets(text)
    if "@" in text:
        yield from _emails(text)
    if not any(char.isdigit() for char in text):
        return
    linked = _Linked(text)
    for one in _numbers(text):
        if not linked.holds(one.start):
            yield one


class _Linked:
    """Which places lie inside a web address."""

    def __init__(self, text: str) -> None:
        self._spans = [found.span() for found in URL.finditer(text)]
        self._starts = [start for start, _ in self._spans]

    def holds(self, place: int) -> bool:
        near = bisect_right(self._starts, place) - 1
        return near >= 0 and place < self._spans[near][1]


def _numbers(text: str) -> Iterator[Finding]:
    yield from find_russian(text)
    yield from _ibans(text)
    yield from _cards(text)
    yield from _ssns(text)
    yield from _addresses(text)
    yield from find_phones(text)


def _emails(text: str) -> Iterator[Finding]:
    for found in _EMAIL.finditer(text):
        if not _FILE_ENDING.search(found[0]):
            yield Finding(*found.span(), "email", "confirmed")


def _cards(text: str) -> Iterator[Finding]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if not _is_luhn(digits) or len(set(digits)) < 2:
            continue
        near = words_near(text, *found.span(), before=60, after=20)
        if _is_issued(digits):
            yield Finding(*found.span(), "card", "confirmed")
        elif _is_perhaps_issued(digits) or _CARD_WORD.search(near):
            certainty: Certainty = "confirmed" if _CARD_WORD.search(near) else "suspect"
            yield Finding(*found.span(), "card", certainty)


def _is_luhn(digits: str) -> bool:
    from stdnum import luhn  # noqa: PLC0415 - most texts hold nothing of this length

    return bool(luhn.is_valid(digits))


def _is_issued(digits: str) -> bool:
    """Whether a network issues cards of this beginning and length (ISO/IEC 7812 ranges)."""
    n, two, three, four = len(digits), *(int(digits[:k]) for k in (2, 3, 4))
    return (
        (digits[0] == "4" and n in (16, 19))  # Visa
        or (n == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))  # Mastercard
        or (n in (16, 19) and 2200 <= four <= 2204)  # Mir
        or (n == 15 and two in (34, 37))  # American Express
        or (n in (14, 16) and (300 <= three <= 305 or two in (36, 38, 39)))  # Diners Club
        or (n == 16 and 3528 <= four <= 3589)  # JCB
        or (n in (16, 19) and (four == 6011 or 644 <= three <= 649 or two == 65))  # Discover
        or (n in (16, 19) and two == 62)  # UnionPay
    )


def _is_perhaps_issued(digits: str) -> bool:
    """Whether an old or short card looks so; other numbers do too."""
    n, two, four = len(digits), int(digits[:2]), int(digits[:4])
    return (
        (n == 13 and digits[0] == "4")  # Visa of old
        or (n == 15 and four in (2131, 1800))  # JCB of old
        or (12 <= n <= 19 and (two == 50 or 56 <= two <= 69 or four == 604))  # Maestro
    )


def _ssns(text: str) -> Iterator[Finding]:
    for found in _SSN.finditer(text):
        near = words_near(text, *found.span(), before=40, after=20)
        if found[1] == "-" or _SSN_WORD.search(near):
            yield Finding(*found.span(), "ssn", "confirmed")


def _ibans(text: str) -> Iterator[Finding]:
    for found in _IBAN.finditer(text):
        end = _end_of_iban(found[0])
        if end:
            yield Finding(found.start(), found.start() + end, "iban", "confirmed")


def _end_of_iban(text: str) -> int:
    """Give where a valid number ends (groups of following words may hang on), 0 when none does."""
    from stdnum import iban  # noqa: PLC0415 - most texts hold nothing of this shape

    ends = [len(text), *(gap.start() for gap in re.finditer(" ", text))]
    return next((end for end in sorted(ends, reverse=True) if iban.is_valid(text[:end])), 0)


def _addresses(text: str) -> Iterator[Finding]:
    for found in _IPV4.finditer(text):
        parts = [int(part) for part in found[0].split(".")]
        before = text[max(0, found.start() - 24) : found.start()]
        if max(parts) > 255 or _VERSION_WORD.search(before):
            continue
        is_sure = max(parts) > 31 or _IP_WORD.search(before)  # else perhaps a date or a section
        yield Finding(*found.span(), "ip", "confirmed" if is_sure else "suspect")
    for found in _IPV6.finditer(text):
        if found[0].count(":") >= 2 and _is_ipv6(found[0]):
            yield Finding(*found.span(), "ip", "confirmed")


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return any(char.isdigit() for char in text) and len(text) > 4
