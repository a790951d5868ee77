"""One request and one reply, whichever protocol they travel in, and the refusals."""

from dataclasses import dataclass
from typing import Literal, TypedDict

from bot_service.local_models.catalog import Model, Provider, find_model
from schemas.llm import Usage

Json = dict[str, object]

RefusalKind = Literal[
    "no_key",
    "wrong_key",
    "expired_key",
    "unknown_model",
    "unknown_path",
    "bad_request",
    "context_too_long",
    "rate_limited",
    "exhausted",
    "server_error",
    "overloaded",
]

Ending = Literal["done", "length", "content_filter", "refusal"]
"""Why a model stopped: it had finished, `max_tokens` was reached, or it would not."""


class Refusal(Exception):
    """A request that gets no reply; each protocol has its own words and status for the kind.

    `message` replaces the provider's usual words, `param` names the field at fault.
    """

    def __init__(
        self,
        kind: RefusalKind,
        message: str = "",
        *,
        param: str | None = None,
        retry_after_s: float = 1.0,
        model: str = "",
    ) -> None:
        super().__init__(message or kind)
        self.kind = kind
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s
        self.model = model


class Prompt(TypedDict):
    """What a script is given: a plain dict. `body` is the request as it came over the wire."""

    provider: Provider
    model: str
    system: str
    user: str
    schema: Json | None
    body: Json


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for words.

    `schema` is the JSON schema of the reply, None for free text; `is_json`: any JSON object will
    do. `max_tokens` bounds the reply with what was thought before it; None: no bound.
    `cached_until` counts the characters of `text` that the client wants cached (Anthropic).
    """

    model: Model
    system: str
    turns: tuple[Turn, ...]
    body: Json
    schema: Json | None = None
    is_json: bool = False
    max_tokens: int | None = None
    is_stream: bool = False
    reasoning_tokens: int = 0
    cached_until: int = 0

    @property
    def text(self) -> str:
        """All that the model reads, in order."""
        return "\n".join([self.system, *(turn.text for turn in self.turns)]).strip("\n")

    @property
    def user(self) -> str:
        """What the client's people and programs said, without the system's words."""
        return "\n".join(turn.text for turn in self.turns if turn.role == "user")

    def prompt(self) -> Prompt:
        """Give the request as a script reads it."""
        return {
            "provider": self.model.provider,
            "model": self.model.asked,
            "system": self.system,
            "user": self.user,
            "schema": self.schema,
            "body": self.body,
        }


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote. `written_to_cache` are input tokens that this call put into a cache.

    `usage` counts as Newsdesk does: cached are part of input, reasoning part of output.
    """

    text: str
    usage: Usage
    ending: Ending
    request_id: str
    written_to_cache: int = 0
    at: int = 0


def require_model(provider: Provider, name: str, *, embeds: bool = False) -> Model:
    """Give the model of an id.

    Raises:
        Refusal: The provider has no such model, or it does something else.
    """
    model = find_model(provider, name)
    if model is None or model.embeds != embeds:
        raise Refusal("unknown_model", param="model", model=name)
    return model
