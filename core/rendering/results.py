"""The part of an answer that differs by kind: trends, key phrases, sentiment, topics."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import assert_never

from core.rendering.citations import Citations
from core.rendering.figures import (
    ARROWS,
    coverage,
    emotion_list,
    mood_bar,
    signed,
    slice_times,
    sparkline,
    tone_word,
)
from core.rendering.richtext import Bold, Content, Join, Line, Link, Paragraph, Quote
from core.rendering.units import cut, one_line
from core.rendering.words import format_number, format_time, say
from schemas.analysis import (
    AnswerKeyphrase,
    ExpansionHint,
    KeywordsResult,
    Result,
    SentimentResult,
    Topic,
    TopicsResult,
    TrendsResult,
)
from schemas.facts import Facts, KeyphraseFact, Surge, TopicFact
from schemas.runs import EvidenceCard

_MAX_TOPICS = 6
_MAX_PHRASES = 10
_MAX_ASPECTS = 6
_MAX_NAMES = 5
_MAX_TITLE = 90
_PLAIN = frozenset({"informational"})


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a result is written, and what is at hand beside it."""

    lang: str
    tz: str
    facts: Facts | None
    citations: Citations
    cards: Sequence[EvidenceCard]
    told: str = ""
    """What the sentences above the figures say already."""

    def url_of(self, article_id: int) -> str | None:
        """The address of an article that this answer knows."""
        return next((card.url for card in self.cards if card.article_id == article_id), None)

    def usual(self, surge: Surge | None) -> Surge | None:
        """A comparison with the usual, None where the baseline is too thin for one."""
        baseline = self.facts.baseline if self.facts else None
        return surge if baseline is not None and baseline.is_enough else None


def render_result(result: Result, reader: Reader) -> Content:
    """Write the figures of an answer."""
    match result:
        case TrendsResult():
            return _trends(result, reader)
        case KeywordsResult():
            return _keywords(result, reader)
        case SentimentResult():
            return _sentiment(result, reader)
        case TopicsResult():
            return _topics(result, reader)
        case _:
            assert_never(result)


def _trends(result: TrendsResult, reader: Reader) -> Content:
    lang = reader.lang
    mood: Content = ""
    if result.sentiment is not None:
        score = result.sentiment.overall
        line = say(
            lang, "answer-mood-line", word=tone_word(score, lang), score=signed(score, lang)
        )
        emotions = emotion_list(result.sentiment.emotions, lang, limit=2)
        mood = Line(Join((line, emotions), separator=" · "))
    phrases = [phrase.phrase for phrase in result.keyphrases]
    facts = reader.facts.keyphrases if reader.facts else ()
    new = [fact.phrase for fact in facts if fact.is_new]
    shown, folded = _topic_list(result.topics, reader)
    return (
        shown,
        Paragraph(
            (
                mood,
                _named("answer-top-sources", result.top_sources, lang),
                _named("answer-new-wording" if new else "answer-words", new or phrases, lang),
            )
        ),
        folded,
    )


def _topics(result: TopicsResult, reader: Reader) -> Content:
    shown, folded = _topic_list(result.topics, reader)
    if all(one_line(topic.label) in reader.told for topic in result.topics):
        shown, folded = "", ""  # the sentences above name each of them with its figures
    return (
        shown,
        Paragraph(
            (
                _named("answer-emerging", result.emerging, reader.lang),
                _named("answer-gaps", result.gaps, reader.lang),
            )
        ),
        folded,
    )


def _topic_list(topics: Sequence[Topic], reader: Reader) -> tuple[Content, Content]:
    """The first topics, and the rest to be folded below everything else."""
    facts = reader.facts.topics if reader.facts else ()
    # A label may have been cut on its way; the order of result and facts is the same.
    pairs = zip_longest(topics, facts[: len(topics)])
    lines = [_topic_line(topic, fact, reader) for topic, fact in pairs if topic is not None]
    shown: Content = (Line(Bold(say(reader.lang, "answer-topics"))), *lines[:_MAX_TOPICS])
    return Paragraph(shown), _folded("answer-more-topics", lines[_MAX_TOPICS:], reader.lang)


def _topic_line(topic: Topic, fact: TopicFact | None, reader: Reader) -> Line:
    label: Content = cut(one_line(topic.label), _MAX_TITLE)
    if fact is None:
        counts = say(reader.lang, "count-articles", n=topic.size)
        return Line((ARROWS[topic.trend], " ", label, " — ", counts))
    surge = reader.usual(fact.surge)
    label = Link(reader.url_of(fact.lead_id), label)
    if surge is not None and surge.is_burst:
        label = Bold(label)
    counts = coverage(topic.size, fact.n_families, surge, lang=reader.lang)
    return Line((ARROWS[topic.trend], " ", label, " — ", counts))


