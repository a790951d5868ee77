"""One list out of several rankings."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

Id = TypeVar("Id", bound=Hashable)


def fuse_by_rank(rankings: Sequence[Sequence[Id]], *, k: int = 60) -> list[tuple[Id, float]]:
    """Merge ranked id lists by reciprocal rank fusion.

    A document scores the sum over lists of `1 / (k + rank)`, ranks starting at 1. Only ranks
    count, so lists whose scores are not comparable (BM25, cosine) mix safely.

    Args:
        rankings: One list of ids per search, best first; lengths may differ, lists may be empty,
            an id appears at most once per list.
        k: Damping, at least 1. Larger values flatten the gap between top ranks.

    Returns:
        `(id, score)` pairs, best first; ties keep order of first appearance. Scores lie in
        `(0, len(rankings) / (k + 1)]` and mean nothing across calls.

    Raises:
        ValueError: If `k` is below 1.

    Source:
        Cormack, Clarke, Büttcher, SIGIR 2009, doi:10.1145/1571941.1572114 (k = 60).
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k!r}")
    scores: dict[Id, float] = {}
    for ranking in rankings:
        for rank, found in enumerate(ranking, start=1):
            scores[found] = scores.get(found, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])


def append_ranking(first: Sequence[Id], second: Sequence[Id], *, k: int) -> list[tuple[Id, float]]:
    """Put what only `second` found behind everything that `first` found.

    For a second search that is weaker than the first: it may fill gaps and never reorders.

    Returns:
        `(id, score)` pairs, best first, scored `1 / (k + rank)` by their place in the joined list.
    """
    return fuse_by_rank([list(dict.fromkeys([*first, *second]))], k=k)
