"""`newsdesk usage` on a terminal: what models cost, in dollars."""

import argparse
import sys
from datetime import date
from typing import cast, get_args

from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.errors import UsageError
from core.rendering.money import format_dollars
from core.rendering.spending import ESTIMATED, sum_words
from core.rendering.units import one_line
from schemas.model_reports import UsageOrder
from schemas.settings import Settings
from schemas.spending import ScopeKind, SpendingBy, SpendingLine, SpendingReport
from services.orchestrator import open_desk

MIN_WIDTH = 120
"""Columns of a table that goes into a file or a pipe."""

FIRST_YEAR, LAST_YEAR = 1971, 9000
"""A calendar ends where nobody spends; days before and after must exist."""

_NOBODY = "(nobody in particular)"
_LIMITS: dict[ScopeKind, str] = {
    "user_day_commands": "commands of a person",
    "command_tokens": "tokens of a command",
    "command_usd": "money of a command",
    "user_day_usd": "money of a person",
    "chat_day_usd": "money of a chat",
    "global_day_usd": "money of everybody",
}


async def show_usage(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what models cost; gives the exit code.

    Raises:
        UsageError: A day is no day, or the days are in the wrong order.
    """
    order = UsageOrder(
        by=_by(arguments.by),
        since=_day(arguments.since, "--since"),
        until=_day(arguments.until, "--until"),
    )
    async with open_desk(settings) as desk:
        report = await desk.usage(order)
    if arguments.json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    else:
        _print(report)
    return 0


def _print(report: SpendingReport) -> None:
    days = (
        f"{report.since}" if report.since == report.until else f"{report.since} – {report.until}"
    )
    sys.stdout.write(f"Language models, {days} (UTC):\n\n")
    if report.lines:
        _print_table(report)
        if report.total.n_estimated:
            sys.stdout.write(
                f"\n{ESTIMATED.strip()} with estimates: a model did not say what it used, so the "
                "most it can have cost is counted.\n"
            )
    else:
        sys.stdout.write("Nothing was spent: no language model was asked in these days.\n")
    sys.stdout.write("\n")
    for use in report.limits:
        used, limit = format_dollars(use.used, "en"), format_dollars(use.limit, "en")
        sys.stdout.write(f"Today, {_LIMITS[use.kind]}: {used} of {limit}\n")
    state = "on" if report.are_models_on else "off: every answer is computed here"
    sys.stdout.write(f"Language models are {state}.\n")


def _print_table(report: SpendingReport) -> None:
    table = Table(box=None, pad_edge=False, header_style="")
    table.add_column((report.by or "command").capitalize(), overflow="fold")
    for name in ("Calls", "Failed", "Tokens in", "cached", "out", "Dollars"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in report.lines:
        table.add_row(*_cells(line, one_line(line.key) or _NOBODY))
    if len(report.lines) > 1:
        table.add_row(*_cells(report.total, "Together"))
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console = Console(file=sys.stdout, highlight=False, width=MIN_WIDTH)
    console.print(table)


def _cells(line: SpendingLine, name: str) -> list[Text]:
    usage = line.usage
    return [
        # As Text, so that nothing in a name is taken for markup.
        Text(cell)
        for cell in (
            name,
            f"{line.n_attempts:,}",
            f"{line.n_failed:,}",
            f"{usage.input_tokens:,}",
            f"{usage.cached_tokens:,}",
            f"{usage.output_tokens:,}",
            sum_words(line, "en"),
        )
    ]


def _by(word: str) -> SpendingBy:
    assert word in get_args(SpendingBy)  # noqa: S101 - the parser allows nothing else
    return cast(SpendingBy, word)


def _day(word: str | None, option: str) -> date | None:
    if word is None:
        return None
    try:
        day = date.fromisoformat(word)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(word)
    except ValueError:
        raise UsageError(
            f"{option} takes a day such as 2026-03-14, got {word!r}", field="option", word=word
        ) from None
    return day
