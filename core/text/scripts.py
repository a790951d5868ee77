"""Which alphabet words are written in."""

import re
from collections.abc import Mapping

_RANGES: Mapping[str, str] = {
    "latin": "A-Za-zªºÀ-ÖØ-öø-ɏḀ-ỿ",
    "cyrillic": "Ѐ-ԯᲀ-᲏ⷠ-ⷿꙀ-ꚟ",
    "greek": "Ͱ-Ͽἀ-῿",
    "arabic": "ؠ-يٮ-ۿݐ-ݿࢠ-ࣿ",
    "hebrew": "א-ת",
    "armenian": "Ա-֏",
    "georgian": "Ⴀ-ჿ",
    "devanagari": "ऀ-ॿ",
    "tamil": "஀-௿",
    "thai": "ก-๛",
    "hangul": "가-힣ᄀ-ᇿㄱ-ㆎ",
    "kana": "ぁ-ヿㇰ-ㇿ",
    "han": "㐀-䶿一-鿿豈-﫿々",
}
_COUNTERS = {name: re.compile(f"[{chars}]") for name, chars in _RANGES.items()}
_FIRST = re.compile("|".join(f"(?P<{name}>[{chars}])" for name, chars in _RANGES.items()))

UNSPACED = f"{_RANGES['han']}{_RANGES['kana']}฀-๿຀-໿က-႟ក-៿"
"""Character class of the scripts that put no spaces between words."""


def count_letters(text: str) -> dict[str, int]:
    """Count letters per script, most frequent first; scripts that do not occur are left out."""
    if text.isascii():
        n = len(_COUNTERS["latin"].findall(text))
        return {"latin": n} if n else {}
    counts = {name: len(pattern.findall(text)) for name, pattern in _COUNTERS.items()}
    return {k: n for k, n in sorted(counts.items(), key=lambda item: -item[1]) if n}


def script_of(word: str) -> str | None:
    """Name the script of the first letter of a word; None without a letter of a known one."""
    if word.isascii():
        return "latin" if any("a" <= c <= "z" or "A" <= c <= "Z" for c in word) else None
    found = _FIRST.search(word)
    return found.lastgroup if found else None
