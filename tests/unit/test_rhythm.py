from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rhythm import (
    DAY_S,
    MEMORY_D,
    Pace,
    backoff_s,
    first_yield,
    is_silent,
    missed_span,
    next_interval_s,
    next_poll_in_s,
    state_of,
    updated_yield,
    usual_per_day,
)
from schemas.articles import RawItem, Source
from schemas.sources import PolledSource, SourceFailure

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
PACE = Pace(interval_s=1_800, min_interval_s=300, max_interval_s=21_600)


def source(**more: object) -> PolledSource:
    """A source that was read an hour ago, ten new items a day."""
    values: dict[str, object] = {
        "source": Source(
            id=1, title="Harbour", domain=None, publisher="H", family="h", kind="feed"
        ),
        "url": "https://harbour.example/feed",
        "added_at": NOW - timedelta(days=60),
        "interval_s": 1_800,
        "next_poll_at": NOW,
        "first_polled_at": NOW - timedelta(days=60),
        "last_success_at": NOW - timedelta(hours=1),
        "last_new_at": NOW - timedelta(hours=2),
        "per_day": 10.0,
        "recent": ("a", "b"),
    }
    return PolledSource.model_validate(values | more)


def items(*ages_h: float | None) -> list[RawItem]:
    """Items published so many hours ago; None: without a date."""
    return [
        RawItem(source="Harbour", published_at=None if h is None else NOW - timedelta(hours=h))
        for h in ages_h
    ]


def settle(per_day: float, *, days: int) -> tuple[float, float]:
    """Poll a source of a steady yield for so long; the last interval, and new items a poll."""
    polled, left = source(interval_s=1_800, per_day=None), 0.0
    estimate, spent_s, n_polls, n_items = polled.per_day, 0.0, 0, 0
    since_s = 0.0
    while spent_s < days * DAY_S:
        step_s = float(polled.interval_s)
        spent_s += step_s
        since_s += step_s
        left += per_day * step_s / DAY_S
        n_new, left = int(left), left % 1
        elapsed_s = since_s if estimate is None else step_s
        estimate = updated_yield(estimate, n_new=n_new, elapsed_s=elapsed_s)
        interval_s = next_interval_s(polled, PACE, n_new=n_new, per_day=estimate)
        polled = polled.model_copy(update={"interval_s": interval_s})
        if spent_s > days * DAY_S / 2:
            n_polls, n_items = n_polls + 1, n_items + n_new
    return float(polled.interval_s), n_items / n_polls


def test_a_source_of_a_middling_yield_settles_at_about_one_new_item_a_poll() -> None:
    interval_s, per_poll = settle(20, days=40)

    assert 0.6 <= per_poll <= 1.6
    assert PACE.min_interval_s < interval_s < PACE.max_interval_s


@pytest.mark.parametrize(("per_day", "interval_s"), [(5_000, 300), (0.2, 21_600)])
def test_busy_and_quiet_sources_settle_at_the_bounds(per_day: float, interval_s: int) -> None:
    assert settle(per_day, days=40)[0] == interval_s


def test_polls_without_news_stretch_the_interval_and_a_burst_shrinks_it() -> None:
    known = source(interval_s=3_600, per_day=24.0)

    steady, empty, burst = (
        next_interval_s(known, PACE, n_new=n, per_day=24.0) for n in (1, 0, 12)
    )

    assert burst < steady < empty


def test_the_yield_does_not_depend_on_how_often_was_polled() -> None:
    once = updated_yield(4.0, n_new=0, elapsed_s=2 * DAY_S)
    often = 4.0
    for _ in range(48):
        often = updated_yield(often, n_new=0, elapsed_s=DAY_S / 24) or 0.0

    assert often == pytest.approx(once)


def test_a_first_poll_tells_the_yield_from_the_dates_of_its_items() -> None:
    assert first_yield(items(1, 6, 12, 24), now=NOW) == pytest.approx(4.0)
    assert first_yield(items(None, None, 3), now=NOW) is None
    assert first_yield(items(24 * 40, 24 * 50), now=NOW) is None


def test_servers_may_ask_for_more_time_but_not_for_more_than_the_longest_interval() -> None:
    asked = next_poll_in_s(600, PACE, wait_s=3_600, chance=0.5)
    too_long = next_poll_in_s(600, PACE, wait_s=DAY_S, chance=0.5)

    assert (asked, too_long) == (3_600, 21_600)


@given(st.integers(300, 21_600), st.floats(0, 1, exclude_max=True))
def test_polls_are_scattered_by_a_tenth_at_most(interval_s: int, chance: float) -> None:
    pause_s = next_poll_in_s(interval_s, PACE, wait_s=None, chance=chance)

    assert 0.9 * interval_s <= pause_s <= 1.1 * interval_s


