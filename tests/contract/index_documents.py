"""Documents and questions for tests of a search index, and ways to open one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from core.access import system_principal, visible
from core.ports.index import DenseSearch, Document, Hit, IndexFilter, SearchIndex, SparseSearch
from services.adapters.index.edge import EdgeSearchIndex

DIMENSION = 32
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
EVERYTHING = IndexFilter(visible(system_principal()))


class Opener(Protocol):
    """Opens the one index of a test, again after it was closed, with an embedder of that name."""

    async def __call__(
        self, *, name: str = "axes", dimension: int = DIMENSION, is_rebuild: bool = False
    ) -> SearchIndex: ...


def open_edge(folder: Path) -> Opener:
    """Open the embedded index in `folder`."""

    async def open_one(
        *, name: str = "axes", dimension: int = DIMENSION, is_rebuild: bool = False
    ) -> SearchIndex:
        return EdgeSearchIndex.open(
            folder, embedder_name=name, dimension=dimension, is_rebuild=is_rebuild
        )

    return open_one


def open_server(url: str, *, api_key: str | None = None) -> Opener:
    """Open the index on a Qdrant server."""
    from services.adapters.index.server import QdrantSearchIndex

    async def open_one(
        *, name: str = "axes", dimension: int = DIMENSION, is_rebuild: bool = False
    ) -> SearchIndex:
        return await QdrantSearchIndex.open(
            url,
            None if api_key is None else SecretStr(api_key),
            prefix="newsdesk",
            embedder_name=name,
            dimension=dimension,
            is_rebuild=is_rebuild,
        )

    return open_one


def axis(number: int) -> NDArray[np.float32]:
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[number % DIMENSION] = 1.0
    return vector


def document(number: int, text: str = "harbour bridge opens", title: str = "") -> Document:
    return Document(
        id=number,
        kind="article",
        title=title,
        text=text,
        lang="en",
        at=NOON,
        source="Morning Post",
        tenant="shared",
        audience="public",
        vector=axis(0),
    )


async def find(
    index: SearchIndex, text: str, where: IndexFilter = EVERYTHING, lang: str | None = "en"
) -> list[Hit]:
    (hits,) = await index.search("article", [SparseSearch(text, lang=lang)], where)
    return hits


async def found_by_each(index: SearchIndex, where: IndexFilter) -> list[list[int]]:
    """Ids found by the sparse leg and by the dense leg, ascending."""
    legs = await index.search(
        "article", [SparseSearch("bridge", lang="en"), DenseSearch(axis(0))], where
    )
    return [sorted(hit.id for hit in leg) for leg in legs]
