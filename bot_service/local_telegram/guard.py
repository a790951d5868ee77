"""Who may talk to the local Telegram: this machine's browser and programs, nobody's web site."""

import ipaddress
import re

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOST = re.compile(r"^(?P<name>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::\d{1,5})?$")
_READING = frozenset({"GET", "HEAD"})
_HEADERS = {
    b"content-security-policy": (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}


def is_loopback_host(header: str) -> bool:
    """Whether a Host header names this machine: localhost or a loopback address, any port."""
    match = _HOST.match(header.strip())
    if match is None:
        return False
    name = match["name"].strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class LoopbackGuard:
    """Refuses foreign Host headers (DNS rebinding) and foreign pages that write (CSRF)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        reason = _why_not(headers, str(scope["method"]), str(scope["path"]))
        if reason is not None:
            await PlainTextResponse(reason, status_code=403)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS.items()]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _why_not(headers: dict[str, str], method: str, path: str) -> str | None:
    host = headers.get("host", "")
    if not is_loopback_host(host):
        return "This server answers only to localhost."
    if method in _READING or not path.startswith("/local/"):
        return None
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return "Requests from other pages are refused."
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return "Requests from other pages are refused."
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        return "Requests that change something must be JSON."
    return None
