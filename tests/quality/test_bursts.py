"""Planted bursts are found in a stream in which nothing real bursts, and nothing else is.

Each headline of six weeks was moved by a random whole number of weeks, hour of week kept, so that
every event of those weeks is spread over all of them.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.access import system_principal, visible
from core.orchestrator.coverage import measure_bursts
from core.ports.windows import Selection
from core.text.analysis import analyse
from schemas.articles import RawItem
from services.adapters.store.engine import SqlStore
from services.ingestion import Ingestion
from tests.quality.scoring import Goal, Table, read_rows

START = datetime(2025, 8, 4, tzinfo=UTC)
"""A Monday."""

WEEK = timedelta(weeks=1)
WEEKS = 6
DAY = timedelta(days=1)
NOW = START + WEEKS * WEEK + DAY
N_DAYS = 14
"""The last two weeks are asked day by day; each has four weeks before it."""

FLOORS = {5: 0.7, 7: 0.97, 10: 1.0}
"""Publishers of the bursts planted in each day, and the share of each size to be found."""

_SYLLABLES = ("bo", "dra", "fel", "gri", "hun", "jor", "kel", "lom", "mir", "nos", "pru", "quil",
              "rav", "sten", "tor", "ulk", "ven", "wex", "yar", "zim")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planted:
    """A burst: an invented event in the window that ends at `end`, and the stems of its names."""

    end: datetime
    names: tuple[str, str, str]
    n_publishers: int

    @property
    def stems(self) -> frozenset[str]:
        """What its names are stored as, alone and joined."""
        found = analyse(" ".join(self.names).title(), "", lang_prior="en")
        return frozenset((*found.terms, *found.entities))


def shuffled(path: Path, chance: random.Random) -> Iterator[RawItem]:
    """Move each headline of the six weeks to a random one of them."""
    for row in read_rows(path):
        at = datetime.fromisoformat(row["first_seen"])
        if START <= at < START + WEEKS * WEEK:
            moved = START + (at - START) % WEEK + chance.randrange(WEEKS) * WEEK
            yield RawItem(
                source=row["source"],
                guid=row["id"],
                title=row["title"],
                lang="en",
                published_at=moved,
            )


def plant(chance: random.Random) -> list[Planted]:
    """Invent the events of each asked day."""
    ends = [START + WEEKS * WEEK - n * DAY for n in range(N_DAYS)]
    return [Planted(end, _names(chance), size) for end in ends for size in FLOORS]


def _names(chance: random.Random) -> tuple[str, str, str]:
    one, two, three = ("".join(chance.sample(_SYLLABLES, 3)).title() for _ in range(3))
    return one, two, three


def told(planted: Planted, publishers: Sequence[str], chance: random.Random) -> list[RawItem]:
    """Let different publishers tell one event; no word but its names stands out."""
    one, two, three = planted.names
    ways = (
        f"{one} {two} in {three}",
        f"{three} and the {one} {two}",
        f"Who is {one} {two} of {three}",
    )
    return [
        RawItem(
            source=publisher,
            guid=f"planted/{'-'.join(planted.names)}/{publisher}",
            title=ways[n % len(ways)],
            lang="en",
            published_at=planted.end - timedelta(minutes=chance.randrange(30, 23 * 60)),
        )
        for n, publisher in enumerate(chance.sample(publishers, planted.n_publishers))
    ]


async def bursting(store: SqlStore, end: datetime) -> frozenset[str]:
    """Give every term that is claimed to burst in the day that ends then."""
    selection = Selection(visible(system_principal()), start=end - DAY, end=end)
    async with store.transaction(is_write=False) as unit:
        found = await measure_bursts(unit, selection)
    assert found.baseline.is_enough, f"four weeks are not enough for the day that ends {end}"
    return frozenset(term for term, surge in found.surges.items() if surge.is_burst)


@pytest.mark.parametrize("seed", [11])
async def test_planted_bursts_are_found_and_hardly_anything_else(
    seed: int, data: Path, table: Table, tmp_path: Path
) -> None:
    name = "stream_en_headlines"
    chance = random.Random(seed)
    items = list(shuffled(data / name / "headlines.jsonl", chance))
    publishers = sorted({item.source for item in items})
    events = plant(chance)
    for event in events:
        items += told(event, publishers, chance)
    items.sort(key=lambda item: item.published_at or NOW)
    store = await SqlStore.open(tmp_path / "desk.db")
    try:
        await Ingestion(store).ingest(system_principal(), items, now=NOW)
        found = {event.end: await bursting(store, event.end) for event in events}
    finally:
        await store.aclose()

    names = {
        end: frozenset[str]().union(*(e.stems for e in events if e.end == end)) for end in found
    }
    n_claims = sum(map(len, found.values()))
    n_false = sum(not _is_of(term, names[end]) for end, terms in found.items() for term in terms)
    for size, floor in FLOORS.items():
        sought = [event for event in events if event.n_publishers == size]
        share = sum(bool(event.stems & found[event.end]) for event in sought) / len(sought)
        goal = Goal(f"{name} week-shuffled", "bursts", f"found, of {size}", None, floor)
        table.add(goal, rows=len(items), value=share)
    goal = Goal(f"{name} week-shuffled", "bursts", "true of claims", 0.95, 0.95)
    table.add(goal, rows=len(items), value=1 - n_false / max(1, n_claims))


def _is_of(term: str, planted: frozenset[str]) -> bool:
    """Whether a term is made of planted names alone."""
    return all(word in planted for word in term.removeprefix("e:").split())
