"""What is covered by more publisher families than usual, tested against the same hours before."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
class Count:
    """One key in the asked window: `n` articles by `x` distinct publisher families."""

    n: int
    x: int


@dataclass(frozen=True, slots=True)
class Window:
    """One window to compare with: distinct families per key, and families active in it at all.

    `age_days` is how long before the asked window it lies. A window in which nobody was active
    is missing (feeds were down), not a window of zeros.
    """

    families: Mapping[str, int]
    active: int
    age_days: float = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What is called a burst: gates on articles `n` and families `x`, and the discovery rate `q`."""

    min_articles: int = 5
    min_families: int = 3
    max_q: float = 0.05


@dataclass(frozen=True, slots=True)
class _History:
    """The usable windows with their weights and, per key, families by window."""

    windows: tuple[Window, ...]
    weights: tuple[float, ...]
    active: float
    families: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def share(self, key: str, without: int | None = None) -> float:
        """Weighted share of active families that held a key, optionally leaving one window out."""
        held, active = _PSEUDO_FAMILIES, self.active + 1.0
        for n, x in enumerate(self.families.get(key, ())):
            if n != without:
                held += self.weights[n] * x
        if without is not None:
            active -= self.weights[without] * self.windows[without].active
        return held / active


def measure_surges(
    now: Mapping[str, Count],
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
            choosing keys by their count before testing makes false discoveries.
        earlier: Windows of the same length and hours of the week.
        active_now: Distinct families active in the asked window.
        before: The window that ended three hours earlier; None: momentum is zero.
        seen: Keys seen in the 14 days before the window; None when that is not known.
        rules: The gates; None: the defaults.

    Returns:
        One `Surge` per key of `now`; empty when fewer than two earlier windows had news, since
        there is nothing to compare with. q-values are over all keys of `now` and of the earlier
        windows.

    Source:
        Anscombe 1948 for z; Benjamini and Hochberg 1995 for q.
    """
    history = _usable(earlier, now)
    if len(history.windows) < MIN_WINDOWS or active_now <= 0:
        return {}
    rules = rules or Rules()
    dispersion = _pooled_dispersion(history)
    expected = {key: history.share(key) * active_now for key in now}
    p_values = {
        key: negative_binomial_tail(count.x, expected[key], dispersion[_band(expected[key])])
        for key, count in now.items()
    }
    n_tests = len(set(now).union(*(window.families for window in history.windows)))
    q_values = dict(
        zip(now, adjust_for_discoveries(list(p_values.values()), n_tests=n_tests), strict=True)
    )
    found: dict[str, Surge] = {}
    for key, count in now.items():
        z = stabilised_excess(count.x, expected[key])
        z_before = _z_before(key, history, before, z)
        is_unseen = seen is not None and key not in seen and not any(history.families[key])
        is_new = is_unseen and count.x >= rules.min_families
        is_large = count.n >= rules.min_articles and count.x >= rules.min_families
        found[key] = Surge(
            observed=count.x,
            expected=round(expected[key], 4),
            z=round(z, 4),
            z_before=round(z_before, 4),
            p=p_values[key],
            q=q_values[key],
            state=_state(z, z_before),
            is_new=is_new,
            is_burst=q_values[key] <= rules.max_q and z > 0 and (is_large or is_new),
        )
    return found


def stabilised_excess(x: float, mu: float) -> float:
    """Give z = 2 (sqrt(x + 3/8) - sqrt(mu + 3/8)): about normal for counts of any size."""
    return 2.0 * (math.sqrt(x + 0.375) - math.sqrt(mu + 0.375))


def _usable(earlier: Sequence[Window], keys: Iterable[str]) -> _History:
    windows = tuple(window for window in earlier if window.active > 0)
    weights = tuple(0.5 ** (window.age_days / HALF_LIFE_DAYS) for window in windows)
    every = dict.fromkeys([*keys, *(key for window in windows for key in window.families)])
    return _History(
        windows,
        weights,
        sum(w * window.active for w, window in zip(weights, windows, strict=True)),
        {key: tuple(window.families.get(key, 0) for window in windows) for key in every},
    )


def _pooled_dispersion(history: _History) -> list[float]:
    excess: dict[int, float] = defaultdict(float)
    squares: dict[int, float] = defaultdict(float)
    for key, counts in history.families.items():
        for n, x in enumerate(counts):
            mu = history.share(key, without=n) * history.windows[n].active
            band = _band(mu)
            excess[band] += (x - mu) ** 2 - mu
            squares[band] += mu * mu
    return [
        min(_MAX_DISPERSION, max(0.0, excess[band] / squares[band])) if squares[band] else 0.0
        for band in range(len(_BANDS) + 1)
    ]


def _band(mu: float) -> int:
    return sum(mu >= border for border in _BANDS)


def _z_before(key: str, history: _History, before: Window | None, z: float) -> float:
    if before is None or before.active <= 0:
        return z
    mu = history.share(key) * before.active
    return stabilised_excess(before.families.get(key, 0), mu)


def _state(z: float, z_before: float) -> TrendState:
    momentum = z - z_before
    if momentum > _STEADY:
        return "rising"
    return "fading" if momentum < -_STEADY else "peak"
