"""Which earlier windows the present is compared with."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.trends.baseline import earlier_spans, has_enough_history

NOW = datetime(2025, 3, 12, 18, tzinfo=UTC)
DAY = timedelta(days=1)


def test_earlier_windows_lie_whole_weeks_back():
    spans = earlier_spans(NOW - DAY, NOW, history_start=NOW - 23 * DAY)

    assert spans == [
        (NOW - 8 * DAY, NOW - 7 * DAY),
        (NOW - 15 * DAY, NOW - 14 * DAY),
        (
            NOW - 22 * DAY,
            NOW - 21 * DAY,
        ),
    ]


def test_a_window_longer_than_a_week_steps_by_as_many_weeks():
    spans = earlier_spans(NOW - 10 * DAY, NOW, history_start=NOW - 60 * DAY)

    assert [end for _, end in spans] == [NOW - 14 * DAY, NOW - 28 * DAY, NOW - 42 * DAY]


def test_a_window_that_begins_before_the_history_is_left_out():
    assert earlier_spans(NOW - DAY, NOW, history_start=NOW - 8 * DAY + timedelta(seconds=1)) == []


def test_a_window_must_end_after_its_start():
    with pytest.raises(ValueError, match="must end after its start"):
        earlier_spans(NOW, NOW, history_start=NOW - DAY)


@given(
    st.integers(min_value=1, max_value=365 * 24),
    st.integers(min_value=0, max_value=2_000),
    st.integers(min_value=1, max_value=10),
)
def test_earlier_windows_never_overlap_and_keep_length_and_hour(
    hours: int, history_days: int, most: int
):
    start = NOW - timedelta(hours=hours)
    history = NOW - timedelta(days=history_days)

    spans = earlier_spans(start, NOW, history_start=history, max_windows=most)

    assert len(spans) <= most
    later = start
    for first, last in spans:
        assert history <= first < last <= later
        assert last - first == NOW - start
        assert (NOW - last) % timedelta(weeks=1) == timedelta(0)
        later = first


def test_history_needs_fourteen_days_and_two_windows():
    start = NOW - DAY

    assert has_enough_history(start, history_start=start - 14 * DAY, n_windows=2)
    assert not has_enough_history(start, history_start=start - 13 * DAY, n_windows=2)
    assert not has_enough_history(start, history_start=start - 30 * DAY, n_windows=1)
