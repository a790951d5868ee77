"""Texts to vectors."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """A named map from texts to unit vectors.

    `is_semantic` False: vectors say which texts share words, nothing more; such a leg only appends
    candidates. `is_remote`: texts leave the machine, so a chat in privacy mode does without.
    """

    name: str
    dimension: int
    is_semantic: bool
    is_remote: bool

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give shape (n_texts, dimension), float32, rows of unit length.

        An empty text gives a zero row.
        """
        ...
