"""Lines of JSON in and out: rows with an id, fields by their usual names, damage in its place."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from core.errors import NewsdeskError, SourceFailed, UsageError

MAX_LINE_BYTES = 256 * 1024 * 1024
"""A longer line is refused whole and never held in memory; a row may carry a whole document."""

TITLE = ("title",)
TEXT = ("text", "description", "summary")
URL = ("url", "link")
SOURCE = ("source", "channel", "publisher")
DATE = ("published_at", "published", "date", "first_seen")
_ID = ("id", "guid")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

RowId = str | int | float
Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """One readable line; `id` is its own, or its line number from 0."""

    id: RowId
    fields: Mapping[str, object]

    def has(self, *names: str) -> bool:
        """Whether any of these fields is there and not null."""
        return any(self.fields.get(name) is not None for name in names)

    def first(self, names: Iterable[str]) -> str:
        """Give the first field of these that holds words, as text; empty when none does."""
        return first_text(self.fields, names)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a task found for a row."""

    id: RowId
    fields: Fields


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line or a row without an answer: where it stands (from 0), its id if it has one, why."""

    line: int | None
    id: RowId | None
    reason: str


Rows = Iterable[Row | BadRow]
Answers = Iterator[Answer | BadRow]
Task = Callable[[Rows], Answers]
"""A batch task: as many answers as rows, in the same order."""


def read_rows(stream: BinaryIO) -> Iterator[Row | BadRow]:
    """Read JSON objects, one a line, UTF-8; blank lines are nothing but are counted.

    Memory is bounded by the longest line.
    """
    number = -1
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            _skip_line(stream)
            limit = MAX_LINE_BYTES // 2**20
            yield BadRow(number, None, f"the line is longer than {limit} MB")
            continue
        if number == 0:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield _read_line(line, number)


def write_row(found: Answer | BadRow) -> bytes:
    """Write one line of the output, UTF-8, line end included."""
    match found:
        case Answer():
            row: Fields = {"id": found.id, **found.fields}
        case BadRow(id=None):
            row = {"line": found.line, "error": found.reason}
        case BadRow():
            row = {"id": found.id, "error": found.reason}
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except UnicodeEncodeError:  # half of a character, as an id may hold it
        return json.dumps(row, allow_nan=False).encode() + b"\n"


def each(answer: Callable[[Row], Fields]) -> Task:
    """Make a task of what answers a single row."""

    def run(rows: Rows) -> Answers:
        for row in rows:
            yield row if isinstance(row, BadRow) else attempt(row, answer)

    return run


def attempt(row: Row, answer: Callable[[Row], Fields]) -> Answer | BadRow:
    """Answer a row; what is wrong with it becomes its answer, and the rows after it go on.

    Raises:
        NewsdeskError: The desk itself failed, so that no other row would fare better.
    """
    try:
        return Answer(row.id, answer(row))
    except (UsageError, SourceFailed) as error:
        return BadRow(None, row.id, str(error))
    except (NewsdeskError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - one document must not take the others with it
        words = f"this should not have happened ({type(error).__name__}: {error})"
        return BadRow(None, row.id, words)


def first_text(fields: Mapping[str, object], names: Iterable[str]) -> str:
    """Give the first field of these that holds words; an object stands for its name or title."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, Mapping):  # news APIs nest it: {"source": {"name": …}}
            value = value.get("name") or value.get("title")
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return _SURROGATE.sub("\ufffd", value)
    return ""


def words_of(row: Row) -> tuple[str, str]:
    """Give title and text of a row; either may be empty.

    Raises:
        UsageError: The row has no such field at all.
    """
    if not row.has(*TITLE, *TEXT):
        raise UsageError("nothing to read: no title and no text", field="row")
    return row.first(TITLE), row.first(TEXT)


def _read_line(line: bytes, number: int) -> Row | BadRow:
    try:
        row = json.loads(line.decode("utf-8"))
        if not isinstance(row, dict):
            raise ValueError("not an object; each line takes one JSON object")
        given = _own_id(row)
    except (ValueError, RecursionError) as error:
        return BadRow(number, None, _reason(error))
    return Row(number if given is None else given, row)


def _own_id(row: Mapping[str, object]) -> RowId | None:
    for name in _ID:
        given = row.get(name)
        if given is None or given == "":
            continue
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            raise ValueError(f"{name!r} must be a string or a number")
        if isinstance(given, float) and not math.isfinite(given):
            raise ValueError(f"{name!r} must be a finite number")
        return given
    return None


def _reason(error: ValueError | RecursionError) -> str:
    match error:
        case UnicodeDecodeError():
            return f"not UTF-8 at byte {error.start + 1}"
        case json.JSONDecodeError():
            return f"not JSON: {error.msg.removesuffix(' at')} at character {error.pos + 1}"
        case RecursionError():
            return "not readable: nested too deeply"
        case ValueError(args=(str(said),)) if said.startswith("Exceeds the limit"):
            return "not readable: a number of too many digits"
        case _:
            return str(error)


def _skip_line(stream: BinaryIO) -> None:
    while chunk := stream.readline(2**20):
        if chunk.endswith(b"\n"):
            return
