"""What goes to a language model and what comes back."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from schemas.analysis import InsightType
from schemas.base import Frozen

Task = Literal[
    "keyphrase_mining", "query_expansion", "sentiment_emotion", "topic_modeler", "compose"
]
Provider = Literal["openai", "compatible", "anthropic", "gemini", "scripted"]
"""Whose protocol a model speaks; `compatible`: OpenAI's Chat Completions at a base URL."""

FailureKind = Literal[
    "timeout",
    "rate_limited",
    "overloaded",
    "auth",
    "bad_request",
    "content_policy",
    "context_too_long",
    "schema_invalid",
]
CallOutcome = Literal[
    "ok",
    "timeout",
    "rate_limited",
    "overloaded",
    "auth",
    "bad_request",
    "policy",
    "schema_invalid",
]
"""How one attempt ended, as metrics and the journal name it."""


class Message(Frozen):
    """One turn of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


class Usage(Frozen):
    """Tokens of one call, as the provider counted them.

    `cached_tokens` are part of `input_tokens`, `reasoning_tokens` part of `output_tokens`.
    """

    input_tokens: int = Field(default=0, ge=0)
    cached_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    reasoning_tokens: int = Field(default=0, ge=0)


class Claim(Frozen):
    """A sentence a writer proposes and the opaque evidence ids it rests on."""

    type: InsightType = "fact"
    text: str
    refs: tuple[str, ...]


class Label(Frozen):
    """A better name for something computed: `id` is the opaque id it was shown under."""

    id: str
    text: str


class Draft(Frozen):
    """What an agent's model hands over: claims with citations."""

    claims: tuple[Claim, ...]


class TopicsDraft(Draft):
    """Claims, and names for the topics that were shown."""

    labels: tuple[Label, ...] = ()


class ComposedDraft(Draft):
    """Claims, and a summary that says nothing beyond them."""

    tldr: str | None = None


class ExpansionDraft(Frozen):
    """Ways to widen or narrow a query."""

    expansions: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()


AnyDraft = Draft | TopicsDraft | ComposedDraft | ExpansionDraft

REPLY_SCHEMAS: Mapping[Task, type[Draft] | type[ExpansionDraft]] = {
    "keyphrase_mining": Draft,
    "query_expansion": ExpansionDraft,
    "sentiment_emotion": Draft,
    "topic_modeler": TopicsDraft,
    "compose": ComposedDraft,
}
"""The shape that a model must answer a task in; unknown fields are refused."""


class ModelCall(Frozen):
    """One attempt on one model. `max_tokens` bounds the reply, reasoning included."""

    task: Task
    messages: tuple[Message, ...]
    max_tokens: int = Field(ge=1)
    timeout_s: float = Field(gt=0)


class ModelReply(Frozen):
    """A parsed reply; `model` is the id that really answered, by the provider's own word."""

    draft: AnyDraft
    model: str
    usage: Usage


EconomyStep = Literal["fewer_documents", "no_optional", "next_model", "local", "repaired"]
"""What was done so that a request stayed within its tokens, money and time, or was answered."""

StepReason = Literal[
    "tokens",
    "money",
    "time",
    "timeout",
    "rate_limited",
    "overloaded",
    "auth",
    "bad_request",
    "policy",
    "schema_invalid",
    "context_too_long",
    "breaker_open",
    "quota",
    "busy",
    "unpriced",
    "ledger",
]


class ModelNote(Frozen):
    """One step down inside a command, and why; `model` is the name in the routes it is about."""

    task: Task
    step: EconomyStep
    reason: StepReason
    model: str | None = None
