"""Figures of a text with their units: 1,234 and 1 234, 0,5 and 0.5, 13 тысяч and 13,000, five."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from core.policy.number_words import SCALES, find_spelled
from core.text.stems import stem
from core.text.stopwords import is_stop_word

_NUMBER = re.compile(r"\d(?:\d{0,2}(?:[ '][0-9]{3})+(?!\d)(?:[.,]\d+)?|\d*(?:[.,:]\d+)*)")
_BEFORE = re.compile(r"(?P<sign>(?:(?<=[\s(])|(?<![\s\S]))[-+])?(?P<money>[$€£¥₽₴])?(?P<gap> ?)$")
_SCALE = re.compile(
    r"(?:(?P<long>[ -]?(?:(?P<k>тыс\b\.?|тысяч[а-я]{0,3}\b|thousand\b)"
    r"|(?P<m>млн\b\.?|миллион[а-я]{0,3}\b|millions?\b|mln\b)"
    r"|(?P<b>млрд\b\.?|миллиард[а-я]{0,3}\b|billions?\b|bln\b|bn\b)"
    r"|(?P<t>трлн\b\.?|триллион[а-я]{0,3}\b|trillions?\b|trn\b)))"
    r"|(?P<short>(?P<k1>[kк])|(?P<m1>[mм])|(?P<b1>b)|(?P<t1>t|tn))(?![^\W_]))",
    re.IGNORECASE,
)
_UNITS = (
    ("point", r"percentage points?\b|процентн[а-я]{2,3} пункт[а-я]{0,3}|п\. ?п\."),
    ("percent", r"%|percent\b|per ?cent\b|pct\b|процент[а-я]{0,3}\b"),
    ("usd", r"\$|(?:us )?dollars?\b|usd\b|bucks\b|доллар[а-я]{0,3}\b|долл\b"),
    ("eur", r"€|euros?\b|eur\b|евро\b"),
    ("rub", r"₽|rou?bles?\b|rub\b|руб(?:л[а-я]{1,3})?\b"),
    ("gbp", r"£|pounds?\b|gbp\b|фунт[а-я]{0,3}\b"),
    ("cny", r"¥|yuan\b|юан[а-я]{1,3}\b"),
    ("uah", r"₴|hryvnias?\b|грив[а-я]{1,3}\b"),
    ("degree", r"°|degrees?\b|градус[а-я]{0,3}\b"),
    ("km", r"km\b|kilomet(?:er|re)s?\b|км\b|километр[а-я]{0,3}\b"),
    ("mile", r"miles?\b|миль\b|мил[яюие]\b"),
    ("m", r"met(?:er|re)s?\b|м\b|метр[а-я]{0,3}\b"),
    ("cm", r"cm\b|centimet(?:er|re)s?\b|см\b|сантиметр[а-я]{0,3}\b"),
    ("foot", r"feet\b|foot\b|ft\b|фут[а-я]{0,3}\b"),
    ("inch", r"inch(?:es)?\b|дюйм[а-я]{0,3}\b"),
    ("kg", r"kg\b|kilos?\b|kilograms?\b|кг\b|кило(?:грамм[а-я]{0,3})?\b"),
    ("gram", r"grams?\b|грамм[а-я]{0,3}\b"),
    ("ton", r"tons?\b|tonnes?\b|тонн[а-я]{0,2}\b"),
    ("litre", r"lit(?:er|re)s?\b|литр[а-я]{0,3}\b"),
    ("barrel", r"barrels?\b|баррел[а-я]{1,3}\b"),
    ("second", r"seconds?\b|секунд[а-я]{0,3}\b|сек\b"),
    ("minute", r"minutes?\b|mins?\b|минут[а-я]{0,3}\b|мин\b"),
    ("hour", r"hours?\b|hrs?\b|час(?:а|ов|ам|ами|ах)?\b"),
    ("day", r"days?\b|дн(?:я|ей|ю|ям|ями)\b|день\b|сут(?:ки|ок)\b|дневн[а-я]{2,3}\b"),
    ("week", r"weeks?\b|недел[а-я]{1,3}\b"),
    ("month", r"months?\b|месяц[а-я]{0,3}\b|месячн[а-я]{2,3}\b"),
    ("year", r"years?\b|yrs?\b|год(?:а|у|ом|ы|ов)?\b|лет\b|летн[а-я]{2,3}\b"),
    ("times", r"times\b|раз[а]?\b"),
)
_UNIT = re.compile(
    "[ -]?(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _UNITS) + ")", re.IGNORECASE
)
_NEXT = re.compile(r"(?:-[а-я]{1,3}\b|(?:st|nd|rd|th)\b)?[ -]?(?P<word>[^\W\d_]+)")
_ALNUM = re.compile(r"[^\W_]*")
_ALNUM_BEFORE = re.compile(r"[^\W_]*$")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|s)\b")
_RANGE = re.compile(r" ?[-–—] ?\$?€?| (?:to|до|and|и|or|или) \$?€?")
_SIGNS = {"$": "usd", "€": "eur", "£": "gbp", "¥": "cny", "₽": "rub", "₴": "uah"}
_YEARS = range(1500, 2200)


class Quantity(NamedTuple):
    """A figure at `start`..`end`.

    `values`: every number that its spelling may mean, scale included; `unit` is "" where none is
    written; `noun` the stem of the word behind it; `exact` the digits of a time, a score or a
    version, which are compared as written.
    """

    start: int
    end: int
    text: str
    values: frozenset[float]
    unit: str = ""
    noun: str = ""
    exact: str = ""
    is_negative: bool = False

    def equals(self, other: "Quantity") -> bool:
        """Whether both may be the same number; what is spelled alike is read alike."""
        if len(self.values) > 1 and len(other.values) > 1:
            return self.values == other.values
        return not self.values.isdisjoint(other.values)


def find_quantities(
    text: str, taken: Sequence[tuple[int, int]] = (), *, is_spelled: bool = True
) -> list[Quantity]:
    """Find figures in the order of the text, those inside `taken` places left out.

    The first end of a range has the unit of the second: "5-10 млн рублей". Without `is_spelled`
    numbers in words are not looked for.
    """
    found = [
        _read(text, match[0], match.start())
        for match in _NUMBER.finditer(text)
        if text[match.start() - 1 : match.start()] not in (".", ",") or match.start() == 0
        if not any(start <= match.start() < end for start, end in taken)
    ]
    if is_spelled:
        found += _spelled(text, taken)
    found.sort()
    return list(_with_ranges(text, found))


def _read(text: str, digits: str, start: int) -> Quantity:
    end = start + len(digits)
    if digits.count(":") or (len(re.findall(r"[.,]", digits)) > 1 and not _grouped(digits)):
        return Quantity(start, end, digits, frozenset(), exact=digits.replace(",", "."))
    values = _values(digits)
    scale = _SCALE.match(text, end)
    if _is_inside_word(text, start, end) and not scale:
        whole = _ALNUM_BEFORE.search(text[:start])[0] + digits + _ALNUM.match(text, end)[0]  # type: ignore[index]
        return Quantity(start, end, digits, frozenset(), exact=whole.lower())
    if scale is not None:
        end = scale.end()
        factor = _factor(scale)
        scaled = {value * factor for value in values}
        values = scaled if scale["long"] else values | scaled
    unit, noun, end = _unit(text, end)
    before = _BEFORE.search(text[max(0, start - 4) : start])
    if before is not None and before["money"]:
        unit = _SIGNS[before["money"]]
        start -= len(before["money"]) + len(before["gap"])
    if unit == "year" and any(value in _YEARS for value in values):
        unit = ""
    return Quantity(
        start,
        end,
        text[start:end],
        frozenset(round(value, 6) for value in values),
        unit,
        noun,
        is_negative=before is not None and before["sign"] == "-",
    )


def _is_inside_word(text: str, start: int, end: int) -> bool:
    """Whether digits are part of a name: G7, 9to5; "5th" and "20km" are figures."""
    if start and text[start - 1].isalpha():
        return True
    if not text[end : end + 1].isalpha():
        return False
    return _UNIT.match(text, end) is None and _ORDINAL.match(text, end) is None


def _unit(text: str, end: int) -> tuple[str, str, int]:
    """Give the unit, the stem of the next word, and where the figure ends."""
    unit = _UNIT.match(text, end)
    following = _NEXT.match(text, end)
    word = following["word"].lower() if following else ""
    noun = "" if is_stop_word(word) else stem(word, "en")
    if unit is None:
        return "", noun, end
    return str(unit.lastgroup), noun, unit.end()


def _grouped(digits: str) -> bool:
    return (
        re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?", digits)
        is not None
    )


def _values(digits: str) -> set[float]:
    bare = digits.replace(" ", "").replace("'", "")
    if re.fullmatch(r"\d+", bare):
        return {float(bare)}
    if _grouped(bare) and len(re.findall(r"[.,]", bare)) > 1:
        last = max(bare.rfind(","), bare.rfind("."))
        whole = re.sub(r"[.,]", "", bare[:last])
        tail = bare[last + 1 :]
        is_group = bare.count(bare[last]) > 1
        return {float(whole + tail)} if is_group else {float(f"{whole}.{tail}")}
    values = {float(bare.replace(",", "."))}
    if _grouped(bare) and not bare.startswith("0"):
        values.add(float(re.sub(r"[.,]", "", bare)))
    return values


def _factor(scale: re.Match[str]) -> float:
    groups = scale.groupdict()
    for name, factor in (("k", 1e3), ("m", 1e6), ("b", 1e9), ("t", 1e12)):
        if groups[name] or groups[f"{name}1"]:
            return factor
    return 1.0


def _spelled(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[Quantity]:
    for start, end, value in find_spelled(text):
        if any(a <= start < b for a, b in taken):
            continue
        unit, noun, stop = _unit(text, end)
        yield Quantity(start, stop, text[start:stop], frozenset({round(value, 6)}), unit, noun)


def _with_ranges(text: str, found: Sequence[Quantity]) -> Iterator[Quantity]:
    for number, one in enumerate(found):
        yield one
        after = found[number + 1] if number + 1 < len(found) else None
        if after is None or one.unit or not one.values or not after.values:
            continue
        if _has_scale(one) and not after.unit:
            continue
        if _RANGE.fullmatch(text[one.end : after.start]) is None:
            continue
        scales = (s for s in (1e12, 1e9, 1e6, 1e3) if min(after.values) >= s)
        is_shared = _has_scale(after) and not _has_scale(one)
        factor = next(scales, 1.0) if is_shared else 1.0
        values = frozenset(round(value * factor, 6) for value in one.values)
        yield one._replace(values=values, unit=after.unit, noun=after.noun)


def _has_scale(one: Quantity) -> bool:
    return any(word in one.text.lower() for word in SCALES)
