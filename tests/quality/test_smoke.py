"""Real days, asked as a reader asks: do the answers name what happened, and prove it?"""

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.access import system_principal, visible
from schemas.analysis import AnalysisResponse, TrendsResult
from schemas.articles import Article
from schemas.facts import Facts, StoryFact
from schemas.requests import NewsRequest
from schemas.settings import Settings
from services.wiring import open_desk

MIN_PUBLISHERS = 5


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a stream and what everybody wrote about on it: stems that its articles hold."""

    stream: str
    date_field: str
    first_day: str
    now: datetime
    lang: str
    event: re.Pattern[str]


DAYS = (
    Day(
        stream="stream_ru_telegram/posts.jsonl",
        date_field="date",
        first_day="2024-11-08",
        now=datetime(2024, 11, 10, 12, tzinfo=UTC),
        lang="ru",
        event=re.compile(r"беспилотн|бпла|дрон", re.IGNORECASE),
    ),
    Day(
        stream="stream_en_headlines/headlines.jsonl",
        date_field="first_seen",
        first_day="2025-11-02",
        now=datetime(2025, 11, 4, 18, tzinfo=UTC),
        lang="en",
        event=re.compile(r"\btower\b.*\brome\b|\brome\b.*\btower\b", re.IGNORECASE),
    ),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer with the facts behind it and the articles of its stories."""

    day: Day
    text: str
    response: AnalysisResponse
    facts: Facts
    articles: dict[int, Article]

    def members(self, story: StoryFact) -> list[Article]:
        """The articles of a story, newest first."""
        return [self.articles[i] for i in story.article_ids]


def cut_out(data: Path, day: Day, folder: Path) -> Path:
    """Copy the lines of the days up to the asked one."""
    last_day = day.now.date().isoformat()
    made = folder / f"{day.lang}.jsonl"
    with (data / day.stream).open(encoding="utf-8") as lines:
        kept = (
            line
            for line in lines
            if day.first_day <= json.loads(line)[day.date_field][:10] <= last_day
        )
        made.write_text("".join(kept), encoding="utf-8")
    return made


async def ask_each(data: Path, folder: Path) -> dict[str, Asked]:
    """Import every day into one desk, then ask it about each."""
    settings = Settings(
        _env_file=None,
        data_dir=folder / "data",
        sample="off",
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    async with open_desk(settings) as desk:
        summary = await desk.import_paths([cut_out(data, day, folder) for day in DAYS])
        assert (summary.refused, summary.duplicate) == (0, 0), summary
        asked = {}
        for day in DAYS:
            request = NewsRequest(command="trends", as_of=day.now, reply_lang=day.lang)
            reply = await desk.answer(system_principal(), request)
            assert isinstance(reply.response, AnalysisResponse), reply.text
            run_id = next(b.data for row in reply.buttons for b in row if b.data).split(":")[2]
            async with desk.store.transaction(is_write=False) as unit:
                run = await unit.runs.get(run_id)
                assert run is not None
                assert run.facts is not None
                ids = [i for story in run.facts.stories for i in story.article_ids]
                articles = await unit.articles.get(visible(system_principal()), ids)
            known = {article.id: article for article in articles}
            asked[day.lang] = Asked(day, reply.text, reply.response, run.facts, known)
    return asked


@pytest.fixture(scope="module")
def every_answer(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Asked]:
    """The answers of all days, asked once."""
    return asyncio.run(ask_each(data, tmp_path_factory.mktemp("smoke")))


@pytest.fixture(params=[day.lang for day in DAYS])
def asked(request: pytest.FixtureRequest, every_answer: dict[str, Asked]) -> Asked:
    """The answer about one day."""
    return every_answer[request.param]


def test_the_evidence_is_of_that_day_and_of_several_publishers(asked: Asked) -> None:
    days = {evidence.date for evidence in asked.response.evidence}
    ids = {int(evidence.article_id or 0) for evidence in asked.response.evidence}
    families = {asked.articles[i].family for i in ids if i in asked.articles}

    start, end = asked.facts.window.start, asked.facts.window.end
    assert days <= {start.date().isoformat(), end.date().isoformat()}
    assert end == asked.day.now
    assert len(families) >= 3


def test_a_story_of_many_publishers_is_one_event(asked: Asked) -> None:
    stories = [s for s in asked.facts.stories if asked.day.event.search(s.headline)]

    widest = max(stories, key=lambda s: s.n_families)
    about = [
        bool(asked.day.event.search(f"{a.title} {a.text}".replace("\n", " ")))
        for a in asked.members(widest)
    ]

    assert widest.n_families >= MIN_PUBLISHERS
    assert sum(about) >= 0.8 * len(about), widest.headline


def test_articles_of_each_large_story_share_its_words(asked: Asked) -> None:
    large = [s for s in asked.facts.stories if s.n_families >= MIN_PUBLISHERS]

    for story in large:
        stems = [term for term in story.terms if not term.startswith("e:")][:4]
        holding = [
            any(stem in f"{a.title} {a.text}".casefold().replace("ё", "е") for stem in stems)
            for a in asked.members(story)
        ]
        assert sum(holding) >= 0.8 * len(holding), (story.headline, stems)
    assert len(large) >= 2


def test_the_answer_is_whole_and_in_the_language_of_the_reader(asked: Asked) -> None:
    again = AnalysisResponse.model_validate_json(asked.response.model_dump_json())
    letters = [char for char in asked.response.tldr if char.isalpha()]
    cyrillic = sum("а" <= char.lower() <= "я" for char in letters) / len(letters)

    assert again == asked.response
    assert isinstance(again.result, TrendsResult)
    assert (cyrillic > 0.8) is (asked.day.lang == "ru")
    assert asked.response.header in asked.text


def test_two_days_of_news_claim_no_burst(asked: Asked) -> None:
    assert asked.facts.baseline is not None
    assert not asked.facts.baseline.is_enough
    assert not any(story.surge and story.surge.is_burst for story in asked.facts.stories)
