"""A provider of vectors that fails loses neither articles nor answers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot_service.local_models.server import FakeProviders
from core.errors import IndexUnreachable
from core.ports.index import IndexFilter
from core.retrieval.query import parse_query
from core.retrieval.search import Candidate, RetrievalLimits, retrieve_for_analysis
from schemas.settings import Settings
from services.adapters.embed.batching import ProviderEmbedder
from services.adapters.embed.build import build_embedder
from services.adapters.index.edge import EdgeSearchIndex
from services.adapters.store.engine import SqlStore
from services.indexing import Indexing
from services.ingestion import Ingestion
from tests.integration.ingesting import EVERYTHING, NOW, Desk, post

WHERE = IndexFilter(visibility=EVERYTHING)
POSTS = [
    post("Flood closes the tidal barrier", "The river rose by two metres overnight."),
    post("Orchestra plays in the harbour", "Thousands came to listen."),
]


@pytest.fixture
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as providers:
        yield providers


@pytest.fixture
async def embedder(fake: FakeProviders) -> AsyncIterator[ProviderEmbedder]:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        OPENAI_API_KEY="sk-test",  # type: ignore[call-arg]
        OPENAI_BASE_URL=fake.openai_url,
        embedder={"name": "openai:text-embedding-3-small"},  # type: ignore[arg-type]
    )
    built = await asyncio.to_thread(build_embedder, settings)
    yield built
    await built.aclose()


@pytest.fixture
async def desk(tmp_path: Path, embedder: ProviderEmbedder) -> AsyncIterator[Desk]:
    store = await SqlStore.open(tmp_path / "desk.db")
    index = EdgeSearchIndex.open(
        tmp_path / "index", embedder_name=embedder.name, dimension=embedder.dimension
    )
    opened = Desk(store, index, Ingestion(store), Indexing(store, index, embedder))
    await opened.take(POSTS)
    yield opened
    await opened.aclose()


async def found(
    desk: Desk, embedder: ProviderEmbedder, *, is_words_only: bool = False
) -> list[Candidate]:
    return await retrieve_for_analysis(
        desk.index,
        embedder,
        query=parse_query("flood"),
        where=WHERE,
        limits=RetrievalLimits(is_words_only=is_words_only),
    )


async def test_articles_wait_for_the_provider_and_none_is_blamed(
    desk: Desk, fake: FakeProviders
) -> None:
    fake.set_fault("openai", "overloaded")
    for _ in range(9):  # one more than an article may be tried
        with pytest.raises(IndexUnreachable, match="for the moment"):
            await desk.indexing.drain(now=NOW)
    fake.heal()

    assert await desk.n_indexed() == len(POSTS)


async def test_a_query_is_answered_by_its_words_while_the_provider_fails(
    desk: Desk, embedder: ProviderEmbedder, fake: FakeProviders
) -> None:
    await desk.indexing.drain(now=NOW)
    whole = await found(desk, embedder)

    fake.set_fault("openai", "server_error")
    lacking = await found(desk, embedder)

    assert [candidate.id for candidate in lacking] == [whole[0].id]
    assert {leg.leg for leg in whole[0].legs} == {"sparse", "dense"}
    assert {leg.leg for leg in lacking[0].legs} == {"sparse"}


async def test_a_query_that_must_not_leave_is_searched_by_its_words(
    desk: Desk, embedder: ProviderEmbedder, fake: FakeProviders
) -> None:
    await desk.indexing.drain(now=NOW)
    fake.forget()

    (first, *_) = await found(desk, embedder, is_words_only=True)

    assert {leg.leg for leg in first.legs} == {"sparse"}
    assert fake.requests == ()
