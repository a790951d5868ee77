"""Settings of models, money and policy."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from schemas.llm import Provider, Task
from schemas.setting_types import Ids, Secret, Section


class ModelPrice(Section):
    """What a model costs, in dollars per million tokens."""

    input: float = Field(ge=0, le=10_000, description="Dollars per million input tokens.")
    output: float = Field(ge=0, le=10_000, description="Dollars per million output tokens.")
    cached: float | None = Field(
        None, ge=0, le=10_000, description="Dollars per million cached tokens; unset: as input."
    )


class ModelEntry(Section):
    """One language model that routes may name."""

    provider: Provider = Field(description="Whose protocol it speaks.")
    model: str = Field(min_length=1, max_length=200, description="Its id at the provider.")
    base_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s]+$",
        description="Root of its API; unset: the provider's, or its usual variable.",
    )
    api_key: Secret = Field(None, description="Its key; unset: the provider's usual variable.")
    price: ModelPrice | None = Field(
        None, description="Its price; unset: the price table. Zeros for a model of one's own."
    )
    context_tokens: int = Field(
        128_000, ge=1_000, le=10_000_000, description="Tokens it reads and writes at most."
    )
    effort: Literal["none", "minimal", "low", "medium", "high"] | None = Field(
        None, description="How much it reasons, where it can; unset: as the provider does."
    )
    in_flight: int = Field(64, ge=1, le=10_000, description="Calls to it at the same time.")
    requests_per_minute: int = Field(
        0, ge=0, le=10_000_000, description="Requests it takes a minute; 0: no limit."
    )
    tokens_per_minute: int = Field(
        0, ge=0, le=1_000_000_000, description="Tokens it takes a minute; 0: no limit."
    )
    requests_per_day: int = Field(
        0, ge=0, le=1_000_000_000, description="Requests it takes a day; 0: no limit."
    )


DEFAULT_ENTRIES: Mapping[str, ModelEntry] = {
    "gpt-5": ModelEntry(
        provider="openai",
        model="gpt-5.6-terra",
        effort="none",
        context_tokens=1_000_000,
        requests_per_minute=500,
        tokens_per_minute=500_000,
    ),
    "claude": ModelEntry(
        provider="anthropic",
        model="claude-sonnet-5-5",
        effort="none",
        context_tokens=1_000_000,
        requests_per_minute=50,
        tokens_per_minute=30_000,
    ),
    "gemini-2.5-pro": ModelEntry(
        provider="gemini",
        model="gemini-3.8-flash",
        effort="minimal",
        context_tokens=1_000_000,
        requests_per_minute=150,
        tokens_per_minute=2_000_000,
        requests_per_day=10_000,
    ),
    "scripted": ModelEntry(
        provider="scripted", model="scripted", price=ModelPrice(input=0, output=0)
    ),
}
"""Models that are known without a setting.

Quotas are what the vendors published for the first paid tier of each family; an account may have
more. The names are those that routes use, and stay; the ids behind them are the successors that
the vendors name, as gpt-5 ends on 2026-12-11, claude-sonnet-4-5 on 2026-11-30 and gemini-2.5-pro
on 2026-12-01.
"""

DEFAULT_ROUTES: Mapping[Task, tuple[str, ...]] = {
    "keyphrase_mining": ("gemini-2.5-pro", "claude", "gpt-5"),
    "query_expansion": ("gemini-2.5-pro", "gpt-5"),
    "sentiment_emotion": ("gpt-5", "claude"),
    "topic_modeler": ("claude", "gpt-5", "gemini-2.5-pro"),
    "compose": ("claude", "gpt-5"),
}
"""First choice first; plain code follows at the end of each."""


class ModelSettings(Section):
    """Which language models may word an answer; used once models are switched on."""

    routes: dict[Task, tuple[str, ...]] = Field(
        default_factory=lambda: dict(DEFAULT_ROUTES),
        description='Models a task may use, first choice first, e.g. {"compose": ["claude"]}. '
        "A task that is not named keeps to plain code.",
    )
    entries: dict[str, ModelEntry] = Field(
        default_factory=dict,
        description="Models by the name that routes use, beside or instead of the built-in ones, "
        'e.g. {"llama": {"provider": "compatible", "model": "llama3.3", '
        '"base_url": "http://127.0.0.1:11434/v1", "price": {"input": 0, "output": 0}}}.',
    )
    scripted_delay_s: float = Field(
        0.0, ge=0, le=60, description="Seconds the scripted model takes to answer."
    )
    attempt_s: float = Field(
        15, gt=0, le=60, description="Seconds one attempt on one model may take at most."
    )
    local_fallback: Literal["on", "off"] = Field(
        "on", description="Whether plain code answers when no model can; off: an error says so."
    )
    proxy: str | None = Field(
        None,
        pattern=r"^(https?|socks5h?)://[^\s]+$",
        description="Proxy for calls to models; unset: the usual variables (HTTPS_PROXY).",
    )


class BudgetSettings(Section):
    """What models may cost."""

    command_tokens: int = Field(
        8_000, ge=100, le=10_000_000, description="Tokens one command may use."
    )
    command_usd: float = Field(0.50, ge=0, le=10_000, description="Dollars one command may cost.")
    user_day_usd: float = Field(
        5.00, ge=0, le=1_000_000, description="Dollars a person may cost a day."
    )
    chat_day_usd: float = Field(
        10.00, ge=0, le=1_000_000, description="Dollars all people of a chat may cost a day."
    )
    global_day_usd: float = Field(
        50.00, ge=0, le=1_000_000, description="Dollars everybody together may cost a day."
    )
    warn_share: float = Field(
        0.8, gt=0, le=1, description="Share of a day's limit from which answers warn."
    )


class PolicySettings(Section):
    """What may leave in an answer."""

    allow_domains: Ids = Field(
        frozenset(),
        description="Only these domains and what is below them are cited, by commas; empty: all.",
    )
    deny_domains: Ids = Field(
        frozenset(), description="Domains that are never cited, with what is below them."
    )
    trust: dict[str, float] = Field(
        default_factory=dict,
        description='Trust in domains from 0 to 1, which lowers confidence, e.g. {"a.org": 0.5}.',
    )
