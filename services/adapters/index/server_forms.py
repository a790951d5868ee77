"""Points, conditions and collections in the classes of Qdrant's REST interface."""

from dataclasses import asdict

from qdrant_client import models

from core.errors import EmbedderChanged
from services.adapters.index.bm25 import SparseTerms
from services.adapters.index.manifest import Manifest
from services.adapters.index.points import AT, KEYWORDS, MEANING, WORDS, Conditions, StoredPoint

_TENANT = "tenant"


def to_point(point: StoredPoint) -> models.PointStruct:
    """Translate a point."""
    vectors: dict[str, models.Vector] = {}
    if point.words is not None:
        vectors[WORDS] = _sparse(point.words)
    if point.meaning is not None:
        vectors[MEANING] = point.meaning
    return models.PointStruct(id=point.id, vector=vectors, payload=point.payload)


def to_filter(conditions: Conditions) -> models.Filter:
    """Translate a filter."""
    must: list[models.Condition] = [
        models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))
        for key, values in conditions.one_of
    ]
    if conditions.after_us is not None or conditions.until_us is not None:
        span = models.Range(gt=conditions.after_us, lte=conditions.until_us)
        must.append(models.FieldCondition(key=AT, range=span))
    without: list[models.Condition] = []
    if conditions.without_ids:
        without.append(models.HasIdCondition(has_id=sorted(conditions.without_ids)))
    return models.Filter(must=must, must_not=without or None)


def to_query(
    asked: SparseTerms | list[float], *, limit: int, condition: models.Filter
) -> models.QueryRequest:
    """Translate one search, its filter inside."""
    is_words = isinstance(asked, SparseTerms)
    return models.QueryRequest(
        query=_sparse(asked) if isinstance(asked, SparseTerms) else asked,
        using=WORDS if is_words else MEANING,
        filter=condition,
        limit=limit,
        with_payload=False,
        with_vector=False,
    )


def to_collection(manifest: Manifest) -> models.CreateCollection:
    """Describe a collection for vectors of `manifest`.

    One shard: the engine counts how rare a word is within a shard, so several would rank apart.
    No graph of neighbours (`m` 0): vectors are compared one by one under the filter, so answers
    are exact and the same as the embedded engine's. Who has millions of articles may switch the
    graph on at the server.
    """
    return models.CreateCollection(
        vectors={
            MEANING: models.VectorParams(size=manifest.dimension, distance=models.Distance.COSINE)
        },
        sparse_vectors={WORDS: models.SparseVectorParams(modifier=models.Modifier.IDF)},
        hnsw_config=models.HnswConfigDiff(m=0),
        shard_number=1,
        metadata=asdict(manifest),
    )


def payload_indexes() -> dict[str, models.PayloadSchemaParams]:
    """What a collection is filtered by."""
    found: dict[str, models.PayloadSchemaParams] = {
        key: models.KeywordIndexParams(
            type=models.KeywordIndexType.KEYWORD, is_tenant=key == _TENANT
        )
        for key in KEYWORDS
    }
    found[AT] = models.IntegerIndexParams(type=models.IntegerIndexType.INTEGER)
    return found


def manifest_of(info: models.CollectionInfo, *, place: str) -> Manifest:
    """Read what made a collection's vectors.

    Raises:
        EmbedderChanged: If the collection does not say.
    """
    stored = info.config.metadata or {}
    try:
        return Manifest(
            embedder=str(stored["embedder"]),
            dimension=int(stored["dimension"]),
            encoding=int(stored["encoding"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EmbedderChanged(
            f"the collection {place!r} does not say what made its vectors: run `newsdesk reindex`"
            " to make it anew, or use a server of your own"
        ) from error


def _sparse(terms: SparseTerms) -> models.SparseVector:
    return models.SparseVector(indices=list(terms.ids), values=list(terms.weights))
