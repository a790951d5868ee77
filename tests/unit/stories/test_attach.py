from dataclasses import replace
from datetime import timedelta

import pytest

from core.stories.attach import attach
from core.stories.features import Features, features_of
from core.stories.recent import RecentStories, Story
from tests.unit.stories.newsroom import article, candidate, groups, place

BRIDGE = (
    "Crack found in main cable closes Kestrel Bridge to all traffic",
    "Kestrel Bridge closed: inspectors discover cracked cable",
    "Ferries replace Kestrel Bridge after engineers find crack in cable",
)
LONG_TEXT = (
    "The harbour office said that the ferry will sail every ten minutes until the repair is done. "
    "Passengers should bring patience, warm clothes and a valid ticket for the whole journey. "
    "A second vessel was ordered from the yard in Lowmarsh and arrives before the weekend."
)


def test_reports_of_one_event_in_other_words_are_one_story() -> None:
    reports = [article(t, minutes=40 * n, source=f"Paper {n}") for n, t in enumerate(BRIDGE)]

    assert groups(place(reports)) == [0, 0, 0]


def test_russian_reports_of_one_event_are_one_story() -> None:
    titles = (
        "Течь в плотине Верхнеозёрска: нижние улицы эвакуируют",
        "Жителей Верхнеозёрска эвакуируют из-за течи в плотине",
    )

    reports = [article(t, minutes=30 * n, source=f"Канал {n}") for n, t in enumerate(titles)]

    assert groups(place(reports)) == [0, 0]


def test_different_events_are_different_stories() -> None:
    titles = (
        BRIDGE[0],
        "Teachers in Northfield walk out over class sizes",
        "Salt battery at Oakreach goes into service",
    )

    reports = [article(t, minutes=30 * n, source=f"Paper {n}") for n, t in enumerate(titles)]

    assert groups(place(reports)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fire at a warehouse in Oakdale kills 13", "Fire at a warehouse in Oakdale kills 12"),
        (
            "Fire at a warehouse in Oakdale kills three",
            "Fire at a warehouse in Milbrook kills three",
        ),
        (
            "Курс доллара на завтра составит 98 рублей",
            "Курс доллара на завтра составит 101 рублей",
        ),
    ],
)
def test_a_template_with_another_number_or_place_is_another_story(one: str, other: str) -> None:
    reports = [article(one, source="A"), article(other, minutes=50, source="B")]

    assert groups(place(reports)) == [0, 1]


def test_the_same_words_from_another_source_are_an_exact_copy_of_the_first() -> None:
    first, second, third = place(
        [
            article(BRIDGE[0], source="Paper"),
            article(BRIDGE[0], minutes=5, source="Radio"),
            article(BRIDGE[0], minutes=9, source="Blog"),
        ]
    )

    assert (first.duplicate, second.duplicate, third.duplicate) == ("original", "exact", "exact")
    assert second.original is third.original is first.entry
    assert first.story is second.story is third.story


def test_a_copy_with_small_edits_is_a_near_copy() -> None:
    _, copy = place(
        [
            article("Ferry sails for free", LONG_TEXT, source="Wire"),
            article("Ferry sails for free", LONG_TEXT + " (Wire)", minutes=9, source="Paper"),
        ]
    )

    assert copy.duplicate == "near"


def test_a_column_of_one_source_is_a_new_story_each_time() -> None:
    rates = "Rates this morning at the Halden exchange in crowns: wheat {}, barley {}, oats {}."

    columns = [
        article("Rates of the morning", rates.format(n, n + 3, n + 1), minutes=24 * 60 * (n - 50))
        for n in (50, 51, 52)
    ]

    assert groups(place(columns)) == [0, 1, 2]


def test_greetings_are_no_copies_of_one_another() -> None:
    _, second = place([article("Good morning!"), article("Good morning!", minutes=60 * 20)])

    assert second.duplicate == "original"


def test_an_event_is_forgotten_after_72_hours() -> None:
    late = 72 * 60

    placements = place([article(BRIDGE[0]), article(BRIDGE[0], minutes=late, source="Radio")])

    assert [p.duplicate for p in placements] == ["original", "original"]
    assert groups(placements) == [0, 1]


def test_two_headlines_of_one_source_within_minutes_need_more_likeness() -> None:
    titles = (
        "Storm Isolde floods Port Maren harbour",
        "Storm Isolde damages Halden Bay lighthouse",
    )
    apart = [article(titles[0], source="A"), article(titles[1], minutes=5, source="B")]
    one_source = [article(titles[0], source="A"), article(titles[1], minutes=5, source="A")]

    needed_more = groups(place(one_source))

    assert needed_more == [0, 1]
    assert groups(place(apart))[0] == 0


def test_stories_do_not_chain_from_event_to_event() -> None:
    links = (
        "Kestrel Bridge closed over cracked cable",
        "Cracked cable maker Harrow loses rail contract",
        "Rail contract goes to Mossline after tender",
        "Mossline tender adviser runs for mayor of Dunmere",
    )

    reports = [article(t, minutes=60 * n, source=f"Paper {n}") for n, t in enumerate(links)]

    assert groups(place(reports))[-1] != 0


def test_the_same_input_gives_the_same_stories() -> None:
    reports = [article(t, minutes=9 * n, source=f"P{n % 4}") for n, t in enumerate(BRIDGE * 4)]

    assert groups(place(reports)) == groups(place(reports))


def test_a_memory_loaded_from_the_store_places_like_the_one_that_was_lost() -> None:
    running = RecentStories()
    kept = article(BRIDGE[0], source="Paper")
    placement = attach(running, kept)
    placement.story.id = 7
    reloaded = RecentStories.load([replace(kept, id=1, story_id=7)])

    next_report = article(BRIDGE[1], minutes=45, source="Radio")

    assert attach(running, next_report).story.id == attach(reloaded, next_report).story.id == 7


def test_a_revised_article_is_found_by_its_new_words_alone() -> None:
    recent = RecentStories()
    old = attach(recent, article("Teachers in Northfield walk out over class sizes"))
    recent.settle(old.entry, 1)

    recent.revise(1, article(BRIDGE[0]))

    follow_up = article(BRIDGE[1], minutes=30, source="Radio")
    assert attach(recent, follow_up).story is old.story
    strike = article("Northfield teachers walk out over class sizes", minutes=60, source="Blog")
    assert attach(recent, strike).story is not old.story


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    recent = RecentStories()
    entry = attach(recent, article(BRIDGE[0], LONG_TEXT)).entry

    recent.advance(entry.at + timedelta(hours=72))

    assert len(recent) == 0
    assert entry.story.members == []
    assert recent.propose(entry.features, entry.at, limit=9) == []


def test_candidates_are_bounded_however_many_articles_share_a_word() -> None:
    recent = RecentStories()
    for n in range(60):
        title = f"Zeppelin number {n}x lands in meadow {n}y"
        recent.add(article(title, minutes=n), Story(id=n), _features(title))

    assert len(recent.propose(_features("Zeppelin lands"), candidate("x").at, limit=24)) == 24


def _features(title: str) -> Features:
    return features_of(article(title))
