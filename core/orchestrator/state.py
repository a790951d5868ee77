"""What travels through the graph, and what its nodes work with."""

import asyncio
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Protocol, TypedDict

from core.agents.brief import Brief
from core.agents.showing import Pick, Shown, new_pick
from core.llm.budget import Account
from core.llm.deadline import Deadline
from core.llm.manager import ModelManager
from core.orchestrator.matching import Match, Refusal
from core.policy.claims import Desk
from core.ports.embedder import Embedder
from core.ports.index import SearchIndex
from core.ports.store import Store
from core.retrieval.query import Query
from core.retrieval.search import Candidate
from monitoring.metrics import Metrics
from schemas.analysis import AnalysisResponse, ExpansionHint
from schemas.drafts import AgentDraft, Finding
from schemas.errors import ErrorResponse
from schemas.facts import Facts
from schemas.llm import ModelNote
from schemas.model_settings import PolicySettings
from schemas.principal import Principal, Visibility
from schemas.requests import NewsRequest, Window
from schemas.runs import EvidenceCard, PolicyRecord, Reply, WordedBy
from schemas.settings import AnswerSettings, RetrievalSettings
from schemas.spending import ScopeKind

MAX_STEPS = 16
"""Above what the longest walk takes: one widening, then the answer in nine steps."""


class Progress(Protocol):
    """Told how far a request has come."""

    async def __call__(self, step: str, n_words: int = 0) -> None:
        """Say which step runs, and in `compose` how many words a model has written."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What nodes may reach; one per request.

    `is_words_only`: the question is not turned into a vector; `models` None: no model may word
    this answer; `account` pays for those that do, and `pick` draws the names that articles go by.
    `on_measured` is called when every figure is computed, `phrases_done` is set when the key
    phrases are worded.
    """

    store: Store
    index: SearchIndex
    embedder: Embedder
    metrics: Metrics
    answer: AnswerSettings
    retrieval: RetrievalSettings
    deadline: Deadline
    version: str
    policy: PolicySettings = field(default_factory=PolicySettings)
    is_words_only: bool = False
    models: ModelManager | None = None
    account: Account | None = None
    on_progress: Progress | None = None
    pick: Pick = field(default_factory=new_pick)
    on_measured: Callable[[], None] = lambda: None
    phrases_done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer in words, before the gate."""

    header: str
    tldr: str
    findings: tuple[Finding, ...]
    model: str
    is_tldr_computed: bool = True


class State(TypedDict, total=False):
    """The state of one request; a node returns only the keys it owns."""

    # given
    request: NewsRequest
    principal: Principal
    visibility: Visibility
    now: datetime
    correlation_id: str
    run_id: str
    # retrieve
    query: Query
    window: Window
    matched: Match
    candidates: list[Candidate]
    is_unranked: bool
    # measure
    facts: Facts
    cards: tuple[EvidenceCard, ...]
    briefs: dict[str, Brief]
    shown: Shown
    desk: Desk
    # agents, in parallel
    drafts: Annotated[dict[str, AgentDraft], operator.or_]
    expansion: ExpansionHint
    # compose
    composed: Composed
    # validate
    response: AnalysisResponse | ErrorResponse
    # format
    reply: Reply
    # any node
    refusal: Refusal
    warnings: Annotated[list[str], operator.add]
    policy: Annotated[list[PolicyRecord], operator.add]
    notes: Annotated[list[ModelNote], operator.add]
    worded: Annotated[list[WordedBy], operator.add]
    near_limits: Annotated[list[ScopeKind], operator.add]
    cost_usd_micro: Annotated[int, operator.add]
    n_dropped: Annotated[int, operator.add]
    timings_ms: Annotated[dict[str, int], operator.or_]
