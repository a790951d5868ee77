"""What a faulty model makes of its own good reply."""

import json
from typing import Literal, assert_never, cast

from bot_service.local_models.asked import Asked, Json
from bot_service.local_models.faults import ActiveFault
from bot_service.local_models.wording import write_in_wrong_language

HUGE_BYTES = 100_000
_MORE: Json = {"note": "a field of a newer version", "n": 7}
_ECHOED = frozenset({"metadata", "schema"})
_REFUSAL = "I'm sorry, but I can't help with that."


def spoil(text: str, fault: ActiveFault | None, asked: Asked) -> str:
    """Give a reply's text as a model with this fault writes it."""
    match fault.name if fault else None:
        case "malformed_json":
            return text[: max(1, len(text) * 2 // 3)].rstrip('"}]') + ', "}'
        case "wrong_schema":
            assert fault is not None  # noqa: S101 - matched above
            return _other_json(text, fault.options.form)
        case "markdown":
            return f"```json\n{text}\n```"
        case "huge":
            return _huge(text)
        case "empty" | "content_filter":
            return ""
        case "refusal":
            return _REFUSAL
        case "wrong_language":
            return write_in_wrong_language(asked)
        case _:
            return text


def add_unknown(value: object) -> object:
    """Give JSON in which every object has a field that no library knows.

    What the client itself sent (`metadata`, `schema`) comes back as it was.
    """
    if isinstance(value, dict):
        known = {k: v if k in _ECHOED else add_unknown(v) for k, v in value.items()}
        return {**known, "x_newer": _MORE}
    if isinstance(value, list):
        return [add_unknown(item) for item in value]
    return value


def _other_json(text: str, form: Literal["fields", "types", "nulls"]) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return '{"answer": 42}'
    match form:
        case "fields":
            changed: object = {"answer": "The reply is in other fields.", "confidence": "high"}
        case "types":
            changed = _retyped(value)
        case "nulls":
            changed = _nulled(value)
        case _:
            assert_never(form)
    return json.dumps(changed, ensure_ascii=False)


def _retyped(value: object) -> object:
    """Make numbers of texts, texts of numbers and texts of lists of texts; the fields stay."""
    match value:
        case dict():
            return {key: _retyped(item) for key, item in value.items()}
        case list() if value and all(isinstance(item, str) for item in value):
            return ", ".join(value)
        case list():
            return [_retyped(item) for item in value]
        case str():
            return len(value)
        case bool() | None:
            return "none"
        case _:
            return str(value)


def _nulled(value: object) -> object:
    """Put null in the place of every text, number and list of texts; the frame stays."""
    match value:
        case dict():
            return {key: _nulled(item) for key, item in value.items()}
        case list() if value and isinstance(value[0], dict):
            return [_nulled(item) for item in value]
        case _:
            return None


def _huge(text: str) -> str:
    """Repeat a reply's first list, or the text itself, until it has 100 KB."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    fields = value if isinstance(value, dict) else {}
    name = next((key for key, item in fields.items() if isinstance(item, list) and item), None)
    if name is None:
        return text + " and so on" * (HUGE_BYTES // 10)
    items = cast(list[object], fields[name])
    n_more = -(-HUGE_BYTES // len(json.dumps(items, ensure_ascii=False)))
    return json.dumps({**fields, name: items * (n_more + 1)}, ensure_ascii=False)
