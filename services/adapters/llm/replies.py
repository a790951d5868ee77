"""From what a model wrote to a draft: the schema holds, or the attempt has failed."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import ValidationError

from core.errors import Answered, ModelFailed
from schemas.llm import REPLY_SCHEMAS, FailureKind, ModelCall, ModelReply, Usage
from services.adapters.llm.digging import believed
from services.adapters.llm.place import Place

MAX_CHARS = 40_000
"""Of a reply; the longest that fits a schema sensibly is a tenth of it."""
MAX_KEPT_CHARS = 16_000
"""Of a reply that is of no use, for mending it."""

Ending = Literal["complete", "length", "refused", "context"]
"""Why a model stopped: it had finished, ran out of tokens, would not, or had read too much."""

_FENCED = re.compile(r"```[a-zA-Z]*\s*\n(?P<inside>.*?)\n?\s*```", re.DOTALL)
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,30}")
_MODEL_ID = re.compile(r"(?!.*://)[\w.:/@+-]{1,100}")
_SHOWN_ERRORS = 3


@dataclass(frozen=True, slots=True)
class Raw:
    """A reply as a provider gave it; `model` is its own word for who answered, may be empty."""

    text: str
    model: str
    usage: Usage
    ending: Ending


def to_reply(place: Place, raw: Raw, call: ModelCall) -> ModelReply:
    """Parse a reply by the schema of its task, unknown fields refused.

    A single JSON object inside one Markdown fence is taken out of it; nothing else is guessed.

    Raises:
        ModelFailed: It is no use as it is; with the usage, and the text where mending may help.
    """
    raw = _clean(place, raw, call)
    text = _whole(place, raw, call)
    try:
        draft = REPLY_SCHEMAS[call.task].model_validate_json(_unfenced(text))
    except ValidationError as error:
        says = f"the reply to {call.task!r} does not fit: {_why(error)}"
        raise _failed(place, raw, "schema_invalid", says) from None
    return ModelReply(draft=draft, model=raw.model, usage=raw.usage)


def usable_text(place: Place, raw: Raw, call: ModelCall) -> str:
    """Give the text of a whole reply.

    Raises:
        ModelFailed: The model refused, was cut off, wrote nothing or far too much.
    """
    return _whole(place, _clean(place, raw, call), call)


def _clean(place: Place, raw: Raw, call: ModelCall) -> Raw:
    """Keep of a provider's word what can be stored, sent and billed.

    A lone surrogate, half of an emoji, cannot be encoded; a name that is no model's id and a usage
    that no call can have are taken as not told.
    """
    return replace(
        raw,
        text=raw.text.encode("utf-8", "replace").decode(),
        model=raw.model if _MODEL_ID.fullmatch(raw.model) else place.model,
        usage=believed(raw.usage, max_tokens=call.max_tokens),
    )


def _whole(place: Place, raw: Raw, call: ModelCall) -> str:
    match raw.ending:
        case "refused":
            raise _failed(place, raw, "content_policy", "it refused to answer")
        case "context":
            says = "its context was full before the reply was complete"
            raise _failed(place, raw, "context_too_long", says)
        case "length":
            says = (
                f"it was cut off at {call.max_tokens} tokens, reasoning included, before its reply"
                f" to {call.task!r} was complete"
            )
            raise _failed(place, raw, "schema_invalid", says)
        case "complete":
            pass
    if not raw.text.strip():
        raise _failed(place, raw, "schema_invalid", "it answered nothing")
    if len(raw.text) > MAX_CHARS:
        says = f"it wrote {len(raw.text)} characters, more than {MAX_CHARS}"
        raise _failed(place, raw, "schema_invalid", says)
    return raw.text


def _failed(place: Place, raw: Raw, kind: FailureKind, says: str) -> ModelFailed:
    can_be_mended = kind == "schema_invalid" and raw.text.strip()
    text = raw.text[:MAX_KEPT_CHARS] if can_be_mended else None
    return ModelFailed(
        f"{place.name} ({raw.model}): {says}",
        kind=kind,
        answered=Answered(raw.usage, raw.model, text),
    )


def _unfenced(text: str) -> str:
    if text.lstrip().startswith("{"):
        return text
    inside = [one["inside"].strip() for one in _FENCED.finditer(text)]
    return inside[0] if len(inside) == 1 and inside[0].startswith("{") else text


def _why(error: ValidationError) -> str:
    """Name places and rules; what the model wrote there stays out of messages and logs."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    named = [
        f"{'.'.join(_part(part) for part in one['loc']) or 'the whole'}: {one['type']}"
        for one in found[:_SHOWN_ERRORS]
    ]
    more = f" and {len(found) - _SHOWN_ERRORS} more" if len(found) > _SHOWN_ERRORS else ""
    return ", ".join(named) + more


def _part(part: int | str) -> str:
    return str(part) if isinstance(part, int) or _FIELD.fullmatch(part) else "…"
