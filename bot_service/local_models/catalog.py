"""Which models the stand-ins know, and under which dated id each of them answers."""

from dataclasses import dataclass
from typing import Literal, get_args

from schemas.model_settings import DEFAULT_ENTRIES

Provider = Literal["openai", "compatible", "anthropic", "gemini"]
"""Whose protocol is spoken; `compatible`: Chat Completions, as servers of one's own have it."""

PROVIDERS: tuple[Provider, ...] = get_args(Provider)
EMBEDDING_WIDTHS = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "gemini-embedding-001": 3072,
    "gemini-embedding-2": 3072,
    "nomic-embed-text": 768,
}
"""Models that embed, and how wide their vectors are unless asked otherwise."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model: `id` is what replies name, `asked` what the request named.

    `reasons`: it thinks before it writes and takes no temperature; `context_tokens` is all that it
    reads.
    """

    id: str
    asked: str
    provider: Provider
    reasons: bool = False
    context_tokens: int = 200_000
    width: int | None = None

    @property
    def embeds(self) -> bool:
        """Whether it makes vectors instead of words."""
        return self.width is not None


# Ids and their dated forms as the client libraries list them; a provider that dates no
# id answers with the id itself.
_KNOWN: dict[Provider, dict[str, str]] = {
    "openai": {
        "gpt-6.1-sol": "",
        "gpt-6.1-terra": "",
        "gpt-6-sol": "",
        "gpt-6-luna": "",
        "gpt-5.6-sol": "",
        "gpt-5.6-terra": "",
        "gpt-5.6-luna": "",
        "gpt-5.5": "2026-04-23",
        "gpt-5.4": "",
        "gpt-5.4-mini": "2026-03-17",
        "gpt-5.4-nano": "2026-03-17",
        "gpt-5.2": "2025-12-11",
        "gpt-5.1": "2025-11-13",
        "gpt-5": "2025-08-07",
        "gpt-5-mini": "2025-08-07",
        "gpt-5-nano": "2025-08-07",
        "gpt-4.1": "2025-04-14",
        "gpt-4.1-mini": "2025-04-14",
        "gpt-4o": "2024-08-06",
        "gpt-4o-mini": "2024-07-18",
        "text-embedding-3-small": "",
        "text-embedding-3-large": "",
    },
    "compatible": {
        "llama3.3": "",
        "qwen3:8b": "",
        "mistral-small": "",
        "local-model": "",
        "nomic-embed-text": "",
    },
    "anthropic": {
        "claude-opus-5-5": "",
        "claude-sonnet-5-5": "",
        "claude-haiku-5-5": "",
        "claude-opus-5": "",
        "claude-sonnet-5": "",
        "claude-opus-4-6": "",
        "claude-sonnet-4-6": "",
        "claude-opus-4-5": "20251101",
        "claude-sonnet-4-5": "20250929",
        "claude-haiku-4-5": "20251001",
    },
    "gemini": {
        "gemini-4-argon": "",
        "gemini-3.8-flash": "",
        "gemini-3.5-flash": "",
        "gemini-3.1-pro-preview": "",
        "gemini-2.5-pro": "",
        "gemini-2.5-flash": "",
        "gemini-2.5-flash-lite": "",
        "gemini-embedding-001": "",
        "gemini-embedding-2": "",
    },
}
_CONTEXT = {"openai": 400_000, "compatible": 32_768, "anthropic": 200_000, "gemini": 1_048_576}
_REASONING = (
    "gpt-5",
    "gpt-6",
    "claude-sonnet-5",
    "claude-haiku-5",
    "claude-opus-5",
    "gemini-2.5-pro",
    "gemini-3",
    "gemini-4",
)
"""How the ids begin of models that think unless they are told not to."""


def find_model(provider: Provider, asked: str) -> Model | None:
    """Give the model of an id, dated or not; None for an id that the provider does not have."""
    return _MODELS[provider].get(asked)


def list_models(provider: Provider) -> tuple[Model, ...]:
    """Give every model of a provider once, under the id it answers with."""
    return tuple({model.id: model for model in _MODELS[provider].values()}.values())


def _models(provider: Provider) -> dict[str, Model]:
    joint = "-" if provider in ("openai", "anthropic") else ""
    built_in = {e.model: "" for e in DEFAULT_ENTRIES.values() if e.provider == provider}
    found: dict[str, Model] = {}
    for asked, date in (built_in | _KNOWN[provider]).items():
        dated = f"{asked}{joint}{date}" if date else asked
        for name in (asked, dated):
            found[name] = Model(
                id=dated,
                asked=name,
                provider=provider,
                reasons=asked.startswith(_REASONING),
                context_tokens=_CONTEXT[provider],
                width=EMBEDDING_WIDTHS.get(asked),
            )
    return found


_MODELS = {provider: _models(provider) for provider in PROVIDERS}
