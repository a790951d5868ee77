"""A finished request as it is stored, and the reply that a person or a program gets."""

from datetime import datetime
from typing import Literal

from schemas.analysis import AnalysisResponse, IsoDate
from schemas.base import Frozen
from schemas.errors import ErrorResponse
from schemas.facts import Facts
from schemas.llm import ModelNote, Task
from schemas.requests import NewsRequest

Verdict = Literal["allow", "redact", "rewrite", "drop", "refuse"]
Vote = Literal["up", "down"]
VoteReason = Literal["wrong", "old", "useless"]


class LegRank(Frozen):
    """Where one search leg put an article; `rank` counts from 1, `score` is the leg's own."""

    leg: str
    rank: int
    score: float


class EvidenceCard(Frozen):
    """An article that a run may cite or did cite, with the ranks that brought it up.

    `views`: how often it was seen when the run was answered, None where the source does not tell.
    `is_flagged`: its text gives orders to a language model, so no model is shown it. `trust`
    (0..1) is the trust in its domain, by setting.
    """

    article_id: int
    title: str
    url: str | None
    date: IsoDate | None
    source: str
    family: str
    snippet: str
    lang: str
    legs: tuple[LegRank, ...] = ()
    fused_score: float = 0.0
    is_cited: bool = False
    views: int | None = None
    is_flagged: bool = False
    trust: float = 1.0


class PolicyRecord(Frozen):
    """What one policy rule did to an answer.

    `where` names the field, `spans` the places in it (characters, end exclusive), `us` the
    microseconds taken.
    """

    rule: str
    version: int
    verdict: Verdict
    where: str
    detail: str = ""
    us: int = 0
    spans: tuple[tuple[int, int], ...] = ()


class WordedBy(Frozen):
    """Which model replied for a task, by its own word, and what all attempts at it cost."""

    task: Task
    model: str
    micro_usd: int = 0


class StoredRun(Frozen):
    """One answered request, whole: what buttons, Explain and `newsdesk why` read.

    `worded` names the models that replied, `notes` the steps down that models took;
    `id` is the short id in buttons; `timings_ms` maps graph nodes to milliseconds;
    `cost_usd_micro` is integer micro-dollars. Runs outlive a restart and any replica; they are
    deleted after the retention.
    """

    schema_version: int = 1
    id: str
    correlation_id: str
    tenant: str
    person: str | None
    chat: str | None
    request: NewsRequest
    response: AnalysisResponse | ErrorResponse
    facts: Facts | None
    evidence: tuple[EvidenceCard, ...]
    policy: tuple[PolicyRecord, ...]
    timings_ms: dict[str, int]
    worded: tuple[WordedBy, ...] = ()
    notes: tuple[ModelNote, ...] = ()
    cost_usd_micro: int = 0
    at: datetime


class Entity(Frozen):
    """A Telegram message entity; `offset` and `length` in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None


class Button(Frozen):
    """One inline button: `data` (at most 64 bytes) or `url`, never both."""

    text: str
    data: str | None = None
    url: str | None = None


ButtonRows = tuple[tuple[Button, ...], ...]


class RichText(Frozen):
    """Plain text with entities, ready for Telegram."""

    text: str
    entities: tuple[Entity, ...] = ()


class Reply(Frozen):
    """What `execute_trends`, `execute_analyze` and `handle_callback` give, errors included."""

    text: str
    entities: tuple[Entity, ...] = ()
    parse_mode: str | None = None
    buttons: ButtonRows = ()
    response: AnalysisResponse | ErrorResponse
    correlation_id: str
