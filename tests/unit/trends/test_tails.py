"""Tails of counts and false discovery rates, against known values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.trends.tails import adjust_for_discoveries, negative_binomial_tail, poisson_tail


@pytest.mark.parametrize(
    ("x", "mu", "tail"),
    [
        (0, 2.0, 1.0),
        (1, 2.0, 1 - math.exp(-2)),
        (3, 0.2, 1 - math.exp(-0.2) * (1 + 0.2 + 0.02)),
        (10, 3.0, 0.0011024881),  # published Poisson table, 1 - F(9; 3)
        (1, 0.0, 0.0),
    ],
)
def test_poisson_tails_equal_known_values(x: int, mu: float, tail: float):
    assert poisson_tail(x, mu) == pytest.approx(tail, rel=1e-6)


@pytest.mark.parametrize(
    ("x", "mu", "dispersion", "tail"),
    [
        (1, 1.0, 1.0, 0.5),  # geometric with p = 1/2
        (4, 1.0, 1.0, 0.0625),
        (2, 3.0, 1.0, 0.5625),  # geometric with p = 1/4: (3/4)^2
        (1, 2.0, 0.5, 0.75),  # r = 2, p = 1/2: 1 - 1/4
        (2, 2.0, 0.5, 0.5),
    ],
)
def test_negative_binomial_tails_equal_known_values(
    x: int, mu: float, dispersion: float, tail: float
):
    assert negative_binomial_tail(x, mu, dispersion) == pytest.approx(tail, rel=1e-9)


@given(st.floats(0.01, 80), st.integers(0, 120))
def test_without_dispersion_the_count_is_poisson(mu: float, x: int):
    assert negative_binomial_tail(x, mu, 0.0) == poisson_tail(x, mu)


@given(st.floats(0.01, 80), st.floats(0, 5), st.integers(0, 150))
def test_a_tail_is_a_probability_and_falls_with_the_count(mu: float, dispersion: float, x: int):
    here, further = (negative_binomial_tail(k, mu, dispersion) for k in (x, x + 1))

    assert 0.0 <= further <= here + 1e-12 <= 1.0 + 1e-12


def test_benjamini_hochberg_equals_the_textbook_example():
    found = adjust_for_discoveries([0.01, 0.02, 0.03, 0.04, 0.05])

    assert found == pytest.approx([0.05] * 5)


def test_tests_that_are_not_listed_raise_every_q():
    assert adjust_for_discoveries([0.01], n_tests=4) == pytest.approx([0.04])


@given(st.lists(st.floats(0, 1), max_size=40), st.integers(0, 80))
def test_q_values_are_monotone_in_p_and_never_smaller(p_values: list[float], n_tests: int):
    q_values = adjust_for_discoveries(p_values, n_tests=n_tests)

    assert all(p <= q + 1e-12 and q <= 1 for p, q in zip(p_values, q_values, strict=True))
    ordered = [q for _, q in sorted(zip(p_values, q_values, strict=True))]
    assert ordered == sorted(ordered)
