"""OpenAI's Chat Completions, which local servers speak too: `POST /v1/chat/completions`."""

from collections.abc import Iterator

from bot_service.local_models.asked import Asked, Json, Refusal, Turn, Written, require_model
from bot_service.local_models.body import Body
from bot_service.local_models.catalog import Model, Provider
from bot_service.local_models.openai_common import (
    EFFORT_TOKENS,
    check_strict,
    read_content,
    read_effort,
    refuse_sampling,
)
from bot_service.local_models.wire import Event, Wire, cut_pieces

_ROLES = frozenset({"system", "developer", "user", "assistant"})
_FINISH = {
    "done": "stop",
    "refusal": "stop",
    "length": "length",
    "content_filter": "content_filter",
}


def wire_for(provider: Provider) -> Wire:
    """Give the protocol as OpenAI speaks it, or as a server of one's own (`compatible`)."""

    def read(value: Json, _: str) -> Asked:
        return _read(value, provider)

    return Wire("chat/completions", read, whole, events)


def whole(asked: Asked, written: Written, is_told: bool) -> Json:
    """Give a reply in one piece."""
    is_refusal = written.ending == "refusal"
    message: Json = {
        "role": "assistant",
        "content": None if is_refusal else written.text,
        "refusal": written.text if is_refusal else None,
        "annotations": [],
    }
    choice: Json = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": _FINISH[written.ending],
    }
    reply = _frame(asked, written, "chat.completion")
    return {**reply, "choices": [choice], "usage": _usage(written) if is_told else None}


def events(asked: Asked, written: Written, is_told: bool) -> Iterator[Event]:
    """Give a reply as chunks; the usage comes in a last one of its own, if it was asked for."""
    with_usage = Body(asked.body).inner("stream_options").flag("include_usage")
    frame = _frame(asked, written, "chat.completion.chunk")
    if with_usage:
        frame["usage"] = None
    slot = "refusal" if written.ending == "refusal" else "content"

    def chunk(delta: Json, finish: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return None, {**frame, "choices": [choice]}

    yield chunk({"role": "assistant", slot: ""})
    for piece in cut_pieces(written.text):
        yield chunk({slot: piece})
    yield chunk({}, _FINISH[written.ending])
    if with_usage and is_told:
        yield None, {**frame, "choices": [], "usage": _usage(written)}
    yield None, "[DONE]"


def _read(value: Json, provider: Provider) -> Asked:
    body = Body(value)
    model = require_model(provider, body.text("model"))
    refuse_sampling(model, body)
    system, turns = [], []
    for message in body.objects("messages"):
        role = message.one_of("role", _ROLES)
        text = read_content(message)
        if role in ("system", "developer"):
            system.append(text)
        else:
            turns.append(Turn("assistant" if role == "assistant" else "user", text))
    if not turns and not system:
        raise Refusal("bad_request", "Invalid 'messages': empty array.", param="messages")
    schema, is_json = _read_format(body, "".join(system) + "".join(t.text for t in turns))
    effort = body.one_of("reasoning_effort", EFFORT_TOKENS)
    return Asked(
        model=model,
        system="\n".join(system),
        turns=tuple(turns),
        body=value,
        schema=schema,
        is_json=is_json,
        max_tokens=_read_bound(model, body),
        is_stream=body.flag("stream"),
        reasoning_tokens=0
        if provider == "compatible"
        else read_effort(model, effort, param="reasoning_effort"),
    )


def _read_bound(model: Model, body: Body) -> int | None:
    if model.reasons and body.has("max_tokens"):
        raise Refusal(
            "bad_request",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
            param="max_tokens",
        )
    bound = body.whole("max_completion_tokens", low=1)
    return bound if bound is not None else body.whole("max_tokens", low=1)


def _read_format(body: Body, prompt: str) -> tuple[Json | None, bool]:
    wanted = body.inner("response_format")
    match wanted.one_of("type", {"text", "json_object", "json_schema"}):
        case "json_schema":
            given = wanted.inner("json_schema")
            name = given.text("name")
            schema = given.inner("schema").value
            if given.flag("strict"):
                check_strict(schema, name)
            return schema, True
        case "json_object":
            if "json" not in prompt.lower():
                raise Refusal(
                    "bad_request",
                    "'messages' must contain the word 'json' in some form, to use "
                    "'response_format' of type 'json_object'.",
                    param="messages",
                )
            return None, True
        case _:
            return None, False


def _frame(asked: Asked, written: Written, kind: str) -> Json:
    return {
        "id": f"chatcmpl-{written.request_id}",
        "object": kind,
        "created": written.at,
        "model": asked.model.id,
        "service_tier": "default",
        "system_fingerprint": None,
    }


def _usage(written: Written) -> Json:
    usage = written.usage
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
