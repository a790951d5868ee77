"""Builds models, money and what processes share; beside `services.wiring` it names adapters."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import SettingError
from services.model_keys import entries_of, is_usable, key_of, unknown_names

if TYPE_CHECKING:
    from core.breaker import Breaker
    from core.llm.manager import ModelManager
    from core.ports.cache import Cache
    from core.ports.chat_model import ChatModel
    from core.ports.embedder import Embedder
    from core.ports.ledger import BudgetLedger
    from core.ports.store import Store
    from monitoring.metrics import Metrics
    from schemas.principal import Principal
    from schemas.requests import NewsRequest
    from schemas.runs import Reply
    from schemas.settings import Settings
    from services.answering import AnswerParts
    from services.model_desk import ModelDesk
    from services.model_switch import ModelSwitch


DESK_ID = "desk.id"
"""The fact by which the store names its desk."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What processes of one desk share, and the models they pay for from it."""

    cache: "Cache"
    ledger: "BudgetLedger"
    models: "ModelSwitch"


@asynccontextmanager
async def shared_parts(
    settings: "Settings", store: "Store", metrics: "Metrics"
) -> AsyncIterator[Shared]:
    """Open cache, ledger and the switch of the models: embedded, or on the Redis of the settings.

    Raises:
        SettingError: A route names a model that has no entry, or Redis' address cannot be one.
    """
    async with AsyncExitStack() as stack:
        prefix = "" if settings.redis_url is None else await _name_of(store)
        cache = await _cache(settings, stack, prefix=prefix)
        ledger = await _ledger(settings, store, stack, prefix=prefix)
        models = _switch(settings, store, cache=cache, ledger=ledger, metrics=metrics)
        stack.push_async_callback(models.aclose)
        yield Shared(cache=cache, ledger=ledger, models=models)


async def _name_of(store: "Store") -> str:
    """Give the id of the desk: two desks on one Redis must not count each other's money."""
    async with store.transaction(is_write=False) as work:
        return await work.ops.get_value(DESK_ID) or ""


async def _cache(settings: "Settings", stack: AsyncExitStack, *, prefix: str) -> "Cache":
    """Give what is short-lived: in this process, or in the Redis that several share."""
    from services.adapters.cache.memory import MemoryCache

    if settings.redis_url is None:
        return MemoryCache()
    # The client takes a third of a second to import.
    await asyncio.to_thread(import_module, "services.adapters.cache.redis")
    from services.adapters.cache.redis import RedisCache

    cache = await RedisCache.open(settings.redis_url.get_secret_value(), prefix=prefix)
    stack.push_async_callback(cache.aclose)
    return cache


async def _ledger(
    settings: "Settings", store: "Store", stack: AsyncExitStack, *, prefix: str
) -> "BudgetLedger":
    """Give the ledger: the store's journal, with a Redis in front of it where there is one."""
    from services.adapters.ledger.store import StoreLedger

    journal = StoreLedger(store)
    if settings.redis_url is None:
        stack.push_async_callback(journal.aclose)
        return journal
    from services.adapters.ledger.redis import RedisLedger

    ledger = await RedisLedger.open(settings.redis_url.get_secret_value(), journal, prefix=prefix)
    stack.push_async_callback(ledger.aclose)
    return ledger


def _switch(
    settings: "Settings",
    store: "Store",
    *,
    cache: "Cache",
    ledger: "BudgetLedger",
    metrics: "Metrics",
) -> "ModelSwitch":
    """Give the switch of the models that `settings` describe; none is imported yet.

    Raises:
        SettingError: A route names a model that has no entry.
    """
    from core.breaker import Breaker
    from services.model_switch import ModelSwitch

    if unknown := unknown_names(settings):
        raise SettingError(
            f"NEWSDESK_MODEL__ROUTES names {', '.join(unknown)!r}; there are "
            f"{', '.join(entries_of(settings))} and 'local': add an entry to "
            "NEWSDESK_MODEL__ENTRIES or change the route"
        )
    named = {name for route in settings.model.routes.values() for name in route}
    usable = [
        name
        for name, entry in entries_of(settings).items()
        if name in named and is_usable(key_of(name, entry, settings))
    ]

    async def build() -> "ModelManager":
        return await _manager(settings, Breaker(cache), cache, ledger, metrics)

    return ModelSwitch(
        store, build, is_on_by_setting=settings.models == "on", is_any_usable=bool(usable)
    )


