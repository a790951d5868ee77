"""Snowball stems by language, thread-safe, and the stems a query word may stand under."""

import threading
from functools import cache, lru_cache

import Stemmer

from core.text.scripts import script_of

_LATIN = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
    "pl": "polish",
    "tr": "turkish",
    "sv": "swedish",
}
_BY_SCRIPT: dict[str, dict[str, str]] = {
    "latin": _LATIN,
    "cyrillic": {"ru": "russian"},
    "greek": {"el": "greek"},
    "arabic": {"ar": "arabic", "fa": "persian"},
    "armenian": {"hy": "armenian"},
    "devanagari": {"hi": "hindi"},
    "tamil": {"ta": "tamil"},
}
_NO_STEMMER = frozenset(
    {"uk", "bg", "be", "mk", "sr", "kk", "ky", "mn", "tg", "tt", "ba", "ur", "ckb", "mr", "ne"}
)
"""Languages whose words another language's stemmer, in the same script, would cut wrongly."""
_DEFAULT = {
    "latin": "en",
    "cyrillic": "ru",
    "greek": "el",
    "armenian": "hy",
    "devanagari": "hi",
    "tamil": "ta",
}
_MIN_STEM = {"en": 3, "ru": 3}
"""Shorter stems collide across languages (French `news` -> `new`), so such a word stays whole."""
_LOCK = threading.Lock()


@cache
def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(algorithm, 0)


@lru_cache(maxsize=32_768)
def stem(word: str, lang: str) -> str:
    """Stem one folded word of a text in `lang`.

    A word in a foreign script is stemmed by that script's main language (Latin: English, Cyrillic:
    Russian), so names written in another alphabet meet their query. Words of languages without a
    Snowball stemmer, numbers, and words whose stem would be shorter than three letters (four
    outside English and Russian) stay as they are.
    """
    script = script_of(word)
    if script is None or len(word) < 3:
        return word
    languages = _BY_SCRIPT.get(script, {})
    if lang not in languages:
        if lang in _NO_STEMMER and script != "latin":
            return word
        if script == "latin" and _is_latin_language(lang):
            return word
        lang = _DEFAULT.get(script, "")
    return _stem_in(word, languages[lang], _MIN_STEM.get(lang, 4)) if lang in languages else word


def query_stems(word: str) -> frozenset[str]:
    """Give every stem under which an article of any language may hold this folded word.

    The word itself is among them, for languages without a stemmer.
    """
    script = script_of(word)
    if script is None or len(word) < 3:
        return frozenset({word})
    found = {word}
    for lang, algorithm in _BY_SCRIPT.get(script, {}).items():
        found.add(_stem_in(word, algorithm, _MIN_STEM.get(lang, 4)))
    return frozenset(found)


def _stem_in(word: str, algorithm: str, min_length: int) -> str:
    with _LOCK:
        short: str = _stemmer(algorithm).stemWord(word)
    return short if len(short) >= min_length else word


_LATIN_WITHOUT_STEMMER = frozenset(
    [
        *("cs", "sk", "sl", "hr", "bs", "ro", "hu", "fi", "et", "lv", "lt", "no", "nb", "nn"),
        *(
            "da",
            "is",
            "id",
            "ms",
            "vi",
            "ca",
            "gl",
            "eu",
            "sq",
            "az",
            "uz",
            "tk",
            "af",
            "sw",
            "tl",
        ),
    ]
)


def _is_latin_language(lang: str) -> bool:
    return lang in _LATIN_WITHOUT_STEMMER
