"""Hours that nobody read are unknown, not zero: no false burst, and the reader is told."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.access import system_principal
from schemas.articles import RawItem
from schemas.sources import NewSource, PolledSource, PollOutcome, SourceFailure
from services.desk import Desk
from services.wiring import open_desk
from tests.integration.conftest import ADA, answer_of, asking, facts_of, run_id_of, settings_for
from tests.integration.news import NOW

pytestmark = pytest.mark.slow

WEEK = timedelta(weeks=1)
EN = tuple(f"Paper {name}" for name in ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir"))
RU = tuple(f"Газета {name}" for name in ("Ель", "Ива", "Клён", "Липа", "Осина", "Рябина"))
USUAL_EN = (
    ("Town council of {} debates the budget", "The budget of {} is larger than last year."),
    ("Weather in {} stays mild", "Gardeners of {} expect an early spring."),
)
USUAL_RU = (
    ("Городской совет обсуждает бюджет: {}", "Бюджет города вырос. Совет собрался снова."),
    ("Погода остаётся мягкой: {}", "Садоводы города ждут ранней весны."),
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(settings_for(tmp_path / "data")) as opened:
        yield opened


async def add_sources(desk: Desk, titles: Sequence[str]) -> dict[str, PolledSource]:
    added = {}
    async with desk.store.transaction() as work:
        for n, title in enumerate(titles):
            new = NewSource(
                url=f"https://{n}.example/{len(title)}.xml",
                kind="feed",
                title=title,
                family=title.casefold(),
                publisher=title,
            )
            added[title], _ = await work.sources.add(new, at=NOW - 9 * WEEK, interval_s=900)
    return added


async def write_news(
    desk: Desk, sources: dict[str, PolledSource], weeks: Sequence[int], *, only: Sequence[str]
) -> None:
    """Let each source write its two usual items on this day of some weeks."""
    for n, title in enumerate(only):
        words = USUAL_RU if title in RU else USUAL_EN
        items = [
            RawItem(
                source=title,
                guid=f"{title} {week} {kind}",
                title=head.format(f"{title.split()[1]} {week}"),
                text=body.format(f"{title.split()[1]}"),
                published_at=NOW - week * WEEK - timedelta(hours=2 + n + 6 * kind),
            )
            for week in weeks
            for kind, (head, body) in enumerate(words)
        ]
        source = sources[title].source
        await desk.ingestion.ingest(system_principal(), items, now=NOW, source=source)
    await desk.indexing.drain(now=NOW)


async def record(
    desk: Desk,
    source: PolledSource,
    at: datetime,
    *,
    missed: tuple[datetime, datetime] | None = None,
    is_down: bool = False,
) -> None:
    failure = SourceFailure(reason="timeout", detail="too slow", at=at) if is_down else None
    outcome = PollOutcome(
        at=at,
        interval_s=900,
        next_poll_at=at + timedelta(minutes=15),
        failure=failure,
        missed=missed,
    )
    async with desk.store.transaction() as work:
        await work.sources.record(source.source.id, outcome)


async def stock(desk: Desk, *, is_recorded: bool) -> dict[str, PolledSource]:
    """Half of the press could not be read in four weeks out of five, and is back today."""
    sources = await add_sources(desk, EN + RU)
    await write_news(desk, sources, [5, 4, 3, 2, 1, 0], only=EN)
    await write_news(desk, sources, [0], only=RU)
    if is_recorded:
        for title in RU:
            lost = (NOW - 5 * WEEK, NOW - timedelta(days=1, hours=2))
            await record(desk, sources[title], NOW, missed=lost)
    return sources


async def test_sources_that_come_back_look_like_a_burst_when_nobody_knows_they_were_gone(
    desk: Desk,
) -> None:
    await stock(desk, is_recorded=False)

    reply = await desk.answer(ADA, asking())

    facts = await facts_of(desk, reply)
    assert facts.baseline is not None
    assert (facts.baseline.n_windows, facts.baseline.n_unread) == (4, 0)
    assert any(story.surge and story.surge.is_burst for story in facts.stories)


async def test_windows_that_were_not_read_are_no_baseline(desk: Desk) -> None:
    await stock(desk, is_recorded=True)

    reply = await desk.answer(ADA, asking())
    explained = await desk.press(ADA, f"v1:ex:{run_id_of(reply)}")

    facts = await facts_of(desk, reply)
    assert facts.baseline is not None
    assert (facts.baseline.is_enough, facts.baseline.n_unread) == (False, 4)
    assert not any(story.surge for story in facts.stories)
    assert "In 4 earlier windows too many sources could not be read" in reply.text
    assert "Left out: 4 earlier windows" in explained.text


async def test_older_windows_stand_in_for_those_that_were_not_read(desk: Desk) -> None:
    sources = await add_sources(desk, EN + RU)
    await write_news(desk, sources, [8, 7, 6, 5, 4, 2, 0], only=EN + RU)
    await write_news(desk, sources, [3, 1], only=EN)
    for title in RU:
        for week in (3, 1):
            end = NOW - week * WEEK + timedelta(hours=3)
            await record(desk, sources[title], NOW, missed=(end - timedelta(days=2), end))

    reply = await desk.answer(ADA, asking())

    facts = await facts_of(desk, reply)
    assert facts.baseline is not None
    assert (facts.baseline.n_windows, facts.baseline.n_unread) == (4, 2)
    assert not any(story.surge and story.surge.is_burst for story in facts.stories)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "3 of 12 sources could not be read for part of this window: Paper Alder, Paper"),
        ("ru", "Часть этого окна не удалось прочитать у 3 из 12 источников: Paper Alder, Paper"),
    ],
)
async def test_a_reader_is_told_who_could_not_be_read(desk: Desk, lang: str, words: str) -> None:
    sources = await add_sources(desk, EN + RU)
    await write_news(desk, sources, [4, 3, 2, 1, 0], only=EN + RU)
    for title in EN[:3]:
        await record(desk, sources[title], NOW - timedelta(hours=10))
        await record(desk, sources[title], NOW - timedelta(hours=1), is_down=True)
    await record(desk, sources[RU[0]], NOW - timedelta(minutes=50))
    await record(desk, sources[RU[0]], NOW - timedelta(minutes=1), is_down=True)

    reply = await desk.answer(ADA, asking(reply_lang=lang))
    explained = await desk.press(ADA, f"v1:ex:{run_id_of(reply)}")

    assert any(words in warning for warning in answer_of(reply).warnings)
    assert words in explained.text.replace("\n", " ")


async def test_nobody_is_called_quiet_who_was_not_read(desk: Desk) -> None:
    sources = await add_sources(desk, EN + RU)
    await write_news(desk, sources, [4, 3, 2, 1], only=EN + RU)
    await write_news(desk, sources, [0], only=EN[:2])
    request = asking("topics", window="1w")

    before = await facts_of(desk, await desk.answer(ADA, request))
    for title in EN[2:] + RU:
        await record(desk, sources[title], NOW - timedelta(days=6))
        await record(desk, sources[title], NOW, is_down=True)
    after = await facts_of(
        desk, await desk.answer(ADA, request.model_copy(update={"is_fresh": True}))
    )

    assert before.gaps
    assert after.gaps == ()
