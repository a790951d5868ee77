"""Polled sources as rows: what one becomes in the tables, and back."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from itertools import count

from sqlalchemy import select

from schemas.articles import Source
from schemas.sources import NewSource, PolledSource, PollOutcome, SourceFailure
from services.adapters.store.article_rows import Values
from services.adapters.store.statements import AnyRow, storable
from services.adapters.store.tables import family, poll, source
from services.adapters.store.times import from_epoch

MAX_TITLE = 200
"""Characters of a source's title, the domain or number that tells it apart included."""

POLLED = (
    select(
        poll,
        source.c.tenant_id,
        source.c.audience,
        source.c.title,
        source.c.domain,
        source.c.publisher,
        source.c.kind,
        family.c.name.label("family"),
    )
    .join(source, source.c.id == poll.c.source_id)
    .join(family, family.c.id == source.c.family_id)
)


def url_hash(url: str) -> str:
    """Give what an address is found by: 16 bytes of BLAKE2b as hex."""
    return hashlib.blake2b(storable(url).encode(), digest_size=16).hexdigest()


def poll_values(new: NewSource, source_id: int, *, at: int, interval_s: int) -> Values:
    """Give the row of `poll` of a source never polled yet; it is due at epoch second `at`."""
    return {
        "source_id": source_id,
        "url": storable(new.url),
        "site_url": None if new.site_url is None else storable(new.site_url),
        "feed_title": storable(new.title),
        "status": "active",
        "has_full_text": new.has_full_text,
        "is_starter": new.is_starter,
        "added_by": new.added_by,
        "added_at": at,
        "recent": "[]",
        "interval_s": interval_s,
        "next_poll_at": at,
        "n_failures": 0,
        "n_polls": 0,
        "n_items": 0,
    }


def titles_for(title: str, domain: str | None) -> Iterator[str]:
    """Give the titles that a source may take, best first, without end.

    Its own; with its domain; then numbered from 2. Each has at most 200 characters.
    """
    plain = " ".join(storable(title).split()) or domain or "unknown"
    ending = f" ({domain})" if domain and domain != plain else ""
    yield _fit(plain, "")
    if ending:
        yield _fit(plain, ending)
    for number in count(2):
        yield _fit(plain, f"{ending} {number}")


def success_values(row: AnyRow, outcome: PollOutcome, at: int) -> Values:
    """Give what changes in a row of `poll` after a poll that read the source.

    What the outcome does not tell (no title, no yield yet) stays; the validators change
    together, whenever a body was read.
    """
    values: Values = {
        "last_success_at": at,
        "first_polled_at": row.first_polled_at or at,
        "n_failures": 0,
        "n_items": row.n_items + outcome.n_new,
        "failure": None,
    }
    if outcome.n_new:
        values["last_new_at"] = at
    if outcome.feed_title:
        values["feed_title"] = storable(outcome.feed_title)
    if outcome.site_url is not None:
        values["site_url"] = storable(outcome.site_url)
    if outcome.per_day is not None:
        values["per_day"] = outcome.per_day
    if outcome.recent is not None:
        values["recent"] = json.dumps(outcome.recent)
    if outcome.body_hash is not None:
        values["body_hash"] = outcome.body_hash
        values["etag"] = _text(outcome.etag)
        values["last_modified"] = _text(outcome.last_modified)
    return values


def failure_values(row: AnyRow, failure: SourceFailure) -> Values:
    """Give what changes in a row of `poll` after a poll that failed."""
    told = failure.model_copy(update={"detail": storable(failure.detail)})
    return {"n_failures": row.n_failures + 1, "failure": told.model_dump_json()}


def to_polled(row: AnyRow) -> PolledSource:
    """Give the source of a row of `POLLED`."""
    return PolledSource(
        source=Source(
            id=row.source_id,
            title=row.title,
            domain=row.domain,
            publisher=row.publisher,
            family=row.family,
            kind=row.kind,
            tenant=row.tenant_id,
            audience=row.audience,
        ),
        url=row.url,
        site_url=row.site_url,
        feed_title=row.feed_title,
        status=row.status,
        has_full_text=row.has_full_text,
        is_starter=row.is_starter,
        added_by=row.added_by,
        added_at=from_epoch(row.added_at),
        etag=row.etag,
        last_modified=row.last_modified,
        body_hash=row.body_hash,
        recent=tuple(json.loads(row.recent)),
        interval_s=row.interval_s,
        next_poll_at=from_epoch(row.next_poll_at),
        first_polled_at=_moment(row.first_polled_at),
        last_poll_at=_moment(row.last_poll_at),
        last_success_at=_moment(row.last_success_at),
        last_new_at=_moment(row.last_new_at),
        n_failures=row.n_failures,
        n_polls=row.n_polls,
        n_items=row.n_items,
        per_day=row.per_day,
        failure=None if row.failure is None else SourceFailure.model_validate_json(row.failure),
    )


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else from_epoch(seconds)


def _text(value: str | None) -> str | None:
    return None if value is None else storable(value)


def _fit(title: str, ending: str) -> str:
    return title[: MAX_TITLE - len(ending)].rstrip() + ending
