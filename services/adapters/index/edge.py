"""The search index on the embedded Qdrant engine: one shard folder a document kind."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray
from qdrant_edge import (
    CountRequest,
    EdgeShard,
    QueryBatchRequest,
    QueryRequest,
    UpdateOperation,
)

from core.errors import IndexFailed
from core.ports.index import (
    DenseSearch,
    Document,
    Hit,
    IndexFilter,
    SearchIndex,
    SparseSearch,
)
from services.adapters.index.edge_forms import to_filter, to_point, to_query
from services.adapters.index.manifest import Manifest, expect
from services.adapters.index.points import (
    MEANING,
    TIES,
    encode,
    encode_search,
    one_kind,
    rank,
    require_kind,
    to_conditions,
)
from services.adapters.index.shard import (
    attempt,
    check_manifest,
    held_languages,
    open_shard,
    remove_shard,
    require_space,
    sweep,
)

if TYPE_CHECKING:
    from qdrant_edge import PointId  # a name of the type stubs alone

T = TypeVar("T")
BATCH = 200
"""Points an engine call takes: it holds the shard for about 15 ms, so searches slip in between."""


@dataclass(slots=True)
class _Lane:
    """A kind's shard, opened at first use, and the one thread that touches it."""

    folder: Path
    thread: ThreadPoolExecutor
    shard: EdgeShard | None = None
    langs: set[str] = field(default_factory=set)


