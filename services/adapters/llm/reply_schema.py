"""The JSON schema that a model must answer in, in the form that every provider takes."""

from collections.abc import Mapping
from functools import cache

from schemas.llm import REPLY_SCHEMAS, Task

Json = dict[str, object]

_LEFT_OUT = frozenset({"title", "default", "required", "$defs"})


@cache
def reply_schema(task: Task) -> Json:
    """Give the schema of a task's reply, to be read only.

    Providers enforce a common subset: every field is required, none may be added, nothing refers
    to a definition elsewhere. What our schemas let a reply leave out may be null or empty there.
    """
    whole = REPLY_SCHEMAS[task].model_json_schema()
    return _closed(whole, whole.get("$defs", {}))


def schema_name(task: Task) -> str:
    """Give the name that a provider knows the schema by."""
    return REPLY_SCHEMAS[task].__name__


def _closed(node: Mapping[str, object], definitions: Mapping[str, Json]) -> Json:
    if isinstance(reference := node.get("$ref"), str):
        return _closed(definitions[reference.rsplit("/", 1)[1]], definitions)
    closed: Json = {}
    for key, value in node.items():
        if key == "properties" and isinstance(value, dict):
            closed[key] = {name: _closed(one, definitions) for name, one in value.items()}
            closed["required"] = list(value)
        elif isinstance(value, dict):
            closed[key] = _closed(value, definitions)
        elif isinstance(value, list) and key not in _LEFT_OUT:
            parts = (_closed(one, definitions) if isinstance(one, dict) else one for one in value)
            closed[key] = list(parts)
        elif key not in _LEFT_OUT:
            closed[key] = value
    closed.pop("$defs", None)
    return closed
