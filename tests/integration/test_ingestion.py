"""From raw items to stored, analysed, clustered and indexed articles."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import StoreFull, UsageError
from core.ports.index import IndexFilter, SparseSearch
from schemas.articles import RawItem
from schemas.principal import Principal
from services.adapters.sources.jsonl import read_jsonl
from tests.integration.ingesting import DESK, EVERYTHING, NOW, WEEKS, Desk, open_desk, post

STORM = "Storm Isolde floods the harbour quarter of Port Maren"
WIRE = (
    "Storm Isolde drove the tide into the harbour quarter of Port Maren shortly after midnight. "
    "Rescue boats brought six hundred people from flooded homes to the sports hall of the town."
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await open_desk(tmp_path / "desk")
    yield opened
    await opened.aclose()


def write_lines(path: Path, items: Sequence[RawItem]) -> Path:
    with path.open("w", encoding="utf-8") as lines:
        for item in items:
            lines.write(json.dumps(item.model_dump(mode="json")) + "\n")
    return path


async def test_the_same_input_twice_changes_nothing(desk: Desk) -> None:
    first = await desk.take(WEEKS)
    before = (await desk.counts(), await desk.articles(), await desk.n_indexed())

    second = await desk.take(WEEKS)

    assert (first.read, first.new) == (len(WEEKS), len(WEEKS))
    assert (second.read, second.new, second.revised) == (len(WEEKS), 0, 0)
    assert second.duplicate == len(WEEKS)
    assert (await desk.counts(), await desk.articles(), await desk.n_indexed()) == before


async def test_planted_stories_come_out_whole(desk: Desk) -> None:
    await desk.take(WEEKS)

    bridge = {a.story_id for a in await desk.articles() if "Kestrel Bridge" in a.title}
    dam = {a.story_id for a in await desk.articles() if "лотин" in a.title}

    assert (len(bridge), len(dam)) == (1, 1)


async def test_a_killed_import_done_again_equals_one_that_was_not(tmp_path: Path) -> None:
    lines = write_lines(tmp_path / "news.jsonl", WEEKS)
    whole, broken = await open_desk(tmp_path / "whole"), tmp_path / "broken"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.import_slowly",
        str(broken),
        str(lines),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    first_report = await process.stdout.readline()
    await asyncio.sleep(0.1)
    process.kill()
    await process.communicate()

    survivor = await open_desk(broken)
    n_kept = (await survivor.counts()).n_articles
    await survivor.take(read_jsonl(lines, now=NOW))
    await whole.take(read_jsonl(lines, now=NOW))

    assert int(first_report) <= n_kept < len(WEEKS)
    assert await survivor.counts() == await whole.counts()
    assert await survivor.stories() == await whole.stories()
    assert await survivor.n_indexed() == await whole.n_indexed() == len(WEEKS)
    await survivor.aclose()
    await whole.aclose()


async def test_a_stream_in_two_halves_gives_the_stories_of_the_whole(tmp_path: Path) -> None:
    whole, halves = await open_desk(tmp_path / "whole"), await open_desk(tmp_path / "halves")
    await whole.take(WEEKS)

    await halves.take(WEEKS[:133])
    await halves.aclose()
    halves = await open_desk(tmp_path / "halves")
    await halves.take(WEEKS[133:])

    assert await halves.stories() == await whole.stories()
    await halves.aclose()
    await whole.aclose()


async def test_an_older_archive_after_newer_news_forms_its_own_stories(tmp_path: Path) -> None:
    forward, backward = await open_desk(tmp_path / "f"), await open_desk(tmp_path / "b")
    await forward.take(WEEKS)

    await backward.take(WEEKS[130:])
    await backward.take(WEEKS[:130])

    others = await backward.stories()
    n_moved = sum(
        len(story) - max(len(story & other) for other in others)
        for story in await forward.stories()
    )
    assert n_moved <= 0.02 * len(WEEKS)
    await forward.aclose()
    await backward.aclose()


async def test_new_words_under_the_same_key_are_a_new_version(desk: Desk) -> None:
    old = post("Ferry to Lowmarsh delayed", guid="7")
    await desk.take([old])
    await desk.n_indexed()

    summary = await desk.take([old.model_copy(update={"title": "Lighthouse lamp stolen"})])

    (article,) = await desk.articles()
    assert (summary.new, summary.revised, summary.duplicate) == (0, 1, 0)
    assert (article.title, article.version) == ("Lighthouse lamp stolen", 2)
    assert await desk.n_indexed() == 1
    where = IndexFilter(visibility=EVERYTHING)
    search = [SparseSearch("lighthouse", "en"), SparseSearch("ferry", "en")]
    found, gone = await desk.index.search("article", search, where)
    assert [hit.id for hit in found] == [article.id]
    assert gone == []


async def test_a_thousand_identical_ids_are_one_article(desk: Desk) -> None:
    summary = await desk.take([post("Ferry delayed", guid="7")] * 1_000)

    assert (summary.new, summary.revised, summary.duplicate) == (1, 0, 999)
    assert (await desk.counts()).n_articles == 1


async def test_versions_in_one_batch_follow_one_another(desk: Desk) -> None:
    versions = [post(f"Ferry delayed by {n} minutes", guid="7") for n in (10, 20, 20, 30)]

    summary = await desk.take(versions)
    again = await desk.take(versions)

    (article,) = await desk.articles()
    assert (summary.new, summary.revised, summary.duplicate) == (1, 2, 1)
    assert (article.title, article.version) == ("Ferry delayed by 30 minutes", 3)
    assert again.duplicate == len(versions)


async def test_versions_far_apart_change_nothing_the_second_time(desk: Desk) -> None:
    fillers = [post(f"Filler number {n} from the quay", guid=f"f{n}") for n in range(250)]
    stream = [post("Ferry on time", guid="7"), *fillers, post("Ferry is late", guid="7")]

    first = await desk.take(stream)
    again = await desk.take(stream)

    assert (first.new, first.revised) == (251, 1)
    assert (again.new, again.revised, again.duplicate) == (0, 0, 252)


async def test_copies_are_articles_of_their_own_in_the_story_of_the_original(desk: Desk) -> None:
    summary = await desk.take(
        [
            post(STORM, WIRE, source="Wire"),
            post(STORM, WIRE, source="Paper", published_at=NOW - timedelta(hours=1)),
            post(STORM, f"{WIRE} (Wire)", source="Radio", published_at=NOW),
        ]
    )

    articles = await desk.articles()
    assert (summary.new, summary.near) == (3, 2)
    assert len({a.id for a in articles}) == 3
    assert len({a.story_id for a in articles}) == 1
    assert len({a.family for a in articles}) == 1  # one voice, printed three times


async def test_bad_lines_are_refused_in_words_and_the_rest_is_stored(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes(
        b'{"title": "Ferry late"}\n{"title": \n{"title": "\xff"}\n[]\n{"title": "Bridge shut"}\n'
    )

    summary = await desk.take(read_jsonl(path, now=NOW))

    assert (summary.read, summary.new, summary.refused) == (5, 2, 3)
    assert [problem.split(": ")[0] for problem in summary.problems] == [
        "news.jsonl:2",
        "news.jsonl:3",
        "news.jsonl:4",
    ]


async def test_unknown_dates_stay_unknown_and_count_from_when_they_were_seen(desk: Desk) -> None:
    await desk.take([post("Ferry delayed", published_at=None)])

    (article,) = await desk.articles()
    assert (article.published_at, article.at) == (None, NOW)


async def test_an_article_of_two_megabytes_is_kept_verbatim(desk: Desk) -> None:
    body = "Паром идёт. " * 90_000

    await desk.take([post("Ferry", body)])

    (article,) = await desk.articles()
    assert article.text == body
    assert await desk.n_indexed() == 1


async def test_a_full_disk_loses_nothing_and_the_import_can_go_on(desk: Desk) -> None:
    await desk.take(WEEKS[:100])
    async with desk.store._database.writer.connect() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
        await connection.execute(text(f"PRAGMA max_page_count={pages + 20}"))
        await connection.rollback()

    with pytest.raises(StoreFull, match="space"):
        await desk.take(WEEKS)

    assert (await desk.counts()).n_articles >= 100
    async with desk.store._database.writer.connect() as connection:
        await connection.execute(text("PRAGMA max_page_count=1000000"))
        await connection.rollback()
    await desk.take(WEEKS)
    assert (await desk.counts()).n_articles == len(WEEKS)
    assert await desk.n_indexed() == len(WEEKS)


async def test_an_unreliable_source_of_items_keeps_what_came_before(desk: Desk) -> None:
    async def breaking() -> AsyncIterator[RawItem]:
        for item in WEEKS[:200]:
            yield item
        raise ConnectionError("the line went dead")

    with pytest.raises(ConnectionError, match="went dead"):
        await desk.ingestion.ingest(DESK, breaking(), now=NOW)

    assert (await desk.counts()).n_articles == 200


async def test_imports_at_the_same_time_store_everything_once(desk: Desk) -> None:
    half = len(WEEKS) // 2

    summaries = await asyncio.gather(desk.take(WEEKS), desk.take(WEEKS[half:]), desk.take(WEEKS))

    assert sum(summary.new for summary in summaries) == len(WEEKS)
    assert (await desk.counts()).n_articles == len(WEEKS)


async def test_readers_may_not_import(desk: Desk) -> None:
    with pytest.raises(UsageError, match="only an operator may import"):
        await desk.ingestion.ingest(Principal(person="5"), WEEKS, now=NOW)


async def test_progress_is_told_after_each_batch(desk: Desk) -> None:
    seen: list[int] = []

    await desk.ingestion.ingest(
        DESK, WEEKS[:240], now=NOW, on_progress=lambda so_far: seen.append(so_far.read)
    )

    assert seen == [200, 240]
