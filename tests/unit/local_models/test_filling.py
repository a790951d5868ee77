"""Values for JSON schemas that nobody wrote a writer for."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from bot_service.local_models.filling import Filler


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Inner(BaseModel):
    n: Annotated[int, Field(ge=3, le=9)]
    share: Annotated[float, Field(gt=0.5)]
    name: Annotated[str, Field(min_length=4)]


class Outer(BaseModel):
    inner: Inner
    several: Annotated[list[Inner], Field(min_length=2)]
    colour: Colour
    kind: Literal["a", "b"]
    maybe: int | None
    at: datetime
    uid: UUID
    is_on: bool
    by_name: dict[str, int]
    optional: str = "left out"


class Node(BaseModel):
    children: list["Node"]
    parent: "Node | None"


@pytest.mark.parametrize("model", [Inner, Outer])
def test_the_least_value_is_valid(model: type[BaseModel]) -> None:
    value = Filler(model.model_json_schema(), {}).fill()

    assert model.model_validate(value) is not None


def test_fields_that_are_not_required_are_left_out() -> None:
    value = Filler(Outer.model_json_schema(), {}).fill()

    assert isinstance(value, dict)
    assert "optional" not in value


def test_a_known_field_is_filled_by_its_writer_even_when_it_is_optional() -> None:
    filler = Filler(Outer.model_json_schema(), {"optional": lambda filler, schema: "said"})

    value = filler.fill()

    assert isinstance(value, dict)
    assert value["optional"] == "said"


def test_a_schema_that_contains_itself_comes_to_an_end() -> None:
    value = Filler(Node.model_json_schema(), {}).fill()

    assert value is not None


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, ""),
        ({"type": ["null", "integer"]}, 0),
        ({"type": "null"}, None),
        ({"const": 7}, 7),
        ({"type": "integer", "maximum": -2}, -2),
        ({"type": "integer", "exclusiveMinimum": 4}, 5),
        ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, False),
        ({"$ref": "#/nowhere"}, ""),
        ({"type": "array", "minItems": 2, "items": {"type": "number"}}, [0.0, 0.0]),
    ],
)
def test_small_schemas_get_the_smallest_value(schema: dict[str, object], value: object) -> None:
    assert Filler(schema, {}).fill() == value
