"""The one gate of every answer: mend what can be mended, drop the rest, refuse the empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter_ns

from pydantic import ValidationError

from core.policy.claims import Desk, first_objection, make_claim
from core.policy.labels import with_checked_labels
from core.policy.records import Log, Objection
from core.policy.redact import redact, redact_strings
from core.policy.repair import clean_url, cut_at_word, is_real_date
from core.policy.summary import checked_summary
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
from schemas.runs import EvidenceCard, PolicyRecord

HEADER_LIMIT, TLDR_LIMIT, INSIGHT_LIMIT, SNIPPET_LIMIT, TITLE_LIMIT = 100, 220, 180, 240, 200
MAX_INSIGHTS = 5
WORDING_RULES = ("evidence", "links", "language", "support", "conflict", "injection", "length")


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """An answer before the gate. `cards` are the articles it may cite, best first.

    A summary that is not computed, `is_tldr_computed` False, is a model's and is checked. `lang`
    is the reader's language, None: any; `query` the reader's own words, which a sentence may
    repeat.
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
    lang: str | None = None
    query: str | None = None


def desk_of(
    cards: Sequence[EvidenceCard], facts: Facts, *, lang: str | None, query: str | None = None
) -> Desk:
    """Lay out what the sentences of one answer are held against."""
    return Desk({card.article_id: card for card in cards}, facts, lang, query)


def check(
    draft: DraftAnswer, facts: Facts, *, desk: Desk | None = None
) -> tuple[AnalysisResponse | None, tuple[PolicyRecord, ...]]:
    """Give the answer as it may leave, or None when nothing supported is left, with what was done.

    An insight without a citable article is dropped, and so is a model's that one of the rules in
    `core.policy.claims` objects to. Lengths are cut at a word, confirmed private data is masked
    everywhere; the evidence lists what is cited first, then what was retrieved, up to
    `max_evidence`. Little trust in the cited domains lowers the confidence. `desk` is that of the
    same articles, facts and reader on which sentences were checked before.
    """
    log = Log()
    desk = desk or desk_of(draft.cards, facts, lang=draft.lang, query=draft.query)
    citable = {card.article_id: card for card in draft.cards if is_real_date(card.date)}
    insights = _supported(draft.insights, desk, log)
    if not insights:
        log.note("evidence", "refuse", "insights", Objection("nothing-left"))
        return None, tuple(log.records)
    chosen = _chosen(insights, _cited_by(draft.result), citable, draft.max_evidence)
    evidence = _evidence(chosen, log)
    kept = {int(item.article_id or 0): item for item in evidence}
    insights = [i for i in insights if _is_carried(i, kept)]
    tldr = (
        draft.tldr if draft.is_tldr_computed else checked_summary(draft.tldr, insights, desk, log)
    )
    result = with_checked_labels(draft.result, desk, log)
    try:
        response = AnalysisResponse(
            header=_leaving(draft.header, HEADER_LIMIT, "header", log),
            tldr=_leaving(tldr, TLDR_LIMIT, "tldr", log),
            insights=tuple(
                Insight(
                    type=i.type,
                    text=_leaving(i.text, INSIGHT_LIMIT, f"insights[{n}]", log),
                    evidence_refs=_refs(i.article_ids, kept),
                )
                for n, i in enumerate(insights)
            ),
            evidence=evidence,
            result=redact_strings(_with_cited_aspects(result, kept, log), "result", log),
            meta=_trusted(draft.meta, chosen, log),
            warnings=draft.warnings,
        )
    except ValidationError as error:
        log.note("schema", "refuse", "response", Objection("schema", _where(error)))
        return None, tuple(log.records)
    asked = () if all(item.is_computed for item in draft.insights) else WORDING_RULES
    log.allow_rest("evidence", *asked, "pii", "secrets", "length", where="answer")
    log.note("schema", "allow", "response")
    return response, tuple(log.records)


