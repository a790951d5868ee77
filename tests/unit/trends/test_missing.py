"""Hours that nobody read: which families and which windows are missing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.trends.missing import is_missing, unread_families, unread_sources, usual_families
from schemas.sources import Missed

END = datetime(2025, 3, 12, 18, tzinfo=UTC)
START = END - timedelta(hours=24)


def missed(source_id: int, first: float, last: float, family: str | None = None) -> Missed:
    """A span in hours after the begin of the window."""
    return Missed(
        source_id=source_id,
        family=family or f"family {source_id}",
        start=START + timedelta(hours=first),
        end=START + timedelta(hours=last),
    )


def unread(*spans: Missed, **n_sources: int) -> frozenset[str]:
    return unread_families(spans, start=START, end=END, n_sources=n_sources)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 13)], True),
        ([(0, 12)], False),
        ([(-50, 13)], True),
        ([(-50, 5), (20, 90)], False),
        ([(0, 8), (16, 24)], True),
        ([(0, 8), (2, 8), (1, 7)], False),
        ([(30, 60)], False),
    ],
)
def test_a_family_is_unread_when_it_missed_most_of_the_window(
    spans: list[tuple[float, float]], expected: bool
) -> None:
    found = unread(*(missed(1, first, last, "herald") for first, last in spans))

    assert found == ({"herald"} if expected else set())


def test_a_house_is_read_as_long_as_its_other_feeds_are() -> None:
    one = missed(1, 0, 24, "herald")
    other = missed(2, 0, 24, "herald")

    assert unread(one, herald=2) == set()
    assert unread(one, herald=3) == set()
    assert unread(one, other, herald=3) == {"herald"}
    assert unread(one, other) == {"herald"}


def test_sources_are_told_when_they_missed_an_hour_and_a_tenth() -> None:
    spans = [missed(1, 0, 2), missed(2, 0, 3), missed(3, 10, 20), missed(4, 0, 3)]

    told = unread_sources(spans, start=START, end=END)
    short = unread_sources(
        [missed(1, 0, 0.9), missed(2, 0, 1)], start=START, end=START + timedelta(hours=6)
    )

    assert told == (3, 2, 4)
    assert short == (2,)


def test_usual_are_those_who_wrote_in_half_of_the_windows_that_read_them() -> None:
    windows = [
        (["daily", "weekly", "back"], []),
        (["daily", "weekly"], ["back"]),
        (["daily"], ["back"]),
        (["daily", "rare"], ["back"]),
        ([], ["daily"]),
    ]

    assert usual_families(windows) == {"daily", "weekly", "back"}


def test_nobody_is_usual_where_nobody_wrote() -> None:
    assert usual_families([([], []), ([], ["herald"])]) == frozenset()


def test_a_window_is_missing_when_more_than_a_third_of_the_usual_was_unread() -> None:
    usual = {"a", "b", "c", "d", "e", "f"}

    assert not is_missing({"a", "b"}, usual)
    assert is_missing({"a", "b", "c"}, usual)
    assert not is_missing({"a", "b", "x", "y", "z"}, usual)
    assert not is_missing({"a"}, set())


hours = st.integers(-30, 60)
spans = st.lists(
    st.tuples(st.integers(1, 4), hours, st.integers(1, 40)).map(
        lambda t: missed(t[0], t[1], t[1] + t[2])
    ),
    max_size=12,
)


@given(spans, spans)
def test_missing_more_never_makes_anybody_read(some: list[Missed], more: list[Missed]) -> None:
    before = unread_families(some, start=START, end=END, n_sources={})
    after = unread_families([*some, *more], start=START, end=END, n_sources={})

    assert before <= after
    assert set(unread_sources(some, start=START, end=END)) <= set(
        unread_sources([*some, *more], start=START, end=END)
    )


@given(spans)
def test_the_order_of_spans_does_not_count(some: list[Missed]) -> None:
    found = [
        unread_families(each, start=START, end=END, n_sources={}) for each in (some, some[::-1])
    ]

    assert found[0] == found[1]
