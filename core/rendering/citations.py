"""Numbers that stand for evidence: the same in the answer, its sources and Explain."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.rendering.figures import evidence_date
from core.rendering.richtext import Bold, Content, Join, Line, Link, Paragraph, Quote
from core.rendering.units import cut, one_line
from core.rendering.words import say
from schemas.analysis import AnalysisResponse, Evidence, EvidenceRef
from schemas.runs import EvidenceCard

_MAX_TITLE = 120


@dataclass(frozen=True, slots=True)
class Citation:
    """One piece of evidence and its number, from 1; `card` where the run has one."""

    number: int
    evidence: Evidence
    card: EvidenceCard | None


@dataclass(frozen=True, slots=True)
class Citations:
    """All evidence of an answer, in the order in which the answer numbers it."""

    items: tuple[Citation, ...]
    this_year: int

    def links(self, refs: Sequence[EvidenceRef]) -> Content:
        """Numbers in brackets, each once and each a link where there is an address."""
        found = dict.fromkeys(item for ref in refs if (item := self._find(ref)) is not None)
        ordered = sorted(found, key=lambda item: item.number)
        return tuple(Link(item.evidence.url, f"[{item.number}]") for item in ordered)

    def _find(self, ref: EvidenceRef) -> Citation | None:
        return next((item for item in self.items if _points_at(ref, item.evidence)), None)

    def quote(self, lang: str) -> Content:
        """The sources as a block that opens when tapped."""
        lines = tuple(
            Line((f"{item.number}. ", source_line(item, lang, this_year=self.this_year)))
            for item in self.items
        )
        title = Line(Bold(say(lang, "answer-sources")))
        return Paragraph(Quote((title, *lines), is_expandable=True))


def _points_at(ref: EvidenceRef, evidence: Evidence) -> bool:
    if ref.article_id is not None and evidence.article_id is not None:
        return ref.article_id == evidence.article_id
    return ref.url is not None and ref.url == evidence.url


def cite(response: AnalysisResponse, cards: Sequence[EvidenceCard]) -> Citations:
    """Number the evidence of an answer and find the card of each."""
    by_id = {str(card.article_id): card for card in cards}
    by_url = {card.url: card for card in cards if card.url}
    items = tuple(
        Citation(
            number=number,
            evidence=evidence,
            card=by_id.get(evidence.article_id or "") or by_url.get(evidence.url or ""),
        )
        for number, evidence in enumerate(response.evidence, start=1)
    )
    return Citations(items, this_year=max(int(e.date[:4]) for e in response.evidence))


def source_line(item: Citation, lang: str, *, this_year: int) -> Content:
    """A source on one line: linked title, publisher, date."""
    title = Link(item.evidence.url, cut(one_line(item.evidence.title), _MAX_TITLE))
    day = evidence_date(item.evidence.date, lang, this_year=this_year)
    publisher = one_line(item.card.source) if item.card else ""
    return Join((title, Join((publisher, day))), separator=" — ")
