"""Vectors by OpenAI's API, or by a server that speaks it."""

from collections.abc import Sequence

import httpx2
import openai
from openai import AsyncOpenAI, omit

from services.adapters.embed.batching import Refused, Vectors
from services.model_http import shown

FIXED = ("text-embedding-ada",)
"""Models whose dimension cannot be chosen."""


class OpenAIVectors:
    """One embedding model; `dimension` is asked of it where it can be chosen."""

    errors: tuple[type[Exception], ...] = (openai.OpenAIError,)
    url_setting = "OPENAI_BASE_URL"
    key_setting = "OPENAI_API_KEY"

    def __init__(
        self, model: str, http: httpx2.AsyncClient, *, api_key: str, url: str, dimension: int
    ) -> None:
        self.url = url
        self._model = model
        self._http = http
        self._dimension = omit if model.startswith(FIXED) else dimension
        self._client = AsyncOpenAI(api_key=api_key, base_url=url, max_retries=0, http_client=http)

    async def vectors(self, texts: Sequence[str], *, timeout_s: float) -> Vectors:
        """Embed texts."""
        reply = await self._client.embeddings.create(
            model=self._model,
            input=list(texts),
            dimensions=self._dimension,
            encoding_format="float",
            timeout=timeout_s,
        )
        # A web page comes through the library as a text, and what a server leaves out as missing.
        data = getattr(reply, "data", None) or []
        ordered = sorted(data, key=lambda one: getattr(one, "index", None) or 0)
        tokens = getattr(getattr(reply, "usage", None), "total_tokens", None)
        return Vectors([getattr(one, "embedding", None) for one in ordered], tokens or None)

    def refusal_of(self, error: Exception) -> Refused | None:
        """Give what the server answered."""
        if isinstance(error, openai.APIStatusError):
            return Refused(error.status_code, shown(error.message))
        return None

    async def aclose(self) -> None:
        """Release connections."""
        await self._http.aclose()
