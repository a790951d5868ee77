"""Sentence encoders from a folder on this machine (the extra `encoders`)."""

import asyncio
import importlib.util
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import SettingError
from core.ports.embedder import Embedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_PACKAGE = "sentence_transformers"
_BATCH = 32


class EncoderEmbedder(Embedder):
    """`Embedder` on sentence-transformers; nothing is downloaded, the model lies in a folder.

    Making one loads the weights, which takes seconds: call it away from the event loop. Texts are
    encoded on a thread of its own, one call after the other.
    """

    is_semantic = True
    is_remote = False

    def __init__(self, path: Path) -> None:
        """Load the model in `path`.

        Raises:
            SettingError: If the package is not installed, the folder is missing or holds no model.
        """
        self._model = _load(path)
        dimension = self._model.get_sentence_embedding_dimension()
        if dimension is None:
            raise SettingError(
                f"the encoder in {str(path)!r} does not say how long its vectors are"
            )
        self.name = f"encoder:{path.name}"
        self.dimension = int(dimension)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoder")

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give shape (n_texts, dimension), float32, unit rows; an empty text gives a zero row."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._encode, list(texts)
        )

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        filled = [position for position, text in enumerate(texts) if text.strip()]
        if filled:
            rows[filled] = self._model.encode(
                [texts[position] for position in filled],
                batch_size=_BATCH,
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=True,
            )
        return rows


def _load(path: Path) -> "SentenceTransformer":
    if not path.is_dir():
        raise SettingError(
            f"NEWSDESK_EMBEDDER__NAME names the folder {str(path)!r}, which does not exist: give"
            " the folder of a sentence-transformers model, or `hashing`"
        )
    if importlib.util.find_spec(_PACKAGE) is None:
        raise SettingError(
            f"the encoder in {str(path)!r} needs sentence-transformers: install it with"
            " `pip install 'newsdesk[encoders]'`, or set NEWSDESK_EMBEDDER__NAME to `hashing`"
        )
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - seconds and a GB: only when wired

    try:
        return SentenceTransformer(str(path), local_files_only=True)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise SettingError(
            f"the folder {str(path)!r} holds no sentence-transformers model: {error}"
        ) from error
