"""The state of the desk in figures."""

from datetime import datetime
from typing import Literal

from schemas.base import Frozen


class DeskStatus(Frozen):
    """What `/status` and `doctor` show; `days_left` None while nothing grows, and on a server."""

    n_articles: int
    n_sources: int
    n_stories: int
    languages: dict[str, int]
    oldest_at: datetime | None
    newest_at: datetime | None
    size_bytes: int
    per_day: float
    days_left: float | None
    is_sample: bool
    index_lag: int
    version: str
    models: str


class PurgeSummary(Frozen):
    """How many rows the retention deleted; `ledger` counts expired counters and old events."""

    articles: int = 0
    runs: int = 0
    outbox: int = 0
    ledger: int = 0


class MigrateSummary(Frozen):
    """The schema of a database before and after; None: it was empty. `known`: the newest here."""

    database: str
    before: str | None
    after: str
    known: str


class MoveSummary(Frozen):
    """What a move did; `rows_before` were copied by an earlier one that was interrupted.

    `known`: the target holds this desk already, and nothing was done. `restarted`: the desk had
    changed since an earlier move began, so that everything was copied anew.
    """

    target: str
    state: Literal["copied", "restarted", "known"]
    rows: int = 0
    rows_before: int = 0
    tables: int = 0


class ServerStatus(Frozen):
    """A database server as `doctor` sees it; `schema_stored` None: the database is empty.

    `latency_ms` is the median of asking it for nothing.
    """

    database: str
    version: str
    schema_stored: str | None
    schema_known: str
    latency_ms: float
