"""Documents and questions for tests of a search index."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from core.access import system_principal, visible
from core.ports.index import DenseSearch, Document, Hit, IndexFilter, SearchIndex, SparseSearch
from services.adapters.index.edge import EdgeSearchIndex

DIMENSION = 32
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
EVERYTHING = IndexFilter(visible(system_principal()))
Opener = Callable[[], EdgeSearchIndex]


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
