"""One request, from admission to a stored run."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

import structlog

from core.access import visible
from core.agents.showing import Pick, new_pick
from core.errors import BudgetExceeded, DeadlineExceeded, StoreError
from core.llm.budget import Account
from core.llm.deadline import Deadline
from core.llm.manager import ModelManager
from core.orchestrator.economy import near
from core.orchestrator.matching import Refusal
from core.orchestrator.refusals import refusal_response
from core.orchestrator.state import MAX_STEPS, Progress, State, Tools
from core.ports.cache import Cache
from core.ports.embedder import Embedder
from core.ports.index import SearchIndex
from core.ports.ledger import BudgetLedger
from core.ports.store import Store
from core.rendering.words import say
from monitoring.metrics import Metrics
from schemas.model_settings import DEFAULT_ENTRIES, BudgetSettings, ModelEntry, PolicySettings
from schemas.principal import Principal
from schemas.requests import NewsRequest
from schemas.runs import Reply, StoredRun
from schemas.settings import AnswerSettings, RateSettings, RetrievalSettings
from schemas.spending import Scope
from services.accounts import commands_of_day, cost_of, count_run
from services.answer_errors import refusal_of
from services.answer_keys import answer_key, rules_of, words_of
from services.answer_runs import (
    Asked,
    Made,
    bare_run,
    finished_run,
    is_lasting,
    is_short_of_money,
    new_run_id,
    present,
    reissued,
    warned,
)
from services.patience import Patience
from services.turns import Turn, Turns

if TYPE_CHECKING:  # langgraph is heavy and imported when the first answer needs it
    from core.orchestrator.graph import AnswerGraph

log = structlog.get_logger(__name__)

SAVE_PATIENCE_S = 4.0
"""Longer than other bookkeeping: an answer that is not stored has no buttons."""
MAX_WAIT_S = 45.0
"""For one's turn on a desk that many ask at once; after that it is better to say so."""
LOCAL_GRACE_S = 3.0
"""After the deadline, which ends what models do: a busy desk still computes its answer."""

Models = Callable[[], Awaitable[ModelManager | None]]
"""Gives the models that may word the next answer; None while they are switched off."""


