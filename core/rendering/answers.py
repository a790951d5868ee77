"""An answer as a message that a person would forward to a colleague."""

from collections.abc import Sequence

from core.rendering.citations import cite
from core.rendering.figures import confidence_word
from core.rendering.results import Reader, render_result
from core.rendering.richtext import Bold, Content, Italic, Line, Paragraph, flatten
from core.rendering.units import cut, one_line
from core.rendering.words import format_share, say
from schemas.analysis import AnalysisResponse, InsightType, Meta
from schemas.facts import Facts
from schemas.runs import EvidenceCard, RichText

_SAMPLE_MARK = "Sample news"
_MAX_WARNING = 300
_BULLETS: dict[InsightType, str] = {
    "fact": "•",
    "hypothesis": "💭",
    "recommendation": "👉",
    "conflict": "⚖️",
}


def render_answer(
    response: AnalysisResponse,
    facts: Facts | None,
    *,
    lang: str,
    tz: str,
    cards: Sequence[EvidenceCard],
) -> RichText:
    """Write an answer whole, unsplit.

    Args:
        response: What is said; its words are in the reader's language already.
        facts: The figures behind it; without them counts and comparisons are left out.
        lang: One of `core.rendering.words.LANGUAGES`.
        tz: The reader's IANA time zone.
        cards: Articles of the run: publishers of the cited ones, addresses of others.
    """
    citations = cite(response, cards)
    told = "\n".join(one_line(insight.text) for insight in response.insights)
    reader = Reader(lang=lang, tz=tz, facts=facts, citations=citations, cards=cards, told=told)
    insights = tuple(
        Line((_BULLETS[insight.type], " ", one_line(insight.text), " ", citations.links(refs)))
        for insight in response.insights
        for refs in (insight.evidence_refs,)
    )
    is_sample = facts is not None and facts.window.is_sample
    return flatten(
        (
            _sample_line(response.header, lang) if is_sample else "",
            Paragraph(Bold(one_line(response.header))),
            Paragraph(one_line(response.tldr)),
            Paragraph(insights),
            render_result(response.result, reader),
            citations.quote(lang),
            Paragraph(tuple(Line(Italic(_warning(text))) for text in response.warnings)),
            Paragraph(Italic(_footer(response.meta, lang))),
        )
    )


def _sample_line(header: str, lang: str) -> Content:
    """Say that the news is invented, unless the header says it: the first words must."""
    if header.startswith(_SAMPLE_MARK):
        return ""
    return Paragraph(Italic(say(lang, "answer-sample")))


def _warning(text: str) -> str:
    shown = cut(one_line(text), _MAX_WARNING)
    return f"⚠️ {shown}" if shown else ""


def _footer(meta: Meta, lang: str) -> str:
    confidence = say(
        lang,
        "answer-confidence",
        word=confidence_word(meta.confidence, lang),
        share=format_share(meta.confidence, lang),
    )
    if meta.model == "local":
        return f"{confidence} · {say(lang, 'answer-local')}"
    return f"{confidence} · {say(lang, 'answer-model', model=one_line(meta.model))}"
