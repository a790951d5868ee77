"""Articles of one event, told apart from others by the clusterer that imports use."""

import operator
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.access import system_principal, visible
from core.stories.analysed import analyse_item, as_recent
from core.stories.attach import needed_likeness
from core.stories.features import Features, features_of
from core.stories.intake import prepare
from core.stories.pairs import likeness, make_query
from core.stories.recent import RecentStories, Story
from schemas.articles import RawItem
from services.adapters.store.engine import SqlStore
from services.ingestion import Ingestion
from tests.quality.scoring import Goal, Row, Scorer, Table, read_rows

START = datetime(2025, 3, 3, tzinfo=UTC)
NOW = START + timedelta(days=30)
STEP = timedelta(minutes=2)
EVENTS = (
    Goal("stories_wikinews_en/articles by date", "bcubed", "f1", 0.871, 0.8),
    Goal("stories_wikinews_en/articles reversed", "bcubed", "f1", 0.871, 0.82),
)
PAIRS = (
    Goal("stories_tgcontest_pairs/pairs", "pairs", "f1", 0.86, 0.81),
    Goal("stories_ru_sharedtask_urls/pairs", "pairs", "f1", 0.85, 0.51),
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

    found = await stories_of(rows if order == "by date" else rows[::-1], tmp_path)

    said = [{"id": key, "story_id": story} for key, story in found.items()]
    table.add(goal, rows=len(rows), value=scorer.score(goal.task, gold, said)[goal.metric])


def features_and_memory(items: Sequence[RawItem]) -> tuple[list[Features], RecentStories]:
    """Give the compared words of articles, and a window that holds them all."""
    recent = RecentStories()
    features = []
    for order, item in enumerate(items):
        article = as_recent(
            analyse_item(prepare(item, order=order, now=NOW)), source_id=order, family=str(order)
        )
        features.append(features_of(article))
        recent.add(article, Story(id=order), features[-1])
    return features, recent


@pytest.mark.parametrize("goal", PAIRS, ids=by_name)
def test_two_articles_are_one_story_when_people_say_so(
    goal: Goal, data: Path, scorer: Scorer, table: Table
) -> None:
    gold = data / f"{goal.name}.jsonl"
    items: list[RawItem] = []
    said: list[Row] = []
    for row in read_rows(gold):
        for side in ("first", "second"):
            one = row.get(side) or {"title": row[f"{side}_slug"], "text": ""}
            items.append(
                RawItem(
                    source=side,
                    title=one["title"] or "",
                    text=one["text"] or "",
                    lang=row.get("lang", "ru"),
                    published_at=START,
                )
            )
        said.append({"id": row.get("id", str(len(said)))})

    features, recent = features_and_memory(items)
    for place, line in enumerate(said):
        one, other = features[2 * place], features[2 * place + 1]
        likely = likeness(make_query(one, recent.weigh), other, recent.weigh)
        line["same_story"] = likely >= needed_likeness(one, other)

    table.add(goal, rows=len(said), value=scorer.score(goal.task, gold, said)[goal.metric])
