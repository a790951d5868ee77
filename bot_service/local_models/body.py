"""Reads a request's JSON, and says what is wrong with it."""

import json
from collections.abc import Collection
from typing import cast

from bot_service.local_models.asked import Json, Refusal


def parse_json(raw: bytes) -> Json:
    """Give the object of a request's body.

    Raises:
        Refusal: It is no JSON object.
    """
    try:
        value = json.loads(raw)
    except ValueError:
        raise Refusal("bad_request", "We could not parse the JSON body of your request.") from None
    if not isinstance(value, dict):
        raise Refusal("bad_request", "The body of a request must be a JSON object.")
    return value


class Body:
    """The fields of an object, each read as what it must be. `path` leads error messages."""

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, dict):
            raise Refusal("bad_request", f"{path or 'the body'}: must be an object.", param=path)
        self.value: Json = cast(Json, value)
        self.path = path

    def refuse_others(self, known: Collection[str]) -> None:
        """Refuse a field that the protocol does not have."""
        for name in self.value:
            if name not in known:
                raise Refusal(
                    "bad_request", f"Unknown parameter: '{self.name(name)}'.", param=name
                )

    def name(self, field: str) -> str:
        """Give the full name of a field."""
        return f"{self.path}.{field}" if self.path else field

    def has(self, field: str) -> bool:
        """Whether a field is there and not null."""
        return self.value.get(field) is not None

    def text(self, field: str, default: str | None = None) -> str:
        """Read a text; without a default it must be there."""
        value = self.value.get(field)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            self._refuse(field, "a string")
        return cast(str, value)

    def whole(self, field: str, *, low: int, high: int = 10_000_000) -> int | None:
        """Read a whole number, None where there is none."""
        value = self.value.get(field)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self._refuse(field, f"an integer from {low} to {high}")
        return cast(int, value)

    def number(self, field: str, *, low: float, high: float) -> float | None:
        """Read a number, None where there is none."""
        value = self.value.get(field)
        if value is None:
            return None
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            self._refuse(field, f"a number from {low:g} to {high:g}")
        return float(cast(float, value))

    def flag(self, field: str) -> bool:
        """Read a switch, off where there is none."""
        value = self.value.get(field)
        if value is not None and not isinstance(value, bool):
            self._refuse(field, "a boolean")
        return bool(value)

    def inner(self, field: str) -> "Body":
        """Read an object, an empty one where there is none."""
        return Body(self.value.get(field) or {}, self.name(field))

    def items(self, field: str) -> list[object]:
        """Read a list, an empty one where there is none."""
        value = self.value.get(field)
        if value is None:
            return []
        if not isinstance(value, list):
            self._refuse(field, "an array")
        return cast(list[object], value)

    def objects(self, field: str) -> list["Body"]:
        """Read a list of objects."""
        return [Body(item, f"{self.name(field)}[{i}]") for i, item in enumerate(self.items(field))]

    def one_of(self, field: str, allowed: Collection[str]) -> str | None:
        """Read one of several words, None where there is none."""
        value = self.value.get(field)
        if value is not None and value not in allowed:
            self._refuse(field, f"one of {', '.join(sorted(allowed))}")
        return cast(str | None, value)

    def _refuse(self, field: str, wanted: str) -> None:
        name = self.name(field)
        if field not in self.value:
            raise Refusal("bad_request", f"Missing required parameter: '{name}'.", param=name)
        shown = json.dumps(self.value[field])[:80]
        raise Refusal(
            "bad_request",
            f"Invalid value for '{name}': must be {wanted}, got {shown}.",
            param=name,
        )
