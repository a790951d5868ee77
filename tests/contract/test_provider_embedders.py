"""What embedders over a provider's API promise, by the real client libraries."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from bot_service.local_models.server import FakeProviders
from core.errors import IndexFailed, IndexUnreachable, SettingError
from schemas.settings import Settings
from services.adapters.embed.batching import ProviderEmbedder
from services.adapters.embed.build import build_embedder, names_a_provider
from tests.contract.canned import Canned, canned_server
from tests.contract.providers import KEY, settings_for

STORM = "Storm closes the harbour and three bridges in the north"
STORM_AGAIN = "Storm closes harbour and three northern bridges"
ELECTION = "Parliament elects a new speaker after a long debate"
NAMES = {"openai": "openai:text-embedding-3-small", "gemini": "gemini:gemini-embedding-001"}


@pytest.fixture(scope="module")
def providers() -> Iterator[FakeProviders]:
    with FakeProviders(has_own_ports=True) as fake:
        yield fake


@pytest.fixture
def fake(providers: FakeProviders) -> Iterator[FakeProviders]:
    yield providers
    providers.heal()
    providers.forget()


@pytest.fixture(params=NAMES)
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def opened(
    settings: Settings, tokens: list[int] | None = None
) -> AsyncIterator[ProviderEmbedder]:
    embedder = build_embedder(settings, None if tokens is None else tokens.append)
    try:
        yield embedder
    finally:
        await embedder.aclose()


def named(fake: FakeProviders, name: str, dimension: int = 256) -> Settings:
    return settings_for(fake, embedder={"name": name, "dimension": dimension})


async def test_vectors_are_unit_length_float32_rows_of_the_dimension_asked_for(
    fake: FakeProviders, vendor: str
) -> None:
    tokens: list[int] = []

    async with opened(named(fake, NAMES[vendor]), tokens) as embedder:
        vectors = await embedder.embed([STORM, "", ELECTION, STORM_AGAIN])

    assert vectors.shape == (4, 256)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1, 1], abs=1e-5)
    assert vectors[0] @ vectors[3] > vectors[0] @ vectors[2]
    assert sum(tokens) > 10


async def test_the_name_and_the_dimension_are_known_without_a_call(
    fake: FakeProviders, vendor: str
) -> None:
    async with opened(named(fake, NAMES[vendor], 512)) as embedder:
        known = (embedder.name, embedder.dimension, embedder.is_semantic)

    assert known == (NAMES[vendor], 512, True)
    assert fake.requests == ()


async def test_many_texts_go_in_batches_and_come_back_in_their_order(
    fake: FakeProviders, vendor: str
) -> None:
    texts = [f"word{place} and more" for place in range(230)]

    async with opened(named(fake, NAMES[vendor])) as embedder:
        together = await embedder.embed(texts)
        alone = await embedder.embed([texts[171]])

    assert len(fake.calls) == 3 + 1
    assert together[171] == pytest.approx(alone[0], abs=1e-6)


async def test_a_text_of_a_megabyte_is_cut_and_a_broken_letter_does_not_matter(
    fake: FakeProviders, vendor: str
) -> None:
    async with opened(named(fake, NAMES[vendor])) as embedder:
        (vector,) = await embedder.embed(["слово " * 200_000 + "\ud800"])

    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("rate_limited", "for the moment"),
        ("server_error", "for the moment"),
        ("auth", "refused the key: check (OPENAI|GOOGLE)_API_KEY"),
        ("not_found", "check NEWSDESK_EMBEDDER__NAME"),
        ("html", "check"),
        ("dropped", "check"),
        ("refused", "check"),
    ],
)
async def test_a_provider_that_fails_blames_no_text(
    fake: FakeProviders, vendor: str, fault: str, words: str
) -> None:
    async with opened(named(fake, NAMES[vendor])) as embedder:
        fake.set_fault(vendor, fault)  # type: ignore[arg-type]

        with pytest.raises(IndexUnreachable, match=words) as caught:
            await embedder.embed([STORM, ELECTION])

    assert KEY[:8] not in str(caught.value)
    assert STORM not in str(caught.value)


async def test_texts_that_a_provider_refuses_are_to_blame() -> None:
    async with canned_server() as canned, opened(_at(canned)) as embedder:
        canned.say({"error": {"message": "invalid input"}}, status=400)

        with pytest.raises(IndexFailed, match="does not take the texts") as caught:
            await embedder.embed([STORM])

    assert not isinstance(caught.value, IndexUnreachable)


@pytest.mark.parametrize("rows", [[[1.0, 0.0]], [None], [["x"] * 64], [[float("1e999")] * 64]])
async def test_vectors_of_another_form_are_refused(rows: list[object]) -> None:
    data = [{"index": place, "embedding": row} for place, row in enumerate(rows)]
    async with canned_server() as canned, opened(_at(canned)) as embedder:
        canned.say({"data": data})

        with pytest.raises(IndexUnreachable, match=r"shape .* not \(1, 64\).*DIMENSION"):
            await embedder.embed([STORM])


def test_a_missing_key_or_model_stops_the_start() -> None:
    bare = {"_env_file": None, "embedder": {"name": "gemini:gemini-embedding-001"}}
    unnamed = {"_env_file": None, "embedder": {"name": "openai:"}, "OPENAI_API_KEY": KEY}

    with pytest.raises(SettingError, match="needs GOOGLE_API_KEY"):
        build_embedder(Settings(**bare))  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="name a model"):
        build_embedder(Settings(**unnamed))  # type: ignore[arg-type]


def test_a_provider_is_told_from_a_folder_by_its_name() -> None:
    names = ["openai:m", "gemini:m", "hashing", "/models/openai", r"C:\models", "other:m"]

    assert [names_a_provider(name) for name in names] == [True, True, *[False] * 4]


def _at(canned: Canned) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        OPENAI_BASE_URL=f"{canned.url}/v1",  # type: ignore[call-arg]
        embedder={"name": "openai:nomic-embed-text", "dimension": 64},  # type: ignore[arg-type]
    )
