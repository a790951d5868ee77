"""`newsdesk sources` on a terminal: words to an order, a report to a table."""

import base64
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import cast, get_args

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot_service.dispatch import WRONG_USAGE
from core.errors import UsageError
from core.rendering.source_words import failure_words, state_words
from core.rendering.units import one_line
from core.rendering.words import format_number
from schemas.sources import SourceAction, SourceLine, SourceOrder, SourceReport

MAX_FILE = 20_000_000
"""Bytes of an OPML file; the largest public lists have two million."""

MAX_DIGITS = 18
"""No database numbers a row higher."""

MIN_WIDTH = 120
"""Columns of a table that goes into a file or a pipe."""

_TAKES: dict[SourceAction, tuple[str, ...]] = {
    "list": (),
    "add": ("ADDRESS",),
    "pause": ("ID",),
    "resume": ("ID",),
    "remove": ("ID",),
    "fulltext": ("ID", "on|off"),
    "check": (),
    "import": ("FILE",),
    "export": (),
}
_DID = {
    "add": "Added",
    "pause": "Paused",
    "resume": "Due again",
    "remove": "Removed (its articles stay)",
    "fulltext": "Changed",
}


def read_order(action: str, values: Sequence[str]) -> SourceOrder:
    """Turn the words of a command into an order.

    Raises:
        UsageError: Words are missing, too many, or no number, switch or readable file.
    """
    assert action in get_args(SourceAction)  # noqa: S101 - the parser allows nothing else
    what = cast(SourceAction, action)
    takes = _TAKES[what]
    if len(values) != len(takes):
        form = " ".join(["newsdesk sources", action, *takes])
        raise UsageError(
            f"`{form}` is the form of it, got {len(values)} values", field="option", word=action
        )
    match what:
        case "add":
            return SourceOrder(action=what, address=values[0])
        case "import":
            return SourceOrder(action=what, body_b64=base64.b64encode(_read(values[0])).decode())
        case "pause" | "resume" | "remove":
            return SourceOrder(action=what, source_id=_number(values[0]))
        case "fulltext":
            return SourceOrder(action=what, source_id=_number(values[0]), is_on=_switch(values[1]))
        case _:
            return SourceOrder(action=what)


def print_report(order: SourceOrder, report: SourceReport, *, now: datetime, is_json: bool) -> int:
    """Print what became of an order; gives the exit code."""
    added = report.added
    if is_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    elif report.opml is not None:
        sys.stdout.write(report.opml)
    elif added is not None:
        sys.stdout.write(
            f"{added.added:,} {'source' if added.added == 1 else 'sources'} added, "
            f"{added.known:,} known already, "
            f"{added.refused:,} refused.\n"
        )
        for problem in added.problems:
            sys.stderr.write(f"newsdesk: {one_line(problem)}\n")
    elif order.action in _DID:
        for line in report.sources:
            sys.stdout.write(f"{_DID[order.action]}: {_in_words(line)}\n")
        for address in report.also:
            sys.stdout.write(f"  its page names another feed: {address}\n")
    else:
        _print_table(report.sources, now)
    return WRONG_USAGE if added is not None and added.refused else 0


def _in_words(line: SourceLine) -> str:
    words = f"{line.id}  {one_line(line.title)}  {line.url}  {state_words(line.state, 'en')}"
    if line.state == "ok":
        return f"{words}, {line.n_items:,} articles"
    return f"{words}: {_problem(line)}" if line.reason else words


def _print_table(lines: Sequence[SourceLine], now: datetime) -> None:
    if not lines:
        sys.stdout.write("No source is polled; add one with `newsdesk sources add ADDRESS`.\n")
        return
    table = Table(box=None, pad_edge=False, header_style="")
    table.add_column("ID", justify="right", no_wrap=True)
    table.add_column("Source", overflow="fold")
    table.add_column("State", no_wrap=True)
    for name in ("Read", "Next", "A day"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Problem")
    for line in lines:
        cells = (
            str(line.id),
            _source(line),
            state_words(line.state, "en"),
            _ago(line.last_success_at, now),
            _until(line.next_poll_at, now),
            "–" if line.per_day is None else format_number(line.per_day, "en"),
            _problem(line) if line.reason else "",
        )
        # As Text, so that nothing in a title is taken for markup.
        table.add_row(*(Text(cell) for cell in cells))
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console = Console(file=sys.stdout, highlight=False, width=MIN_WIDTH)
    console.print(table)


def _source(line: SourceLine) -> str:
    marks = [line.kind] if line.kind != "feed" else []
    if line.has_full_text:
        marks.append("full text")
    ending = f" ({', '.join(marks)})" if marks else ""
    return f"{one_line(line.title)}{ending}\n{line.url}"


def _problem(line: SourceLine) -> str:
    if line.reason is None:
        return ""
    times = f" ({line.n_failures} times in a row)" if line.n_failures > 1 else ""
    return failure_words(line.reason, "en") + times


def _ago(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{_span((now - at).total_seconds())} ago"


def _until(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "–"
    left_s = (at - now).total_seconds()
    return "now" if left_s <= 0 else f"in {_span(left_s)}"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"{seconds / 86_400:.0f} d"


def _number(word: str) -> int:
    if not word.isascii() or not word.isdigit() or len(word) > MAX_DIGITS:
        raise UsageError(
            f"a source is named by its number in `newsdesk sources`, not {word!r}",
            field="option",
            word=word,
        )
    return int(word)


def _switch(word: str) -> bool:
    if word not in ("on", "off"):
        raise UsageError(f"full text is on or off, not {word!r}", field="option", word=word)
    return word == "on"


def _read(name: str) -> bytes:
    """Read a file to its end or to the most that is allowed; `-` is standard input."""
    try:
        if name == "-":
            body = sys.stdin.buffer.read(MAX_FILE + 1)
        else:
            with Path(name).open("rb") as file:
                body = file.read(MAX_FILE + 1)
    except OSError as error:
        raise UsageError(
            f"{name!r} cannot be read: {error.strerror or error}", field="option", word=name
        ) from error
    if len(body) > MAX_FILE:
        raise UsageError(
            f"{name!r} has more than {MAX_FILE // 1_000_000} MB; an OPML file is smaller",
            field="option",
            word=name,
        )
    return body
