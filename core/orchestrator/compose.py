"""From findings to an answer in words, and the typed result beside them."""

from collections.abc import Sequence
from datetime import datetime

from core.agents.keyphrases import quote
from core.agents.phrasing import shorten, tone_word
from core.rendering.words import format_time, say
from schemas.analysis import (
    AnswerKeyphrase,
    Aspect,
    Cluster,
    Direction,
    EvidenceRef,
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
            return say(lang, key, headlines=headlines) if chosen else first


def _mood_tldr(facts: Facts, lang: str) -> str | None:
    mood = facts.sentiment
    if mood is None:
        return None
    tone = tone_word(lang, mood.overall)
    strongest = max(mood.emotions.items(), key=lambda item: item[1], default=None)
    if strongest is None or strongest[1] <= 0:
        return say(lang, "writer-tldr-tone", tone=tone)
    emotion = say(lang, "writer-emotion-name", emotion=strongest[0])
    return say(lang, "writer-tldr-mood", tone=tone, emotion=emotion)


def result_of(request: NewsRequest, facts: Facts, cards: Sequence[EvidenceCard]) -> Result | None:
    """Give the typed result of a command; None when the facts hold nothing of its kind."""
    titles = {card.article_id: card.title for card in cards}
    match request.command:
        case "keywords":
            if not facts.keyphrases:
                return None
            return KeywordsResult(
                keyphrases=tuple(_phrase(p, titles) for p in facts.keyphrases[:20]),
                expansion_hint=facts.expansion,
            )
        case "sentiment":
            return _sentiment(facts, cards)
        case "topics" | "stories":
            if not facts.topics:
                return None
            return TopicsResult(
                topics=tuple(_topic(topic) for topic in facts.topics[:15]),
                clusters=tuple(
                    Cluster(id=str(s.story_id), doc_ids=tuple(str(i) for i in s.article_ids))
                    for s in facts.stories[:20]
                ),
                emerging=facts.emerging[:10],
                gaps=facts.gaps[:10],
            )
        case "trends":
            return _trends(facts, titles)


def _trends(facts: Facts, titles: dict[int, str]) -> TrendsResult | None:
    if not facts.topics or not facts.sources:
        return None
    mood = facts.sentiment
    return TrendsResult(
        topics=tuple(_topic(topic) for topic in facts.topics[:15]),
        sentiment=TrendSentiment(overall=mood.overall, emotions=mood.emotions) if mood else None,
        top_sources=tuple(source.title for source in facts.sources[:20]),
        momentum=tuple(
            Momentum(
                topic=topic.label,
                score=momentum_score(topic.surge),
                direction=DIRECTIONS[topic.surge.state],
            )
            for topic in facts.topics
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


def _topic(topic: TopicFact) -> Topic:
    return Topic(
        label=shorten(topic.label, 80),
        terms=topic.terms[:10] or (shorten(topic.label, 80),),
        size=topic.size,
        trend=topic.trend,
    )
