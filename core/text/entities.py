"""Names in a text, recognised by how they are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.text.lexicons import stem_set, word_set
from core.text.surface import Line, Word

MAX_ENTITIES = 30
_MAX_WORDS = 4
_CONNECTORS = frozenset(
    ["of", "de", "van", "von", "der", "bin", "al", "el", "la", "du", "da", "di"]
)
_CALENDAR = frozenset(
    [
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january"),
        *("february", "march", "april", "june", "july", "august", "september", "october"),
        *("november", "december", "mr", "mrs", "ms", "dr", "cnn", "bbc", "reuters"),
    ]
)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the whole text says about single words, by stem."""

    names: frozenset[str]
    lower: frozenset[str]


def entities(lines: Sequence[Line], lang: str) -> tuple[str, ...]:
    """Give the normalised names of a text, in order of first appearance, at most thirty.

    A name is a run of capitalised words. A capital that opens a sentence proves nothing, so such a
    word counts only when it is a known name, an acronym, or stands capitalised elsewhere in the
    text; in a headline that capitalises every word only known names, acronyms, given names with
    their surnames, and names proved by the body count.

    Returns:
        Stems joined by single spaces ("donald trump"), each once. A person's full name also gives
        the surname alone, since later mentions use it.
    """
    evidence = _gather(lines)
    found: dict[str, None] = {}
    for line in lines:
        for run in _runs(line, evidence, lang):
            found[_norm(run)] = None
            if len(run) > 1 and _is_given(run[0], lang) and _is_surname(run[-1], lang):
                found[run[-1].stem] = None
    names = [name for name in found if len(name) > 1]
    return tuple(names[:MAX_ENTITIES])


def is_name(word: Word, lang: str) -> bool:
    """Whether a capitalised word is a known name, an acronym or in camel case."""
    if not word.is_capital or word.is_stop:
        return False
    mixed = any(c.isupper() for c in word.text[1:]) and not word.text.isupper()
    return word.is_acronym or mixed or _is_known(word, lang)


def _is_known(word: Word, lang: str) -> bool:
    if word.folded in word_set("names_en", "known"):
        return True
    return lang == "ru" and word.stem in stem_set("names_ru", "ru", "known")


def _is_given(word: Word, lang: str) -> bool:
    if word.folded in word_set("names_en", "given"):
        return True
    return lang == "ru" and word.stem in stem_set("names_ru", "ru", "given")


def _is_surname(word: Word, lang: str) -> bool:
    return not _is_given(word, lang) and not word.folded.endswith(("вич", "вна", "вны", "вича"))


def _norm(run: Sequence[Word]) -> str:
    return " ".join(word.stem for word in run)


def _gather(lines: Sequence[Line]) -> _Evidence:
    names: set[str] = set()
    lower: set[str] = set()
    for line in lines:
        for word in line.words:
            if not word.is_capital:
                lower.add(word.stem)
            elif not word.is_first and not line.is_title_case:
                names.add(word.stem)
    return _Evidence(frozenset(names), frozenset(lower))


def _runs(line: Line, evidence: _Evidence, lang: str) -> Iterator[list[Word]]:
    shouting = sum(w.is_acronym for w in line.words) > 0.5 * len(line.words) >= 2
    run: list[Word] = []
    for word in line.words:
        if word.is_cut and run:
            yield from _trim(run, evidence, lang)
            run = []
        if _continues(word, run, line, lang):
            run.append(word)
            continue
        fits = not shouting and _fits(word, run, line, evidence, lang=lang)
        if fits:
            run.append(word)
        elif run:
            yield from _trim(run, evidence, lang)
            run = []
    if run:
        yield from _trim(run, evidence, lang)


def _continues(word: Word, run: Sequence[Word], line: Line, lang: str) -> bool:
    if not run or word.is_capital or lang == "ru" or line.is_title_case:
        return False
    return word.folded in _CONNECTORS and run[-1].folded not in _CONNECTORS


def _fits(word: Word, run: Sequence[Word], line: Line, evidence: _Evidence, *, lang: str) -> bool:
    if not word.is_capital or word.folded in _CALENDAR or len(word.text) < 2:
        return False
    if word.is_number or (word.is_stop and not word.is_acronym):
        return False
    if not line.is_title_case:
        return True
    if is_name(word, lang) or _is_given(word, lang):
        return True
    if word.stem in evidence.names and word.stem not in evidence.lower:
        return True
    is_plain = word.folded in word_set("verbs_en") or word.folded in word_set("weak_en")
    return bool(run) and _is_given(run[-1], lang) and len(run) == 1 and not is_plain


def _trim(run: list[Word], evidence: _Evidence, lang: str) -> Iterator[list[Word]]:
    for n in range(1, len(run)):
        is_apart = _is_known(run[n - 1], lang) or (
            lang == "ru" and not _is_given(run[n - 1], lang)
        )
        if is_apart and _is_given(run[n], lang):
            yield from _trim(run[:n], evidence, lang)
            run = run[n:]
            break
    while run and run[-1].folded in _CONNECTORS:
        run = run[:-1]
    if run and run[0].is_first and not _opens_name(run, evidence, lang):
        run = run[1:]
    while run and run[0].folded in _CONNECTORS:
        run = run[1:]
    if not run:
        return
    if len(run) == 1 and _is_given(run[0], lang) and not is_name(run[0], lang):
        return
    if 1 <= len(run) <= _MAX_WORDS:
        yield run
    else:
        yield run[:_MAX_WORDS]


def _opens_name(run: Sequence[Word], evidence: _Evidence, lang: str) -> bool:
    first = run[0]
    if is_name(first, lang) or (len(run) > 1 and _is_given(first, lang)):
        return True
    if first.stem in evidence.lower:
        return False
    if lang == "ru" and first.stem in stem_set("roles_ru", "ru"):
        return False
    if first.stem in evidence.names:
        return True
    if lang == "ru" or len(run) == 1:
        return False
    return first.folded not in word_set("verbs_en") and first.folded not in word_set("weak_en")
