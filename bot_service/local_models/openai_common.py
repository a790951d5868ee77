"""What OpenAI's two protocols share: keys, errors, message contents, schemas."""

from collections.abc import Mapping

from bot_service.local_models.asked import Json, Refusal, RefusalKind
from bot_service.local_models.body import Body
from bot_service.local_models.catalog import Model
from bot_service.local_models.wire import Manners, Rejected, pause

TEXT_PARTS = frozenset({"text", "input_text", "output_text"})
EFFORT_TOKENS: Mapping[str, int] = {
    "none": 0,
    "minimal": 16,
    "low": 64,
    "medium": 192,
    "high": 640,
    "xhigh": 1_280,
    "max": 2_560,
}
"""Tokens a model thinks at each effort, before it writes."""

# status, type, code, message
_ERRORS: Mapping[RefusalKind, tuple[int, str, str | None, str]] = {
    "no_key": (
        401,
        "invalid_request_error",
        None,
        "You didn't provide an API key. You need to provide your API key in an Authorization "
        "header using Bearer auth.",
    ),
    "wrong_key": (
        401,
        "invalid_request_error",
        "invalid_api_key",
        "Incorrect API key provided. You can find your API key in your account settings.",
    ),
    "expired_key": (
        401,
        "invalid_request_error",
        "expired_api_key",
        "The API key provided has expired.",
    ),
    "unknown_model": (
        404,
        "invalid_request_error",
        "model_not_found",
        "The model `{model}` does not exist or you do not have access to it.",
    ),
    "unknown_path": (404, "invalid_request_error", None, "Invalid URL ({message})"),
    "bad_request": (400, "invalid_request_error", None, "{message}"),
    "context_too_long": (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "Your input exceeds the context window of this model. Please adjust your input and try "
        "again.",
    ),
    "rate_limited": (
        429,
        "requests",
        "rate_limit_exceeded",
        "Rate limit reached for {model} on requests per min (RPM): Limit 500, Used 500, "
        "Requested 1. Please try again in {pause}s.",
    ),
    "exhausted": (
        429,
        "insufficient_quota",
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "server_error": (
        500,
        "server_error",
        None,
        "The server had an error while processing your request. Sorry about that!",
    ),
    "overloaded": (
        503,
        "server_error",
        None,
        "The engine is currently overloaded, please try again later.",
    ),
}


def reject(refusal: Refusal, request_id: str) -> Rejected:
    """Give a refusal as OpenAI words it."""
    status, kind, code, words = _ERRORS[refusal.kind]
    seconds = pause(refusal)
    message = words.format(model=refusal.model, message=refusal.message, pause=seconds)
    headers = {"x-request-id": request_id}
    if refusal.kind == "rate_limited":
        headers |= {
            "retry-after": seconds,
            "retry-after-ms": f"{refusal.retry_after_s * 1000:.0f}",
            "x-ratelimit-limit-requests": "500",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": f"{seconds}s",
        }
    error: Json = {"message": message, "type": kind, "param": refusal.param, "code": code}
    return Rejected(status, {"error": error}, headers)


def read_key(headers: Mapping[str, str]) -> str:
    """Give the key of a request, empty where there is none."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def read_content(message: Body) -> str:
    """Give the text of a message, whose content is a string or a list of text parts."""
    content = message.value.get("content")
    if isinstance(content, str):
        return content
    texts = []
    for part in message.objects("content"):
        if part.text("type") not in TEXT_PARTS:
            raise Refusal(
                "bad_request",
                f"Invalid value: '{part.text('type')}'. Supported values are: 'text'.",
                param=part.name("type"),
            )
        texts.append(part.text("text"))
    return "\n".join(texts)


def check_strict(schema: object, name: str, at: str = "()") -> None:
    """Refuse a schema that strict mode does not take, as OpenAI does.

    Raises:
        Refusal: An object allows other fields, or does not require one that it has.
    """
    if isinstance(schema, list):
        for item in schema:
            check_strict(item, name, at)
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties")
    if isinstance(properties, dict):
        missing = sorted(set(properties) - set(schema.get("required") or ()))
        if schema.get("additionalProperties") is not False:
            _refuse_schema(name, at, "'additionalProperties' is required to be false.")
        if missing:
            _refuse_schema(
                name,
                at,
                "'required' is required to be supplied and to be an array including every key "
                f"in properties. Missing '{missing[0]}'.",
            )
        for key, value in properties.items():
            check_strict(value, name, f"('properties', '{key}')")
    for key in ("items", "anyOf"):
        check_strict(schema.get(key), name, at)
    for key, value in (schema.get("$defs") or {}).items():
        check_strict(value, name, f"('$defs', '{key}')")


def read_effort(model: Model, effort: str | None, *, param: str) -> int:
    """Give the tokens that a model thinks at an effort.

    Raises:
        Refusal: The model does not reason, or not at this effort.
    """
    if not model.reasons:
        if effort is not None:
            raise Refusal(
                "bad_request",
                f"Unsupported parameter: '{param}' is not supported with this model.",
                param=param,
            )
        return 0
    is_first = model.asked.startswith(("gpt-5-", "gpt-5")) and not model.asked.startswith("gpt-5.")
    refused = "none" if is_first else "minimal"
    if effort == refused and model.provider == "openai":
        raise Refusal(
            "bad_request",
            f"Unsupported value: '{effort}' is not supported with the '{model.asked}' model.",
            param=param,
        )
    return EFFORT_TOKENS[effort or ("medium" if is_first else "none")]


def refuse_sampling(model: Model, body: Body) -> None:
    """Refuse a temperature for a model that reasons, as OpenAI does."""
    for field in ("temperature", "top_p"):
        value = body.number(field, low=0, high=2 if field == "temperature" else 1)
        if model.reasons and value is not None and value != 1:
            raise Refusal(
                "bad_request",
                f"Unsupported value: '{field}' does not support {value:g} with this model. Only "
                "the default (1) value is supported.",
                param=field,
            )


def _refuse_schema(name: str, at: str, words: str) -> None:
    raise Refusal(
        "bad_request",
        f"Invalid schema for response_format '{name}': In context={at}, {words}",
        param="text.format.schema",
    )


MANNERS = Manners(read_key, reject, "x-request-id", "req_")
