"""JSON lines to raw items: fields by their usual names, damage told apart line by line."""

import gzip
import html
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

from core.errors import UsageError
from core.stories.intake import BadLine
from schemas.articles import RawItem

MAX_LINE_BYTES = 8 * 1024 * 1024
"""A longer line is refused whole and never held in memory."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
MAX_AHEAD = timedelta(hours=24)
"""A date before `EARLIEST` or this far ahead of now is no credible date: unknown."""

_ID = ("guid", "id")
_TITLE = ("title",)
_TEXT = ("text", "description", "summary")
_URL = ("url", "link")
_SOURCE = ("source", "channel", "publisher")
_DATE = ("published_at", "published", "date", "first_seen")

_ENTITY = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[a-zA-Z]{2,8}\d{0,2});")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LANG = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
_EPOCH = re.compile(r"\d{9,13}(\.\d+)?")
_FRACTION = re.compile(r"(?<=:\d\d)[.,](\d+)")


def read_jsonl(
    origin: Path | BinaryIO, *, now: datetime, source: str | None = None
) -> Iterator[RawItem | BadLine]:
    """Read items from a `.jsonl` file (also `.gz`), a folder of them, or a binary stream.

    A folder's files are read in order of name. Lines stream: memory is bounded by the longest
    line. Blank lines are nothing.

    Args:
        origin: What to read; a stream is read to its end and left open.
        now: Aware UTC; dates more than 24 h ahead of it are unknown.
        source: Source of items that name none; by default the file's name without endings.

    Yields:
        Items in the order of the input, and a `BadLine` for each line without a readable one.

    Raises:
        UsageError: If the path does not exist, cannot be read, or is a folder without JSON
        lines.
    """
    if not isinstance(origin, Path):
        yield from _read_stream(origin, name="input", source=source or "input", now=now)
        return
    for path in _files(origin):
        with ExitStack() as stack:
            try:
                raw = stack.enter_context(path.open("rb"))
            except OSError as error:
                raise UsageError(
                    f"{path} cannot be read: {error.strerror}", field="path", word=str(path)
                ) from error
            is_packed = raw.peek(2)[:2] == b"\x1f\x8b"  # a pipe cannot be read again
            stream: BinaryIO = stack.enter_context(gzip.open(raw)) if is_packed else raw  # type: ignore[assignment]
            yield from _read_stream(
                stream, name=path.name, source=source or path.name.split(".", 1)[0], now=now
            )


def parse_date(value: object, *, now: datetime) -> datetime | None:
    """Give a time from ISO 8601, RFC 2822 or epoch seconds or milliseconds, None if not credible.

    The time is aware UTC; one without zone is taken as UTC. Nothing is guessed: before 1990,
    more than 24 h ahead of `now`, or unreadable is None.
    """
    moment: datetime | None = None
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            moment = _from_epoch(float(value))
        elif isinstance(value, str) and len(value) <= 64:
            text = value.strip()
            moment = _from_epoch(float(text)) if _EPOCH.fullmatch(text) else _from_text(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment and EARLIEST <= moment <= now + MAX_AHEAD else None


def _files(origin: Path) -> list[Path]:
    if origin.is_dir():
        found = sorted(
            path
            for path in origin.iterdir()
            if path.name.endswith((".jsonl", ".jsonl.gz")) and not path.is_dir()
        )
        if not found:
            raise UsageError(f"{origin} holds no .jsonl files", field="path", word=str(origin))
        return found
    if not origin.exists():
        raise UsageError(f"{origin} does not exist", field="path", word=str(origin))
    return [origin]


def _read_stream(
    stream: BinaryIO, *, name: str, source: str, now: datetime
) -> Iterator[RawItem | BadLine]:
    number = 0
    try:
        while line := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
                _skip_line(stream)
                limit = MAX_LINE_BYTES // 2**20
                yield BadLine(name, number, f"the line is longer than {limit} MB")
                continue
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            found = _read_line(line, source=source, now=now)
            yield BadLine(name, number, found) if isinstance(found, str) else found
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        yield BadLine(name, number + 1, f"the compressed file is damaged from here ({error})")
    except OSError as error:
        yield BadLine(name, number + 1, f"the file cannot be read from here ({error.strerror})")


def _skip_line(stream: BinaryIO) -> None:
    while chunk := stream.readline(2**20):
        if chunk.endswith(b"\n"):
            return


def _read_line(line: bytes, *, source: str, now: datetime) -> RawItem | str:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start + 1}"
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg.removesuffix(' at')} at character {error.pos + 1}"
    except RecursionError:
        return "not readable: nested too deeply"
    except ValueError as error:
        return f"not readable: {error}"
    if not isinstance(row, dict):
        return f"not an object but {_kind(row)}; each line takes one JSON object"
    title, text = (_decoded(_first(row, names)) for names in (_TITLE, _TEXT))
    if not title.strip() and not text.strip():
        return "nothing to read: no title and no text"
    url = _first(row, _URL).strip()
    return RawItem(
        source=_first(row, _SOURCE).strip() or source,
        guid=_first(row, _ID).strip() or None,
        url=url if re.match(r"https?://[^\s/]", url, re.IGNORECASE) else None,
        title=title.strip(),
        text=text,
        lang=_lang(row.get("lang")),
        published_at=_first_date(row, now=now),
    )


def _first(row: Mapping[str, object], names: Sequence[str]) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, Mapping):  # news APIs nest it: {"source": {"name": …}}
            value = value.get("name") or value.get("title")
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return _SURROGATE.sub("\ufffd", value).replace("\x00", "")
    return ""


def _first_date(row: Mapping[str, object], *, now: datetime) -> datetime | None:
    dates = (parse_date(row.get(name), now=now) for name in _DATE)
    return next((moment for moment in dates if moment), None)


def _decoded(text: str) -> str:
    return html.unescape(text).replace("\x00", "") if _ENTITY.search(text) else text


def _lang(value: object) -> str | None:
    found = _LANG.match(value.strip()) if isinstance(value, str) else None
    return found.group().lower() if found else None


def _from_epoch(value: float) -> datetime:
    return datetime.fromtimestamp(value / 1000 if abs(value) >= 1e11 else value, tz=UTC)


def _from_text(text: str) -> datetime | None:
    iso = _FRACTION.sub(lambda found: "." + found.group(1)[:6].ljust(6, "0"), text)
    iso = re.sub(r"\s*(UTC|GMT)$", "+00:00", iso)
    iso = re.sub(r"(?<=\d) (?=[+-]\d\d:?\d\d$)", "", iso).replace("/", "-")
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        moment = parsedate_to_datetime(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case _:
            return "a list"
