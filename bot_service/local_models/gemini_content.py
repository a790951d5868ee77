"""Gemini's generateContent: `POST /v1beta/models/{model}:generateContent` and its stream."""

import re
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
        "contents",
        "systemInstruction",
        "generationConfig",
        "safetySettings",
        "tools",
        "toolConfig",
        "cachedContent",
        "labels",
        "model",
        "store",
        "serviceTier",
    ]
)
_CONFIG = frozenset(
    [
        "audioTimestamp",
        "candidateCount",
        "enableAffectiveDialog",
        "enableEnhancedCivicAnswers",
        "frequencyPenalty",
        "logprobs",
        "maxOutputTokens",
        "mediaResolution",
        "presencePenalty",
        "responseFormat",
        "responseJsonSchema",
        "responseLogprobs",
        "responseMimeType",
        "responseModalities",
        "responseSchema",
        "seed",
        "speechConfig",
        "stopSequences",
        "temperature",
        "thinkingConfig",
        "topK",
        "topP",
    ]
)
_LEVELS = {"MINIMAL": 16, "LOW": 64, "MEDIUM": 192, "HIGH": 256, "XHIGH": 512}
_THOUGHT_AT_MOST = 256
_MIN_PRO_BUDGET, _MAX_BUDGET = 128, 32_768
_FINISH = {"done": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}

# status, name of the status, reason, message
_ERRORS: Mapping[RefusalKind, tuple[int, str, str | None, str]] = {
    "no_key": (
        403,
        "PERMISSION_DENIED",
        None,
        "Method doesn't allow unregistered callers (callers without established identity). Please "
        "use API Key or other form of API consumer identity to call this API.",
    ),
    "wrong_key": (
        400,
        "INVALID_ARGUMENT",
        "API_KEY_INVALID",
        "API key not valid. Please pass a valid API key.",
    ),
    "expired_key": (
        400,
        "INVALID_ARGUMENT",
        "API_KEY_INVALID",
        "API key expired. Please renew the API key.",
    ),
    "unknown_model": (
        404,
        "NOT_FOUND",
        None,
        "models/{model} is not found for API version v1beta, or is not supported for "
        "generateContent. Call ListModels to see the list of available models and their "
        "supported methods.",
    ),
    "unknown_path": (404, "NOT_FOUND", None, "Requested entity was not found."),
    "bad_request": (400, "INVALID_ARGUMENT", None, "{message}"),
    "context_too_long": (
        400,
        "INVALID_ARGUMENT",
        None,
        "The input token count (1060421) exceeds the maximum number of tokens allowed (1048576).",
    ),
    "rate_limited": (
        429,
        "RESOURCE_EXHAUSTED",
        None,
        "You exceeded your current quota. Please retry in {pause}s.",
    ),
    "exhausted": (
        429,
        "RESOURCE_EXHAUSTED",
        None,
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "server_error": (500, "INTERNAL", None, "An internal error has occurred. Please retry."),
    "overloaded": (
        503,
        "UNAVAILABLE",
        None,
        "The model is overloaded. Please try again later.",
    ),
}


def reject(refusal: Refusal, _: str) -> Rejected:
    """Give a refusal as Google words it."""
    status, name, reason, words = _ERRORS[refusal.kind]
    message = words.format(model=refusal.model, message=refusal.message, pause=pause(refusal))
    details: list[Json] = []
    if reason is not None:
        details.append(
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": reason,
                "domain": "googleapis.com",
                "metadata": {"service": "generativelanguage.googleapis.com"},
            }
        )
    if refusal.kind in ("rate_limited", "exhausted"):
        details.append(_quota(refusal))
    if refusal.kind == "rate_limited":
        details.append(
            {
                "@type": "type.googleapis.com/google.rpc.RetryInfo",
                "retryDelay": f"{pause(refusal)}s",
            }
        )
    error: Json = {"code": status, "message": message, "status": name}
    if details:
        error["details"] = details
    return Rejected(status, {"error": error})


def read_key(headers: Mapping[str, str]) -> str:
    """Give the key of a request."""
    return headers.get("x-goog-api-key", "").strip()


def wire_for(*, is_stream: bool) -> Wire:
    """Give the protocol; whether a reply comes in pieces stands in the address."""

    def read(value: Json, model: str) -> Asked:
        return _read(value, model, is_stream=is_stream)

    name = "streamGenerateContent" if is_stream else "generateContent"
    return Wire(f"models:{name}", read, whole, events)


def whole(asked: Asked, written: Written, is_told: bool) -> Json:
    """Give a reply in one piece."""
    return _reply(asked, written, written.text, is_told=is_told, is_last=True)


def events(asked: Asked, written: Written, is_told: bool) -> Iterator[Event]:
    """Give a reply as server-sent events; each is a reply of its own with a piece of the text."""
    pieces = list(cut_pieces(written.text)) or [""]
    for i, piece in enumerate(pieces):
        is_last = i == len(pieces) - 1
        yield None, _reply(asked, written, piece, is_told=is_told, is_last=is_last)


