"""OpenAI's Responses: `POST /v1/responses`."""

from collections.abc import Iterator

from bot_service.local_models.asked import Asked, Json, Refusal, Turn, Written, require_model
from bot_service.local_models.body import Body
from bot_service.local_models.openai_common import (
    EFFORT_TOKENS,
    check_strict,
    read_content,
    read_effort,
    refuse_sampling,
)
from bot_service.local_models.wire import Event, Wire, cut_pieces

_FIELDS = frozenset(
    [
        "background",
        "context_management",
        "conversation",
        "include",
        "input",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "model",
        "moderation",
        "parallel_tool_calls",
        "previous_response_id",
        "prompt",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    ]
)
_MIN_OUTPUT = 16
_ROLES = frozenset({"system", "developer", "user", "assistant"})


def read(value: Json, _: str) -> Asked:
    """Read a request.

    Raises:
        Refusal: It is not one that the provider takes.
    """
    body = Body(value)
    model = require_model("openai", body.text("model"))
    body.refuse_others(_FIELDS)
    refuse_sampling(model, body)
    system, turns = _read_input(body)
    reasoning = body.inner("reasoning")
    schema, is_json = _read_format(body, system + "".join(turn.text for turn in turns))
    return Asked(
        model=model,
        system=system,
        turns=turns,
        body=value,
        schema=schema,
        is_json=is_json,
        max_tokens=body.whole("max_output_tokens", low=_MIN_OUTPUT),
        is_stream=body.flag("stream"),
        reasoning_tokens=read_effort(
            model, reasoning.one_of("effort", EFFORT_TOKENS), param="reasoning.effort"
        ),
    )


def whole(asked: Asked, written: Written, is_told: bool) -> Json:
    """Give a reply in one piece."""
    is_done = written.ending in ("done", "refusal")
    reason = {"length": "max_output_tokens", "content_filter": "content_filter"}
    body = asked.body
    return {
        "id": f"resp_{written.request_id}",
        "object": "response",
        "created_at": written.at,
        "status": "completed" if is_done else "incomplete",
        "background": False,
        "error": None,
        "incomplete_details": None if is_done else {"reason": reason[written.ending]},
        "instructions": body.get("instructions"),
        "max_output_tokens": asked.max_tokens,
        "metadata": body.get("metadata") or {},
        "model": asked.model.id,
        "output": [*_reasoning(asked, written), _message(written, [_part(written)])],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": body.get("reasoning") or {"effort": None, "summary": None},
        "service_tier": "default",
        "store": body.get("store", True),
        "temperature": 1.0,
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": _usage(written) if is_told else None,
        "user": None,
    }


def events(asked: Asked, written: Written, is_told: bool) -> Iterator[Event]:
    """Give a reply as server-sent events, numbered from 0."""
    for number, event in enumerate(_events(asked, whole(asked, written, is_told), written)):
        yield str(event["type"]), {**event, "sequence_number": number}


WIRE = Wire("responses", read, whole, events)


def _events(asked: Asked, reply: Json, written: Written) -> Iterator[Json]:
    begun = {**reply, "status": "in_progress", "incomplete_details": None, "output": []}
    begun["usage"] = None
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    thought = _reasoning(asked, written)
    for item in thought:
        yield {"type": "response.output_item.added", "output_index": 0, "item": item}
        yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    at: Json = {"output_index": len(thought), "item_id": _message_id(written)}
    opened = {**_message(written, []), "status": "in_progress"}
    yield {"type": "response.output_item.added", "output_index": len(thought), "item": opened}
    part = _part(written)
    kind, slot = ("refusal", "refusal") if part["type"] == "refusal" else ("output_text", "text")
    at_part = {**at, "content_index": 0}
    yield {"type": "response.content_part.added", **at_part, "part": {**part, slot: ""}}
    logprobs: Json = {"logprobs": []} if kind == "output_text" else {}
    for piece in cut_pieces(written.text):
        yield {"type": f"response.{kind}.delta", **at_part, "delta": piece, **logprobs}
    yield {"type": f"response.{kind}.done", **at_part, slot: written.text, **logprobs}
    yield {"type": "response.content_part.done", **at_part, "part": part}
    closed = _message(written, [part])
    yield {"type": "response.output_item.done", "output_index": len(thought), "item": closed}
    yield {"type": f"response.{reply['status']}", "response": reply}


def _read_input(body: Body) -> tuple[str, tuple[Turn, ...]]:
    system = [body.text("instructions")] if body.has("instructions") else []
    if isinstance(body.value.get("input"), str):
        return "\n".join(system), (Turn("user", body.text("input")),)
    turns = []
    for message in body.objects("input"):
        role = message.one_of("role", _ROLES) or "user"
        text = read_content(message)
        if role in ("system", "developer"):
            system.append(text)
        else:
            turns.append(Turn("assistant" if role == "assistant" else "user", text))
    if not turns and not system:
        raise Refusal("bad_request", "Missing required parameter: 'input'.", param="input")
    return "\n".join(system), tuple(turns)


def _read_format(body: Body, prompt: str) -> tuple[Json | None, bool]:
    wanted = body.inner("text").inner("format")
    match wanted.one_of("type", {"text", "json_object", "json_schema"}):
        case "json_schema":
            name = wanted.text("name")
            schema = wanted.inner("schema").value
            if wanted.flag("strict"):
                check_strict(schema, name)
            return schema, True
        case "json_object":
            if "json" not in prompt.lower():
                raise Refusal(
                    "bad_request",
                    "Response input messages must contain the word 'json' in some form to use "
                    "'text.format' of type 'json_object'.",
                    param="input",
                )
            return None, True
        case _:
            return None, False


def _message_id(written: Written) -> str:
    return f"msg_{written.request_id}"


def _message(written: Written, content: list[Json]) -> Json:
    status = "completed" if written.ending in ("done", "refusal") else "incomplete"
    return {
        "id": _message_id(written),
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    }


def _part(written: Written) -> Json:
    if written.ending == "refusal":
        return {"type": "refusal", "refusal": written.text}
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": written.text}


def _reasoning(asked: Asked, written: Written) -> list[Json]:
    if not asked.model.reasons:
        return []
    return [{"id": f"rs_{written.request_id}", "type": "reasoning", "summary": []}]


def _usage(written: Written) -> Json:
    usage = written.usage
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
