"""Phrases that say what one text is about, from how its words are placed, repeated and written."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.text.entities import is_name
from core.text.lexicons import stem_set, word_set
from core.text.surface import Line, Word
from schemas.articles import Keyphrase

MAX_PHRASES = 10
MAX_WORDS = 5
_LENGTH = {1: 0.6, 2: 1.15, 3: 1.28, 4: 1.1, 5: 0.95}
"""Factor by number of words: people choose two or three."""
_PART = 0.5
"""Factor of a phrase that never fills the whole run between stop words."""
_PLACE_WORDS = 60.0
_HALF_SCORE = 2.5
_RU_VERB = re.compile(
    r"(?:ть|тся|лся|лась|лось|лись|[аяеиоуы]ли|[аяеиуы]л|[аяи]ла|[аи]ло|[ауюяе]ет|[аеуя]ют|ится|ят|ит"
    r"|шли|шла|шло|шел|(?:гиб|мог|нес|вез|ник|стиг)л[аио]?|[ао]йдет|ожет|[ао]нет|яя|вая)$"
)
_RU_ADJECTIVE = re.compile(r"(?:[ыио]й|ая|яя|[оеы]е|[ое]го|[ое]му|[ыи]м|[ыи]х|ую|юю|[ыи]ми)$")


@dataclass(slots=True)
class _Phrase:
    words: tuple[Word, ...]
    first_at: int
    n: int = 0
    n_chunk: int = 0
    in_title: bool = False


def keyphrases(
    lines: Sequence[Line], lang: str, *, limit: int = MAX_PHRASES
) -> tuple[Keyphrase, ...]:
    """Choose the phrases of one text, best first.

    Candidates are runs of one to five words between stop words, verbs and punctuation. A candidate
    is worth more when its words recur, when it opens the text or stands in the title, when it is a
    name, and when it has two or three words. Of phrases that hold one another and occur equally
    often only the better one stays.

    Args:
        lines: The words as `core.text.surface.read_lines` gives them.
        lang: Language of the text; English and Russian have lists of verbs and weak words.
        limit: How many at most.

    Returns:
        Phrases as first written, each norm once. `score` is 0..1 and compares across texts.
    """
    chunks = list(_chunks(lines, lang))
    frequency = Counter(word.stem for chunk in chunks for word in chunk.words)
    found = _count(chunks, frequency, lang)
    scored = [(_score(phrase, frequency, lang), phrase) for phrase in found.values()]
    scored.sort(key=lambda item: (-item[0], item[1].first_at, len(item[1].words)))
    return tuple(
        Keyphrase(
            phrase=" ".join(_written(word.text) for word in phrase.words),
            norm=_norm(phrase.words),
            score=round(score / (score + _HALF_SCORE), 4),
            ngram=len(phrase.words),
        )
        for score, phrase in _without_nested(scored, limit)
    )


@dataclass(frozen=True, slots=True)
class _Chunk:
    words: tuple[Word, ...]
    at: int
    in_title: bool


def _chunks(lines: Sequence[Line], lang: str) -> Iterator[_Chunk]:
    at = 0
    for line in lines:
        chunk: list[Word] = []
        for word in line.words:
            at += 1
            is_bar = word.is_stop or _is_verb(word, lang)
            if (is_bar or word.is_cut) and chunk:
                yield _Chunk(tuple(chunk), at - len(chunk), line.is_title)
                chunk = []
            if not is_bar:
                chunk.append(word)
        if chunk:
            yield _Chunk(tuple(chunk), at - len(chunk) + 1, line.is_title)


def _is_verb(word: Word, lang: str) -> bool:
    if lang == "ru" and not word.folded.isascii():
        if word.is_proper:
            return False
        if word.stem in stem_set("not_verbs_ru", "ru") or word.stem in stem_set(
            "names_ru", "ru", "known"
        ):
            return False
        return len(word.folded) >= 5 and _RU_VERB.search(word.folded) is not None
    if word.is_proper:
        return False
    return lang == "en" and word.folded in word_set("verbs_en")


def _is_weak(word: Word, lang: str) -> bool:
    if word.is_number:
        return True
    if word.is_proper:
        return False
    if lang == "en":
        return word.folded in word_set("weak_en")
    return lang == "ru" and word.stem in stem_set("weak_ru", "ru")


def _trimmed(words: tuple[Word, ...], lang: str) -> tuple[Word, ...]:
    start, end = 0, len(words)
    while start < end and _is_weak(words[start], lang):
        start += 1
    while end > start and (
        _is_weak(words[end - 1], lang)
        and not (words[end - 1].is_number and end - start > 1 and words[end - 2].is_capital)
    ):
        end -= 1
    return words[start:end]


def _count(chunks: Sequence[_Chunk], frequency: Counter[str], lang: str) -> dict[str, _Phrase]:
    found: dict[str, _Phrase] = {}
    for chunk in chunks:
        core = _trimmed(chunk.words, lang)
        whole = _norm(core)
        for words in _parts(core, frequency, lang):
            norm = _norm(words)
            phrase = found.setdefault(norm, _Phrase(words, chunk.at))
            phrase.n += 1
            phrase.n_chunk += norm == whole
            phrase.in_title = phrase.in_title or chunk.in_title
    return found


def _parts(
    core: tuple[Word, ...], frequency: Counter[str], lang: str
) -> Iterator[tuple[Word, ...]]:
    n = len(core)
    for size in range(1, min(n, MAX_WORDS) + 1):
        for start in range(n - size + 1):
            words = core[start : start + size]
            if _is_candidate(words, is_whole=size == n, frequency=frequency, lang=lang):
                yield words


def _is_candidate(
    words: tuple[Word, ...], *, is_whole: bool, frequency: Counter[str], lang: str
) -> bool:
    first, last = words[0], words[-1]
    if any(_is_weak(word, lang) for word in (first, last) if not word.is_number):
        return False
    if first.is_number or (last.is_number and (len(words) == 1 or not words[-2].is_capital)):
        return False
    if lang == "ru" and _RU_ADJECTIVE.search(last.folded) and not last.is_capital:
        return False
    if len(words) == 1:
        return len(first.text) > 2 or first.is_acronym
    is_repeated = min(frequency[word.stem] for word in words) > 1
    return is_whole or is_repeated or len(words) <= 3


def _score(phrase: _Phrase, frequency: Counter[str], lang: str) -> float:
    words = phrase.words
    weight = sum(_word_weight(word, frequency[word.stem], lang) for word in words) / len(words)
    place = 1.0 / (1.0 + math.log1p(phrase.first_at / _PLACE_WORDS))
    title = 1.25 if phrase.in_title else 1.0
    whole = 1.0 if phrase.n_chunk else _PART
    return weight * _LENGTH[len(words)] * (1.0 + math.log2(phrase.n)) * place * title * whole


def _word_weight(word: Word, n: int, lang: str) -> float:
    weight = 1.0 + 0.8 * math.log2(n)
    if is_name(word, lang):
        weight *= 1.6
    elif word.is_proper:
        weight *= 1.3
    if len(word.folded) < 4 and not word.is_acronym:
        weight *= 0.6
    return weight


def _without_nested(
    scored: Sequence[tuple[float, _Phrase]], limit: int
) -> list[tuple[float, _Phrase]]:
    kept: list[tuple[float, _Phrase]] = []
    for score, phrase in scored:
        if len(kept) == limit:
            break
        if not any(_is_nested(phrase, other) for _, other in kept):
            kept.append((score, phrase))
    return kept


def _is_nested(phrase: _Phrase, other: _Phrase) -> bool:
    inner, outer = f" {_norm(phrase.words)} ", f" {_norm(other.words)} "
    if inner in outer:
        return phrase.n <= 2 * other.n
    if outer in inner:
        return len(other.words) > 1 or other.n >= phrase.n * 3
    shared = {word.stem for word in phrase.words} & {word.stem for word in other.words}
    return len(shared) >= 2 and len(shared) * 3 >= 2 * len(phrase.words)


def _written(word: str) -> str:
    """Give "U.S" its last stop back: a line is cut into words without the stops behind them."""
    letters = word.split(".")
    return f"{word}." if len(letters) > 1 and all(len(one) == 1 for one in letters) else word


def _norm(words: Sequence[Word]) -> str:
    return " ".join(word.stem for word in words)
