"""Words to sparse vectors: BM25 term weights for documents, term counts for queries.

The engine multiplies by `ln((N - n + 0.5) / (n + 0.5) + 1)` (its IDF modifier) and adds up, so a
score is Okapi BM25 (Robertson, Zaragoza 2009, doi:10.1561/1500000019) with a fixed average length.
The constants were chosen together over the five collections that
`tests.performance.bench_retrieval` reads, the same values for all; neighbours differ by less than
0.01 in the mean nDCG@10.
"""

import zlib
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass

from core.text.tokens import is_stop_word, stem_all, words

ENCODING = 1
"""Raise it when anything here changes what is stored: an older index is then refused."""

K1 = 1.6
"""How slowly repetition in a document saturates."""
B = 0.75
"""How much long documents are held back, 0..1."""
AVERAGE_LENGTH = 60.0
"""Content words of a usual document; a constant, since the engine keeps no such statistic."""
TITLE_WEIGHT = 2
"""A title word counts as often as this: mean nDCG@10 .492 at 1, .493 at 2, .493 at 3."""
K3 = 5.0
"""How slowly repetition in a query saturates (Okapi): two occurrences count 1.7."""


@dataclass(frozen=True, slots=True)
class SparseTerms:
    """A sparse vector: distinct 32-bit term ids and their weights, of equal length."""

    ids: tuple[int, ...]
    weights: tuple[float, ...]


def encode_document(title: str, text: str, *, lang: str) -> SparseTerms:
    """Weigh the content words of a document, stemmed in its language."""
    counts = Counter(_content(text, lang))
    for term in _content(title, lang):
        counts[term] += TITLE_WEIGHT
    length = counts.total()
    norm = K1 * (1 - B + B * length / AVERAGE_LENGTH)
    return _terms({term: n * (K1 + 1) / (n + norm) for term, n in counts.items()})


def encode_query(text: str, *, langs: Set[str]) -> SparseTerms:
    """Weigh the words of a query, each stemmed in every one of `langs`.

    Each of a word's stems gets the word's whole weight. In several languages together, words that
    carry no topic in any likely language go; in one, that language decides.
    """
    weights: dict[str, float] = {}
    for word, n in Counter(words(text)).items():
        if len(langs) > 1 and is_stop_word(word):
            continue
        weight = (K3 + 1) * n / (K3 + n)
        kept = (lang for lang in langs if not _is_stop(word, lang))
        for stem in {stem for lang in kept for stem in stem_all([word], lang)}:
            weights[stem] = weights.get(stem, 0.0) + weight
    return _terms(weights)


def term_id(term: str) -> int:
    """A term's place in sparse vectors: CRC-32 of its UTF-8, the same in every process."""
    return zlib.crc32(term.encode("utf-8", "surrogatepass"))


def _content(text: str, lang: str) -> list[str]:
    return stem_all([word for word in words(text) if not _is_stop(word, lang)], lang)


def _is_stop(word: str, lang: str) -> bool:
    return is_stop_word(word, lang) or (word.isascii() and is_stop_word(word, "en"))


def _terms(weights: dict[str, float]) -> SparseTerms:
    by_id: dict[int, float] = {}
    for term, weight in weights.items():
        key = term_id(term)
        by_id[key] = by_id.get(key, 0.0) + weight
    ordered = sorted(by_id.items())
    return SparseTerms(tuple(key for key, _ in ordered), tuple(value for _, value in ordered))