def test_failures_double_the_wait_up_to_four_times_the_longest_interval() -> None:
    waits = [
        backoff_s(n, PACE, retry_after_s=None, is_ours=False, chance=0.5) for n in (1, 2, 3, 50)
    ]

    assert waits == [1_800, 3_600, 7_200, DAY_S]


def test_the_wish_of_a_server_that_fails_counts_and_never_shortens_the_wait() -> None:
    longer, shorter = (
        backoff_s(1, PACE, retry_after_s=wish, is_ours=False, chance=0.5) for wish in (9_000, 5)
    )

    assert (longer, shorter) == (9_000, 1_800)


def test_a_fault_of_our_own_is_tried_again_soon_however_often_it_failed() -> None:
    assert backoff_s(30, PACE, retry_after_s=None, is_ours=True, chance=0.5) == 300


@given(
    st.integers(1, 10_000),
    st.none() | st.floats(0, 1e9),
    st.booleans(),
    st.floats(0, 1, exclude_max=True),
)
def test_every_failing_source_is_tried_again_within_a_little_more_than_a_day(
    n: int, wish: float | None, is_ours: bool, chance: float
) -> None:
    wait_s = backoff_s(n, PACE, retry_after_s=wish, is_ours=is_ours, chance=chance)

    assert 0 < wait_s <= 1.1 * DAY_S


def read_after(quiet: timedelta, *, usual: float) -> PolledSource:
    """A source that was read just now and had a yield until it fell quiet."""
    per_day = usual
    for _ in range(int(quiet.total_seconds() // 3_600)):
        per_day = updated_yield(per_day, n_new=0, elapsed_s=3_600) or 0.0
    return source(per_day=per_day, last_success_at=NOW, last_new_at=NOW - quiet)


@pytest.mark.parametrize(
    ("usual", "quiet", "silent"),
    [
        (40.0, timedelta(hours=36), False),
        (40.0, timedelta(hours=60), True),
        (1.0, timedelta(days=4), False),
        (1.0, timedelta(days=6), True),
        (0.1, timedelta(days=40), False),
        (0.1, timedelta(days=60), True),
    ],
)
def test_silence_is_measured_against_the_rhythm_of_the_source(
    usual: float, quiet: timedelta, silent: bool
) -> None:
    assert is_silent(read_after(quiet, usual=usual)) is silent


def test_silence_does_not_lower_what_is_usual() -> None:
    quiet = read_after(timedelta(days=MEMORY_D), usual=3.0)

    assert usual_per_day(quiet) == pytest.approx(3.0, rel=0.01)


def test_time_in_which_a_source_could_not_be_read_is_not_its_silence() -> None:
    last_read = NOW - timedelta(days=20)
    unread = source(per_day=10.0, last_success_at=last_read, last_new_at=last_read)

    assert not is_silent(unread)


def test_each_state_has_its_sign() -> None:
    failure = SourceFailure(reason="dns", detail="?", at=NOW)
    cases = {
        "ok": source(),
        "new": source(first_polled_at=None, last_success_at=None, last_new_at=None),
        "failing": source(n_failures=2, failure=failure),
        "silent": source(last_new_at=NOW - timedelta(days=9)),
        "paused": source(status="paused", n_failures=2, failure=failure),
        "retired": source(status="retired"),
    }

    assert {name: state_of(polled) for name, polled in cases.items()} == {n: n for n in cases}


def test_a_feed_that_still_holds_an_item_of_before_has_lost_nothing() -> None:
    back = source(last_success_at=NOW - timedelta(days=2))

    assert missed_span(back, items(1, 2, 3), n_known=1, now=NOW) is None


def test_without_an_item_of_before_what_came_until_its_oldest_item_was_missed() -> None:
    last_read = NOW - timedelta(days=2)
    back = source(last_success_at=last_read)

    dated = missed_span(back, items(1, 5), n_known=0, now=NOW)
    undated = missed_span(back, items(None), n_known=0, now=NOW)

    assert dated == (last_read, NOW - timedelta(hours=5))
    assert undated == (last_read, NOW)


@pytest.mark.parametrize(
    "polled",
    [source(last_success_at=None), source(recent=()), source(last_success_at=NOW)],
)
def test_nothing_is_missed_of_what_was_never_held(polled: PolledSource) -> None:
    assert missed_span(polled, items(1, 2), n_known=0, now=NOW) is None


def test_items_that_reach_back_to_the_last_poll_leave_no_gap() -> None:
    back = source(last_success_at=NOW - timedelta(hours=3))

    assert missed_span(back, items(1, 4), n_known=0, now=NOW) is None


def test_bounds_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="are more than the most"):
        Pace(interval_s=60, min_interval_s=600, max_interval_s=300)
