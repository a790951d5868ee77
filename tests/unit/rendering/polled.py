"""Polled sources made for tests of words."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.articles import Source
from schemas.sources import FailureReason, PolledSource, SourceFailure

NOW = datetime(2024, 11, 10, 12, 0, tzinfo=UTC)


def polled(number: int = 1, *, title: str = "Harbour News", **more: Any) -> PolledSource:
    """A source that is fine, last read ten minutes ago; `more` changes it."""
    names = {"kind": "feed", "audience": "public", "tenant": "shared"}
    own = {name: more.pop(name, default) for name, default in names.items()}
    values: dict[str, Any] = {
        "url": f"https://harbour.example/{number}.xml",
        "added_at": NOW - timedelta(days=30),
        "interval_s": 1_800,
        "next_poll_at": NOW + timedelta(minutes=20),
        "first_polled_at": NOW - timedelta(days=30),
        "last_success_at": NOW - timedelta(minutes=10),
        "last_new_at": NOW - timedelta(minutes=10),
        "per_day": 3.0,
        "n_items": 36,
    }
    source = Source(id=number, title=title, family="harbour", publisher=title, domain=None, **own)
    return PolledSource(source=source, **(values | more))


def failing(number: int = 1, *, reason: FailureReason = "connect", **more: Any) -> PolledSource:
    """A source that could not be read for two days."""
    failure = SourceFailure(reason=reason, detail="…", at=NOW)
    values: dict[str, Any] = {
        "failure": failure,
        "n_failures": 4,
        "last_success_at": NOW - timedelta(days=2),
    }
    return polled(number, **(values | more))


def silent(number: int = 1, **more: Any) -> PolledSource:
    """A source that usually brings three items a day and brought nothing for six."""
    values: dict[str, Any] = {"last_new_at": NOW - timedelta(days=6, minutes=10), "per_day": 1.953}
    return polled(number, **(values | more))
