"""The stand-ins for the providers, asked by the providers' own unmodified libraries."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Iterator

import httpx
import openai
import pytest
import pytest_asyncio
from google import genai
from google.genai import types

from bot_service.local_models.counting import count_tokens
from bot_service.local_models.server import FakeProviders
from schemas.llm import ComposedDraft
from tests.integration.provider_clients import MODELS, SYSTEM, USER, Client, Name, client_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES: tuple[Name, ...] = ("openai", "compatible", "anthropic", "gemini")
DATED = {
    "openai": "gpt-5-mini-2025-08-07",
    "compatible": "llama3.3",
    "anthropic": "claude-haiku-4-5-20251001",
    "gemini": "gemini-2.5-flash",
}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeProviders]:
    with FakeProviders() as fake:
        yield fake


@pytest.fixture
def fake(server: FakeProviders) -> Iterator[FakeProviders]:
    """The stand-ins without faults, scripts, latency or past."""
    server.forget()
    yield server
    server.heal()
    server.set_latency(0)
    for name in NAMES:
        server.set_script(name, None)


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> Name:
    found: Name = request.param
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(server: FakeProviders, name: Name) -> AsyncIterator[Client]:
    made = client_for(name, server)
    yield made
    await made.close()


async def test_a_reply_is_in_the_schema_cites_and_keeps_its_figures(client: Client) -> None:
    got = await client.whole()

    draft = ComposedDraft.model_validate_json(got.text)
    assert [claim.refs for claim in draft.claims] == [("k7q2", "b3d4"), ("b3d4",)]
    assert "12 articles of 4 publishers" in draft.claims[0].text
    assert draft.tldr == draft.claims[0].text


async def test_a_stream_gives_the_same_as_one_piece(client: Client) -> None:
    assert await client.streamed() == await client.whole()


async def test_the_streaming_helper_of_openai_follows_every_event(fake: FakeProviders) -> None:
    client = openai.AsyncOpenAI(base_url=fake.openai_url, api_key="k", max_retries=0)

    async with client.responses.stream(
        model="gpt-5", input=f"Write in English.\n{USER}", text_format=ComposedDraft
    ) as stream:
        kinds = [event.type async for event in stream]
        final = await stream.get_final_response()

    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
    assert final.output_parsed is not None
    assert final.output_parsed.claims[1].refs == ("b3d4",)
    await client.close()


async def test_the_dated_id_answers(client: Client, name: Name) -> None:
    assert (await client.whole()).model == DATED[name]


async def test_what_a_client_is_told_to_pay_is_what_is_billed(
    fake: FakeProviders, client: Client
) -> None:
    told = [await client.whole(), await client.streamed()]

    billed = [(call.usage.input_tokens, call.usage.output_tokens) for call in fake.calls]
    assert [(got.read, got.written) for got in told] == billed
    assert all(call.is_told for call in fake.calls)


async def test_tokens_are_counted_from_the_text_by_one_rule(
    fake: FakeProviders, client: Client
) -> None:
    got = await client.whole()

    (call,) = fake.calls
    assert call.usage.input_tokens == count_tokens(f"{SYSTEM}\n{USER}")
    assert call.usage.output_tokens - call.usage.reasoning_tokens == count_tokens(got.text)


@pytest.mark.parametrize("provider", ["openai", "gemini"])
async def test_reasoning_is_part_of_what_is_written(fake: FakeProviders, provider: Name) -> None:
    client = client_for(provider, fake)

    got = await client.whole()

    assert fake.calls[0].usage.reasoning_tokens > 0
    assert got.written == count_tokens(got.text) + fake.calls[0].usage.reasoning_tokens
    await client.close()


@pytest.mark.parametrize("provider", ["openai", "gemini"])
async def test_a_long_prompt_is_read_from_the_cache_the_second_time(
    fake: FakeProviders, provider: Name
) -> None:
    client = client_for(provider, fake, user=f"{'Old news. ' * 1_000}\n{USER}")

    await client.whole()
    await client.whole()

    first, second = (call.usage for call in fake.calls)
    assert first.cached_tokens == 0
    assert 1_024 <= second.cached_tokens <= second.input_tokens
    await client.close()


async def test_a_script_writes_in_place_of_the_stand_in(
    fake: FakeProviders, client: Client, name: Name
) -> None:
    fake.set_script(name, lambda prompt: json.dumps({"heard": prompt["user"][:4], "n": 7}))

    got = await client.whole()

    assert json.loads(got.text) == {"heard": "<9f>", "n": 7}


async def test_what_was_sent_can_be_looked_at(
    fake: FakeProviders, client: Client, name: Name
) -> None:
    await client.whole()

    (seen,) = fake.requests
    assert (seen.provider, seen.status, seen.fault) == (name, 200, None)
    assert "Barrier closes" in seen.text


async def test_plain_paths_serve_every_provider(fake: FakeProviders) -> None:
    async with httpx.AsyncClient(base_url=fake.url) as http:
        said = [
            await http.post(
                "/v1/responses",
                json={"model": "gpt-5", "input": "hello"},
                headers={"authorization": "Bearer k"},
            ),
            await http.post(
                "/v1/messages",
                json={
                    "model": MODELS["anthropic"],
                    "max_tokens": 90,
                    "messages": [{"role": "user", "content": "hello"}],
                },
                headers={"x-api-key": "k", "anthropic-version": "2023-06-01"},
            ),
            await http.post(
                f"/v1beta/models/{MODELS['gemini']}:generateContent",
                json={"contents": [{"parts": [{"text": "hello"}]}]},
                headers={"x-goog-api-key": "k"},
            ),
        ]

    assert [answer.status_code for answer in said] == [200, 200, 200]
    assert all("stand-in for a language model" in answer.text for answer in said)


async def test_lists_of_models_hold_the_ids_that_answer(fake: FakeProviders) -> None:
    async with httpx.AsyncClient(base_url=fake.url) as http:
        lists = {
            "openai": await http.get("/v1/models", headers={"authorization": "Bearer k"}),
            "anthropic": await http.get(
                "/v1/models", headers={"x-api-key": "k", "anthropic-version": "2023-06-01"}
            ),
            "gemini": await http.get("/v1/models", headers={"x-goog-api-key": "k"}),
        }

    assert all(DATED[name] in answer.text for name, answer in lists.items())


@pytest.mark.parametrize("packing", ["float", "base64"])
async def test_openai_embeddings_are_unit_vectors_of_the_width_asked_for(
    fake: FakeProviders, packing: str
) -> None:
    async with httpx.AsyncClient(base_url=fake.openai_url) as http:
        answer = await http.post(
            "/embeddings",
            json={
                "model": "text-embedding-3-small",
                "input": ["flood"],
                "dimensions": 64,
                "encoding_format": packing,
            },
            headers={"authorization": "Bearer k"},
        )
    client = openai.AsyncOpenAI(base_url=fake.openai_url, api_key="k", max_retries=0)
    reply = await client.embeddings.create(
        model="text-embedding-3-small", input=["flood"], dimensions=64
    )

    vector = reply.data[0].embedding
    assert len(vector) == 64
    assert math.isclose(sum(value * value for value in vector), 1, rel_tol=1e-5)
    assert isinstance(answer.json()["data"][0]["embedding"], list if packing == "float" else str)
    await client.close()


async def test_gemini_embeddings_below_full_width_come_unnormalised(fake: FakeProviders) -> None:
    options = types.HttpOptions(base_url=fake.gemini_url, api_version="v1beta")
    client = genai.Client(api_key="k", http_options=options)
    reply = await client.aio.models.embed_content(
        model="gemini-embedding-001",
        contents=["a flood", "a ferry"],
        config=types.EmbedContentConfig(output_dimensionality=128),
    )

    assert reply.embeddings is not None
    lengths = [sum(v * v for v in found.values or []) for found in reply.embeddings]
    assert len(lengths) == 2
    assert all(0 < length < 0.9 for length in lengths)
    await client.aio.aclose()
    client.close()


async def test_two_hundred_slow_calls_do_not_wait_for_each_other(fake: FakeProviders) -> None:
    fake.set_latency(0.5)
    body = json.dumps({"model": "gpt-5", "input": USER}).encode()
    request = (
        b"POST /openai/v1/responses HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n"
        b"authorization: Bearer k\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    )

    async def call() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(fake.url.split(":")[-1]))
        writer.write(request)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    # One after the other they would take 100 s.
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*(call() for _ in range(200)))

    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    assert len(fake.calls) == 200
