"""A sentence against the facts: rule `conflict` for directions, tones, negations, two sides."""

import re
from collections.abc import Mapping, Sequence

from core.policy.reading import Reading
from core.policy.records import Objection
from core.policy.scope import Scope
from schemas.drafts import Finding
from schemas.runs import EvidenceCard

_UP = re.compile(
    r"(?<![^\W_])(?:ris(?:es?|ing|en)|rose|grow(?:s|ing|n|th)?|grew|increas(?:e|es|ed|ing)"
    r"|surg(?:e|es|ed|ing)|soar(?:s|ed|ing)?|jump(?:s|ed|ing)?|climb(?:s|ed|ing)?"
    r"|раст(?:ет|ут|и|ущ[а-я]{2,3})|рост(?:а|у|ом|е)?|рос(?:л[аио])?|вырос(?:л[аио])?|вырастет"
    r"|увелич[а-я]{2,8}|подорож[а-я]{2,6}|повы[сш][а-я]{2,8}|взлет[а-я]{0,5})(?![^\W_])",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"(?<![^\W_])(?:fall(?:s|ing|en)?|fell|declin(?:e|es|ed|ing)|drop(?:s|ped|ping)?"
    r"|decreas(?:e|es|ed|ing)|shrink(?:s|ing)?|shrank|fad(?:e|es|ing|ed)|plung(?:e|es|ed|ing)"
    r"|slump(?:s|ed|ing)?|tumbl(?:e|es|ed|ing)|пада(?:ет|ют|л[аио]?|ющ[а-я]{2,3})|паден[а-я]{2,3}"
    r"|упал[аио]?|сни(?:ж|зи)[а-я]{1,8}|сокра(?:т|щ)[а-я]{2,8}|уменьш[а-я]{2,8}|подешев[а-я]{2,5}"
    r"|спад[а-я]{0,2}|обвал[а-я]{0,6})(?![^\W_])",
    re.IGNORECASE,
)
_DIRECTIONS = {"up": _UP, "down": _DOWN}
_OPPOSITE = {"up": "down", "down": "up"}
_STATES: Mapping[str, str] = {
    "rising": "up",
    "fading": "down",
    "falling": "down",
    "peak": "flat",
    "stable": "flat",
}
_TONE = (
    r"(?:tones?|sentiment|mood|coverage|тон[а-я]{0,4}|тональност[а-я]{1,2}|настроени[а-я]{1,2})"
)
_POLES = {
    "positive": r"(?:positive|upbeat|optimistic|позитивн[а-я]{2,3}|положительн[а-я]{2,3})",
    "negative": r"(?:negative|gloomy|pessimistic|негативн[а-я]{2,3}|отрицательн[а-я]{2,3})",
}
_TONES = {
    name: re.compile(rf"{_TONE}[^.;:]{{0,20}}\b{words}|\b{words} {_TONE}", re.IGNORECASE)
    for name, words in _POLES.items()
}
_NEUTRAL = 0.08
"""Scores nearer to 0 are told as neutral, as the templates tell them."""


def object_to(
    item: Finding,
    claim: Reading,
    cited: Sequence[Reading],
    *,
    cards: Sequence[EvidenceCard],
    scope: Scope,
) -> Objection | None:
    """Object to a sentence that says the opposite of what it cites or of what was computed."""
    if item.type == "conflict" and len({card.family for card in cards}) < 2:
        return Objection("one-sided")
    return object_to_words(claim, cited, scope)


def object_to_words(claim: Reading, cited: Sequence[Reading], scope: Scope) -> Objection | None:
    """Object to a direction, a tone or a denial that the texts and the facts do not know."""
    return (
        _wrong_direction(claim, cited, scope)
        or _wrong_tone(claim, cited, scope)
        or _wrong_negation(claim, cited)
    )


def _wrong_direction(claim: Reading, cited: Sequence[Reading], scope: Scope) -> Objection | None:
    found_in = {n: hit for n, words in _DIRECTIONS.items() if (hit := words.search(claim.text))}
    if not found_in:
        return None
    told = {n for n, words in _DIRECTIONS.items() if any(words.search(t.text) for t in cited)}
    states = {_STATES[surge.state] for surge in scope.surges if surge.is_burst}
    states |= {_STATES[topic.trend] for topic in scope.topics}
    for name, found in found_in.items():
        if name in told or name in states:
            continue
        if states or _OPPOSITE[name] in told:
            return Objection("direction", found[0], (found.span(),))
    return None


def _wrong_tone(claim: Reading, cited: Sequence[Reading], scope: Scope) -> Objection | None:
    mood = scope.facts.sentiment
    if mood is None:
        return None
    low = claim.text.lower()
    named = [one.score for one in mood.aspects if one.name.lower() in low]
    named += [one.score for one in mood.families if one.family.lower() in low]
    scores = named or [mood.overall]
    if not named:
        scores += [one.score for one in scope.aspects]
        scores += [one.score for one in scope.families]
        scores += [story.sentiment for story in scope.stories if story.sentiment is not None]
    for name, pattern in _TONES.items():
        found = pattern.search(claim.text)
        if found is None or any(pattern.search(text.text) for text in cited):
            continue
        sign = 1 if name == "positive" else -1
        if all(sign * score < _NEUTRAL for score in scores):
            return Objection("tone", found[0], (found.span(),))
    return None


def _wrong_negation(claim: Reading, cited: Sequence[Reading]) -> Objection | None:
    """Object where a word is denied that the texts only affirm, or the other way round."""
    told_denied = {stem for text in cited for stem in text.denied}
    for stem, word in claim.denied.items():
        if stem not in told_denied and any(stem in text.affirmed for text in cited):
            return Objection("negation", word.text, ((word.start, word.end),))
    only_denied = {s for s in told_denied if not any(s in text.affirmed for text in cited)}
    if only_denied.isdisjoint(claim.affirmed):
        return None
    word = next(w for w in claim.words if w.stem in only_denied and w.stem in claim.affirmed)
    return Objection("negation", word.text, ((word.start, word.end),))
