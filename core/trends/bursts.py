"""What is covered by more publisher families than usual, tested against the same hours before."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.trends.baseline import MIN_WINDOWS
from core.trends.tails import adjust_for_discoveries, negative_binomial_tail
from schemas.facts import Surge, TrendState

HALF_LIFE_DAYS = 14.0
BEFORE_HOURS = 3
"""`before` is the window of the same length that ended so many hours earlier."""
_PSEUDO_FAMILIES = 0.5
"""Added to each key's history: never seen in a few windows does not mean impossible."""
_BANDS = (0.5, 2.0, 8.0)
"""Borders of expected families between which the dispersion is pooled."""
_MAX_DISPERSION = 5.0
_STEADY = 0.3
"""A smaller change of z is no change: one family more of eight moves z by 0.34."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The asked window, a row for each key of it or of any other window.

    `n` articles and `x` distinct publisher families, shape (n_keys,) each; `names` names the rows
    that may be a burst.
    """

    names: Mapping[int, str]
    n: NDArray[np.int64]
    x: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """One window to compare with: distinct families of each key, and families active at all.

    `families` shape (n_keys,), the rows as in `Counts`. `age_days` is how long before the asked
    window it lies. A window in which nobody was active is missing (feeds were down), not a window
    of zeros.
    """

    families: NDArray[np.int64]
    active: int
    age_days: float = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What is called a burst: gates on articles and families, and the discovery rate `q`."""

    min_articles: int = 5
    min_families: int = 3
    max_q: float = 0.05


@dataclass(frozen=True, slots=True)
class _History:
    """The usable windows as a matrix: `held` shape (n_keys, n_windows), families of each key.

    `weights` and `active` have shape (n_windows,).
    """

    held: NDArray[np.float64]
    weights: NDArray[np.float64]
    active: NDArray[np.float64]

    def shares(self) -> NDArray[np.float64]:
        """Weighted share of active families that held each key, shape (n_keys,)."""
        return (_PSEUDO_FAMILIES + self.held @ self.weights) / (self.weights @ self.active + 1.0)

    def shares_without(self) -> NDArray[np.float64]:
        """The same, leaving out each window in turn, shape (n_keys, n_windows)."""
        held = _PSEUDO_FAMILIES + (self.held @ self.weights)[:, None] - self.held * self.weights
        active = self.weights @ self.active + 1.0 - self.weights * self.active
        return held / active


def measure_surges(
    now: Counts,
    earlier: Sequence[Window],
    *,
    active_now: int,
    before: Window | None = None,
    seen: Collection[str] | None = None,
    rules: Rules | None = None,
) -> dict[str, Surge]:
    """Test every key of the asked window for more publisher families than expected.

    Expected families are the key's share of active families in the earlier windows, weighted by
    age (half-life 14 days), times those active now. The dispersion around that expectation comes
    from the earlier windows themselves, each predicted from the others, pooled over keys of
    similar size.

    Args:
        now: Counts of the asked window. Give every key that occurs, not just the large ones:
            choosing keys by their count before testing makes false discoveries. Name those of at
            least `min_families` families.
        earlier: Windows of the same length and hours of the week, with every key that they held:
            leaving out what does not occur now makes false discoveries too.
        active_now: Distinct families active in the asked window.
        before: The window that ended three hours earlier; None: momentum is zero.
        seen: Keys seen in the 14 days before the window; None when that is not known.
        rules: The gates; None: the defaults.

    Returns:
        One `Surge` per named key with enough families for a burst; empty when fewer than two
        earlier windows had news, since there is nothing to compare with. q-values count every key
        of `now` and of the earlier windows as a test, though only those that could be a burst are
        computed.

    Source:
        Anscombe 1948 for z; Benjamini and Hochberg 1995 for q.
    """
    history = _usable(earlier)
    if len(history.weights) < MIN_WINDOWS or active_now <= 0:
        return {}
    rules = rules or Rules()
    is_tested = (now.x > 0) | history.held.any(axis=1)
    dispersion = _pooled_dispersion(history, is_tested)
    shares = history.shares()
    rows = [row for row in now.names if now.x[row] >= rules.min_families]
    observed, expected = now.x[rows].tolist(), (shares[rows] * active_now).tolist()
    p_values = [
        negative_binomial_tail(x, mu, dispersion[_band(mu)])
        for x, mu in zip(observed, expected, strict=True)
    ]
    q_values = adjust_for_discoveries(p_values, n_tests=max(1, int(is_tested.sum())))
    found: dict[str, Surge] = {}
    for row, x, mu, p, q in zip(rows, observed, expected, p_values, q_values, strict=True):
        key = now.names[row]
        z = stabilised_excess(x, mu)
        z_before = z
        if before is not None and before.active > 0:
            usual = float(shares[row]) * before.active
            z_before = stabilised_excess(int(before.families[row]), usual)
        is_new = seen is not None and key not in seen and not history.held[row].any()
        found[key] = Surge(
            observed=x,
            expected=round(mu, 4),
            z=round(z, 4),
            z_before=round(z_before, 4),
            p=p,
            q=q,
            state=_state(z, z_before),
            is_new=is_new,
            is_burst=q <= rules.max_q
            and z > 0
            and (int(now.n[row]) >= rules.min_articles or is_new),
        )
    return found


def stabilised_excess(x: float, mu: float) -> float:
    """Give z = 2 (sqrt(x + 3/8) - sqrt(mu + 3/8)): about normal for counts of any size."""
    return 2.0 * (math.sqrt(x + 0.375) - math.sqrt(mu + 0.375))


def _usable(earlier: Sequence[Window]) -> _History:
    windows = [window for window in earlier if window.active > 0]
    return _History(
        np.array([window.families for window in windows], dtype=np.float64).T,
        np.array([0.5 ** (window.age_days / HALF_LIFE_DAYS) for window in windows]),
        np.array([float(window.active) for window in windows]),
    )


def _pooled_dispersion(history: _History, is_tested: NDArray[np.bool_]) -> list[float]:
    """Give the dispersion of each band, by moments: each window is predicted from the others."""
    mu = (history.shares_without() * history.active)[is_tested]
    excess, squares = (history.held[is_tested] - mu) ** 2 - mu, mu * mu
    bands = np.searchsorted(_BANDS, mu, side="right")
    pooled = []
    for band in range(len(_BANDS) + 1):
        inside = bands == band
        total = float(squares[inside].sum())
        found = float(excess[inside].sum()) / total if total else 0.0
        pooled.append(min(_MAX_DISPERSION, max(0.0, found)))
    return pooled


def _band(mu: float) -> int:
    return sum(mu >= border for border in _BANDS)


def _state(z: float, z_before: float) -> TrendState:
    momentum = z - z_before
    if momentum > _STEADY:
        return "rising"
    return "fading" if momentum < -_STEADY else "peak"
