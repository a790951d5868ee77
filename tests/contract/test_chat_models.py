"""What every provider's adapter promises: one suite, the provider and the way of asking vary."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Literal, get_args

import pytest
import pytest_asyncio

from bot_service.local_models.asked import Prompt
from bot_service.local_models.bill import Call
from bot_service.local_models.server import FakeProviders
from core.errors import ModelFailed
from core.ports.chat_model import ChatModel
from schemas.llm import REPLY_SCHEMAS, ComposedDraft, FailureKind, Message, ModelReply, Task, Usage
from services.adapters.llm.replies import MAX_KEPT_CHARS
from services.adapters.llm.reply_schema import reply_schema
from tests.contract.providers import (
    EVIDENCE,
    KEY,
    ROUTE_NAMES,
    VENDORS,
    Asking,
    Vendor,
    call,
    opened,
    pieces_of,
    settings_for,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def providers() -> Iterator[FakeProviders]:
    with FakeProviders(has_own_ports=True) as fake:
        yield fake


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def models(providers: FakeProviders) -> AsyncIterator[dict[str, ChatModel]]:
    async with opened(settings_for(providers)) as built:
        yield built


@pytest.fixture
def fake(providers: FakeProviders) -> Iterator[FakeProviders]:
    yield providers
    providers.heal()
    providers.forget()
    for vendor in VENDORS:
        providers.set_script(vendor, None)


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def model(models: dict[str, ChatModel], vendor: Vendor) -> ChatModel:
    return models[ROUTE_NAMES[vendor]]


@pytest.fixture(params=["whole", "stream"])
def ask(request: pytest.FixtureRequest, model: ChatModel) -> Asking:
    return Asking(model, request.param)


def hear(heard: list[Prompt], prompt: Prompt) -> str:
    heard.append(prompt)
    return '{"claims": []}'


async def test_a_reply_is_parsed_and_names_who_answered_and_exactly_what_it_used(
    fake: FakeProviders, ask: Asking
) -> None:
    reply = await ask(call())

    billed = _billed(fake, None)
    assert isinstance(reply.draft, ComposedDraft)
    assert [claim.refs for claim in reply.draft.claims] == [("k7q",), ("m2x",)]
    assert (reply.model, reply.usage) == (billed.model, billed.usage)


@pytest.mark.parametrize("task", get_args(Task))
async def test_each_task_is_answered_in_its_own_schema(
    fake: FakeProviders, vendor: Vendor, model: ChatModel, task: Task
) -> None:
    told: list[object] = []
    text = "{}" if task == "query_expansion" else '{"claims": []}'

    def write(prompt: Prompt) -> str:
        told.append(prompt["schema"])
        return text

    fake.set_script(vendor, write)

    reply = await model.draft(call(task))

    assert told == [reply_schema(task)]
    assert type(reply.draft) is REPLY_SCHEMAS[task]


async def test_a_stream_gives_the_text_in_pieces_and_the_reply_last(
    fake: FakeProviders, model: ChatModel
) -> None:
    *pieces, reply = await pieces_of(model, call())

    assert len(pieces) > 2
    assert isinstance(reply, ModelReply)
    assert json.loads("".join(map(str, pieces))) == json.loads(reply.draft.model_dump_json())


async def test_the_system_speaks_as_the_system_and_a_repair_turn_as_the_assistant(
    fake: FakeProviders, vendor: Vendor, model: ChatModel
) -> None:
    heard: list[Prompt] = []
    fake.set_script(vendor, partial(hear, heard))
    turns = (
        Message(role="assistant", content="Not JSON at all."),
        Message(role="user", content="Write it as JSON."),
    )
    asked = call().model_copy(update={"messages": call().messages + turns})

    await model.draft(asked)

    assert heard[0]["system"] == "You word the news."
    assert "Not JSON at all." not in heard[0]["user"]
    assert "Not JSON at all." in json.dumps(heard[0]["body"])


async def test_what_is_asked_is_bounded_quiet_and_without_tools(
    fake: FakeProviders, vendor: Vendor, model: ChatModel
) -> None:
    heard: list[Prompt] = []
    fake.set_script(vendor, partial(hear, heard))

    await model.draft(call(max_tokens=777))

    body = heard[0]["body"]
    inner = body.get("generationConfig")
    body = body | inner if isinstance(inner, dict) else body
    expected = {
        "openai": {"max_output_tokens": 777, "reasoning": {"effort": "none"}, "store": False},
        "compatible": {"max_tokens": 777},
        "anthropic": {"max_tokens": 777, "thinking": {"type": "between_tools"}},
        "gemini": {"maxOutputTokens": 777, "thinkingConfig": {"thinking_level": "MINIMAL"}},
    }[vendor]
    assert {name: body.get(name) for name in expected} == expected
    assert not {"tools", "temperature", "top_p", "tool_choice", "toolConfig"} & body.keys()


FAILURES: dict[str, tuple[FailureKind, bool, str]] = {
    "rate_limited": ("rate_limited", False, "takes no more requests"),
    "exhausted": ("rate_limited", False, "quota or the money"),
    "server_error": ("overloaded", False, r"failed \(500\)"),
    "overloaded": ("overloaded", False, r"failed \((503|529)\)"),
    "auth": ("auth", False, "refused the key .*: check .*(API_KEY|api_key)"),
    "not_found": ("bad_request", False, "the model id .* does not exist at http"),
    "context_too_long": ("context_too_long", False, "is longer than the model"),
    "html": ("bad_request", False, "web page .*: check .*(BASE_URL|base_url)"),
    "dropped": ("overloaded", True, "broke off"),
    "cut_stream": ("overloaded", True, "broke off"),
    "refused": ("overloaded", False, "cannot reach http.*: check .*(BASE_URL|base_url)"),
}


IN_STREAMS = ("server_error", "html", "cut_stream", "rate_limited")
"""Failures that a library may show otherwise when a stream was asked for."""


@pytest.mark.parametrize(
    ("how", "fault"),
    [*(("whole", fault) for fault in FAILURES), *(("stream", fault) for fault in IN_STREAMS)],
)
async def test_a_failure_is_told_by_its_kind_and_whether_it_can_have_cost_anything(
    fake: FakeProviders,
    vendor: Vendor,
    model: ChatModel,
    how: Literal["whole", "stream"],
    fault: str,
) -> None:
    kind, is_sent, words = FAILURES[fault]
    ask = Asking(model, how)
    fake.set_fault(vendor, fault)  # type: ignore[arg-type]

    with pytest.raises(ModelFailed, match=words) as caught:
        await ask(call())

    assert (caught.value.kind, caught.value.is_sent) == (kind, is_sent)
    assert caught.value.is_exhausted is (fault == "exhausted")


async def test_a_pause_is_asked_for_as_the_provider_says(
    fake: FakeProviders, vendor: Vendor, model: ChatModel
) -> None:
    fake.set_fault(vendor, "rate_limited", retry_after_s=7)

    with pytest.raises(ModelFailed, match="for the moment") as caught:
        await model.draft(call())

    assert caught.value.retry_after_s == 7


async def test_a_day_that_is_used_up_at_gemini_lasts_until_its_midnight(
    fake: FakeProviders, models: dict[str, ChatModel]
) -> None:
    fake.set_fault("gemini", "exhausted")

    with pytest.raises(ModelFailed, match="quota") as caught:
        await models["gemini-2.5-pro"].draft(call())

    assert caught.value.retry_after_s is not None
    assert 0 < caught.value.retry_after_s <= 25 * 3_600


@pytest.mark.parametrize("fault", ["hang", "slow_first_byte"])
async def test_an_attempt_ends_with_its_time(
    fake: FakeProviders, vendor: Vendor, ask: Asking, fault: str
) -> None:
    fake.set_fault(vendor, fault)  # type: ignore[arg-type]
    loop = asyncio.get_running_loop()
    begun = loop.time()

    with pytest.raises(ModelFailed, match=r"within 0\.1 s") as caught:
        await ask(call(timeout_s=0.1))

    assert (caught.value.kind, caught.value.is_sent) == ("timeout", True)
    assert loop.time() - begun < 1


USELESS = {
    "malformed_json": {},
    "wrong_schema": {"form": "fields"},
    "wrong types": {"form": "types"},
    "nulls": {"form": "nulls"},
    "huge": {},
    "empty": {},
    "truncated": {},
}


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        *(("whole", fault) for fault in USELESS),
        *(("stream", fault) for fault in ("malformed_json", "huge", "truncated")),
    ],
)
async def test_a_reply_of_no_use_is_billed_and_kept_for_mending(
    fake: FakeProviders,
    vendor: Vendor,
    model: ChatModel,
    how: Literal["whole", "stream"],
    fault: str,
) -> None:
    ask = Asking(model, how)
    name = fault if fault not in ("wrong types", "nulls") else "wrong_schema"
    fake.set_fault(vendor, name, **USELESS[fault])  # type: ignore[arg-type]

    with pytest.raises(ModelFailed, match=r"fit|cut off|nothing|more than 40000") as caught:
        await ask(call())

    # A flood is not read to its end, where its usage would be told.
    is_read = (fault, ask.how) != ("huge", "stream")
    answered = caught.value.answered
    assert answered is not None
    assert (caught.value.kind, answered.usage) == (
        "schema_invalid",
        _billed(fake, name).usage if is_read else Usage(),
    )
    assert (answered.text is None) is (fault == "empty")
    assert len(answered.text or "") <= MAX_KEPT_CHARS


@pytest.mark.parametrize("fault", ["content_filter", "refusal"])
async def test_a_refusal_is_a_matter_of_policy_and_is_billed(
    fake: FakeProviders, vendor: Vendor, ask: Asking, fault: str
) -> None:
    fake.set_fault(vendor, fault)  # type: ignore[arg-type]

    with pytest.raises(ModelFailed, match="refused to answer") as caught:
        await ask(call())

    assert caught.value.kind == "content_policy"
    assert caught.value.answered is not None
    assert caught.value.answered.usage == _billed(fake, fault).usage


@pytest.mark.parametrize("fault", ["markdown", "unknown_fields"])
async def test_what_can_be_read_safely_is_read(
    fake: FakeProviders, vendor: Vendor, ask: Asking, fault: str
) -> None:
    fake.set_fault(vendor, fault)  # type: ignore[arg-type]

    reply = await ask(call())

    assert isinstance(reply.draft, ComposedDraft)
    assert len(reply.draft.claims) == 2


async def test_a_reply_that_tells_no_usage_says_nothing_instead_of_a_guess(
    fake: FakeProviders, vendor: Vendor, ask: Asking
) -> None:
    fake.set_fault(vendor, "no_usage")

    reply = await ask(call())

    assert reply.usage == Usage()


@pytest.mark.parametrize("fault", ["auth", "not_found", "malformed_json", "wrong_schema"])
async def test_no_message_holds_a_key_or_what_was_sent_or_written(
    fake: FakeProviders, vendor: Vendor, model: ChatModel, fault: str
) -> None:
    fake.set_fault(vendor, fault)  # type: ignore[arg-type]

    with pytest.raises(ModelFailed, match=ROUTE_NAMES[vendor]) as caught:
        await model.draft(call())

    message = str(caught.value)
    assert KEY[:8] not in message
    assert not any(line[6:30] in message for line in EVIDENCE.splitlines())
    assert len(message) < 500


async def test_a_call_that_is_cancelled_leaves_a_usable_model(
    fake: FakeProviders, vendor: Vendor, ask: Asking
) -> None:
    fake.set_fault(vendor, "hang", times=1)
    hanging = asyncio.create_task(ask(call()))
    await asyncio.sleep(0.05)

    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging

    assert (await ask(call())).model


async def test_a_stream_may_be_left_in_the_middle(fake: FakeProviders, model: ChatModel) -> None:
    async for _ in model.stream(call()):
        break

    reply = await model.draft(call())

    assert reply.usage.input_tokens > 0


def _billed(fake: FakeProviders, fault: str | None) -> Call:
    """The last call with a fault; one that an earlier test gave up may be billed meanwhile."""
    return [call for call in fake.calls if call.fault == fault][-1]
