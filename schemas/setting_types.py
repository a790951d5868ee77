"""What settings are made of: secrets, lists of ids, moments, sections."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr
from pydantic_settings import NoDecode

EARLIEST, LATEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Bounds of what the desk may be told to take for now: a year fits before and after."""


def to_utc(value: datetime) -> datetime:
    """Give a moment in UTC, which it is in where it names no zone.

    Raises:
        ValueError: It lies outside of what the desk can reckon with.
    """
    try:
        at = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        at = None
    if at is None or not EARLIEST <= at < LATEST:
        raise ValueError(f"must lie between {EARLIEST.year} and {LATEST.year}")
    return at


def _ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    return frozenset(part.strip() for part in value.split(",") if part.strip())


def _bare(value: object) -> object:
    """Take spaces and line ends off a secret that was pasted or read from a file."""
    return (value.strip() or None) if isinstance(value, str) else value


Secret = Annotated[SecretStr | None, BeforeValidator(_bare)]
Ids = Annotated[frozenset[str], NoDecode, BeforeValidator(_ids)]
UtcTime = Annotated[datetime, AfterValidator(to_utc)]


class Section(BaseModel):
    """A group of settings; a nested name is written with two underscores."""

    model_config = ConfigDict(frozen=True, extra="forbid")
