"""Collections of a Qdrant server, kept by the embedded engine; requests and answers are REST's."""

import json
import re
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import qdrant_edge as edge
from pydantic import TypeAdapter
from qdrant_client import models

T = TypeVar("T")
_NAME = re.compile(r"[^<>:\"/\\|?*\x00-\x1f]{1,255}")
_DISTANCES = {
    distance.value: getattr(edge.Distance, distance.value) for distance in models.Distance
}
_SCHEMA: TypeAdapter[Any] = TypeAdapter(models.PayloadFieldSchema)


class Refusal(Exception):
    """What the server refuses, with its status and words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def not_spoken(what: str) -> Refusal:
    """Part of Qdrant's interface that nothing here has needed yet."""
    return Refusal(501, f"this peer does not speak {what}")


class Collection:
    """One collection: a folder with the engine's shard and the request that made it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        stored = json.loads((folder / "made_by.json").read_text(encoding="utf-8"))
        self.made_by = models.CreateCollection.model_validate(stored)
        self._shard = edge.EdgeShard.load(str(folder / "shard"))
        self._turn = threading.Lock()
        self._n_operations = 0

    @classmethod
    def make(cls, folder: Path, wanted: models.CreateCollection) -> "Collection":
        config = edge.EdgeConfig(
            vectors={name: _dense(params) for name, params in _named(wanted).items()},
            sparse_vectors={
                name: _sparse(params) for name, params in (wanted.sparse_vectors or {}).items()
            },
        )
        (folder / "shard").mkdir(parents=True)
        edge.EdgeShard.create(str(folder / "shard"), config).close()
        body = wanted.model_dump_json(exclude_none=True)
        (folder / "made_by.json").write_text(body, encoding="utf-8")
        return cls(folder)

    def close(self) -> None:
        with self._turn:
            self._shard.flush()
            self._shard.close()

    def info(self) -> models.CollectionInfo:
        hnsw = self.made_by.hnsw_config or models.HnswConfigDiff()
        with self._turn:
            shard = self._shard.info()
        return models.CollectionInfo(
            status=models.CollectionStatus.GREEN,
            optimizer_status=models.OptimizersStatusOneOf.OK,
            indexed_vectors_count=shard.indexed_vectors_count,
            points_count=shard.points_count,
            segments_count=shard.segments_count,
            config=models.CollectionConfig(
                params=models.CollectionParams(
                    vectors=self.made_by.vectors,
                    sparse_vectors=self.made_by.sparse_vectors,
                    shard_number=self.made_by.shard_number or 1,
                ),
                hnsw_config=models.HnswConfig(
                    m=16 if hnsw.m is None else hnsw.m,
                    ef_construct=hnsw.ef_construct or 100,
                    full_scan_threshold=hnsw.full_scan_threshold or 10_000,
                ),
                optimizer_config=models.OptimizersConfig(
                    default_segment_number=0, flush_interval_sec=5
                ),
                metadata=self.made_by.metadata,
            ),
            payload_schema={
                key: models.PayloadIndexInfo(
                    data_type=models.PayloadSchemaType(
                        str(index.data_type).split(".")[-1].lower()
                    ),
                    points=index.points,
                )
                for key, index in shard.payload_schema.items()
            },
        )

    def create_index(self, wanted: models.CreateFieldIndex) -> None:
        schema = wanted.field_schema
        match schema:
            case models.KeywordIndexParams():
                params: Any = edge.KeywordIndexParams(is_tenant=schema.is_tenant)
            case models.IntegerIndexParams():
                params = edge.IntegerIndexParams(lookup=schema.lookup, range=schema.range)
            case models.PayloadSchemaType():
                params = getattr(edge.PayloadSchemaType, schema.value.capitalize())
            case _:
                raise not_spoken(f"payload schema {schema!r}")
        self._update(edge.UpdateOperation.create_field_index(wanted.field_name, params))

    def upsert(self, points: Sequence[models.PointStruct]) -> None:
        stored = [edge.Point(_id(one.id), self._vectors(one), one.payload) for one in points]
        self._update(edge.UpdateOperation.upsert_points(stored))

    def delete(self, selector: models.PointIdsList | models.FilterSelector) -> None:
        match selector:
            case models.PointIdsList():
                gone = edge.UpdateOperation.delete_points([_id(one) for one in selector.points])
            case models.FilterSelector():
                gone = edge.UpdateOperation.delete_points_by_filter(to_filter(selector.filter))
        self._update(gone)

    def retrieve(self, asked: models.PointRequest) -> list[dict[str, Any]]:
        payload = _payload(asked.with_payload, default=True)
        ids = [_id(one) for one in asked.ids]
        with self._turn:
            records = self._engine(
                lambda: self._shard.retrieve(ids, payload, asked.with_vector or False)
            )
        return [_record(one) for one in records]

    def scroll(self, asked: models.ScrollRequest) -> dict[str, Any]:
        if asked.order_by is not None:
            raise not_spoken("order_by")
        request = edge.ScrollRequest(
            offset=None if asked.offset is None else _id(asked.offset),
            limit=asked.limit or 10,
            filter=None if asked.filter is None else to_filter(asked.filter),
            with_payload=_payload(asked.with_payload, default=True),
            with_vector=asked.with_vector or False,
        )
        with self._turn:
            records, following = self._engine(lambda: self._shard.scroll(request))
        return {"points": [_record(one) for one in records], "next_page_offset": following}

    def count(self, asked: models.CountRequest) -> int:
        condition = None if asked.filter is None else to_filter(asked.filter)
        is_exact = asked.exact is not False
        with self._turn:
            return self._engine(
                lambda: self._shard.count(edge.CountRequest(exact=is_exact, filter=condition))
            )

    def facet(self, asked: models.FacetRequest) -> list[dict[str, Any]]:
        condition = None if asked.filter is None else to_filter(asked.filter)
        request = edge.FacetRequest(
            asked.key, limit=asked.limit or 10, exact=bool(asked.exact), filter=condition
        )
        with self._turn:
            hits = self._engine(lambda: self._shard.facet(request).hits)
        return [{"value": hit.value, "count": hit.count} for hit in hits]

    def query(self, asked: Sequence[models.QueryRequest]) -> list[list[dict[str, Any]]]:
        requests = [_query(one) for one in asked]
        with self._turn:
            found = self._engine(lambda: self._shard.query_batch(edge.QueryBatchRequest(requests)))
        return [[_scored(point) for point in points] for points in found]

    def _vectors(self, point: models.PointStruct) -> Any:
        if not isinstance(point.vector, dict):
            raise Refusal(400, "Wrong input: Not existing vector name error: ")
        return {name: _vector(value) for name, value in point.vector.items()}

    def _update(self, operation: edge.UpdateOperation) -> None:
        with self._turn:
            self._engine(lambda: self._shard.update(operation))
            self._n_operations += 1

    @staticmethod
    def _engine(call: Callable[[], T]) -> T:
        try:
            return call()
        except Exception as error:
            raise Refusal(400, f"Wrong input: {error}") from error


class Collections:
    """Every collection of a server, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._open = {path.name: Collection(path) for path in sorted(folder.iterdir())}

    def names(self) -> list[str]:
        with self._turn:
            return sorted(self._open)

    def get(self, name: str) -> Collection:
        with self._turn:
            if name not in self._open:
                raise Refusal(404, f"Not found: Collection `{name}` doesn't exist!")
            return self._open[name]

    def make(self, name: str, wanted: models.CreateCollection) -> None:
        if not _NAME.fullmatch(name):
            raise Refusal(422, f"Validation error in path: [name: invalid {name!r}]")
        with self._turn:
            if name in self._open:
                raise Refusal(409, f"Wrong input: Collection `{name}` already exists!")
            self._open[name] = Collection.make(self._folder / name, wanted)

    def remove(self, name: str) -> bool:
        with self._turn:
            if name not in self._open:
                return False
            self._open.pop(name).close()
            shutil.rmtree(self._folder / name)
            return True

    def close(self) -> None:
        with self._turn:
            while self._open:
                self._open.popitem()[1].close()


