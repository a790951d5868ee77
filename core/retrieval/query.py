"""What people type, understood as terms, phrases and exclusions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.ports.windows import TermGroup
from core.text.tokens import is_stop_word, query_stems, words

_PART = re.compile(
    r"(?:(?<!\S)(?P<minus>[-\u2212]))?"
    r"(?:\"(?P<straight>[^\"]*)\"|[“„](?P<curly>[^“”„]*)[”“]|«(?P<angled>[^«»]*)»)"
    r"|(?<!\S)[-\u2212][\"“„«]?(?P<excluded>(?!\d)\w\S*)"
    r"|(?P<plain>[^\s\"“”„«»]+)"
)

Phrase = tuple[TermGroup, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    `terms` are the distinct content words, words of phrases included; a query of nothing but stop
    words keeps them. `phrases` are runs of two words or more, stop words included, as they must
    stand in the text. `excluded` words and `excluded_phrases` must not occur. `text` is what a
    search engine should be asked: every word as often as it was typed, without exclusions.
    """

    text: str = ""
    terms: tuple[TermGroup, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    excluded: tuple[TermGroup, ...] = ()
    excluded_phrases: tuple[Phrase, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for or excluded: everything matches."""
        return not (self.terms or self.phrases or self.excluded or self.excluded_phrases)


def parse_query(text: str | None) -> Query:
    """Understand a query; any text is one.

    Words in quotes (`"…"`, `“…”`, `„…“`, `«…»`) form a phrase. A `-` before a word or an opening
    quote excludes it; `-5` is a number and a hyphen inside a word belongs to it. A compound such
    as `-covid-19` excludes the phrase. A quotation mark without its partner is ignored.
    """
    wanted: list[str] = []
    asked: list[str] = []
    phrases: list[Phrase] = []
    without: list[TermGroup] = []
    without_phrases: list[Phrase] = []
    for part in _PART.finditer(text or ""):
        quoted = next((part[name] for name in ("straight", "curly", "angled") if part[name]), "")
        part_words = words(quoted or part["excluded"] or part["plain"] or "")
        if not part_words:
            continue
        if part["minus"] or part["excluded"]:
            if len(part_words) == 1:
                without.append(_group(part_words[0]))
            else:
                without_phrases.append(_phrase(part_words))
            continue
        wanted.extend(part_words)
        asked.append(quoted or part["plain"])
        if quoted and len(part_words) > 1:
            phrases.append(_phrase(part_words))
    content = [word for word in wanted if not is_stop_word(word)]
    return Query(
        text=" ".join(asked),
        terms=_distinct(_group(word) for word in content or wanted),
        phrases=tuple(dict.fromkeys(phrases)),
        excluded=_distinct(without),
        excluded_phrases=tuple(dict.fromkeys(without_phrases)),
    )


def _group(word: str) -> TermGroup:
    return TermGroup(query_stems(word))


def _phrase(part_words: list[str]) -> Phrase:
    return tuple(_group(word) for word in part_words)


def _distinct(groups: Iterable[TermGroup]) -> tuple[TermGroup, ...]:
    return tuple(dict.fromkeys(group for group in groups if group.stems))
