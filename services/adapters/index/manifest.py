"""What stored vectors were made by, and the refusal of any others."""

from dataclasses import dataclass

from core.errors import EmbedderChanged
from services.adapters.index.bm25 import ENCODING


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the stored vectors were made by: the embedder, its dimension, the sparse encoding."""

    embedder: str
    dimension: int
    encoding: int


def expect(embedder: str, dimension: int) -> Manifest:
    """The manifest of vectors that this version would write."""
    return Manifest(embedder=embedder, dimension=dimension, encoding=ENCODING)


def require_same(stored: Manifest, expected: Manifest, *, place: str) -> None:
    """Refuse vectors that another embedder, dimension or encoding made.

    Args:
        stored: What lies there.
        expected: What this desk writes and asks for.
        place: Names the index in the message.

    Raises:
        EmbedderChanged: If they differ.
    """
    if stored == expected:
        return
    raise EmbedderChanged(
        f"the index in {place!r} was made by {stored.embedder!r} with {stored.dimension}"
        f" dimensions (encoding {stored.encoding}), configured is {expected.embedder!r} with"
        f" {expected.dimension} (encoding {expected.encoding}): run `newsdesk reindex`, or set"
        " the embedder back"
    )
