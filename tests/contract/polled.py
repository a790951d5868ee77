"""Polled sources for the tests of stores."""

from datetime import datetime, timedelta
from typing import Any

from core.access import visible
from core.ports.store import UnitOfWork
from schemas.principal import Principal, Role, Visibility
from schemas.sources import NewSource, PolledSource, PollOutcome, SourceFailure
from tests.contract.store_news import NOON

HOUR_S = 3600


def feed(name: str = "herald", **changes: Any) -> NewSource:
    new = NewSource(
        url=f"https://{name}.example/feed.xml",
        kind="feed",
        title=name.title(),
        family=name,
        publisher=name.title(),
        domain=f"{name}.example",
    )
    return new.model_copy(update=changes)


async def add_feed(work: UnitOfWork, name: str = "herald", **changes: Any) -> PolledSource:
    polled, _ = await work.sources.add(feed(name, **changes), at=NOON, interval_s=1800)
    return polled


def success(at: datetime = NOON, **changes: Any) -> PollOutcome:
    made = PollOutcome(at=at, interval_s=900, next_poll_at=at + timedelta(hours=1))
    return made.model_copy(update=changes)


def failure(at: datetime = NOON, **changes: Any) -> PollOutcome:
    told = SourceFailure(reason="timeout", detail="20 s were over", at=at)
    return success(at, failure=told, **changes)


def seen_by(role: Role, *, tenant: str, chat: str) -> Visibility:
    return visible(Principal(tenant=tenant, chat=chat, roles=frozenset({role})))
