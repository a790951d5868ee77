"""What an index stores and is asked, in nobody's classes: both adapters translate from here."""

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from core.errors import IndexFailed
from core.ports.index import DenseSearch, Document, Hit, IndexFilter, Leg, SparseSearch
from services.adapters.index.bm25 import SparseTerms, encode_document, encode_query

WORDS = "words"
MEANING = "meaning"
"""Names of the sparse and the dense vector of a point."""

KEYWORDS = ("lang", "source", "tenant", "audience")
AT = "at_us"
"""What a point carries to be filtered by: four words and a time."""

TIES = 16
"""Extra hits asked for, so that equal scores at the end of a list are cut by id, not chance."""
MAX_LANGS = 1_000

_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A document, encoded; a vector that says nothing is None."""

    id: int
    words: SparseTerms | None
    meaning: list[float] | None
    payload: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Conditions:
    """A filter: each key has one of its values, the time lies in (after_us, until_us].

    Both times are microseconds since 1970, None: no limit.
    """

    one_of: tuple[tuple[str, tuple[str, ...]], ...]
    after_us: float | None
    until_us: float | None
    without_ids: frozenset[int]


def encode(document: Document, *, dimension: int) -> StoredPoint:
    """Encode a document: sparse words, dense vector, filterable payload.

    A text without words gets no sparse vector and a zero row no dense one: the engine would rank
    them beside real neighbours. Such a document is counted and filtered, but no leg returns it.

    Raises:
        IndexFailed: If the vector has another shape than `(dimension,)` or is not finite.
    """
    if document.vector.shape != (dimension,) or not np.isfinite(document.vector).all():
        raise IndexFailed(
            f"document {document.id!r} of kind {document.kind!r} has a vector of shape"
            f" {document.vector.shape!r}; finite numbers of shape {(dimension,)!r} are needed"
        )
    words = encode_document(document.title, document.text, lang=document.lang)
    return StoredPoint(
        id=document.id,
        words=words if words.ids else None,
        meaning=document.vector.tolist() if document.vector.any() else None,
        payload={
            "lang": document.lang,
            "source": document.source,
            "tenant": document.tenant,
            "audience": document.audience,
            AT: epoch_us(document.at),
        },
    )


def to_conditions(where: IndexFilter) -> Conditions:
    """Spell a filter out; an empty set of tenants or audiences lets nothing through."""
    one_of: list[tuple[str, tuple[str, ...]]] = [
        ("tenant", tuple(sorted(where.visibility.tenants)))
    ]
    if where.visibility.audiences is not None:
        one_of.append(("audience", tuple(sorted(where.visibility.audiences))))
    if where.lang is not None:
        one_of.append(("lang", (where.lang,)))
    if where.sources:
        one_of.append(("source", tuple(sorted(where.sources))))
    return Conditions(
        one_of=tuple(one_of),
        after_us=None if where.start is None else float(epoch_us(where.start)),
        until_us=None if where.end is None else float(epoch_us(where.end)),
        without_ids=where.without_ids,
    )


def encode_search(
    search: SparseSearch | DenseSearch, *, langs: Set[str], dimension: int
) -> SparseTerms | list[float] | None:
    """Encode what is searched for; None when it says nothing that could be found.

    Args:
        search: Words or a vector.
        langs: Languages that the index holds, for words of no given language.
        dimension: Length of the stored vectors.

    Raises:
        IndexFailed: If a vector has another shape than `(dimension,)`.
    """
    if search.limit < 1:
        return None
    match search:
        case SparseSearch():
            asked = langs if search.lang is None else frozenset({search.lang})
            words = encode_query(search.text, langs=asked)
            return words if words.ids else None
        case DenseSearch():
            if search.vector.shape != (dimension,):
                raise IndexFailed(
                    f"a search vector has shape {search.vector.shape!r},"
                    f" the index holds {(dimension,)!r}"
                )
            return search.vector.tolist() if search.vector.any() else None


def rank(search: SparseSearch | DenseSearch, scored: Iterable[tuple[int, float]]) -> list[Hit]:
    """Order `(id, score)` pairs, equal scores by id, largest first, and cut at the limit."""
    leg: Leg = "sparse" if isinstance(search, SparseSearch) else "dense"
    best = sorted((-score, -found) for found, score in scored)[: search.limit]
    return [
        Hit(id=-minus_id, leg=leg, rank=place, score=-minus_score)
        for place, (minus_score, minus_id) in enumerate(best, start=1)
    ]


def require_kind(kind: str) -> str:
    """Give a kind back whose name is safe in a path.

    Raises:
        IndexFailed: If it is not.
    """
    if not _KIND.fullmatch(kind):
        raise IndexFailed(f"{kind!r} is no kind of document: use a-z, 0-9 and _")
    return kind


def one_kind(documents: Sequence[Document]) -> str:
    """The kind that all of some documents, at least one, have.

    Raises:
        IndexFailed: If they have several.
    """
    kinds = {document.kind for document in documents}
    if len(kinds) > 1:
        raise IndexFailed(f"one call takes one kind of document, got {sorted(kinds)!r}")
    return kinds.pop()


def epoch_us(at: datetime) -> int:
    """Microseconds since 1970: exact as a float for an engine's ranges until the year 2255."""
    return (at - _EPOCH) // timedelta(microseconds=1)
