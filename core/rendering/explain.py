"""Explain: how each figure of an answer came about, and what was missing."""

from collections.abc import Sequence
from typing import Final

from core.rendering.checks import render_checks
from core.rendering.citations import cite
from core.rendering.figures import emotion_list, signed
from core.rendering.money import format_dollars
from core.rendering.richtext import (
    Bold,
    Code,
    Content,
    Italic,
    Line,
    Paragraph,
    Quote,
    flatten,
)
from core.rendering.units import cut, one_line
from core.rendering.wording import wording_lines
from core.rendering.words import format_number, format_share, format_time, say
from schemas.analysis import AnalysisResponse
from schemas.facts import BaselineFacts, Facts, SentimentFacts, Surge, WindowFacts
from schemas.requests import WINDOWS
from schemas.runs import EvidenceCard, LegRank, RichText, StoredRun

FORMULA: Final = "z = 2(√(x+⅜) − √(μ+⅜))"
_MAX_SURGES = 4
_MAX_RANKED = 8
_MAX_TITLE = 44
_LEGS: Final = frozenset({"sparse", "dense"})


def render_explain(run: StoredRun, *, lang: str, tz: str) -> RichText:
    """Write how the figures of a stored run were computed.

    Which articles were counted, what the present was compared with and by which formula, where
    sentiment comes from, what confidence is made of, the ranks of the cited articles, what the
    checks did, what is missing, how long it took and what it cost. Lists are cut so that it stays
    one message, as it takes the answer's place.
    """
    return flatten(
        (
            Paragraph(Bold(say(lang, "explain-title"))),
            _refused(run, lang),
            _facts(run, run.facts, lang, tz) if run.facts else say(lang, "explain-no-facts"),
            _confidence(run, lang),
            _missing(run, lang),
            _ranks(run, lang),
            _checks(run, lang),
            _machine(run, lang),
        )
    )


def _section(key: str, lang: str, *lines: Content) -> Content:
    title = Line(Bold(say(lang, key)))
    return Paragraph((title, *(Line(line) for line in lines)))


def _folded(key: str, lang: str, *lines: Content) -> Content:
    return Paragraph(Quote(_section(key, lang, *lines), is_expandable=True))


def _refused(run: StoredRun, lang: str) -> Content:
    if isinstance(run.response, AnalysisResponse):
        return Paragraph(Italic(one_line(run.response.header)))
    code = run.response.error.code
    return Paragraph(say(lang, "explain-refused", code=code))


def _facts(run: StoredRun, facts: Facts, lang: str, tz: str) -> Content:
    sentiment: Content = ""
    if facts.sentiment is not None:
        sentiment = _sentiment(facts.sentiment, facts.window, lang, tz)
    elif run.request.command in {"trends", "sentiment"}:
        sentiment = _section("explain-sentiment", lang, say(lang, "explain-sentiment-none"))
    return (
        Paragraph(_section("explain-window", lang, *_window(facts.window, lang, tz))),
        _section("explain-baseline", lang, *_baseline(facts, lang)),
        sentiment,
    )


def _window(window: WindowFacts, lang: str, tz: str) -> list[Content]:
    asked, used = _length(window.asked, lang), _length(window.used, lang)
    lines: list[Content] = [
        say(
            lang,
            "explain-window-span",
            start=format_time(window.start, lang, tz),
            end=format_time(window.end, lang, tz),
            asked=asked,
        )
    ]
    if window.is_widened:
        lines.append(say(lang, "explain-window-widened", asked=asked, used=used))
    lines.append(say(lang, f"explain-match-{window.match}"))
    lines.append(
        say(
            lang,
            "explain-counted",
            counted=window.n_counted,
            matching=window.n_matching,
            publishers=say(lang, "count-publishers", n=window.n_families),
        )
    )
    lines.append(say(lang, "explain-families"))
    if window.languages:
        most = sorted(window.languages.items(), key=lambda item: -item[1])[:6]
        counts = ", ".join(f"{code} {format_number(n, lang)}" for code, n in most)
        lines.append(say(lang, "explain-languages", list=counts))
    if window.n_undated:
        articles = say(lang, "count-articles", n=window.n_undated)
        lines.append(say(lang, "explain-undated", articles=articles))
    return lines


def _length(name: str, lang: str) -> str:
    return say(lang, f"window-{name}") if name in WINDOWS else one_line(name)


def _baseline(facts: Facts, lang: str) -> list[Content]:
    baseline = facts.baseline
    if baseline is None:
        return [say(lang, "explain-baseline-none")]
    unread: list[Content] = []
    if baseline.n_unread:
        unread.append(say(lang, "explain-baseline-unread", n=baseline.n_unread))
    if not baseline.is_enough:
        return [say(lang, "explain-baseline-thin", history=_history(baseline, lang)), *unread]
    compared = say(
        lang,
        "explain-baseline-enough",
        n=baseline.n_windows,
        history=_history(baseline, lang),
        tested=say(lang, "explain-things", n=baseline.n_tested),
    )
    tested = [(topic.label, topic.surge) for topic in facts.topics if topic.surge]
    tested = tested or [(story.headline, story.surge) for story in facts.stories if story.surge]
    lines: list[Content] = [compared, *unread, Code(FORMULA), Italic(say(lang, "explain-formula"))]
    for label, surge in tested[:_MAX_SURGES]:
        name = Bold(cut(one_line(label), _MAX_TITLE))
        lines.append((name, ": ", _surge(surge, lang)))
    return lines


