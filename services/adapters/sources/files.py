"""Files and folders of news of any kind, one after the other, told apart by their content."""

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, assert_never

from core.errors import UsageError
from core.stories.intake import BadLine
from schemas.articles import RawItem
from schemas.sources import FeedLink
from services.adapters.sources.jsonl import read_jsonl
from services.adapters.sources.kinds import HEAD_BYTES, kind_of
from services.adapters.sources.telegram_export import read_export_stream

MAX_DOCUMENT_BYTES = 50 * 1024 * 1024
"""A larger feed, list or page is refused; JSON lines and exports may have any size."""

EXPORT = "result.json"
KNOWN = "JSON lines, RSS, Atom, JSON Feed, OPML, Telegram exports and saved pages"

_EXPORT_FOLDER = re.compile(r"(?:Chat|Data)Export")
_BESIDE_EXPORT = re.compile(
    r".*\.(?:jpe?g|png|gif|webp|tgs|mp4|mov|webm|mkv|avi|mp3|ogg|oga|opus|m4a|wav|flac|pdf|vcf|html?"
    r"|zip|docx?|xlsx?|pptx?|apk)",
    re.IGNORECASE | re.DOTALL,
)
Found = RawItem | BadLine | FeedLink


@dataclass(frozen=True, slots=True)
class _File:
    """An opened file: `name` is for messages, `source` for items that name none."""

    stream: BinaryIO
    name: str
    source: str
    now: datetime

    def bad(self, reason: str) -> BadLine:
        return BadLine(self.name, 1, reason)


def read_files(path: Path, *, now: datetime) -> Iterator[Found]:
    """Read a file or a folder of news: JSON lines, feeds, OPML, Telegram exports, saved pages.

    What a file is, its content says; `.gz` is unpacked. A folder is read in order of name without
    its subfolders, but for Telegram Desktop's own (`ChatExport_…`, `DataExport_…`). Hidden files
    and the pictures, documents and pages beside an export are passed over. JSON lines and exports
    stream; a document of another kind is held whole, up to `MAX_DOCUMENT_BYTES`.

    Args:
        path: What to read.
        now: Aware UTC; dates more than 24 h ahead of it are unknown.

    Yields:
        Items and addresses of feeds in the order of the input, and a `BadLine` for each line or
        file that cannot be read.

    Raises:
        UsageError: If the path does not exist or cannot be opened, or is a folder without files.
    """
    if not path.is_dir():
        yield from _read_path(path, name=path.name, now=now)
        return
    files = _files(path)
    if not files:
        raise UsageError(
            f"{path} holds no files; what can be read is {KNOWN}", field="path", word=str(path)
        )
    is_export = any(file.name == EXPORT for file in files)
    for file in files:
        if is_export and _BESIDE_EXPORT.fullmatch(file.name):
            continue
        name = str(file.relative_to(path))
        try:
            yield from _read_path(file, name=name, now=now)
        except UsageError as error:
            yield BadLine(name, 1, str(error))


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if not path.is_dir():
            found.append(path)
        elif _EXPORT_FOLDER.match(path.name) and (path / EXPORT).is_file():
            found.append(path / EXPORT)
    return found


def _read_path(path: Path, *, name: str, now: datetime) -> Iterator[Found]:
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(path.open("rb"))
        except FileNotFoundError as error:
            raise UsageError(f"{path} does not exist", field="path", word=str(path)) from error
        except OSError as error:
            raise UsageError(
                f"{path} cannot be read: {error.strerror}", field="path", word=str(path)
            ) from error
        is_packed = raw.peek(2)[:2] == b"\x1f\x8b"  # a pipe cannot be read again
        stream: BinaryIO = stack.enter_context(gzip.open(raw)) if is_packed else raw  # type: ignore[assignment]
        source = path.name.split(".", 1)[0]
        try:
            yield from _read_stream(_File(stream, name, source, now), is_pipe=not path.is_file())
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            yield BadLine(name, 1, f"the compressed file is damaged ({error})")
        except OSError as error:
            yield BadLine(name, 1, f"the file cannot be read ({error.strerror})")


def _read_stream(file: _File, *, is_pipe: bool) -> Iterator[Found]:
    head, failure = _head(file.stream)
    kind = kind_of(head, name=file.name, is_pipe=is_pipe)
    whole = file
    if is_pipe:  # it cannot go back to its beginning
        whole = replace(file, stream=io.BufferedReader(_HeadFirst(head, file.stream, failure)))
    else:
        file.stream.seek(0)
    match kind:
        case "lines":
            for found in read_jsonl(whole.stream, now=file.now, source=file.source):
                yield replace(found, origin=file.name) if isinstance(found, BadLine) else found
        case "export":
            yield from read_export_stream(whole.stream, name=file.name, now=file.now)
        case "document":
            body = whole.stream.read(MAX_DOCUMENT_BYTES + 1)
            if len(body) > MAX_DOCUMENT_BYTES:
                limit = MAX_DOCUMENT_BYTES // 2**20
                yield file.bad(f"the file is larger than {limit} MB; split it or leave it out")
                return
            from services.adapters.sources.documents import (  # noqa: PLC0415 - most start without
                read_document,
            )

            yield from read_document(body, name=file.name, source=file.source, now=file.now)
        case "unknown":
            yield file.bad(f"it is none of what can be read: {KNOWN}")
        case _:
            assert_never(kind)


def _head(stream: BinaryIO) -> tuple[bytes, Exception | None]:
    """Read the beginning of a file; gives what came before a failure, and the failure."""
    read_some: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    head = b""
    try:
        while len(head) < HEAD_BYTES and (piece := read_some(HEAD_BYTES - len(head))):
            head += piece
    except (EOFError, zlib.error, OSError) as error:  # gzip's own errors are among them
        return head, error
    return head, None


class _HeadFirst(io.RawIOBase):
    """A stream that gives what was read of another one already, then the rest or the failure."""

    def __init__(self, head: bytes, rest: BinaryIO, failure: Exception | None) -> None:
        super().__init__()
        self._head = head
        self._rest = rest
        self._failure = failure

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        if not self._head and self._failure is not None:
            raise self._failure
        piece = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)
