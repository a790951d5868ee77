"""Themes over stories: stories that share what they are about, with a label a person can read."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.text.entities import entities
from core.text.keyphrases import keyphrases
from core.text.neardup import UnionFind
from core.text.sentences import cut_at_word
from core.text.surface import Line, read_lines
from schemas.articles import Keyphrase

MAX_TOPICS = 15
MAX_LABEL = 80
_MAX_TERMS = 10
_MAX_STORIES = 600
"""Only the strongest stories are grouped: the work grows with the square of shared terms."""
_MIN_SIMILARITY = 0.16
_MIN_SHARED = 2
_MAX_GROUP = 12
_UNINFLECTED = frozenset({"en", "fr", "es", "it", "pt", "nl", "sv", "da", "no"})
"""Languages whose phrases read well out of their sentence; others would show oblique cases."""
_COMMON_SHARE = 0.2
"""A term of more stories than this share joins none."""


@dataclass(frozen=True, slots=True)
class TopicStory:
    """One story to be grouped. `weight` is its strength: families, or how far it is over usual.

    `terms` are its characteristic stems; entities may be written `e:<norm>`.
    """

    story_id: int
    headline: str
    lang: str
    terms: tuple[str, ...]
    n_articles: int
    weight: float


@dataclass(frozen=True, slots=True)
class TopicGroup:
    """Stories of one theme, strongest first; `size` in articles, `terms` in readable form."""

    label: str
    terms: tuple[str, ...]
    size: int
    story_ids: tuple[int, ...]
    lead_story_id: int
    weight: float


def group_topics(
    stories: Sequence[TopicStory], *, max_topics: int = MAX_TOPICS
) -> list[TopicGroup]:
    """Group stories that share characteristic terms, strongest groups first.

    Two stories join when they share two terms or more and the IDF-weighted Jaccard of their terms
    is high enough; the bar rises with the size of the groups, and both must be like the strongest
    story of the other's group, so that chains of loosely related stories do not form.

    Args:
        stories: Any order; the 600 with the largest weight are looked at.
        max_topics: How many groups at most.

    Returns:
        Groups by falling weight of their strongest story. The label of a single story is its
        headline; of several, the names and phrases that recur in their headlines where the
        language allows, else the strongest headline.
    """
    ranked = sorted(stories, key=lambda s: (-s.weight, -s.n_articles, s.story_id))[:_MAX_STORIES]
    holding = Counter(term for story in ranked for term in set(story.terms))
    idf = {term: math.log(1.0 + len(ranked) / n) for term, n in holding.items()}
    joined = _join(ranked, holding, idf)
    groups = [[ranked[i] for i in sorted(members)] for members in joined.groups()]
    groups.sort(key=lambda g: (-g[0].weight, -sum(s.n_articles for s in g), g[0].story_id))
    return [_describe(group, idf) for group in groups[:max_topics]]


def _join(
    ranked: Sequence[TopicStory], holding: Mapping[str, int], idf: Mapping[str, float]
) -> UnionFind[int]:
    joined: UnionFind[int] = UnionFind(range(len(ranked)))
    lead = list(range(len(ranked)))
    similar = _similarities(ranked, holding, idf)
    for (a, b), similarity in sorted(similar.items(), key=lambda item: (-item[1], item[0])):
        first, second = joined.find(a), joined.find(b)
        size = joined.size(first) + joined.size(second)
        if first == second or size > _MAX_GROUP:
            continue
        bar = _MIN_SIMILARITY * (1.0 + 0.25 * math.log2(size / 2))
        leads = similar.get(_pair(lead[first], lead[second]), 0.0)
        if similarity >= bar and (leads >= bar / 2 or size == 2):
            strongest = min(lead[first], lead[second])
            lead[joined.union(first, second)] = strongest
    return joined


def _similarities(
    ranked: Sequence[TopicStory], holding: Mapping[str, int], idf: Mapping[str, float]
) -> dict[tuple[int, int], float]:
    most = max(3.0, _COMMON_SHARE * len(ranked))
    holders: dict[str, list[int]] = defaultdict(list)
    mass = []
    for n, story in enumerate(ranked):
        own = set(story.terms)
        mass.append(sum(idf[term] for term in own))
        for term in own:
            if 1 < holding[term] <= most:
                holders[term].append(n)
    shared: Counter[tuple[int, int]] = Counter()
    overlap: dict[tuple[int, int], float] = defaultdict(float)
    for term in sorted(holders):
        members = holders[term]
        for place, a in enumerate(members):
            for b in members[place + 1 :]:
                shared[a, b] += 1
                overlap[a, b] += idf[term]
    return {
        (a, b): overlap[a, b] / (mass[a] + mass[b] - overlap[a, b])
        for (a, b), n in shared.items()
        if n >= _MIN_SHARED
    }


def _pair(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


def _describe(group: Sequence[TopicStory], idf: Mapping[str, float]) -> TopicGroup:
    read = [read_lines(story.headline, "", story.lang) for story in group]
    phrases = _phrases(group, read)
    return TopicGroup(
        label=_label(group, read, phrases),
        terms=_readable_terms(group, read, phrases, idf),
        size=sum(story.n_articles for story in group),
        story_ids=tuple(story.story_id for story in group),
        lead_story_id=group[0].story_id,
        weight=group[0].weight,
    )


def _phrases(
    group: Sequence[TopicStory], read: Sequence[Sequence[Line]]
) -> list[tuple[int, Keyphrase]]:
    """Phrases of the headlines with the number of headlines that hold each, best first."""
    lang = group[0].lang
    lines = [line for one in read for line in one]
    held = [f" {' '.join(word.stem for word in line.words)} " for line in lines]
    counted = [
        (sum(f" {phrase.norm} " in line for line in held), phrase)
        for phrase in keyphrases(lines, lang)
    ]
    return sorted(counted, key=lambda item: (-item[0], -item[1].score))


def _label(
    group: Sequence[TopicStory],
    read: Sequence[Sequence[Line]],
    phrases: Sequence[tuple[int, Keyphrase]],
) -> str:
    headline = cut_at_word(group[0].headline.strip(), MAX_LABEL)
    if len(group) == 1 or group[0].lang not in _UNINFLECTED:
        return headline
    names = {
        name
        for story, lines in zip(group, read, strict=True)
        for name in entities(lines, story.lang)
    }
    recurring = [
        phrase
        for n, phrase in phrases
        if n >= max(2, len(group) / 3) and (phrase.ngram > 1 or phrase.norm in names)
    ]
    chosen: list[Keyphrase] = []
    for phrase in recurring:
        if len(chosen) < 3 and not any(
            set(phrase.norm.split()) & set(other.norm.split()) for other in chosen
        ):
            chosen.append(phrase)
    label = ", ".join(phrase.phrase for phrase in chosen)
    if len(chosen) < 2 and not any(phrase.ngram > 1 for phrase in chosen):
        return headline
    return cut_at_word(label[:1].upper() + label[1:], MAX_LABEL)


def _readable_terms(
    group: Sequence[TopicStory],
    read: Sequence[Sequence[Line]],
    phrases: Sequence[tuple[int, Keyphrase]],
    idf: Mapping[str, float],
) -> tuple[str, ...]:
    """The group's terms by c-TF-IDF, as written in its headlines where they occur there."""
    held = Counter(term for story in group for term in set(story.terms))
    written: dict[str, str] = {}
    for line in (line for lines in read for line in lines):
        for word in line.words:
            written.setdefault(word.stem, word.text)
    ranked = sorted(held, key=lambda term: (-held[term] * idf.get(term, 0.0), term))
    in_headline = [written[term] for term in ranked if term in written]
    readable = [phrase.phrase for _, phrase in phrases[:3]] + in_headline
    unique = {text.casefold(): text for text in reversed(readable)}
    ordered = [text for text in dict.fromkeys(readable) if unique.get(text.casefold()) == text]
    fallback = [term.removeprefix("e:") for term in ranked]
    return tuple((ordered or fallback or [group[0].headline[:MAX_LABEL]])[:_MAX_TERMS])
