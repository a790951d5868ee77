"""Words that carry no topic, by language, in folded form."""

from functools import cache
from importlib.resources import files

from core.text.scripts import script_of

STOP_LANGUAGES = ("en", "ru", "uk", "de", "fr", "es", "it", "pt", "nl", "pl", "tr")
"""Languages with a stop list; the order breaks ties between languages."""

_CONTENT_ELSEWHERE = frozenset(
    [
        *(
            "war",
            "die",
            "hat",
            "man",
            "sin",
            "son",
            "sur",
            "per",
            "bin",
            "dan",
            "pan",
            "dos",
            "car",
        ),
        *("tan", "ten", "ben", "ter", "ver", "den", "mit", "sei", "net", "des", "ai", "la", "dal"),
        *("era", "ore", "tel", "bis", "ton", "mes", "del", "eu", "os", "est", "men", "mal", "us"),
    ]
)
"""Short foreign function words that are content words or names in English news."""


@cache
def stop_words(lang: str) -> frozenset[str]:
    """Give the stop list of a language; empty when there is none."""
    if lang not in STOP_LANGUAGES:
        return frozenset()
    text = files("core.text").joinpath("weights", f"stop_{lang}.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


def is_stop_word(word: str, lang: str | None = None) -> bool:
    """Whether a folded word carries no topic.

    With a language, its list decides. Without one, as for a query whose language is unknown,
    Cyrillic words are looked up in the Russian and Ukrainian lists, Latin ones in the English list
    and, when they have at most three letters and mean nothing in English, in the other lists.
    """
    if lang is not None:
        return word in stop_words(lang)
    if script_of(word) == "cyrillic":
        return word in stop_words("ru") or word in stop_words("uk")
    if word in stop_words("en"):
        return True
    if len(word) > 3 or word in _CONTENT_ELSEWHERE:
        return False
    return any(word in stop_words(other) for other in STOP_LANGUAGES)
