"""A small newsroom day, invented here: answers of every kind with their facts and runs."""

from datetime import UTC, datetime

from schemas.analysis import (
    AnalysisResponse,
    AnswerKeyphrase,
    Aspect,
    Evidence,
    EvidenceRef,
    ExpansionHint,
    Insight,
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
from schemas.errors import ErrorDetail, ErrorResponse
from schemas.facts import (
    AspectFact,
    BaselineFacts,
    ConfidenceFacts,
    Facts,
    KeyphraseFact,
    SentimentFacts,
    SentimentSlice,
    SourceFact,
    Surge,
    TopicFact,
    WindowFacts,
)
from schemas.requests import NewsRequest
from schemas.runs import EvidenceCard, LegRank, PolicyRecord, StoredRun

START = datetime(2024, 11, 9, 12, tzinfo=UTC)
MIDDLE = datetime(2024, 11, 10, 0, tzinfo=UTC)
END = datetime(2024, 11, 10, 12, tzinfo=UTC)
EMOTIONS: dict[Emotion, float] = {
    "joy": 0.05,
    "fear": 0.31,
    "anger": 0.12,
    "sadness": 0.2,
    "surprise": 0.0,
}
META = Meta(confidence=0.62, model="local", version="0.1.0", correlation_id="c0ffee11")
TITLES = (
    "Ferry to Northport stops after storm damage",
    "Harbour strike enters third week",
    "Vale Rovers win the island cup",
)
EVIDENCE = tuple(
    Evidence(
        title=title,
        article_id=str(n),
        url=None if n == 3 else f"https://daily-harbor.example/{n}",
        date=f"2024-11-{7 + n:02}",
        snippet=f"What is known so far, part {n}.",
    )
    for n, title in enumerate(TITLES, start=1)
)
CARDS = tuple(
    EvidenceCard(
        article_id=n,
        title=title,
        url=None if n == 3 else f"https://daily-harbor.example/{n}",
        date=f"2024-11-{7 + n:02}",
        source="Daily Harbor",
        family="daily harbor",
        snippet=f"What is known so far, part {n}.",
        lang="en",
        legs=(
            LegRank(leg="sparse", rank=n, score=12.345),
            LegRank(leg="dense", rank=4 + n, score=0.71),
        ),
        fused_score=0.0319,
        is_cited=n <= 3,
    )
    for n, title in enumerate((*TITLES, *(f"Background piece {i}" for i in range(20))), start=1)
)
SURGE = Surge(
    observed=5,
    expected=0.8,
    z=3.14159,
    z_before=1.2,
    p=0.0002,
    q=0.0123,
    state="rising",
    is_new=False,
    is_burst=True,
)
LABELS: tuple[tuple[str, int, TopicTrend], ...] = (
    (TITLES[0], 12, "rising"),
    (TITLES[1], 5, "stable"),
    (TITLES[2], 1, "falling"),
    *((f"Minor theme {n}", 2, "stable") for n in range(8)),
)
TOPICS = tuple(
    Topic(label=label, terms=("ferry",), size=size, trend=trend) for label, size, trend in LABELS
)


def ref(n: int) -> EvidenceRef:
    return EvidenceRef(article_id=str(n), date=f"2024-11-{7 + n:02}")


def phrase(n: int) -> AnswerKeyphrase:
    return AnswerKeyphrase(
        phrase=f"phrase {n}",
        norm=f"phrase {n}",
        score=0.5,
        ngram=2,
        examples=(TITLES[n % 3],),
        lang="en",
    )


RESULTS: dict[str, Result] = {
    "trends": TrendsResult(
        topics=TOPICS,
        sentiment=TrendSentiment(overall=-0.24, emotions=EMOTIONS),
        top_sources=("Daily Harbor", "The Vale", "Nordbote", "Island Post", "Quay", "Mole"),
        momentum=(Momentum(topic=TITLES[0], score=0.39, direction="up"),),
        keyphrases=(phrase(1), phrase(2)),
    ),
    "keywords": KeywordsResult(
        keyphrases=tuple(phrase(n) for n in range(1, 13)),
        expansion_hint=ExpansionHint(
            intents=("informational", "research"), expansions=("ferry", "pier"), negatives=("cup",)
        ),
    ),
    "sentiment": SentimentResult(
        overall=-0.24,
        emotions=EMOTIONS,
        aspects=(
            Aspect(name="Northport", score=-0.61, evidence_ref=ref(1)),
            Aspect(name="Vale Rovers", score=0.7, evidence_ref=ref(3)),
        ),
        timeline=(
            TimelinePoint(window=f"{START.isoformat()}/{MIDDLE.isoformat()}", score=0.1, n_docs=4),
            TimelinePoint(window=f"{MIDDLE.isoformat()}/{END.isoformat()}", score=-0.4, n_docs=9),
        ),
    ),
    "topics": TopicsResult(topics=TOPICS, emerging=("pier tax",), gaps=("fishing quota",)),
}
FACTS = Facts(
    window=WindowFacts(
        start=START,
        end=END,
        asked="24h",
        used="24h",
        match="all_terms",
        n_matching=1321,
        n_counted=1321,
        n_undated=2,
        n_families=21,
        languages={"en": 1300, "ru": 21},
    ),
    sources=(SourceFact(title="Daily Harbor", family="daily harbor", n=40),),
    topics=tuple(
        TopicFact(
            label=topic.label,
            terms=topic.terms,
            size=topic.size,
            trend=topic.trend,
            story_ids=(n,),
            lead_id=n,
            n_families=max(1, topic.size // 2),
            surge=SURGE if n == 1 else None,
        )
        for n, topic in enumerate(TOPICS, start=1)
    ),
    keyphrases=tuple(
        KeyphraseFact(
            phrase=f"phrase {n}",
            norm=f"phrase {n}",
            score=0.5,
            ngram=2,
            lang="en",
            n=22 - n,
            n_families=3,
            variants=(),
            example_ids=(n,),
            is_new=n == 2,
        )
        for n in range(1, 12)
    ),
    sentiment=SentimentFacts(
        overall=-0.24,
        n_measured=101,
        n_positive=30,
        n_negative=51,
        emotions=EMOTIONS,
        aspects=(AspectFact(name="Northport", score=-0.61, n=12, article_id=1),),
        timeline=(SentimentSlice(start=START, end=MIDDLE, score=0.1, n=4),),
        families=(),
        most_positive_id=3,
        most_negative_id=1,
    ),
    baseline=BaselineFacts(is_enough=True, history_h=24 * 61, n_windows=8, n_tested=35),
    confidence=ConfidenceFacts(agreement=0.8, sample=0.99, margin=0.5),
)


def response(kind: str = "trends", **changes: object) -> AnalysisResponse:
    answer = AnalysisResponse(
        header="Trends · 24 hours to 10 Nov, 12:00",
        tldr="Far above the usual: the ferry stop at Northport.",
        insights=(
            Insight(
                type="fact",
                text="The ferry stop is covered by 5 publishers",
                evidence_refs=(ref(1), ref(3)),
            ),
            Insight(
                type="conflict",
                text="Daily Harbor writes gloomily, The Vale does not",
                evidence_refs=(ref(2),),
            ),
        ),
        evidence=EVIDENCE,
        result=RESULTS[kind],
        meta=META,
        warnings=("Sentiment covers 101 of 1,321 articles.",),
    )
    return answer.model_copy(update=changes)


def error(code: str = "NO_DATA", *, retryable: bool = True) -> ErrorResponse:
    detail = ErrorDetail.model_validate(
        {"code": code, "user_message": "Nothing was found.", "tech_message": "secret",
         "retryable": retryable}
    )  # fmt: skip
    return ErrorResponse(error=detail, meta=META)


def run(answer: AnalysisResponse | ErrorResponse | None = None, **changes: object) -> StoredRun:
    stored = StoredRun(
        id="k7q2p",
        correlation_id="c0ffee11",
        tenant="desk",
        person=None,
        chat="5",
        request=NewsRequest(command="trends"),
        response=answer or response(),
        facts=FACTS,
        evidence=CARDS,
        policy=(
            PolicyRecord(rule="pii", version=2, verdict="redact", where="insights.0", detail="x"),
            PolicyRecord(rule="urls", version=1, verdict="allow", where="evidence"),
        ),
        timings_ms={"retrieve": 1012, "measure": 30},
        cost_usd_micro=1234,
        at=END,
    )
    return stored.model_copy(update=changes)