def _history(baseline: BaselineFacts, lang: str) -> str:
    return say(lang, "explain-days", n=baseline.history_h // 24)


def _surge(surge: Surge, lang: str) -> str:
    verdict = "explain-new" if surge.is_new else "explain-burst"
    states = (
        say(lang, verdict if surge.is_burst or surge.is_new else "explain-no-burst"),
        say(lang, f"explain-state-{surge.state}"),
    )
    return say(
        lang,
        "explain-surge",
        observed=surge.observed,
        expected=format_number(surge.expected, lang, digits=2),
        z=format_number(surge.z, lang, digits=2),
        before=format_number(surge.z_before, lang, digits=2),
        p=_chance(surge.p, lang),
        q=_chance(surge.q, lang),
        state=", ".join(states),
    )


def _chance(p: float, lang: str) -> str:
    """A probability with three decimals, a small one as an upper bound."""
    if p < 0.001:
        return "< " + format_number(0.001, lang, digits=3)
    return "= " + format_number(p, lang, digits=3)


def _sentiment(sentiment: SentimentFacts, window: WindowFacts, lang: str, tz: str) -> Content:
    mean = say(
        lang,
        "explain-sentiment-mean",
        measured=sentiment.n_measured,
        counted=window.n_counted,
        score=signed(sentiment.overall, lang),
        positive=sentiment.n_positive,
        negative=sentiment.n_negative,
    )
    emotions = emotion_list(sentiment.emotions, lang)
    aspects = [
        say(
            lang,
            "explain-aspect",
            name=cut(one_line(aspect.name), _MAX_TITLE),
            score=signed(aspect.score, lang),
            articles=say(lang, "count-articles", n=aspect.n),
        )
        for aspect in sentiment.aspects[:4]
    ]
    slices = [
        say(
            lang,
            "explain-timeline",
            start=format_time(part.start, lang, tz),
            end=format_time(part.end, lang, tz),
            score=signed(part.score, lang),
            articles=say(lang, "count-articles", n=part.n),
        )
        for part in sentiment.timeline[-6:]
    ]
    shown = [say(lang, "explain-emotions", list=emotions)] if emotions else []
    details = Quote(tuple(Line(line) for line in (*aspects, *slices)), is_expandable=True)
    return _section("explain-sentiment", lang, mean, *shown), details


def _confidence(run: StoredRun, lang: str) -> Content:
    if not isinstance(run.response, AnalysisResponse) or run.facts is None:
        return ""
    share = format_share(run.response.meta.confidence, lang)
    parts, window = run.facts.confidence, run.facts.window
    if parts is None:
        return _section(
            "explain-confidence", lang, say(lang, "explain-confidence-of", share=share)
        )
    return _section(
        "explain-confidence",
        lang,
        say(lang, "explain-confidence-of", share=share),
        say(lang, "explain-agreement", share=format_share(parts.agreement, lang)),
        say(
            lang,
            "explain-sample",
            share=format_share(parts.sample, lang),
            articles=say(lang, "count-articles", n=window.n_counted),
        ),
        say(lang, "explain-margin", share=format_share(parts.margin, lang)),
    )


def _missing(run: StoredRun, lang: str) -> Content:
    if not isinstance(run.response, AnalysisResponse) or not run.response.warnings:
        return ""
    first = run.response.warnings[:4]
    warnings = (Italic(cut(one_line(text), 160)) for text in first)
    return _section("explain-missing", lang, *warnings)


def _ranks(run: StoredRun, lang: str) -> Content:
    """Cited articles under the answer's numbers, each with its place in every search."""
    if isinstance(run.response, AnalysisResponse):
        items = cite(run.response, run.evidence).items
        cited = [(f"[{item.number}] ", item.card) for item in items if item.card]
    else:
        cited = [("• ", card) for card in run.evidence]
    lines = [(mark, _rank_line(card, lang)) for mark, card in cited[:_MAX_RANKED] if card.legs]
    return _folded("explain-evidence", lang, *lines) if lines else ""


def _rank_line(card: EvidenceCard, lang: str) -> Content:
    legs = [_leg(leg, lang) for leg in card.legs]
    if card.fused_score:
        score = format_number(card.fused_score, lang, digits=4)
        legs.append(say(lang, "explain-fused", score=score))
    return cut(one_line(card.title), _MAX_TITLE), ": ", "; ".join(legs)


def _leg(leg: LegRank, lang: str) -> str:
    name = say(lang, f"explain-leg-{leg.leg}") if leg.leg in _LEGS else one_line(leg.leg)
    score = format_number(leg.score, lang, digits=2)
    return say(lang, "explain-rank", leg=name, rank=leg.rank, score=score)


def _checks(run: StoredRun, lang: str) -> Content:
    if not run.policy:
        return ""
    return _section("explain-policy", lang, *render_checks(run.policy, lang))


def _machine(run: StoredRun, lang: str) -> Content:
    cost = format_dollars(run.cost_usd_micro, lang)
    model = one_line(run.response.meta.model)
    worded = (
        say(lang, "explain-local", cost=cost)
        if model == "local"
        else say(lang, "explain-model", model=model, cost=cost)
    )
    lines: list[Content] = [worded, *wording_lines(run, lang)]
    if run.timings_ms:
        lines.append(_timings(run.timings_ms, lang))
    trace = Code(one_line(run.correlation_id))
    lines.append((say(lang, "explain-id", id=run.id), " ", trace))
    return _section("explain-machine", lang, *lines)


def _timings(timings_ms: dict[str, int], lang: str) -> str:
    parts: Sequence[str] = [f"{node} {format_number(ms, lang)}" for node, ms in timings_ms.items()]
    total = format_number(sum(timings_ms.values()), lang)
    return say(lang, "explain-timings", total=total, list=", ".join(parts))
