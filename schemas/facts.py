"""What plain code computed over the whole window: every figure that an answer may name."""

from datetime import datetime
from typing import Literal

from schemas.analysis import ExpansionHint, TopicTrend
from schemas.articles import Emotion
from schemas.base import Frozen

TrendState = Literal["rising", "peak", "fading"]
MatchMode = Literal["everything", "all_terms", "half_weight"]
"""`everything`: no query; `all_terms`: each article holds every query term; `half_weight`: fewer
than ten did, so articles with at least half of the query's IDF weight are counted too."""


class WindowFacts(Frozen):
    """Which articles were counted. `n_matching` counts before the cap, `n_counted` after it.

    `n_unread` of `n_sources` polled sources could not be read for a part of the window worth
    telling; `unread` names the worst.
    """

    start: datetime
    end: datetime
    asked: str
    used: str
    match: MatchMode
    n_matching: int
    n_counted: int
    n_undated: int
    n_families: int
    languages: dict[str, int]
    is_sample: bool = False
    n_sources: int = 0
    n_unread: int = 0
    unread: tuple[str, ...] = ()

    @property
    def is_widened(self) -> bool:
        """Whether the asked window held nothing and a longer one was used."""
        return self.asked != self.used


class SourceFact(Frozen):
    """How many of the counted articles one source wrote."""

    title: str
    family: str
    n: int


class BaselineFacts(Frozen):
    """What the present was compared with.

    `n_windows` earlier windows of the same length and hours of the week; `history_h` is the
    measured span of stored news before the window. Not `is_enough`: no burst is claimed.
    `n_unread` more windows were left out, because too many sources could not be read then;
    `is_window_unread` when that holds for the asked window itself.
    """

    is_enough: bool
    history_h: int
    n_windows: int
    n_tested: int
    n_unread: int = 0
    is_window_unread: bool = False


class Surge(Frozen):
    """One test of "more than usual".

    Distinct publisher families now are held against the same hours before. `observed` and
    `expected` are families; `z` is variance-stabilised, `q` the false-discovery rate; `z_before`
    is the same measure for the window that ended 3 h earlier.
    """

    observed: int
    expected: float
    z: float
    z_before: float
    p: float
    q: float
    state: TrendState
    is_new: bool
    is_burst: bool


class StoryFact(Frozen):
    """One story inside the window.

    `article_ids` newest first, at most 20; `lead_id` gave the headline.
    """

    story_id: int
    headline: str
    lang: str = "en"
    lead_id: int
    article_ids: tuple[int, ...]
    n_articles: int
    n_families: int
    first_at: datetime
    last_at: datetime
    terms: tuple[str, ...]
    sentiment: float | None = None
    surge: Surge | None = None


class TopicFact(Frozen):
    """A theme over stories, named by its strongest story's headline or its own terms."""

    label: str
    terms: tuple[str, ...]
    size: int
    trend: TopicTrend
    story_ids: tuple[int, ...]
    lead_id: int
    n_families: int = 0
    surge: Surge | None = None


class KeyphraseFact(Frozen):
    """A phrase over the window; `n` articles hold it, `example_ids` are the newest of them."""

    phrase: str
    norm: str
    score: float
    ngram: int
    lang: str
    n: int
    n_families: int
    variants: tuple[str, ...]
    example_ids: tuple[int, ...]
    is_new: bool = False


class AspectFact(Frozen):
    """Mean sentiment of the articles that hold a name or phrase.

    `article_id` is the clearest of them.
    """

    name: str
    score: float
    n: int
    article_id: int


class SentimentSlice(Frozen):
    """Mean sentiment of one slice of the window, `start` inclusive, `end` exclusive."""

    start: datetime
    end: datetime
    score: float
    n: int


class FamilyMood(Frozen):
    """Mean sentiment of one publisher family; two far apart make a conflict insight."""

    family: str
    score: float
    n: int
    article_id: int


class SentimentFacts(Frozen):
    """Sentiment over the articles whose language is measured; None where nothing was."""

    overall: float
    n_measured: int
    n_positive: int
    n_negative: int
    emotions: dict[Emotion, float]
    aspects: tuple[AspectFact, ...]
    timeline: tuple[SentimentSlice, ...]
    families: tuple[FamilyMood, ...]
    most_positive_id: int | None
    most_negative_id: int | None


class ConfidenceFacts(Frozen):
    """What confidence was computed from, each 0..1.

    `agreement`: mean of 1 - 1/n over the main lines, each carried by n publisher families;
    `sample`: how many articles were counted, saturating; `margin`: how clearly the
    answer stands out (see `core.orchestrator.confidence`).
    """

    agreement: float
    sample: float
    margin: float


class Facts(Frozen):
    """Everything computed for one request.

    Stored with its run, so that Explain can show each figure.
    """

    schema_version: int = 1
    window: WindowFacts
    sources: tuple[SourceFact, ...]
    stories: tuple[StoryFact, ...] = ()
    topics: tuple[TopicFact, ...] = ()
    keyphrases: tuple[KeyphraseFact, ...] = ()
    sentiment: SentimentFacts | None = None
    baseline: BaselineFacts | None = None
    emerging: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    expansion: ExpansionHint | None = None
    confidence: ConfidenceFacts | None = None
