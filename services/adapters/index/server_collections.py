"""The desk's collections on a Qdrant server: one a document kind, made at first use."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field

import structlog
from qdrant_client import models

from core.errors import IndexFailed, IndexUnreachable
from services.adapters.index.manifest import Manifest, require_same
from services.adapters.index.points import MAX_LANGS, require_kind
from services.adapters.index.server_calls import ASK_S, AlreadyThere, Server
from services.adapters.index.server_forms import manifest_of, payload_indexes, to_collection

LANGS_S = 60.0
"""Seconds after which it is looked up again which languages other processes have stored."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Collection:
    """What is known of a kind's collection, which is looked at once.

    `langs`: languages that a stored document has or had.
    """

    name: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_ready: bool = False
    langs: set[str] = field(default_factory=set)
    langs_until: float = 0.0


class Collections:
    """Every kind's collection; their names are `prefix`, an underscore and the kind."""

    def __init__(self, server: Server, manifest: Manifest, *, prefix: str) -> None:
        self._server = server
        self._client = server.client
        self._manifest = manifest
        self._prefix = prefix
        self._known: dict[str, Collection] = {}
        self._is_closed = False

    async def require_same(self) -> None:
        """Look at every collection that is there already.

        Raises:
            EmbedderChanged: If one holds vectors of another embedder.
            IndexFailed: If the server cannot be asked.
        """
        for name in await self._server.collections(self._prefix):
            await self._check(name)

    async def ready(self, kind: str) -> Collection:
        """Give a kind's collection, made when missing.

        One that vanishes later is not made again in silence: its documents are still due, so calls
        fail and say so until `clear` begins a rebuild.

        Raises:
            EmbedderChanged: If it holds vectors of another embedder.
            IndexFailed: If the kind is none, or the server cannot make or read it.
        """
        collection = self._collection(kind)
        if not collection.is_ready:
            async with collection.lock:
                if not collection.is_ready:
                    await self._prepare(collection.name)
                    collection.is_ready = True
        return collection

    async def change(self, what: str, call: Awaitable[models.UpdateResult]) -> None:
        """Wait until a change is applied.

        Raises:
            IndexUnreachable: If it was accepted and not applied in time.
            IndexFailed: If the server refuses it or cannot be asked.
        """
        result = await self._server.ask(what, call)
        if result.status != models.UpdateStatus.COMPLETED:
            raise IndexUnreachable(
                f"the search index could not {what} in time: {self._server.address} says"
                f" {result.status.value!r}; the same is sent again later"
            )

    async def langs(self, collection: Collection) -> frozenset[str]:
        """Languages that the stored documents have or had."""
        if time.monotonic() >= collection.langs_until:
            answer = await self._server.ask(
                "read its languages",
                self._client.facet(
                    collection.name, "lang", limit=MAX_LANGS, exact=True, timeout=ASK_S
                ),
                within_s=ASK_S,
            )
            collection.langs.update(str(hit.value) for hit in answer.hits if hit.count > 0)
            collection.langs_until = time.monotonic() + LANGS_S
        return frozenset(collection.langs)

    async def clear(self, kind: str) -> None:
        """Delete a kind's collection; the next use makes it anew."""
        collection = self._collection(kind)
        async with collection.lock:
            await self._server.ask(
                "delete a collection", self._client.delete_collection(collection.name)
            )
            collection.is_ready = False
            collection.langs.clear()
            collection.langs_until = 0.0

    async def aclose(self) -> None:
        """Close the connections; a second call does nothing."""
        if not self._is_closed:
            self._is_closed = True
            await self._client.close()

    def _collection(self, kind: str) -> Collection:
        if self._is_closed:
            raise IndexFailed("the search index is closed")
        if kind not in self._known:
            self._known[kind] = Collection(f"{self._prefix}_{require_kind(kind)}")
        return self._known[kind]

    async def _prepare(self, name: str) -> None:
        exists = await self._server.ask(
            "look for a collection", self._client.collection_exists(name), within_s=ASK_S
        )
        if not exists:
            await self._make(name)
        info = await self._check(name)
        for key, schema in payload_indexes().items():
            if key not in info.payload_schema:
                await self.change(
                    "make an index of payload",
                    self._client.create_payload_index(name, key, schema, wait=True),
                )

    async def _make(self, name: str) -> None:
        wanted = to_collection(self._manifest)
        call = self._client.create_collection(
            name,
            vectors_config=wanted.vectors,
            sparse_vectors_config=wanted.sparse_vectors,
            hnsw_config=wanted.hnsw_config,
            shard_number=wanted.shard_number,
            metadata=wanted.metadata,
        )
        try:
            await self._server.ask("make a collection", call)
        except AlreadyThere:
            log.info("index.made_elsewhere", collection=name)

    async def _check(self, name: str) -> models.CollectionInfo:
        """Read a collection and refuse the vectors of another embedder."""
        info = await self._server.ask(
            "read a collection", self._client.get_collection(name), within_s=ASK_S
        )
        place = f"{self._server.address}/collections/{name}"
        require_same(manifest_of(info, place=place), self._manifest, place=place)
        return info
