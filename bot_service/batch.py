"""`newsdesk batch TASK`: JSON lines in, JSON lines out, in order; no desk is opened."""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from bot_service.dispatch import WRONG_USAGE
from core.errors import UsageError
from schemas.settings import Settings
from services.batch.rows import BadRow, Task, each, read_rows, write_row
from services.clock import clock_from
from services.wiring import date_reader, document_readers, open_index


def run_batch(arguments: argparse.Namespace, settings: Settings) -> int:
    """Answer every line of the standard input; gives the exit code.

    Raises:
        UsageError: An option does not fit the task, or the corpus cannot be read.
    """
    _check(arguments)
    if sys.stdin is None or sys.stdout is None:
        raise UsageError(
            "`newsdesk batch` reads its standard input and writes to its standard output, and one "
            "of them is closed; give it both",
            field="option",
        )
    n_bad = 0
    with ExitStack() as stack:
        stack.enter_context(_stopped_by_sigterm())
        if arguments.task == "search":
            task, n_bad = _search(Path(arguments.corpus), settings, stack)
        else:
            task = _task(arguments, settings)
        n_bad += answer_all(task, sys.stdin.buffer, sys.stdout.buffer)
    return WRONG_USAGE if n_bad else 0


def answer_all(task: Task, source: BinaryIO, target: BinaryIO) -> int:
    """Write one line for each row as soon as it is known; gives how many could not be answered."""
    n_bad = 0
    for found in task(read_rows(source)):
        target.write(write_row(found))
        target.flush()  # whoever feeds line by line waits for the answer
        if isinstance(found, BadRow):
            n_bad += 1
            _tell(found, "input")
    return n_bad


def _check(arguments: argparse.Namespace) -> None:
    if (arguments.task == "search") != (arguments.corpus is not None):
        raise UsageError(
            "`newsdesk batch search` needs --corpus FILE, and no other task takes it",
            field="option",
            word="--corpus",
        )
    if arguments.final and arguments.task != "stories":
        raise UsageError("only `newsdesk batch stories` takes --final", field="option")


def _task(arguments: argparse.Namespace, settings: Settings) -> Task:
    """Build a task; each imports what it needs and nothing more."""
    match arguments.task:
        case "stories":
            from services.batch.stories import follow, repaired  # noqa: PLC0415

            read_date = date_reader(clock_from(settings.now))
            return repaired(read_date) if arguments.final else each(follow(read_date))
        case "pairs":
            from services.batch.pairs import Pairs  # noqa: PLC0415

            return each(Pairs().answer)
        case "pii" | "injection":
            from services.batch import guards  # noqa: PLC0415

            return each(guards.pii if arguments.task == "pii" else guards.injection)
        case "policy":
            from services.batch.sentences import policy  # noqa: PLC0415

            return each(policy)
        case "feeds" | "opml" | "extract":
            from services.batch import documents  # noqa: PLC0415

            make = {
                "feeds": documents.feeds,
                "opml": documents.opml,
                "extract": documents.extract,
            }[arguments.task]
            return each(make(document_readers(clock_from(settings.now))))
        case _:
            from services.batch import texts  # noqa: PLC0415

            answers = {
                "keyphrases": texts.keyphrases,
                "sentiment": texts.sentiment,
                "language": texts.language,
                "category": texts.category,
            }
            return each(answers[arguments.task])


def _search(path: Path, settings: Settings, stack: ExitStack) -> tuple[Task, int]:
    """Index the corpus in a folder of its own, which goes when the stack unwinds."""
    from services.batch.search import Corpus  # noqa: PLC0415 - other tasks have no index

    try:
        source = stack.enter_context(path.open("rb"))
    except OSError as error:
        raise UsageError(
            f"--corpus {str(path)!r} cannot be read: {error.strerror}", field="option"
        ) from error
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="newsdesk-corpus-"))
    runner = stack.enter_context(asyncio.Runner())
    index, embedder = open_index(settings, Path(folder) / "index")
    stack.callback(lambda: runner.run(index.aclose()))
    corpus = Corpus(index, embedder, runner=runner)
    n_bad = 0
    for bad in corpus.fill(read_rows(source)):
        n_bad += 1
        _tell(bad, "corpus")
    return each(corpus.answer), n_bad


def _tell(bad: BadRow, where: str) -> None:
    place = f"line {bad.line}" if bad.id is None else f"row {bad.id!r}"
    sys.stderr.write(f"newsdesk: {where}, {place}: {bad.reason}\n")


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl+C does, so that the corpus's folder goes."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
