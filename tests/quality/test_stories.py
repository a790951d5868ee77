"""Articles of one event, told apart from others by the clusterer that imports use."""

import operator
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.access import system_principal, visible
from schemas.articles import RawItem
from services.adapters.store.engine import SqlStore
from services.ingestion import Ingestion
from tests.quality.scoring import Batch, Goal, Row, Scorer, Table, read_rows, write_rows

START = datetime(2025, 3, 3, tzinfo=UTC)
NOW = START + timedelta(days=30)
STEP = timedelta(minutes=2)
EVENTS = (
    Goal("stories_wikinews_en/articles imported", "bcubed", "f1", 0.871, 0.8),
    Goal("stories_wikinews_en/articles imported reversed", "bcubed", "f1", 0.871, 0.82),
)
PAIRS = (
    Goal("stories_tgcontest_pairs/pairs", "pairs", "f1", 0.86, 0.86),
    Goal("stories_ru_sharedtask_urls/pairs", "pairs", "f1", 0.85, 0.85),
)
STREAMED = tuple(
    Goal(f"stories_wikinews_en/articles {order}", "bcubed", "f1", 0.871, floor)
    for order, floor in (
        ("arriving", 0.84),
        ("arriving --final", 0.86),
        ("reversed", 0.82),
        ("reversed --final", 0.84),
    )
)
by_name = operator.attrgetter("name")


def item_of(row: Row, at: datetime) -> RawItem:
    """Make an item of a labelled article; its publisher is the host of its address."""
    return RawItem(
        source=urlsplit(row.get("url") or "").hostname or "unnamed",
        guid=row["id"],
        url=row.get("url"),
        title=row["title"],
        text=row["text"],
        lang=row.get("lang"),
        published_at=at,
    )


async def stories_of(rows: Sequence[Row], folder: Path) -> dict[str, str]:
    """Import articles in order, ten at a time, two minutes apart; give each one's story."""
    store = await SqlStore.open(folder / "desk.db")
    try:
        ingestion = Ingestion(store)
        items = [item_of(row, START + place * STEP) for place, row in enumerate(rows)]
        for first in range(0, len(items), 10):
            await ingestion.ingest(system_principal(), items[first : first + 10], now=NOW)
        async with store.transaction(is_write=False) as unit:
            stored = await unit.articles.scan(
                visible(system_principal()), after_id=0, limit=10_000
            )
    finally:
        await store.aclose()
    titles = {item.title.strip(): item.guid for item in items}
    return {
        str(titles[row.article.title]): str(row.article.story_id)
        for row in stored
        if row.article.title in titles
    }


@pytest.mark.parametrize("goal", EVENTS, ids=by_name)
async def test_articles_of_one_event_become_one_story(
    goal: Goal, data: Path, scorer: Scorer, table: Table, tmp_path: Path
) -> None:
    """Half of the articles have no date, so all come in a row within half a day."""
    name, order = goal.name.split(" ", 1)
    gold = data / f"{name}.jsonl"
    rows = sorted(read_rows(gold), key=lambda row: (row["date"] or "9999", row["id"]))

    found = await stories_of(rows if order == "imported" else rows[::-1], tmp_path)

    said = [{"id": key, "story_id": story} for key, story in found.items()]
    table.add(goal, rows=len(rows), value=scorer.score(goal.task, gold, said)[goal.metric])


@pytest.mark.parametrize("goal", STREAMED, ids=by_name)
def test_a_stream_of_rows_is_told_apart_as_it_comes_and_set_right_at_the_end(
    goal: Goal, data: Path, batch: Batch, scorer: Scorer, table: Table, tmp_path: Path
) -> None:
    """The rows come as they lie in the file, or the other way round."""
    name, order, *is_final = goal.name.split(" ")
    gold = data / f"{name}.jsonl"
    rows = gold
    if order == "reversed":
        rows = write_rows(tmp_path / "reversed.jsonl", read_rows(gold)[::-1])

    said = batch.answer("stories", rows, *is_final)

    found = scorer.score(goal.task, gold, said)
    table.add(goal, rows=int(found["n"]), value=goal.value_in(found))


@pytest.mark.parametrize("goal", PAIRS, ids=by_name)
def test_two_articles_are_one_story_when_people_say_so(
    goal: Goal, data: Path, batch: Batch, scorer: Scorer, table: Table
) -> None:
    gold = data / f"{goal.name}.jsonl"

    said = batch.answer("pairs", gold)

    found = scorer.score(goal.task, gold, said)
    table.add(goal, rows=int(found["n"]), value=goal.value_in(found))
