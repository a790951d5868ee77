"""One representative for each group of near-copies."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

COPY_SIMILARITY = 0.9
"""Cosine from which two documents are copies of each other."""


def group_copies(
    vectors: NDArray[np.float32], *, threshold: float = COPY_SIMILARITY
) -> list[list[int]]:
    """Group rows that are near-copies, directly or through others.

    Args:
        vectors: Shape (n, dim), float32, unit length; a zero row is nobody's copy.
        threshold: Cosine from which two rows are copies, 0 < threshold <= 1.

    Returns:
        Groups of row numbers, ascending, in order of their first row; every row is in exactly one.
    """
    parent = list(range(len(vectors)))
    close = np.argwhere(np.triu(vectors @ vectors.T >= threshold, k=1))
    for left, right in close.tolist():
        first, second = sorted((_root(parent, left), _root(parent, right)))
        parent[second] = first
    groups: dict[int, list[int]] = {}
    for row in range(len(parent)):
        groups.setdefault(_root(parent, row), []).append(row)
    return list(groups.values())


def drop_copies(
    ids: Sequence[int],
    vectors: Mapping[int, NDArray[np.float32]],
    *,
    threshold: float = COPY_SIMILARITY,
) -> list[int]:
    """Keep the first id of each group of near-copies, in the order given.

    Ids without a vector are kept: nothing is known of them.
    """
    known = [found for found in ids if found in vectors]
    if len(known) < 2:
        return list(ids)
    groups = group_copies(np.stack([vectors[found] for found in known]), threshold=threshold)
    dropped = {known[row] for group in groups for row in group[1:]}
    return [found for found in ids if found not in dropped]


def _root(parent: list[int], row: int) -> int:
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row