def to_filter(asked: models.Filter) -> edge.Filter:
    if asked.min_should is not None:
        raise not_spoken("min_should")
    return edge.Filter(
        must=_conditions(asked.must),
        should=_conditions(asked.should),
        must_not=_conditions(asked.must_not),
    )


def _conditions(asked: Any) -> Any:
    if asked is None:
        return None
    return [_condition(one) for one in (asked if isinstance(asked, list) else [asked])]


def _condition(asked: Any) -> Any:
    match asked:
        case models.Filter():
            return to_filter(asked)
        case models.HasIdCondition():
            return edge.HasIdCondition({_id(one) for one in asked.has_id})
        case models.FieldCondition(match=models.MatchAny() as wanted):
            return edge.FieldCondition(asked.key, match=edge.MatchAny(wanted.any))
        case models.FieldCondition(match=models.MatchValue() as wanted):
            return edge.FieldCondition(asked.key, match=edge.MatchValue(wanted.value))
        case models.FieldCondition(range=models.Range() as span):
            borders = edge.RangeFloat(gte=span.gte, gt=span.gt, lte=span.lte, lt=span.lt)
            return edge.FieldCondition(asked.key, range=borders)
        case _:
            raise not_spoken(f"condition {asked!r}")


def _query(asked: models.QueryRequest) -> edge.QueryRequest:
    spoken = {"query", "using", "filter", "limit", "offset", "score_threshold", "params"}
    spoken |= {"with_payload", "with_vector"}
    if more := asked.model_fields_set - spoken:
        raise not_spoken(f"{sorted(more)} in a query")
    nearest = asked.query.nearest if isinstance(asked.query, models.NearestQuery) else asked.query
    if not isinstance(nearest, list | models.SparseVector):
        raise not_spoken(f"query {asked.query!r}")
    params = asked.params or models.SearchParams()
    if params.model_fields_set - {"hnsw_ef", "exact"}:
        raise not_spoken(f"search params {params!r}")
    return edge.QueryRequest(
        limit=10 if asked.limit is None else asked.limit,
        offset=asked.offset or 0,
        query=edge.Query.Nearest(_vector(nearest), asked.using or ""),
        filter=None if asked.filter is None else to_filter(asked.filter),
        score_threshold=asked.score_threshold,
        with_payload=_payload(asked.with_payload, default=False),
        with_vector=asked.with_vector or False,
        params=edge.SearchParams(hnsw_ef=params.hnsw_ef, exact=bool(params.exact)),
    )


