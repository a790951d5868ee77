"""More publisher families than usual: found when planted, not in noise, outages, reposts."""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.trends.bursts import Counts, Rules, Window, stabilised_excess
from core.trends.bursts import measure_surges as measure_rows
from schemas.facts import Surge

FAMILIES = 30


@dataclass(frozen=True)
class Count:
    """One key now: articles, and the families that wrote them."""

    n: int
    x: int


@dataclass(frozen=True)
class Past:
    """A window before: families by key."""

    families: Mapping[str, int]
    active: int
    age_days: float = 0.0


def measure_surges(
    now: Mapping[str, Count],
    earlier: Sequence[Past],
    *,
    active_now: int,
    before: Past | None = None,
    **more: Any,
) -> dict[str, Surge]:
    """Lay counts by key out in rows."""
    past = [*earlier, *([before] if before else [])]
    keys = list(dict.fromkeys([*now, *(key for window in past for key in window.families)]))

    def rows(values: Iterable[int]) -> NDArray[np.int64]:
        return np.fromiter(values, dtype=np.int64)

    def laid_out(window: Past) -> Window:
        families = rows(window.families.get(key, 0) for key in keys)
        return Window(families, window.active, window.age_days)

    none = Count(0, 0)
    return measure_rows(
        Counts(
            names={row: key for row, key in enumerate(keys) if key in now},
            n=rows(now.get(key, none).n for key in keys),
            x=rows(now.get(key, none).x for key in keys),
        ),
        [laid_out(window) for window in earlier],
        active_now=active_now,
        before=laid_out(before) if before else None,
        **more,
    )


def _poisson(rng: random.Random, mu: float) -> int:
    limit, k, product = math.exp(-mu), 0, rng.random()
    while product > limit:
        k += 1
        product *= rng.random()
    return min(k, FAMILIES)


def _stream(
    seed: int, *, keys: int = 300, windows: int = 6
) -> tuple[dict[str, Count], list[Past]]:
    """A week's noise: each key has its own rate, the same now and before."""
    rng = random.Random(seed)
    rates = {f"key{n}": 8.0 / (1 + n) ** 0.6 for n in range(keys)}
    earlier = [
        Past(
            {k: x for k, mu in rates.items() if (x := _poisson(rng, mu))},
            FAMILIES,
            age_days=7.0 * (n + 1),
        )
        for n in range(windows)
    ]
    drawn = {k: _poisson(rng, mu) for k, mu in rates.items()}
    return {k: Count(2 * x, x) for k, x in drawn.items() if x}, earlier


def _history(families: dict[str, int], *, windows: int = 4, active: int = FAMILIES) -> list[Past]:
    return [Past(families, active, age_days=7.0 * (n + 1)) for n in range(windows)]


def test_a_planted_burst_is_found_and_nothing_else():
    now, earlier = _stream(3)
    now["planted"] = Count(30, 14)

    found = measure_surges(now, earlier, active_now=FAMILIES)

    assert [key for key, surge in found.items() if surge.is_burst] == ["planted"]


def test_noise_gives_at_most_five_percent_false_discoveries():
    runs = 100
    with_discovery = 0
    for seed in range(runs):
        now, earlier = _stream(seed, keys=120)
        found = measure_surges(now, earlier, active_now=FAMILIES)
        with_discovery += any(surge.is_burst for surge in found.values())

    # With no true burst the false discovery rate is the share of runs with any.
    assert with_discovery / runs <= 0.05


def test_a_feed_outage_before_makes_no_burst():
    now, earlier = _stream(5)
    broken = [Past({}, 0, age_days=7.0), *earlier[1:]]

    found = measure_surges(now, broken, active_now=FAMILIES)

    assert not any(surge.is_burst for surge in found.values())


def test_a_half_broken_week_counts_by_its_active_families():
    half = [
        Past({"port": 3}, 6, 7.0),
        Past({"port": 3}, 6, 14.0),
        Past({"port": 3}, 6, 21.0),
    ]

    found = measure_surges({"port": Count(20, 15)}, half, active_now=FAMILIES)

    assert found["port"].expected == pytest.approx(15, rel=0.15)
    assert not found["port"].is_burst


