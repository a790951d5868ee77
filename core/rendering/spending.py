"""What models cost, as the chat shows it."""

from collections.abc import Sequence
from typing import Final, Literal, get_args

from core.rendering.money import format_dollars
from core.rendering.richtext import Bold, Content, Italic, Line, Paragraph
from core.rendering.units import cut, one_line
from core.rendering.words import say
from schemas.spending import LimitUse, Purpose, ScopeKind, SpendingLine, SpendingReport

MAX_LINES: Final = 12
MAX_KEY: Final = 60
ESTIMATED: Final = "≈ "
"""Before a sum that holds an estimate."""

_PURPOSES: Final = frozenset(
    purpose for part in get_args(Purpose) for purpose in (get_args(part) or (part,))
)


def render_own(report: SpendingReport, *, lang: str) -> Content:
    """Write a person's day within its limits, and their week by command."""
    lines: list[Content] = [Paragraph(Bold(say(lang, "usage-title")))]
    commands = limit_of(report, "user_day_commands")
    if commands is not None:
        used, limit = commands.used, commands.limit
        lines.append(_item(say(lang, "usage-commands", used=used, limit=limit)))
    is_any_spent = report.total.n_attempts > 0
    if report.are_models_on or is_any_spent:
        money = limit_of(report, "user_day_usd")
        if money is not None:
            lines.append(_item(_of_limit("usage-money", money, lang)))
    else:
        lines.append(_item(say(lang, "usage-money-off")))
    lines.append(Line(say(lang, "usage-new-day")))
    if report.are_models_on or is_any_spent:
        lines.append(Paragraph(Bold(say(lang, "usage-week"))))
        lines.extend(_table(report, "command", lang, empty="usage-nothing"))
    return tuple(lines)


def render_desk(report: SpendingReport, *, lang: str) -> Content:
    """Write what the whole desk spent, by model or by command, for operators."""
    by: Literal["model", "command"] = "command" if report.by == "command" else "model"
    lines: list[Content] = [Paragraph(Bold(say(lang, "usage-desk-title")))]
    today = limit_of(report, "global_day_usd")
    if today is not None:
        lines.append(_item(_of_limit("usage-desk-today", today, lang)))
    lines.append(Paragraph(Bold(say(lang, f"usage-by-{by}"))))
    lines.extend(_table(report, by, lang, empty="usage-desk-nothing"))
    return tuple(lines)


def limit_of(report: SpendingReport, kind: ScopeKind) -> LimitUse | None:
    """Give how far a limit is used up, None when the report does not tell."""
    return next((use for use in report.limits if use.kind == kind), None)


def sum_words(line: SpendingLine, lang: str) -> str:
    """Write the money of a line, marked where some of it is an estimate."""
    return (ESTIMATED if line.n_estimated else "") + format_dollars(line.micro_usd, lang)


def _of_limit(key: str, use: LimitUse, lang: str) -> str:
    used, limit = format_dollars(use.used, lang), format_dollars(use.limit, lang)
    return say(lang, key, used=used, limit=limit)


def _table(report: SpendingReport, by: str, lang: str, *, empty: str) -> list[Content]:
    if not report.lines:
        return [Line(say(lang, empty))]
    lines = [_item(_in_words(line, by, lang)) for line in _dearest(report.lines)]
    n_more = len(report.lines) - len(lines)
    if n_more > 0:
        lines.append(_item(say(lang, "usage-more", n=n_more)))
    total = say(lang, "usage-total", sum=sum_words(report.total, lang))
    found: list[Content] = [*lines, Paragraph(total)]
    if report.total.n_estimated:
        found.append(Line(Italic(say(lang, "usage-estimated"))))
    return found


def _dearest(lines: Sequence[SpendingLine]) -> list[SpendingLine]:
    return sorted(lines, key=lambda line: (-line.micro_usd, line.key))[:MAX_LINES]


def _in_words(line: SpendingLine, by: str, lang: str) -> str:
    name = cut(one_line(line.key), MAX_KEY)
    if by == "command" and line.key in _PURPOSES:
        name = say(lang, f"usage-key-{line.key}")
    elif not line.key:
        name = say(lang, "usage-nobody")
    words = say(lang, "usage-line", key=name, sum=sum_words(line, lang))
    words += f" · {say(lang, 'usage-calls', n=line.n_attempts)}"
    if line.n_failed:
        words += f", {say(lang, 'usage-failed', n=line.n_failed)}"
    return words


def _item(words: str) -> Content:
    return Line(("• ", words))
