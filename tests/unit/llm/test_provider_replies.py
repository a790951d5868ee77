"""From a model's text to a draft, and the schema it was asked for."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelFailed
from schemas.llm import REPLY_SCHEMAS, ComposedDraft, ModelCall, Task, Usage
from services.adapters.llm.place import Place
from services.adapters.llm.replies import MAX_CHARS, MAX_KEPT_CHARS, Ending, Raw, to_reply
from services.adapters.llm.reply_schema import reply_schema

PLACE = Place("claude", "claude-x", "https://models.test", "THE_URL", "THE_KEY", "")
CLAIM = {"type": "fact", "text": "The bridge is open.", "refs": ["k7q"]}
GOOD = {"claims": [CLAIM], "tldr": "It is open."}
USAGE = Usage(input_tokens=10, output_tokens=5)


def call(task: Task = "compose") -> ModelCall:
    return ModelCall(task=task, messages=(), max_tokens=100, timeout_s=1)


def raw(text: str, *, model: str = "claude-x-2026", ending: Ending = "complete") -> Raw:
    return Raw(text, model, USAGE, ending)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        f"\n  {json.dumps(GOOD)}\n",
        f"```json\n{json.dumps(GOOD)}\n```",
        f"Here it is:\n```\n{json.dumps(GOOD, indent=2)}\n```\nAnything else?",
    ],
)
def test_one_json_object_is_taken_as_it_is_or_out_of_its_fence(text: str) -> None:
    reply = to_reply(PLACE, raw(text), call())

    assert reply.draft == ComposedDraft.model_validate_json(json.dumps(GOOD))
    assert (reply.model, reply.usage) == ("claude-x-2026", USAGE)


def test_a_provider_that_does_not_say_who_answered_is_taken_at_the_id_asked_for() -> None:
    assert to_reply(PLACE, raw(json.dumps(GOOD), model=""), call()).model == "claude-x"


@pytest.mark.parametrize("model", ["gpt\ud83d", "http://a.test/x", "a b", "a\n", "m" * 101])
def test_a_name_that_is_no_id_is_not_who_answered(model: str) -> None:
    assert to_reply(PLACE, raw(json.dumps(GOOD), model=model), call()).model == "claude-x"


def test_half_an_emoji_in_a_reply_can_be_sent_back_for_mending() -> None:
    with pytest.raises(ModelFailed, match="does not fit") as caught:
        to_reply(PLACE, raw("no JSON \ud83d"), call())

    assert caught.value.answered is not None
    assert caught.value.answered.text == "no JSON ?"


@pytest.mark.parametrize(
    ("usage", "is_believed"),
    [
        (Usage(input_tokens=10**8, output_tokens=100_400), True),
        (Usage(input_tokens=10**8 + 1, output_tokens=5), False),
        (Usage(input_tokens=10, output_tokens=100_401), False),
        (Usage(input_tokens=10**30, output_tokens=10**30), False),
    ],
)
def test_a_usage_that_no_call_can_have_is_not_told(usage: Usage, is_believed: bool) -> None:
    told = usage if is_believed else Usage()

    reply = to_reply(PLACE, Raw(json.dumps(GOOD), "m", usage, "complete"), call())
    with pytest.raises(ModelFailed, match="refused") as caught:
        to_reply(PLACE, Raw("", "m", usage, "refused"), call())

    assert reply.usage == told
    assert caught.value.answered is not None
    assert caught.value.answered.usage == told


def without(name: str) -> object:
    return {"claims": [{key: value for key, value in CLAIM.items() if key != name}]}


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ({"claims": [CLAIM | {"url": "https://a.test"}]}, r"claims\.0\.url: extra_forbidden"),
        (without("refs"), r"claims\.0\.refs: missing"),
        ({"claims": None}, "claims: tuple_type"),
        ({"claims": [CLAIM | {"text": None}]}, r"claims\.0\.text: string_type"),
        ({"claims": [CLAIM | {"refs": "k7q"}]}, r"claims\.0\.refs: tuple_type"),
        ({"claims": [CLAIM | {"text": 7}]}, r"claims\.0\.text: string_type"),
        ({"claims": [CLAIM | {"type": "rumour"}]}, r"claims\.0\.type: literal_error"),
        ({"claims": [{}, {}, {}]}, "and 3 more"),
        ([GOOD], "the whole: model_type"),
        ("words", "the whole: model_type"),
        (GOOD | {"evil words, with 'quotes'": 1}, "…: extra_forbidden"),
    ],
)
def test_other_json_is_refused_with_the_place_and_without_the_words(
    value: object, rule: str
) -> None:
    text = json.dumps(value)

    with pytest.raises(ModelFailed, match=rule) as caught:
        to_reply(PLACE, raw(text), call())

    assert caught.value.kind == "schema_invalid"
    assert caught.value.answered is not None
    assert caught.value.answered.text == text
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "The bridge is open.",
        f"```json\n{json.dumps(GOOD)}\n```\n```json\n{json.dumps(GOOD)}\n```",
        json.dumps(GOOD)[:-5],
        json.dumps(GOOD) + json.dumps(GOOD),
        "[" * 50_00,
    ],
)
def test_what_is_no_single_json_object_is_not_guessed_at(text: str) -> None:
    with pytest.raises(ModelFailed, match="the whole: json_invalid") as caught:
        to_reply(PLACE, raw(text), call())

    assert caught.value.kind == "schema_invalid"


@pytest.mark.parametrize(
    ("reply", "kind", "words", "kept"),
    [
        (raw("", ending="refused"), "content_policy", "refused", None),
        (raw("I will not.", ending="refused"), "content_policy", "refused", None),
        (raw("{", ending="context"), "context_too_long", "context was full", None),
        (raw('{"cl', ending="length"), "schema_invalid", "cut off at 100 tokens", '{"cl'),
        (raw("", ending="length"), "schema_invalid", "cut off at 100 tokens", None),
        (raw(" \n"), "schema_invalid", "answered nothing", None),
        (raw("x" * 100_000), "schema_invalid", f"more than {MAX_CHARS}", "x" * MAX_KEPT_CHARS),
    ],
)
def test_a_reply_that_ended_badly_says_how_and_keeps_what_may_be_mended(
    reply: Raw, kind: str, words: str, kept: str | None
) -> None:
    with pytest.raises(ModelFailed, match=words) as caught:
        to_reply(PLACE, reply, call())

    answered = caught.value.answered
    assert answered is not None
    assert (caught.value.kind, answered.usage, answered.text) == (kind, USAGE, kept)


def kind_of(text: str) -> str:
    try:
        to_reply(PLACE, raw(text), call("query_expansion"))
    except ModelFailed as error:
        return error.kind
    return "ok"


@given(st.text())
def test_any_text_is_a_reply_or_a_model_failure(text: str) -> None:
    assert kind_of(text) in ("ok", "schema_invalid")


def nodes(schema: object) -> list[dict[str, object]]:
    if isinstance(schema, list):
        return [node for one in schema for node in nodes(one)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(node for one in schema.values() for node in nodes(one))]


@pytest.mark.parametrize("task", get_args(Task))
def test_a_schema_is_closed_complete_and_refers_to_nothing(task: Task) -> None:
    schema = reply_schema(task)

    objects = [node for node in nodes(schema) if node.get("type") == "object"]
    assert all(node["additionalProperties"] is False for node in objects)
    assert all(node["required"] == list(node["properties"]) for node in objects)  # type: ignore[call-overload]
    assert not {"$ref", "$defs", "default"} & {key for node in nodes(schema) for key in node}


@pytest.mark.parametrize("task", get_args(Task))
def test_a_schema_has_the_fields_of_the_task(task: Task) -> None:
    properties = reply_schema(task)["properties"]

    assert isinstance(properties, dict)
    assert list(properties) == list(REPLY_SCHEMAS[task].model_fields)
