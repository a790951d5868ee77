"""The embedder of a provider that settings name."""

import re
from typing import TYPE_CHECKING

from core.errors import SettingError
from schemas.settings import Settings
from services.model_http import open_client

if TYPE_CHECKING:
    from services.adapters.embed.batching import OnTokens, ProviderEmbedder, VectorWire

PROVIDERS = ("openai", "gemini")
OPENAI_URL = "https://api.openai.com/v1"
GEMINI_URL = "https://generativelanguage.googleapis.com"
GEMINI_VERSION = "v1beta"
IN_FLIGHT = 8

_VERSION = re.compile(r"/(v\d\w*)$")


def names_a_provider(name: str) -> bool:
    """Say whether an embedder's name is `PROVIDER:MODEL`, as `openai:text-embedding-3-small`."""
    provider, colon, _ = name.partition(":")
    return bool(colon) and provider in PROVIDERS


def build_embedder(settings: Settings, on_tokens: "OnTokens | None" = None) -> "ProviderEmbedder":
    """Give the embedder that `NEWSDESK_EMBEDDER__NAME` names as `PROVIDER:MODEL`.

    The client library is imported, which takes half a second: call it away from the event loop.

    Args:
        settings: Names it, its dimension, its address, its key.
        on_tokens: Told the tokens of each request.

    Raises:
        SettingError: The key or the model is missing.
    """
    from services.adapters.embed.batching import ProviderEmbedder  # noqa: PLC0415 - 0.2 s of HTTP

    name, dimension = settings.embedder.name, settings.embedder.dimension
    provider, _, model = name.partition(":")
    if not model.strip():
        raise SettingError(f"NEWSDESK_EMBEDDER__NAME is {name!r}: name a model behind the colon")
    wire = _openai(settings, model) if provider == "openai" else _gemini(settings, model)
    return ProviderEmbedder(name, wire, dimension=dimension, on_tokens=on_tokens)


def _openai(settings: Settings, model: str) -> "VectorWire":
    # A server of one's own may take no key; the library wants one.
    key = "none" if settings.openai_base_url else ""
    if settings.openai_api_key is not None:
        key = settings.openai_api_key.get_secret_value()
    if not key:
        raise _missing(settings, "OPENAI_API_KEY")
    from services.adapters.embed.openai import OpenAIVectors  # noqa: PLC0415 - 0.5 s

    return OpenAIVectors(
        model,
        open_client(in_flight=IN_FLIGHT, proxy=settings.model.proxy),
        api_key=key,
        url=(settings.openai_base_url or OPENAI_URL).rstrip("/"),
        dimension=settings.embedder.dimension,
    )


def _gemini(settings: Settings, model: str) -> "VectorWire":
    if settings.google_api_key is None:
        raise _missing(settings, "GOOGLE_API_KEY")
    from services.adapters.embed.gemini import GeminiVectors  # noqa: PLC0415 - 0.6 s

    url = (settings.google_gemini_base_url or GEMINI_URL).rstrip("/")
    in_url = _VERSION.search(url)
    version = in_url[1] if in_url else settings.google_genai_api_version
    return GeminiVectors(
        model,
        open_client(in_flight=IN_FLIGHT, proxy=settings.model.proxy),
        api_key=settings.google_api_key.get_secret_value(),
        url=url[: in_url.start()] if in_url else url,
        api_version=version or GEMINI_VERSION,
        dimension=settings.embedder.dimension,
    )


def _missing(settings: Settings, variable: str) -> SettingError:
    return SettingError(
        f"NEWSDESK_EMBEDDER__NAME is {settings.embedder.name!r}, which needs {variable}: set it,"
        " or NEWSDESK_EMBEDDER__NAME=hashing"
    )
