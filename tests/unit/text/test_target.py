"""The mood towards a name, Russian words in one spelling, shares of categories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.category import CATEGORIES, categorise_stems, category_scores
from core.text.target import clause_around, measure_towards
from core.text.tokens import stems
from core.text.translit import one_spelling

TEXT = (
    "The week began well. Quill won a great prize, while Tidewater lost everything in a terrible"
    " crash. Nobody was surprised."
)


def _place(name: str, text: str = TEXT) -> tuple[int, int]:
    at = text.index(name)
    return at, at + len(name)


def test_a_clause_ends_at_a_turn_and_at_its_sentence():
    assert clause_around(TEXT, *_place("Quill")) == "Quill won a great prize"
    assert clause_around(TEXT, *_place("Nobody")) == "Nobody was surprised."


def test_each_name_has_the_mood_of_its_own_clause():
    quill = measure_towards(TEXT, *_place("Quill"), lang="en")
    tidewater = measure_towards(TEXT, *_place("Tidewater"), lang="en")

    assert quill is not None
    assert tidewater is not None
    assert tidewater < 0 < quill


def test_an_unmeasured_language_has_no_mood_towards_anybody():
    assert measure_towards("Der Hafen ist schön.", 4, 9, lang="de") is None


@given(st.text(max_size=60), st.integers(0, 59), st.integers(1, 20))
def test_the_clause_around_a_place_holds_it(text: str, start: int, size: int):
    end = min(len(text), start + size)
    if start >= end:
        return

    assert text[start:end].strip() in clause_around(text, start, end)


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("Щукин открыл мост", "Shchukin otkryl most"),
        ("Хабаровск ждёт цунами", "Khabarovsk zhdyot tsunami"),
        ("Юлия и Яков", "Yuliya i Yakov"),
        ("Юлия и Яков", "julija i jakov"),
    ],
)
def test_one_word_has_one_spelling(written: str, other: str):
    assert one_spelling(written) == one_spelling(other)


def test_shares_of_categories_add_up_and_the_largest_is_the_category():
    title, text = stems("Striker scores twice", "en"), stems("The club won the cup final.", "en")

    scores = category_scores(title, text, "en")

    assert set(scores) == set(CATEGORIES)
    assert sum(scores.values()) == pytest.approx(1.0)
    assert max(scores, key=lambda name: scores[name]) == categorise_stems(title, text, "en")


def test_a_language_without_a_list_is_all_other():
    assert category_scores(["hafen"], [], "de")["other"] == 1.0
