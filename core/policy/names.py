"""Names of a sentence, and whether the cited text holds them, in whatever case and alphabet."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from core.policy.exonyms import ALIASES, ELSEWHERE
from core.policy.plain_words import OPENERS
from core.policy.reading import Reading, Word
from core.text.lexicons import sections
from core.text.scripts import script_of
from core.text.stems import stem
from core.text.stopwords import is_stop_word
from core.text.translit import one_spelling

_TITLE_CASE_SHARE = 0.75
_TITLE_CASE_WORDS = 4
_RU_END = re.compile(
    r"(?:ого|его|ому|ему|ыми|ими|ами|ями|ой|ей|ом|ем|ым|им|ую|юю|ая|яя|ое|ее|ые|ие|ых|их|ов|ев|ам"
    r"|ям|ах|ях|ою|ею|ин|а|я|у|ю|е|и|ы|о|ь|й)$"
)
_EN_END = re.compile(r"(?:ians?|ans?|ese|ish|is?|ns?|s|es|a|ia|e|y|ine)$")
_OPENING_LISTS = ("verbs_en", "weak_en", "roles_ru", "weak_ru", "not_verbs_ru")
_NEWS_LISTS = (
    *("category_en", "emotions_en", "sentiment_en"),
    *("category_ru", "emotions_ru", "sentiment_ru"),
)
_SMALL = frozenset({"a", "an", "the", "of", "and", "in", "on", "for", "to", "at", "by", "i"})
_COMMON_END = re.compile(
    r"\w{3}(?:ing|ly|tions?|ments?|ness|ally|ость|ости|ение|ения|ению|ции|ция|цией|ться|тся|лся"
    r"|лась|лись|вший|вшие|ющий|ющие|ески|енно|ально|ыми|ими)$"
)


@dataclass(frozen=True)
class Named:
    """The names that texts hold: what a sentence's names are looked up in."""

    sources: tuple[Reading, ...]

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of all words: a name may be written small, as a hashtag or in a headline."""
        return frozenset(one for source in self.sources for one in source.stems)

    @cached_property
    def capitals(self) -> frozenset[str]:
        """The words that begin with a capital, in small letters."""
        return frozenset(
            word.low for source in self.sources for word in source.words if word.is_capital
        )

    @cached_property
    def roots(self) -> frozenset[str]:
        """Capitalised words without what inflects them."""
        return frozenset(root for word in self.capitals if (root := _root(word)))

    @cached_property
    def sounds(self) -> frozenset[str]:
        """Capitalised words by their consonants, for names in another alphabet."""
        return frozenset(sound for word in self.capitals if len(sound := _sound(word)) >= 2)

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Capitalised words in the one spelling of both alphabets."""
        return frozenset(one_spelling(word) for word in self.capitals)

    @cached_property
    def initials(self) -> frozenset[str]:
        """First letters of neighbouring capitalised words, together: "United Nations" is un."""
        return frozenset(
            short
            for source in self.sources
            for run in _runs(source.words)
            for short in _shorts(run)
        )

    def hold(self, word: Word) -> bool:
        """Say whether a name is there: as a stem, inflected, short, or in another alphabet."""
        if word.stem in self.stems or _root(word.low) in self.roots:
            return True
        if any(other in self.stems for other in ALIASES.get(word.stem, ())):
            return True
        if word.low in self.initials:
            return True
        return self._hold_elsewhere(word)

    def _hold_elsewhere(self, word: Word) -> bool:
        if any(other in self.stems for other in ELSEWHERE.get(word.stem, ())):
            return True
        script = script_of(word.low)
        others = [one for one in self.capitals if script_of(one) != script]
        if not others:
            return False
        if one_spelling(word.stem) in self.spellings or one_spelling(word.low) in self.spellings:
            return True
        if len(sound := _sound(word.stem)) < 2:
            return False
        return sound in self.sounds or any(
            min(len(one), len(sound)) > 2
            and (one.startswith(sound) or sound.startswith(one))
            and abs(len(one) - len(sound)) <= 1
            for one in self.sounds
        )


