import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.stories.headline import HeadlineCandidate, choose_headline, count_flaws


def choose(*titles: str, lang: str = "en") -> str:
    return titles[choose_headline([HeadlineCandidate(title, lang) for title in titles])]


def test_the_title_most_like_the_others_is_chosen() -> None:
    chosen = choose(
        "Commuters furious in Alderwick this morning",
        "Kestrel Bridge closed after crack found in cable",
        "Crack in main cable closes Kestrel Bridge",
        "Kestrel Bridge: engineers inspect the cable",
    )

    assert "Kestrel Bridge" in chosen


@pytest.mark.parametrize(
    "poor",
    [
        "Is Kestrel Bridge closed after crack found in cable?",
        "KESTREL BRIDGE CLOSED AFTER CRACK FOUND IN CABLE",
        "Kestrel Bridge closed after crack found in cable…",
        "What we know about Kestrel Bridge closed after crack found in cable",
        "You won't believe how Kestrel Bridge closed after crack in cable",
        "Live updates: Kestrel Bridge closed after crack found in cable",
        "Five reasons Kestrel Bridge closed after crack found in cable",
        "Kestrel Bridge closed after crack found in cable, " + "and much more " * 10,
        "Bridge closed",
    ],
)
def test_a_poor_title_loses_to_a_plain_one(poor: str) -> None:
    plain = "Traffic across Kestrel Bridge stopped because of a cable"

    assert choose(poor, poor, poor, plain) == plain


def test_poor_titles_are_better_than_none() -> None:
    assert choose("Why?", "Who did it?") in {"Why?", "Who did it?"}


def test_a_russian_question_loses_to_a_statement() -> None:
    plain = "Мост в Синеборске закрыли из-за трещины в тросе"

    assert choose("Почему закрыли мост в Синеборске из-за троса?", plain, lang="ru") == plain


def test_equal_titles_go_to_the_preferred_one() -> None:
    same = HeadlineCandidate("Kestrel Bridge closed after crack found in cable")

    assert choose_headline([same, same, same]) == 0


def test_a_story_without_titles_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one title"):
        choose_headline([])


@given(st.lists(st.text(max_size=80), min_size=1, max_size=60))
def test_any_titles_give_one_of_the_least_flawed(titles: list[str]) -> None:
    index = choose_headline([HeadlineCandidate(title) for title in titles])

    assert count_flaws(titles[index]) == min(count_flaws(title) for title in titles[:40])
