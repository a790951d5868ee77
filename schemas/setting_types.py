"""What settings are made of: secrets, lists of ids, moments, sections."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr
from pydantic_settings import NoDecode


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    return frozenset(part.strip() for part in value.split(",") if part.strip())


def _bare(value: object) -> object:
    """Take spaces and line ends off a secret that was pasted or read from a file."""
    return (value.strip() or None) if isinstance(value, str) else value


Secret = Annotated[SecretStr | None, BeforeValidator(_bare)]
Ids = Annotated[frozenset[str], NoDecode, BeforeValidator(_ids)]
UtcTime = Annotated[datetime, AfterValidator(_utc)]


class Section(BaseModel):
    """A group of settings; a nested name is written with two underscores."""

    model_config = ConfigDict(frozen=True, extra="forbid")
