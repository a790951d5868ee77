"""Points and conditions in the embedded engine's own classes."""

from qdrant_edge import (
    FieldCondition,
    Filter,
    HasIdCondition,
    MatchAny,
    PayloadSchemaType,
    Point,
    Query,
    RangeFloat,
    SparseVector,
)

from services.adapters.index.bm25 import SparseTerms
from services.adapters.index.points import (
    AT,
    KEYWORDS,
    MEANING,
    WORDS,
    Conditions,
    StoredPoint,
)

PAYLOAD_INDEXES = dict.fromkeys(KEYWORDS, PayloadSchemaType.Keyword) | {
    AT: PayloadSchemaType.Integer
}


def to_point(point: StoredPoint) -> Point:
    """Translate a point."""
    vectors: dict[str, list[float] | SparseVector | list[list[float]]] = {}
    if point.words is not None:
        vectors[WORDS] = _sparse(point.words)
    if point.meaning is not None:
        vectors[MEANING] = point.meaning
    return Point(point.id, vectors, point.payload)


def to_filter(conditions: Conditions) -> Filter:
    """Translate a filter."""
    must = [FieldCondition(key, match=MatchAny(list(values))) for key, values in conditions.one_of]
    if conditions.after_us is not None or conditions.until_us is not None:
        span = RangeFloat(gt=conditions.after_us, lte=conditions.until_us)
        must.append(FieldCondition(AT, range=span))
    without = [HasIdCondition(set(conditions.without_ids))] if conditions.without_ids else None
    return Filter(must=list(must), must_not=list(without) if without else None)


def to_query(asked: SparseTerms | list[float]) -> Query:
    """Translate what is searched for."""
    if isinstance(asked, SparseTerms):
        return Query.Nearest(_sparse(asked), WORDS)
    return Query.Nearest(asked, MEANING)


def _sparse(terms: SparseTerms) -> SparseVector:
    return SparseVector(list(terms.ids), list(terms.weights))
