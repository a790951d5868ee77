"""What travels through the graph, and what its nodes work with."""

import operator
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypedDict

from core.llm.deadline import Deadline
from core.llm.manager import ModelManager
from core.orchestrator.matching import Match, Refusal
from core.ports.embedder import Embedder
from core.ports.index import SearchIndex
from core.ports.store import Store
from core.retrieval.query import Query
from core.retrieval.search import Candidate
from monitoring.metrics import Metrics
from schemas.analysis import AnalysisResponse
from schemas.drafts import AgentDraft, Finding
from schemas.errors import ErrorResponse
from schemas.facts import Facts
from schemas.principal import Principal
from schemas.requests import NewsRequest, Window
from schemas.runs import EvidenceCard, PolicyRecord, Reply
from schemas.settings import AnswerSettings, RetrievalSettings

MAX_STEPS = 16
"""Above what the longest walk takes: one widening, then the answer in nine steps."""

Progress = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Tools:
    """What nodes may reach; one per request. `models` None: no model may word this answer."""

    store: Store
    index: SearchIndex
    embedder: Embedder
    metrics: Metrics
    answer: AnswerSettings
    retrieval: RetrievalSettings
    deadline: Deadline
    version: str
    models: ModelManager | None = None
    on_progress: Progress | None = None


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
    # agents, in parallel
    drafts: Annotated[dict[str, AgentDraft], operator.or_]
    # compose
    composed: Composed
    # validate
    response: AnalysisResponse | ErrorResponse
    policy: tuple[PolicyRecord, ...]
    # format
    reply: Reply
    # any node
    refusal: Refusal
    warnings: Annotated[list[str], operator.add]
    timings_ms: Annotated[dict[str, int], operator.or_]
