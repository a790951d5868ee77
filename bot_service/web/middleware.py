"""What every page and endpoint stands behind: Host, Origin, rate limit, error page."""

import html
import ipaddress
import uuid
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = structlog.get_logger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TakeToken = Callable[[str], Awaitable[float]]
"""Takes one token for a client's address; 0 when taken, else seconds to wait."""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><h1>{title}</h1><p>{words}</p></body></html>
"""
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'"),
)


class Guard:
    """Refuses what does not belong here, and answers in words when something breaks.

    Args:
        app: What is guarded.
        hosts: Names that the Host header may carry besides loopback; None: any (the desk listens
            on every address and the operator's proxy decides).
        take_token: The rate limit; `open_paths` (probes, scrapes) are not counted.
        open_paths: Paths that are never counted.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: frozenset[str] | None,
        take_token: TakeToken,
        open_paths: frozenset[str],
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._take_token = take_token
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a refusal."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", []), *SECURITY_HEADERS]
            await send(message)

        request = Request(scope)
        refusal = await self._refuse(request)
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        try:
            await self._app(scope, receive, send_guarded)
        except Exception:
            reference = uuid.uuid4().hex[:12]
            logger.exception("web.failed", path=request.url.path, reference=reference)
            if started:
                raise
            words = f"Something broke on our side. Reference: {reference}"
            answer = error_response(request, 500, "Something broke", words)
            await answer(scope, receive, send_guarded)

    async def _refuse(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        if not self._is_known(host):
            return error_response(
                request, 403, "Unknown host", "This address is not served under that name."
            )
        if request.method not in SAFE_METHODS and not _is_same_origin(request.headers, host):
            return error_response(
                request, 403, "Refused", "The request came from a page of another site."
            )
        if request.url.path not in self._open_paths:
            wait_s = await self._take_token(request.client.host if request.client else "")
            if wait_s > 0:
                answer = error_response(
                    request, 429, "Too many requests", f"Try again in {wait_s:.0f} s."
                )
                answer.headers["retry-after"] = str(max(1, round(wait_s)))
                return answer
        return None

    def _is_known(self, host: str) -> bool:
        name = host_name(host)
        if name is None:
            return False
        return self._hosts is None or is_loopback(name) or name in self._hosts


def host_name(host: str) -> str | None:
    """The name in a Host header, lower case, without port; None when it is no host at all."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname


def is_loopback(name: str) -> bool:
    """Whether a host name means this machine, without asking a name server."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def error_response(request: Request, status: int, title: str, words: str) -> Response:
    """A refusal as a page for people, as JSON for programs."""
    if "text/html" in request.headers.get("accept", ""):
        page = PAGE.format(title=html.escape(title), words=html.escape(words))
        return HTMLResponse(page, status_code=status)
    return JSONResponse({"error": {"title": title, "message": words}}, status_code=status)


def _is_same_origin(headers: Headers, host: str) -> bool:
    """Whether a writing request comes from our own page, or from a program (no Origin)."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
    return urlsplit(origin).netloc.lower() == host.lower()
