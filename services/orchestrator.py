"""The door for programs: open a desk, ask it, press its buttons."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol, get_args
from weakref import WeakKeyDictionary

import structlog

from core.access import system_principal
from core.errors import FolderInUse, NewsdeskError, UsageError
from core.options import MAX_QUERY, RequestDefaults, parse_analyze, parse_trends
from core.orchestrator.matching import Refusal
from core.orchestrator.refusals import refusal_response
from core.rendering.errors import render_error
from core.rendering.usage import render_usage
from core.rendering.words import nearest_language
from monitoring.logs import configure_logs
from schemas.analysis import Meta
from schemas.articles import ImportSummary
from schemas.errors import ErrorDetail, ErrorResponse
from schemas.model_reports import ModelOrder, ModelsReport, UsageOrder
from schemas.principal import Principal
from schemas.requests import Depth, NewsRequest
from schemas.runs import Reply
from schemas.settings import Settings
from schemas.sources import SourceOrder, SourceReport
from schemas.spending import SpendingReport
from schemas.status import DeskStatus, PurgeSummary
from services.importing import OnProgress
from services.wiring import connect, read_settings, version
from services.wiring import open_desk as open_own

MAX_CITED, MAX_SOURCE = 10, 200


class Door(Protocol):
    """A desk in this process, or one in another process behind its socket: both answer alike."""

    async def answer(self, principal: Principal, request: NewsRequest) -> Reply:
        """Answer a request."""
        ...

    async def press(self, principal: Principal, data: str) -> Reply:
        """Handle a button."""
        ...

    async def import_paths(
        self, paths: Sequence[Path], *, on_progress: OnProgress | None = None
    ) -> ImportSummary:
        """Import files and folders."""
        ...

    async def reindex(self, *, on_progress: OnProgress | None = None) -> int:
        """Rebuild the search index."""
        ...

    async def purge(self) -> PurgeSummary:
        """Keep the retention now."""
        ...

    async def manage_sources(
        self, order: SourceOrder, *, on_progress: OnProgress | None = None
    ) -> SourceReport:
        """List, add or change sources."""
        ...

    async def manage_models(
        self, order: ModelOrder, *, on_progress: OnProgress | None = None
    ) -> ModelsReport:
        """List language models, or try them."""
        ...

    async def usage(self, order: UsageOrder) -> SpendingReport:
        """Tell what language models cost."""
        ...

    async def status(self) -> DeskStatus:
        """Count what is stored."""
        ...


_bound: ContextVar[Door | None] = ContextVar("newsdesk_door", default=None)
_Kept = tuple[asyncio.Future[Door], asyncio.Task[None]]
_opened: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Kept]" = WeakKeyDictionary()


@asynccontextmanager
async def open_desk(
    settings: Settings | None = None, now: datetime | None = None, *, is_rebuild: bool = False
) -> AsyncIterator[Door]:
    """Open the desk that `settings` describe and bind it for `execute_trends` and its siblings.

    When another process owns the data folder, that process answers through its socket.

    Args:
        settings: The configuration; read from the environment when None.
        now: Where the clock of a desk opened here starts.
        is_rebuild: The search index is about to be rebuilt, whatever vectors it holds.

    Raises:
        FolderInUse: Another process owns the folder and does not answer on its socket.
    """
    settings = settings or read_settings()
    if not structlog.is_configured():
        # A program that set up no logs would find ours on its standard output.
        configure_logs("warning")
    try:
        async with open_own(settings, now=now, is_rebuild=is_rebuild) as desk:
            token = _bound.set(desk)
            try:
                yield desk
            finally:
                _bound.reset(token)
        return
    except FolderInUse:
        if _bound.get() is not None:
            raise
    async with connect(settings) as remote:
        token = _bound.set(remote)
        try:
            yield remote
        finally:
            _bound.reset(token)


async def execute_trends(  # noqa: PLR0913 - the signature that the plan fixed
    window: str = "24h",
    *,
    lang: str = "auto",
    source: str | None = None,
    k_final: int = 8,
    reply_lang: str = "en",
    mode: Depth | None = None,
    principal: Principal | None = None,
    now: datetime | None = None,
) -> Reply:
    """Say what is unusual in the news of a window; never raises, a refusal is a Reply too.

    Args:
        window: One of the windows of `/trends`, `24h` for a day.
        lang: Language of the articles that count; `auto` takes all.
        source: Title, domain or publisher of the sources that count.
        k_final: How many articles may be cited; `/trends` always cites up to ten.
        reply_lang: Language of the answer.
        mode: `simple` (no model) or `enhanced` (insists on one); None lets the desk choose.
        principal: On whose behalf; the desk itself when None.
        now: The moment the window ends; the desk's clock when None.
    """
    reply_lang = nearest_language(reply_lang)
    try:
        defaults = _defaults(reply_lang, k_final)
        request = parse_trends(_options(window, lang), defaults=defaults)
        request = _finish(request, source, mode, now)
    except UsageError as error:
        return _usage_reply(error, "trends", reply_lang)
    return await _ask(request, principal)


async def execute_analyze(  # noqa: PLR0913 - the signature that the plan fixed
    mode: str,
    query: str | None = None,
    window: str = "24h",
    *,
    lang: str = "auto",
    source: str | None = None,
    k_final: int = 8,
    reply_lang: str = "en",
    depth: Depth | None = None,
    principal: Principal | None = None,
    now: datetime | None = None,
) -> Reply:
    """Analyse keywords, sentiment or topics of a window, of everything or of a query.

    Args:
        mode: `keywords`, `sentiment` or `topics`.
        query: What it is about; None analyses the whole window.
        window: One of the windows of `/analyze`.
        lang: Language of the articles that count; `auto` takes all.
        source: Title, domain or publisher of the sources that count.
        k_final: How many articles may be cited, 1 to 10.
        reply_lang: Language of the answer.
        depth: `simple` (no model) or `enhanced` (insists on one); None lets the desk choose.
        principal: On whose behalf; the desk itself when None.
        now: The moment the window ends; the desk's clock when None.
    """
    reply_lang = nearest_language(reply_lang)
    try:
        defaults = _defaults(reply_lang, k_final)
        request = parse_analyze(f"{mode} {_options(window, lang)}", defaults=defaults)
        if query is not None and query.strip():
            request = _with_query(request, query)
        request = _finish(request, source, depth, now)
    except UsageError as error:
        return _usage_reply(error, "analyze", reply_lang)
    return await _ask(request, principal)


async def handle_callback(data: str, *, principal: Principal | None = None) -> Reply:
    """Press a button; `data` is its callback data."""
    who = principal or system_principal()
    try:
        return await (await _door()).press(who, data)
    except NewsdeskError as error:
        return _error_reply(error, who.lang)


def _defaults(reply_lang: str, k_final: int) -> RequestDefaults:
    if not 1 <= k_final <= MAX_CITED:
        raise UsageError(
            f"an answer cites 1 to {MAX_CITED} articles, not {k_final}",
            field="option",
            word=str(k_final),
            nearest=str(min(max(k_final, 1), MAX_CITED)),
        )
    return RequestDefaults(window="24h", reply_lang=reply_lang, k_final=k_final)


def _options(window: str, lang: str) -> str:
    return f"{window} lang={lang}"


def _with_query(request: NewsRequest, query: str) -> NewsRequest:
    if len(query) > MAX_QUERY:
        raise UsageError(
            f"a query has at most {MAX_QUERY} characters, this one has {len(query)}",
            field="query",
            word=query.strip()[:40],
        )
    return request.model_copy(update={"query": query.strip()})


def _finish(
    request: NewsRequest, source: str | None, depth: Depth | None, now: datetime | None
) -> NewsRequest:
    if now is not None and now.tzinfo is None:
        now = now.replace(tzinfo=UTC)
    if source is not None and len(source) > MAX_SOURCE:
        raise UsageError(
            f"a source has at most {MAX_SOURCE} characters, this one has {len(source)}",
            field="option",
            word=source[:40],
        )
    if depth not in (None, *get_args(Depth)):
        raise UsageError(
            f"unknown depth {depth!r}; there are simple and enhanced",
            field="option",
            word=str(depth)[:40],
            nearest="simple",
        )
    return request.model_copy(
        update={"source": source or None, "depth": depth or request.depth, "as_of": now}
    )


async def _ask(request: NewsRequest, principal: Principal | None) -> Reply:
    who = principal or system_principal()
    try:
        return await (await _door()).answer(who, request)
    except NewsdeskError as error:
        return _error_reply(error, request.reply_lang)


async def _door() -> Door:
    """The bound desk, or the one that Settings describe, opened once per event loop."""
    bound = _bound.get()
    if bound is not None:
        return bound
    loop = asyncio.get_running_loop()
    if loop not in _opened:
        opened: asyncio.Future[Door] = loop.create_future()
        _opened[loop] = opened, loop.create_task(_hold(opened))
    return await asyncio.shield(_opened[loop][0])


async def _hold(opened: asyncio.Future[Door]) -> None:
    """Keep a desk open for as long as its loop: asyncio cancels what still runs at the end."""
    try:
        async with open_desk() as door:
            opened.set_result(door)
            await asyncio.Event().wait()
    except Exception as error:
        if opened.done():
            raise
        opened.set_exception(error)
    finally:
        # Whoever asks next tries again: the folder may be free by then.
        _opened.pop(asyncio.get_running_loop(), None)


def _error_reply(error: NewsdeskError, lang: str) -> Reply:
    """Give an error of the desk, one that cannot be opened, say, as a reply."""
    lang = nearest_language(lang)
    response = refusal_response(
        Refusal("INTERNAL", "writer-refuse-internal"),
        lang=lang,
        version=version(),
        correlation_id=secrets.token_hex(6),
        tech_message=str(error),
    )
    rich = render_error(response, lang=lang)
    return Reply(
        text=rich.text,
        entities=rich.entities,
        response=response,
        correlation_id=response.meta.correlation_id,
    )


def _usage_reply(error: UsageError, command: Literal["trends", "analyze"], lang: str) -> Reply:
    rich = render_usage(error, command=command, lang=lang)
    correlation_id = secrets.token_hex(6)
    response = ErrorResponse(
        error=ErrorDetail(
            code="VALIDATION_FAILED",
            user_message=rich.text[:500],
            tech_message=f"usage: {error}"[:1000],
            retryable=False,
        ),
        meta=Meta(confidence=0.0, model="local", version=version(), correlation_id=correlation_id),
    )
    return Reply(
        text=rich.text, entities=rich.entities, response=response, correlation_id=correlation_id
    )
