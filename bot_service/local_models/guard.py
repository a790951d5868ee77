"""Who may talk to the stand-ins: programs and the browser of this machine, nobody's web site."""

import asyncio

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot_service.local_telegram.guard import is_loopback_host

_READING = frozenset({"GET", "HEAD"})
_PAGE_HEADERS = {
    b"content-security-policy": (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
}
"""For the page and its data; the providers' own replies carry their own headers alone."""


class Guard:
    """Refuses foreign Host headers (DNS rebinding) and foreign pages that write (CSRF)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        reason = _why_not(headers, str(scope["method"]))
        if reason is not None:
            await PlainTextResponse(reason, status_code=403)(scope, receive, send)
            return
        is_page = str(scope["path"]).startswith(("/_fake", "/page")) or scope["path"] == "/"
        await self._app(scope, receive, _with_headers(send) if is_page else send)


def _why_not(headers: dict[bytes, bytes], method: str) -> str | None:
    host = headers.get(b"host", b"").decode("latin-1")
    if not is_loopback_host(host):
        return "This server answers only to localhost."
    if method in _READING:
        return None
    origin = headers.get(b"origin")
    if origin is not None and origin != b"http://" + host.encode("latin-1"):
        return "Requests from other pages are refused."
    if headers.get(b"sec-fetch-site", b"same-origin") not in {b"same-origin", b"none"}:
        return "Requests from other pages are refused."
    return None


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_PAGE_HEADERS.items()]
        await send(message)

    return send_with_headers


class Stoppable:
    """Lets requests that wait be cancelled when the server stops, without a word in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.is_stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request."""
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self.is_stopping:
                raise
