"""One poll of one source: look, store what is new, say what to write down."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

import structlog

from core.access import system_principal
from core.errors import SourceFailed, StoreError
from core.ports.store import Store
from core.rhythm import (
    OWN_NETWORK,
    Pace,
    backoff_s,
    first_yield,
    missed_span,
    next_interval_s,
    next_poll_in_s,
    updated_yield,
)
from core.stories.intake import content_hash
from monitoring.metrics import Metrics
from schemas.articles import ImportSummary, RawItem
from schemas.principal import Visibility
from schemas.sources import FailureReason, Polled, PolledSource, PollOutcome, SourceFailure
from services.ingestion import Ingestion

FINGERPRINT = 12
"""Hex digits kept of an item's hash: 48 bits tell apart what one feed ever holds."""

REMEMBERED = 500
"""Fingerprints kept of one source, the newest first."""

FULL_TEXTS = 20
"""Items of one poll whose page is fetched: a backlog must not hold up the others."""

FULL_TEXTS_S = 120.0
TOGETHER = 2
MANY_ITEMS = 50
"""Hashing so many items takes long enough to leave the loop for it."""

Effect = Literal["news", "nothing_new", "unchanged", "swapped"]
Clock = Callable[[], datetime]

_log = structlog.get_logger(__name__)


class Poll(Protocol):
    """Look at a source; raises `SourceFailed`."""

    async def __call__(self, source: PolledSource, *, now: datetime) -> Polled:
        """Give what it brings."""
        ...


FullText = Callable[[RawItem], Awaitable[RawItem]]


