"""The search index on a Qdrant server: one collection a document kind."""

import asyncio
from collections.abc import Mapping, Sequence

import numpy as np
import structlog
from numpy.typing import NDArray
from pydantic import SecretStr
from qdrant_client import models

from core.errors import IndexUnreachable
from core.ports.index import (
    DenseSearch,
    Document,
    Hit,
    IndexFilter,
    SearchIndex,
    SparseSearch,
)
from services.adapters.index.manifest import Manifest, expect
from services.adapters.index.points import (
    MEANING,
    TIES,
    encode,
    encode_search,
    one_kind,
    rank,
    to_conditions,
)
from services.adapters.index.server_calls import ASK_S, KeyRefused, Server
from services.adapters.index.server_collections import Collections
from services.adapters.index.server_forms import to_filter, to_point, to_query

MAX_BATCH = 200
BATCH_FLOATS = 64_000
"""Vector components of one request: about 1 MB, so that writing it out takes the loop 10 ms."""
IDS = 1_000
"""Ids of one request."""

log = structlog.get_logger(__name__)


class QdrantSearchIndex(SearchIndex):
    """`SearchIndex` on a server that several processes may share.

    A change returns once the server has applied it. Every call is made once: who called decides
    whether to repeat it. Order and scores are those of the embedded index, the last bit of a
    score aside.
    """

    def __init__(self, server: Server, manifest: Manifest, *, prefix: str) -> None:
        self._server = server
        self._client = server.client
        self._dimension = manifest.dimension
        self._collections = Collections(server, manifest, prefix=prefix)
        self._batch = max(1, min(MAX_BATCH, BATCH_FLOATS // manifest.dimension))

    @classmethod
    async def open(
        cls,
        url: str,
        api_key: SecretStr | None,
        *,
        prefix: str,
        embedder_name: str,
        dimension: int,
        is_rebuild: bool = False,
    ) -> "QdrantSearchIndex":
        """Look at the server and give its index; collections are made at first use.

        A server that does not answer stops nothing: the desk answers from its store meanwhile,
        and what is checked here is checked at first use too.

        Args:
            url: The root of its REST interface; port 6333 unless it names one.
            api_key: Its key, None where it has none.
            prefix: Begins the names of the desk's collections: `prefix`, `_` and the kind.
            embedder_name: Who makes the vectors that will be stored and asked for.
            dimension: Their length.
            is_rebuild: Leave vectors of another embedder alone until `clear` drops their kind;
                until then, any other call on that kind raises `EmbedderChanged`.

        Raises:
            SettingError: If the address or the key cannot be one.
            EmbedderChanged: If a kind was indexed by another embedder and this is no rebuild.
            IndexFailed: If the server refuses the key, is too old or is no Qdrant server.
        """
        server = Server(url, api_key)
        index = cls(server, expect(embedder_name, dimension), prefix=prefix)
        try:
            await server.version()
            if not is_rebuild:
                await index._collections.require_same()
        except KeyRefused:
            await index.aclose()
            raise
        except IndexUnreachable as error:
            log.warning("index.unreachable", address=server.address, error=str(error))
        except BaseException:
            await index.aclose()
            raise
        return index

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Add or replace documents of one kind; see the port."""
        if not documents:
            return
        collection = await self._collections.ready(one_kind(documents))
        for first in range(0, len(documents), self._batch):
            batch = documents[first : first + self._batch]
            points = await asyncio.to_thread(self._encode, batch)
            await self._collections.change(
                "store documents", self._client.upsert(collection.name, points, wait=True)
            )
            collection.langs.update(document.lang for document in batch)

    async def delete(self, kind: str, ids: Sequence[int]) -> None:
        """Remove documents; see the port."""
        if not ids:
            return
        collection = await self._collections.ready(kind)
        for first in range(0, len(ids), IDS):
            gone = models.PointIdsList(points=list(ids[first : first + IDS]))
            await self._collections.change(
                "delete documents", self._client.delete(collection.name, gone, wait=True)
            )

    async def search(
        self, kind: str, searches: Sequence[SparseSearch | DenseSearch], where: IndexFilter
    ) -> list[list[Hit]]:
        """Run several searches under one filter, in one request; see the port."""
        if not searches:
            return []
        collection = await self._collections.ready(kind)
        needs_langs = any(isinstance(s, SparseSearch) and s.lang is None for s in searches)
        langs = await self._collections.langs(collection) if needs_langs else frozenset()
        requests = await asyncio.to_thread(self._requests, searches, langs, where)
        if not requests:
            return [[] for _ in searches]
        answers = await self._server.ask(
            "search",
            self._client.query_batch_points(
                collection.name, list(requests.values()), timeout=ASK_S
            ),
            within_s=ASK_S,
        )
        found = dict(zip(requests, answers, strict=True))
        return [
            rank(search, _scored(found[position]) if position in found else [])
            for position, search in enumerate(searches)
        ]

    async def count(self, kind: str, where: IndexFilter) -> int:
        """How many documents pass the filter."""
        collection = await self._collections.ready(kind)
        condition = to_filter(to_conditions(where))
        answer = await self._server.ask(
            "count",
            self._client.count(collection.name, condition, exact=True, timeout=ASK_S),
            within_s=ASK_S,
        )
        return answer.count

    async def vectors(self, kind: str, ids: Sequence[int]) -> Mapping[int, NDArray[np.float32]]:
        """Stored dense vectors; unknown ids and documents with a zero row are left out."""
        if not ids:
            return {}
        collection = await self._collections.ready(kind)
        wanted = list(dict.fromkeys(ids))
        found: dict[int, NDArray[np.float32]] = {}
        for first in range(0, len(wanted), IDS):
            records = await self._server.ask(
                "read vectors",
                self._client.retrieve(
                    collection.name,
                    wanted[first : first + IDS],
                    with_payload=False,
                    with_vectors=[MEANING],
                    timeout=ASK_S,
                ),
                within_s=ASK_S,
            )
            for record in records:
                if isinstance(record.vector, dict) and MEANING in record.vector:
                    found[int(record.id)] = np.asarray(record.vector[MEANING], dtype=np.float32)
        return {one: found[one] for one in wanted if one in found}

    async def clear(self, kind: str) -> None:
        """Forget every document of a kind and what its vectors came from."""
        await self._collections.clear(kind)

    async def aclose(self) -> None:
        """Close the connections; a second call does nothing."""
        await self._collections.aclose()

    def _encode(self, batch: Sequence[Document]) -> list[models.PointStruct]:
        return [to_point(encode(document, dimension=self._dimension)) for document in batch]

    def _requests(
        self,
        searches: Sequence[SparseSearch | DenseSearch],
        langs: frozenset[str],
        where: IndexFilter,
    ) -> dict[int, models.QueryRequest]:
        """The requests of searches that can find something, by their places."""
        condition = to_filter(to_conditions(where))
        requests: dict[int, models.QueryRequest] = {}
        for position, search in enumerate(searches):
            asked = encode_search(search, langs=langs, dimension=self._dimension)
            if asked is not None:
                requests[position] = to_query(
                    asked, limit=search.limit + TIES, condition=condition
                )
        return requests


async def look_at(
    url: str, api_key: SecretStr | None, *, prefix: str
) -> tuple[str, dict[str, int]]:
    """Give a server's version and how many documents each of the desk's collections holds.

    Raises:
        SettingError: If the address or the key cannot be one.
        IndexFailed: It does not answer, refuses the key, is too old or is no Qdrant server.
    """
    server = Server(url, api_key)
    try:
        version = await server.version()
        counts: dict[str, int] = {}
        for name in await server.collections(prefix):
            answer = await server.ask("count", server.client.count(name), within_s=ASK_S)
            counts[name] = answer.count
        return version, counts
    finally:
        await server.client.close()


def _scored(answer: models.QueryResponse) -> list[tuple[int, float]]:
    """Ids and scores; the server writes 32-bit floats, which become again what they were."""
    return [(int(point.id), float(np.float32(point.score))) for point in answer.points]
