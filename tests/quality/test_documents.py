"""Feeds, OPML lists, pages and Telegram exports as they are on the web, broken ones among them."""

import base64
import json
import operator
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.articles import RawItem
from services.adapters.sources.telegram_export import read_export
from tests.quality.scoring import Batch, Goal, Row, Scorer, Table, read_rows, write_rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ITEMS = (
    Goal("feeds_real_feedjira/feeds", "feeds", "recovered", None, 0.99),
    Goal("feeds_opml_awesome_rss/opml", "opml", "recovered", None, 0.99),
)
CASES = (
    Goal("feeds_feedparser_tests/cases", "feeds", "recovered", 1.0, 0.99),
    Goal("feeds_w3c_validator/cases", "feeds", "recovered", 1.0, 0.99),
)
NO_FEEDS = "feeds_w3c_validator/feed_discovery"
PAGES = Goal("html_article_extraction/pages", "extract", "f1", 0.958, 0.95)
EXPORTS = Goal("telegram_export_fixtures", "messages", "recovered", None, 1.0)
by_name = operator.attrgetter("name")


@pytest.mark.parametrize("goal", ITEMS, ids=by_name)
def test_what_stands_in_a_document_is_read(
    goal: Goal, data: Path, batch: Batch, scorer: Scorer, table: Table
) -> None:
    gold = data / f"{goal.name}.jsonl"

    said = batch.answer(goal.task, gold)

    found = scorer.score("items", gold, said)
    table.add(goal, rows=int(found["n"]), value=goal.value_in(found))


def entries_by_feedparser(row: Row) -> int:
    """How many entries the well-known parser finds in a feed."""
    import feedparser

    packed = row.get("body_b64")
    body = base64.b64decode(packed) if packed else row["body"].encode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about feeds, which is what these are made for
        return len(feedparser.parse(body).entries)


@pytest.mark.parametrize("goal", CASES, ids=by_name)
def test_odd_feeds_give_what_the_well_known_parser_finds_in_them(
    goal: Goal, data: Path, batch: Batch, scorer: Scorer, table: Table, tmp_path: Path
) -> None:
    cases = data / f"{goal.name}.jsonl"
    rows = read_rows(cases)
    counted = [{"id": row["id"], "items_by_regex": entries_by_feedparser(row)} for row in rows]
    gold = write_rows(tmp_path / "gold.jsonl", counted)

    said = batch.answer("feeds", cases)

    found = scorer.score("items", gold, said)
    table.add(goal, rows=int(found["n"]), value=goal.value_in(found))


def test_pages_are_told_from_feeds(data: Path, batch: Batch) -> None:
    said = read_rows(batch.answer("feeds", data / f"{NO_FEEDS}.jsonl"))

    assert all("page" in row["error"] for row in said if "error" in row)
    assert any("error" in row for row in said)


def test_the_article_is_taken_out_of_a_page(
    data: Path, batch: Batch, scorer: Scorer, table: Table
) -> None:
    gold = data / f"{PAGES.name}.jsonl"

    said = batch.answer("extract", gold)

    found = scorer.score("extract", gold, said)
    table.add(PAGES, rows=int(found["n"]), value=PAGES.value_in(found))


def test_every_message_with_words_comes_out_of_a_telegram_export(data: Path, table: Table) -> None:
    n_wanted = n_read = 0
    for path in sorted((data / EXPORTS.name).rglob("*.json")):
        n_wanted += sum(_has_words(message) for message in _messages(path))
        n_read += sum(isinstance(item, RawItem) for item in read_export(path, now=NOW))

    table.add(EXPORTS, rows=n_wanted, value=n_read / n_wanted)


def _messages(path: Path) -> list[Row]:
    found: Row = json.loads(path.read_text(encoding="utf-8"))
    chats = found.get("chats", {}).get("list") or [found]
    return [message for chat in chats for message in chat.get("messages", [])]


def _has_words(message: Row) -> bool:
    parts = message.get("text") or ""
    words = (
        parts
        if isinstance(parts, str)
        else "".join(part if isinstance(part, str) else part.get("text", "") for part in parts)
    )
    return message.get("type") == "message" and any(char.isalnum() for char in words)
