"""Near-copies of texts: MinHash signatures, an index that finds them, and groups by union-find."""

import hashlib
from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.text.tokens import normalise

N_PERM = 128
SHINGLE_CHARS = 5
NEAR_JACCARD = 0.8
MIN_CHARS = 40
"""Shorter texts are copies only when they are equal: a few shared words would make them alike."""

_BANDS = 21
_ROWS = 6
"""21 bands of 6: a pair at Jaccard 0.8 meets with p = 0.998, one at 0.5 with p = 0.28."""
_BLOCK = 512
_NOTHING = np.uint32(0xFFFFFFFF)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_PRIMES = np.array(
    [
        0x9E3779B97F4A7C15,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0xD6E8FEB86659FD93,
        0xFF51AFD7ED558CCD,
    ],
    dtype=np.uint64,
)
_MULTIPLY, _ADD = (
    np.frombuffer(hashlib.shake_128(seed).digest(8 * N_PERM), dtype="<u8").astype(np.uint64) | one
    for seed, one in ((b"newsdesk-minhash-a", np.uint64(1)), (b"newsdesk-minhash-b", np.uint64(0)))
)

K = TypeVar("K", bound=Hashable)


def signature(text: str, *, n_perm: int = N_PERM) -> NDArray[np.uint32]:
    """Make the MinHash signature of a text over 5-character shingles of its search copy.

    Two signatures agree in each place with the probability of their shingle sets' Jaccard
    similarity. A search copy under 40 characters gets a signature that only an equal one shares;
    an empty one gets a signature that is like nothing, itself included.

    Args:
        text: Any text, as written or normalised.
        n_perm: Places, 1 to 128; the standard error of the estimate is `sqrt(J (1 - J) / n_perm)`.

    Returns:
        Shape (n_perm,), uint32.

    Source:
        Broder 1997, doi:10.1109/SEQUEN.1997.666900; multiply-shift hashing of Dietzfelbinger 1997.
    """
    if not 1 <= n_perm <= N_PERM:
        raise ValueError(f"n_perm must be 1 to {N_PERM}, got {n_perm!r}")
    copy = normalise(text)
    if not copy:
        return np.full(n_perm, _NOTHING, dtype=np.uint32)
    if len(copy) < MIN_CHARS:
        digest = hashlib.shake_128(copy.encode()).digest(4 * n_perm)
        return np.frombuffer(digest, dtype="<u4").astype(np.uint32)
    hashes = _shingle_hashes(copy)
    lowest = np.full(n_perm, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(hashes), _BLOCK):
        block = hashes[start : start + _BLOCK, None] * _MULTIPLY[:n_perm] + _ADD[:n_perm]
        np.minimum(lowest, block.min(axis=0), out=lowest)
    return (lowest >> np.uint64(32)).astype(np.uint32)


def to_bytes(signed: NDArray[np.uint32]) -> bytes:
    """Pack a signature, little-endian, four bytes a place."""
    return signed.astype("<u4").tobytes()


def from_bytes(data: bytes) -> NDArray[np.uint32]:
    """Unpack what `to_bytes` packed.

    Raises:
        ValueError: If the length is no multiple of four.
    """
    if len(data) % 4:
        raise ValueError(f"a signature is a multiple of 4 bytes, got {len(data)}")
    return np.frombuffer(data, dtype="<u4").astype(np.uint32)


