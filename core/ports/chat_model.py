"""One language model."""

from collections.abc import Sequence
from typing import Protocol

from schemas.llm import Message, ModelReply, Task


class ChatModel(Protocol):
    """One model behind one connection; tries once, translates errors."""

    name: str

    async def draft(
        self, task: Task, messages: Sequence[Message], *, timeout_s: float, max_tokens: int
    ) -> ModelReply:
        """Ask for a `Draft`.

        Raises:
            ModelFailed: With the kind of failure; the manager decides what follows.
        """
        ...

    async def aclose(self) -> None:
        """Release connections."""
        ...
