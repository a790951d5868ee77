"""What `newsdesk import` makes of files of every kind, from the path to the store."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot_service.console import summary_line
from core.access import system_principal, visible
from schemas.articles import ImportSummary
from schemas.sources import FeedLink, PolledSource
from services import importing
from services.desk import Desk
from services.wiring import open_desk
from tests.integration.conftest import settings_for
from tests.unit.sources_formats.test_files import ARTICLE, EXPORT, JSON_FEED, LINE, PREVIEW, RSS

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FEED = "https://quay.example/feed"
OPML = f"""<opml><body><outline text="Q" xmlUrl="{FEED}"/><outline xmlUrl="{FEED}?2"/>
<outline xmlUrl="{FEED}"/></body></opml>"""


async def polled(desk: Desk) -> list[PolledSource]:
    async with desk.store.transaction(is_write=False) as unit:
        return await unit.sources.listed(visible(system_principal()))


async def test_a_folder_of_every_kind_is_stored_once_and_known_the_second_time(
    tmp_path: Path,
) -> None:
    news = tmp_path / "news"
    news.mkdir()
    bodies = (LINE, RSS, json.dumps(JSON_FEED).encode(), EXPORT, PREVIEW, ARTICLE)
    for n, body in enumerate(bodies):
        (news / f"{n}").write_bytes(body)
    async with open_desk(settings_for(tmp_path / "data"), now=NOW) as desk:
        summary = await desk.import_paths([news, news])

    assert (summary.new, summary.revised, summary.duplicate) == (5, 1, 6)
    assert summary.problems == ()


async def test_feeds_that_a_list_names_become_sources_that_are_polled(tmp_path: Path) -> None:
    (tmp_path / "mine.opml").write_text(OPML, encoding="utf-8")
    async with open_desk(settings_for(tmp_path / "data"), now=NOW) as desk:
        summary = await desk.import_paths([tmp_path / "mine.opml"])
        sources = await polled(desk)

    assert (summary.read, summary.feeds, summary.problems) == (0, 2, ())
    assert sorted(source.url for source in sources) == [FEED, f"{FEED}?2"]


async def test_more_feeds_than_one_import_takes_are_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MAX_LINKS", 1)
    (tmp_path / "mine.opml").write_text(OPML, encoding="utf-8")
    async with open_desk(settings_for(tmp_path / "data"), now=NOW) as desk:
        summary = await desk.import_paths([tmp_path / "mine.opml"])

    assert (summary.feeds, summary.refused) == (1, 1)
    assert summary.problems == ("mine.opml:1: a feed beyond the first 1",)


async def test_a_desk_that_polls_nothing_says_that_feeds_were_not_added(tmp_path: Path) -> None:
    async with open_desk(settings_for(tmp_path / "data"), now=NOW) as desk:
        alone = importing.Importing(
            desk.importing._ingestion,
            desk.indexing,
            read=lambda path, now: iter([FeedLink(url=FEED)]),
            now=desk.now,
            metrics=desk.metrics,
        )
        summary = await alone.import_paths(system_principal(), [tmp_path])

    assert summary.problems == ("the feeds were not added: nothing here polls sources",)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.jsonl"], 3),
        (["a.jsonl", "b.ndjson"], 6),
        (["a.jsonl", "feed.xml"], None),
        (["a.jsonl.gz"], None),
    ],
)
def test_lines_are_counted_only_where_every_file_holds_lines(
    tmp_path: Path, names: list[str], expected: int | None
) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"{}\n" * 3)
    (tmp_path / ".hidden").touch()

    assert importing.count_lines([tmp_path]) == expected
    assert importing.count_lines([tmp_path / name for name in names]) == expected


@pytest.mark.parametrize(
    ("new", "feeds", "expected"),
    [
        (0, 0, "Nothing was read: there is no line in the given files."),
        (0, 1, "Found 1 feed in the given files."),
        (0, 1_200, "Found 1,200 feeds in the given files."),
        (2, 0, "Read 2 items in 0.0 s: 2 new."),
        (2, 3, "Read 2 items in 0.0 s: 2 new. Found 3 feeds."),
    ],
)
def test_the_feeds_of_lists_are_told(new: int, feeds: int, expected: str) -> None:
    summary = ImportSummary(
        read=new, new=new, revised=0, duplicate=0, refused=0, near=0, feeds=feeds
    )

    assert summary_line(summary) == expected