MANNERS = Manners(read_key, reject, "x-request-id", "gem_")


def _read(value: Json, name: str, *, is_stream: bool) -> Asked:
    model = require_model("gemini", name)
    body = Body({_camel(key): item for key, item in value.items()})
    _refuse_others(body, _FIELDS, "")
    given = body.inner("generationConfig")
    config = Body({_camel(k): v for k, v in given.value.items()}, "generation_config")
    _refuse_others(config, _CONFIG, " at 'generation_config'")
    config.number("temperature", low=0, high=2)
    system = _read_parts(body.inner("systemInstruction")) if body.has("systemInstruction") else ""
    turns = tuple(_read_turn(content) for content in body.objects("contents"))
    if not turns:
        raise Refusal(
            "bad_request", "* GenerateContentRequest.contents: contents is not specified"
        )
    schema = _read_schema(config)
    return Asked(
        model=model,
        system=system,
        turns=turns,
        body=value,
        schema=schema,
        is_json=config.value.get("responseMimeType") == "application/json",
        max_tokens=config.whole("maxOutputTokens", low=1),
        is_stream=is_stream,
        reasoning_tokens=_read_thinking(model, config.inner("thinkingConfig")),
    )


def _read_turn(content: Body) -> Turn:
    role = content.text("role", "user")
    if role not in ("user", "model"):
        raise Refusal("bad_request", "Please use a valid role: user, model.")
    return Turn("assistant" if role == "model" else "user", _read_parts(content))


def _read_parts(content: Body) -> str:
    return "\n".join(part.text("text") for part in content.objects("parts"))


def _read_schema(config: Body) -> Json | None:
    own, standard = config.value.get("responseSchema"), config.value.get("responseJsonSchema")
    if own is None and standard is None:
        return None
    if config.value.get("responseMimeType") != "application/json":
        raise Refusal(
            "bad_request",
            "* GenerateContentRequest.generation_config.response_schema: only allowed when "
            "response_mime_type is 'application/json'",
        )
    return Body(_standard(own) if own is not None else standard, "response_schema").value


def _standard(schema: object, *, is_names: bool = False) -> object:
    """Give Google's form of a schema in the standard one: camel case, types in small letters.

    `is_names`: the keys are names of properties, which stay as they are.
    """
    if isinstance(schema, list):
        return [_standard(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found: Json = {}
    for key, value in schema.items():
        name = key if is_names else _camel(key)
        if not is_names and name == "type" and isinstance(value, str):
            found[name] = value.lower()
        else:
            found[name] = _standard(value, is_names=not is_names and name == "properties")
    return found


def _read_thinking(model: Model, given: Body) -> int:
    thinking = Body({_camel(key): item for key, item in given.value.items()}, "thinking_config")
    budget = thinking.whole("thinkingBudget", low=-1, high=_MAX_BUDGET)
    level = thinking.one_of("thinkingLevel", {*_LEVELS, *(name.lower() for name in _LEVELS)})
    if budget is not None and "pro" in model.asked and -1 < budget < _MIN_PRO_BUDGET:
        raise Refusal(
            "bad_request", f"Budget {budget} is invalid. This model only works in thinking mode."
        )
    if level is not None:
        return _LEVELS[level.upper()]
    if budget is None:
        return _THOUGHT_AT_MOST if model.reasons else 0
    return _THOUGHT_AT_MOST if budget == -1 else min(budget, _THOUGHT_AT_MOST)


def _refuse_others(body: Body, known: frozenset[str], where: str) -> None:
    for name in body.value:
        if name not in known:
            raise Refusal(
                "bad_request",
                f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.',
            )


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def _reply(asked: Asked, written: Written, piece: str, *, is_told: bool, is_last: bool) -> Json:
    reply: Json = {"modelVersion": asked.model.id, "responseId": written.request_id}
    if is_told:
        reply["usageMetadata"] = _usage(written)
    if written.ending == "content_filter":
        return {**reply, "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
    candidate: Json = {"content": {"role": "model"}, "index": 0}
    if piece and written.ending != "refusal":
        candidate["content"] = {"parts": [{"text": piece}], "role": "model"}
    if is_last:
        candidate["finishReason"] = _FINISH[written.ending]
    return {"candidates": [candidate], **reply}


def _usage(written: Written) -> Json:
    usage = written.usage
    counted: Json = {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": usage.output_tokens - usage.reasoning_tokens,
        "totalTokenCount": usage.input_tokens + usage.output_tokens,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage.input_tokens}],
    }
    if usage.reasoning_tokens:
        counted["thoughtsTokenCount"] = usage.reasoning_tokens
    if usage.cached_tokens:
        counted["cachedContentTokenCount"] = usage.cached_tokens
    return counted


def _quota(refusal: Refusal) -> Json:
    period = "Day" if refusal.kind == "exhausted" else "Minute"
    violation: Json = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_requests",
        "quotaId": f"GenerateRequestsPer{period}PerProjectPerModel",
        "quotaDimensions": {"location": "global", "model": refusal.model},
        "quotaValue": "10000" if period == "Day" else "150",
    }
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}
