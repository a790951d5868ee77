"""Embedding by a provider: what is common to all of them."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx2
import numpy as np
from numpy.typing import NDArray

from core.errors import IndexFailed, IndexUnreachable
from core.ports.embedder import Embedder

BATCH = 100
"""Texts of one request: the most that the Gemini API takes."""
BATCH_BYTES = 250_000
"""OpenAI takes 300,000 tokens a request; a token is at least one byte."""
MAX_BYTES = 8_000
"""Of one text: never more than the 8,191 tokens that the models read."""
ONE_TEXT_S = 3.0
"""A query waits with a reader in front of it; without its vector the words are searched."""
BATCH_S = 60.0

OnTokens = Callable[[int], None]
"""Told the tokens of each request."""

_BROKEN: tuple[type[Exception], ...] = (httpx2.HTTPError, httpx2.InvalidURL, ValueError)
"""What the client libraries let through: of the network, and of replies in no form."""

_NO_BLAME = frozenset({401, 403, 404, 407, 408, 409, 429})
"""Of the 4xx: nothing in the texts is at fault."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """One vector per text, in their order; `tokens` None: not told."""

    rows: Sequence[object]
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """An error that the provider answered with; `says` is its own words, without keys."""

    status: int
    says: str


class VectorWire(Protocol):
    """One provider's embeddings by its client library, which tries once."""

    url: str
    url_setting: str
    key_setting: str
    errors: tuple[type[Exception], ...]

    async def vectors(self, texts: Sequence[str], *, timeout_s: float) -> Vectors:
        """Embed texts, none of them empty."""
        ...

    def refusal_of(self, error: Exception) -> Refused | None:
        """Give what the provider answered, None for an error of the connection."""
        ...

    async def aclose(self) -> None:
        """Release connections."""
        ...


class ProviderEmbedder(Embedder):
    """`Embedder` over a provider's API.

    Texts leave this machine. What they cost is counted (`on_tokens`), not held by a budget: the
    price of a news article is a few millionths of a dollar.
    """

    is_semantic = True
    is_remote = True

    def __init__(
        self, name: str, wire: VectorWire, *, dimension: int, on_tokens: OnTokens | None = None
    ) -> None:
        self.name = name
        self.dimension = dimension
        self._wire = wire
        self._on_tokens = on_tokens

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give shape (n_texts, dimension), float32, unit rows; an empty text gives a zero row.

        A text is cut at 8,000 bytes.

        Raises:
            IndexUnreachable: The provider does not answer or not with such vectors; later it may.
            IndexFailed: It refuses the texts.
        """
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        cut = {place: _cut(text) for place, text in enumerate(texts) if text.strip()}
        timeout_s = ONE_TEXT_S if len(texts) == 1 else BATCH_S
        for places in _batches(cut):
            found = await self._ask([cut[place] for place in places], timeout_s=timeout_s)
            rows[places] = self._unit(found.rows, n_texts=len(places))
            if self._on_tokens is not None:
                n_bytes = sum(len(cut[place].encode()) for place in places)
                self._on_tokens(n_bytes // 4 if found.tokens is None else found.tokens)
        return rows

    async def aclose(self) -> None:
        """Release connections."""
        await self._wire.aclose()

    async def _ask(self, texts: Sequence[str], *, timeout_s: float) -> Vectors:
        wire = self._wire
        try:
            async with asyncio.timeout(timeout_s):
                return await wire.vectors(texts, timeout_s=timeout_s)
        except TimeoutError as error:
            raise IndexUnreachable(
                f"{self.name}: {wire.url} gave no vectors within {timeout_s:g} s"
            ) from error
        except (*wire.errors, *_BROKEN) as error:
            refused = wire.refusal_of(error)
            if refused is None:
                raise IndexUnreachable(
                    f"{self.name}: no vectors from {wire.url} ({type(error).__name__}): check"
                    f" {wire.url_setting} and the network"
                ) from error
            raise self._refused(refused) from error

    def _refused(self, refused: Refused) -> IndexFailed:
        wire, status = self._wire, refused.status
        where = f"{self.name}: {wire.url}"
        says = f"; it says: {refused.says}" if refused.says else ""
        if status in (401, 403):
            return IndexUnreachable(f"{where} refused the key: check {wire.key_setting}{says}")
        if status == 404 or status < 400:
            return IndexUnreachable(
                f"{where} has no such model, or is another place ({status}): check"
                f" NEWSDESK_EMBEDDER__NAME and {wire.url_setting}{says}"
            )
        if status in _NO_BLAME or status >= 500:
            return IndexUnreachable(f"{where} gives no vectors for the moment ({status}){says}")
        return IndexFailed(f"{where} does not take the texts ({status}){says}")

    def _unit(self, rows: Sequence[object], *, n_texts: int) -> NDArray[np.float32]:
        """Give rows of unit length; a shortened vector has another.

        Raises:
            IndexUnreachable: They are not as many or not as long as was asked for.
        """
        if not rows:
            raise IndexUnreachable(
                f"{self.name}: {self._wire.url} answered without vectors: check"
                f" {self._wire.url_setting} and NEWSDESK_EMBEDDER__NAME"
            )
        try:
            vectors = np.asarray(rows, dtype=np.float32)
        except (ValueError, TypeError):
            vectors = np.zeros((0, 0), dtype=np.float32)
        if vectors.shape != (n_texts, self.dimension) or not np.isfinite(vectors).all():
            raise IndexUnreachable(
                f"{self.name}: {self._wire.url} gave vectors of shape {vectors.shape}, not"
                f" {(n_texts, self.dimension)}: set NEWSDESK_EMBEDDER__DIMENSION to what the model"
                " gives"
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


def _cut(text: str) -> str:
    return text.encode("utf-8", "ignore")[:MAX_BYTES].decode("utf-8", "ignore")


def _batches(texts: dict[int, str]) -> Iterator[list[int]]:
    """Give the places of texts that go together, by number and size."""
    batch: list[int] = []
    n_bytes = 0
    for place, text in texts.items():
        size = len(text.encode())
        if batch and (len(batch) == BATCH or n_bytes + size > BATCH_BYTES):
            yield batch
            batch, n_bytes = [], 0
        batch.append(place)
        n_bytes += size
    if batch:
        yield batch
