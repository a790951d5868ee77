"""The last check of an answer, as a step of the graph."""

from collections.abc import Mapping, Sequence

import structlog
from langgraph.runtime import Runtime

from core.llm.routes import LOCAL
from core.orchestrator import compose as words
from core.orchestrator.confidence import confidence
from core.orchestrator.drafting import in_templates, max_evidence
from core.orchestrator.economy import told
from core.orchestrator.matching import Refusal
from core.orchestrator.nodes import Update
from core.orchestrator.state import State, Tools
from core.policy.gate import DraftAnswer, check
from core.rendering.words import say
from monitoring.metrics import Metrics
from schemas.analysis import AnalysisResponse, Meta
from schemas.facts import ConfidenceFacts
from schemas.requests import Command
from schemas.runs import PolicyRecord, WordedBy

log = structlog.get_logger(__name__)


async def validate(state: State, runtime: Runtime[Tools]) -> Update:
    """Pass the answer through the policy gate."""
    tools, request, facts = runtime.context, state["request"], state["facts"]
    answer = None
    if facts.confidence is not None:
        answer = _answer(state, facts.confidence, version=tools.version)
    if answer is None:
        return {"refusal": Refusal("NO_DATA", "writer-refuse-no-dated")}
    response, found = check(answer, facts, desk=state.get("desk"))
    records = list(found)
    n_dropped = state.get("n_dropped", 0) + len(_dropped(answer, records))
    labels = _labels(state)
    if response is None and (computed := in_templates(answer, state)) is not None:
        # Nothing that a model wrote can stay; what was computed can.
        answer, labels = computed, {}
        response, more = check(answer, facts)
        records += more
    _count(tools.metrics, request.command, response, [*state.get("policy", []), *records])
    tools.metrics.orchestrator_insights_checked_total.labels(
        command=request.command, supported="no", cohort="stable"
    ).inc(n_dropped)
    if response is None:
        return {"policy": records, "refusal": _refusal_of(answer, records)}
    name = _author(answer, records, labels, state.get("worded", []))
    response = response.model_copy(
        update={"meta": response.meta.model_copy(update={"model": name})}
    )
    if n_dropped:
        _tell_operator(state, records, n_dropped)
        line = say(request.reply_lang, "writer-warn-dropped", n=n_dropped)
        response = response.model_copy(update={"warnings": (*response.warnings, line)})
    cited = {e.article_id for e in response.evidence}
    cards = tuple(
        c.model_copy(update={"is_cited": str(c.article_id) in cited}) for c in state["cards"]
    )
    return {"response": response, "policy": records, "cards": cards}


def _answer(state: State, parts: ConfidenceFacts, *, version: str) -> DraftAnswer | None:
    """Give what is to be checked; None when the facts hold no result."""
    request, facts, composed = state["request"], state["facts"], state["composed"]
    result = words.result_of(
        request, facts, state["cards"], labels=_labels(state), expansion=state.get("expansion")
    )
    if result is None:
        return None
    lines = [*state.get("warnings", []), *told(state.get("notes", []), request.reply_lang)]
    return DraftAnswer(
        header=composed.header,
        tldr=composed.tldr,
        insights=composed.findings,
        result=result,
        cards=state["cards"],
        meta=Meta(
            confidence=confidence(parts),
            model=composed.model,
            version=version,
            correlation_id=state["correlation_id"],
        ),
        warnings=tuple(dict.fromkeys(lines)),
        max_evidence=max_evidence(request),
        is_tldr_computed=composed.is_tldr_computed,
        lang=request.reply_lang,
        query=request.query,
    )


def _labels(state: State) -> dict[int, str]:
    """Give a model's names for topics, by their place in the facts."""
    return {n: text for d in state.get("drafts", {}).values() for n, text in d.labels.items()}


def _tell_operator(state: State, records: Sequence[PolicyRecord], n_dropped: int) -> None:
    """Log whose sentences were left out and by which rules, never the words."""
    found = [*state.get("policy", []), *records]
    log.warning(
        "words.dropped",
        run=state["run_id"],
        n=n_dropped,
        rules=sorted({record.rule for record in found if record.verdict == "drop"}),
        models=sorted({by.model for by in state.get("worded", [])}),
    )


def _dropped(answer: DraftAnswer, records: Sequence[PolicyRecord]) -> set[int]:
    """Give the places of a model's sentences that a rule dropped."""
    dropped = {r.where for r in records if r.verdict == "drop"}
    return {n for n in _by_model(answer) if f"insights[{n}]" in dropped}


def _by_model(answer: DraftAnswer) -> set[int]:
    return {n for n, line in enumerate(answer.insights) if not line.is_computed}


def _author(
    answer: DraftAnswer,
    records: Sequence[PolicyRecord],
    labels: Mapping[int, str],
    worded: Sequence[WordedBy],
) -> str:
    """Name the model of which something is left: a sentence, else a name for a topic."""
    by_model = _by_model(answer)
    if answer.meta.model != LOCAL and (not by_model or by_model - _dropped(answer, records)):
        return answer.meta.model
    renamed = {record.where for record in records if record.verdict == "rewrite"}
    if all(f"result.topics[{n}].label" in renamed for n in labels):
        return LOCAL
    return next((by.model for by in worded if by.task == "topic_modeler"), LOCAL)


def _refusal_of(answer: DraftAnswer, records: Sequence[PolicyRecord]) -> Refusal:
    """Name why nothing is left: computed sentences fail for want of a dated article alone."""
    is_broken = any(r.rule == "schema" and r.verdict == "refuse" for r in records)
    if is_broken or not all(finding.is_computed for finding in answer.insights):
        return Refusal("VALIDATION_FAILED", "writer-refuse-unsupported")
    return Refusal("NO_DATA", "writer-refuse-no-dated")


def _count(
    metrics: Metrics,
    command: Command,
    response: AnalysisResponse | None,
    records: Sequence[PolicyRecord],
) -> None:
    if response is not None:
        metrics.orchestrator_insights_checked_total.labels(
            command=command, supported="yes", cohort="stable"
        ).inc(len(response.insights))
    for record in records:
        metrics.orchestrator_validation_total.labels(
            rule=record.rule, verdict=record.verdict
        ).inc()


def after_validate(state: State) -> str:
    """Format what passed, or end with a refusal."""
    return "refuse" if "refusal" in state else "format"
