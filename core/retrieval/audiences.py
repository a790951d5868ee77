"""A search index in which what is private cannot be told from how public news is ranked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.ports.index import DenseSearch, Document, Hit, IndexFilter, SearchIndex, SparseSearch
from core.ports.store import Store
from schemas.principal import PUBLIC, SHARED_TENANT, Visibility

CLOSED = "_closed"
"""What follows the name of a kind where documents of closed audiences are kept."""

_EVERYBODY = Visibility(tenants=frozenset({SHARED_TENANT}), audiences=frozenset({PUBLIC}))


class AudienceIndex(SearchIndex):
    """A `SearchIndex` that keeps documents of closed audiences apart from the public ones.

    How rare a word is decides the score of every document that holds it, and the languages that
    are held decide how a query is read. Both are counted over a whole kind; so what only some may
    see is a kind of its own, and searches that may see it ask both. Nearness compares across
    kinds, so vectors merge by score; weights of words do not, so words merge by rank. As long as
    the store knows no private source, that kind is not even opened.
    """

    def __init__(self, index: SearchIndex, store: Store) -> None:
        self._index = index
        self._store = store
        self._has_private = False

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Add or replace documents of one kind; one that is public stays so, and the reverse."""
        public = [document for document in documents if _is_public(document)]
        closed = [
            replace(document, kind=document.kind + CLOSED)
            for document in documents
            if not _is_public(document)
        ]
        for part in (public, closed):
            if part:
                await self._index.upsert(part)
        self._has_private = self._has_private or bool(closed)

    async def delete(self, kind: str, ids: Sequence[int]) -> None:
        """Remove documents; unknown ids are fine."""
        await self._index.delete(kind, ids)
        if await self._holds_private():
            await self._index.delete(kind + CLOSED, ids)

    async def search(
        self, kind: str, searches: Sequence[SparseSearch | DenseSearch], where: IndexFilter
    ) -> list[list[Hit]]:
        """Run several searches under one filter; one ranked list each, in the order asked."""
        if where.visibility == _EVERYBODY or not await self._holds_private():
            return await self._index.search(kind, searches, where)
        public, closed = await asyncio.gather(
            self._index.search(kind, searches, where),
            self._index.search(kind + CLOSED, searches, where),
        )
        return [
            _merge(one, other, search) if other else one
            for search, one, other in zip(searches, public, closed, strict=True)
        ]

    async def count(self, kind: str, where: IndexFilter) -> int:
        """How many documents pass the filter."""
        n_public = await self._index.count(kind, where)
        if not await self._holds_private():
            return n_public
        return n_public + await self._index.count(kind + CLOSED, where)

    async def vectors(self, kind: str, ids: Sequence[int]) -> Mapping[int, NDArray[np.float32]]:
        """The stored dense vectors of documents; unknown ids are left out."""
        found = await self._index.vectors(kind, ids)
        missing = [number for number in ids if number not in found]
        if not missing or not await self._holds_private():
            return found
        return {**found, **await self._index.vectors(kind + CLOSED, missing)}

    async def clear(self, kind: str) -> None:
        """Forget every document of a kind, whoever may see it."""
        for each in (kind, kind + CLOSED):
            await self._index.clear(each)

    async def aclose(self) -> None:
        """Flush and release the index."""
        await self._index.aclose()

    async def _holds_private(self) -> bool:
        if not self._has_private:
            async with self._store.transaction(is_write=False) as unit:
                self._has_private = await unit.sources.has_private()
        return self._has_private


def _is_public(document: Document) -> bool:
    return (document.tenant, document.audience) == (SHARED_TENANT, PUBLIC)


def _merge(
    public: Sequence[Hit], closed: Sequence[Hit], search: SparseSearch | DenseSearch
) -> list[Hit]:
    """Merge two rankings of one leg: by rank, public first, or by score, largest id first."""
    if isinstance(search, SparseSearch):
        ranked = sorted([*public, *closed], key=lambda hit: hit.rank)
    else:
        ranked = sorted([*public, *closed], key=lambda hit: (-hit.score, -hit.id))
    return [replace(hit, rank=rank) for rank, hit in enumerate(ranked[: search.limit], start=1)]
