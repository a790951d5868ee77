"""The desk's own API: what commands of other processes ask of the one that owns the folder."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from core.errors import NewsdeskError, UsageError
from schemas.base import Frozen
from schemas.model_reports import ModelOrder, UsageOrder
from schemas.principal import Principal
from schemas.requests import NewsRequest
from schemas.sources import SourceOrder
from services.desk import Desk
from services.importing import OnProgress

log = structlog.get_logger(__name__)


class AnswerCall(Frozen):
    """A request on behalf of somebody."""

    principal: Principal
    request: NewsRequest


class PressCall(Frozen):
    """A button press on behalf of somebody."""

    principal: Principal
    data: str


class ImportCall(Frozen):
    """Files to import, by absolute path."""

    paths: tuple[str, ...]


def create_control_app(desk: Desk) -> FastAPI:
    """Build the API of `desk.sock`; only the desk's own user may open it (mode 0600)."""
    app = FastAPI(title="Newsdesk control", openapi_url=None, docs_url=None, redoc_url=None)

    @app.exception_handler(NewsdeskError)
    async def explain(_: Request, error: NewsdeskError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "kind": _kind(error)}, status_code=409)

    @app.post("/answer")
    async def answer(request: Request) -> Response:
        call = AnswerCall.model_validate_json(await request.body())
        reply = await desk.answer(call.principal, call.request)
        return Response(reply.model_dump_json(), media_type="application/json")

    @app.post("/press")
    async def press(request: Request) -> Response:
        call = PressCall.model_validate_json(await request.body())
        reply = await desk.press(call.principal, call.data)
        return Response(reply.model_dump_json(), media_type="application/json")

    @app.post("/purge")
    async def purge() -> Response:
        return Response((await desk.purge()).model_dump_json(), media_type="application/json")

    @app.post("/status")
    async def status() -> Response:
        return Response((await desk.status()).model_dump_json(), media_type="application/json")

    @app.post("/usage")
    async def usage(request: Request) -> Response:
        order = UsageOrder.model_validate_json(await request.body())
        report = await desk.usage(order)
        return Response(report.model_dump_json(), media_type="application/json")

    _add_long_work(app, desk)
    return app


def _add_long_work(app: FastAPI, desk: Desk) -> None:
    """Register what takes long enough to tell its progress."""

    @app.post("/import")
    async def import_files(request: Request) -> StreamingResponse:
        call = ImportCall.model_validate_json(await request.body())
        paths = [Path(path) for path in call.paths]

        async def work(report: OnProgress) -> str:
            return (await desk.import_paths(paths, on_progress=report)).model_dump_json()

        return _stream(work)

    @app.post("/reindex")
    async def reindex() -> StreamingResponse:
        async def work(report: OnProgress) -> str:
            return str(await desk.reindex(on_progress=report))

        return _stream(work)

    @app.post("/sources")
    async def sources(request: Request) -> StreamingResponse:
        order = SourceOrder.model_validate_json(await request.body())

        async def work(report: OnProgress) -> str:
            return (await desk.manage_sources(order, on_progress=report)).model_dump_json()

        return _stream(work)

    @app.post("/models")
    async def models(request: Request) -> StreamingResponse:
        order = ModelOrder.model_validate_json(await request.body())

        async def work(report: OnProgress) -> str:
            return (await desk.manage_models(order, on_progress=report)).model_dump_json()

        return _stream(work)


def _kind(error: NewsdeskError) -> str:
    """Say whether the caller's words were wrong or the desk failed: exit codes differ."""
    return "usage" if isinstance(error, UsageError) else "failed"


def _stream(work: Callable[[OnProgress], Awaitable[str]]) -> StreamingResponse:
    """Run long work and tell its progress, one JSON object a line; the last holds the result.

    The work goes on when the caller leaves: half an import is worth less than a whole one.
    """
    events: asyncio.Queue[str | None] = asyncio.Queue()

    def report(done: int, total: int | None) -> None:
        events.put_nowait(json.dumps({"done": done, "total": total}))

    async def run() -> None:
        try:
            events.put_nowait('{"result": ' + await work(report) + "}")
        except NewsdeskError as error:
            events.put_nowait(json.dumps({"error": str(error), "kind": _kind(error)}))
        except Exception:
            log.exception("control.failed")
            events.put_nowait(json.dumps({"error": "the running desk failed; see its log"}))
        finally:
            events.put_nowait(None)

    task = asyncio.create_task(run())

    async def lines() -> AsyncIterator[str]:
        while (line := await events.get()) is not None:
            yield line + "\n"
        await task

    return StreamingResponse(lines(), media_type="application/x-ndjson")