def keep_supported(
    findings: Sequence[Finding], desk: Desk
) -> tuple[tuple[Finding, ...], tuple[PolicyRecord, ...]]:
    """Give the sentences that may go on to the composer, in order, and what was dropped and why.

    Computed sentences stay as they are; a model's must pass the same rules as in `check`. What is
    cited and has no date is taken off the citations.
    """
    log = Log()
    kept = _supported(findings, desk, log, limit=len(findings))
    if not all(item.is_computed for item in findings):
        log.allow_rest(*WORDING_RULES, where="insights")
    return tuple(kept), tuple(log.records)


def _supported(
    drafts: Sequence[Finding], desk: Desk, log: Log, *, limit: int = MAX_INSIGHTS
) -> list[Finding]:
    kept: list[Finding] = []
    for number, item in enumerate(drafts):
        where = f"insights[{number}]"
        claim = make_claim(item, desk)
        if item.is_computed:
            # Templates are filled from the facts; only a model's words are held against them.
            objected = None if claim.cited else ("evidence", Objection("undated"))
        else:
            objected = first_objection(claim, log)
        if objected is not None:
            rule, why = objected
            log.note(rule, "drop", where, why)
        elif len(kept) < limit:
            ids = tuple(card.article_id for card in claim.cited)
            kept.append(item.model_copy(update={"article_ids": ids}))
    return kept


def _is_carried(insight: Finding, kept: Mapping[int, Evidence]) -> bool:
    """Say whether the evidence holds an insight: one article will do, a conflict needs all."""
    held = [article_id in kept for article_id in insight.article_ids]
    return all(held) if insight.type == "conflict" else any(held)


def _chosen(
    insights: Sequence[Finding],
    result_ids: Sequence[int],
    citable: Mapping[int, EvidenceCard],
    limit: int,
) -> list[EvidenceCard]:
    # Each insight keeps its first article before any gets its second.
    # A conflict keeps all of them: it needs both its sides.
    firsts = [a for i in insights for a in i.article_ids[: None if i.type == "conflict" else 1]]
    rest = [a for i in insights for a in i.article_ids[1:]]
    order = dict.fromkeys([*firsts, *result_ids, *rest, *citable])
    return [citable[a] for a in order if a in citable][:limit]


def _evidence(chosen: Sequence[EvidenceCard], log: Log) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            title=cut_at_word(redact(card.title, f"evidence[{n}].title", log), TITLE_LIMIT),
            article_id=str(card.article_id),
            url=clean_url(card.url),
            date=card.date or "",
            snippet=cut_at_word(
                redact(card.snippet, f"evidence[{n}].snippet", log), SNIPPET_LIMIT
            ),
        )
        for n, card in enumerate(chosen)
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


def _with_cited_aspects(result: Result, kept: Mapping[int, Evidence], log: Log) -> Result:
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
        log.note("evidence", "rewrite", "result.aspects", Objection("aspects"))
    return result.model_copy(update={"aspects": aspects})


def _trusted(meta: Meta, chosen: Sequence[EvidenceCard], log: Log) -> Meta:
    """Lower the confidence by the mean trust in the domains of the evidence."""
    trust = sum(card.trust for card in chosen) / len(chosen)
    if trust >= 1:
        return meta
    log.note("domains", "rewrite", "meta.confidence", Objection("trust", f"{trust:.0%}"))
    return meta.model_copy(update={"confidence": round(meta.confidence * trust, 2)})


def _leaving(text: str, limit: int, where: str, log: Log) -> str:
    """Mask and cut a text."""
    text = redact(text, where, log)
    started = perf_counter_ns()
    cut = cut_at_word(text, limit)
    log.spend("length", started)
    if len(cut) < len(text.strip()):
        log.note("length", "rewrite", where, Objection("cut", str(limit)))
    return cut


def _where(error: ValidationError) -> str:
    return ", ".join(".".join(map(str, one["loc"])) for one in error.errors()[:3])
