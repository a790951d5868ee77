"""The screens about language models: what they cost, and the switch for operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot_service.telegram.screens import Screen, data
from core.rendering.money import format_dollars
from core.rendering.receivers import receivers_in_words
from core.rendering.richtext import Bold, Content, Line, Paragraph
from core.rendering.spending import limit_of, render_desk, render_own
from core.rendering.words import say
from schemas.model_reports import Receiver
from schemas.runs import Button
from schemas.spending import SpendingReport

MODELS: Final = "mod"
USAGE: Final = "use"


@dataclass(frozen=True, slots=True)
class ModelState:
    """What operators see of language models.

    `keys` are all that were found, `receivers` those that routes lead to.
    """

    is_on: bool
    is_by_setting: bool
    keys: Sequence[Receiver]
    receivers: Sequence[Receiver]
    search: Receiver | None = None
    """Who is sent every question and article to find by meaning."""


def models_screen(state: ModelState, spent: SpendingReport, *, lang: str) -> Screen:
    """Whether models are on, which keys there are, what leaves the machine, what was spent."""
    state_line = say(lang, "models-state-on" if state.is_on else "models-state-off")
    lines: list[Content] = [
        Paragraph(Bold(say(lang, "models-title"))),
        Line(state_line),
        Line(say(lang, "models-by-setting")) if state.is_by_setting else "",
        Paragraph(_keys(state, lang)),
    ]
    if state.receivers:
        names = receivers_in_words(state.receivers, lang, has_hosts=True)
        lines += [
            Paragraph(Bold(say(lang, "models-leaves-title"))),
            Line(say(lang, "models-leaves", list=names)),
            Line(say(lang, "models-leaves-private")),
        ]
    if state.search is not None:
        name = receivers_in_words([state.search], lang, has_hosts=True)
        lines.append(Paragraph(say(lang, "privacy-search", list=name)))
    today = limit_of(spent, "global_day_usd")
    if today is not None:
        used, limit = format_dollars(today.used, lang), format_dollars(today.limit, lang)
        lines.append(Paragraph(say(lang, "models-today", used=used, limit=limit)))
    rows: list[tuple[Button, ...]] = []
    if not state.is_by_setting:
        key, turn = ("tap-models-off", "off") if state.is_on else ("tap-models-on", "on")
        rows.append((Button(text=say(lang, key), data=data(MODELS, turn)),))
    rows.append((Button(text=say(lang, "tap-usage-desk"), data=data(USAGE, "model")),))
    rows.append((Button(text=say(lang, "tap-back"), data=data("set")),))
    return tuple(lines), tuple(rows)


def own_usage_screen(report: SpendingReport, *, lang: str, is_operator: bool) -> Screen:
    """A person's day and week; operators get a button to the whole desk's."""
    rows: tuple[tuple[Button, ...], ...] = ()
    if is_operator:
        rows = ((Button(text=say(lang, "tap-usage-desk"), data=data(USAGE, "model")),),)
    return render_own(report, lang=lang), rows


def desk_usage_screen(report: SpendingReport, *, lang: str) -> Screen:
    """What the whole desk spent, and the other way of sorting it."""
    other = "model" if report.by == "command" else "command"
    return render_desk(report, lang=lang), (
        (Button(text=say(lang, f"tap-usage-{other}"), data=data(USAGE, other)),),
        (Button(text=say(lang, "tap-back"), data=data(USAGE, "own")),),
    )


def start_line(state: ModelState, *, lang: str) -> str:
    """Say on an operator's start screen how models stand; empty where there is nothing to say."""
    if state.is_on:
        names = receivers_in_words(state.receivers, lang, has_hosts=True)
        return say(lang, "start-models-on", list=names) if names else ""
    names = receivers_in_words(state.keys, lang, has_hosts=True)
    return say(lang, "start-models-off", list=names) if names else ""


def _keys(state: ModelState, lang: str) -> str:
    if not state.keys:
        return say(lang, "models-no-keys")
    names = receivers_in_words(state.keys, lang, has_hosts=True)
    words = say(lang, "models-keys", list=names)
    return words if state.receivers else f"{words}. {say(lang, 'models-no-route')}"
