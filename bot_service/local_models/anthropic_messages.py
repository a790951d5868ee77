"""Anthropic's Messages: `POST /v1/messages`."""

from collections.abc import Iterator, Mapping

from bot_service.local_models.asked import (
    Asked,
    Json,
    Refusal,
    RefusalKind,
    Turn,
    Written,
    require_model,
)
from bot_service.local_models.body import Body
from bot_service.local_models.catalog import Model
from bot_service.local_models.wire import Event, Manners, Rejected, Wire, cut_pieces, pause

_FIELDS = frozenset(
    [
        "cache_control",
        "container",
        "context_management",
        "diagnostics",
        "inference_geo",
        "max_tokens",
        "mcp_servers",
        "messages",
        "metadata",
        "model",
        "output_config",
        "output_format",
        "prefill",
        "service_tier",
        "speed",
        "stop_sequences",
        "stream",
        "system",
        "temperature",
        "thinking",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
        "user_profile_id",
    ]
)
_EFFORTS = frozenset({"low", "medium", "high", "xhigh", "max"})
_STOP = {
    "done": "end_turn",
    "length": "max_tokens",
    "refusal": "refusal",
    "content_filter": "refusal",
}
_NO_EFFORT = ("claude-haiku-4-5", "claude-sonnet-4-5")
_MIN_THINKING = 1_024
_THOUGHT_AT_MOST = 256

