"""The words of a text as they are written, with what names and phrases are recognised by."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.text.markup import clean_lines
from core.text.stems import stem
from core.text.stopwords import stop_words
from core.text.tokens import fold

_WORD = re.compile(r"[^\W_]+(?:['’.&/][^\W_]+|[-‐‑](?=[^\W_])[^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_SENTENCE_GAP = re.compile(r"[.!?…:;«»“”\"„|—–•(]|\s-\s")
_TITLE_CASE_SHARE = 0.7
_TITLE_CASE_WORDS = 4


@dataclass(frozen=True, slots=True)
class Word:
    """One written word.

    `text` as written without a possessive; `folded` and `stem` as in the search copy (a compound
    stays one word). `is_proper`: its capital cannot come from its place or a headline's style.
    `is_first` opens a sentence or quotation, `is_cut` follows punctuation or a line break.
    """

    text: str
    folded: str
    stem: str
    is_first: bool
    is_cut: bool
    is_capital: bool
    is_proper: bool
    is_acronym: bool
    is_stop: bool
    is_number: bool


@dataclass(frozen=True, slots=True)
class Line:
    """The words of one line; `is_title_case` when nearly every longer word is capitalised."""

    words: tuple[Word, ...]
    is_title_case: bool
    is_title: bool


def read_lines(title: str, text: str, lang: str, *, max_words: int = 3_000) -> list[Line]:
    """Split title and text into lines of words; a text that opens with its title skips it."""
    lines = [(line, True) for line in clean_lines(title)]
    body = clean_lines(text)
    if lines and body and body[0].rstrip(".… ").startswith(lines[0][0].rstrip(".… ")):
        lines = []
        body_lines = [(line, n == 0) for n, line in enumerate(body)]
    else:
        body_lines = [(line, not lines and n == 0) for n, line in enumerate(body)]
    found: list[Line] = []
    left = max_words
    for line, is_title in (*lines, *body_lines):
        if left <= 0:
            break
        titled = _is_title_case(line, lang)
        words = tuple(_words(line, lang, is_title_case=titled))[:left]
        left -= len(words)
        if words:
            found.append(Line(words, titled, is_title))
    return found


def _words(line: str, lang: str, *, is_title_case: bool) -> Iterator[Word]:
    stops, english = stop_words(lang), stop_words("en")
    end = 0
    for match in _WORD.finditer(line):
        gap = line[end : match.start()]
        first = end == 0 or _SENTENCE_GAP.search(gap) is not None
        cut = first or any(c not in " \t-\u00a0#@$€£₽№" for c in gap)
        end = match.end()
        written = match[0]
        if written[-2:-1] in ("'", "’"):
            written = _POSSESSIVE.sub("", written)
        folded = fold(written).replace(".", "") if "." in written else fold(written)
        bare = written.replace(".", "")
        yield Word(
            text=written,
            folded=folded,
            stem=stem(folded, lang),
            is_first=first,
            is_cut=cut,
            is_capital=written[0].isupper(),
            is_proper=written[0].isupper() and not first and not is_title_case,
            is_acronym=1 < len(bare) <= 6 and bare.isupper() and not bare.isdigit(),
            is_stop=(folded in stops or (folded.isascii() and folded in english))
            and folded != "us",
            is_number=written[0].isdigit(),
        )


def _is_title_case(line: str, lang: str) -> bool:
    stops = stop_words(lang)
    longer = [
        word
        for word in map(str, _WORD.findall(line))
        if len(word) >= 4 and not word[0].isdigit() and word.casefold() not in stops
    ]
    if len(longer) < _TITLE_CASE_WORDS:
        return False
    capitals = sum(1 for word in longer if word[:1].isupper())
    return capitals >= _TITLE_CASE_SHARE * len(longer)
