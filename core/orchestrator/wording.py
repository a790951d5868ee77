"""The steps in which a model may choose words: the agents, side by side, then the composer."""

import asyncio
from dataclasses import replace

import structlog
from langgraph.runtime import Runtime

from core.agents.brief import Brief
from core.agents.expansion import add_found
from core.agents.merging import merge
from core.agents.writer import Words, Writer
from core.errors import BudgetExceeded, ModelUnavailable
from core.llm.deadline import Deadline
from core.llm.manager import RESERVE_S, ModelManager
from core.llm.routes import LOCAL
from core.orchestrator import compose as words
from core.orchestrator.drafting import AGENTS, choose, has_route
from core.orchestrator.economy import is_no_budgets_fault, refusal_for
from core.orchestrator.matching import Refusal
from core.orchestrator.nodes import Update, tell
from core.orchestrator.state import Composed, State, Tools
from core.policy import links
from core.policy.gate import keep_supported
from core.policy.injection import judge
from core.policy.redact import masked
from core.rendering.words import say
from schemas.analysis import ExpansionHint
from schemas.drafts import AgentDraft

COMPOSE_NEEDS_S = 2.5
"""With less time than this left, the answer is worded by templates."""
EXPANSION_GRACE_S = 0.3
"""Longer than the key phrases a hint is not waited for."""
CHARS_PER_WORD = 7
"""Of a reply as it is written: letters, a space, and the marks of its form."""

log = structlog.get_logger(__name__)


async def agent_topics(state: State, runtime: Runtime[Tools]) -> Update:
    """Draft what the window is about."""
    return await _agent("topics", state, runtime.context)


async def agent_sentiment(state: State, runtime: Runtime[Tools]) -> Update:
    """Draft how people write about it."""
    return await _agent("sentiment", state, runtime.context)


async def agent_keyphrases(state: State, runtime: Runtime[Tools]) -> Update:
    """Draft which words carry it; for trends, which of them are new."""
    try:
        return await _agent("keyphrases", state, runtime.context)
    finally:
        runtime.context.phrases_done.set()


