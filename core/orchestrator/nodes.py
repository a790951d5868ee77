"""The steps of one request; each is a plain function that returns only the keys it owns."""

import time
from typing import Any

import structlog
from langgraph.runtime import Runtime

from core.agents.writer import Writer
from core.errors import IndexFailed
from core.llm.deadline import Deadline
from core.orchestrator import compose as words
from core.orchestrator.caveats import caveats
from core.orchestrator.confidence import confidence
from core.orchestrator.drafting import choose, draft_by, has_wanted_model, in_templates
from core.orchestrator.matching import (
    Match,
    Refusal,
    match,
    next_window,
    searchable,
    select_for,
)
from core.orchestrator.measure import cited_ids, measure_facts
from core.orchestrator.present import render_reply
from core.orchestrator.refusals import refusal_response
from core.orchestrator.state import Composed, State, Tools
from core.policy.gate import DraftAnswer, check
from core.ports.index import IndexFilter
from core.rendering.words import say
from core.retrieval.query import Query, parse_query
from core.retrieval.search import Candidate, RetrievalLimits, retrieve_for_analysis
from core.text.tokens import clean_display
from schemas.analysis import Meta
from schemas.articles import Article
from schemas.drafts import Finding
from schemas.runs import EvidenceCard, PolicyRecord

TRENDS_EVIDENCE = 10
SNIPPET = 400
"""Characters of an article's text that a run keeps; an answer quotes at most 240 of them."""
LONGEST = "1y"
COMPOSE_NEEDS_S = 2.5
"""With less time than this left, the answer is worded by templates."""
LANGUAGES = "en, ru"

log = structlog.get_logger(__name__)

Update = dict[str, Any]  # what LangGraph merges: keys of State


async def _tell(tools: Tools, step: str) -> None:
    if tools.on_progress is not None:
        await tools.on_progress(step)


async def retrieve(state: State, runtime: Runtime[Tools]) -> Update:
    """Find which articles are meant, and rank those that an answer may cite."""
    tools, request = runtime.context, state["request"]
    await _tell(tools, "retrieve")
    tools.deadline.require("retrieve")
    window = state.get("window", request.window)
    query = searchable(parse_query(request.query))
    if request.query and query.is_empty:
        return {"refusal": Refusal("VALIDATION_FAILED", "writer-refuse-no-words")}
    asked = request.model_copy(update={"window": window})
    found = await select_for(
        tools.store,
        state["principal"],
        asked,
        query,
        cap=tools.answer.max_articles,
        now=state["now"],
    )
    if isinstance(found, Refusal):
        return {"refusal": found}
    async with tools.store.transaction(is_write=False) as work:
        matched = await match(work, found.selection)
    update: Update = {"query": query, "window": window, "matched": matched, "candidates": []}
    if not query.is_empty and matched.columns.article_id.size:
        where = IndexFilter(
            visibility=found.selection.visibility,
            start=found.selection.start,
            end=found.selection.end,
            lang=found.selection.lang,
            sources=found.source_titles,
        )
        try:
            update["candidates"] = await _rank(tools, query, where, matched)
        except IndexFailed as error:
            # Every figure comes from the store; only the order of what is cited is lost.
            log.warning("retrieval.failed", error=str(error))
            update["is_unranked"] = True
            update["warnings"] = [say(request.reply_lang, "writer-warn-index")]
    return update


async def _rank(tools: Tools, query: Query, where: IndexFilter, matched: Match) -> list[Candidate]:
    started = time.perf_counter()
    candidates = await retrieve_for_analysis(
        tools.index,
        tools.embedder,
        query=query,
        where=where,
        limits=RetrievalLimits(
            candidates=tools.retrieval.candidates,
            rrf_k=tools.retrieval.rrf_k,
            fused=tools.retrieval.fused,
            k_final=tools.retrieval.fused,
            allowed_ids=frozenset(matched.columns.article_id.tolist()),
        ),
    )
    # Both legs go out as one batch, so their time is one figure.
    tools.metrics.retrieval_latency_seconds.labels(leg="all").observe(
        time.perf_counter() - started
    )
    return candidates


def after_retrieve(state: State) -> str:
    """Go on to measure, widen an empty window, or end with a refusal."""
    if "refusal" in state:
        return "refuse"
    if state["matched"].columns.article_id.size:
        return "measure"
    return "refuse" if state["window"] == LONGEST else "widen"


