"""An answer is in its reader's language: rule `language`, by alphabet and function words."""

from collections.abc import Mapping, Sequence
from functools import cache

from core.policy.reading import Reading, Word, alphabet
from core.policy.records import Objection
from core.text.stopwords import STOP_LANGUAGES, stop_words

_SCRIPTS = {
    "ru": "cyrillic",
    "uk": "cyrillic",
    "be": "cyrillic",
    "bg": "cyrillic",
    "kk": "cyrillic",
}
_MIN_SHARE = 0.5
_MIN_WORDS = 2
_LEAD = 1.5
"""Function words by which another language must lead before a sentence counts as its."""
_FOREIGN_LETTERS = {"ru": frozenset("іїєґўћђљњџқғңәө"), "en": frozenset("äöüßéèêàçñåøæłśżąęőű")}
_MIN_FOREIGN = 2


def object_to(claim: Reading, lang: str, *, foreign: Sequence[Reading] = ()) -> Objection | None:
    """Object to a sentence in another language than the reader's, `lang`.

    Names and quotations are left out: they may be in any language. `foreign` are cited texts in
    other languages; a sentence that only repeats one of them is in its language.
    """
    quotes = [(quote.start, quote.end) for quote in claim.quotes]
    outside = [
        word
        for word in claim.words
        if not any(start <= word.start < end for start, end in quotes)
        and not _is_in_domain(word, claim.text)
    ]
    words = [word for word in outside if not word.is_capital]
    expected = _SCRIPTS.get(lang, "latin")
    # Where there are only names and quotations, one word in the reader's alphabet will do.
    judged = words or claim.words
    n_expected = sum(alphabet(word.low) == expected for word in judged)
    if n_expected < (_MIN_SHARE * len(judged) if words else min(1, len(judged))):
        return Objection("language", lang)
    if _votes_against(words, lang) or _is_copied(words, lang, foreign):
        return Objection("language", lang)
    return None


def _is_in_domain(word: Word, text: str) -> bool:
    """Whether a word is a part of a name such as "Harbor.ru"."""
    return (text[word.start - 1 : word.start] == "." and text[word.start - 2].isalnum()) or (
        text[word.end : word.end + 1] == "." and text[word.end + 1 : word.end + 2].isalpha()
    )


def _votes_against(words: Sequence[Word], lang: str) -> bool:
    votes = dict.fromkeys(STOP_LANGUAGES, 0.0)
    known = _owners()
    for low in {word.low for word in words if len(word.low) > 1}:
        owners = known.get(low, ())
        for owner in owners:
            votes[owner] += 1 / len(owners)
    own = votes.pop(lang, 0.0)
    letters = _FOREIGN_LETTERS.get(lang, frozenset())
    n_foreign = sum(not letters.isdisjoint(word.low) for word in words if not word.is_capital)
    if n_foreign >= _MIN_FOREIGN and n_foreign >= 0.2 * len(words):
        return True
    best = max(votes.values())
    return best >= _LEAD and best - own >= _LEAD


@cache
def _owners() -> Mapping[str, tuple[str, ...]]:
    """Give the languages of every function word."""
    words = frozenset(word for lang in STOP_LANGUAGES for word in stop_words(lang))
    return {
        word: tuple(lang for lang in STOP_LANGUAGES if word in stop_words(lang)) for word in words
    }


def _is_copied(words: Sequence[Word], lang: str, foreign: Sequence[Reading]) -> bool:
    """Say whether the small words stand in a foreign text, and none is the reader's own."""
    small = [word for word in words if not word.is_capital and len(word.low) > 1]
    if len(small) < _MIN_WORDS or any(word.low in stop_words(lang) for word in small):
        return False
    return any(all(word.stem in text.stems for word in small) for text in foreign)
