"""The one gate of every answer: mend what can be mended, drop the rest, refuse the empty."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from core.policy.evidence import is_supported, numbers_in, numbers_of_facts
from core.policy.repair import clean_url, cut_at_word, is_real_date
from schemas.analysis import (
    AnalysisResponse,
    Evidence,
    EvidenceRef,
    Insight,
    Meta,
    Result,
)
from schemas.drafts import Finding
from schemas.facts import Facts
from schemas.runs import EvidenceCard, PolicyRecord, Verdict

HEADER_LIMIT, TLDR_LIMIT, INSIGHT_LIMIT, SNIPPET_LIMIT, TITLE_LIMIT = 100, 220, 180, 240, 200
MAX_INSIGHTS = 5


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """An answer before the gate. `cards` are the articles it may cite, best first.

    A summary that is not computed, `is_tldr_computed` False, is a model's and is checked.
    """

    header: str
    tldr: str
    insights: tuple[Finding, ...]
    result: Result
    cards: tuple[EvidenceCard, ...]
    meta: Meta
    warnings: tuple[str, ...] = ()
    max_evidence: int = 8
    is_tldr_computed: bool = True


@dataclass(slots=True)
class _Log:
    records: list[PolicyRecord] = field(default_factory=list)
    started_ns: int = field(default_factory=time.perf_counter_ns)

    def note(self, rule: str, verdict: Verdict, where: str, detail: str = "") -> None:
        now = time.perf_counter_ns()
        self.records.append(
            PolicyRecord(
                rule=rule,
                version=1,
                verdict=verdict,
                where=where,
                detail=detail,
                us=(now - self.started_ns) // 1000,
            )
        )
        self.started_ns = now


def check(
    draft: DraftAnswer, facts: Facts
) -> tuple[AnalysisResponse | None, tuple[PolicyRecord, ...]]:
    """Give the answer as it may leave, or None when nothing supported is left, with what was done.

    Lengths are cut at a word; an insight without a citable article, or with a figure or quotation
    that neither its evidence nor the facts hold, is dropped; the evidence lists what is cited
    first, then what was retrieved, up to `max_evidence`.
    """
    log = _Log()
    citable = {card.article_id: card for card in draft.cards if is_real_date(card.date)}
    insights = _supported(draft.insights, citable, facts, log)
    if not insights:
        log.note("evidence", "refuse", "insights", "no supported sentence is left")
        return None, tuple(log.records)
    evidence = _evidence(insights, _cited_by(draft.result), citable, draft.max_evidence)
    kept = {int(item.article_id or 0): item for item in evidence}
    insights = [i for i in insights if _is_carried(i, kept)]
    try:
        response = AnalysisResponse(
            header=_cut(draft.header, HEADER_LIMIT, "header", log),
            tldr=_cut(_tldr(draft, insights, citable, log), TLDR_LIMIT, "tldr", log),
            insights=tuple(
                Insight(
                    type=i.type,
                    text=_cut(i.text, INSIGHT_LIMIT, f"insights[{n}]", log),
                    evidence_refs=_refs(i.article_ids, kept),
                )
                for n, i in enumerate(insights)
            ),
            evidence=evidence,
            result=_with_cited_aspects(draft.result, kept, log),
            meta=draft.meta,
            warnings=draft.warnings,
        )
    except ValidationError as error:
        log.note("schema", "refuse", "response", str(error)[:300])
        return None, tuple(log.records)
    log.note("schema", "allow", "response")
    return response, tuple(log.records)


def _supported(
    drafts: Sequence[Finding], citable: Mapping[int, EvidenceCard], facts: Facts, log: _Log
) -> list[Finding]:
    # Templates are filled from the facts; only a model's figures are held against them.
    is_computed = all(item.is_computed for item in drafts)
    known = frozenset() if is_computed else numbers_of_facts(facts)
    kept: list[Finding] = []
    for number, item in enumerate(drafts):
        where = f"insights[{number}]"
        cited = [citable[i] for i in item.article_ids if i in citable]
        if not cited:
            log.note("evidence", "drop", where, "cites nothing that was retrieved and dated")
        elif not item.is_computed and not is_supported(item.text, cited, known):
            log.note("support", "drop", where, "a figure or quotation is in no cited article")
        elif len(kept) < MAX_INSIGHTS:
            log.note("support", "allow", where)
            kept.append(
                item.model_copy(update={"article_ids": tuple(c.article_id for c in cited)})
            )
    return kept


def _tldr(
    draft: DraftAnswer,
    insights: Sequence[Finding],
    citable: Mapping[int, EvidenceCard],
    log: _Log,
) -> str:
    """Give a summary that says nothing beyond the insights: a model's that does is replaced."""
    if draft.is_tldr_computed:
        return draft.tldr
    cited = [citable[i] for insight in insights for i in insight.article_ids]
    said = numbers_in(" ".join(insight.text for insight in insights))
    if is_supported(draft.tldr, cited, said):
        return draft.tldr
    log.note("support", "rewrite", "tldr", "a figure or quotation is in no insight")
    return insights[0].text


def _is_carried(insight: Finding, kept: Mapping[int, Evidence]) -> bool:
    """Say whether the evidence holds an insight: one article will do, a conflict needs all."""
    held = [article_id in kept for article_id in insight.article_ids]
    return all(held) if insight.type == "conflict" else any(held)


def _evidence(
    insights: Sequence[Finding],
    result_ids: Sequence[int],
    citable: Mapping[int, EvidenceCard],
    limit: int,
) -> tuple[Evidence, ...]:
    # Each insight keeps its first article before any gets its second.
    # A conflict keeps all of them: it needs both its sides.
    firsts = [a for i in insights for a in i.article_ids[: None if i.type == "conflict" else 1]]
    rest = [a for i in insights for a in i.article_ids[1:]]
    order = dict.fromkeys([*firsts, *result_ids, *rest, *citable])
    chosen = [citable[a] for a in order if a in citable][:limit]
    return tuple(
        Evidence(
            title=cut_at_word(card.title, TITLE_LIMIT),
            article_id=str(card.article_id),
            url=clean_url(card.url),
            date=card.date or "",
            snippet=cut_at_word(card.snippet, SNIPPET_LIMIT),
        )
        for card in chosen
    )


def _refs(article_ids: Sequence[int], kept: Mapping[int, Evidence]) -> tuple[EvidenceRef, ...]:
    return tuple(
        EvidenceRef(article_id=str(i), url=kept[i].url, date=kept[i].date)
        for i in article_ids
        if i in kept
    )


def _cited_by(result: Result) -> list[int]:
    if result.kind != "sentiment":
        return []
    return [int(a.evidence_ref.article_id or 0) for a in result.aspects]


def _with_cited_aspects(result: Result, kept: Mapping[int, Evidence], log: _Log) -> Result:
    """Leave out aspects whose article did not make it into the evidence."""
    if result.kind != "sentiment":
        return result
    ids = {str(i) for i in kept}
    aspects = tuple(
        a.model_copy(
            update={"evidence_ref": _refs([int(a.evidence_ref.article_id or 0)], kept)[0]}
        )
        for a in result.aspects
        if a.evidence_ref.article_id in ids
    )
    if len(aspects) < len(result.aspects):
        log.note("evidence", "drop", "result.aspects", "their articles are not cited")
    return result.model_copy(update={"aspects": aspects})


def _cut(text: str, limit: int, where: str, log: _Log) -> str:
    cut = cut_at_word(text, limit)
    if len(cut) < len(text.strip()):
        log.note("length", "rewrite", where, f"cut to {limit} characters")
    return cut
