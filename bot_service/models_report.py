"""`newsdesk models list`, `check` and `drill` on a terminal."""

import argparse
import sys
from collections.abc import Iterator
from typing import cast, get_args

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot_service.console import EXIT_OF_CODE, progress
from bot_service.dispatch import FAILED
from core.rendering.money import format_dollars
from core.rendering.units import one_line
from schemas.model_reports import (
    CheckLine,
    ClockLine,
    DrillLine,
    ModelAction,
    ModelLine,
    ModelOrder,
    ModelsReport,
)
from schemas.settings import Settings
from services.orchestrator import open_desk

MIN_WIDTH = 120
"""Columns of a table that goes into a file or a pipe."""

NONE_THERE = EXIT_OF_CODE["NO_DATA"]
_LABELS = {"check": "Asking models", "drill": "Walking routes", "list": "Looking up prices"}
_NONE = (
    "No language model can be called: no key was found. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or "
    "GOOGLE_API_KEY, or name a server of your own in NEWSDESK_MODEL__ENTRIES.\n"
)


async def show_models(arguments: argparse.Namespace, settings: Settings) -> int:
    """Carry out `newsdesk models list`, `check` or `drill`; gives the exit code."""
    assert arguments.action in get_args(ModelAction)  # noqa: S101 - the parser allows no other
    order = ModelOrder(action=cast(ModelAction, arguments.action))
    async with open_desk(settings) as desk:
        with progress(_LABELS[order.action]) as told:
            report = await desk.manage_models(order, on_progress=told)
    if arguments.json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    else:
        match order.action:
            case "list":
                _print_list(report)
            case "check":
                _print_checks(report)
            case "drill":
                _print_drills(report)
    return _exit_code(order, report)


def _exit_code(order: ModelOrder, report: ModelsReport) -> int:
    if order.action == "list":
        return 0
    if order.action == "check":
        if not report.checks:
            return NONE_THERE
        return 0 if all(line.is_ok for line in report.checks) else FAILED
    if not all(line.is_ok for line in report.drills):
        return FAILED
    return 0 if any(line.task for line in report.drills) else NONE_THERE


def _state(report: ModelsReport) -> str:
    """Say whether language models are on, and who decides."""
    if report.is_by_setting:
        return "Language models are on (NEWSDESK_MODELS=on)."
    if report.are_models_on:
        return "Language models are on (an operator's button in /settings)."
    return (
        "Language models are off: no answer uses one until NEWSDESK_MODELS=on or an operator's "
        "button in /settings."
    )


def _print_list(report: ModelsReport) -> None:
    write = sys.stdout.write
    write(_state(report) + "\n")
    for line in report.models:
        write("\n" + "\n".join(_described(line, report)) + "\n")


def _described(line: ModelLine, report: ModelsReport) -> Iterator[str]:
    yield f"{line.name}  ({line.provider}, {line.model})"
    match line.key.state:
        case "found":
            yield _row("key", f"found: {line.key.setting}")
        case "missing":
            yield _row("key", f"not found: {line.key.setting}; it is left out of its routes")
        case _:
            yield _row("key", "none needed")
    if line.url is not None:
        yield _row("at", line.url)
    places = [f"{place.task} {place.position}" for place in line.routes]
    yield _row("routes", ", ".join(places) or "none")
    yield _row("price", _price(line, report))
    yield _row("quota", _quota(line))
    if line.status_page is not None:
        yield _row("status", line.status_page)
    if line.support is not None:
        yield _row("support", line.support)


def _row(name: str, words: str) -> str:
    return f"  {name:<8} {words}"


def _price(line: ModelLine, report: ModelsReport) -> str:
    price = line.price
    if price is None:
        return "none known, so it is not used where money counts: set its `price`"
    if price.input == price.cached == price.output == 0:
        return "costs nothing, by its setting"
    by = "by its setting"
    if price.source == "table":
        by = f"by the price table of {report.prices_of}"
    dollars = (format_dollars(n, "en") for n in (price.input, price.cached, price.output))
    return "{} in, {} cached, {} out per million tokens, {}".format(*dollars, by)


