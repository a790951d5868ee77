"""The desk's own web port: is it alive, is it ready, how is it doing."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bot_service.web.middleware import Guard, TakeToken, error_response
from core.errors import NewsdeskError
from monitoring.health import HealthCheck, overall
from monitoring.metrics import CONTENT_TYPE, Metrics

Health = Callable[[], Awaitable[Sequence[HealthCheck]]]
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


def create_web_app(
    *,
    health: Health,
    metrics: Metrics,
    take_token: TakeToken,
    hosts: frozenset[str] | None = frozenset(),
    version: str = "",
) -> FastAPI:
    """Build the web app.

    Args:
        health: Looks at every part on which readiness depends (the store answers, the index is
            open, updates arrive).
        metrics: What `/metrics` prints.
        take_token: Rate limit by client address: 0 when a request may pass, else seconds to wait.
        hosts: Host names served besides loopback; None serves any.
        version: Printed by `/healthz`.

    Returns:
        An app with `/healthz` (200 while the process lives), `/readyz` (200 only when every part
        is well, else 503 with what is wrong) and `/metrics`.
    """
    app = FastAPI(title="Newsdesk", version=version, openapi_url=None)
    app.add_middleware(Guard, hosts=hosts, take_token=take_token, open_paths=OPEN_PATHS)
    app.add_exception_handler(HTTPException, _http_error)

    @app.get("/healthz")
    async def alive() -> JSONResponse:
        return JSONResponse({"status": "alive", "version": version})

    @app.get("/readyz")
    async def ready() -> JSONResponse:
        try:
            checks = await health()
        except NewsdeskError as error:
            checks = [HealthCheck(type(error).__name__, is_ok=False, detail=str(error))]
        is_ready = overall(checks)
        body = {
            "status": "ready" if is_ready else "not ready",
            "checks": [{"name": c.name, "ok": c.is_ok, "detail": c.detail} for c in checks],
        }
        return JSONResponse(body, status_code=200 if is_ready else 503)

    @app.get("/metrics")
    async def scrape() -> Response:
        return Response(metrics.render(), media_type=CONTENT_TYPE)

    return app


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    words = {
        404: "There is nothing under this address.",
        405: "This address does not take that method.",
    }.get(error.status_code, str(error.detail))
    return error_response(request, error.status_code, str(error.detail), words)