def find_names(
    reading: Reading,
    *,
    is_quoted: Sequence[tuple[int, int]] = (),
    is_foreign: bool = False,
) -> Iterator[Word]:
    """Find the words of a sentence that must be names: written with a capital, without a reason.

    The capital of a first word, or of any word in a headline that capitalises all, is one only
    where the word is not a common one. What stands in quotation marks is checked as a quotation.
    `is_foreign`: the cited texts are in another alphabet, so that no first word is among them; it
    counts where it is a known name or part of a longer one.
    """
    is_titled = _is_titled(reading.words)
    for number, word in enumerate(reading.words):
        if not word.is_capital or len(word.low) < 2:
            continue
        if is_foreign and word.is_first and word.stem not in _names():
            after = reading.words[number + 1 : number + 2]
            if not after or not after[0].is_capital:
                continue
        if any(start <= word.start < end for start, end in is_quoted):
            continue
        is_free = word.is_first or is_titled
        is_acronym = word.text.isupper() and not (is_titled and len(word.text) > 5)
        if is_free and not is_acronym and is_common(word, is_titled=is_titled):
            continue
        if word.low in _SMALL or (is_free and is_stop_word(word.low)):
            continue
        yield word


def held_by_initials(word: Word, words: Sequence[Word], named: Named) -> bool:
    """Say whether a word is part of a long name that the text has in short: United Nations, UN."""
    for run in _runs(words):
        if word in run:
            return any(short in named.stems for short in _shorts(run, whole=word))
    return False


def is_common(word: Word, *, is_titled: bool) -> bool:
    """Say whether a word is an ordinary one, so that its capital may come from its place.

    A sentence of a model begins with a name of the news, or with one of few words; where a
    headline capitalises every word, any word of the news may be among them.
    """
    if word.stem in _names():
        return False
    return (
        word.low in OPENERS
        or word.stem in _common(is_titled)
        or (word.low not in _names() and _COMMON_END.search(word.low) is not None)
    )


@cache
def _names() -> frozenset[str]:
    lists = (sections("names_en"), sections("names_ru"))
    return frozenset(stem(word, "en") for one in lists for words in one.values() for word in words)


@cache
def _common(is_titled: bool) -> frozenset[str]:
    return frozenset(
        stem(word.strip("-*"), "en")
        for name in (*_OPENING_LISTS, *(_NEWS_LISTS if is_titled else ()))
        for words in sections(name).values()
        for word in words
    ) | frozenset(stem(word, "en") for word in OPENERS)


def _is_titled(words: Sequence[Word]) -> bool:
    longer = [w for w in words if len(w.low) >= 4 and not is_stop_word(w.low, "en")]
    if len(longer) < _TITLE_CASE_WORDS:
        return False
    return sum(word.is_capital for word in longer) >= _TITLE_CASE_SHARE * len(longer)


def _root(word: str) -> str:
    """Take the ending off a name; empty when too little is left to tell names by."""
    end = _EN_END if word.isascii() else _RU_END
    root = end.sub("", word)
    return root if len(root) >= (3 if word.isascii() or len(word) > 3 else 2) else ""


def _runs(words: Sequence[Word]) -> Iterator[list[Word]]:
    run: list[Word] = []
    for word in words:
        is_next = not run or word.start - run[-1].end <= 4
        if word.is_capital and is_next:
            run.append(word)
            continue
        if len(run) > 1:
            yield run
        run = [word] if word.is_capital else []
    if len(run) > 1:
        yield run


def _shorts(run: Sequence[Word], whole: Word | None = None) -> Iterator[str]:
    for start in range(len(run) - 1):
        for end in range(start + 2, min(len(run), start + 6) + 1):
            if whole is None or whole in run[start:end]:
                yield "".join(word.low[0] for word in run[start:end])


_SOUNDS = (
    *(("дж", "j"), ("кс", "x"), ("shch", "ш"), ("sch", "ш"), ("sh", "ш"), ("ch", "ч")),
    *(("zh", "ж"), ("kh", "х"), ("ph", "ф"), ("th", "т"), ("ck", "к"), ("tz", "ц"), ("ts", "ц")),
    *(("qu", "кв"), ("х", "h"), ("г", "h")),
)
_LETTERS = str.maketrans("bcdfgjklmnpqrstvwxz", "бкдфhjклмнпкрствв" + "xз", "aeiouyаеиоуыэюяйьъ")


def _sound(word: str) -> str:
    """Give the consonants of a name as they sound alike in Latin and Cyrillic letters."""
    for written, sound in _SOUNDS:
        word = word.replace(written, sound)
    word = word.replace("х", "h").translate(_LETTERS)
    return re.sub(r"(.)\1+", r"\1", word)