async def agent_expansion(state: State, runtime: Runtime[Tools]) -> Update:
    """Widen the query beyond what was computed; the answer does not wait for it."""
    tools, request, hint = runtime.context, state["request"], state["facts"].expansion
    if tools.models is None or hint is None or not request.query:
        return {}
    asking = asyncio.create_task(
        _writer(state, tools, tools.models, _agents_time(tools)).widen(request.query, hint)
    )
    others = asyncio.create_task(tools.phrases_done.wait())
    try:
        await asyncio.wait({asking, others}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({asking}, timeout=EXPANSION_GRACE_S)
        if not asking.done():
            return {}
        told = asking.result()
    except (ModelUnavailable, BudgetExceeded) as error:
        log.info("expansion.left_out", reason=type(error).__name__)
        return {}
    finally:
        others.cancel()
        asking.cancel()
    return {**_costs(told), "expansion": _checked(told, hint, state)}


def _checked(told: Words, hint: ExpansionHint, state: State) -> ExpansionHint:
    if not (told.expansion.expansions or told.expansion.negatives):
        return hint
    stems = frozenset(stem for group in state["query"].terms for stem in group.stems)
    seen = [card for card in state["cards"] if not card.is_flagged]
    draft = told.expansion.model_copy(
        update={
            "expansions": tuple(filter(_is_harmless, told.expansion.expansions)),
            "negatives": tuple(filter(_is_harmless, told.expansion.negatives)),
        }
    )
    return add_found(hint, draft, seen, stems)


def _is_harmless(phrase: str) -> bool:
    return links.object_to(phrase, ()) is None and not judge(phrase).is_flagged


async def _agent(name: str, state: State, tools: Tools) -> Update:
    await tell(tools, "agents")
    brief = state["briefs"][name]
    if tools.models is None:
        return {"drafts": {name: AgentDraft(findings=brief.findings)}}
    told = await _writer(state, tools, tools.models, _agents_time(tools)).word(brief)
    draft, update = _accepted(told, brief, state)
    return {**update, "drafts": {name: draft}}


def _accepted(told: Words, brief: Brief, state: State) -> tuple[AgentDraft, Update]:
    """Put in the place of computed lines those words of a model that their evidence supports."""
    kept, records = keep_supported(told.claims, state["desk"])
    draft = AgentDraft(
        findings=merge(brief.findings, kept),
        model=told.model if kept else LOCAL,
        tldr=told.tldr if kept else None,
        labels=told.labels,
        is_answered=told.model != LOCAL,
    )
    n_dropped = told.n_uncited + len(told.claims) - len(kept)
    return draft, {**_costs(told), "policy": list(records), "n_dropped": n_dropped}


def _costs(told: Words) -> Update:
    return {
        "notes": list(told.notes),
        "worded": list(told.worded_by),
        "near_limits": list(told.near_limits),
        "cost_usd_micro": told.micro_usd,
    }


def _agents_time(tools: Tools) -> Deadline:
    """Give what agents may use; the manager leaves a second of it, which is the composer's."""
    return Deadline(min(tools.answer.agents_s + RESERVE_S, tools.deadline.left()))


def _writer(state: State, tools: Tools, models: ModelManager, deadline: Deadline) -> Writer:
    return Writer(
        lang=state["request"].reply_lang,
        deadline=deadline,
        models=models,
        shown=state["shown"],
        clean=masked,
        account=tools.account,
    )


async def compose(state: State, runtime: Runtime[Tools]) -> Update:
    """Choose the lines of the answer and word them as one text."""
    tools, request, drafts = runtime.context, state["request"], state["drafts"]
    await tell(tools, "compose")
    findings = choose(drafts)
    if not findings:
        return {"refusal": Refusal("NO_DATA", "writer-refuse-no-dated")}
    update: Update = {}
    composed = AgentDraft(findings=tuple(findings))
    if tools.models is not None:
        insists = request.depth == "enhanced"
        if insists and not has_route(tools.models, state["briefs"]):
            return {"refusal": Refusal("MODEL_UNAVAILABLE", "writer-refuse-model")}
        is_answered = any(draft.is_answered for draft in drafts.values())
        if tools.deadline.left() < COMPOSE_NEEDS_S:
            update["warnings"] = [say(request.reply_lang, "writer-warn-late")]
        else:
            writer = _composer(state, tools, tools.models)
            writer = replace(writer, is_required=insists and not is_answered)
            brief = Brief(task="compose", findings=tuple(findings), is_narrow=True)
            try:
                composed, told = _accepted(await writer.word(brief), brief, state)
            except BudgetExceeded as error:
                if is_no_budgets_fault(error, state.get("notes", [])):
                    raise ModelUnavailable(f"models failed, then: {error}") from error
                raise
            update |= told
        if insists and not (is_answered or composed.is_answered):
            notes = [*state.get("notes", []), *update.get("notes", [])]
            return update | {"refusal": refusal_for(notes, request.command)}
    header = words.header(request, state["principal"], state["facts"], state["now"])
    lines = composed.findings
    update["composed"] = Composed(
        header=header,
        tldr=composed.tldr or words.tldr(request, state["facts"], lines[0].text),
        findings=lines,
        model=_who([composed, *(drafts[n] for n in AGENTS[request.command] if n in drafts)]),
        is_tldr_computed=not composed.tldr,
    )
    return update


def _composer(state: State, tools: Tools, models: ModelManager) -> Writer:
    """Give a writer that tells how many words there are already, if anybody wants to know."""
    writer = _writer(state, tools, models, tools.deadline)
    on_progress = tools.on_progress
    if on_progress is None:
        return writer

    async def count(n_chars: int) -> None:
        await on_progress("compose", n_chars // CHARS_PER_WORD)

    return replace(writer, on_text=count)


def _who(drafts: list[AgentDraft]) -> str:
    """Name the first model whose words are used."""
    return next((draft.model for draft in drafts if draft.model != LOCAL), LOCAL)


def after_compose(state: State) -> str:
    """Validate what was composed, or end with a refusal."""
    return "refuse" if "refusal" in state else "validate"
