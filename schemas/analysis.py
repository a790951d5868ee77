"""The answer, field by field; the limits are those that readers and programs rely on."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from schemas.articles import Emotion
from schemas.base import Frozen


def _real_date(value: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(f"date must be YYYY-MM-DD, got {value!r}")
    date.fromisoformat(value)
    return value


def _web_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s]*", value, re.IGNORECASE):
        raise ValueError(f"url must start with http:// or https://, got {value[:80]!r}")
    return value


IsoDate = Annotated[str, AfterValidator(_real_date)]
WebUrl = Annotated[str, AfterValidator(_web_url)]
Unit = Annotated[float, Field(ge=0.0, le=1.0)]
Polarity = Annotated[float, Field(ge=-1.0, le=1.0)]
InsightType = Literal["fact", "hypothesis", "recommendation", "conflict"]
Direction = Literal["up", "down", "flat"]
TopicTrend = Literal["rising", "falling", "stable"]


class EvidenceRef(Frozen):
    """A pointer into `evidence`; at least one of `article_id` and `url`."""

    article_id: str | None = None
    url: WebUrl | None = None
    date: IsoDate

    @model_validator(mode="after")
    def _points_somewhere(self) -> "EvidenceRef":
        if self.article_id is None and self.url is None:
            raise ValueError("an evidence reference needs an article_id or a url")
        return self


class Evidence(Frozen):
    """One article that the answer cites."""

    title: str = Field(min_length=1, max_length=200)
    article_id: str | None = None
    url: WebUrl | None = None
    date: IsoDate
    snippet: str = Field(max_length=240)


class Insight(Frozen):
    """One sentence that the cited evidence supports."""

    type: InsightType
    text: str = Field(min_length=1, max_length=180)
    evidence_refs: tuple[EvidenceRef, ...] = Field(min_length=1)


class AnswerKeyphrase(Frozen):
    """A phrase of the window; `examples` are titles that hold it."""

    phrase: str = Field(min_length=1)
    norm: str
    score: Unit
    ngram: int = Field(ge=1, le=5)
    variants: tuple[str, ...] = ()
    examples: tuple[str, ...] = Field(default=(), max_length=3)
    lang: str


class ExpansionHint(Frozen):
    """Ways to widen or narrow the query."""

    intents: tuple[Literal["informational", "navigational", "transactional", "research"], ...] = (
        Field(default=(), max_length=5)
    )
    expansions: tuple[str, ...] = Field(default=(), max_length=8)
    negatives: tuple[str, ...] = Field(default=(), max_length=5)


class KeywordsResult(Frozen):
    """What `/analyze keywords` found."""

    kind: Literal["keywords"] = "keywords"
    keyphrases: tuple[AnswerKeyphrase, ...] = Field(min_length=1, max_length=20)
    expansion_hint: ExpansionHint | None = None


class Aspect(Frozen):
    """How people write about one name or theme."""

    name: str = Field(min_length=1, max_length=50)
    score: Polarity
    evidence_ref: EvidenceRef


class TimelinePoint(Frozen):
    """Mean sentiment of one slice of the window; `window` is "start/end" in ISO 8601 UTC."""

    window: str
    score: Polarity
    n_docs: int = Field(ge=0)


class SentimentResult(Frozen):
    """What `/analyze sentiment` found."""

    kind: Literal["sentiment"] = "sentiment"
    overall: Polarity
    emotions: dict[Emotion, Unit]
    aspects: tuple[Aspect, ...] = Field(default=(), max_length=10)
    timeline: tuple[TimelinePoint, ...] = Field(default=(), max_length=12)


class Topic(Frozen):
    """A theme over stories; `size` in articles."""

    label: str = Field(min_length=1, max_length=80)
    terms: tuple[str, ...] = Field(min_length=1, max_length=10)
    size: int = Field(ge=0)
    trend: TopicTrend


class Cluster(Frozen):
    """One story of the window and its articles."""

    id: str
    doc_ids: tuple[str, ...]


class TopicsResult(Frozen):
    """What `/analyze topics` and a plain query found."""

    kind: Literal["topics"] = "topics"
    topics: tuple[Topic, ...] = Field(min_length=1, max_length=15)
    clusters: tuple[Cluster, ...] = Field(default=(), max_length=20)
    emerging: tuple[str, ...] = Field(default=(), max_length=10)
    gaps: tuple[str, ...] = Field(default=(), max_length=10)


class TrendSentiment(Frozen):
    """The mood of the whole window."""

    overall: Polarity
    emotions: dict[Emotion, Unit]


class Momentum(Frozen):
    """How far a topic is over what is usual; `score` = min(1, max(0, z) / 8)."""

    topic: str
    score: Unit
    direction: Direction


class TrendsResult(Frozen):
    """What `/trends` found."""

    kind: Literal["trends"] = "trends"
    topics: tuple[Topic, ...] = Field(min_length=1, max_length=15)
    sentiment: TrendSentiment | None = None
    top_sources: tuple[str, ...] = Field(min_length=1, max_length=20)
    momentum: tuple[Momentum, ...] = Field(default=(), max_length=10)
    keyphrases: tuple[AnswerKeyphrase, ...] = Field(default=(), max_length=10)


Result = Annotated[
    KeywordsResult | SentimentResult | TopicsResult | TrendsResult, Field(discriminator="kind")
]


class Meta(Frozen):
    """How much to trust the answer, and who wrote it (`model` "local": no language model)."""

    confidence: Unit
    model: str
    version: str
    correlation_id: str


class AnalysisResponse(Frozen):
    """An answer with evidence under every line."""

    header: str = Field(min_length=1, max_length=100)
    tldr: str = Field(min_length=1, max_length=220)
    insights: tuple[Insight, ...] = Field(min_length=1, max_length=5)
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    result: Result
    meta: Meta
    warnings: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _refs_exist(self) -> "AnalysisResponse":
        known = {(e.article_id, e.url, e.date) for e in self.evidence}
        ids = {e.article_id: e.date for e in self.evidence if e.article_id}
        urls = {e.url: e.date for e in self.evidence if e.url}
        for ref in _all_refs(self):
            by_id = ref.article_id is None or ids.get(ref.article_id) == ref.date
            by_url = ref.url is None or urls.get(ref.url) == ref.date
            if not (by_id and by_url) and (ref.article_id, ref.url, ref.date) not in known:
                raise ValueError(f"evidence_ref points outside evidence: {ref!r}")
        return self


def _all_refs(response: AnalysisResponse) -> list[EvidenceRef]:
    refs = [ref for insight in response.insights for ref in insight.evidence_refs]
    if isinstance(response.result, SentimentResult):
        refs.extend(aspect.evidence_ref for aspect in response.result.aspects)
    return refs
