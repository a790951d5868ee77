"""Numbers spelled out in English and Russian: five, двадцать пять тысяч, third."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

SCALES = ("тыс", "thous", "млн", "milli", "милли", "mln", "млрд", "billi", "bn", "трлн", "trilli")
"""How the words for thousands and more begin."""

_EN: Mapping[float, str] = {
    2: "two second",
    3: "three third",
    4: "four fourth",
    5: "five fifth",
    6: "six sixth",
    7: "seven seventh",
    8: "eight eighth",
    9: "nine ninth",
    10: "ten tenth",
    11: "eleven eleventh",
    12: "twelve twelfth dozen",
    13: "thirteen",
    14: "fourteen",
    15: "fifteen",
    16: "sixteen",
    17: "seventeen",
    18: "eighteen",
    19: "nineteen",
    20: "twenty",
    30: "thirty",
    40: "forty",
    50: "fifty",
    60: "sixty",
    70: "seventy",
    80: "eighty",
    90: "ninety",
}
_RU: Mapping[float, str] = {
    1: "один одна одно одного одной одному одним одну",
    2: "два две двух двум двумя двое двоих",
    3: "три трех трем тремя трое троих",
    4: "четыре четырех четырем четырьмя четверо четверых",
    5: "пять пяти пятью пятеро пятерых",
    6: "шесть шести шестью шестеро шестерых",
    7: "семь семи семеро семерых",
    8: "восемь восьми восемью",
    9: "девять девяти девятью",
    10: "десять десяти десятью",
    11: "одиннадцать одиннадцати",
    12: "двенадцать двенадцати",
    13: "тринадцать тринадцати",
    14: "четырнадцать четырнадцати",
    15: "пятнадцать пятнадцати",
    16: "шестнадцать шестнадцати",
    17: "семнадцать семнадцати",
    18: "восемнадцать восемнадцати",
    19: "девятнадцать девятнадцати",
    20: "двадцать двадцати двадцатью",
    30: "тридцать тридцати",
    40: "сорок сорока",
    50: "пятьдесят пятидесяти",
    60: "шестьдесят шестидесяти",
    70: "семьдесят семидесяти",
    80: "восемьдесят восьмидесяти",
    90: "девяносто девяноста",
    100: "сто ста",
    200: "двести двухсот двумстам",
    300: "триста трехсот",
    400: "четыреста четырехсот",
    500: "пятьсот пятисот",
    600: "шестьсот шестисот",
    700: "семьсот семисот",
    800: "восемьсот восьмисот",
    900: "девятьсот девятисот",
    1.5: "полтора полторы полутора",
}
_RU_ORDINALS = (
    (2, "втор", "ой ая ое ого ому ым ом ую ые ых ыми"),
    (3, "трет", "ий ья ье ьего ьему ьим ьем ью ьи ьих ьими ьей"),
    (4, "четверт", "ый ая ое ого ому ым ом ую ые ых ыми"),
    (5, "пят", "ый ая ое ого ому ым ом ую ые ых ыми"),
    (6, "шест", "ой ая ое ого ому ым ом ую ые ых ыми"),
    (7, "седьм", "ой ая ое ого ому ым ом ую ые ых ыми"),
    (8, "восьм", "ой ая ое ого ому ым ом ую ые ых ыми"),
    (9, "девят", "ый ая ое ого ому ым ом ую ые ых ыми"),
    (10, "десят", "ый ая ое ого ому ым ом ую ые ых ыми"),
)
_SCALE_WORDS: Mapping[float, str] = {
    1e2: "hundred",
    1e3: "thousand тысяча тысячи тысяч тысячу тысяче тысячам",
    1e6: "million миллион миллиона миллионов миллиону",
    1e9: "billion миллиард миллиарда миллиардов миллиарду",
    1e12: "trillion триллион триллиона триллионов",
}
_FACTORS: Mapping[str, float] = {
    word: factor for factor, words in _SCALE_WORDS.items() for word in words.split()
}
_ALONE = frozenset({"тысяча", "тысячу", "миллион", "миллиард", "триллион"})
"""Scale words that mean one of themselves where no number stands before them."""

_ONES = frozenset({"one", "a", "an"})
_ARTICLES = frozenset({"a", "an"})
_SCALE_NEXT = re.compile(r" (?:hundred|thousand|million|billion|trillion|dozen)\b", re.IGNORECASE)
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]+(?![^\W_])")
_AND = frozenset({"hundred", "thousand", "million"})


@cache
def _values() -> Mapping[str, float]:
    values = {
        word: n for table in (_EN, _RU) for n, words in table.items() for word in words.split()
    }
    values |= {root + end: n for n, root, ends in _RU_ORDINALS for end in ends.split()}
    return values | {"one": 1.0, "дюжина": 12.0, "дюжину": 12.0, "дюжины": 12.0}


@cache
def _known() -> frozenset[str]:
    return frozenset({*_values(), *_FACTORS, *_ARTICLES})


def may_be_spelled(lows: frozenset[str]) -> bool:
    """Whether any of these words, in small letters, is a part of a number."""
    return not _known().isdisjoint(lows - _ARTICLES)


def find_spelled(text: str) -> Iterator[tuple[int, int, float]]:
    """Find numbers in words: start, end, value. Compounds are one: "twenty-five thousand"."""
    values, known, end = _values(), _known(), 0
    group: list[tuple[int, int, str]] = []
    for found in _WORD.finditer(text):
        word = found[0].lower()
        if word not in known or (word in _ARTICLES and not _SCALE_NEXT.match(text, found.end())):
            continue
        gap = text[end : found.start()]
        is_joined = gap in (" ", "-") or (gap == " and " and group and group[-1][2] in _AND)
        if group and not is_joined:
            yield from _value(group, values)
            group = []
        group.append((found.start(), found.end(), word))
        end = found.end()
    yield from _value(group, values)


def _value(
    group: list[tuple[int, int, str]], values: Mapping[str, float]
) -> Iterator[tuple[int, int, float]]:
    while group and group[0][2] in _ONES and (len(group) == 1 or group[1][2] not in _FACTORS):
        if group[0][2] == "one":
            yield group[0][0], group[0][1], 1.0
        group = group[1:]
    if not group:
        return
    first = group[0][2]
    if first in _FACTORS and first not in _ALONE:
        return  # the scale of a number in digits, or "millions" of something
    total, current = 0.0, 0.0
    for _, _, word in group:
        if word in _ONES:
            current += 1
        elif word in _FACTORS:
            factor = _FACTORS[word]
            current = (current or 1.0) * factor
            if factor >= 1e3:
                total, current = total + current, 0.0
        else:
            current += values[word]
    yield group[0][0], group[-1][1], total + current
