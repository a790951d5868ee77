"""All three providers at one address: `/openai/v1`, `/anthropic`, `/gemini`, and plain paths."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from bot_service.local_models import anthropic_messages, gemini_content, openai_chat
from bot_service.local_models.asked import Refusal
from bot_service.local_models.catalog import Provider
from bot_service.local_models.control import Plugs, control_api
from bot_service.local_models.embedding import embed_for_gemini, embed_for_openai
from bot_service.local_models.guard import Guard
from bot_service.local_models.listing import model_view, models_view
from bot_service.local_models.openai_common import MANNERS as OPENAI
from bot_service.local_models.openai_responses import WIRE as RESPONSES
from bot_service.local_models.service import Incoming, Place, Providers, Work, json_response
from bot_service.local_models.wire import Manners, Wire

_PAGE = Path(__file__).parent / "page"
_GEMINI_VERSIONS = ("v1", "v1beta", "v1alpha")
_ANTHROPIC, _GEMINI = anthropic_messages.MANNERS, gemini_content.MANNERS
_MANNERS: Mapping[Provider, Manners] = {
    "openai": OPENAI,
    "compatible": OPENAI,
    "anthropic": _ANTHROPIC,
    "gemini": _GEMINI,
}
_GEMINI_WIRES = {
    "generateContent": gemini_content.wire_for(is_stream=False),
    "streamGenerateContent": gemini_content.wire_for(is_stream=True),
}

Handler = Callable[[Request], Awaitable[Response]]


def create_app(providers: Providers, plugs: Plugs) -> FastAPI:
    """Build the server over its state.

    Args:
        providers: What the providers do and did.
        plugs: Closes and opens ports of single providers.
    """
    app = FastAPI(title="Local models", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard)
    app.include_router(control_api(providers, plugs), prefix="/_fake")
    for prefix in ("/openai/v1", "/v1"):
        app.include_router(_openai(providers, "openai"), prefix=prefix)
    app.include_router(_openai(providers, "compatible"), prefix="/compatible/v1")
    for prefix in ("/anthropic/v1", "/v1"):
        app.include_router(_anthropic(providers), prefix=prefix)
    for prefix in [
        f"{root}/{version}" for root in ("/gemini", "") for version in _GEMINI_VERSIONS
    ]:
        app.include_router(_gemini(providers), prefix=prefix)
    for prefix, provider in _ROOTS.items():
        app.include_router(_lists(providers, provider), prefix=prefix)
    app.mount("/page", StaticFiles(directory=_PAGE), name="page")

    @app.get("/")
    async def page() -> FileResponse:
        return FileResponse(_PAGE / "index.html")

    @app.exception_handler(Refusal)
    async def explain(_: Request, refusal: Refusal) -> Response:
        return json_response({"error": str(refusal)}, status=400)

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        provider = _provider_of(request)
        refusal = Refusal("unknown_path", f"{request.method} {request.url.path}")
        rejected = _MANNERS[provider].reject(refusal, "none")
        return json_response(rejected.body, rejected.headers, status=error.status_code)

    return app


_ROOTS: Mapping[str, Provider | None] = {
    "/openai/v1": "openai",
    "/compatible/v1": "compatible",
    "/anthropic/v1": "anthropic",
    **{f"/gemini/{version}": "gemini" for version in _GEMINI_VERSIONS},
    "/v1beta": "gemini",
    "/v1alpha": "gemini",
    "/v1": None,
}
"""Where lists of models are; `/v1` is everybody's, so the headers tell who is meant."""


def _openai(providers: Providers, provider: Provider) -> APIRouter:
    router = APIRouter()
    chat = openai_chat.wire_for(provider)
    for wire in (RESPONSES, chat) if provider == "openai" else (chat,):
        place = Place(provider, OPENAI, wire.endpoint, is_wording=True)
        _add(router, f"/{wire.endpoint}", _wording(providers, place, wire))

    async def embed(request: Request) -> Response:
        async def work(call: Incoming) -> Response:
            return await embed_for_openai(providers, call)

        return await providers.serve(request, work, place=Place(provider, OPENAI, "embeddings"))

    _add(router, "/embeddings", embed)
    return router


def _anthropic(providers: Providers) -> APIRouter:
    router = APIRouter()
    wire = anthropic_messages.WIRE
    place = Place("anthropic", _ANTHROPIC, wire.endpoint, is_wording=True)
    _add(router, f"/{wire.endpoint}", _wording(providers, place, wire))
    return router


def _gemini(providers: Providers) -> APIRouter:
    router = APIRouter()

    async def act(request: Request) -> Response:
        model, _, action = request.path_params["rest"].rpartition(":")
        wire = _GEMINI_WIRES.get(action)
        if wire is not None:
            place = Place("gemini", _GEMINI, wire.endpoint, is_wording=True)
            return await providers.serve(
                request, _writing(providers, wire), place=place, model=model
            )
        if action not in ("embedContent", "batchEmbedContents"):
            raise HTTPException(404)

        async def work(call: Incoming) -> Response:
            is_batch = action == "batchEmbedContents"
            return await embed_for_gemini(providers, call, is_batch=is_batch)

        place = Place("gemini", _GEMINI, "embeddings")
        return await providers.serve(request, work, place=place, model=model)

    _add(router, "/models/{rest:path}", act)
    return router


def _lists(providers: Providers, fixed: Provider | None) -> APIRouter:
    router = APIRouter()

    async def give(request: Request) -> Response:
        provider = fixed or _provider_of(request)
        name = request.path_params.get("name")

        async def work(call: Incoming) -> Response:
            return json_response(
                models_view(provider) if name is None else model_view(provider, name)
            )

        place = Place(provider, _MANNERS[provider], "models")
        return await providers.serve(request, work, place=place, model=name or "")

    _add(router, "/models", give, method="GET")
    _add(router, "/models/{name:path}", give, method="GET")
    return router


def _wording(providers: Providers, place: Place, wire: Wire) -> Handler:
    work = _writing(providers, wire)

    async def word(request: Request) -> Response:
        return await providers.serve(request, work, place=place)

    return word


def _writing(providers: Providers, wire: Wire) -> Work:
    async def work(call: Incoming) -> Response:
        return await providers.word(call, wire)

    return work


def _add(router: APIRouter, path: str, handler: Handler, *, method: str = "POST") -> None:
    router.add_api_route(path, handler, methods=[method], response_model=None)


def _provider_of(request: Request) -> Provider:
    path, headers = request.url.path, request.headers
    if path.startswith(("/gemini", "/v1beta", "/v1alpha")) or "x-goog-api-key" in headers:
        return "gemini"
    if path.startswith("/anthropic") or "anthropic-version" in headers:
        return "anthropic"
    return "compatible" if path.startswith("/compatible") else "openai"
