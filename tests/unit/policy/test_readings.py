"""Figures, units and dates have one meaning in many spellings."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policy.dates import date_of
from core.policy.reading import read


def figure(text: str) -> tuple[float, str]:
    """The first figure of a text: its only value, and its unit."""
    one = read(text).quantities[0]
    (value,) = one.values
    return value, one.unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 weeks", (12, "week")),
        ("1 234 people", (1234, "")),
        ("1,234,567 votes", (1_234_567, "")),
        ("0,5%", (0.5, "percent")),
        ("0.5 percent", (0.5, "percent")),
        ("13 тысяч человек", (13_000, "")),
        ("13 тыс. человек", (13_000, "")),
        ("$1.5 million", (1_500_000, "usd")),
        ("1,5 млн долларов", (1_500_000, "usd")),
        ("€3bn", (3_000_000_000, "eur")),
        ("2 трлн рублей", (2_000_000_000_000, "rub")),
        ("five miles", (5, "mile")),
        ("twenty-five days", (25, "day")),
        ("a hundred thousand people", (100_000, "")),
        ("two hundred and fifty", (250, "")),
        ("двадцать пять лет", (25, "year")),
        ("пятеро моряков", (5, "")),
        ("полтора часа", (1.5, "hour")),
        ("миллион рублей", (1_000_000, "rub")),
        ("35-летний капитан", (35, "year")),
        ("35-year-old captain", (35, "year")),
        ("в третий раз", (3, "times")),
        ("5-й паром", (5, "")),
        ("the 21st ferry", (21, "")),
        ("20км пути", (20, "km")),
        ("−12 °C", (12, "degree")),
    ],
)
def test_a_figure_is_read_with_its_unit(text: str, expected: tuple[float, str]) -> None:
    assert figure(text) == expected


@pytest.mark.parametrize("text", ["at 10:30", "won 3:2", "version 10.4.1", "the G7", "9to5 jobs"])
def test_times_scores_versions_and_names_are_compared_as_written(text: str) -> None:
    found = read(text).quantities

    assert [bool(one.exact) for one in found] == [True] * len(found) != []
    assert all(one.values == frozenset() for one in found)


@pytest.mark.parametrize(
    "text", ["millions of people", "тысячи людей", "March was cold", "no number at all"]
)
def test_what_counts_nothing_is_no_figure(text: str) -> None:
    assert read(text).quantities == ()


def test_both_ends_of_a_range_have_its_unit() -> None:
    readings = read("5–10 млн рублей").quantities

    assert {(value, q.unit) for q in readings for value in q.values} == {
        (5, ""),
        (5_000_000, "rub"),
        (10_000_000, "rub"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-27",
        "27.02.2026",
        "27 February 2026",
        "February 27, 2026",
        "Feb. 27, 2026",
        "27th of February 2026",
        "27 февраля 2026",
        "27-го февраля 2026 года",
    ],
)
def test_a_date_is_one_day_however_it_is_written(text: str) -> None:
    (one,) = read(f"It sailed {text}").dates

    assert one.agrees(date_of(date(2026, 2, 27)))
    assert not one.agrees(date_of(date(2026, 2, 28)))


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("it may rain, they march on", 0),
        ("the Flip 3 may sail", 0),
        ("in May it rained", 1),
        ("в мае и в среду", 2),
        ("четверть моря, среда обитания", 0),
        ("on Thursdays", 1),
    ],
)
def test_months_and_days_are_told_from_words(text: str, n: int) -> None:
    assert len(read(text).dates) == n


@given(st.integers(min_value=0, max_value=10**9))
def test_every_spelling_of_an_integer_is_that_integer(number: int) -> None:
    spellings = (str(number), f"{number:,}", f"{number:,}".replace(",", " "))

    assert all(
        any(float(number) in q.values for q in read(f"it took {s} turns").quantities)
        for s in spellings
    )


@given(st.text(max_size=120))
def test_places_lie_inside_any_text(text: str) -> None:
    reading = read(text)

    places = [(w.start, w.end) for w in reading.words]
    places += [(q.start, q.end) for q in reading.quantities]
    places += [(d.start, d.end) for d in reading.dates]
    assert all(0 <= start < end <= len(reading.text) == len(text) for start, end in places)
