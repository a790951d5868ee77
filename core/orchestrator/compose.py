"""From findings to an answer in words, and the typed result beside them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.agents.keyphrases import quote
from core.agents.phrasing import shorten
from core.rendering.figures import tone_word
from core.rendering.words import format_time, say
from schemas.analysis import (
    AnswerKeyphrase,
    Aspect,
    Cluster,
    Direction,
    EvidenceRef,
    ExpansionHint,
    KeywordsResult,
    Momentum,
    Result,
    SentimentResult,
    TimelinePoint,
    Topic,
    TopicsResult,
    TrendSentiment,
    TrendsResult,
)
from schemas.facts import Facts, KeyphraseFact, Surge, TopicFact, TrendState
from schemas.principal import Principal
from schemas.requests import NewsRequest
from schemas.runs import EvidenceCard

HEADLINE_ROOM = 85
FULL_SCALE_Z = 8.0
"""The z at which momentum reaches 1."""
DIRECTIONS: dict[TrendState, Direction] = {"rising": "up", "peak": "flat", "fading": "down"}


def header(request: NewsRequest, principal: Principal, facts: Facts, now: datetime) -> str:
    """Say what was asked, over which window, until when in the reader's time zone."""
    lang = request.reply_lang
    text = say(
        lang,
        f"writer-header-{request.command}",
        window=say(lang, f"writer-window-{facts.window.used}"),
        until=format_time(now, lang, principal.tz),
    )
    if request.query:
        # The limit is 100 characters and the window must stay readable, so the query gives way.
        room = max(12, 96 - len(text))
        query = shorten(_without_own_quotes(request.query), room)
        text = say(lang, "writer-header-query", query=query, header=text)
    if facts.window.is_sample:
        text = say(lang, "writer-header-sample", header=text)
    return text


def _without_own_quotes(query: str) -> str:
    """Take the quotes off a query that is one phrase: the header has quotes of its own."""
    inner = query.removeprefix('"').removesuffix('"')
    return inner if inner and query == f'"{inner}"' and '"' not in inner else query


def tldr(request: NewsRequest, facts: Facts, first: str) -> str:
    """Give one sentence over the same figures as the findings; `first` is the leading finding."""
    lang = request.reply_lang
    match request.command:
        case "keywords":
            phrases = ", ".join(quote(lang, shorten(p.phrase, 50)) for p in facts.keyphrases[:3])
            return say(lang, "writer-tldr-phrases", phrases=phrases)
        case "sentiment":
            return _mood_tldr(facts, lang) or first
        case _:
            bursts = [s for s in facts.stories[:5] if s.surge and s.surge.is_burst]
            chosen = (bursts or list(facts.stories))[:2]
            headlines = "; ".join(
                shorten(story.headline, HEADLINE_ROOM).rstrip(".!") for story in chosen
            )
            key = "writer-tldr-burst" if bursts else "writer-tldr-covered"
            if not chosen:
                return first
            text = say(lang, key, headlines=headlines)
            # A headline that was cut, or asks, ends the sentence by itself.
            return text.removesuffix(".") if text.endswith(("….", "?.")) else text


def _mood_tldr(facts: Facts, lang: str) -> str | None:
    mood = facts.sentiment
    if mood is None:
        return None
    tone = tone_word(mood.overall, lang)
    strongest = max(mood.emotions.items(), key=lambda item: item[1], default=None)
    if strongest is None or strongest[1] <= 0:
        return say(lang, "writer-tldr-tone", tone=tone)
    emotion = say(lang, "writer-emotion-name", emotion=strongest[0])
    return say(lang, "writer-tldr-mood", tone=tone, emotion=emotion)


