"""The bytes of an answer's body, unpacked while they arrive and never more than allowed.

Every step gives about `STEP_BYTES`, so a small answer that unpacks to gigabytes is noticed when it
passes the limit, not when the memory is gone.
"""

import io
import zlib
from collections.abc import Iterator
from typing import Protocol

from core.errors import SourceFailed

STEP_BYTES = 64 * 1024

MAX_MEMBERS = 1_000
"""A gzip file may hold several; each costs time even when empty, and only attacks have so many."""

ENCODINGS = "gzip, deflate, br"
"""What may be asked for."""

_GZIP = b"\x1f\x8b"
_GZIP_WBITS = 16 + zlib.MAX_WBITS


class _Damaged(Exception):
    """The packed data cannot be unpacked."""


class _Engine(Protocol):
    @property
    def is_complete(self) -> bool:
        """Whether the data may end here."""
        ...

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """Give what some more bytes stand for, in small pieces."""
        ...


class Body:
    """Collects one body, packed by gzip, deflate or brotli or not at all.

    Servers err about what they send: what is said to be gzip but is not is taken as it is, and
    gzip that nobody announced is unpacked.
    """

    def __init__(self, encoding: str, *, max_bytes: int, url: str) -> None:
        """Begin a body.

        Args:
            encoding: The `Content-Encoding`, empty for none.
            max_bytes: Most bytes to take in, and most to give.
            url: The address for messages, without secrets.

        Raises:
            SourceFailed: With reason `unreadable` for an encoding nobody asked for.
        """
        self._encoding = encoding.strip().lower()
        if self._encoding not in ("", "identity", "gzip", "x-gzip", "deflate", "br"):
            raise SourceFailed(
                f"{url} is packed with {self._encoding[:40]!r}, which was not asked for; "
                f"{ENCODINGS} are understood",
                reason="unreadable",
            )
        self._max_bytes = max_bytes
        self._url = url
        self._out = io.BytesIO()  # its value is given without a second copy of the whole
        self._n_out = 0
        self._n_raw = 0
        self._start = b""
        self._engine: _Engine | None = _Brotli() if self._encoding == "br" else None

    def feed(self, data: bytes) -> None:
        """Take some more bytes as they came from the network.

        Raises:
            SourceFailed: With reason `too_large`, or `unreadable` if the packing is damaged.
        """
        self._n_raw += len(data)
        if self._n_raw > self._max_bytes:
            raise too_large(self._url, self._max_bytes)
        if self._engine is None:
            data = self._start + data
            if len(data) < 2:  # too little to tell what it is
                self._start = data
                return
            self._engine = _engine(self._encoding, data[:2])
        try:
            for piece in self._engine.unpack(data):
                self._n_out += len(piece)
                if self._n_out > self._max_bytes:
                    raise too_large(self._url, self._max_bytes)
                self._out.write(piece)
        except _Damaged as error:
            raise SourceFailed(
                f"what {self._url} packed cannot be unpacked ({error})", reason="unreadable"
            ) from error

    def finish(self) -> bytes:
        """Give the whole body.

        Raises:
            SourceFailed: With reason `connect`, if the packed data has no end.
        """
        if self._engine is None:
            return self._start
        if self._n_raw and not self._engine.is_complete:
            raise SourceFailed(
                f"{self._url} ended in the middle of its packed data; it may answer later",
                reason="connect",
            )
        return self._out.getvalue()


def too_large(url: str, max_bytes: int) -> SourceFailed:
    """Say that an answer is larger than allowed."""
    return SourceFailed(
        f"{url} is larger than {max_bytes / 1e6:g} MB, compressed or not; an operator can allow "
        "more with NEWSDESK_FETCH__MAX_MB",
        reason="too_large",
    )


def _engine(encoding: str, start: bytes) -> _Engine:
    if start == _GZIP:
        return _Inflate(_GZIP_WBITS)
    if encoding == "deflate":
        # The standard says zlib; many servers send the bare stream without its header.
        has_header = start[0] & 0x0F == 8 and int.from_bytes(start, "big") % 31 == 0
        return _Inflate(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
    return _Plain()


class _Plain:
    is_complete = True

    def unpack(self, data: bytes) -> Iterator[bytes]:
        yield data


class _Inflate:
    """Gzip, of several members too, zlib and bare deflate. Padding behind the end is ignored."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._stream = zlib.decompressobj(wbits)
        self._n_members = 1
        self._is_over = False
        self._next = b""

    @property
    def is_complete(self) -> bool:
        return self._stream.eof

    def unpack(self, data: bytes) -> Iterator[bytes]:
        while not self._is_over:
            if self._stream.eof:
                data = self._next + data
                self._next = b""
                if not self._begins_another(data):
                    return
            try:
                piece = self._stream.decompress(data, STEP_BYTES)
            except zlib.error as error:
                raise _Damaged(error) from error
            yield piece
            data = self._stream.unused_data or self._stream.unconsumed_tail
            if not data and len(piece) < STEP_BYTES:
                return

    def _begins_another(self, data: bytes) -> bool:
        """Whether another gzip member follows; then the stream is ready for it."""
        if self._wbits != _GZIP_WBITS:
            self._is_over = True
        elif len(data) < 2:
            self._next = data  # too little to tell yet
        elif not data.startswith(_GZIP):
            self._is_over = True
        elif self._n_members == MAX_MEMBERS:
            raise _Damaged(f"it has more than {MAX_MEMBERS} gzip members")
        else:
            self._n_members += 1
            self._stream = zlib.decompressobj(self._wbits)
            return True
        return False


class _Brotli:
    def __init__(self) -> None:
        import brotli  # type: ignore[import-untyped]  # noqa: PLC0415 - most desks meet it only when they fetch

        self._stream = brotli.Decompressor()
        self._error = brotli.error

    @property
    def is_complete(self) -> bool:
        return bool(self._stream.is_finished())

    def unpack(self, data: bytes) -> Iterator[bytes]:
        # All of the input may be taken while most of the output is still to come.
        try:
            while not self._stream.is_finished():
                piece = self._stream.process(data, output_buffer_limit=STEP_BYTES)
                yield piece
                if not piece and self._stream.can_accept_more_data():
                    return
                data = b""
        except self._error as error:
            raise _Damaged(error) from error
