"""The state of the desk in figures."""

from datetime import datetime

from schemas.base import Frozen


class DeskStatus(Frozen):
    """What `/status` and `doctor` show; `days_left` None while nothing grows."""

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