def jaccard(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> float:
    """Estimate the Jaccard similarity of two texts from their signatures.

    Raises:
        ValueError: If the signatures differ in length.
    """
    if a.shape != b.shape:
        raise ValueError(f"signatures differ in length: {a.shape} and {b.shape}")
    if not a.size or _is_nothing(a) or _is_nothing(b):
        return 0.0
    return float(np.count_nonzero(a == b) / a.size)


class NearDuplicateIndex(Generic[K]):
    """Finds near-copies among added signatures without comparing with each of them."""

    def __init__(self) -> None:
        self._signatures: dict[K, NDArray[np.uint32]] = {}
        self._serial: dict[K, int] = {}
        self._added = 0
        self._buckets: dict[bytes, list[K]] = {}

    def __len__(self) -> int:
        return len(self._signatures)

    def add(self, key: K, signed: NDArray[np.uint32]) -> None:
        """Add a signature of 128 places; a key that is known is replaced.

        Raises:
            ValueError: If the signature has another length.
        """
        if signed.shape != (N_PERM,):
            raise ValueError(f"the index takes signatures of {N_PERM} places, got {signed.shape}")
        self.discard(key)
        self._signatures[key] = signed
        self._serial[key] = self._added
        self._added += 1
        for band in _bands(signed):
            self._buckets.setdefault(band, []).append(key)

    def query(
        self, signed: NDArray[np.uint32], threshold: float = NEAR_JACCARD
    ) -> list[tuple[K, float]]:
        """Give (key, Jaccard) of added texts at or over the threshold, most similar first.

        Equal similarities keep the order of adding.
        """
        candidates = dict.fromkeys(
            key for band in _bands(signed) for key in self._buckets.get(band, ())
        )
        scored = ((key, jaccard(signed, self._signatures[key])) for key in candidates)
        near = [(key, score) for key, score in scored if score >= threshold]
        return sorted(near, key=lambda item: (-item[1], self._serial[item[0]]))

    def discard(self, key: K) -> None:
        """Forget a key; one that is not there changes nothing."""
        signed = self._signatures.pop(key, None)
        if signed is None:
            return
        del self._serial[key]
        for band in _bands(signed):
            bucket = self._buckets[band]
            bucket.remove(key)
            if not bucket:
                del self._buckets[band]


class UnionFind(Generic[K]):
    """Disjoint groups that grow by joining pairs."""

    def __init__(self, items: Iterable[K] = ()) -> None:
        self._parent: dict[K, K] = {item: item for item in items}
        self._size: dict[K, int] = dict.fromkeys(self._parent, 1)

    def find(self, item: K) -> K:
        """Give the representative of an item's group; an unknown item starts its own group."""
        if item not in self._parent:
            self._parent[item] = item
            self._size[item] = 1
        root = item
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[item] != root:
            self._parent[item], item = root, self._parent[item]
        return root

    def size(self, item: K) -> int:
        """Count the members of an item's group."""
        return self._size[self.find(item)]

    def union(self, a: K, b: K) -> K:
        """Join two groups and give the representative: that of the larger, else of the first."""
        first, second = self.find(a), self.find(b)
        if first == second:
            return first
        if self._size[first] < self._size[second]:
            first, second = second, first
        self._parent[second] = first
        self._size[first] += self._size[second]
        return first

    def groups(self) -> list[list[K]]:
        """Give all groups; members and groups in the order in which items were first seen."""
        found: dict[K, list[K]] = {}
        for item in self._parent:
            found.setdefault(self.find(item), []).append(item)
        return list(found.values())


def group_near_duplicates(
    signatures: Sequence[NDArray[np.uint32]], threshold: float = NEAR_JACCARD
) -> list[list[int]]:
    """Group texts that are near-copies, directly or through others.

    Args:
        signatures: Each of 128 places.
        threshold: Smallest estimated Jaccard similarity of a pair.

    Returns:
        Groups of positions in `signatures`, single texts included, in order of first position; the
        first of a group represents it.
    """
    index: NearDuplicateIndex[int] = NearDuplicateIndex()
    joined: UnionFind[int] = UnionFind(range(len(signatures)))
    for position, signed in enumerate(signatures):
        for other, _ in index.query(signed, threshold):
            joined.union(other, position)
        index.add(position, signed)
    return joined.groups()


def _is_nothing(signed: NDArray[np.uint32]) -> bool:
    return bool((signed == _NOTHING).all())


def _bands(signed: NDArray[np.uint32]) -> list[bytes]:
    if _is_nothing(signed):
        return []
    packed = to_bytes(signed)
    width = 4 * _ROWS
    return [bytes([n]) + packed[n * width : (n + 1) * width] for n in range(_BANDS)]


def _shingle_hashes(copy: str) -> NDArray[np.uint64]:
    codes = np.frombuffer(copy.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    n = len(codes) - SHINGLE_CHARS + 1
    mixed = np.zeros(n, dtype=np.uint64)
    for place, prime in enumerate(_PRIMES):
        mixed += (codes[place : place + n] + np.uint64(1)) * prime
        mixed ^= mixed >> np.uint64(29)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
    unique: NDArray[np.uint64] = np.unique(mixed ^ (mixed >> np.uint64(31)))
    return unique