async def widen(state: State, runtime: Runtime[Tools]) -> Update:
    """Take the next longer window that holds something."""
    async with runtime.context.store.transaction(is_write=False) as work:
        window = await next_window(work, state["matched"])
    if window is None:
        return {"refusal": Refusal("NO_DATA", "writer-refuse-no-data")}
    return {"window": window}


def after_widen(state: State) -> str:
    """Look again over the longer window, or end when there is none."""
    return "refuse" if "refusal" in state else "retrieve"


async def measure(state: State, runtime: Runtime[Tools]) -> Update:
    """Compute every figure over the matched articles and lay out the citable ones."""
    tools, request, matched = runtime.context, state["request"], state["matched"]
    await _tell(tools, "measure")
    tools.deadline.require("measure")
    async with tools.store.transaction(is_write=False) as work:
        facts = await measure_facts(
            work, request, matched, query=state["query"], candidates=state["candidates"]
        )
        facts = facts.model_copy(
            update={"window": facts.window.model_copy(update={"used": state["window"]})}
        )
        ids = [c.id for c in state["candidates"]] + cited_ids(facts)
        articles = await work.articles.get(matched.selection.visibility, list(dict.fromkeys(ids)))
    update: Update = {
        "facts": facts,
        "cards": _cards(articles, state["candidates"]),
        "warnings": caveats(request, facts, matched),
    }
    if request.command == "sentiment" and facts.sentiment is None:
        update["refusal"] = Refusal(
            "NO_DATA", "writer-refuse-unmeasured", (("languages", LANGUAGES),)
        )
    return update


def after_measure(state: State) -> list[str] | str:
    """Send the facts to the agents that the command needs, all at once."""
    if "refusal" in state:
        return "refuse"
    match state["request"].command:
        case "trends":
            return ["topics", "sentiment", "keyphrases"]
        case "keywords":
            return ["keyphrases"]
        case "sentiment":
            return ["sentiment"]
        case "topics" | "stories":
            return ["topics"]


def _cards(articles: list[Article], candidates: list[Candidate]) -> tuple[EvidenceCard, ...]:
    ranks = {candidate.id: candidate for candidate in candidates}
    return tuple(
        EvidenceCard(
            article_id=a.id,
            title=clean_display(a.title)[:400] or a.source,
            url=a.url,
            date=a.published_at.date().isoformat() if a.published_at else None,
            source=a.source,
            family=a.family,
            snippet=clean_display(a.text[: 2 * SNIPPET])[:SNIPPET],
            lang=a.lang,
            views=a.views,
            legs=ranks[a.id].legs if a.id in ranks else (),
            fused_score=ranks[a.id].fused_score if a.id in ranks else 0.0,
        )
        for a in articles
    )


def _writer(state: State, tools: Tools, seconds: float) -> Writer:
    return Writer(
        lang=state["request"].reply_lang,
        deadline=Deadline(min(seconds, tools.deadline.left())),
        models=tools.models,
        is_required=state["request"].depth == "enhanced",
    )


async def agent_topics(state: State, runtime: Runtime[Tools]) -> Update:
    """Draft what the window is about."""
    return await _agent("topics", state, runtime.context)


async def agent_sentiment(state: State, runtime: Runtime[Tools]) -> Update:
    """Draft how people write about it."""
    return await _agent("sentiment", state, runtime.context)


async def agent_keyphrases(state: State, runtime: Runtime[Tools]) -> Update:
    """Draft which words carry it; for trends, which of them are new."""
    return await _agent("keyphrases", state, runtime.context)


async def _agent(name: str, state: State, tools: Tools) -> Update:
    await _tell(tools, "agents")
    writer = _writer(state, tools, tools.answer.agents_s)
    return {"drafts": {name: await draft_by(name, state, writer)}}


async def compose(state: State, runtime: Runtime[Tools]) -> Update:
    """Choose the lines of the answer and word its head."""
    tools, request = runtime.context, state["request"]
    await _tell(tools, "compose")
    drafts = state["drafts"]
    findings = choose(drafts)
    warnings = [line for draft in drafts.values() for line in draft.warnings]
    models = [draft.model for draft in drafts.values() if draft.model != "local"]
    if not has_wanted_model(request.depth, tools, drafts):
        return {"refusal": Refusal("MODEL_UNAVAILABLE", "writer-refuse-model")}
    tldr = None
    if tools.models is not None and findings:
        if tools.deadline.left() < COMPOSE_NEEDS_S:
            warnings.append(say(request.reply_lang, "writer-warn-late"))
        else:
            writer = _writer(state, tools, tools.deadline.left() - 1.0)
            worded = await writer.word("compose", findings, state["cards"])
            warnings += worded.warnings
            if worded.model != "local":
                findings, tldr = list(worded.findings), worded.tldr
                models.insert(0, worded.model)
    if not findings:
        return {"refusal": Refusal("NO_DATA", "writer-refuse-no-dated")}
    composed = Composed(
        header=words.header(request, state["principal"], state["facts"], state["now"]),
        tldr=tldr or words.tldr(request, state["facts"], findings[0].text),
        findings=tuple(findings),
        model=models[0] if models else "local",
        is_tldr_computed=not tldr,
    )
    return {"composed": composed, "warnings": warnings}


