"""How far one question has come on its way down the models of a route."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.errors import ModelFailed
from core.llm.asking import Ask
from core.llm.budget import DAY_KINDS, Account
from core.llm.deadline import Deadline
from core.llm.ladder import Variant
from core.ports.ledger import Refused
from schemas.llm import EconomyStep, Message, ModelNote, StepReason
from schemas.spending import Scope, ScopeKind


@dataclass(frozen=True, slots=True)
class Passed:
    """Why a call, or a whole model, gave nothing."""

    reason: StepReason
    failure: ModelFailed | None = None
    refused: Refused | None = None

    @property
    def is_for_the_day(self) -> bool:
        """Whether a limit of the day is used up, so that only what is free can still help."""
        refused = self.refused
        return (
            refused is not None
            and refused.scope.kind in DAY_KINDS
            and refused.used >= refused.scope.limit
        )


class NotCalled(Exception):
    """A call that was not made; says nothing of the model."""

    def __init__(self, passed: Passed):
        super().__init__(passed.reason)
        self.passed = passed


@dataclass(slots=True)
class Walk:
    """One question under way; the form of the request only ever gets leaner.

    `has_follower`: another model comes after the one that is tried. `tokens_left` is what the
    command had left when the last call began, that call and all others under way counted whole.
    """

    ask: Ask
    deadline: Deadline
    scopes: tuple[Scope, ...] = ()
    index: int = 0
    notes: list[ModelNote] = field(default_factory=list)
    passed: list[tuple[str, Passed]] = field(default_factory=list)
    near: dict[ScopeKind, None] = field(default_factory=dict)
    micro_usd: int = 0
    has_follower: bool = False
    tokens_left: int | None = None
    started_at: float = field(default_factory=time.monotonic)

    @classmethod
    def begin(cls, ask: Ask, deadline: Deadline) -> "Walk":
        """Start at the richest form of the request."""
        scopes = () if ask.account is None else ask.account.scopes()
        return cls(ask=ask, deadline=deadline, scopes=scopes)

    @property
    def variant(self) -> Variant:
        """The form of the request that is tried now."""
        return self.ask.variants[self.index]

    @property
    def is_broke(self) -> bool:
        """Whether the money of a day is gone."""
        return any(passed.is_for_the_day for _, passed in self.passed)

    def step_down(self, name: str, reason: StepReason) -> bool:
        """Take the next leaner form; False when there is none."""
        if self.index + 1 >= len(self.ask.variants):
            return False
        self.index += 1
        self.note(self.variant.step or "fewer_documents", reason, name)
        return True

    def note(self, step: EconomyStep, reason: StepReason, name: str) -> None:
        """Remember a step for the reader, once."""
        found = ModelNote(task=self.ask.task, step=step, reason=reason, model=name)
        if found not in self.notes:
            self.notes.append(found)

    def now(self, account: Account) -> datetime:
        """The account's time, and what has passed since the question was asked."""
        return account.at + timedelta(seconds=time.monotonic() - self.started_at)


@dataclass(frozen=True, slots=True)
class Try:
    """One call that is about to be made: `input_tokens` is what it reads at most."""

    walk: Walk
    name: str
    messages: tuple[Message, ...]
    attempt: Deadline
    input_tokens: int

    @property
    def most_tokens(self) -> int:
        """Input and output together, at most."""
        return self.input_tokens + self.walk.ask.max_tokens