def _keywords(result: KeywordsResult, reader: Reader) -> Content:
    facts = {(f.norm, f.lang): f for f in reader.facts.keyphrases} if reader.facts else {}
    lines = [
        Line((f"{n}. ", _phrase(phrase, facts.get((phrase.norm, phrase.lang)), reader.lang)))
        for n, phrase in enumerate(result.keyphrases, start=1)
    ]
    examples = [
        Line(("• ", _example(phrase, facts.get((phrase.norm, phrase.lang)), reader)))
        for phrase in result.keyphrases[:_MAX_PHRASES]
        if phrase.examples
    ]
    title = Line(Bold(say(reader.lang, "answer-keywords")))
    folded = (*lines[_MAX_PHRASES:], *examples)
    return (
        Paragraph((title, *lines[:_MAX_PHRASES])),
        _hint(result.expansion_hint, result.keyphrases, reader.lang),
        _folded("answer-examples", folded, reader.lang),
    )


def _phrase(phrase: AnswerKeyphrase, fact: KeyphraseFact | None, lang: str) -> Content:
    name = Bold(cut(one_line(phrase.phrase), _MAX_TITLE))
    if fact is None:
        score = format_number(phrase.score, lang, digits=2)
        return name, " — ", say(lang, "answer-score", score=score)
    counts = coverage(fact.n, fact.n_families, None, lang=lang)
    return name, " — ", Join((counts, say(lang, "answer-new") if fact.is_new else ""))


def _example(phrase: AnswerKeyphrase, fact: KeyphraseFact | None, reader: Reader) -> Content:
    title = cut(one_line(phrase.examples[0]), _MAX_TITLE)
    ids = fact.example_ids if fact else ()
    urls = [c.url for c in reader.cards if c.title == phrase.examples[0] and c.url]
    urls += [url for article_id in ids[:1] if (url := reader.url_of(article_id))]
    return Join((one_line(phrase.phrase), Link(urls[0] if urls else None, title)), separator=": ")


def _hint(hint: ExpansionHint | None, phrases: Sequence[AnswerKeyphrase], lang: str) -> Content:
    if hint is None:
        return ""
    # That somebody wants to learn about it goes without saying.
    intents = (
        [say(lang, f"intent-{i}") for i in hint.intents] if set(hint.intents) - _PLAIN else []
    )
    listed = {phrase.phrase.casefold() for phrase in phrases[:_MAX_PHRASES]}
    fresh = [words for words in hint.expansions if words.casefold() not in listed]
    return Paragraph(
        (
            _named("answer-try", fresh, lang, limit=8),
            _named("answer-without", hint.negatives, lang),
            _named("answer-intents", intents, lang),
        )
    )


def _sentiment(result: SentimentResult, reader: Reader) -> Content:
    lang = reader.lang
    line = say(
        lang,
        "answer-mood-line",
        word=tone_word(result.overall, lang),
        score=signed(result.overall, lang),
    )
    emotions = emotion_list(result.emotions, lang)
    aspects = tuple(
        Line(
            (
                f"{signed(aspect.score, lang)} ",
                one_line(aspect.name),
                " ",
                reader.citations.links((aspect.evidence_ref,)),
            )
        )
        for aspect in result.aspects
    )
    title = Line(Bold(say(lang, "answer-aspects")))
    return (
        Paragraph(
            (
                Line(Bold(line)),
                Line(mood_bar(result.overall)),
                _measured(reader),
                _line(say(lang, "answer-emotions", list=emotions) if emotions else ""),
                _line(_timeline(result, reader)),
            )
        ),
        Paragraph((title, *aspects[:_MAX_ASPECTS])) if aspects else "",
    )


def _measured(reader: Reader) -> Content:
    sentiment = reader.facts.sentiment if reader.facts else None
    if sentiment is None:
        return ""
    articles = say(reader.lang, "count-articles", n=sentiment.n_measured)
    if articles in reader.told and signed(sentiment.overall, reader.lang) in reader.told:
        return ""
    return Line(
        say(
            reader.lang,
            "answer-mood-measured",
            articles=articles,
            positive=sentiment.n_positive,
            negative=sentiment.n_negative,
        )
    )


def _timeline(result: SentimentResult, reader: Reader) -> str:
    points = [point for point in result.timeline if point.n_docs > 0]
    if len(points) < 2:
        return ""
    line = sparkline([point.score for point in points])
    first, last = slice_times(points[0].window), slice_times(points[-1].window)
    if first is None or last is None:
        return say(reader.lang, "answer-timeline-undated", line=line)
    return say(
        reader.lang,
        "answer-timeline",
        line=line,
        first=format_time(first[0], reader.lang, reader.tz),
        last=format_time(last[1], reader.lang, reader.tz),
    )


def _line(text: str) -> Content:
    return Line(text) if text else ""


def _named(key: str, names: Iterable[str], lang: str, *, limit: int = _MAX_NAMES) -> Content:
    """A line such as "Top sources: A, B, C"; nothing without names."""
    clean = [name for name in (cut(one_line(n), _MAX_TITLE) for n in names if n) if name]
    if not clean:
        return ""
    shown = ", ".join(clean[:limit])
    if len(clean) > limit:
        shown = say(lang, "answer-more", list=shown, n=len(clean) - limit)
    return Line(say(lang, key, list=shown))


def _folded(key: str, lines: Sequence[Line], lang: str) -> Content:
    """Lines that open when tapped; nothing without lines."""
    if not lines:
        return ""
    return Paragraph(Quote((Line(Bold(say(lang, key))), *lines), is_expandable=True))
