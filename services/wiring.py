"""Builds the desk from Settings; with `wiring_models` the only file that names adapters.

It alone reads the environment.
"""

import asyncio
import difflib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import cache
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values
from pydantic import AliasChoices, SecretStr, ValidationError

from core.errors import SettingError
from schemas.settings import Settings
from services.clock import clock_from
from services.databases import Databases, database_of
from services.desk import Clock, Desk
from services.folder import FolderLock, is_owned
from services.model_keys import entries_of
from services.schedules import schedule_jobs

if TYPE_CHECKING:  # reading the settings must not pay for a database, an index and a graph
    from core.orchestrator.graph import AnswerGraph
    from core.ports.embedder import Embedder
    from core.ports.index import SearchIndex
    from core.ports.store import Store
    from services.adapters.index.server import QdrantSearchIndex
    from services.adapters.remote.desk import RemoteDesk
    from services.batch.documents import Readers

PREFIX = "NEWSDESK_"
NOT_SETTINGS = frozenset({"NEWSDESK_EVAL_DATA"})
INDEX = "index"
ENV_FILE = ".env"


def read_settings(**overrides: object) -> Settings:
    """Read the environment and `.env`; arguments win over both.

    Raises:
        SettingError: A value is not allowed; names each one and what is.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # names are checked by pydantic
    except ValidationError as error:
        lines = [f"{_variable(item['loc'])}: {item['msg']}" for item in error.errors()]
        raise SettingError("settings that are not allowed:\n  " + "\n  ".join(lines)) from None


def _variable(place: tuple[int | str, ...]) -> str:
    """Name the environment variable of a setting that pydantic complains about."""
    name = "__".join(str(part) for part in place).upper()
    return name if name in _foreign_names() else PREFIX + name


@cache
def _foreign_names() -> frozenset[str]:
    """Settings that keep the names which Telegram's and the providers' tools know."""
    aliases = (field.validation_alias for field in Settings.model_fields.values())
    return frozenset(
        str(name)
        for alias in aliases
        for name in (alias.choices if isinstance(alias, AliasChoices) else [alias])
        if name is not None
    )


def unknown_variables() -> list[str]:
    """Name variables that look like settings and are none, with the nearest one that is."""
    sections = {
        name
        for name, field in Settings.model_fields.items()
        if hasattr(field.annotation, "model_fields")
    }
    known = {PREFIX + name.upper() for name in Settings.model_fields} | NOT_SETTINGS
    found = []
    for name in sorted({*os.environ, *dotenv_values(ENV_FILE)}):
        is_nested = name.removeprefix(PREFIX).lower().split("__")[0] in sections and "__" in name
        if name.startswith(PREFIX) and name not in known and not is_nested:
            near = difflib.get_close_matches(name, known, n=1)
            found.append(f"{name} (did you mean {near[0]}?)" if near else name)
    return found


def set_variables() -> frozenset[str]:
    """Name what is set in the environment or in `.env`, and not empty."""
    found = {**dotenv_values(ENV_FILE), **os.environ}
    return frozenset(name for name, value in found.items() if value)


@cache
def version() -> str:
    """The installed version of Newsdesk."""
    return installed_version("newsdesk")


def import_adapters() -> None:
    """Import what `open_desk` imports anyway, so that a process may do it off its loop."""
    from services.adapters.index import edge as _index  # noqa: F401
    from services.adapters.store import engine as _store  # noqa: F401


@cache
def load_graph() -> "AnswerGraph":
    """Import LangGraph and compile the graph, once; about a second."""
    # Nothing of a request leaves the machine, whatever tracing the shell has switched on.
    os.environ["LANGSMITH_TRACING"] = "false"
    os.environ["LANGCHAIN_TRACING_V2"] = "false"
    from core.orchestrator.graph import build_graph

    return build_graph()


@asynccontextmanager
async def open_desk(
    settings: Settings,
    *,
    now: datetime | None = None,
    local_owner: str | None = None,
    is_rebuild: bool = False,
    lock: FolderLock | None = None,
) -> AsyncIterator[Desk]:
    """Open the desk that `settings` describe and close it in reverse.

    Args:
        settings: The whole configuration.
        now: Where the clock starts; wins over `settings.now`.
        local_owner: The person of the local Telegram, who owns the desk.
        is_rebuild: The index may hold vectors of another embedder: it is about to be rebuilt.
        lock: The folder's lock when the caller holds it already.

    Raises:
        FolderInUse: Another process owns the data folder.
        SchemaTooNew: The data was written by a newer Newsdesk.
        EmbedderChanged: The index holds other vectors than the settings ask for.
    """
    from monitoring.metrics import Metrics
    from services.adapters.jobs.in_process import InProcessJobs
    from services.adapters.sources.files import read_files
    from services.adapters.sources.network import SourceNetwork
    from services.adapters.store.engine import SqlStore
    from services.answering import Answering, AnswerParts
    from services.buttons import ButtonParts, Buttons
    from services.chats import ChatDesk, ChatParts
    from services.importing import Importing
    from services.indexing import Indexing
    from services.ingestion import Ingestion
    from services.rates import Rates
    from services.retention import Retention
    from services.source_life import LifeParts, source_life
    from services.spending import Spending, SpendingParts
    from services.wiring_models import embedder_of, model_desk, shared_parts

    folder = settings.data_dir.expanduser()
    clock = clock_from(now or settings.now)
    metrics = Metrics(version=version())
    async with AsyncExitStack() as stack:
        if lock is None and is_owned(settings):
            stack.enter_context(FolderLock(folder))
        store = await SqlStore.open(database_of(settings), on_wait=metrics.db_wait_seconds.observe)
        stack.push_async_callback(store.aclose)
        embedder = await embedder_of(settings, stack, metrics)
        index = await _index(settings, embedder, store, is_rebuild=is_rebuild)
        stack.push_async_callback(index.aclose)
        shared = await stack.enter_async_context(shared_parts(settings, store, metrics))
        jobs = InProcessJobs(metrics=metrics, now=clock)
        indexing = Indexing(store, index, embedder)
        ingestion = Ingestion(store)
        importing = Importing(
            ingestion,
            indexing,
            read=lambda path, at: read_files(path, now=at),
            now=clock,
            metrics=metrics,
            add_links=lambda principal, links: life.sources.add_links(
                principal, links, is_private=False
            ),
        )
        life = await stack.enter_async_context(
            source_life(
                LifeParts(
                    settings=settings,
                    network=SourceNetwork(
                        settings.fetch, settings.sources, user_agent=f"Newsdesk/{version()}"
                    ),
                    store=store,
                    cache=shared.cache,
                    ingestion=ingestion,
                    metrics=metrics,
                    now=clock,
                    follow=importing.catch_up,
                )
            )
        )
        answering = Answering(
            parts := AnswerParts(
                store=store,
                index=index,
                embedder=embedder,
                cache=shared.cache,
                ledger=shared.ledger,
                metrics=metrics,
                answer=settings.answer,
                retrieval=settings.retrieval,
                rate=settings.rate,
                version=version(),
                now=clock,
                load_graph=load_graph,
                models=shared.models.current,
                budget=settings.budget,
                policy=settings.policy,
                entries=entries_of(settings),
            )
        )
        desk = Desk(
            settings=settings,
            store=store,
            index=index,
            metrics=metrics,
            jobs=jobs,
            answering=answering,
            buttons=Buttons(
                ButtonParts(
                    store=store, index=index, metrics=metrics, version=version(), now=clock
                ),
                answering,
            ),
            chats=ChatDesk(
                ChatParts(
                    store=store,
                    metrics=metrics,
                    now=clock,
                    disk=folder if settings.database_url is None else None,
                    version=version(),
                    are_models_on=shared.models.is_on,
                    operators=settings.operators,
                    allowed_chats=settings.allowed_chats,
                    local_owner=local_owner,
                )
            ),
            rates=Rates(shared.cache, settings.rate),
            ingestion=ingestion,
            importing=importing,
            indexing=indexing,
            retention=Retention(store, settings.retention),
            polling=life.polling,
            sources=life.sources,
            starter=life.starter,
            models=shared.models,
            model_desk=model_desk(
                settings, shared, parts, answer=answering.answer, variables=set_variables()
            ),
            spending=Spending(
                SpendingParts(
                    store=store,
                    ledger=shared.ledger,
                    metrics=metrics,
                    budget=settings.budget,
                    rate=settings.rate,
                    now=clock,
                    are_models_on=shared.models.is_on,
                )
            ),
            ledger=shared.ledger,
            now=clock,
        )
        schedule_jobs(desk)
        shared.models.warm()
        stack.push_async_callback(jobs.aclose)
        yield desk


@asynccontextmanager
async def connect(settings: Settings) -> "AsyncIterator[RemoteDesk]":
    """Reach the desk of the process that owns the data folder.

    Raises:
        FolderInUse: It does not answer on its socket.
    """
    from services.adapters.remote.desk import RemoteDesk

    remote = RemoteDesk(settings.data_dir.expanduser())
    try:
        await remote.status()
        yield remote
    finally:
        await remote.aclose()


def open_index(settings: Settings, folder: Path) -> "tuple[SearchIndex, Embedder]":
    """Open an embedded search index in `folder`, and what makes its vectors."""
    from services.adapters.index.edge import EdgeSearchIndex
    from services.wiring_models import local_embedder

    embedder = local_embedder(settings)
    index = EdgeSearchIndex.open(folder, embedder_name=embedder.name, dimension=embedder.dimension)
    return index, embedder


def date_reader(now: Clock) -> "Callable[[object], datetime | None]":
    """Give what reads a time as importing does: aware UTC, None when it is not credible."""
    from services.adapters.sources.jsonl import parse_date

    return lambda value: parse_date(value, now=now())


def document_readers(now: Clock) -> "Readers":
    """Give what reads feeds, OPML lists and pages."""
    from services.adapters.sources.extract import extract_article
    from services.adapters.sources.feeds import read_entries
    from services.adapters.sources.opml import read_opml
    from services.batch.documents import Readers

    return Readers(
        feed=lambda body: read_entries(body.data, url=body.url, charset=body.charset, now=now()),
        opml=lambda body: read_opml(body.data),
        page=lambda body: extract_article(body.data, url=body.url, charset=body.charset),
    )


def databases(settings: Settings) -> Databases:
    """Give what looks at, upgrades and moves the database, whether or not a desk is open."""
    from services.adapters.store.copying import DeskCopy
    from services.adapters.store.engine import SqlStore
    from services.adapters.store.postgres import look_at

    return Databases(settings, open_store=SqlStore.open, open_copy=DeskCopy.open, look_at=look_at)


async def look_at_index(
    url: str, api_key: SecretStr | None, *, prefix: str
) -> tuple[str, dict[str, int]]:
    """Give the version of a Qdrant server and how many documents each of our collections holds.

    Raises:
        IndexFailed: It does not answer, refuses the key, is too old or is no Qdrant server.
        SettingError: Its address or key cannot be one.
    """
    from services.adapters.index.server import look_at

    return await look_at(url, api_key, prefix=prefix)


async def look_at_redis(url: str) -> str:
    """Give name and version of the Redis at `url`.

    Raises:
        SettingError: The URL cannot be understood, or nothing there answers as Redis does.
    """
    from services.adapters.cache.redis import look_at

    return await look_at(url)


async def _index(
    settings: Settings, embedder: "Embedder", store: "Store", *, is_rebuild: bool
) -> "SearchIndex":
    from core.retrieval.audiences import AudienceIndex

    if settings.qdrant_url is None:
        from services.adapters.index.edge import EdgeSearchIndex

        edge = EdgeSearchIndex.open(
            settings.data_dir.expanduser() / INDEX,
            embedder_name=embedder.name,
            dimension=embedder.dimension,
            is_rebuild=is_rebuild,
        )
        return AudienceIndex(edge, store)
    server_index = await asyncio.to_thread(_server_index)
    server = await server_index.open(
        settings.qdrant_url,
        settings.qdrant_api_key,
        prefix=settings.qdrant_prefix,
        embedder_name=embedder.name,
        dimension=embedder.dimension,
        is_rebuild=is_rebuild,
    )
    return AudienceIndex(server, store)


def _server_index() -> "type[QdrantSearchIndex]":
    """Import the client of a Qdrant server; a second, which the loop need not wait for."""
    from services.adapters.index.server import QdrantSearchIndex

    return QdrantSearchIndex
