from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ports.articles import StoreCounts
from core.stories.intake import domain_of
from services.sample import make_sample, should_drop_sample

NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
SAMPLE = make_sample(NOW)


def test_the_sample_is_the_same_for_the_same_time_and_seed() -> None:
    assert make_sample(NOW) == SAMPLE
    assert make_sample(NOW, seed=1) != SAMPLE
    assert make_sample(NOW + timedelta(hours=1)) != SAMPLE


@settings(max_examples=12, deadline=None)
@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)))  # noqa: DTZ001 - made aware below
def test_the_sample_covers_the_thirty_days_before_any_moment(moment: datetime) -> None:
    now = moment.replace(tzinfo=UTC)

    times = [item.published_at for item in make_sample(now) if item.published_at]

    assert 400 <= len(times) <= 1_000
    assert now - timedelta(days=30) <= min(times) < now - timedelta(days=28)
    assert now - timedelta(hours=12) < max(times) <= now
    assert times == sorted(times)


def test_the_sample_is_marked_bilingual_and_of_many_invented_publishers() -> None:
    domains = {domain_of(item.url) or "" for item in SAMPLE}

    assert all(item.is_sample for item in SAMPLE)
    assert {item.lang for item in SAMPLE} == {"en", "ru"}
    assert len({item.source for item in SAMPLE}) >= 12
    assert all(domain.endswith(".example") for domain in domains)


def test_every_article_has_an_id_and_words_without_open_slots() -> None:
    ids = Counter(item.guid for item in SAMPLE)

    assert max(ids.values()) == 1
    assert not [item for item in SAMPLE if "{" in item.title + item.text or not item.text]


def test_news_broke_in_the_last_day_and_was_not_there_before() -> None:
    day_ago = NOW - timedelta(hours=24)
    sources: dict[bool, set[str]] = defaultdict(set)
    for item in SAMPLE:
        if "Kestrel Bridge" in item.title and item.published_at:
            sources[item.published_at > day_ago].add(item.source)

    assert len(sources[True]) >= 4
    assert sources[False] == set()


def test_the_same_report_returns_every_monday() -> None:
    reports = [item for item in SAMPLE if "grain report" in item.title.casefold()]

    assert {item.published_at.weekday() for item in reports if item.published_at} == {0}
    assert len({item.published_at.date() for item in reports if item.published_at}) >= 4
    assert len({item.source for item in reports}) >= 3


@pytest.mark.parametrize(
    ("n_articles", "n_real", "n_real_sources", "expected"),
    [
        (550, 0, 0, False),
        (599, 49, 9, False),
        (600, 50, 2, False),
        (600, 50, 3, True),
        (50, 50, 3, False),
    ],
)
def test_the_sample_goes_when_fifty_real_articles_from_three_sources_are_there(
    n_articles: int, n_real: int, n_real_sources: int, expected: bool
) -> None:
    counts = StoreCounts(
        n_articles=n_articles,
        n_real=n_real,
        n_real_sources=n_real_sources,
        n_sources=15,
        n_stories=1,
        oldest_at=None,
        newest_at=None,
        per_day=1.0,
    )

    assert should_drop_sample(counts) is expected