def after_compose(state: State) -> str:
    """Validate what was composed, or end with a refusal."""
    return "refuse" if "refusal" in state else "validate"


async def validate(state: State, runtime: Runtime[Tools]) -> Update:
    """Pass the answer through the policy gate."""
    tools, request, facts = runtime.context, state["request"], state["facts"]
    result = words.result_of(request, facts, state["cards"])
    if result is None or facts.confidence is None:
        return {"refusal": Refusal("NO_DATA", "writer-refuse-no-dated")}
    composed = state["composed"]
    answer = DraftAnswer(
        header=composed.header,
        tldr=composed.tldr,
        insights=composed.findings,
        result=result,
        cards=state["cards"],
        meta=Meta(
            confidence=confidence(facts.confidence),
            model=composed.model,
            version=tools.version,
            correlation_id=state["correlation_id"],
        ),
        warnings=tuple(dict.fromkeys(state.get("warnings", []))),
        max_evidence=TRENDS_EVIDENCE if request.command == "trends" else request.k_final,
        is_tldr_computed=composed.is_tldr_computed,
    )
    response, records = check(answer, facts)
    _count_checked(tools, request.command, composed.findings, records)
    if response is None and (computed := await in_templates(answer, state)) is not None:
        # Nothing that a model wrote can stay; what was computed can.
        answer = computed
        response, more = check(answer, facts)
        records += more
    if response is None:
        return {"policy": records, "refusal": _refusal_of(answer, records)}
    n_dropped = sum(r.verdict == "drop" and r.rule == "support" for r in records)
    if n_dropped:
        line = say(request.reply_lang, "writer-warn-dropped", n=n_dropped)
        response = response.model_copy(update={"warnings": (*response.warnings, line)})
    cited = {e.article_id for e in response.evidence}
    cards = tuple(
        c.model_copy(update={"is_cited": str(c.article_id) in cited}) for c in state["cards"]
    )
    return {"response": response, "policy": records, "cards": cards}


def _refusal_of(answer: DraftAnswer, records: tuple[PolicyRecord, ...]) -> Refusal:
    """Name why nothing is left: computed sentences fail for want of a dated article alone."""
    is_broken = any(r.rule == "schema" and r.verdict == "refuse" for r in records)
    if is_broken or not all(finding.is_computed for finding in answer.insights):
        return Refusal("VALIDATION_FAILED", "writer-refuse-unsupported")
    return Refusal("NO_DATA", "writer-refuse-no-dated")


def _count_checked(
    tools: Tools, command: str, findings: tuple[Finding, ...], records: tuple[PolicyRecord, ...]
) -> None:
    dropped = sum(record.verdict == "drop" for record in records)
    for supported, n in (("yes", len(findings) - dropped), ("no", dropped)):
        tools.metrics.orchestrator_insights_checked_total.labels(
            command=command, supported=supported, cohort="stable"
        ).inc(max(0, n))
    for record in records:
        tools.metrics.orchestrator_validation_total.labels(
            rule=record.rule, verdict=record.verdict
        ).inc()


def after_validate(state: State) -> str:
    """Format what passed, or end with a refusal."""
    return "refuse" if "refusal" in state else "format"


async def refuse(state: State, runtime: Runtime[Tools]) -> Update:
    """Say in the reader's language why there is no answer."""
    request = state["request"]
    refusal = state.get("refusal") or Refusal("NO_DATA", "writer-refuse-no-data")
    return {
        "response": refusal_response(
            refusal,
            lang=request.reply_lang,
            version=runtime.context.version,
            correlation_id=state["correlation_id"],
        )
    }


async def format_reply(state: State) -> Update:
    """Turn the answer or the refusal into text, entities and buttons."""
    return {
        "reply": render_reply(
            state["response"],
            run_id=state["run_id"],
            request=state["request"],
            principal=state["principal"],
            facts=state.get("facts"),
            cards=state.get("cards", ()),
        )
    }
