"""Upper tails of counting distributions and the control of false discoveries."""

import math
from collections.abc import Callable, Sequence

_SMALLEST_STEP = 1e-17
_MAX_STEPS = 100_000


def poisson_tail(x: int, mu: float) -> float:
    """Give P(X >= x) for a Poisson count with mean `mu`."""
    if x <= 0:
        return 1.0
    if mu <= 0.0:
        return 0.0
    return _tail(x, mu, lambda k: k * math.log(mu) - mu - math.lgamma(k + 1), lambda k: mu / k)


def negative_binomial_tail(x: int, mu: float, dispersion: float) -> float:
    """Give P(X >= x) for a count with mean `mu` and variance `mu + dispersion * mu^2`.

    A dispersion of zero or less (variance at most the mean) is a Poisson count.
    """
    if dispersion <= 1e-9:
        return poisson_tail(x, mu)
    if x <= 0:
        return 1.0
    if mu <= 0.0:
        return 0.0
    r = 1.0 / dispersion
    success = mu / (r + mu)

    def log_pmf(k: int) -> float:
        ways = math.lgamma(k + r) - math.lgamma(r) - math.lgamma(k + 1)
        return ways + r * math.log1p(-success) + k * math.log(success)

    return _tail(x, mu, log_pmf, lambda k: success * (k - 1 + r) / k)


def adjust_for_discoveries(
    p_values: Sequence[float], *, n_tests: int | None = None
) -> list[float]:
    """Turn p-values into q-values: the false discovery rate at which each would be found.

    Args:
        p_values: Each 0..1, any order.
        n_tests: How many tests were made, when those with p = 1 are not listed; at least the
            number of p-values.

    Returns:
        q-values in the same order, each at least its p-value and at most 1, monotone in p.

    Source:
        Benjamini and Hochberg, JRSS B 57 (1995), step-up procedure.
    """
    m = max(n_tests or 0, len(p_values))
    order = sorted(range(len(p_values)), key=lambda i: -p_values[i])
    adjusted = [1.0] * len(p_values)
    lowest = 1.0
    for position, i in enumerate(order):
        rank = len(p_values) - position
        lowest = min(lowest, p_values[i] * m / rank)
        adjusted[i] = lowest
    return adjusted


def _tail(
    x: int, mu: float, log_pmf: Callable[[int], float], ratio: Callable[[int], float]
) -> float:
    if x <= mu:
        below = math.fsum(math.exp(log_pmf(k)) for k in range(x))
        return min(1.0, max(0.0, 1.0 - below))
    term = total = math.exp(log_pmf(x))
    for k in range(x + 1, x + _MAX_STEPS):
        term *= ratio(k)
        total += term
        if term <= _SMALLEST_STEP * total:
            break
    return min(1.0, total)
