"""A few documents that are relevant and unlike each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def select_diverse(
    relevance: Sequence[float], vectors: NDArray[np.float32], *, k: int, balance: float = 0.7
) -> list[int]:
    """Pick rows by maximal marginal relevance.

    Each step takes the row with the largest `balance * relevance - (1 - balance) * s`, where `s`
    is its largest cosine to a row taken before. The maxima are carried along: the cost is O(n k).

    Args:
        relevance: n numbers, scaled here so that the largest is 1; best first breaks ties.
        vectors: Shape (n, dim), float32, unit length; a zero row is unlike everything.
        k: How many rows to take at most.
        balance: 1 looks at relevance alone, 0 at difference alone.

    Returns:
        Row numbers in the order taken; `min(k, n)` of them.

    Raises:
        ValueError: If the lengths differ or `balance` is outside 0..1.

    Source:
        Carbonell, Goldstein, SIGIR 1998, doi:10.1145/290941.291025.
    """
    if len(relevance) != len(vectors):
        raise ValueError(f"{len(relevance)} relevances for {len(vectors)} vectors")
    if not 0 <= balance <= 1:
        raise ValueError(f"balance must be 0..1, got {balance!r}")
    gain = np.asarray(relevance, dtype=np.float64)
    top = gain.max(initial=0.0)
    gain = gain / top if top > 0 else gain
    nearest = np.zeros(len(gain))
    is_free = np.ones(len(gain), dtype=bool)
    taken: list[int] = []
    for _ in range(min(k, len(gain))):
        value = np.where(is_free, balance * gain - (1 - balance) * nearest, -np.inf)
        row = int(value.argmax())
        taken.append(row)
        is_free[row] = False
        nearest = np.maximum(nearest, vectors @ vectors[row])
    return taken