async def _manager(
    settings: "Settings",
    breaker: "Breaker",
    cache: "Cache",
    ledger: "BudgetLedger",
    metrics: "Metrics",
) -> "ModelManager":
    from core.llm.manager import ManagerParts, ModelManager
    from core.llm.pricing import Prices
    from core.llm.routes import build_routes
    from services.adapters.llm.build import build_models
    from services.adapters.llm.prices import price_of

    # Client libraries take a second or two to import.
    models = await asyncio.to_thread(build_models, settings)
    entries = entries_of(settings)
    manager = ModelManager(
        models,
        build_routes(settings.model, is_on=True, available=models),
        parts=ManagerParts(
            breaker=breaker,
            cache=cache,
            metrics=metrics,
            prices=Prices(entries, price_of),
            entries=entries,
            ledger=ledger,
            warn_share=settings.budget.warn_share,
            is_local_allowed=settings.model.local_fallback == "on",
            fingerprints={name: _fingerprint(settings, name) for name in models},
        ),
    )
    await manager.start()
    return manager


def model_desk(
    settings: "Settings",
    shared: Shared,
    parts: "AnswerParts",
    *,
    answer: "Callable[[Principal, NewsRequest], Awaitable[Reply]]",
    variables: frozenset[str],
) -> "ModelDesk":
    """Give what operators list and try models with; no client library before they do.

    `answer` answers over `parts`, `variables` are the names that are set.
    """
    from core.breaker import Breaker
    from core.llm.manager import ManagerParts
    from core.llm.pricing import Prices
    from services.adapters.cache.memory import MemoryCache
    from services.adapters.llm.prices import price_of, price_table_date
    from services.adapters.llm.server_date import server_date
    from services.model_desk import ModelDesk, ModelDeskParts

    def build() -> "dict[str, ChatModel]":
        from services.adapters.llm.build import build_models

        return build_models(settings, is_strict=True)

    entries = entries_of(settings)
    return ModelDesk(
        ModelDeskParts(
            settings=settings,
            manager=ManagerParts(
                breaker=Breaker(MemoryCache()),
                cache=shared.cache,
                metrics=parts.metrics,
                prices=Prices(entries, price_of),
                entries=entries,
                ledger=shared.ledger,
                fingerprints={name: _fingerprint(settings, name) for name in entries},
            ),
            build=build,
            is_on=shared.models.is_on,
            answer=answer,
            warm_up=parts.load_graph,
            own_cache=MemoryCache,
            server_date=partial(server_date, proxy=settings.model.proxy),
            prices_of=price_table_date,
            now=parts.now,
            wall_clock=lambda: datetime.now(UTC),
            variables=variables,
        )
    )


def _fingerprint(settings: "Settings", name: str) -> str:
    """Tell keys of an entry apart; nothing of a key can be read from it."""
    entry = entries_of(settings)[name]
    usual = {
        "openai": settings.openai_api_key,
        "compatible": settings.openai_api_key,
        "anthropic": settings.anthropic_api_key,
        "gemini": settings.google_api_key,
    }
    key = entry.api_key or usual.get(entry.provider)
    text = f"{entry.base_url}|{entry.model}|{key.get_secret_value() if key is not None else ''}"
    return hashlib.sha256(text.encode()).hexdigest()[:8]


async def embedder_of(
    settings: "Settings", stack: AsyncExitStack, metrics: "Metrics"
) -> "Embedder":
    """Give what turns texts into vectors.

    Raises:
        SettingError: It is a provider's, and its key or model is missing.
    """
    from services.adapters.embed.build import build_embedder, names_a_provider

    name = settings.embedder.name
    if not names_a_provider(name):
        return local_embedder(settings)

    def count(n_tokens: int) -> None:
        metrics.model_tokens_total.labels(model=name, direction="input").inc(n_tokens)

    embedder = await asyncio.to_thread(build_embedder, settings, count)
    stack.push_async_callback(embedder.aclose)
    return embedder


def local_embedder(settings: "Settings") -> "Embedder":
    """Give an embedder that needs no network: an encoder in a folder, else the built-in one."""
    from services.adapters.embed.build import names_a_provider

    name = settings.embedder.name
    if name == "hashing" or names_a_provider(name):
        from services.adapters.embed.hashing import HashingEmbedder

        return HashingEmbedder(dimension=settings.embedder.dimension)
    from services.adapters.embed.encoder import EncoderEmbedder

    return EncoderEmbedder(Path(settings.embedder.name))
