"""The search copy of a text: folded words and their stems, in reading order."""

import re
import unicodedata

from core.text.markup import clean_display, strip_invisible, strip_markup, strip_publisher
from core.text.scripts import UNSPACED
from core.text.sentences import first_sentence, sentences
from core.text.stems import query_stems as _stems_of_word
from core.text.stems import stem
from core.text.stopwords import is_stop_word, stop_words

__all__ = [
    "clean_display",
    "content_of",
    "content_stems",
    "first_sentence",
    "fold",
    "is_stop_word",
    "normalise",
    "query_stems",
    "sentences",
    "split_words",
    "stem_all",
    "stems",
    "words",
]

_JOINED = "\u0900-\u0963\u0966-\u0dff"  # Indic vowel signs are no \w but belong to their word
_WORD = re.compile(
    f"(?P<run>[{UNSPACED}]+)"
    r"|(?P<dotted>(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?)"
    r"|(?P<number>\d+(?:[.,]\d+)+(?![^\W_]))"
    r"|(?P<negated>[^\W\d_]+n't(?![^\W_]))"
    rf"|(?P<word>(?:[^\W_{UNSPACED}]|[{_JOINED}])+)(?P<genitive>'s(?![^\W_]))?"
)
_THOUSANDS = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_MARK = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0640\u064b-\u065f\u0670]")
_APOSTROPHE = re.compile("[\u2018\u2019\u02bc\u00b4`\uff07]")
_SPACE = re.compile(r"\s+")


def fold(text: str) -> str:
    """Fold spelling: NFKC, case, ё as е, straight apostrophes, loose marks off."""
    folded = unicodedata.normalize("NFKC", strip_invisible(text)).casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKC", folded).replace("ё", "е")
        folded = _MARK.sub("", _APOSTROPHE.sub("'", folded))
    return folded


def normalise(text: str, *, source: str = "") -> str:
    """Make the search copy: folded, without Telegram, Markdown and HTML furniture, single spaces.

    Args:
        text: A title or text as the source wrote it; the first 20,000 characters are used.
        source: For titles, the source's name: its " - Reuters" or " | CNN" suffix goes.
    """
    plain = strip_markup(text)
    if source:
        plain = strip_publisher(plain, source)
    return _SPACE.sub(" ", fold(plain)).strip()


def words(text: str) -> list[str]:
    """Split a text into folded words in reading order, stop words and numbers included.

    "U.S." is `us`, "3,500" is `3500`, "17,5" is `17.5`; a possessive 's is dropped.
    Scripts without spaces give overlapping pairs of characters.
    """
    return split_words(normalise(text))


def stems(text: str, lang: str) -> list[str]:
    """Stem every word of a text in reading order (see `core.text.stems.stem`)."""
    return stem_all(words(text), lang)


def content_stems(text: str, lang: str) -> tuple[str, ...]:
    """Give the distinct stems that say what a text is about, in order of first appearance.

    Stop words, single letters and one-digit numbers are left out.
    """
    return content_of(words(text), lang)


def query_stems(word: str) -> frozenset[str]:
    """Give every stem under which articles of any language may hold one query word.

    Several words (or a compound such as "Covid-19") give the union; nothing but punctuation gives
    an empty set. For every word of `words(text)`: `stem(word, lang)` is in `query_stems(word)`.
    """
    return frozenset(found for part in split_words(fold(word)) for found in _stems_of_word(part))


def split_words(folded: str) -> list[str]:
    """Split an already folded text into words, as `words` does."""
    found: list[str] = []
    for match in _WORD.finditer(folded):
        match match.lastgroup:
            case "run":
                run = match["run"]
                found.extend(
                    [run] if len(run) < 2 else (run[i : i + 2] for i in range(len(run) - 1))
                )
            case "dotted":
                found.append(match[0].replace(".", ""))
            case "number":
                found.append(_plain_number(match[0]))
            case "negated":
                found.append(match[0])
            case _:
                found.append(match["word"])
    return found


def stem_all(folded_words: list[str], lang: str) -> list[str]:
    """Stem words that `words` gave."""
    return [stem(word, lang) for word in folded_words]


def content_of(folded_words: list[str], lang: str) -> tuple[str, ...]:
    """Give the distinct content stems of words that `words` gave."""
    stops = stop_words(lang)
    english = stop_words("en")
    kept = (
        w
        for w in folded_words
        if len(w) > 1 and w not in stops and not (w.isascii() and w in english)
    )
    return tuple(dict.fromkeys(stem(word, lang) for word in kept))


def _plain_number(text: str) -> str:
    if _THOUSANDS.match(text):
        return text.replace(",", "")
    return text.replace(",", ".")