@dataclass(frozen=True, slots=True)
class AnswerParts:
    """What answering works with. `load_graph` imports the graph on first use: it is heavy.

    `models` is asked for each request, so that a switch works at once; None: there are none.
    `entries` says what stands behind the names in the routes; `new_pick` gives what draws the
    names that models cite by.
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
    models: Models | None = None
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)
    entries: Mapping[str, ModelEntry] = field(default_factory=lambda: DEFAULT_ENTRIES)
    new_pick: Callable[[], Pick] = new_pick


class Answering:
    """Answers requests; a refusal or an error is a Reply too, never an exception."""

    def __init__(self, parts: AnswerParts) -> None:
        self._parts = parts
        self._patience = Patience()
        self._saving = Patience(SAVE_PATIENCE_S)
        self._turns = Turns(parts.answer.at_once)

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
        if request.query is not None:
            # A lone surrogate, half of an emoji, cannot be stored or sent.
            clean = request.query.encode("utf-8", "replace").decode()
            request = request.model_copy(update={"query": clean})
        asked = Asked(
            principal=principal,
            request=request,
            correlation_id=correlation_id or secrets.token_hex(6),
            run_id=new_run_id(),
            seen=visible(principal),
            on_progress=on_progress,
        )
        started = time.monotonic()
        run, reply = await self._run(asked)
        reply = await self._save(principal, run, reply)
        count_run(self._parts.metrics, run, time.monotonic() - started)
        return reply

    async def _run(self, asked: Asked) -> tuple[StoredRun, Reply]:
        admitted = await self._admit(asked)
        if isinstance(admitted, Refusal):
            return self._refused(asked, admitted)
        try:
            # What is imported and built once, at the first answer, is not of the request's time.
            models = await self._models_for(asked.request)
            await asyncio.to_thread(self._parts.load_graph)
            async with asyncio.timeout(MAX_WAIT_S + self._longest_s()):
                return await self._cached(admitted, models)
        except Exception as error:  # noqa: BLE001 - the one catch-all of the desk's door
            return await self._failed(asked, error)

    async def _admit(self, asked: Asked) -> Asked | Refusal:
        """Take one command from the person's day, and warn when few are left."""
        scope = commands_of_day(asked.principal, self._parts.rate, now=self._parts.now())
        if scope is None:
            return asked
        try:
            taken = await self._patience.wait(self._parts.ledger.spend([scope], 1))
        except StoreError as error:
            # A full or locked disk must not silence the desk: reading still works.
            log.warning("budget.unavailable", error=type(error).__name__)
            return asked
        if isinstance(taken, Scope):
            limit = (("limit", str(scope.limit)),)
            return Refusal("BUDGET_EXCEEDED", "writer-refuse-budget", limit)
        (used,) = taken.used
        if used < self._parts.budget.warn_share * scope.limit:
            return asked
        lang = asked.request.reply_lang
        line = say(lang, "writer-warn-commands", used=used, limit=scope.limit)
        return replace(asked, warnings=(line,))

    async def _models_for(self, request: NewsRequest) -> ModelManager | None:
        """Give the models that may word this answer, if any: a simple one asks for none."""
        if self._parts.models is None or request.depth == "simple":
            return None
        return await self._parts.models()

    async def _cached(self, asked: Asked, models: ModelManager | None) -> tuple[StoredRun, Reply]:
        parts, request = self._parts, asked.request
        async with asyncio.timeout(self._longest_s()):
            asked, is_private = await self._standing(asked)
        if request.depth == "enhanced" and models is None:
            return self._refused(asked, Refusal("MODEL_UNAVAILABLE", "writer-refuse-model"))
        if is_private or request.depth == "simple":
            models = None
        made: list[Made] = []
        shared = None
        if parts.retrieval.cache_s > 0:
            shared = await self._shared(asked, models, made)
        if shared is not None and not made:
            run = reissued(shared, asked)
            return run, present(run, asked.principal)
        return self._mine(made[0] if made else await self._fresh(asked, models), asked)

    async def _shared(
        self, asked: Asked, models: ModelManager | None, made: list[Made]
    ) -> StoredRun | None:
        """Give the answer that others were given, or make it for them: then it is in `made`.

        None: somebody else's budget decided how it went, which is no answer to this one.
        """
        parts, key = self._parts, self._key(asked, models)
        is_mine = False

        async def make() -> bytes:
            nonlocal is_mine
            is_mine = True
            made.append(await self._fresh(asked, models))
            return made[0].run.model_dump_json().encode()

        if asked.request.is_fresh:
            await parts.cache.delete(key)
        parts.metrics.orchestrator_cache_requests_total.labels(cache="answer").inc()
        try:
            stored, was_cached = await parts.cache.single_flight(
                key, ttl_s=parts.retrieval.cache_s, make=make
            )
        except BudgetExceeded:
            if is_mine:
                raise
            return None
        if made and not made[0].is_lasting:
            await parts.cache.delete(key)
        if was_cached:
            parts.metrics.orchestrator_cache_hits_total.labels(cache="answer").inc()
        run = made[0].run if made else StoredRun.model_validate_json(stored)
        return run if made or not is_short_of_money(run) else None

    def _key(self, asked: Asked, models: ModelManager | None) -> str:
        parts = self._parts
        return answer_key(
            asked.seen,
            asked.request,
            asked.principal.tz,
            words_of(models, parts.entries),
            rules_of(parts.policy),
            "words" if asked.is_words_only else "",
            asked.news,
            parts.version,
        )

    def _mine(self, made: Made, asked: Asked) -> tuple[StoredRun, Reply]:
        """Add what only the one who asked needs to know: it is in nobody else's answer."""
        lines = (*asked.warnings, *made.near)
        if not lines:
            return made.run, made.reply
        run = warned(made.run, lines)
        return run, present(run, asked.principal)

    async def _standing(self, asked: Asked) -> tuple[Asked, bool]:
        """Add what the one who asks sees; say whether the chat asked that no model sees its words.

        Without audiences that have no news, so that chats without feeds of their own share what
        was answered before; the answer is made of what is seen now, whatever comes meanwhile.
        """
        principal = asked.principal
        async with self._parts.store.transaction(is_write=False) as work:
            seen = await work.sources.narrow(visible(principal))
            last, n_waiting = await work.outbox.position("article")
            chat = None if principal.chat is None else await work.chats.get(principal.chat)
        is_private = chat is not None and chat.settings.is_private_mode
        asked = replace(
            asked,
            seen=seen,
            news=f"{last}/{n_waiting}",
            is_words_only=is_private and self._parts.embedder.is_remote,
        )
        return asked, is_private

    def _longest_s(self) -> float:
        return self._parts.answer.deadline_s + LOCAL_GRACE_S

    def _tools(self, asked: Asked, models: ModelManager | None, turn: Turn) -> Tools:
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
            policy=parts.policy,
            is_words_only=asked.is_words_only,
            models=models,
            account=None if models is None else self._account(asked),
            on_progress=asked.on_progress,
            pick=parts.new_pick(),
            on_measured=turn.end,
        )

    def _account(self, asked: Asked) -> Account:
        """Say who pays for this run, and within which limits."""
        return Account(
            run_id=asked.run_id,
            command=asked.request.command,
            tenant=asked.principal.tenant,
            person=asked.principal.person,
            chat=asked.principal.chat,
            at=self._parts.now(),
            limits=self._parts.budget,
        )

    async def _fresh(self, asked: Asked, models: ModelManager | None) -> Made:
        """Run the graph when it is this one's turn; its time begins then."""
        parts, request = self._parts, asked.request
        given: State = {
            "request": request,
            "principal": asked.principal,
            "visibility": asked.seen,
            "now": request.as_of or parts.now(),
            "correlation_id": asked.correlation_id,
            "run_id": asked.run_id,
        }
        if request.depth == "enhanced" and models is None:
            given["warnings"] = [say(request.reply_lang, "writer-warn-private")]
        async with self._turns.take() as turn, asyncio.timeout(self._longest_s()):
            try:
                found = await parts.load_graph().ainvoke(
                    given,
                    context=self._tools(asked, models, turn),
                    config={"recursion_limit": MAX_STEPS},
                )
            finally:
                if models is not None:
                    await models.settled(asked.run_id)
        state = cast("State", found)  # LangGraph gives a plain dict
        run = finished_run(asked, state, at=parts.now())
        return Made(
            run=run,
            reply=state["reply"],
            is_lasting=is_lasting(run, state),
            near=tuple(
                near(
                    state.get("near_limits", ()),
                    share=parts.budget.warn_share,
                    lang=request.reply_lang,
                )
            ),
        )

    async def _failed(self, asked: Asked, error: Exception) -> tuple[StoredRun, Reply]:
        """Give an error in the reader's words, with what models cost before it."""
        log.error("request.failed", command=asked.request.command, exc_info=error)
        if isinstance(error, DeadlineExceeded | TimeoutError):
            node = error.node if isinstance(error, DeadlineExceeded) else "graph"
            self._parts.metrics.orchestrator_deadline_total.labels(
                command=asked.request.command, node=node
            ).inc()
        refusal = refusal_of(
            error, asked.request.command, deadline_s=self._parts.answer.deadline_s
        )
        run, reply = self._refused(asked, refusal, tech_message=repr(error))
        if self._parts.models is None:
            return run, reply
        try:
            spent = await self._patience.wait(cost_of(self._parts.store, asked.run_id))
        except StoreError as failed:
            log.warning("cost.unknown", run=asked.run_id, error=type(failed).__name__)
            return run, reply
        return run.model_copy(update={"cost_usd_micro": spent}), reply

    def _refused(
        self, asked: Asked, refusal: Refusal, *, tech_message: str = ""
    ) -> tuple[StoredRun, Reply]:
        response = refusal_response(
            refusal,
            lang=asked.request.reply_lang,
            version=self._parts.version,
            correlation_id=asked.correlation_id,
            tech_message=tech_message,
        )
        run = bare_run(asked, response, at=self._parts.now())
        return run, present(run, asked.principal)

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
