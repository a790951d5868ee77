"""`newsdesk migrate` and `newsdesk move`: the database's schema, and its way to a server."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Mapping

from bot_service.console import progress
from schemas.settings import Settings
from schemas.status import MigrateSummary, MoveSummary
from services.wiring import databases


async def _migrate(_: argparse.Namespace, settings: Settings) -> int:
    """Bring the configured database up to date, and say from which schema to which."""
    sys.stdout.write(migrate_line(await databases(settings).migrate()) + "\n")
    return 0


async def _move(arguments: argparse.Namespace, settings: Settings) -> int:
    """Copy the desk of the data folder to a server, and say what to set then."""
    with progress("Moving") as report:
        summary = await databases(settings).move(arguments.to, on_progress=report)
    sys.stdout.write(move_words(summary) + "\n")
    return 0


def migrate_line(summary: MigrateSummary) -> str:
    """Say what became of the schema."""
    if summary.before is None:
        return f"{summary.database}: was empty, now has schema {summary.after}."
    if summary.before != summary.after:
        return f"{summary.database}: schema {summary.before} is now {summary.after}."
    if summary.after != summary.known:
        return (
            f"{summary.database}: schema {summary.after} of a newer Newsdesk, with which this one "
            f"({summary.known}) works; nothing was changed."
        )
    return f"{summary.database}: schema {summary.after} is the newest; nothing was changed."


def move_words(summary: MoveSummary) -> str:
    """Say what was moved, and what to set so that it is used."""
    match summary.state:
        case "known":
            done = (
                f"{summary.target} holds this desk already; nothing was done. To copy the folder "
                "anew, give an empty database."
            )
        case "copied" | "restarted":
            done = (
                f"{summary.rows:,} rows of {summary.tables} tables are in {summary.target}, the "
                "same as in the folder, row by row."
            )
            if summary.rows_before:
                done += f" {summary.rows_before:,} of them were there from an earlier try."
            if summary.state == "restarted":
                done += " The desk had changed since an earlier try, so all was copied anew."
    return (
        f"{done}\n"
        "The folder was not changed. Now set\n"
        "  NEWSDESK_DATABASE_URL  the address that you gave after --to\n"
        "  NEWSDESK_QDRANT_URL    a Qdrant server, if search shall run on one too; then\n"
        "                         `newsdesk reindex` fills it from the database"
    )


DATABASE_COMMANDS: Mapping[str, Callable[[argparse.Namespace, Settings], Awaitable[int]]] = {
    "migrate": _migrate,
    "move": _move,
}