# status, type, message
_ERRORS: Mapping[RefusalKind, tuple[int, str, str]] = {
    "no_key": (401, "authentication_error", "x-api-key header is required"),
    "wrong_key": (401, "authentication_error", "invalid x-api-key"),
    "expired_key": (401, "authentication_error", "API key has expired"),
    "unknown_model": (404, "not_found_error", "model: {model}"),
    "unknown_path": (404, "not_found_error", "Not Found"),
    "bad_request": (400, "invalid_request_error", "{message}"),
    "context_too_long": (
        400,
        "invalid_request_error",
        "prompt is too long: 208310 tokens > 200000 maximum",
    ),
    "rate_limited": (
        429,
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 50 requests per minute. "
        "Please try again later.",
    ),
    "exhausted": (
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing "
        "to upgrade or purchase credits.",
    ),
    "server_error": (500, "api_error", "Internal server error"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
}


def reject(refusal: Refusal, request_id: str) -> Rejected:
    """Give a refusal as Anthropic words it."""
    status, kind, words = _ERRORS[refusal.kind]
    headers = {"request-id": request_id}
    if refusal.kind == "rate_limited":
        headers |= {"retry-after": pause(refusal), "anthropic-ratelimit-requests-remaining": "0"}
    error: Json = {
        "type": kind,
        "message": words.format(model=refusal.model, message=refusal.message),
    }
    return Rejected(status, {"type": "error", "error": error, "request_id": request_id}, headers)


def read_key(headers: Mapping[str, str]) -> str:
    """Give the key of a request, which comes in either of two headers."""
    if key := headers.get("x-api-key", "").strip():
        return key
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def read(value: Json, _: str) -> Asked:
    """Read a request.

    Raises:
        Refusal: It is not one that the provider takes.
    """
    body = Body(value)
    model = require_model("anthropic", body.text("model"))
    for name in value:
        if name not in _FIELDS:
            raise Refusal("bad_request", f"{name}: Extra inputs are not permitted", param=name)
    max_tokens = body.whole("max_tokens", low=1)
    if max_tokens is None:
        raise Refusal("bad_request", "max_tokens: Field required", param="max_tokens")
    body.number("temperature", low=0, high=1)
    system, cached = _read_blocks(body, "system")
    turns = _read_turns(body)
    config = body.inner("output_config")
    if config.one_of("effort", _EFFORTS) is not None and model.asked.startswith(_NO_EFFORT):
        raise Refusal("bad_request", "This model does not support the effort parameter.")
    wanted = config.inner("format")
    schema = wanted.inner("schema").value if wanted.has("type") else None
    if schema is not None:
        wanted.one_of("type", {"json_schema"})
        _check_schema(schema)
    return Asked(
        model=model,
        system=system,
        turns=turns,
        body=value,
        schema=schema,
        is_json=schema is not None,
        max_tokens=max_tokens,
        is_stream=body.flag("stream"),
        reasoning_tokens=_read_thinking(model, body, max_tokens),
        cached_until=cached,
    )


def whole(asked: Asked, written: Written, is_told: bool) -> Json:
    """Give a reply in one piece."""
    reply: Json = {
        "id": f"msg_{written.request_id}",
        "type": "message",
        "role": "assistant",
        "model": asked.model.id,
        "content": _content(asked, written),
        "stop_reason": _STOP[written.ending],
        "stop_sequence": None,
        "stop_details": _stop_details(written),
    }
    if is_told:
        reply["usage"] = _usage(written, written.usage.output_tokens)
    return reply


def events(asked: Asked, written: Written, is_told: bool) -> Iterator[Event]:
    """Give a reply as server-sent events."""
    reply = whole(asked, written, is_told)
    begun = {**reply, "content": [], "stop_reason": None, "stop_details": None}
    if is_told:
        begun["usage"] = _usage(written, 1)
    yield "message_start", {"type": "message_start", "message": begun}
    yield "ping", {"type": "ping"}
    for index, block in enumerate(_content(asked, written)):
        slot = str(block["type"])
        words = str(block[slot])
        at: Json = {"index": index}
        opened = {**block, slot: ""}
        yield (
            "content_block_start",
            {
                "type": "content_block_start",
                **at,
                "content_block": opened,
            },
        )
        for piece in cut_pieces(words):
            delta: Json = {"type": f"{slot}_delta", slot: piece}
            yield "content_block_delta", {"type": "content_block_delta", **at, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", **at}
    ended: Json = {key: reply[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
    last: Json = {"type": "message_delta", "delta": ended}
    if is_told:
        last["usage"] = {"output_tokens": written.usage.output_tokens}
    yield "message_delta", last
    yield "message_stop", {"type": "message_stop"}


WIRE = Wire("messages", read, whole, events)
MANNERS = Manners(read_key, reject, "request-id", "req_")


def _read_turns(body: Body) -> tuple[Turn, ...]:
    turns = []
    for message in body.objects("messages"):
        role = message.text("role")
        if role not in ("user", "assistant"):
            raise Refusal(
                "bad_request",
                f'messages: Unexpected role "{role}". The Messages API accepts a top-level '
                '`system` parameter, not "system" as an input message role.',
            )
        text, _ = _read_blocks(message, "content")
        if not text.strip():
            raise Refusal("bad_request", "messages: text content blocks must be non-empty")
        turns.append(Turn("assistant" if role == "assistant" else "user", text))
    if not turns:
        raise Refusal("bad_request", "messages: at least one message is required")
    return tuple(turns)


def _read_blocks(owner: Body, field: str) -> tuple[str, int]:
    """Give a text of blocks, and how many of its characters the client wants cached."""
    if not owner.has(field):
        return "", 0
    if isinstance(owner.value[field], str):
        return owner.text(field), 0
    texts: list[str] = []
    cached = 0
    for block in owner.objects(field):
        if block.text("type") != "text":
            raise Refusal("bad_request", f"{block.path}: only text blocks are read here")
        texts.append(block.text("text"))
        if block.has("cache_control"):
            cached = len("\n".join(texts))
    return "\n".join(texts), cached


def _read_thinking(model: Model, body: Body, max_tokens: int) -> int:
    thinking = body.inner("thinking")
    match thinking.one_of("type", {"enabled", "disabled", "adaptive", "between_tools"}):
        case "enabled":
            budget = thinking.whole("budget_tokens", low=_MIN_THINKING)
            if budget is None or budget >= max_tokens:
                raise Refusal(
                    "bad_request", "`max_tokens` must be greater than `thinking.budget_tokens`."
                )
            return min(budget, _THOUGHT_AT_MOST)
        case "adaptive":
            return min(_THOUGHT_AT_MOST, max_tokens // 4)
        case None:
            return min(_THOUGHT_AT_MOST, max_tokens // 4) if model.reasons else 0
        case _:
            return 0


def _check_schema(schema: object) -> None:
    if isinstance(schema, list):
        for item in schema:
            _check_schema(item)
    if not isinstance(schema, dict):
        return
    if "properties" in schema and schema.get("additionalProperties") is not False:
        raise Refusal(
            "bad_request",
            "output_config.format.schema: For 'object' type, 'additionalProperties' must be "
            "explicitly set to false",
        )
    for value in schema.values():
        _check_schema(value)


def _content(asked: Asked, written: Written) -> list[Json]:
    thought: list[Json] = []
    if asked.reasoning_tokens:
        thought = [{"type": "thinking", "thinking": "Reads the prompt.", "signature": "local"}]
    if not written.text:
        return thought
    return [*thought, {"type": "text", "text": written.text, "citations": None}]


def _stop_details(written: Written) -> Json | None:
    if _STOP[written.ending] != "refusal":
        return None
    return {"type": "refusal", "category": "general_harms", "explanation": None}


def _usage(written: Written, output_tokens: int) -> Json:
    usage = written.usage
    created = written.written_to_cache
    return {
        "input_tokens": usage.input_tokens - usage.cached_tokens - created,
        "cache_creation_input_tokens": created,
        "cache_read_input_tokens": usage.cached_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": created,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": output_tokens,
        "output_tokens_details": {"thinking_tokens": usage.reasoning_tokens},
        "service_tier": "standard",
    }
