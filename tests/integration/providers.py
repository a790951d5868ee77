"""Desks whose language models are the unmodified client libraries against stand-ins."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import pytest

from bot_service.local_models.catalog import Provider
from bot_service.local_models.server import FakeProviders
from core.breaker import Breaker
from core.llm.manager import ManagerParts, ModelManager
from core.llm.pricing import Prices
from core.llm.routes import build_routes
from schemas.model_settings import DEFAULT_ENTRIES
from schemas.settings import Settings
from services.adapters.cache.memory import MemoryCache
from services.adapters.ledger.store import StoreLedger
from services.adapters.llm.build import build_models
from services.adapters.llm.prices import price_of
from services.answering import Answering
from services.desk import Desk
from tests.integration.conftest import answering_over, settings_for

KEY = "local-fake"
NAMED: dict[str, str] = {
    "claude": DEFAULT_ENTRIES["claude"].model,
    "gpt-5": DEFAULT_ENTRIES["gpt-5"].model,
    "gemini-2.5-pro": DEFAULT_ENTRIES["gemini-2.5-pro"].model,
}
"""What each model of the routes is called at its provider."""


@pytest.fixture(scope="session")
def stand_ins() -> Iterator[FakeProviders]:
    """One server of all three providers for the session."""
    with FakeProviders() as running:
        yield running


@pytest.fixture
def fake(stand_ins: FakeProviders) -> Iterator[FakeProviders]:
    """The stand-ins: whole, without a delay, and with nothing on the bill."""
    stand_ins.forget()
    yield stand_ins
    stand_ins.heal()
    stand_ins.set_latency(0)
    for provider in get_args(Provider):
        stand_ins.set_script(provider, None)


def with_keys(fake: FakeProviders, folder: Path, **more: Any) -> Settings:
    """The settings of a desk that has a key of each provider."""
    values: dict[str, Any] = {
        "models": "on",
        "openai_api_key": KEY,
        "openai_base_url": fake.openai_url,
        "anthropic_api_key": KEY,
        "anthropic_base_url": fake.anthropic_url,
        "google_api_key": KEY,
        "google_gemini_base_url": fake.gemini_url,
    }
    return settings_for(folder, **(values | more))


@asynccontextmanager
async def provided(desk: Desk, fake: FakeProviders, **more: Any) -> AsyncIterator[Answering]:
    """The answering of `desk` with three providers and the routes of an untouched desk."""
    settings = with_keys(fake, desk.settings.data_dir, **more)
    models = await asyncio.to_thread(build_models, settings)
    cache = MemoryCache()
    manager = ModelManager(
        models,
        build_routes(settings.model, is_on=True, available=models),
        parts=ManagerParts(
            breaker=Breaker(cache),
            cache=cache,
            metrics=desk.metrics,
            prices=Prices(DEFAULT_ENTRIES, price_of),
            entries={name: DEFAULT_ENTRIES[name] for name in models},
            ledger=StoreLedger(desk.store),
            warn_share=settings.budget.warn_share,
            is_local_allowed=settings.model.local_fallback == "on",
        ),
    )
    await manager.start()
    try:
        yield answering_over(desk, manager, answer=settings.answer, budget=settings.budget)
    finally:
        await manager.aclose()
