"""What goes wrong at the stand-ins, as the providers' own libraries see it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic
import httpx
import openai
import pytest
import pytest_asyncio
from google.genai import errors

from bot_service.local_models.faults import Fault
from bot_service.local_models.server import FakeProviders
from schemas.llm import ComposedDraft
from tests.integration.provider_clients import Client, Name, client_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES: tuple[Name, ...] = ("openai", "compatible", "anthropic", "gemini")
STATUS = {
    "rate_limited": {"gemini": 429, "anthropic": 429, "openai": 429},
    "exhausted": {"gemini": 429, "anthropic": 400, "openai": 429},
    "server_error": {"gemini": 500, "anthropic": 500, "openai": 500},
    "overloaded": {"gemini": 503, "anthropic": 529, "openai": 503},
    "auth": {"gemini": 400, "anthropic": 401, "openai": 401},
    "not_found": {"gemini": 404, "anthropic": 404, "openai": 404},
    "context_too_long": {"gemini": 400, "anthropic": 400, "openai": 400},
}
FAILED = (openai.APIStatusError, anthropic.APIStatusError, errors.APIError)
ENDED = {
    "truncated": {"max_output_tokens", "length", "max_tokens", "MAX_TOKENS"},
    "content_filter": {"content_filter", "refusal", "PROHIBITED_CONTENT"},
}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeProviders]:
    with FakeProviders(has_own_ports=True) as fake:
        yield fake


@pytest.fixture
def fake(server: FakeProviders) -> Iterator[FakeProviders]:
    server.forget()
    yield server
    server.heal()


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> Name:
    found: Name = request.param
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(server: FakeProviders, name: Name) -> AsyncIterator[Client]:
    made = client_for(name, server)
    yield made
    await made.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def claude(server: FakeProviders) -> AsyncIterator[Client]:
    """One client for what a model writes, which is the same in every protocol."""
    made = client_for("anthropic", server)
    yield made
    await made.close()


def status_of(error: Any) -> int:
    return int(getattr(error, "status_code", 0) or getattr(error, "code", 0))


@pytest.mark.parametrize("fault", STATUS)
async def test_a_refusal_has_the_providers_own_status_and_costs_nothing(
    fake: FakeProviders, client: Client, name: Name, fault: Fault
) -> None:
    fake.set_fault(name, fault)

    with pytest.raises(FAILED, match=r"\w") as failed:
        await client.whole()

    expected = STATUS[fault]["openai" if name == "compatible" else name]
    assert status_of(failed.value) == expected
    assert fake.calls == ()


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_a_rate_limit_says_in_a_header_when_to_come_back(
    fake: FakeProviders, provider: Name
) -> None:
    fake.set_fault(provider, "rate_limited", retry_after_s=2.5)
    client = client_for(provider, fake)

    with pytest.raises(FAILED, match=r"429|rate limit") as failed:
        await client.whole()

    assert failed.value.response.headers["retry-after"] == "2.5"  # type: ignore[union-attr]
    await client.close()


@pytest.mark.parametrize(
    ("fault", "period"), [("rate_limited", "PerMinute"), ("exhausted", "PerDay")]
)
async def test_gemini_says_in_the_body_which_quota_is_gone(
    fake: FakeProviders, fault: Fault, period: str
) -> None:
    fake.set_fault("gemini", fault)
    client = client_for("gemini", fake)

    with pytest.raises(errors.ClientError, match=period):
        await client.whole()

    await client.close()


@pytest.mark.parametrize("key", ["wrong", "expired"])
async def test_a_bad_key_is_refused(fake: FakeProviders, name: Name, key: str) -> None:
    client = client_for(name, fake, key=key)

    with pytest.raises(FAILED, match=r"(?i)key") as failed:
        await client.whole()

    assert status_of(failed.value) == (400 if name == "gemini" else 401)
    await client.close()


async def test_an_unknown_model_is_refused_by_name(fake: FakeProviders, name: Name) -> None:
    client = client_for(name, fake, model="model-of-tomorrow")

    with pytest.raises(FAILED, match="model-of-tomorrow") as failed:
        await client.whole()

    assert status_of(failed.value) == 404
    await client.close()


@pytest.mark.parametrize("fault", ["dropped", "refused", "cut_stream"])
async def test_a_broken_connection_is_an_error_of_the_library(
    fake: FakeProviders, client: Client, name: Name, fault: Fault
) -> None:
    fake.set_fault(name, fault)

    with pytest.raises(Exception, match=r"(?i)connect|read|peer|response"):
        await client.whole()
    with pytest.raises(Exception, match=r"(?i)connect|read|peer|response|incomplete"):
        await client.streamed()

    assert [call.is_told for call in fake.calls] == [False, False] * (fault == "cut_stream")


async def test_a_closed_port_opens_again_where_it_was(fake: FakeProviders) -> None:
    url = f"{fake.openai_url}/models"
    fake.set_fault("openai", "refused")
    async with httpx.AsyncClient(headers={"authorization": "Bearer k"}) as http:
        with pytest.raises(httpx.ConnectError, match=r"refused|attempts failed"):
            await http.get(url)

        fake.set_fault("openai", None)

        assert f"{fake.openai_url}/models" == url
        assert (await http.get(url)).status_code == 200


async def test_a_hanging_provider_is_left_by_its_client_and_bills_nothing(
    fake: FakeProviders, name: Name
) -> None:
    fake.set_fault(name, "hang")
    client = client_for(name, fake, timeout_s=0.15)

    with pytest.raises(Exception, match=r"(?i)time|^$"):
        await client.whole()

    assert fake.calls == ()
    await client.close()


async def test_a_slow_first_byte_comes_after_its_delay(
    fake: FakeProviders, client: Client, name: Name
) -> None:
    fake.set_fault(name, "slow_first_byte", delay_s=0.2)
    loop = asyncio.get_running_loop()
    began = loop.time()

    got = await client.streamed()

    assert loop.time() - began >= 0.2
    assert ComposedDraft.model_validate_json(got.text).claims


@pytest.mark.parametrize("form", ["fields", "types", "nulls"])
async def test_wrong_json_is_json_that_the_schema_refuses(
    fake: FakeProviders, claude: Client, form: str
) -> None:
    fake.set_fault("anthropic", "wrong_schema", form=form)

    got = await claude.whole()

    assert isinstance(json.loads(got.text), dict)
    with pytest.raises(ValueError, match="validation error"):
        ComposedDraft.model_validate_json(got.text)


async def test_malformed_json_is_none(fake: FakeProviders, claude: Client) -> None:
    fake.set_fault("anthropic", "malformed_json")

    got = await claude.whole()

    with pytest.raises(ValueError, match=r"delimiter|Expecting|Unterminated"):
        json.loads(got.text)


async def test_markdown_is_the_good_json_in_a_fence(fake: FakeProviders, claude: Client) -> None:
    fake.set_fault("anthropic", "markdown")

    got = await claude.whole()

    body = got.text.removeprefix("```json\n").removesuffix("\n```")
    assert body != got.text
    assert ComposedDraft.model_validate_json(body).claims


async def test_huge_is_a_hundred_kilobytes_that_are_billed(
    fake: FakeProviders, claude: Client
) -> None:
    fake.set_fault("anthropic", "huge")

    got = await claude.whole()

    assert len(got.text) >= 100_000
    assert fake.calls[0].usage.output_tokens >= 25_000


async def test_the_wrong_language_cites_all_the_same(fake: FakeProviders, claude: Client) -> None:
    fake.set_fault("anthropic", "wrong_language")

    got = await claude.whole()

    draft = ComposedDraft.model_validate_json(got.text)
    assert draft.claims[0].refs == ("k7q2", "b3d4")
    assert draft.claims[0].text.startswith("Несколько изданий")


@pytest.mark.parametrize("fault", ENDED)
async def test_a_reply_that_ends_early_says_why(
    fake: FakeProviders, client: Client, name: Name, fault: Fault
) -> None:
    fake.set_fault(name, fault)

    whole = await client.whole()
    streamed = await client.streamed()

    assert whole.ending in ENDED[fault]
    assert streamed.ending == whole.ending


async def test_a_refusal_to_write_gives_no_json(
    fake: FakeProviders, client: Client, name: Name
) -> None:
    fake.set_fault(name, "refusal")

    got = await client.whole()

    assert not got.text.startswith("{")
    assert len(fake.calls) == 1


async def test_unknown_fields_everywhere_are_survived(
    fake: FakeProviders, client: Client, name: Name
) -> None:
    good = await client.whole()
    fake.set_fault(name, "unknown_fields")

    assert await client.whole() == good
    assert await client.streamed() == good


async def test_a_reply_without_usage_is_billed_and_not_told(
    fake: FakeProviders, client: Client, name: Name
) -> None:
    fake.set_fault(name, "no_usage")

    got = await client.whole()

    assert (got.read, got.written) == (None, None)
    assert [call.is_told for call in fake.calls] == [False]


async def test_a_web_page_is_no_reply(fake: FakeProviders, name: Name) -> None:
    fake.set_fault(name, "html")
    url = {
        "openai": f"{fake.openai_url}/responses",
        "compatible": f"{fake.compatible_url}/chat/completions",
        "anthropic": f"{fake.anthropic_url}/v1/messages",
        "gemini": f"{fake.gemini_url}/v1beta/models/x:generateContent",
    }[name]

    async with httpx.AsyncClient() as http:
        answer = await http.post(url, json={})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_fault_can_be_for_the_next_calls_alone(
    fake: FakeProviders, client: Client, name: Name
) -> None:
    fake.set_fault(name, "server_error", times=2)

    for _ in range(2):
        with pytest.raises(FAILED, match=r"\w"):
            await client.whole()

    assert (await client.whole()).text
