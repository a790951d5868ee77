"""Earlier windows to compare the present with, without those that were not read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.ports.store import UnitOfWork
from core.ports.windows import Selection, Span
from core.trends.baseline import earlier_spans
from core.trends.missing import is_missing, unread_families, usual_families
from schemas.sources import Missed

EARLIER_WINDOWS = 4
"""Windows that the present is compared with."""

LOOKED_AT = 8
"""Windows among which those are looked for that were read."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """How well spans of time were read; without missed hours everything was."""

    missed: tuple[Missed, ...] = ()
    n_sources: Mapping[str, int] = field(default_factory=dict)
    usual: frozenset[str] = frozenset()

    def unread(self, start: datetime, end: datetime) -> frozenset[str]:
        """Give the families of which most of a span was not read."""
        return unread_families(self.missed, start=start, end=end, n_sources=self.n_sources)

    def is_missing(self, start: datetime, end: datetime) -> bool:
        """Say whether too few of the usual families were read in a span."""
        return bool(self.missed) and is_missing(self.unread(start, end), self.usual)

    def has_missing_day(self, start: datetime, end: datetime) -> bool:
        """Say whether a span has a day, counted back from its end, that is missing."""
        if not self.missed:
            return False
        n_days = math.ceil((end - start) / DAY)
        return any(self.is_missing(end - (n + 1) * DAY, end - n * DAY) for n in range(n_days))


@dataclass(frozen=True, slots=True)
class Earlier:
    """The spans to compare with, newest first; `n_unread` were left out as not read."""

    spans: tuple[Span, ...]
    n_unread: int
    reading: Reading


async def choose_earlier(
    work: UnitOfWork, selection: Selection, *, since: datetime, history_start: datetime
) -> Earlier:
    """Choose earlier windows that were read; an older one stands in for one that was not.

    Args:
        work: An open unit of work.
        selection: What is asked for.
        since: From when on it must be known what was missed, beside the windows themselves.
        history_start: When the oldest stored article counts.
    """
    spans = earlier_spans(
        selection.start, selection.end, history_start=history_start, max_windows=LOOKED_AT
    )
    nearest = spans[:EARLIER_WINDOWS]
    oldest = min([since, *(start for start, _ in spans)])
    missed = await missed_by(work, selection, oldest, selection.end)
    if not missed:
        return Earlier(tuple(nearest), 0, Reading())
    known = Reading(tuple(missed), await work.sources.families(selection.visibility))
    wrote = {
        (start, end): await work.windows.families(
            replace(selection.without_query(), start=start, end=end)
        )
        for start, end in [(selection.start, selection.end), *nearest]
    }
    usual = usual_families([(names, known.unread(*span)) for span, names in wrote.items()])
    reading = replace(known, usual=usual)
    read = [span for span in spans if not reading.is_missing(*span)][:EARLIER_WINDOWS]
    last = read[-1] if len(read) == EARLIER_WINDOWS else spans[-1] if spans else None
    n_looked_at = spans.index(last) + 1 if last else 0
    return Earlier(
        spans=tuple(read),
        n_unread=n_looked_at - len(read),
        reading=reading,
    )


async def missed_by(
    work: UnitOfWork, selection: Selection, start: datetime, end: datetime
) -> Sequence[Missed]:
    """Give what the sources that a selection asks for have missed."""
    missed = await work.sources.missed(selection.visibility, start, end)
    if selection.source_ids is None:
        return missed
    return [span for span in missed if span.source_id in selection.source_ids]
