"""The search index: documents in, ranked legs out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from schemas.principal import Visibility

Leg = Literal["sparse", "dense"]


@dataclass(frozen=True, slots=True)
class Document:
    """What the index keeps of a thing that can be found, whatever it is.

    `vector`: shape (dim,), unit length.
    """

    id: int
    kind: str
    title: str
    text: str
    lang: str
    at: datetime
    source: str
    tenant: str
    audience: str
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class IndexFilter:
    """Applied inside every leg.

    `start` exclusive, `end` inclusive; None or empty: no limit of that kind.
    """

    visibility: Visibility
    start: datetime | None = None
    end: datetime | None = None
    lang: str | None = None
    sources: frozenset[str] | None = None
    without_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SparseSearch:
    """BM25 over stemmed words; a word that occurs twice in `text` counts twice.

    `lang` picks the stemmer (None: the words are stemmed in every language that the index holds).
    """

    text: str
    lang: str | None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class DenseSearch:
    """Nearest vectors by cosine; `vector` shape (dim,), float32, unit length."""

    vector: NDArray[np.float32]
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """One document in one leg; `rank` counts from 1, `score` is the leg's own scale."""

    id: int
    leg: Leg
    rank: int
    score: float


class SearchIndex(Protocol):
    """A search index per document kind, eventually equal to the store."""

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Add or replace documents of one kind.

        Raises:
            IndexFailed: Nothing may be assumed about what was stored; try the same batch again.
        """
        ...

    async def delete(self, kind: str, ids: Sequence[int]) -> None:
        """Remove documents; unknown ids are fine."""
        ...

    async def search(
        self, kind: str, searches: Sequence[SparseSearch | DenseSearch], where: IndexFilter
    ) -> list[list[Hit]]:
        """Run several searches under one filter, in one call.

        Gives one ranked list each, in the order asked.
        """
        ...

    async def count(self, kind: str, where: IndexFilter) -> int:
        """How many documents pass the filter."""
        ...

    async def vectors(self, kind: str, ids: Sequence[int]) -> Mapping[int, NDArray[np.float32]]:
        """The stored dense vectors of documents; unknown ids are left out."""
        ...

    async def clear(self, kind: str) -> None:
        """Forget every document of a kind, and the (model, dimension) its vectors came from."""
        ...

    async def aclose(self) -> None:
        """Flush and release the index."""
        ...
