"""Vectors by Google's Gemini API."""

from collections.abc import Sequence

import httpx2
from google import genai
from google.genai import errors, types

from services.adapters.embed.batching import Refused, Vectors
from services.model_http import shown

TAKES_TASK = ("gemini-embedding-001",)
"""Models that are told what their vectors are for; later ones read it from the text."""


class GeminiVectors:
    """One embedding model, asked for vectors of `dimension`."""

    errors: tuple[type[Exception], ...] = (errors.APIError,)
    url_setting = "GOOGLE_GEMINI_BASE_URL"
    key_setting = "GOOGLE_API_KEY"

    def __init__(
        self,
        model: str,
        http: httpx2.AsyncClient,
        *,
        api_key: str,
        url: str,
        api_version: str,
        dimension: int,
    ) -> None:
        self.url = url
        self._model = model
        self._http = http
        self._dimension = dimension
        # Queries and documents come through one door, so both are told the same.
        self._task = "SEMANTIC_SIMILARITY" if model.startswith(TAKES_TASK) else None
        self._client = genai.Client(
            vertexai=False,
            api_key=api_key,
            http_options=types.HttpOptions(
                base_url=url,
                api_version=api_version,
                httpx_async_client=http,
                retry_options=types.HttpRetryOptions(attempts=1),
            ),
        )

    async def vectors(self, texts: Sequence[str], *, timeout_s: float) -> Vectors:
        """Embed texts; each is a content of its own, as the library would join plain strings."""
        contents: list[types.ContentUnionDict] = [
            types.Content(role="user", parts=[types.Part(text=text)]) for text in texts
        ]
        reply = await self._client.aio.models.embed_content(
            model=self._model,
            contents=contents,
            config=types.EmbedContentConfig(
                output_dimensionality=self._dimension,
                task_type=self._task,
                http_options=types.HttpOptions(timeout=round(timeout_s * 1_000)),
            ),
        )
        rows = [one.values for one in reply.embeddings or ()]
        usage = reply.usage_metadata
        return Vectors(rows, (usage.prompt_token_count or None) if usage else None)

    def refusal_of(self, error: Exception) -> Refused | None:
        """Give what the server answered."""
        if isinstance(error, errors.APIError):
            status = error.code if isinstance(error.code, int) else 500
            says = shown(error.message or "")
            is_key = "api key" in says.lower()
            return Refused(401 if is_key else status, says)
        return None

    async def aclose(self) -> None:
        """Release connections."""
        self._client.close()
        await self._http.aclose()
