"""What the commands of `newsdesk` do, and how they tell it to a terminal."""

import argparse
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot_service.dispatch import WRONG_USAGE
from core.errors import UsageError
from schemas.articles import ImportSummary
from schemas.errors import ErrorCode, ErrorResponse
from schemas.requests import WINDOWS
from schemas.runs import Reply
from schemas.setting_types import to_utc
from schemas.settings import Settings
from services.clock import clock_from
from services.importing import OnProgress
from services.orchestrator import execute_analyze, execute_trends, open_desk

EXIT_OF_CODE: dict[ErrorCode, int] = {
    "MODEL_UNAVAILABLE": 1,
    "INTERNAL": 1,
    "NO_DATA": 3,
    "BUDGET_EXCEEDED": 3,
    "VALIDATION_FAILED": 3,
}
SHOWN_PROBLEMS = 20
_OWN_HANDLE = re.compile(r"/dev/stdin|/(?:dev|proc/self)/fd/(\d+)")
"""What each process understands as something of its own: `< file`, `<(command)`."""


async def _ask(arguments: argparse.Namespace, settings: Settings) -> int:
    now = _moment(arguments.now)
    asked, words = _window_of(arguments)
    window = asked or settings.answer.default_window
    clock = clock_from(settings.now)
    async with open_desk(settings):
        if now is None and settings.now is not None:
            # A clock that is set counts for this command, whoever owns the folder.
            now = clock()
        if arguments.command == "trends":
            reply = await execute_trends(
                window,
                lang=arguments.lang,
                source=arguments.source,
                reply_lang=arguments.reply_lang,
                mode=arguments.depth,
                now=now,
            )
        else:
            reply = await execute_analyze(
                arguments.mode,
                " ".join(words) or None,
                window,
                lang=arguments.lang,
                source=arguments.source,
                k_final=arguments.k_final,
                reply_lang=arguments.reply_lang,
                depth=arguments.depth,
                now=now,
            )
    _print_reply(reply, is_json=arguments.json)
    return exit_code(reply)


def _window_of(arguments: argparse.Namespace) -> tuple[str | None, list[str]]:
    """Give the window that was asked for, as an option or a word, and the other words."""
    words = list(arguments.words)
    if arguments.window is not None:
        return arguments.window, words
    if arguments.command == "trends" and words:
        return " ".join(words), []
    asked = next((word for word in words if word in WINDOWS), None)
    if asked is not None:
        words.remove(asked)
    return asked, words


def exit_code(reply: Reply) -> int:
    """Give the exit code of an answer, a refusal or an error."""
    if not isinstance(reply.response, ErrorResponse):
        return 0
    if reply.response.error.tech_message.startswith("usage:"):
        return WRONG_USAGE
    return EXIT_OF_CODE[reply.response.error.code]


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return to_utc(datetime.fromisoformat(text))
    except ValueError:
        raise UsageError(
            f"--now takes an ISO time of our days such as 2024-11-10T12:00Z, got {text[:80]!r}",
            field="option",
            word=text,
        ) from None


def _print_reply(reply: Reply, *, is_json: bool) -> None:
    if is_json:
        sys.stdout.write(reply.response.model_dump_json(indent=2) + "\n")
        return
    stream = sys.stderr if isinstance(reply.response, ErrorResponse) else sys.stdout
    stream.write(with_links(reply) + "\n")


def with_links(reply: Reply) -> str:
    """Give the text of a reply with each evidence link written out once, for a plain terminal."""
    units = reply.text.encode("utf-16-le")
    links: dict[str, str] = {}
    for entity in reply.entities:
        if entity.type == "text_link" and entity.url:
            span = units[2 * entity.offset : 2 * (entity.offset + entity.length)]
            links.setdefault(entity.url, span.decode("utf-16-le").strip())
    if not links:
        return reply.text
    return reply.text + "\n\n" + "\n".join(f"{label}  {url}" for url, label in links.items())


async def _import(arguments: argparse.Namespace, settings: Settings) -> int:
    async with open_desk(settings) as desk:
        with progress("Importing") as report:
            summary = await desk.import_paths(_absolute(arguments.paths), on_progress=report)
    _print_summary(summary, is_json=arguments.json)
    return WRONG_USAGE if summary.problems else 0


