"""Stories set right when everything is known, and headings compared alone."""

from datetime import UTC, datetime, timedelta

import pytest

from core.stories.analysed import analyse_item, as_recent
from core.stories.features import Features, features_of
from core.stories.headings import Headings, runs_alike
from core.stories.intake import prepare
from core.stories.repair import Placed, repair_stories
from schemas.articles import RawItem

AT = datetime(2025, 3, 3, tzinfo=UTC)
FLOOD = (
    "Tidal barrier of Oakdale closes as the flood rises",
    "Flood rises: Oakdale closes its tidal barrier",
    "Oakdale tidal barrier closed against rising flood",
)
CUP = (
    "Milbrook striker Quill scores twice in the cup final",
    "Quill scores twice as Milbrook wins the cup final",
)


def _features(title: str) -> Features:
    item = RawItem(source="Harbour", title=title, lang="en")
    analysed = analyse_item(prepare(item, order=0, now=AT))
    return features_of(as_recent(analysed, source_id=0, family="harbour"))


def _placed(title: str, story: int, *, hours: int = 0) -> Placed:
    return Placed(_features(title), AT + timedelta(hours=hours), story)


def test_stories_of_one_event_join_and_others_stay_apart():
    titles = (*FLOOD, *CUP)

    found = repair_stories([_placed(title, n) for n, title in enumerate(titles, start=10)])

    assert found == [1, 1, 1, 2, 2]


def test_a_stranger_leaves_its_story():
    found = repair_stories([*(_placed(title, 1) for title in FLOOD), _placed(CUP[0], 1)])

    assert found == [1, 1, 1, 2]


def test_the_same_words_a_week_later_are_another_event():
    found = repair_stories([_placed(FLOOD[0], 1), _placed(FLOOD[1], 2, hours=200)])

    assert found == [1, 2]


def test_the_order_of_arrival_changes_the_numbers_alone():
    titles = [FLOOD[0], CUP[0], FLOOD[1], CUP[1], FLOOD[2]]

    found = repair_stories([_placed(title, n) for n, title in enumerate(titles)])

    assert found == [1, 2, 1, 2, 1]


def test_nothing_to_repair_is_fine():
    assert repair_stories([]) == []
    assert repair_stories([_placed("", 5)]) == [1]


def test_headings_of_one_event_are_alike_in_any_spelling():
    headings = Headings()

    same = headings.likeness("Мост через Щуку открыли", "most cherez shchuku otkryli")
    other = headings.likeness("Мост через Щуку открыли", "striker scores twice in final")

    assert same == pytest.approx(1.0)
    assert other < 0.14


def test_rare_words_count_more_than_those_of_every_heading():
    headings = Headings()
    for n in range(500):
        headings.likeness(f"harbour report number {n}", f"harbour report of {n}")

    frequent = headings.likeness("harbour report tide", "harbour report quill")
    rare = headings.likeness("barrier oakdale tide", "barrier oakdale quill")

    assert rare > frequent


@pytest.mark.parametrize(("one", "other"), [("", ""), ("", "word"), ("…", "!")])
def test_headings_without_words_are_like_nothing_but_themselves(one: str, other: str):
    assert 0.0 <= runs_alike(one, other) <= 1.0
    assert 0.0 <= Headings().likeness(one, other) <= 1.0
