"""Random answers in six scripts and worse, with facts and articles: whatever schemas let in."""

from collections.abc import Sequence
from datetime import timedelta
from typing import get_args

from schemas.analysis import (
    AnalysisResponse,
    AnswerKeyphrase,
    Aspect,
    Cluster,
    Evidence,
    EvidenceRef,
    ExpansionHint,
    Insight,
    InsightType,
    KeywordsResult,
    Meta,
    Momentum,
    Result,
    SentimentResult,
    TimelinePoint,
    Topic,
    TopicsResult,
    TopicTrend,
    TrendSentiment,
    TrendsResult,
)
from schemas.articles import Emotion
from schemas.facts import (
    AspectFact,
    BaselineFacts,
    ConfidenceFacts,
    Facts,
    FamilyMood,
    KeyphraseFact,
    MatchMode,
    SentimentFacts,
    SentimentSlice,
    SourceFact,
    StoryFact,
    Surge,
    TopicFact,
    TrendState,
    WindowFacts,
)
from schemas.requests import Command, NewsRequest, Window
from schemas.runs import (
    EvidenceCard,
    LegRank,
    PolicyRecord,
    StoredRun,
    Verdict,
)
from tests.integration.random_text import NOW, Chance

EMOTIONS: tuple[Emotion, ...] = get_args(Emotion)


def evidence_of(c: Chance, n: int) -> Evidence:
    return Evidence(
        title=c.text(200), article_id=str(n), url=_schema_url(c), date=c.day(), snippet=c.text(240)
    )


def _schema_url(c: Chance) -> str | None:
    url = c.url()
    return None if url is None or any(char.isspace() for char in url) else url


def ref_to(c: Chance, evidence: Sequence[Evidence]) -> EvidenceRef:
    chosen = c.rng.choice(evidence)
    return EvidenceRef(article_id=chosen.article_id, date=chosen.date)


def phrase_of(c: Chance) -> AnswerKeyphrase:
    return AnswerKeyphrase(
        phrase=c.text(120),
        norm=c.loose(40),
        score=c.unit(),
        ngram=c.upto(5, least=1),
        examples=c.many(3, lambda: c.loose(300)),
        lang=c.pick("en", "ru", "und"),
    )


def topic_of(c: Chance) -> Topic:
    return Topic(
        label=c.text(80),
        terms=c.many(10, lambda: c.loose(30), least=1),
        size=c.upto(20_000),
        trend=c.pick(*get_args(TopicTrend)),
    )


def emotions_of(c: Chance) -> dict[Emotion, float]:
    return {emotion: c.unit() for emotion in EMOTIONS if c.rng.random() < 0.8}


def hint_of(c: Chance) -> ExpansionHint:
    return ExpansionHint(
        intents=c.pick((), ("informational", "research"), ("navigational", "transactional")),
        expansions=c.many(8, lambda: c.loose(80)),
        negatives=c.many(5, lambda: c.loose(80)),
    )


def slice_of(c: Chance) -> TimelinePoint:
    start = c.moment()
    window = f"{start.isoformat()}/{(start + timedelta(hours=2)).isoformat()}"
    return TimelinePoint(
        window=c.pick(window, c.loose(40)), score=2 * c.unit() - 1, n_docs=c.upto(99)
    )


def result_of(c: Chance, command: Command, evidence: Sequence[Evidence]) -> Result:
    if command == "keywords":
        return KeywordsResult(
            keyphrases=c.many(20, lambda: phrase_of(c), least=1),
            expansion_hint=c.pick(None, hint_of(c)),
        )
    if command == "sentiment":
        return SentimentResult(
            overall=2 * c.unit() - 1,
            emotions=emotions_of(c),
            aspects=c.many(
                10,
                lambda: Aspect(
                    name=c.text(50), score=2 * c.unit() - 1, evidence_ref=ref_to(c, evidence)
                ),
            ),
            timeline=c.many(12, lambda: slice_of(c)),
        )
    if command == "trends":
        return TrendsResult(
            topics=c.many(15, lambda: topic_of(c), least=1),
            sentiment=c.pick(
                None, TrendSentiment(overall=2 * c.unit() - 1, emotions=emotions_of(c))
            ),
            top_sources=c.many(20, lambda: c.loose(200), least=1),
            momentum=(Momentum(topic=c.loose(80), score=c.unit(), direction="up"),),
            keyphrases=c.many(10, lambda: phrase_of(c)),
        )
    return TopicsResult(
        topics=c.many(15, lambda: topic_of(c), least=1),
        clusters=(Cluster(id=c.loose(9), doc_ids=(c.loose(9),)),),
        emerging=c.many(10, lambda: c.loose(120)),
        gaps=c.many(10, lambda: c.loose(120)),
    )


def response_of(c: Chance, command: Command) -> AnalysisResponse:
    n_cited = c.upto(10, least=1)
    evidence = tuple(evidence_of(c, n) for n in range(1, n_cited + 1))
    return AnalysisResponse(
        header=c.text(100),
        tldr=c.text(220),
        insights=c.many(
            5,
            lambda: Insight(
                type=c.pick(*get_args(InsightType)),
                text=c.text(180),
                evidence_refs=c.many(10, lambda: ref_to(c, evidence), least=1),
            ),
            least=1,
        ),
        evidence=evidence,
        result=result_of(c, command, evidence),
        meta=Meta(
            confidence=c.unit(),
            model=c.pick("local", c.loose(60)),
            version="1",
            correlation_id=c.loose(20),
        ),
        warnings=c.many(6, lambda: c.loose(500)),
    )


