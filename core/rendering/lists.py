"""Lists of articles: all sources of an answer by pages, and similar stories."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.rendering.citations import Citation, cite
from core.rendering.figures import evidence_date
from core.rendering.richtext import Bold, Content, Italic, Join, Line, Link, Paragraph, flatten
from core.rendering.units import cut, one_line
from core.rendering.words import format_compact, say
from schemas.analysis import AnalysisResponse
from schemas.runs import EvidenceCard, RichText, StoredRun

PAGE_SIZE = 8
_MAX_TITLE = 150
_MAX_SNIPPET = 160
_SHORT_FROM = 1_000


def render_sources(run: StoredRun, *, page: int, lang: str, tz: str) -> tuple[RichText, int]:
    """List what a run cited and looked at, eight a page, cited articles first.

    Numbers are those of the answer; articles that it did not cite are numbered on from there.

    Args:
        run: The stored run.
        page: From 1; a page that does not exist gives the nearest one.
        lang: One of `core.rendering.words.LANGUAGES`.
        tz: The reader's IANA time zone; evidence has days only, so it changes nothing yet.

    Returns:
        The page and how many pages there are, at least 1.
    """
    del tz
    cited, others = _entries(run, lang)
    entries = [*cited, *others]
    if not entries:
        return flatten(say(lang, "sources-none")), 1
    pages = -(-len(entries) // PAGE_SIZE)
    page = min(max(page, 1), pages)
    first = (page - 1) * PAGE_SIZE
    lines: list[Content] = []
    for index in range(first, min(first + PAGE_SIZE, len(entries))):
        if index == len(cited) or (index == first and index > len(cited)):
            lines.append(Paragraph(Italic(say(lang, "sources-also"))))
        lines.append(Paragraph(_entry(index + 1, entries[index])))
    title = Paragraph(Bold(say(lang, "sources-title")))
    position = say(lang, "sources-page", page=page, pages=pages) if pages > 1 else ""
    return flatten((title, *lines, Paragraph(Italic(position)))), pages


def render_similar(cards: Sequence[EvidenceCard], *, lang: str, tz: str) -> RichText:
    """List related stories by their articles; says so when there is none. `tz` as above."""
    del tz
    if not cards:
        return flatten(say(lang, "similar-none"))
    year = _latest_year(cards)
    lines = tuple(
        Paragraph(_entry(n, _of_card(card, lang, year)))
        for n, card in enumerate(cards[:PAGE_SIZE], start=1)
    )
    return flatten((Paragraph(Bold(say(lang, "similar-title"))), *lines))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One article of a list; `byline` is publisher, day, and how often it was seen if known."""

    url: str | None
    title: str
    byline: tuple[str, ...]
    snippet: str


def _entries(run: StoredRun, lang: str) -> tuple[list[_Entry], list[_Entry]]:
    """Cited and other articles."""
    if not isinstance(run.response, AnalysisResponse):
        year = _latest_year(run.evidence)
        return [], [_of_card(card, lang, year) for card in run.evidence]
    citations = cite(run.response, run.evidence)
    cited = [_of_citation(item, lang, citations.this_year) for item in citations.items]
    known = {item.card.article_id for item in citations.items if item.card}
    others = [card for card in run.evidence if card.article_id not in known]
    return cited, [_of_card(card, lang, citations.this_year) for card in others]


def _of_citation(item: Citation, lang: str, year: int) -> _Entry:
    evidence = item.evidence
    byline = (
        item.card.source if item.card else "",
        evidence_date(evidence.date, lang, this_year=year),
        _views(item.card, lang),
    )
    return _Entry(evidence.url, evidence.title, byline, evidence.snippet)


def _of_card(card: EvidenceCard, lang: str, year: int) -> _Entry:
    day = evidence_date(card.date, lang, this_year=year) if card.date else ""
    byline = (card.source, day or say(lang, "sources-undated"), _views(card, lang))
    return _Entry(card.url, card.title, byline, card.snippet)


def _views(card: EvidenceCard | None, lang: str) -> str:
    if card is None or card.views is None:
        return ""
    if card.views < _SHORT_FROM:
        return say(lang, "views-full", n=card.views)
    return say(lang, "views-short", n=format_compact(card.views, lang))


def _entry(number: int, entry: _Entry) -> Content:
    """A linked title, who and when, and the snippet unless it only repeats the title."""
    title, snippet = one_line(entry.title), one_line(entry.snippet)
    shown = "" if title.startswith(snippet.rstrip("…")) else cut(snippet, _MAX_SNIPPET)
    return (
        Line((f"{number}. ", Link(entry.url, cut(title, _MAX_TITLE)))),
        Line(Join(tuple(one_line(part) for part in entry.byline))),
        Line(Italic(shown)),
    )


def _latest_year(cards: Sequence[EvidenceCard]) -> int:
    return max((int(card.date[:4]) for card in cards if card.date), default=0)