class EdgeSearchIndex(SearchIndex):
    """`SearchIndex` in this process; the folder belongs to one process at a time.

    Every call of a kind runs on that kind's own thread, so the event loop never waits for the
    engine and calls keep their order. `upsert` and `delete` return once the engine has flushed to
    disk (about 10 ms), so what they returned from survives a kill. Equal scores are ordered by id,
    largest first. The engine's `optimize` is never called: it would hold the
    interpreter for seconds, and exact search is fast enough below 200,000 documents.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest
        self._lanes: dict[str, _Lane] = {}
        self._is_closed = False

    @classmethod
    def open(
        cls, folder: Path, *, embedder_name: str, dimension: int, is_rebuild: bool = False
    ) -> "EdgeSearchIndex":
        """Open the index under `folder`, which is made when missing; shards load at first use.

        Args:
            folder: One sub-folder a kind will lie in it.
            embedder_name: Who makes the vectors that will be stored and asked for.
            dimension: Their length.
            is_rebuild: Leave vectors of another embedder alone until `clear` drops their kind;
                until then, any other call on that kind raises `EmbedderChanged`.

        Raises:
            EmbedderChanged: If a kind was indexed by another embedder and this is no rebuild.
            IndexFailed: If the folder cannot be made or read.
        """
        manifest = expect(embedder_name, dimension)
        attempt("prepare its folder", lambda: folder.mkdir(parents=True, exist_ok=True))
        attempt("clean its folder", lambda: sweep(folder))
        if not is_rebuild:
            for shard_folder in sorted(path for path in folder.iterdir() if path.is_dir()):
                check_manifest(shard_folder, manifest)
        return cls(folder, manifest)

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Add or replace documents of one kind; see the port."""
        if not documents:
            return
        lane = self._lane(one_kind(documents))
        for first in range(0, len(documents), BATCH):
            batch = documents[first : first + BATCH]
            await self._change(lane, "store documents", partial(self._put, lane, batch))
        await self._run(lane, "flush", lambda shard: shard.flush())

    async def delete(self, kind: str, ids: Sequence[int]) -> None:
        """Remove documents; see the port."""
        if not ids:
            return
        lane = self._lane(kind)
        for first in range(0, len(ids), BATCH):
            operation = UpdateOperation.delete_points(list(ids[first : first + BATCH]))
            await self._change(lane, "delete documents", partial(_update, operation))
        await self._run(lane, "flush", lambda shard: shard.flush())

    async def search(
        self, kind: str, searches: Sequence[SparseSearch | DenseSearch], where: IndexFilter
    ) -> list[list[Hit]]:
        """Run several searches under one filter; see the port."""
        if not searches:
            return []
        lane = self._lane(kind)
        return await self._run(
            lane, "search", lambda shard: self._search(lane, shard, searches, where)
        )

    async def count(self, kind: str, where: IndexFilter) -> int:
        """How many documents pass the filter; see the port."""
        request = CountRequest(exact=True, filter=to_filter(to_conditions(where)))
        return await self._run(self._lane(kind), "count", lambda shard: shard.count(request))

    async def vectors(self, kind: str, ids: Sequence[int]) -> Mapping[int, NDArray[np.float32]]:
        """Stored dense vectors; unknown ids and documents with a zero row are left out."""
        if not ids:
            return {}
        wanted: list[PointId] = list(dict.fromkeys(ids))
        records = await self._run(
            self._lane(kind), "read", lambda shard: shard.retrieve(wanted, False, [MEANING])
        )
        return {
            int(str(record.id)): np.asarray(record.vector[MEANING], dtype=np.float32)
            for record in records
            if isinstance(record.vector, dict) and MEANING in record.vector
        }

    async def clear(self, kind: str) -> None:
        """Forget every document of a kind and what its vectors came from."""
        lane = self._lane(kind)

        def drop() -> None:
            self._close_shard(lane)
            remove_shard(lane.folder)

        await asyncio.get_running_loop().run_in_executor(lane.thread, drop)

    async def aclose(self) -> None:
        """Flush and release every shard; a second call does nothing."""
        self._is_closed = True
        lanes = list(self._lanes.values())
        self._lanes.clear()
        loop = asyncio.get_running_loop()
        try:
            for lane in lanes:
                await loop.run_in_executor(lane.thread, self._close_shard, lane)
        finally:
            for lane in lanes:
                lane.thread.shutdown(wait=False)

    def _lane(self, kind: str) -> _Lane:
        if self._is_closed:
            raise IndexFailed("the search index is closed")
        if kind not in self._lanes:
            require_kind(kind)
            thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"index-{kind}")
            self._lanes[kind] = _Lane(folder=self._folder / kind, thread=thread)
        return self._lanes[kind]

    async def _run(self, lane: _Lane, what: str, call: Callable[[EdgeShard], T]) -> T:
        def work() -> T:
            return attempt(what, lambda: call(self._open_shard(lane)))

        return await asyncio.get_running_loop().run_in_executor(lane.thread, work)

    async def _change(self, lane: _Lane, what: str, call: Callable[[EdgeShard], None]) -> None:
        def change(shard: EdgeShard) -> None:
            require_space(self._folder)
            call(shard)

        await self._run(lane, what, change)

    def _open_shard(self, lane: _Lane) -> EdgeShard:
        if lane.shard is None:
            lane.shard = open_shard(lane.folder, self._manifest)
            lane.langs = set(held_languages(lane.shard))
        return lane.shard

    def _close_shard(self, lane: _Lane) -> None:
        shard, lane.shard = lane.shard, None
        lane.langs = set()
        if shard is not None:
            attempt("flush", shard.flush)
            attempt("close", shard.close)

    def _put(self, lane: _Lane, batch: Sequence[Document], shard: EdgeShard) -> None:
        dimension = self._manifest.dimension
        points = [to_point(encode(document, dimension=dimension)) for document in batch]
        shard.update(UpdateOperation.upsert_points(points))
        lane.langs.update(document.lang for document in batch)

    def _search(
        self,
        lane: _Lane,
        shard: EdgeShard,
        searches: Sequence[SparseSearch | DenseSearch],
        where: IndexFilter,
    ) -> list[list[Hit]]:
        condition = to_filter(to_conditions(where))
        requests: dict[int, QueryRequest] = {}
        for position, search in enumerate(searches):
            asked = encode_search(search, langs=lane.langs, dimension=self._manifest.dimension)
            if asked is not None:
                requests[position] = QueryRequest(
                    limit=search.limit + TIES, query=to_query(asked), filter=condition
                )
        if not requests:
            return [[] for _ in searches]
        answers = shard.query_batch(QueryBatchRequest(list(requests.values())))
        found = dict(zip(requests, answers, strict=True))
        return [
            rank(search, [(int(str(p.id)), p.score) for p in found.get(position, [])])
            for position, search in enumerate(searches)
        ]


def _update(operation: UpdateOperation, shard: EdgeShard) -> None:
    shard.update(operation)
