"""One language model."""

from collections.abc import AsyncIterator
from typing import Protocol

from schemas.llm import ModelCall, ModelReply


class ChatModel(Protocol):
    """One model behind one connection; tries once, translates errors.

    `name` is what routes, metrics and budgets call it; the provider's own id comes back in the
    reply.
    """

    name: str

    async def draft(self, call: ModelCall) -> ModelReply:
        """Ask for a reply in the schema of the call's task, `REPLY_SCHEMAS`.

        Raises:
            ModelFailed: With the kind of failure, and the usage where the provider told it; the
                manager decides what follows.
        """
        ...

    def stream(self, call: ModelCall) -> AsyncIterator[str | ModelReply]:
        """Ask the same, giving pieces of the reply's text as they arrive and last the reply.

        Raises:
            ModelFailed: As above; what was given so far is void.
        """
        ...

    async def aclose(self) -> None:
        """Release connections."""
        ...
