"""Replies that end badly on purpose, and streams."""

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

WRITES = 12
ABORT, CLOSE = "newsdesk.abort", "newsdesk.close"
"""Keys of a request's scope: functions that end its connection, at once or after what is sent."""


class Hanging(Response):
    """Takes a request and never answers; ends when the client goes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the client to give up."""
        await _until_gone(receive)


class Dropped(Response):
    """Closes the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """End the connection with a reset."""
        _end(scope, ABORT)
        await _until_gone(receive)


class CutBody(Response):
    """Announces a whole body, sends half of it and closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is sent."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        _end(scope, CLOSE)
        await _until_gone(receive)


class Streamed(Response):
    """Sends server-sent events at an even pace over `seconds`; `is_cut`: only the first half.

    Events travel in at most a dozen writes, so that a long reply costs no more than a short one.
    """

    def __init__(
        self,
        events: Sequence[bytes],
        *,
        headers: dict[str, str],
        seconds: float = 0.0,
        is_cut: bool = False,
    ) -> None:
        super().__init__(headers=headers, media_type="text/event-stream")
        del self.headers["content-length"]
        n = -(-len(events) // WRITES) or 1
        self._writes = [b"".join(events[at : at + n]) for at in range(0, len(events), n)]
        self._pace_s = seconds / max(1, len(self._writes))
        self._is_cut = is_cut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        n = len(self._writes) // 2 if self._is_cut else len(self._writes)
        for write in self._writes[:n]:
            await send({"type": "http.response.body", "body": write, "more_body": True})
            await asyncio.sleep(self._pace_s)
        if self._is_cut:
            _end(scope, CLOSE)
            await _until_gone(receive)
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _end(scope: Scope, how: str) -> None:
    cast(Callable[[], None], scope[how])()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
