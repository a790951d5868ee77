"""A JSON document of any size, walked value by value in bounded memory."""

import codecs
import json
import re
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

CHUNK_BYTES = 1 << 18
MAX_VALUE_CHARS = 1 << 20
"""A longer value is never held in memory: it can only be passed over."""

_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_MARK = re.compile(r'["{}\[\]]')
_IN_STRING = re.compile(r'["\\]')
_SCALAR = re.compile(r"[^\s,\]}]+")
_OPENING = ('"', "{", "[")
_NEAR_END = 16
"""Characters: an error so close to the end of what was read may be that end and nothing else."""

_KEEP = 4_096
"""Characters kept while searching, so that a match is found across two reads."""

_decoder = json.JSONDecoder(strict=False)


class BrokenJson(ValueError):
    """The document cannot be read at `line`; `is_end`: there is nothing after it."""

    def __init__(self, reason: str, *, line: int, is_end: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.is_end = is_end


class JsonStream:
    """A cursor over a JSON document; memory is bounded by `MAX_VALUE_CHARS` and a chunk.

    The caller walks: `members` or `elements` of the value at the cursor, and takes each of them
    with exactly one of `members`, `elements`, `value` and `skip`. After a `BrokenJson`
    `find` sets the cursor to a later element.
    """

    def __init__(self, stream: BinaryIO) -> None:
        # one read at a time: what was unpacked before damaged bytes is not lost with them
        self._read_some: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self._failure: Exception | None = None
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text = ""
        self._at = 0
        self._lines_before = 0
        self._is_end = False
        self._is_placed = False

    @property
    def line(self) -> int:
        """The line of the cursor, from 1."""
        return self._lines_before + self._text.count("\n", 0, self._at) + 1

    def peek(self) -> str:
        """Give the next character that is no white space, "" at the end of the document."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                return ""

    def members(self) -> Iterator[str]:
        """Walk the object at the cursor: gives each key with the cursor at its value."""
        for _ in self._parts("{", "}"):
            key = self.value()
            if not isinstance(key, str):
                raise self._broken("a name is missing")
            self._expect(":")
            yield key

    def elements(self) -> Iterator[None]:
        """Walk the array at the cursor: gives a turn with the cursor at each element."""
        return self._parts("[", "]")

    def value(self) -> object:
        """Read the value at the cursor.

        Raises:
            BrokenJson: It is no JSON, too long or cut off; the cursor stays where it begins.
        """
        self.peek()
        while True:
            n_left = len(self._text) - self._at
            try:
                value, end = _decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise self._broken("a value is nested too deeply") from None
            except ValueError as error:
                at = getattr(error, "pos", self._at)
                is_cut = at >= len(self._text) - _NEAR_END or "Unterminated" in str(error)
                if not is_cut or self._is_end:
                    raise self._unreadable(error, is_cut=is_cut) from None
            else:
                if end < len(self._text) or self._is_end:
                    self._at = end
                    return value
            if n_left > MAX_VALUE_CHARS:
                raise self._broken(f"a value is longer than {MAX_VALUE_CHARS:,} characters")
            self._fill(n_left)

    def skip(self) -> None:
        """Pass over the value at the cursor without holding it."""
        if self.peek() in ("", ",", ":", "]", "}"):
            raise self._broken("a value is missing")
        if self.peek() not in _OPENING:
            self._next(_SCALAR)
            return
        depth = 0
        while True:
            mark = self._next(_MARK)
            if mark == '"':
                self._skip_string()
            else:
                depth += 1 if mark in _OPENING else -1
            if depth == 0:
                return

    def find(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Set the cursor to where `pattern` matches next, after the cursor; None: nowhere.

        A match is taken for an element: the walk over an array goes on there.
        """
        start = self._at + 1
        while True:
            found = pattern.search(self._text, start)
            if found is not None and (found.end() < len(self._text) or self._is_end):
                self._at = found.start()
                self._is_placed = True
                return found
            self._at = max(start, len(self._text) - _KEEP)
            if not self._fill():
                self._at = len(self._text)
                return None
            start = self._at

    def _parts(self, opening: str, closing: str) -> Iterator[None]:
        self._expect(opening)
        is_first = True
        while True:
            if not self._is_placed:
                if not is_first and self.peek() != closing:
                    self._expect(",")
                if self.peek() == closing:
                    self._at += 1
                    return
            self._is_placed = False
            is_first = False
            yield

    def _expect(self, mark: str) -> None:
        if self.peek() != mark:
            raise self._broken(f"{mark!r} is missing")
        self._at += 1

    def _next(self, pattern: re.Pattern[str]) -> str:
        """Pass over everything up to and including the next match; gives it."""
        while True:
            found = pattern.search(self._text, self._at)
            if found is not None and (found.end() < len(self._text) or self._is_end):
                self._at = found.end()
                return found[0]
            self._at = found.start() if found else len(self._text)
            n_left = len(self._text) - self._at
            if n_left > MAX_VALUE_CHARS:
                raise self._broken("a number is too long")
            if not self._fill(n_left) and found is None:
                raise self._broken("")

    def _skip_string(self) -> None:
        while self._next(_IN_STRING) == "\\":
            self._at += 1  # at most one past what is read: then nothing ends the string there

    def _fill(self, n_bytes: int = 0) -> bool:
        """Read on and forget what lies before the cursor; False at the end."""
        if self._is_end:
            return False
        chunk = self._read(max(CHUNK_BYTES, n_bytes))
        self._is_end = not chunk
        self._lines_before += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + self._decode.decode(chunk, final=not chunk)
        self._at = 0
        if self._is_end and self._failure is not None:
            raise self._broken(f"the file cannot be read from here ({self._failure})")
        return not self._is_end

    def _read(self, n_bytes: int) -> bytes:
        """Read up to so many bytes; what came before a failure counts, it is told at the end."""
        pieces: list[bytes] = []
        while n_bytes > 0 and self._failure is None:
            try:
                piece = self._read_some(n_bytes)
            except (EOFError, zlib.error, OSError) as error:  # gzip's own errors are among them
                self._failure = error
                break
            if not piece:
                break
            pieces.append(piece)
            n_bytes -= len(piece)
        return b"".join(pieces)

    def _unreadable(self, error: ValueError, *, is_cut: bool) -> BrokenJson:
        if is_cut and self._is_end:
            return self._broken("")
        said = getattr(error, "msg", "a number is too long")
        line = self.line + self._text.count("\n", self._at, getattr(error, "pos", self._at))
        return BrokenJson(f"not JSON: {said}", line=line)

    def _broken(self, reason: str) -> BrokenJson:
        is_end = self._is_end and (not reason or self.peek() == "")
        if is_end:
            reason = reason if self._failure else "the file ends before its time"
        return BrokenJson(reason or "not JSON", line=self.line, is_end=is_end)
