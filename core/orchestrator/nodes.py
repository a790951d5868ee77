"""The steps of one request; each is a plain function that returns only the keys it owns."""

import time
from typing import Any

import structlog
from langgraph.runtime import Runtime

from core.agents.showing import show
from core.errors import IndexFailed
from core.orchestrator.caveats import caveats
from core.orchestrator.drafting import AGENTS, briefs_of, max_evidence
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
from core.orchestrator.state import State, Tools
from core.policy.cards import clean_cards
from core.policy.gate import desk_of
from core.policy.redact import clean_facts
from core.ports.index import IndexFilter
from core.rendering.words import say
from core.retrieval.query import Query, parse_query
from core.retrieval.search import Candidate, RetrievalLimits, retrieve_for_analysis
from core.text.tokens import clean_display
from schemas.articles import Article
from schemas.runs import EvidenceCard

SNIPPET = 400
"""Characters of an article's text that a run keeps; an answer quotes at most 240 of them."""
LONGEST = "1y"
LANGUAGES = "en, ru"

log = structlog.get_logger(__name__)

Update = dict[str, Any]  # what LangGraph merges: keys of State


async def tell(tools: Tools, step: str) -> None:
    """Say which step begins to whoever wants to know."""
    if tools.on_progress is not None:
        await tools.on_progress(step)


async def retrieve(state: State, runtime: Runtime[Tools]) -> Update:
    """Find which articles are meant, and rank those that an answer may cite."""
    tools, request = runtime.context, state["request"]
    await tell(tools, "retrieve")
    tools.deadline.require("retrieve")
    window = state.get("window", request.window)
    query = searchable(parse_query(request.query))
    if request.query and query.is_empty:
        return {"refusal": Refusal("VALIDATION_FAILED", "writer-refuse-no-words")}
    asked = request.model_copy(update={"window": window})
    async with tools.store.transaction(is_write=False) as work:
        found = await select_for(
            work,
            state["visibility"],
            asked,
            query,
            cap=tools.answer.max_articles,
            now=state["now"],
        )
        if isinstance(found, Refusal):
            return {"refusal": found}
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
            is_words_only=tools.is_words_only,
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
    await tell(tools, "measure")
    tools.deadline.require("measure")
    async with tools.store.transaction(is_write=False) as work:
        facts, known = await measure_facts(
            work, request, matched, query=state["query"], candidates=state["candidates"]
        )
        facts = facts.model_copy(
            update={"window": facts.window.model_copy(update={"used": state["window"]})}
        )
        ids = dict.fromkeys([*(c.id for c in state["candidates"]), *cited_ids(facts)])
        missing = [article_id for article_id in ids if article_id not in known]
        read = await work.articles.get(matched.selection.visibility, missing)
    found = {**known, **{article.id: article for article in read}}
    articles = [found[article_id] for article_id in ids if article_id in found]
    facts = clean_facts(facts)
    cards, records = clean_cards(_cards(articles, state["candidates"]), tools.policy)
    briefs = briefs_of(request, facts, cards)
    update: Update = {
        "facts": facts,
        "cards": cards,
        "policy": list(records),
        "briefs": briefs,
        "warnings": caveats(request, facts, matched),
    }
    if tools.models is not None:
        update["shown"] = show(
            list(briefs.values()), cards, limit=max_evidence(request), pick=tools.pick
        )
        update["desk"] = desk_of(cards, facts, lang=request.reply_lang, query=request.query)
    if request.command == "sentiment" and facts.sentiment is None:
        update["refusal"] = Refusal(
            "NO_DATA", "writer-refuse-unmeasured", (("languages", LANGUAGES),)
        )
    tools.on_measured()
    return update


def after_measure(state: State) -> list[str] | str:
    """Send the facts to the agents that the command needs, all at once."""
    if "refusal" in state:
        return "refuse"
    request, facts = state["request"], state["facts"]
    agents = list(AGENTS[request.command])
    if "shown" in state and request.query and facts.expansion is not None:
        agents.append("expansion")
    return agents


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
