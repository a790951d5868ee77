"""The built-in embedder: hashed words, word pairs and character 4-grams under random signs.

It needs no data and knows no meaning: near vectors share words. Projecting a sparse count vector
by random signs keeps cosines up to about `1 / sqrt(dimension)` (Achlioptas 2003,
doi:10.1016/S0022-0000(03)00025-4; feature hashing: Weinberger et al. 2009, arXiv:0902.2206).
"""

import asyncio
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import SettingError
from core.ports.embedder import Embedder

Codes = NDArray[np.uint64]

MAX_CHARS = 4_000
"""Only so many leading characters of a text are looked at."""
_CHUNK = 128
_INLINE = 4
"""So many texts are embedded on the spot: handing them to a thread would cost more."""
_NOT_WORD = re.compile(r"[\W_]+")
_SPACE = np.uint64(32)
_NGRAM = 4
_PLACES = 4
"""Each feature lands in so many places: four small steps instead of a big one halve the noise."""

# A polynomial hash over code points, modulo 2**64: with an odd base every power has an inverse, so
# the hash of any stretch of text is one subtraction and one product of prefix sums.
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)

_WORD_SALT, _PAIR_SALT, _NGRAM_SALT = 0x1B873593, 0x85EBCA6B, 0xC2B2AE35
_PAIR_WEIGHT = 0.7
_NGRAM_WEIGHT = 0.35


class HashingEmbedder(Embedder):
    """`Embedder` without a model: the same text gives the same vector on every machine."""

    is_semantic = False
    is_remote = False

    def __init__(self, dimension: int = 256) -> None:
        """Make an embedder.

        Args:
            dimension: 32..4096; more keeps finer differences.

        Raises:
            SettingError: If `dimension` is outside its range.
        """
        if not 32 <= dimension <= 4_096:
            raise SettingError(f"embedder dimension must be 32..4096, got {dimension!r}")
        self.name = "hashing-1"
        self.dimension = dimension

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give shape (n_texts, dimension), float32, unit rows; a text without words: zeros."""
        if len(texts) <= _INLINE:
            return self._embed_all(texts)
        return await asyncio.to_thread(self._embed_all, texts)

    def _embed_all(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for first in range(0, len(texts), _CHUNK):
            rows[first : first + _CHUNK] = self._embed_chunk(texts[first : first + _CHUNK])
        return rows

    def _embed_chunk(self, texts: Sequence[str]) -> NDArray[np.float32]:
        codes, rows = _lay_out(texts)
        sums = np.zeros(len(texts) * self.dimension)
        for hashes, owners, weight in _features(codes, rows):
            sums += self._project(hashes, owners, weight, size=sums.size)
        vectors = sums.reshape(len(texts), self.dimension)
        lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
        return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)

    def _project(
        self, hashes: Codes, owners: NDArray[np.int64], weight: NDArray[np.float64], *, size: int
    ) -> NDArray[np.float64]:
        total = np.zeros(size)
        if not hashes.size:
            return total
        for place in range(_PLACES):
            lane = (hashes >> np.uint64(16 * place)) & np.uint64(0xFFFF)
            sign = np.where(lane & np.uint64(1), weight, -weight)
            column = ((lane >> np.uint64(1)) % np.uint64(self.dimension)).astype(np.int64)
            total += np.bincount(owners * self.dimension + column, weights=sign, minlength=size)
        return total


def _lay_out(texts: Sequence[str]) -> tuple[Codes, NDArray[np.int64]]:
    """Put all texts in one row of code points, spaces around words; and whose each point is."""
    plain = [_plain(text) for text in texts]
    joined = "".join(plain).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(joined, dtype="<u4").astype(np.uint64)
    owners = np.repeat(np.arange(len(texts)), [len(text) for text in plain])
    return codes, owners


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARS]).casefold().replace("ё", "е")
    return f" {_NOT_WORD.sub(' ', folded).strip()} "


def _features(
    codes: Codes, owners: NDArray[np.int64]
) -> list[tuple[Codes, NDArray[np.int64], NDArray[np.float64]]]:
    """Hashes, owners and weights of words, pairs of words and character 4-grams."""
    powers = np.cumprod(np.full(codes.size, _BASE, dtype=np.uint64))
    inverses = np.cumprod(np.full(codes.size, _INVERSE, dtype=np.uint64))
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(codes * powers)])

    is_space = codes == _SPACE
    starts = np.flatnonzero(~is_space[1:] & is_space[:-1]) + 1
    ends = np.flatnonzero(is_space[1:] & ~is_space[:-1]) + 1
    words = (sums[ends] - sums[starts]) * inverses[starts]
    word_owners = owners[starts]
    # Without counts over a corpus, length stands in for rarity: short words are function words.
    word_weights = np.minimum(ends - starts, 7) / 7.0

    is_pair = word_owners[1:] == word_owners[:-1]
    pairs = (words[:-1] * np.uint64(_BASE) + words[1:])[is_pair]
    pair_weights = (_PAIR_WEIGHT * np.sqrt(word_weights[1:] * word_weights[:-1]))[is_pair]

    n_windows = max(0, codes.size - _NGRAM + 1)
    begin = np.arange(n_windows)
    is_inside = (
        owners[begin] == owners[begin + _NGRAM - 1] if n_windows else np.zeros(0, dtype=bool)
    )
    begin = begin[is_inside]
    grams = (sums[begin + _NGRAM] - sums[begin]) * inverses[begin]
    gram_weights = np.full(begin.size, _NGRAM_WEIGHT)

    return [
        _merged(words, word_owners, word_weights, salt=_WORD_SALT),
        _merged(pairs, word_owners[1:][is_pair], pair_weights, salt=_PAIR_SALT),
        _merged(grams, owners[begin], gram_weights, salt=_NGRAM_SALT),
    ]


def _merged(
    hashes: Codes, owners: NDArray[np.int64], weights: NDArray[np.float64], *, salt: int
) -> tuple[Codes, NDArray[np.int64], NDArray[np.float64]]:
    """Mix hashes well and merge repeats inside a text: n of them weigh the square root of n."""
    mixed = _mix(hashes ^ np.uint64(salt))
    key = mixed ^ _mix(owners.astype(np.uint64) + np.uint64(1))
    _, first, counts = np.unique(key, return_index=True, return_counts=True)
    return mixed[first], owners[first], weights[first] * np.sqrt(counts)


def _mix(values: Codes) -> Codes:
    """Spread 64-bit values (the finaliser of SplitMix64; Steele, Lea, Flood 2014)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
