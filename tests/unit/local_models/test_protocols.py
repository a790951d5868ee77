"""Requests that the providers do not take, and the words and forms they refuse them in."""

import re
from collections.abc import Callable

import pytest

from bot_service.local_models import anthropic_messages, gemini_content, openai_common
from bot_service.local_models.asked import Asked, Json, Refusal
from bot_service.local_models.openai_chat import wire_for
from bot_service.local_models.openai_responses import WIRE as RESPONSES

CHAT = wire_for("openai")
GEMINI = gemini_content.wire_for(is_stream=False)
CLAUDE: Json = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 2_000,
    "messages": [{"role": "user", "content": "hello"}],
}
LOOSE: Json = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
PARTLY: Json = {"type": "object", "properties": {"a": {"type": "string"}}, "required": []}


def ask_responses(**fields: object) -> Asked:
    return RESPONSES.read({"model": "gpt-5", "input": "hello", **fields}, "")


def ask_chat(**fields: object) -> Asked:
    messages = [{"role": "user", "content": "hello"}]
    return CHAT.read({"model": "gpt-5", "messages": messages, **fields}, "")


def ask_claude(**fields: object) -> Asked:
    return anthropic_messages.WIRE.read({**CLAUDE, **fields}, "")


def ask_gemini(model: str = "gemini-2.5-pro", **config: object) -> Asked:
    contents = [{"role": "user", "parts": [{"text": "hello"}]}]
    return GEMINI.read({"contents": contents, "generationConfig": config}, model)


def schema_format(schema: Json) -> Json:
    wanted = {"type": "json_schema", "name": "Draft", "strict": True, "schema": schema}
    return {"format": wanted}


@pytest.mark.parametrize(
    ("ask", "fields", "said"),
    [
        (ask_responses, {"model": "gpt-99"}, "unknown_model"),
        (ask_responses, {"model": None}, "Invalid value for 'model': must be a string, got null"),
        (ask_responses, {"colour": 1}, "Unknown parameter: 'colour'"),
        (ask_responses, {"input": []}, "Missing required parameter: 'input'"),
        (ask_responses, {"temperature": 0.3}, "'temperature' does not support 0.3"),
        (ask_responses, {"max_output_tokens": 3}, "must be an integer from 16"),
        (ask_responses, {"reasoning": {"effort": "none"}}, "'none' is not supported"),
        (
            ask_responses,
            {"model": "gpt-5.6-terra", "reasoning": {"effort": "minimal"}},
            "'minimal' is not supported",
        ),
        (ask_responses, {"text": schema_format(LOOSE)}, "'additionalProperties' is required"),
        (
            ask_responses,
            {"text": schema_format({**PARTLY, "additionalProperties": False})},
            "Missing 'a'",
        ),
        (ask_responses, {"text": {"format": {"type": "json_object"}}}, "the word 'json'"),
        (ask_chat, {"messages": []}, "Invalid 'messages': empty array"),
        (ask_chat, {"max_tokens": 9}, "Use 'max_completion_tokens' instead"),
        (ask_chat, {"response_format": {"type": "json_object"}}, "the word 'json'"),
        (ask_chat, {"model": "gpt-4o", "reasoning_effort": "low"}, "is not supported with this"),
        (ask_claude, {"model": "claude-1"}, "unknown_model"),
        (ask_claude, {"max_tokens": None}, "max_tokens: Field required"),
        (ask_claude, {"colour": 1}, "colour: Extra inputs are not permitted"),
        (ask_claude, {"messages": []}, "at least one message is required"),
        (ask_claude, {"messages": [{"role": "system", "content": "x"}]}, "Unexpected role"),
        (ask_claude, {"messages": [{"role": "user", "content": " "}]}, "must be non-empty"),
        (
            ask_claude,
            {"output_config": {"format": {"type": "json_schema", "schema": LOOSE}}},
            "'additionalProperties' must be explicitly set to false",
        ),
        (
            ask_claude,
            {"thinking": {"type": "enabled", "budget_tokens": 4_000}},
            "must be greater than `thinking.budget_tokens`",
        ),
        (
            ask_claude,
            {"model": "claude-haiku-4-5", "output_config": {"effort": "low"}},
            "does not support the effort parameter",
        ),
        (ask_gemini, {"model": "gemini-0"}, "unknown_model"),
        (ask_gemini, {"colour": 1}, "Unknown name \"colour\" at 'generation_config'"),
        (ask_gemini, {"temperature": 3}, "must be a number from 0 to 2"),
        (ask_gemini, {"thinkingConfig": {"thinkingBudget": 0}}, "only works in thinking mode"),
        (ask_gemini, {"responseSchema": LOOSE}, "only allowed when response_mime_type"),
    ],
)
def test_a_request_that_a_provider_does_not_take_is_refused_in_words(
    ask: Callable[..., Asked], fields: Json, said: str
) -> None:
    with pytest.raises(Refusal, match=re.escape(said)):
        ask(**fields)


def test_googles_form_of_a_schema_is_read_as_the_standard_one() -> None:
    schema = {
        "type": "OBJECT",
        "any_of": [],
        "properties": {"any_of": {"type": "ARRAY", "items": {"type": "STRING"}, "min_items": 1}},
    }

    asked = ask_gemini(responseSchema=schema, responseMimeType="application/json")

    assert asked.schema == {
        "type": "object",
        "anyOf": [],
        "properties": {"any_of": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
    }


def test_a_repaired_conversation_keeps_its_turns_apart() -> None:
    turns = [
        {"role": "user", "content": "question"},
        {"role": "assistant", "content": [{"type": "text", "text": "broken"}]},
        {"role": "user", "content": "mend it"},
    ]

    asked = ask_claude(messages=turns, system=[{"type": "text", "text": "rules"}])

    assert asked.system == "rules"
    assert asked.user == "question\nmend it"
    assert asked.text == "rules\nquestion\nbroken\nmend it"


def test_what_anthropic_is_to_cache_is_counted_to_the_marked_block() -> None:
    system = [
        {"type": "text", "text": "kept", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "not kept"},
    ]

    assert ask_claude(system=system).cached_until == len("kept")


def test_each_provider_refuses_a_wrong_key_in_its_own_form() -> None:
    refusal = Refusal("wrong_key")

    openai = openai_common.MANNERS.reject(refusal, "r1")
    claude = anthropic_messages.MANNERS.reject(refusal, "r1")
    gemini = gemini_content.MANNERS.reject(refusal, "r1")

    assert (openai.status, openai.body["error"]["code"]) == (401, "invalid_api_key")  # type: ignore[index]
    assert (claude.status, claude.body["request_id"]) == (401, "r1")
    assert (gemini.status, gemini.body["error"]["status"]) == (400, "INVALID_ARGUMENT")  # type: ignore[index]
