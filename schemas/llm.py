"""What goes to a language model and what comes back."""

from typing import Literal

from schemas.base import Frozen

Task = Literal[
    "keyphrase_mining", "query_expansion", "sentiment_emotion", "topic_modeler", "compose"
]
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


class Message(Frozen):
    """One turn of a conversation with a model."""

    role: Literal["system", "user"]
    content: str


class Usage(Frozen):
    """Tokens of one call."""

    input_tokens: int = 0
    output_tokens: int = 0


class Claim(Frozen):
    """A sentence a writer proposes and the opaque evidence ids it rests on."""

    text: str
    refs: tuple[str, ...]


class Draft(Frozen):
    """What a writer hands over: claims with citations, and a summary over them."""

    claims: tuple[Claim, ...]
    tldr: str | None = None


class ModelReply(Frozen):
    """A parsed reply; `model` is the id that really answered."""

    draft: Draft
    model: str
    usage: Usage