def test_one_publisher_reposting_forty_times_makes_no_burst():
    found = measure_surges({"repost": Count(40, 1)}, _history({}), active_now=FAMILIES)

    assert "repost" not in found


def test_a_report_of_every_monday_is_no_burst():
    found = measure_surges(
        {"weekly report": Count(24, 12)}, _history({"weekly report": 12}), active_now=FAMILIES
    )

    assert not found["weekly report"].is_burst
    assert found["weekly report"].z == pytest.approx(0, abs=0.2)


def test_a_single_big_week_in_the_past_makes_the_test_careful():
    steady = _history({"vote": 2}, windows=6)
    jumpy = [Past({"vote": 12}, FAMILIES, 7.0), *_history({"vote": 0}, windows=5)]

    p_steady, p_jumpy = (
        measure_surges({"vote": Count(12, 8)}, earlier, active_now=FAMILIES)["vote"].p
        for earlier in (steady, jumpy)
    )

    assert p_steady < 0.01 < p_jumpy


def test_fewer_than_two_windows_with_news_claim_nothing():
    earlier = [Past({"a": 1}, 5, 7.0), Past({}, 0, 14.0)]

    assert measure_surges({"a": Count(9, 9)}, earlier, active_now=9) == {}
    assert measure_surges({"a": Count(9, 9)}, [], active_now=9) == {}


def test_what_was_never_seen_is_new_from_three_families_on():
    now = {"fresh": Count(4, 4), "small": Count(2, 2), "old": Count(4, 4)}

    found = measure_surges(now, _history({}), active_now=FAMILIES, seen={"old"})

    assert found["fresh"].is_new
    assert found["fresh"].is_burst
    assert "small" not in found
    assert not found["old"].is_new
    assert not found["old"].is_burst


def test_the_gates_are_settings():
    now = {"port": Count(4, 4)}

    default = measure_surges(now, _history({}), active_now=FAMILIES)
    loose = measure_surges(now, _history({}), active_now=FAMILIES, rules=Rules(min_articles=4))

    assert not default["port"].is_burst
    assert loose["port"].is_burst


@pytest.mark.parametrize(
    ("families_before", "state"), [(2, "rising"), (9, "peak"), (20, "fading")]
)
def test_momentum_against_three_hours_earlier_gives_the_state(families_before: int, state: str):
    before = Past({"port": families_before}, FAMILIES)

    found = measure_surges(
        {"port": Count(18, 9)}, _history({"port": 2}), active_now=FAMILIES, before=before
    )

    assert found["port"].state == state


@given(st.integers(1, 200), st.integers(1, 20), st.integers(2, 6))
def test_expected_families_scale_with_the_families_active_now(active: int, x: int, windows: int):
    earlier = _history({"port": x}, windows=windows)
    now = {"port": Count(5, 3)}

    once = measure_surges(now, earlier, active_now=active)["port"].expected
    twice = measure_surges(now, earlier, active_now=2 * active)["port"].expected

    assert twice == pytest.approx(2 * once, abs=1e-3)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 30), max_size=6),
    st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 30)), max_size=5),
)
def test_any_counts_give_valid_surges(now: dict[str, int], earlier: list[dict[str, int]]):
    counts = {key: Count(x, x) for key, x in now.items()}
    windows = [Past(families, FAMILIES, 7.0 * n) for n, families in enumerate(earlier, 1)]

    for surge in measure_surges(counts, windows, active_now=FAMILIES).values():
        assert 0 <= surge.p <= surge.q + 1e-12 <= 1 + 1e-12
        assert surge.expected > 0


def test_the_excess_is_zero_when_all_is_as_expected():
    assert stabilised_excess(7, 7.0) == 0
    assert stabilised_excess(9, 4.0) > 0 > stabilised_excess(1, 4.0)
