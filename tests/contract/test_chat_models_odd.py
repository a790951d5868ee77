"""Answers that no provider documents, and those that the stand-ins do not give."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import pytest_asyncio

from core.errors import ModelFailed
from core.ports.chat_model import ChatModel
from schemas.llm import ModelReply, Usage
from schemas.settings import Settings
from tests.contract.canned import Canned, canned_server
from tests.contract.providers import KEY, ROUTE_NAMES, VENDORS, Asking, Vendor, call, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

DRAFT = '{"claims": [], "tldr": null}'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Canned]:
    async with canned_server() as canned:
        yield canned


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def models(server: Canned) -> AsyncIterator[dict[str, ChatModel]]:
    llama = {"provider": "compatible", "model": "llama3.3", "base_url": f"{server.url}/v1/"}
    given: dict[str, object] = {
        **dict.fromkeys(("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY"), KEY),
        "OPENAI_BASE_URL": f"{server.url}/v1/",
        "ANTHROPIC_BASE_URL": f"{server.url}/v1/",
        "GOOGLE_GEMINI_BASE_URL": f"{server.url}/v1beta/",
        "model": {"entries": {"llama": llama}},
    }
    async with opened(Settings(_env_file=None, **given)) as built:  # type: ignore[call-arg, arg-type]
        yield built


@pytest.fixture
def canned(server: Canned) -> Canned:
    server.heads.clear()
    server.is_cut = False
    return server


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def model(models: dict[str, ChatModel], vendor: Vendor) -> ChatModel:
    return models[ROUTE_NAMES[vendor]]


@pytest.fixture(params=["whole", "stream"])
def ask(request: pytest.FixtureRequest, model: ChatModel) -> Asking:
    return Asking(model, request.param)


async def test_an_address_may_end_in_a_slash_or_in_the_version_that_the_library_adds(
    canned: Canned, vendor: Vendor, model: ChatModel
) -> None:
    canned.say({"error": {"message": "no"}}, status=400)

    with pytest.raises(ModelFailed, match="does not take the request"):
        await model.draft(call())

    path = canned.heads[0].split()[1]
    assert (
        path
        == {
            "openai": "/v1/responses",
            "compatible": "/v1/chat/completions",
            "anthropic": "/v1/messages",
            "gemini": "/v1beta/models/gemini-3.8-flash:generateContent",
        }[vendor]
    )


async def test_an_adapter_tries_once(canned: Canned, ask: Asking) -> None:
    canned.say({"error": {"message": "Try again."}}, status=503)

    with pytest.raises(ModelFailed, match=r"failed \(503\)"):
        await ask(call())

    assert len(canned.heads) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(408, "timeout"), (504, "timeout"), (409, "overloaded"), (502, "overloaded")],
)
async def test_a_gateway_with_a_web_page_is_judged_by_its_status(
    canned: Canned, model: ChatModel, status: int, kind: str
) -> None:
    page = b"<html><h1>Bad gateway</h1></html>" if status > 500 else b"{}"
    canned.say(page, status=status, content_type="text/html" if status > 500 else "text/plain")

    with pytest.raises(ModelFailed, match=str(status)) as caught:
        await model.draft(call())

    assert (caught.value.kind, caught.value.is_sent) == (kind, True)
    assert "Bad gateway" not in str(caught.value)


async def test_a_key_does_not_follow_a_redirect(canned: Canned, ask: Asking) -> None:
    canned.say(b"", status=307, location=f"{canned.url}/elsewhere")

    with pytest.raises(ModelFailed, match=r"elsewhere.* is not followed: check .*(URL|url)"):
        await ask(call())

    assert len(canned.heads) == 1


async def test_a_path_that_is_not_there_is_no_missing_model(canned: Canned, ask: Asking) -> None:
    canned.say({"detail": "Not Found"}, status=404)

    with pytest.raises(ModelFailed, match=r"nothing answers at .* check .*(URL|url)") as caught:
        await ask(call())

    assert (caught.value.kind, caught.value.is_sent) == ("bad_request", False)


@pytest.mark.parametrize("form", ["seconds", "milliseconds", "date"])
async def test_a_pause_is_read_in_every_form(canned: Canned, model: ChatModel, form: str) -> None:
    far = datetime(2031, 5, 1, 12, tzinfo=UTC)  # the server's clock; ours may be wrong
    headers = {
        "seconds": {"retry_after": "9"},
        "milliseconds": {"retry_after_ms": "9000", "retry_after": "60"},
        "date": {
            "retry_after": format_datetime(far + timedelta(seconds=9), usegmt=True),
            "date": format_datetime(far, usegmt=True),
        },
    }[form]
    canned.say({"error": {"message": "slow down"}}, status=429, **headers)

    with pytest.raises(ModelFailed, match="for the moment") as caught:
        await model.draft(call())

    assert caught.value.retry_after_s == pytest.approx(9)


@pytest.mark.parametrize(
    "echo", [f"Incorrect key: {KEY}", f"Bad input: {call().messages[1].content}"]
)
async def test_an_error_that_repeats_the_key_or_the_prompt_is_not_shown(
    canned: Canned, model: ChatModel, echo: str
) -> None:
    canned.say({"error": {"message": echo}}, status=400)

    with pytest.raises(ModelFailed, match="does not take") as caught:
        await model.draft(call())

    assert KEY not in str(caught.value)
    assert "bridge over the Lenna" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b'{"id": "x", "cho', b"", b"7", b'{"error": null}', b'{"usage": 7}']
)
async def test_a_body_of_no_known_form_is_a_failure_and_never_a_crash(
    canned: Canned, ask: Asking, body: bytes
) -> None:
    canned.say(body)

    with pytest.raises(ModelFailed, match=ask.model.name) as caught:
        await ask(call())

    assert caught.value.kind in ("overloaded", "schema_invalid")


async def test_nulls_everywhere_in_the_envelope_are_an_empty_reply(
    canned: Canned, vendor: Vendor, model: ChatModel
) -> None:
    canned.say(
        {
            "openai": {"id": None, "output": None, "usage": None, "model": None, "error": None},
            "compatible": {"choices": [{"message": {"content": None}}], "usage": None},
            "anthropic": {"content": None, "usage": None, "model": None, "stop_reason": None},
            "gemini": {"candidates": None, "usageMetadata": None, "modelVersion": None},
        }[vendor]
    )

    with pytest.raises(ModelFailed, match="answered nothing") as caught:
        await model.draft(call())

    assert caught.value.answered is not None
    assert caught.value.answered.usage == Usage()


async def test_a_body_that_stops_short_is_void(canned: Canned, ask: Asking) -> None:
    canned.say(b'{"id": "x"')
    canned.is_cut = True

    with pytest.raises(ModelFailed, match="broke off") as caught:
        await ask(call())

    assert (caught.value.kind, caught.value.is_sent) == ("overloaded", True)


STREAMS: dict[Vendor, list[object]] = {
    "openai": [{"type": "response.output_text.delta", "delta": DRAFT}],
    "compatible": [{"choices": [{"delta": {"content": DRAFT}}]}, "[DONE]"],
    "anthropic": [
        {"type": "message_start", "message": {"usage": {"input_tokens": 5, "output_tokens": 1}}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": DRAFT}},
    ],
    "gemini": [{"candidates": [{"content": {"parts": [{"text": DRAFT}]}}]}],
}


async def test_a_stream_without_its_end_is_no_reply_however_complete_the_text(
    canned: Canned, vendor: Vendor, model: ChatModel
) -> None:
    canned.stream(STREAMS[vendor], is_named=vendor == "anthropic")

    with pytest.raises(ModelFailed, match="ended before the reply was complete") as caught:
        await Asking(model, "stream")(call())

    assert (caught.value.kind, caught.value.answered) == ("overloaded", None)


ERRORS: dict[Vendor, list[object]] = {
    "openai": [{"type": "error", "code": "rate_limit_exceeded", "message": "slow"}],
    "compatible": [{"error": {"code": "rate_limit_exceeded", "message": "slow"}}],
    "anthropic": [{"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}}],
    "gemini": [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slow"}}],
}


async def test_an_error_inside_a_stream_keeps_its_kind(
    canned: Canned, vendor: Vendor, model: ChatModel
) -> None:
    canned.stream(ERRORS[vendor], is_named=vendor == "anthropic")

    with pytest.raises(ModelFailed, match="for the moment") as caught:
        await Asking(model, "stream")(call())

    assert caught.value.kind == "rate_limited"


async def test_a_failed_response_of_openai_keeps_its_kind(
    canned: Canned, models: dict[str, ChatModel]
) -> None:
    failed = {"status": "failed", "error": {"code": "server_error", "message": "sorry"}}
    canned.say(failed)

    with pytest.raises(ModelFailed, match="sorry") as caught:
        await models["gpt-5"].draft(call())

    assert caught.value.kind == "overloaded"


USAGE: dict[Vendor, object] = {
    "openai": {
        "output": [{"type": "message", "content": [{"type": "output_text", "text": DRAFT}]}],
        "usage": {
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 60},
            "output_tokens": 50,
            "output_tokens_details": {"reasoning_tokens": 30},
        },
    },
    "compatible": {
        "choices": [{"message": {"content": DRAFT}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 100,
            "prompt_tokens_details": {"cached_tokens": 60},
            "completion_tokens": 50,
            "completion_tokens_details": {"reasoning_tokens": 30},
        },
    },
    "anthropic": {
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": DRAFT}],
        "usage": {
            "input_tokens": 30,
            "cache_read_input_tokens": 60,
            "cache_creation_input_tokens": 10,
            "output_tokens": 50,
            "output_tokens_details": {"thinking_tokens": 30},
        },
    },
    "gemini": {
        "candidates": [{"content": {"parts": [{"text": "hm", "thought": True}, {"text": DRAFT}]}}],
        "usageMetadata": {
            "promptTokenCount": 100,
            "cachedContentTokenCount": 60,
            "candidatesTokenCount": 20,
            "thoughtsTokenCount": 30,
        },
    },
}


async def test_cached_and_reasoned_tokens_are_parts_of_their_wholes(
    canned: Canned, vendor: Vendor, model: ChatModel
) -> None:
    canned.say(USAGE[vendor])

    reply = await model.draft(call())

    assert isinstance(reply, ModelReply)
    assert reply.usage == Usage(
        input_tokens=100, cached_tokens=60, output_tokens=50, reasoning_tokens=30
    )
