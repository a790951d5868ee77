"""What was computed about the articles that a sentence cites, and which figures it may name."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from core.policy.quantities import Quantity
from core.policy.reading import Reading, read
from schemas.facts import (
    AspectFact,
    Facts,
    FamilyMood,
    KeyphraseFact,
    StoryFact,
    Surge,
    TopicFact,
)

Figures = Mapping[str, frozenset[float]]


@dataclass(frozen=True)
class Scope:
    """The stories, topics, phrases and moods that rest on the cited articles."""

    facts: Facts
    ids: frozenset[int]

    @cached_property
    def stories(self) -> tuple[StoryFact, ...]:
        """Stories that hold a cited article."""
        return tuple(
            story
            for story in self.facts.stories
            if story.lead_id in self.ids or not self.ids.isdisjoint(story.article_ids)
        )

    @cached_property
    def topics(self) -> tuple[TopicFact, ...]:
        """Topics over those stories."""
        held = {story.story_id for story in self.stories}
        return tuple(
            topic
            for topic in self.facts.topics
            if topic.lead_id in self.ids or not held.isdisjoint(topic.story_ids)
        )

    @cached_property
    def phrases(self) -> tuple[KeyphraseFact, ...]:
        """Phrases that a cited article is an example of."""
        return tuple(p for p in self.facts.keyphrases if not self.ids.isdisjoint(p.example_ids))

    @cached_property
    def aspects(self) -> tuple[AspectFact, ...]:
        """Names whose mood a cited article stands for."""
        mood = self.facts.sentiment
        return tuple(a for a in mood.aspects if a.article_id in self.ids) if mood else ()

    @cached_property
    def families(self) -> tuple[FamilyMood, ...]:
        """Publishers whose mood a cited article stands for."""
        mood = self.facts.sentiment
        return tuple(f for f in mood.families if f.article_id in self.ids) if mood else ()

    @cached_property
    def surges(self) -> tuple[Surge, ...]:
        """What was measured of how unusual the stories and topics are."""
        found = [story.surge for story in self.stories]
        found += [topic.surge for topic in self.topics]
        return tuple(surge for surge in found if surge is not None)

    @cached_property
    def names(self) -> Reading:
        """The phrases, terms and names that computing found in the cited articles."""
        return read(
            " ; ".join(
                (
                    *(
                        word
                        for phrase in self.phrases
                        for word in (phrase.phrase, *phrase.variants)
                    ),
                    *(aspect.name for aspect in self.aspects),
                    *(family.family for family in self.families),
                    *(term for topic in self.topics for term in topic.terms),
                )
            )
        )

    @cached_property
    def headlines(self) -> Reading:
        """The headlines and labels of the stories and topics."""
        labels = (topic.label for topic in self.topics)
        return read(" ; ".join((*(story.headline for story in self.stories), *labels)))

    @cached_property
    def figures(self) -> Figures:
        """What was counted, by what it counts."""
        found: dict[str, set[float]] = {}
        for kind, value in self._counted():
            found.setdefault(kind, set()).add(float(value))
        return {kind: frozenset(values) for kind, values in found.items()}

    def _counted(self) -> Iterator[tuple[str, float]]:
        window = self.facts.window
        yield from (("articles", window.n_counted), ("articles", window.n_matching))
        yield from (("articles", window.n_undated), ("publishers", window.n_families))
        yield from (("sources", window.n_families), ("sources", len(self.facts.sources)))
        yield from (("sources", window.n_sources), ("sources", window.n_unread))
        yield from (("stories", len(self.facts.stories)), ("topics", len(self.facts.topics)))
        for story in self.stories:
            yield from (("articles", story.n_articles), ("publishers", story.n_families))
            yield ("sources", story.n_families)
        for topic in self.topics:
            yield from (("articles", topic.size), ("publishers", topic.n_families))
            yield from (("stories", len(topic.story_ids)), ("sources", topic.n_families))
        for phrase in self.phrases:
            yield from (("articles", phrase.n), ("publishers", phrase.n_families))
            yield from (("sources", phrase.n_families), ("times", phrase.n))
        for surge in self.surges:
            yield from (("publishers", surge.observed), ("sources", surge.observed))
            yield from (("expected", round(surge.expected, digits)) for digits in (0, 1, 2))
            if surge.expected > 0:
                ratio = surge.observed / surge.expected
                yield from (("times", round(ratio)), ("times", round(ratio, 1)))
        yield from self._spans()
        yield from self._moods()

    def _spans(self) -> Iterator[tuple[str, float]]:
        window, baseline = self.facts.window, self.facts.baseline
        hours = (window.end - window.start).total_seconds() / 3600
        yield from (("hour", round(hours)), ("day", round(hours / 24)))
        yield from (("week", round(hours / 168)), ("month", round(hours / 730)))
        yield from (("day", 14), ("week", 2))  # what "new" is held against
        if baseline is not None:
            yield from (("day", baseline.history_h // 24), ("windows", baseline.n_windows))

    def _moods(self) -> Iterator[tuple[str, float]]:
        mood = self.facts.sentiment
        if mood is None:
            return
        yield from (("articles", mood.n_measured), ("positive", mood.n_positive))
        yield ("negative", mood.n_negative)
        for kind, n in (("positive", mood.n_positive), ("negative", mood.n_negative)):
            share = 100 * n / max(1, mood.n_measured)
            yield from ((f"{kind} %", round(share)), (f"{kind} %", round(share, 1)))
        scores = [mood.overall, *(one.score for one in self.aspects)]
        scores += [one.score for one in self.families]
        for score in scores:
            yield from (("score", round(score, digits)) for digits in (1, 2, 3, 4))
        for name, value in mood.emotions.items():
            yield from ((name, round(value, digits)) for digits in (1, 2, 3, 4))
        yield from (("articles", one.n) for one in self.aspects)
        yield from (("articles", one.n) for one in self.families)


_ADJECTIVE = (
    r"(?:(?:news|new|different|separate|other|more|distinct|independent|related|major|such"
    r"|нов[а-я]{2,3}|разн[а-я]{2,3}|отдельн[а-я]{2,3}|друг[а-я]{2,3}|различн[а-я]{2,3}"
    r"|независим[а-я]{2,3}|новостн[а-я]{2,3}) ){0,2}"
)
_WORDS: Mapping[str, str] = {
    "articles": r"articles?|reports?|pieces?|items?|posts?|publications?|headlines?|texts?"
    r"|стат(?:ь[а-я]{1,2}|ей)|публикаци[а-я]{1,3}|материал[а-я]{0,3}|сообщени[а-я]{1,2}"
    r"|новост[а-я]{1,3}|пост(?:а|ов|ы)?|замет(?:к[а-я]{1,2}|ок)|текст[а-я]{0,3}",
    "publishers": r"publishers?|outlets?|newsrooms?|издани[а-я]{1,3}|издател[а-я]{1,3}"
    r"|редакци[а-я]{1,2}|сми",
    "sources": r"sources?|channels?|feeds?|источник[а-я]{0,3}|канал[а-я]{0,3}|сми|медиа|media",
    "stories": r"stories|story|events?|сюжет[а-я]{0,3}|истори[а-я]{1,2}|событи[а-я]{1,2}",
    "topics": r"topics?|themes?|тем(?:а|ы|ам|ах)?",
    "windows": r"(?:earlier |previous )?windows?|(?:прежн[а-я]{2} )?ок(?:он|на|нах)",
    "positive": r"positive|позитивн[а-я]{2,3}|положительн[а-я]{2,3}",
    "negative": r"negative|негативн[а-я]{2,3}|отрицательн[а-я]{2,3}",
    "times": r"times|раза?",
}
_END = r"(?![^\W_])"
_COUNT = r"\d{1,3}(?:[ ,.]\d{3}|\d)*"
_BEHIND = {k: re.compile(rf" {_ADJECTIVE}(?:{w}){_END}", re.IGNORECASE) for k, w in _WORDS.items()}
_BEHIND_OF = {
    k: re.compile(rf" (?:of|из) (?:the )?{_COUNT} {_ADJECTIVE}(?:{w}){_END}", re.IGNORECASE)
    for k, w in _WORDS.items()
}
_AHEAD = {
    k: re.compile(rf"(?<![^\W_])(?:{w})(?: ?[:—–-]| is| are| \() ?$", re.IGNORECASE)
    for k, w in _WORDS.items()
}
_NEAR: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"(?<![^\W_])(?:{words})[^.;:!?]{{0,30}}$", re.IGNORECASE)
    for name, words in {
        "expected": "usual(?:ly)?|expected|typical(?:ly)?|normal(?:ly)?|average|against|versus|vs"
        "|обычн[а-я]{1,3}|ожида[а-я]{1,6}|среднем|норм[а-я]{1,3}|против",
        "score": "tones?|scores?|scored|sentiment|mood|polarity|positive|negative|neutral"
        "|тон[а-я]{0,4}|оценк[а-я]{1,2}|тональност[а-я]{1,2}|настроени[а-я]{1,2}"
        "|позитивн[а-я]{2,3}|негативн[а-я]{2,3}|нейтральн[а-я]{2,3}",
        "joy": "joy|радост[а-я]{1,2}",
        "fear": "fear|страх[а-я]{0,2}",
        "anger": "anger|гнев[а-я]{0,2}",
        "sadness": "sadness|печал[а-я]{1,2}",
        "surprise": "surprise|удивлени[а-я]{1,2}",
    }.items()
}
_STOPS = re.compile(r" ?(?:$|[,.;)]|of |из )")
_SPANS = frozenset({"hour", "day", "week", "month"})
_SHARE_OF = re.compile(
    r"(?:^| )(?:of (?:the |these |all )?)?(?:(?:measured )?(?:articles|coverage|reports) "
    r"(?:is|are|was|were) )?(?P<tone>positive|negative|позитивн|негативн|положительн|отрицательн)",
    re.IGNORECASE,
)


def is_derived(one: Quantity, text: str, figures: Figures) -> bool:
    """Say whether a figure is one that was computed, beside a word for what it counts."""
    if one.unit in _SPANS:
        return not one.values.isdisjoint(figures.get(one.unit, ()))
    if one.unit == "percent":
        found = _SHARE_OF.match(text[one.end : one.end + 60])
        if found is None:
            return False
        tone = "positive" if found["tone"].lower() in _POSITIVE else "negative"
        return not one.values.isdisjoint(figures.get(f"{tone} %", ()))
    if one.unit not in ("", "times"):
        return False
    number_end = one.end if one.unit == "" else one.start + len(one.text.split()[0])
    before, after = text[max(0, one.start - 60) : one.start], text[number_end:]
    for kind in _WORDS:
        if one.values.isdisjoint(figures.get(kind, ())):
            continue
        is_told_ahead = _AHEAD[kind].search(before) and _STOPS.match(after)
        if _BEHIND[kind].match(after) or _BEHIND_OF[kind].match(after) or is_told_ahead:
            return True
    return _is_measured(one, before, after, figures)


_POSITIVE = frozenset({"positive", "позитивн", "положительн"})


def _is_measured(one: Quantity, before: str, after: str, figures: Figures) -> bool:
    sign = -1.0 if one.is_negative or before.rstrip().endswith("-") else 1.0
    for kind, pattern in _NEAR.items():
        allowed = figures.get(kind, frozenset())
        values = {sign * value for value in one.values} if kind == "score" else one.values
        is_near = pattern.search(before) or (
            kind == "expected" and re.match(r"[^.;:!?]{0,12}(?:usual|expected|обычно)", after)
        )
        if is_near and not allowed.isdisjoint(values):
            return True
    return False
