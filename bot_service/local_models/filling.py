"""A value for any JSON schema: what is known where it is known, elsewhere the least that fits."""

from collections.abc import Callable, Mapping
from typing import cast

from bot_service.local_models.asked import Json

Fill = Callable[["Filler", Json], object]
"""Gives the value of a field for its schema."""

MAX_DEPTH = 12
_FORMATS = {
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "time": "00:00:00Z",
    "uri": "https://example.com/",
    "email": "nobody@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


class Filler:
    """Walks the schema `root`; a property of the outer object named in `known` is filled by it."""

    def __init__(self, root: Json, known: Mapping[str, Fill]) -> None:
        self._root = root
        self._known = known

    def fill(self) -> object:
        """Give a value for the whole schema."""
        schema = self.resolve(self._root)
        if _type_of(schema) != "object":
            return self.least(schema)
        properties = _properties(schema)
        wanted = set(_required(schema)) | (set(properties) & set(self._known))
        return {
            name: self._known[name](self, self.resolve(properties[name]))
            if name in self._known
            else self.least(properties[name])
            for name in properties
            if name in wanted
        }

    def resolve(self, schema: object) -> Json:
        """Follow references, and choose the first way of several that is not null."""
        for _ in range(MAX_DEPTH):
            found = cast(Json, schema) if isinstance(schema, dict) else {}
            reference = found.get("$ref")
            if isinstance(reference, str):
                schema = self._definition(reference)
                continue
            ways = found.get("anyOf") or found.get("oneOf") or found.get("allOf")
            if not isinstance(ways, list) or not ways:
                return found
            schema = next((way for way in ways if _type_of(way) != "null"), ways[0])
        return {}

    def least(self, schema: object, depth: int = 0) -> object:
        """Give the smallest value that fits: no optional fields, first choice of an enum."""
        found = self.resolve(schema)
        if "const" in found:
            return found["const"]
        choices = found.get("enum")
        if isinstance(choices, list) and choices:
            return choices[0]
        match _type_of(found):
            case "object":
                properties = _properties(found)
                names = [name for name in _required(found) if name in properties]
                if depth >= MAX_DEPTH:
                    names = []
                return {name: self.least(properties[name], depth + 1) for name in names}
            case "array":
                n = _number(found, "minItems") if depth < MAX_DEPTH else 0
                return [self.least(found.get("items"), depth + 1) for _ in range(int(n))]
            case kind:
                return _least_plain(found, kind)

    def _definition(self, reference: str) -> object:
        at: object = self._root
        for name in reference.removeprefix("#").strip("/").split("/"):
            if name:
                at = (
                    at.get(name.replace("~1", "/").replace("~0", "~"))
                    if isinstance(at, dict)
                    else None
                )
        return at


def _least_plain(schema: Json, kind: str) -> object:
    match kind:
        case "integer":
            return int(_least_number(schema, step=1))
        case "number":
            return _least_number(schema, step=0.5)
        case "boolean":
            return False
        case "null":
            return None
        case _:
            text = _FORMATS.get(str(schema.get("format")), "")
            return text or "-" * int(_number(schema, "minLength"))


def _type_of(schema: object) -> str:
    if not isinstance(schema, dict):
        return "string"
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if isinstance(kind, str):
        return kind.lower()
    return "object" if "properties" in schema else "string"


def _properties(schema: Json) -> Json:
    found = schema.get("properties")
    return cast(Json, found) if isinstance(found, dict) else {}


def _required(schema: Json) -> list[str]:
    found = schema.get("required")
    return [str(name) for name in found] if isinstance(found, list) else []


def _number(schema: Json, name: str, default: float = 0) -> float:
    found = schema.get(name)
    return float(found) if isinstance(found, int | float) else default


def _least_number(schema: Json, *, step: float) -> float:
    low = _number(schema, "minimum", float("-inf"))
    if "exclusiveMinimum" in schema:
        low = max(low, _number(schema, "exclusiveMinimum") + step)
    high = _number(schema, "maximum", float("inf"))
    if "exclusiveMaximum" in schema:
        high = min(high, _number(schema, "exclusiveMaximum") - step)
    return max(low, min(0.0, high))