def result_of(
    request: NewsRequest,
    facts: Facts,
    cards: Sequence[EvidenceCard],
    *,
    labels: Mapping[int, str] | None = None,
    expansion: ExpansionHint | None = None,
) -> Result | None:
    """Give the typed result of a command; None when the facts hold nothing of its kind.

    Figures are the computed ones. `labels` are better names of topics, by their place in the
    facts; `expansion` widens the computed hint.
    """
    named = labels or {}
    titles = {card.article_id: card.title for card in cards}
    match request.command:
        case "keywords":
            if not facts.keyphrases:
                return None
            return KeywordsResult(
                keyphrases=tuple(_phrase(p, titles) for p in facts.keyphrases[:20]),
                expansion_hint=expansion or facts.expansion,
            )
        case "sentiment":
            return _sentiment(facts, cards)
        case "topics" | "stories":
            if not facts.topics:
                return None
            return TopicsResult(
                topics=_topics(facts, named),
                clusters=tuple(
                    Cluster(id=str(s.story_id), doc_ids=tuple(str(i) for i in s.article_ids))
                    for s in facts.stories[:20]
                ),
                emerging=facts.emerging[:10],
                gaps=facts.gaps[:10],
            )
        case "trends":
            return _trends(facts, titles, named)


def _trends(
    facts: Facts, titles: dict[int, str], labels: Mapping[int, str]
) -> TrendsResult | None:
    if not facts.topics or not facts.sources:
        return None
    mood = facts.sentiment
    return TrendsResult(
        topics=_topics(facts, labels),
        sentiment=TrendSentiment(overall=mood.overall, emotions=mood.emotions) if mood else None,
        top_sources=tuple(source.title for source in facts.sources[:20]),
        momentum=tuple(
            Momentum(
                topic=labels.get(n, topic.label),
                score=momentum_score(topic.surge),
                direction=DIRECTIONS[topic.surge.state],
            )
            for n, topic in enumerate(facts.topics)
            if topic.surge is not None
        )[:10],
        keyphrases=tuple(_phrase(p, titles) for p in facts.keyphrases[:10]),
    )


def momentum_score(surge: Surge) -> float:
    """Give min(1, max(0, z) / 8)."""
    return round(min(1.0, max(0.0, surge.z) / FULL_SCALE_Z), 4)


def _sentiment(facts: Facts, cards: Sequence[EvidenceCard]) -> SentimentResult | None:
    mood = facts.sentiment
    if mood is None:
        return None
    dates = {card.article_id: card for card in cards if card.date is not None}
    return SentimentResult(
        overall=mood.overall,
        emotions=mood.emotions,
        aspects=tuple(
            Aspect(
                name=aspect.name,
                score=aspect.score,
                evidence_ref=EvidenceRef(
                    article_id=str(aspect.article_id), date=dates[aspect.article_id].date or ""
                ),
            )
            for aspect in mood.aspects
            if aspect.article_id in dates
        )[:10],
        timeline=tuple(
            TimelinePoint(
                window=f"{s.start:%Y-%m-%dT%H:%MZ}/{s.end:%Y-%m-%dT%H:%MZ}",
                score=s.score,
                n_docs=s.n,
            )
            for s in mood.timeline
        ),
    )


def _phrase(phrase: KeyphraseFact, titles: dict[int, str]) -> AnswerKeyphrase:
    return AnswerKeyphrase(
        phrase=phrase.phrase,
        norm=phrase.norm,
        score=phrase.score,
        ngram=phrase.ngram,
        variants=phrase.variants,
        examples=tuple(shorten(titles[i], 200) for i in phrase.example_ids if i in titles)[:3],
        lang=phrase.lang,
    )


def _topics(facts: Facts, labels: Mapping[int, str]) -> tuple[Topic, ...]:
    return tuple(_topic(topic, labels.get(n)) for n, topic in enumerate(facts.topics[:15]))


def _topic(topic: TopicFact, label: str | None) -> Topic:
    return Topic(
        label=label or shorten(topic.label, 80),
        terms=topic.terms[:10] or (shorten(topic.label, 80),),
        size=topic.size,
        trend=topic.trend,
    )