def surge_of(c: Chance) -> Surge | None:
    made = Surge(
        observed=c.upto(90),
        expected=c.unit() * 40,
        z=20 * c.unit() - 5,
        z_before=20 * c.unit() - 5,
        p=c.unit(),
        q=c.unit(),
        state=c.pick(*get_args(TrendState)),
        is_new=c.pick(True, False),
        is_burst=c.pick(True, False),
    )
    return c.pick(None, made, made)


def topic_fact_of(c: Chance) -> TopicFact:
    return TopicFact(
        label=c.loose(200),
        terms=c.many(5, lambda: c.loose(40)),
        size=c.upto(20_000),
        trend=c.pick(*get_args(TopicTrend)),
        story_ids=(1,),
        lead_id=c.upto(30),
        n_families=c.upto(80),
        surge=surge_of(c),
    )


def phrase_fact_of(c: Chance, phrase: AnswerKeyphrase) -> KeyphraseFact:
    return KeyphraseFact(
        phrase=c.loose(120),
        norm=c.pick(phrase.norm, c.loose(40)),
        score=c.unit(),
        ngram=2,
        lang=phrase.lang,
        n=c.upto(9_999),
        n_families=c.upto(60),
        variants=(),
        example_ids=c.many(3, lambda: c.upto(30)),
        is_new=c.pick(True, False),
    )


def mood_of(c: Chance) -> SentimentFacts:
    start = c.moment()
    return SentimentFacts(
        overall=2 * c.unit() - 1,
        n_measured=c.upto(20_000),
        n_positive=c.upto(9_000),
        n_negative=c.upto(9_000),
        emotions=emotions_of(c),
        aspects=c.many(
            10,
            lambda: AspectFact(
                name=c.loose(90), score=2 * c.unit() - 1, n=c.upto(99), article_id=1
            ),
        ),
        timeline=c.many(
            12,
            lambda: SentimentSlice(
                start=start, end=start + timedelta(hours=2), score=2 * c.unit() - 1, n=c.upto(99)
            ),
        ),
        families=(FamilyMood(family=c.loose(90), score=0.1, n=3, article_id=1),),
        most_positive_id=None,
        most_negative_id=1,
    )


def facts_of(c: Chance, response: AnalysisResponse) -> Facts:
    end, result = c.moment(), response.result
    phrases = result.keyphrases if isinstance(result, KeywordsResult | TrendsResult) else ()
    window = WindowFacts(
        start=end - timedelta(days=1),
        end=end,
        asked=c.pick(*get_args(Window)),
        used=c.pick(*get_args(Window), c.loose(20)),
        match=c.pick(*get_args(MatchMode)),
        n_matching=c.upto(10**7),
        n_counted=c.upto(20_000),
        n_undated=c.upto(50),
        n_families=c.upto(500),
        languages={c.loose(8): c.upto(999) for _ in range(c.upto(8))},
        is_sample=c.pick(True, False),
    )
    baseline = BaselineFacts(
        is_enough=c.pick(True, True, False),
        history_h=c.upto(9_000),
        n_windows=c.upto(8),
        n_tested=c.upto(99_999),
    )
    story = StoryFact(
        story_id=1,
        headline=c.loose(300),
        lead_id=1,
        article_ids=(1,),
        n_articles=3,
        n_families=2,
        first_at=end,
        last_at=end,
        terms=(),
        surge=surge_of(c),
    )
    return Facts(
        window=window,
        sources=(SourceFact(title=c.loose(90), family=c.loose(90), n=3),),
        stories=(story,),
        topics=c.many(15, lambda: topic_fact_of(c)),
        keyphrases=tuple(phrase_fact_of(c, phrase) for phrase in phrases),
        sentiment=c.pick(None, mood_of(c)),
        baseline=c.pick(None, baseline, baseline),
        confidence=c.pick(
            None, ConfidenceFacts(agreement=c.unit(), sample=c.unit(), margin=c.unit())
        ),
    )


def card_of(c: Chance, n: int) -> EvidenceCard:
    legs = tuple(
        LegRank(leg=leg, rank=c.upto(50, least=1), score=40 * c.unit())
        for leg in ("sparse", "dense", c.loose(12))
    )
    return EvidenceCard(
        article_id=n,
        title=c.loose(600),
        url=c.url(),
        date=c.pick(None, c.day()),
        source=c.loose(200),
        family=c.loose(50),
        snippet=c.loose(500),
        lang="en",
        legs=c.pick((), legs),
        fused_score=c.unit(),
        is_cited=c.pick(True, False),
    )


def run_of(seed: int) -> StoredRun:
    """Make one random answer with its facts, cards, checks and timings."""
    c = Chance(seed)
    command: Command = c.pick(*get_args(Command))
    response = response_of(c, command)
    policy = c.many(
        6,
        lambda: PolicyRecord(
            rule=c.loose(20),
            version=1,
            verdict=c.pick(*get_args(Verdict)),
            where=c.loose(200),
            detail=c.loose(300),
        ),
    )
    return StoredRun(
        id="k7q2pabcd0",
        correlation_id=c.loose(40),
        tenant="desk",
        person=None,
        chat=None,
        request=NewsRequest(command=command, window=c.pick(*get_args(Window))),
        response=response,
        facts=c.pick(None, facts_of(c, response), facts_of(c, response)),
        evidence=tuple(card_of(c, n) for n in range(1, 1 + c.upto(20))),
        policy=policy,
        timings_ms={c.loose(12): c.upto(9_999) for _ in range(4)},
        cost_usd_micro=c.upto(10**7),
        at=NOW,
    )
