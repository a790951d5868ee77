"""Russian words and their many Latin spellings (of web addresses, mostly) in one spelling."""

import re

from core.text.tokens import fold

_LETTERS = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфхцыэ", "abvgdeziiklmnoprstufhcie", strict=True)),
        "ж": "zh",
        "ч": "ch",
        "ш": "sh",
        "щ": "sch",
        "ю": "u",
        "я": "a",
        "ъ": "",
        "ь": "",
    }
)
_SPELLINGS = (
    *(("shch", "sch"), ("kh", "h"), ("tz", "c"), ("ts", "c"), ("cz", "c"), ("x", "ks")),
    *((f"{soft}{vowel}", plain) for soft in "yji" for vowel, plain in ("oe", "aa", "uu", "ee")),
    *(("iy", "i"), ("yi", "i"), ("ii", "i"), ("yy", "i"), ("y", "i"), ("j", "i"), ("w", "v")),
)
"""What different ways of writing Russian in Latin letters have for one sound, first one first."""

_APART = re.compile(r"[\W_]+")


def one_spelling(text: str) -> str:
    """Give the words of a text in Latin letters as far as they are Russian, single spaces.

    "Щукин", "Shchukin" and "Schukin" are the same; words of other languages change alike on both
    sides of a comparison.
    """
    plain = _APART.sub(" ", fold(text).translate(_LETTERS)).strip()
    for written, sound in _SPELLINGS:
        plain = plain.replace(written, sound)
    return plain
