"""What models cost: limits, reservations, and the journal of every attempt."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from schemas.base import Frozen
from schemas.llm import CallOutcome, Provider, Task, Usage
from schemas.requests import Command

ScopeKind = Literal[
    "user_day_commands", "command_tokens", "command_usd", "user_day_usd", "chat_day_usd",
    "global_day_usd",
]  # fmt: skip
Unit = Literal["commands", "tokens", "micro_usd"]
Purpose = Command | Literal["check", "drill"]
"""What a model was asked for: a command, or `newsdesk models check` and `drill`."""

UNITS: dict[ScopeKind, Unit] = {
    "user_day_commands": "commands",
    "command_tokens": "tokens",
    "command_usd": "micro_usd",
    "user_day_usd": "micro_usd",
    "chat_day_usd": "micro_usd",
    "global_day_usd": "micro_usd",
}
"""What each kind of limit counts."""

EntryState = Literal["reserved", "settled_actual", "settled_estimate", "released"]
"""A reservation begins as `reserved` and ends in exactly one of the others:

`settled_actual`: the provider told the usage; `settled_estimate`: sent, usage unknown, the whole
reservation counts; `released`: never sent, costs nothing.
"""


class Scope(Frozen):
    """One limit.

    `key` names whose (a person, a chat, a run, "all"), `window` the period ("2026-11-20"; a
    command's is its run id), `limit` is in the kind's unit.
    """

    kind: ScopeKind
    key: str
    window: str
    limit: int = Field(ge=0)
    expires_at: AwareDatetime


class Reservation(Frozen):
    """The most that one attempt may cost, written down before it goes out."""

    id: str
    run_id: str
    tenant: str
    person: str | None = None
    chat: str | None = None
    command: Purpose
    task: Task
    provider: Provider
    model: str
    """The name in the routes."""
    max_tokens: int = Field(ge=0)
    """Input and output together."""
    max_micro_usd: int = Field(ge=0)
    scopes: tuple[Scope, ...]
    at: AwareDatetime


class Settlement(Frozen):
    """How a reservation ended."""

    id: str
    state: Literal["settled_actual", "settled_estimate", "released"]
    outcome: CallOutcome | None = None
    """None: never sent, or its process died."""
    model: str | None = None
    """The id that answered, by the provider's own word."""
    usage: Usage = Usage()
    micro_usd: int = Field(default=0, ge=0)
    latency_ms: int = Field(default=0, ge=0)
    at: AwareDatetime


class JournalEntry(Frozen):
    """One attempt on one model, as the journal keeps it."""

    id: str
    run_id: str
    tenant: str
    person: str | None
    chat: str | None
    command: Purpose
    task: Task
    provider: Provider
    model: str
    answered_by: str | None
    state: EntryState
    outcome: CallOutcome | None
    usage: Usage
    reserved_micro_usd: int
    micro_usd: int
    latency_ms: int
    at: AwareDatetime
    settled_at: AwareDatetime | None


SpendingBy = Literal["model", "command", "person", "chat", "day"]


class SpendingLine(Frozen):
    """What one model, command, person, chat or day cost. `key` "": nobody in particular."""

    key: str
    n_attempts: int
    n_failed: int
    usage: Usage
    micro_usd: int
    n_estimated: int
    """Attempts whose cost is an estimate."""


class LimitUse(Frozen):
    """How far one limit is used up."""

    kind: ScopeKind
    used: int
    limit: int


class SpendingReport(Frozen):
    """What `newsdesk usage` and `/usage` show; money in micro-dollars."""

    since: date
    until: date
    by: SpendingBy | None
    """None: a person's own report."""
    lines: tuple[SpendingLine, ...]
    total: SpendingLine
    limits: tuple[LimitUse, ...]
    are_models_on: bool
