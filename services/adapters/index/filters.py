"""An `IndexFilter` and a `Document` in the engine's own classes."""

from datetime import UTC, datetime, timedelta

import numpy as np
from qdrant_edge import (
    FieldCondition,
    Filter,
    HasIdCondition,
    MatchAny,
    MatchValue,
    PayloadSchemaType,
    Point,
    RangeFloat,
    SparseVector,
)

from core.errors import IndexFailed
from core.ports.index import Document, IndexFilter
from services.adapters.index.bm25 import encode_document

WORDS = "words"
MEANING = "meaning"
"""Names of the sparse and the dense vector of a point."""

PAYLOAD_INDEXES = {
    "lang": PayloadSchemaType.Keyword,
    "source": PayloadSchemaType.Keyword,
    "tenant": PayloadSchemaType.Keyword,
    "audience": PayloadSchemaType.Keyword,
    "at_us": PayloadSchemaType.Integer,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_point(document: Document, *, dimension: int) -> Point:
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
    vectors: dict[str, list[float] | SparseVector | list[list[float]]] = {}
    words = encode_document(document.title, document.text, lang=document.lang)
    if words.ids:
        vectors[WORDS] = SparseVector(list(words.ids), list(words.weights))
    if document.vector.any():
        vectors[MEANING] = document.vector.tolist()
    payload: dict[str, str | int] = {
        "lang": document.lang,
        "source": document.source,
        "tenant": document.tenant,
        "audience": document.audience,
        "at_us": epoch_us(document.at),
    }
    return Point(document.id, vectors, payload)


def to_filter(where: IndexFilter) -> Filter:
    """Translate a filter; an empty set of tenants or audiences lets nothing through."""
    must: list[FieldCondition] = [_one_of("tenant", where.visibility.tenants)]
    if where.visibility.audiences is not None:
        must.append(_one_of("audience", where.visibility.audiences))
    if where.start is not None or where.end is not None:
        after = None if where.start is None else float(epoch_us(where.start))
        until = None if where.end is None else float(epoch_us(where.end))
        must.append(FieldCondition("at_us", range=RangeFloat(gt=after, lte=until)))
    if where.lang is not None:
        must.append(FieldCondition("lang", match=MatchValue(where.lang)))
    if where.sources:
        must.append(_one_of("source", where.sources))
    must_not = [HasIdCondition(set(where.without_ids))] if where.without_ids else None
    return Filter(must=list(must), must_not=list(must_not) if must_not else None)


def epoch_us(at: datetime) -> int:
    """Microseconds since 1970: exact as a float for the engine's ranges until the year 2255."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def _one_of(key: str, values: frozenset[str]) -> FieldCondition:
    return FieldCondition(key, match=MatchAny(sorted(values)))