def _vector(asked: Any) -> Any:
    if isinstance(asked, models.SparseVector):
        if len(asked.indices) != len(asked.values):
            raise Refusal(422, "Validation error: [values: must be the same length as indices]")
        if len(set(asked.indices)) != len(asked.indices):
            raise Refusal(422, "Validation error: [indices: must be unique]")
        return edge.SparseVector(asked.indices, asked.values)
    if isinstance(asked, list) and asked and all(isinstance(one, float | int) for one in asked):
        return [float(one) for one in asked]
    raise not_spoken(f"vector {asked!r:.60}")


def _payload(asked: Any, *, default: bool) -> bool | list[str]:
    match asked:
        case None:
            return default
        case bool() | list():
            return asked
        case _:
            raise not_spoken(f"payload selector {asked!r}")


def _id(given: Any) -> Any:
    if isinstance(given, int) and given < 0:
        raise Refusal(400, f"Format error in JSON body: value {given} is no valid point ID")
    return given


def _named(wanted: models.CreateCollection) -> dict[str, models.VectorParams]:
    vectors = wanted.vectors or {}
    return {"": vectors} if isinstance(vectors, models.VectorParams) else vectors


def _dense(params: models.VectorParams) -> edge.EdgeVectorParams:
    if params.size < 1:
        raise Refusal(422, "Validation error in JSON body: [vectors.size: must be 1 or larger]")
    return edge.EdgeVectorParams(size=params.size, distance=_DISTANCES[params.distance.value])


def _sparse(params: models.SparseVectorParams) -> edge.EdgeSparseVectorParams:
    is_idf = params.modifier == models.Modifier.IDF
    return edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf if is_idf else None)


def _scored(point: edge.ScoredPoint) -> dict[str, Any]:
    return {"version": 0, "score": _short(point.score), **_record(point)}


def _record(point: edge.Record | edge.ScoredPoint) -> dict[str, Any]:
    told: dict[str, Any] = {"id": point.id}
    if point.payload is not None:
        told["payload"] = point.payload
    if point.vector is not None:
        told["vector"] = {
            name: {"indices": value.indices, "values": value.values}
            if isinstance(value, edge.SparseVector)
            else value
            for name, value in point.vector.items()  # type: ignore[union-attr]
        }
    return told


def _short(score: float) -> float:
    """A 32-bit float in as few digits as name it, as the server writes one."""
    return float(str(np.float32(score)))
