"""HTTP/1.1 over one stream, by h11: one request at a time, with limits on what comes back.

httpx and httpcore stand on h11 as well. They are left out because their connection pool looks at
every open connection for every request (a third of a millisecond with 64 open), resolves names by
itself, and has no limit on the number of chunks or informational answers; polling thousands of
feeds wants all three otherwise.
"""

from dataclasses import dataclass

import h11

from core.errors import SourceFailed
from services.adapters.sources.connecting import Stream

MAX_HEAD_BYTES = 64 * 1024

MAX_INFORMATIONAL = 10
"""Answers of the kind 1xx before the real one."""

_MANY_CHUNKS = 4_096
_MIN_CHUNK_BYTES = 16
"""Honest servers send larger pieces on average; smaller ones only cost time to take apart."""

Headers = list[tuple[str, str]]


class Broken(Exception):
    """The connection broke, or what came is no HTTP; `is_silent`: before anything came."""

    def __init__(self, message: str, *, is_silent: bool) -> None:
        super().__init__(message)
        self.is_silent = is_silent


class Connection:
    """One stream and what was said on it."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._url = ""
        self._n_received = self._n_chunks = self._n_bytes = 0

    def is_reusable(self) -> bool:
        """Make ready for another request, if the last answer was read to its end."""
        if self._state.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
            return False
        if self._state.trailing_data[0]:
            return False  # more than the answer came: nobody knows what it belongs to
        self._state.start_next_cycle()
        return self.stream.is_usable

    async def ask(self, target: str, headers: Headers, *, url: str) -> "Answer":
        """Send a GET request and give the answer as soon as its head is there.

        Args:
            target: What to ask for: a path with its query, or a whole address for a proxy.
            headers: All headers of the request, `Host` among them.
            url: The address for messages, without secrets.

        Raises:
            Broken: If the connection broke or what came is no HTTP.
            SourceFailed: With reason `too_large` for a head without end, `address` for a request
            that cannot be written down.
        """
        try:
            sent = self._state.send(h11.Request(method="GET", target=target, headers=headers))
            sent = (sent or b"") + (self._state.send(h11.EndOfMessage()) or b"")
        except h11.LocalProtocolError as error:
            raise SourceFailed(f"{url} cannot be asked for ({error})", reason="address") from error
        self._url = url
        self._n_received = self._n_chunks = self._n_bytes = 0
        try:
            await self.stream.write(sent)
        except OSError as error:
            raise Broken(error.strerror or str(error), is_silent=True) from error
        for _ in range(MAX_INFORMATIONAL + 1):
            event = await self._next()
            if isinstance(event, h11.Response):
                return Answer(event.status_code, _headers(event), self)
        raise self._endless_head()

    async def piece(self) -> bytes:
        """Give what `Answer.piece` promises."""
        while isinstance(event := await self._next(), h11.Data):
            self._n_chunks += 1
            self._n_bytes += len(event.data)
            if self._n_chunks > _MANY_CHUNKS and self._n_bytes < self._n_chunks * _MIN_CHUNK_BYTES:
                raise SourceFailed(
                    f"{self._url} sends its answer in {self._n_chunks} pieces of a few bytes; "
                    "nothing that means well does that",
                    reason="too_large",
                )
            if event.data:
                return bytes(event.data)
        return b""

    async def _next(self) -> object:
        while True:
            try:
                event = self._state.next_event()
            except h11.RemoteProtocolError as error:
                if error.error_status_hint == 431:
                    raise self._endless_head() from error
                raise Broken(str(error)[:200], is_silent=False) from error
            if event is not h11.NEED_DATA:
                return event
            try:
                data = await self.stream.read()
            except OSError as error:
                raise Broken(
                    error.strerror or str(error), is_silent=not self._n_received
                ) from error
            if not data and not self._n_received:
                raise Broken("it hung up without an answer", is_silent=True)
            self._n_received += len(data)
            self._state.receive_data(data)

    def _endless_head(self) -> SourceFailed:
        return SourceFailed(
            f"{self._url} sends headers without end (more than {MAX_HEAD_BYTES // 1024} KB, or "
            f"{MAX_INFORMATIONAL} answers before the real one)",
            reason="too_large",
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and headers of an answer; names are lower case, the first of a name counts."""

    status: int
    headers: dict[str, str]
    _connection: Connection

    async def piece(self) -> bytes:
        """Give some more of the body as it comes; empty at its end.

        Raises:
            Broken: If the connection broke before the end.
            SourceFailed: With reason `too_large` for absurdly many pieces or endless trailers.
        """
        return await self._connection.piece()


def _headers(event: h11.Response) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in event.headers:
        found.setdefault(name.decode("latin-1"), value.decode("latin-1"))
    return found
