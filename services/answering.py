"""One request, from admission to a stored run."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from core.access import visible
from core.errors import (
    DeadlineExceeded,
    IndexFull,
    ModelUnavailable,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnreachable,
)
from core.llm.deadline import Deadline
from core.llm.manager import ModelManager
from core.orchestrator.matching import Refusal
from core.orchestrator.present import render_reply
from core.orchestrator.refusals import refusal_response
from core.orchestrator.state import MAX_STEPS, Progress, State, Tools
from core.ports.cache import Cache
from core.ports.embedder import Embedder
from core.ports.index import SearchIndex
from core.ports.ledger import BudgetLedger, Scope
from core.ports.store import Store
from core.rendering.words import say
from monitoring.metrics import Metrics
from schemas.errors import ErrorResponse
from schemas.principal import Principal
from schemas.requests import NewsRequest
from schemas.runs import Reply, StoredRun
from schemas.settings import AnswerSettings, RateSettings, RetrievalSettings
from services.accounts import count_run
from services.patience import Patience

if TYPE_CHECKING:  # langgraph is heavy and imported when the first answer needs it
    from core.orchestrator.graph import AnswerGraph

log = structlog.get_logger(__name__)

ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
MAX_STORED_CARDS = 60
SAVE_PATIENCE_S = 4.0
"""Longer than other bookkeeping: an answer that is not stored has no buttons."""


@dataclass(frozen=True, slots=True)
class AnswerParts:
    """What answering works with. `load_graph` imports the graph on first use: it is heavy.

    `generation` changes whenever news is stored, so that cached answers never hide it.
    """

    store: Store
    index: SearchIndex
    embedder: Embedder
    cache: Cache
    ledger: BudgetLedger
    metrics: Metrics
    answer: AnswerSettings
    retrieval: RetrievalSettings
    rate: RateSettings
    version: str
    now: Callable[[], datetime]
    load_graph: Callable[[], "AnswerGraph"]
    generation: Callable[[], int]
    models: ModelManager | None = None


def new_run_id() -> str:
    """Give a short id for buttons: ten letters, 50 bits, never guessed and never reused."""
    return "".join(secrets.choice(ID_LETTERS) for _ in range(10))


class Answering:
    """Answers requests; a refusal or an error is a Reply too, never an exception."""

    def __init__(self, parts: AnswerParts) -> None:
        self._parts = parts
        self._patience = Patience()
        self._saving = Patience(SAVE_PATIENCE_S)

    async def answer(
        self,
        principal: Principal,
        request: NewsRequest,
        *,
        correlation_id: str | None = None,
        on_progress: Progress | None = None,
    ) -> Reply:
        """Answer a request on behalf of `principal` and store the run.

        Args:
            principal: Who asks; also decides what is visible and in which chat buttons work.
            request: What is asked.
            correlation_id: Names the request in logs; made here when None.
            on_progress: Told the name of each step as it begins.
        """
        correlation_id = correlation_id or secrets.token_hex(6)
        if request.query is not None:
            # A lone surrogate, half of an emoji, cannot be stored or sent.
            clean = request.query.encode("utf-8", "replace").decode()
            request = request.model_copy(update={"query": clean})
        started = time.monotonic()
        run, reply = await self._run(principal, request, correlation_id, on_progress)
        reply = await self._save(principal, run, reply)
        count_run(self._parts.metrics, run, time.monotonic() - started)
        return reply

    async def _run(
        self,
        principal: Principal,
        request: NewsRequest,
        correlation_id: str,
        on_progress: Progress | None,
    ) -> tuple[StoredRun, Reply]:
        refusal = await self._admit(principal)
        if refusal is not None:
            return self._refused(principal, request, correlation_id, refusal)
        try:
            async with asyncio.timeout(self._parts.answer.deadline_s):
                return await self._cached(principal, request, correlation_id, on_progress)
        except Exception as error:  # noqa: BLE001 - the one catch-all of the desk's door
            return self._refused(
                principal, request, correlation_id, self._explain(error, request), error
            )

    async def _admit(self, principal: Principal) -> Refusal | None:
        """Take one command from the person's day; None when there was one left."""
        if principal.person is None:
            return None
        now = self._parts.now()
        midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
        limit = self._parts.rate.commands_per_day
        scope = Scope(
            kind="user_day_commands",
            key=principal.person,
            window=now.date().isoformat(),
            limit=limit,
            expires_at=midnight,
        )
        try:
            spent = await self._patience.wait(self._parts.ledger.spend([scope], 1))
        except StoreError as error:
            # A full or locked disk must not silence the desk: reading still works.
            log.warning("budget.unavailable", error=type(error).__name__)
            return None
        if spent is None:
            return None
        return Refusal("BUDGET_EXCEEDED", "writer-refuse-budget", (("limit", str(limit)),))

    async def _cached(
        self,
        principal: Principal,
        request: NewsRequest,
        correlation_id: str,
        on_progress: Progress | None,
    ) -> tuple[StoredRun, Reply]:
        parts = self._parts
        made: list[tuple[StoredRun, Reply, bool]] = []
        is_private = await self._is_private(principal)
        models = None if is_private or request.depth == "simple" else parts.models
        if request.depth == "enhanced" and models is None and not is_private:
            refusal = Refusal("MODEL_UNAVAILABLE", "writer-refuse-model")
            return self._refused(principal, request, correlation_id, refusal)

        if parts.retrieval.cache_s == 0:
            tools = self._tools(models, on_progress)
            run, reply, _ = await self._fresh(principal, request, correlation_id, tools)
            return run, reply

        async def make() -> bytes:
            tools = self._tools(models, on_progress)
            made.append(await self._fresh(principal, request, correlation_id, tools))
            return made[0][0].model_dump_json().encode()

        key = self._key(principal, request, models is not None)
        if request.is_fresh:
            await parts.cache.delete(key)
        stored, was_cached = await parts.cache.single_flight(
            key, ttl_s=parts.retrieval.cache_s, make=make
        )
        parts.metrics.orchestrator_cache_requests_total.labels(cache="answer").inc()
        if made:
            run, reply, is_lasting = made[0]
            if not is_lasting:
                await parts.cache.delete(key)
            return run, reply
        if was_cached:
            parts.metrics.orchestrator_cache_hits_total.labels(cache="answer").inc()
        return self._reissue(
            StoredRun.model_validate_json(stored), principal, request, correlation_id
        )

    def _reissue(
        self, run: StoredRun, principal: Principal, request: NewsRequest, correlation_id: str
    ) -> tuple[StoredRun, Reply]:
        """Give an answer made for somebody else ids of its own: buttons belong to one chat."""
        meta = run.response.meta.model_copy(update={"correlation_id": correlation_id})
        mine = run.model_copy(
            update={
                "id": new_run_id(),
                "correlation_id": correlation_id,
                "tenant": principal.tenant,
                "person": principal.person,
                "chat": principal.chat,
                "request": request,
                "response": run.response.model_copy(update={"meta": meta}),
                "timings_ms": {},
                "cost_usd_micro": 0,
            }
        )
        return mine, present(mine, principal)

    async def _is_private(self, principal: Principal) -> bool:
        """Say whether the principal's chat asked that no model sees its questions."""
        if self._parts.models is None or principal.chat is None:
            return False
        async with self._parts.store.transaction(is_write=False) as work:
            chat = await work.chats.get(principal.chat)
        return chat is not None and chat.settings.is_private_mode

    def _key(self, principal: Principal, request: NewsRequest, has_models: bool) -> str:
        seen = visible(principal)
        audiences = sorted(seen.audiences) if seen.audiences is not None else ["*"]
        text = "|".join(
            (
                request.model_copy(update={"is_fresh": False}).model_dump_json(),
                ",".join(sorted(seen.tenants)),
                ",".join(audiences),
                principal.tz,
                str(has_models),
                str(self._parts.generation()),
                self._parts.version,
            )
        )
        return "answer:" + hashlib.sha256(text.encode()).hexdigest()

    def _tools(self, models: ModelManager | None, on_progress: Progress | None) -> Tools:
        parts = self._parts
        return Tools(
            store=parts.store,
            index=parts.index,
            embedder=parts.embedder,
            metrics=parts.metrics,
            answer=parts.answer,
            retrieval=parts.retrieval,
            deadline=Deadline(parts.answer.deadline_s),
            version=parts.version,
            models=models,
            on_progress=on_progress,
        )

    async def _fresh(
        self, principal: Principal, request: NewsRequest, correlation_id: str, tools: Tools
    ) -> tuple[StoredRun, Reply, bool]:
        """Run the graph; the last value says whether the answer is worth keeping for others."""
        parts = self._parts
        given: State = {
            "request": request,
            "principal": principal,
            "now": request.as_of or parts.now(),
            "correlation_id": correlation_id,
            "run_id": new_run_id(),
        }
        if request.depth == "enhanced" and tools.models is None:
            given["warnings"] = [say(request.reply_lang, "writer-warn-private")]
        state = await parts.load_graph().ainvoke(
            given, context=tools, config={"recursion_limit": MAX_STEPS}
        )
        cards = sorted(state.get("cards", ()), key=lambda card: not card.is_cited)
        run = StoredRun(
            id=state["run_id"],
            correlation_id=correlation_id,
            tenant=principal.tenant,
            person=principal.person,
            chat=principal.chat,
            request=request,
            response=state["response"],
            facts=state.get("facts"),
            evidence=tuple(cards[:MAX_STORED_CARDS]),
            policy=state.get("policy", ()),
            timings_ms=state.get("timings_ms", {}),
            at=parts.now(),
        )
        is_refused = isinstance(run.response, ErrorResponse)
        return run, state["reply"], not is_refused and not state.get("is_unranked", False)

    def _refused(
        self,
        principal: Principal,
        request: NewsRequest,
        correlation_id: str,
        refusal: Refusal,
        error: Exception | None = None,
    ) -> tuple[StoredRun, Reply]:
        if error is not None:
            log.error("request.failed", command=request.command, exc_info=error)
        response = refusal_response(
            refusal,
            lang=request.reply_lang,
            version=self._parts.version,
            correlation_id=correlation_id,
            tech_message=repr(error) if error is not None else "",
        )
        run = StoredRun(
            id=new_run_id(),
            correlation_id=correlation_id,
            tenant=principal.tenant,
            person=principal.person,
            chat=principal.chat,
            request=request,
            response=response,
            facts=None,
            evidence=(),
            policy=(),
            timings_ms={},
            at=self._parts.now(),
        )
        return run, present(run, principal)

    def _explain(self, error: Exception, request: NewsRequest) -> Refusal:
        """Name an error for the reader; the details stay in the log."""
        match error:
            case DeadlineExceeded() | TimeoutError():
                node = error.node if isinstance(error, DeadlineExceeded) else "graph"
                self._parts.metrics.orchestrator_deadline_total.labels(
                    command=request.command, node=node
                ).inc()
                seconds = f"{self._parts.answer.deadline_s:g}"
                return Refusal("INTERNAL", "writer-refuse-late", (("seconds", seconds),))
            case ModelUnavailable():
                return Refusal("MODEL_UNAVAILABLE", "writer-refuse-model")
            case StoreUnreachable():
                return Refusal("INTERNAL", "writer-refuse-store")
            case StoreBusy():
                return Refusal("INTERNAL", "writer-refuse-busy")
            case StoreFull() | IndexFull():
                return Refusal("INTERNAL", "writer-refuse-full")
            case _:
                return Refusal("INTERNAL", "writer-refuse-internal")

    async def _save(self, principal: Principal, run: StoredRun, reply: Reply) -> Reply:
        """Store the run; an answer that cannot be stored goes out without buttons."""
        try:
            await self._saving.wait(self._store(principal, run))
        except StoreError as error:
            log.error("run.not_saved", run=run.id, error=str(error))
            return reply.model_copy(update={"buttons": ()})
        return reply

    async def _store(self, principal: Principal, run: StoredRun) -> None:
        async with self._parts.store.transaction(is_durable=False) as work:
            await work.runs.save(run)
            await work.ops.record_event(
                "command",
                principal,
                ref=run.id,
                at=run.at,
                data={"command": run.request.command, "window": run.request.window},
            )


def present(run: StoredRun, principal: Principal) -> Reply:
    """Render a stored run again, as its chat saw it."""
    return render_reply(
        run.response,
        run_id=run.id,
        request=run.request,
        principal=principal,
        facts=run.facts,
        cards=run.evidence,
    )