def _quota(line: ModelLine) -> str:
    parts = (
        (line.requests_per_minute, "requests a minute"),
        (line.tokens_per_minute, "tokens a minute"),
        (line.requests_per_day, "requests a day"),
    )
    return ", ".join(f"{n:,} {words}" for n, words in parts if n) or "none set"


def _print_checks(report: ModelsReport) -> None:
    write = sys.stdout.write
    write(_state(report) + "\n")
    if not report.checks:
        write(_NONE)
        return
    if not report.are_models_on:
        write("They were called now, since you asked for it.\n")
    write("\n")
    for line in report.checks:
        write("\n".join(_checked(line)) + "\n")
    for clock in report.clocks:
        write(_clock(clock))
    total = sum(line.micro_usd for line in report.checks)
    write(f"\nTogether: {_sum(total, any(line.is_estimate for line in report.checks))}\n")


def _checked(line: CheckLine) -> Iterator[str]:
    who = f"{line.name} ({line.provider}, {line.model})"
    cost = _sum(line.micro_usd, line.is_estimate)
    if line.is_ok:
        named = one_line(line.answered_by or "")
        yield f"✓ {who}: {named} answered in {_seconds(line.latency_ms)}, {cost}"
        return
    yield f"✗ {who}: {one_line(line.problem)}"
    if line.latency_ms is not None:
        yield f"    after {_seconds(line.latency_ms)}, {cost}"
    if line.advice:
        yield f"    → {line.advice}"


def _clock(clock: ClockLine) -> str:
    way = "ahead of" if clock.ahead_s > 0 else "behind"
    minutes = abs(clock.ahead_s) / 60
    return (
        f"! this machine's clock is {minutes:,.0f} min {way} that of {clock.url}\n"
        "    → set it: keys and certificates fail when it is wrong, and days are counted by it\n"
    )


def _print_drills(report: ModelsReport) -> None:
    write = sys.stdout.write
    write(_state(report) + "\n")
    if not any(line.task for line in report.drills):
        write(_NONE)
    write("\n")
    table = Table(box=None, pad_edge=False, header_style="")
    for name in ("", "Asked", "Not called", "Answered by"):
        table.add_column(name, overflow="fold")
    for name in ("Time", "Allowed", "Dollars"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Passed over")
    for line in report.drills:
        table.add_row(*(Text(cell) for cell in _drilled(line)))
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console = Console(file=sys.stdout, highlight=False, width=MIN_WIDTH)
    console.print(table)
    for line in report.drills:
        if line.problem:
            mark = "·" if line.is_ok else "✗"
            write(f"{mark} {line.task or _command(line)}: {one_line(line.problem)}\n")
    write(f"\nTogether: {_sum(sum(line.micro_usd for line in report.drills), False)}\n")


def _drilled(line: DrillLine) -> tuple[str, ...]:
    by = line.by or "nobody"
    if line.answered_by is not None and line.answered_by != line.by:
        by = f"{by} ({one_line(line.answered_by)})"
    return (
        "✓" if line.is_ok else "✗",
        line.task or _command(line),
        line.off or "every model",
        by,
        _seconds(line.took_ms),
        f"{line.deadline_s:g} s",
        _sum(line.micro_usd, False),
        "; ".join(line.passed),
    )


def _command(line: DrillLine) -> str:
    return "/trends" if line.command == "trends" else f"/analyze {line.command}"


def _seconds(ms: int | None) -> str:
    return "" if ms is None else f"{ms / 1_000:.2f} s"


def _sum(micro_usd: int, is_estimate: bool) -> str:
    return f"{'≈ ' if is_estimate else ''}{format_dollars(micro_usd, 'en')}"
