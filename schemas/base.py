"""The one base class of every schema."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A strict, frozen record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
