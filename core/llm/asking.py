"""What is asked of the model manager, and what it gives."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.llm.budget import Account
from core.llm.ladder import Variant
from schemas.llm import ModelNote, ModelReply, Task
from schemas.spending import ScopeKind

OnText = Callable[[int], Awaitable[None]]
"""Told the characters that a model has written so far; they begin anew on the next model."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to the models of a task.

    Attributes:
        task: Chooses the route.
        variants: What a model may read, richest first; at least one.
        account: Who pays; None: nothing is charged and no limit of money holds.
        is_required: Whether the request insists on a model.
        max_tokens: The longest reply, reasoning included.
        on_text: Told how the reply grows; with it replies are streamed.
    """

    task: Task
    variants: tuple[Variant, ...]
    account: Account | None
    is_required: bool = False
    max_tokens: int = 2_000
    on_text: OnText | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """How it went.

    Attributes:
        reply: The first reply, with the id that really answered; None: the local answer must do.
        name: The model of the routes that gave it.
        notes: Each step down and why, in their order.
        micro_usd: What all attempts cost together, estimates included.
        near_limits: Limits of a day that are used beyond the share that answers warn from.
    """

    reply: ModelReply | None
    name: str | None = None
    notes: tuple[ModelNote, ...] = ()
    micro_usd: int = 0
    near_limits: tuple[ScopeKind, ...] = ()