def _absolute(paths: Sequence[str]) -> list[Path]:
    """Name files so that another process, with another working folder, finds the same ones."""
    return [Path(_OWN_HANDLE.sub(_handle_of_this_process, path)).absolute() for path in paths]


def _handle_of_this_process(found: re.Match[str]) -> str:
    return f"/proc/{os.getpid()}/fd/{found[1] or 0}"


def _print_summary(summary: ImportSummary, *, is_json: bool) -> None:
    if is_json:
        sys.stdout.write(summary.model_dump_json(indent=2) + "\n")
    else:
        sys.stdout.write(summary_line(summary) + "\n")
    for problem in summary.problems[:SHOWN_PROBLEMS]:
        sys.stderr.write(f"newsdesk: {problem}\n")
    n_more = max(summary.refused, len(summary.problems)) - SHOWN_PROBLEMS
    if n_more > 0:
        sys.stderr.write(f"newsdesk: … and {n_more:,} more that could not be read\n")


def summary_line(summary: ImportSummary) -> str:
    """Say what became of the items that were read, naming only what occurred."""
    feeds = "1 feed" if summary.feeds == 1 else f"{summary.feeds:,} feeds"
    if not summary.read:
        if summary.feeds:
            return f"Found {feeds} in the given files."
        return "Nothing was read: there is no line in the given files."
    what = "1 item" if summary.read == 1 else f"{summary.read:,} items"
    rate = f" ({summary.read / summary.elapsed_s:,.0f} a second)" if summary.elapsed_s > 1 else ""
    versions = "1 new version" if summary.revised == 1 else f"{summary.revised:,} new versions"
    parts = (
        (summary.new, f"{summary.new:,} new"),
        (summary.near, f"{summary.near:,} of them syndicated copies"),
        (summary.revised, versions),
        (summary.duplicate, f"{summary.duplicate:,} known already"),
        (summary.refused, f"{summary.refused:,} not readable"),
    )
    told = ", ".join(words for n, words in parts if n)
    also = f" Found {feeds}." if summary.feeds else ""
    return f"Read {what} in {summary.elapsed_s:.1f} s{rate}: {told}.{also}"


async def _reindex(_: argparse.Namespace, settings: Settings) -> int:
    async with open_desk(settings, is_rebuild=True) as desk:
        with progress("Indexing") as report:
            n = await desk.reindex(on_progress=report)
    sys.stdout.write(f"The search index holds {n:,} articles.\n")
    return 0


async def _purge(_: argparse.Namespace, settings: Settings) -> int:
    async with open_desk(settings) as desk:
        gone = await desk.purge()
    sys.stdout.write(
        f"Deleted {gone.articles:,} articles, {gone.runs:,} answers, {gone.outbox:,} outbox rows, "
        f"{gone.ledger:,} events and counters.\n"
    )
    return 0


async def _sources(arguments: argparse.Namespace, settings: Settings) -> int:
    from bot_service.source_console import print_report, read_order  # noqa: PLC0415 - one command

    order = read_order(arguments.action, arguments.values)
    async with open_desk(settings) as desk:
        with progress("Polling") as report:
            told = await desk.manage_sources(order, on_progress=report)
    now = clock_from(settings.now)()
    return print_report(order, told, now=now, is_json=arguments.json)


async def _usage(arguments: argparse.Namespace, settings: Settings) -> int:
    from bot_service.usage_console import show_usage  # noqa: PLC0415 - one command

    return await show_usage(arguments, settings)


async def _models(arguments: argparse.Namespace, settings: Settings) -> int:
    from bot_service.models_report import show_models  # noqa: PLC0415 - one command

    return await show_models(arguments, settings)


@contextmanager
def progress(label: str) -> Iterator[OnProgress]:
    """Show a bar on a terminal; silence elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(label, total=None)

        def report(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        yield report


COMMANDS: Mapping[str, Callable[[argparse.Namespace, Settings], Awaitable[int]]] = {
    "trends": _ask,
    "analyze": _ask,
    "import": _import,
    "reindex": _reindex,
    "purge": _purge,
    "sources": _sources,
    "usage": _usage,
    "models": _models,
}
