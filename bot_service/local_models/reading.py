"""What a prompt holds for a writer: evidence lines, computed sentences, topics, a language."""

import re
from dataclasses import dataclass
from typing import Literal

Lang = Literal["en", "ru"]
MAX_CLAIMS = 8
"""Claims that a prompt without a bound of its own gets at most."""

_ID = r"\[(?P<id>[A-Za-z0-9_.:-]{1,24})\]"
_BULLET = r"^[ \t]*(?:[-*•][ \t]+|\d{1,2}[.)][ \t]+)?"
_LED_BY_ID = re.compile(_BULLET + _ID + r"[ \t]*:?[ \t]*(?P<words>\S.*?)[ \t]*$")
_CITING = re.compile(
    _BULLET + r"(?P<words>\S.*?)[ \t]+(?P<refs>(?:\[[A-Za-z0-9_.:-]{1,24}\][ \t,;]*)+)\.?$"
)
_REF = re.compile(r"\[([A-Za-z0-9_.:-]{1,24})\]")
_TITLE_END = " — "
_HEADING = re.compile(r"^[ \t]*#*[ \t]*(Computed|Topics|Evidence):?[ \t]*$", re.IGNORECASE)
_BYLINE = re.compile(r"[ \t]+\([^()]*, \d{4}-\d\d-\d\d[^()]*\)$")
_QUERY = re.compile(r"^Query:[ \t]*(\S.*)$", re.MULTILINE)
_AT_MOST = re.compile(r"\bat most (\d{1,2}) \W?claims\b")
_IN_LANGUAGE = re.compile(
    r"\b(?:in|на)\s+(English|Russian|английском|русском)\b|\bпо-(русски|английски)\b",
    re.IGNORECASE,
)
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence: `[id] title — snippet`."""

    id: str
    title: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A computed sentence and the ids it cites: `- text [id] [id]`."""

    text: str
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that may be given a better name: `[id] name (term, term)`."""

    id: str
    words: str


@dataclass(frozen=True, slots=True)
class Material:
    """All that a prompt offers, each in its order; `query` is what a reader searched for."""

    evidence: tuple[Evidence, ...]
    sentences: tuple[Sentence, ...]
    topics: tuple[Topic, ...]
    lang: Lang
    max_claims: int
    query: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that bears ids: the one that leads it, those that end it, and its section."""

    section: str
    lead: str | None
    words: str
    refs: tuple[str, ...]


def read_material(system: str, user: str) -> Material:
    """Find the evidence, the computed sentences and the topics of a prompt.

    A line that ends in ids is a sentence. A line led by an id is what its section says, `Topics:`
    or `Evidence:`; without a section it is evidence when ` — ` divides it or a sentence cites it.
    """
    lines = _read_lines(user)
    cited = {ref for line in lines for ref in line.refs}
    evidence: list[Evidence] = []
    topics: list[Topic] = []
    for line in lines:
        if line.lead is None:
            continue
        is_cited = line.lead in cited or (_TITLE_END in line.words and not line.refs)
        if line.section == "evidence" or (line.section != "topics" and is_cited):
            title, _, snippet = _BYLINE.sub("", line.words).partition(_TITLE_END)
            evidence.append(Evidence(line.lead, title.strip(), snippet.strip()))
        else:
            topics.append(Topic(line.lead, line.words))
    query = _QUERY.search(user)
    bound = _AT_MOST.search(system)
    return Material(
        evidence=tuple(evidence),
        sentences=tuple(Sentence(line.words, line.refs) for line in lines if line.refs),
        topics=tuple(topics),
        lang=read_language(system, user),
        max_claims=int(bound[1]) if bound else MAX_CLAIMS,
        query=query[1] if query else "",
    )


def _read_lines(text: str) -> list[_Line]:
    section = ""
    found = []
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading is not None:
            section = heading[1].lower()
            continue
        head = _LED_BY_ID.match(line)
        words = line if head is None else head["words"]
        tail = None if section == "evidence" else _CITING.match(words)
        refs = tuple(_REF.findall(tail["refs"])) if tail else ()
        lead = head["id"] if head else None
        if lead is not None or refs:
            found.append(_Line(section, lead, tail["words"] if tail else words, refs))
    return found


def read_language(system: str, user: str) -> Lang:
    """Tell in which language a reply is wanted: the one that is named, else the prompt's own."""
    for text in (system, user):
        named = _IN_LANGUAGE.search(text)
        if named is not None:
            word = (named[1] or named[2]).lower()
            return "ru" if word.startswith(("russian", "русск")) else "en"
    n_cyrillic = len(_CYRILLIC.findall(user))
    return "ru" if n_cyrillic > len(_LATIN.findall(user)) else "en"
