"""Hours that nobody read: unknown, not zero, so neither a baseline nor a silence."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from schemas.sources import Missed

MIN_UNREAD = 0.5
"""A family is unread in a window when its sources missed more than this share of it."""

MAX_UNREAD_FAMILIES = 1 / 3
"""A window is missing when more than this share of the usual families was unread."""

MIN_TOLD = timedelta(hours=1)
MIN_TOLD_SHARE = 0.1
"""A reader is told of sources that missed at least an hour and a tenth of the window."""

_NOTHING = timedelta(0)


def unread_families(
    missed: Sequence[Missed], *, start: datetime, end: datetime, n_sources: Mapping[str, int]
) -> frozenset[str]:
    """Give the publisher families of which most of a window was not read.

    A house of several feeds is unread as far as its feeds are, on average: as long as others of
    them are read, its news comes.

    Args:
        missed: Spans of any time, in any order; they may overlap.
        start: Begin of the window, aware.
        end: Its end, after `start`.
        n_sources: How many polled sources each family has; one that is not named has as many as
            missed something.
    """
    families = {span.source_id: span.family for span in missed}
    lost: dict[str, timedelta] = defaultdict(lambda: _NOTHING)
    known: dict[str, int] = defaultdict(int)
    for source_id, length in _lost_by_source(missed, start, end).items():
        lost[families[source_id]] += length
        known[families[source_id]] += 1
    return frozenset(
        family
        for family, length in lost.items()
        if length > MIN_UNREAD * (end - start) * max(n_sources.get(family, 0), known[family])
    )


def unread_sources(missed: Sequence[Missed], *, start: datetime, end: datetime) -> tuple[int, ...]:
    """Give the ids of the sources that missed a part of a window worth telling, most first."""
    least = max(MIN_TOLD, MIN_TOLD_SHARE * (end - start))
    lost = _lost_by_source(missed, start, end)
    told = [source_id for source_id, length in lost.items() if length >= least]
    return tuple(sorted(told, key=lambda source_id: (-lost[source_id], source_id)))


def usual_families(
    windows: Sequence[tuple[Collection[str], Collection[str]]],
) -> frozenset[str]:
    """Give the families that wrote in at least half of the windows in which they were read.

    Args:
        windows: Of each window the families that wrote in it and those that were unread; windows
            in which nobody wrote count for nothing.
    """
    held: dict[str, int] = defaultdict(int)
    filled = [(frozenset(wrote), frozenset(unread)) for wrote, unread in windows if wrote]
    for wrote, _ in filled:
        for family in wrote:
            held[family] += 1
    return frozenset(
        family
        for family, n in held.items()
        if 2 * n >= sum(family in wrote or family not in unread for wrote, unread in filled)
    )


def is_missing(unread: Collection[str], usual: Collection[str]) -> bool:
    """Say whether too many of the usual families were unread for a window to be compared with."""
    return len(frozenset(unread) & frozenset(usual)) > MAX_UNREAD_FAMILIES * len(usual)


def _lost_by_source(
    missed: Sequence[Missed], start: datetime, end: datetime
) -> dict[int, timedelta]:
    """Give how much of a window each source missed; overlapping spans count once."""
    until: dict[int, datetime] = {}
    lost: dict[int, timedelta] = {}
    for span in sorted(missed, key=lambda span: (span.source_id, span.start)):
        first = max(span.start, start, until.get(span.source_id, start))
        last = min(span.end, end)
        if last > first:
            lost[span.source_id] = lost.get(span.source_id, _NOTHING) + (last - first)
            until[span.source_id] = last
    return lost