@dataclass(frozen=True, slots=True)
class PollParts:
    """What polls are made of; `chance` gives random numbers of [0, 1).

    `storing` is held by the one poll that stores: articles enter the store one batch after the
    other anyway, and whoever prepared theirs meanwhile would have to look again.
    """

    store: Store
    ingestion: Ingestion
    poll: Poll
    full_text: FullText
    pace: Pace
    metrics: Metrics
    now: Clock
    chance: Callable[[], float] = random.random
    storing: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one poll came to; `outcome` None when nothing of it is to be written down."""

    source: PolledSource
    effect: Effect | FailureReason
    outcome: PollOutcome | None = None
    n_new: int = 0
    n_changed: int = 0

    @property
    def reason(self) -> FailureReason | None:
        """Why the source could not be read, None when it could."""
        failure = self.outcome.failure if self.outcome else None
        return failure.reason if failure else None


async def poll_source(parts: PollParts, source: PolledSource, *, is_offline: bool) -> PollResult:
    """Poll one source; whatever goes wrong with it becomes part of the result.

    Args:
        parts: What polls are made of.
        source: As the store has it.
        is_offline: Nothing else could be reached lately either.
    """
    at = parts.now()
    try:
        return await _take(parts, source, await parts.poll(source, now=at), at)
    except SourceFailed as error:
        failure = SourceFailure(
            reason=error.reason,
            detail=str(error)[:500],
            at=at,
            status=error.status,
            retry_after_s=error.retry_after_s,
        )
    except StoreError as error:
        failure = SourceFailure(reason="stored", detail=str(error)[:500], at=at)
    except Exception as error:  # noqa: BLE001 - what one source provokes must stop no other
        _log.exception("source.broke", source=source.source.id)
        detail = f"this should not have happened ({type(error).__name__}); the log says more"
        failure = SourceFailure(reason="unreadable", detail=detail, at=at)
    is_ours = failure.reason == "stored" or (is_offline and failure.reason in OWN_NETWORK)
    return failed(parts, source, failure, is_ours=is_ours)


async def _take(
    parts: PollParts, source: PolledSource, polled: Polled, at: datetime
) -> PollResult:
    """Store what a successful look brought."""
    url = polled.moved_to if polled.moved_to != source.url else None
    if url is not None:
        await _refuse_taken(parts.store, source, url)
    if not polled.is_changed:
        outcome = _success(parts, source, polled, at, n_new=0)
        # A short "nothing has changed" may leave out the validators that it goes by.
        kept = {
            "url": url,
            "etag": polled.etag or source.etag,
            "last_modified": polled.last_modified or source.last_modified,
        }
        return PollResult(source, "unchanged", outcome.model_copy(update=kept))
    marks = await _fingerprints(polled.items)
    known = set(source.recent)
    n_known = sum(mark in known for mark in marks)
    if not n_known and await _swap_if_exchanged(parts.store, source, polled, marks, at):
        return PollResult(source, "swapped")
    # An item that tells how often it was seen is worth a second look: that number grows.
    fresh = [
        item
        for item, mark in zip(polled.items, marks, strict=True)
        if mark not in known or item.views is not None
    ]
    summary = await _store(parts, source, fresh, known, at)
    _count(parts.metrics, source, summary, n_skipped=len(polled.items) - len(fresh))
    n_known += summary.duplicate + summary.revised
    outcome = _success(parts, source, polled, at, n_new=summary.new)
    more = {
        "url": url,
        "recent": _remember(marks, source),
        "missed": missed_span(source, polled.items, n_known=n_known, now=at),
    }
    return PollResult(
        source,
        "news" if summary.new else "nothing_new",
        outcome.model_copy(update=more),
        n_new=summary.new,
        n_changed=summary.revised,
    )


async def _store(
    parts: PollParts,
    source: PolledSource,
    items: Sequence[RawItem],
    known: set[str],
    at: datetime,
) -> ImportSummary:
    if not items:
        return ImportSummary(read=0, new=0, revised=0, duplicate=0, refused=0, near=0)
    if source.has_full_text:
        items = await _with_full_text(parts.full_text, items)
    async with parts.storing:
        return await parts.ingestion.ingest(
            system_principal(), items, now=at, kind=source.source.kind, source=source.source
        )


async def _with_full_text(full_text: FullText, items: Sequence[RawItem]) -> list[RawItem]:
    """Give the items with the text behind their links, the newest ones first to be fetched.

    A page that cannot be read leaves its item as the feed gave it.
    """
    found: dict[int, RawItem] = {}
    turns = asyncio.Semaphore(TOGETHER)

    async def fetch(place: int) -> None:
        async with turns:
            try:
                found[place] = await full_text(items[place])
            except SourceFailed as error:
                _log.debug("full_text.failed", reason=error.reason)

    newest_first = sorted(
        range(len(items)),
        key=lambda n: -(at.timestamp() if (at := items[n].published_at) else float("inf")),
    )
    try:
        async with asyncio.timeout(FULL_TEXTS_S), asyncio.TaskGroup() as group:
            for place in newest_first[:FULL_TEXTS]:
                group.create_task(fetch(place))
    except TimeoutError:
        _log.debug("full_text.late", n_found=len(found))
    return [found.get(place, item) for place, item in enumerate(items)]


async def _refuse_taken(store: Store, source: PolledSource, url: str) -> None:
    """Refuse a permanent redirect to an address that another source of the audience has."""
    async with store.transaction(is_write=False) as unit:
        holders = await unit.sources.find(_peers(source), [url])
    other = next((h for h in holders if h.source.id != source.source.id), None)
    if other is not None:
        raise SourceFailed(
            f"it moved for good to the address of the source {other.source.title!r}; "
            "remove one of the two",
            reason="taken",
        )


async def _swap_if_exchanged(
    store: Store, source: PolledSource, polled: Polled, marks: Sequence[str], at: datetime
) -> bool:
    """Exchange the addresses of two sources whose feeds have changed places.

    A feed that names itself as another source of the audience, holds items of that one and
    nothing of what this source had, and was named otherwise before, is that other one. A name
    alone proves nothing: anybody may take it.
    """
    is_itself = (polled.title, polled.site_url) == (source.feed_title, source.site_url)
    if is_itself or not polled.title or source.first_polled_at is None or not polled.items:
        return False
    seen = set(marks)
    async with store.transaction() as unit:
        now_stored = await unit.sources.get(_peers(source), source.source.id)
        if now_stored is None or now_stored.url != source.url:
            return True  # it was moved while it was polled: what came belongs to another source
        for other in await unit.sources.listed(_peers(source)):
            if (
                other.source.id != source.source.id
                and other.first_polled_at is not None
                and (other.feed_title, other.site_url) == (polled.title, polled.site_url)
                and not seen.isdisjoint(other.recent)
            ):
                await unit.sources.swap(source.source.id, other.source.id, at=at)
                _log.info("source.swapped", source=source.source.id, other=other.source.id)
                return True
    return False


def _peers(source: PolledSource) -> Visibility:
    """The sources that may not share an address with this one."""
    return Visibility(
        tenants=frozenset({source.source.tenant}), audiences=frozenset({source.source.audience})
    )


def _success(
    parts: PollParts, source: PolledSource, polled: Polled, at: datetime, *, n_new: int
) -> PollOutcome:
    per_day = _yield(source, polled, at, n_new)
    # A first poll's items are no burst; with dates they are no lack of news either.
    is_first = source.first_polled_at is None
    n_lately = int(per_day is not None) if is_first else n_new
    interval_s = next_interval_s(source, parts.pace, n_new=n_lately, per_day=per_day)
    pause_s = next_poll_in_s(interval_s, parts.pace, wait_s=polled.wait_s, chance=parts.chance())
    return PollOutcome(
        at=at,
        interval_s=interval_s,
        next_poll_at=at + timedelta(seconds=pause_s),
        feed_title=polled.title,
        site_url=polled.site_url,
        etag=polled.etag,
        last_modified=polled.last_modified,
        body_hash=polled.body_hash,
        n_new=n_new,
        per_day=per_day,
    )


def _yield(source: PolledSource, polled: Polled, at: datetime, n_new: int) -> float | None:
    if source.first_polled_at is None:
        return first_yield(polled.items, now=at)
    since = source.first_polled_at if source.per_day is None else source.last_success_at
    elapsed_s = (at - (since or source.first_polled_at)).total_seconds()
    return updated_yield(source.per_day, n_new=n_new, elapsed_s=elapsed_s)


def failed(
    parts: PollParts, source: PolledSource, failure: SourceFailure, *, is_ours: bool
) -> PollResult:
    """Give the result of a poll that failed; `is_ours` as for `backoff_s`."""
    pause_s = backoff_s(
        source.n_failures + 1,
        parts.pace,
        retry_after_s=failure.retry_after_s,
        is_ours=is_ours,
        chance=parts.chance(),
    )
    outcome = PollOutcome(
        at=failure.at,
        interval_s=source.interval_s,
        next_poll_at=failure.at + timedelta(seconds=pause_s),
        status="retired" if failure.reason == "gone" else "active",
        failure=failure,
    )
    _log.debug("source.failed", source=source.source.id, reason=failure.reason)
    return PollResult(source, failure.reason, outcome)


async def _fingerprints(items: Sequence[RawItem]) -> list[str]:
    """Hash words and time: neither ids nor addresses, which some feeds invent at every poll.

    The same words with another date are news again ("Morning briefing").
    """

    def work() -> list[str]:
        return [
            content_hash(f"{item.published_at or ''} {item.title}", item.text)[:FINGERPRINT]
            for item in items
        ]

    return await asyncio.to_thread(work) if len(items) > MANY_ITEMS else work()


def _remember(marks: Sequence[str], source: PolledSource) -> tuple[str, ...]:
    """Keep the fingerprints of this poll, then older ones: some servers show old states again."""
    return tuple(dict.fromkeys([*marks, *source.recent]))[: max(REMEMBERED, len(marks))]


def _count(
    metrics: Metrics, source: PolledSource, summary: ImportSummary, *, n_skipped: int
) -> None:
    counts = {
        "new": summary.new,
        "revised": summary.revised,
        "duplicate": summary.duplicate + n_skipped,
        "refused": summary.refused,
    }
    for outcome, n in counts.items():
        if n:
            metrics.ingest_articles_total.labels(
                source_kind=source.source.kind, outcome=outcome
            ).inc(n)
