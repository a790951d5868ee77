"""A model by a script, a ledger in memory, and a manager over both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from core.breaker import Breaker, BreakerLimits
from core.errors import Answered, ModelFailed, StoreError
from core.llm.budget import Account
from core.llm.ladder import Variant
from core.llm.manager import Ask, ManagerParts, ModelManager
from core.llm.pricing import Prices
from core.llm.routes import build_routes
from core.ports.ledger import Granted, Refused
from monitoring.metrics import Metrics
from schemas.llm import Draft, FailureKind, Message, ModelCall, ModelReply, Task, Usage
from schemas.model_settings import BudgetSettings, ModelEntry, ModelPrice, ModelSettings
from schemas.spending import UNITS, Reservation, Scope, Settlement
from services.adapters.cache.memory import MemoryCache

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
USAGE = Usage(input_tokens=900, cached_tokens=100, output_tokens=200, reasoning_tokens=50)
DOLLAR = ModelPrice(input=1, output=1)
"""One micro-dollar a token, so that tokens and money can be compared by eye."""

Step = FailureKind | ModelFailed | ModelReply | Callable[[ModelCall], Awaitable[ModelReply]]


class StandInModel:
    """Does one step of its script a call, then answers; keeps the calls it got."""

    def __init__(self, name: str, *steps: Step, delay_s: float = 0.0) -> None:
        self.name = name
        self.steps = list(steps)
        self.delay_s = delay_s
        self.calls: list[ModelCall] = []
        self.is_closed = False

    async def draft(self, call: ModelCall) -> ModelReply:
        self.calls.append(call)
        await asyncio.sleep(self.delay_s)
        step = self.steps.pop(0) if self.steps else reply_of(self.name)
        if isinstance(step, str):
            raise ModelFailed(f"{self.name}: {step}", kind=step)
        if isinstance(step, ModelFailed):
            raise step
        return step if isinstance(step, ModelReply) else await step(call)

    async def stream(self, call: ModelCall) -> AsyncIterator[str | ModelReply]:
        yield "one "
        yield "two "
        yield await self.draft(call)

    async def aclose(self) -> None:
        self.is_closed = True


def reply_of(name: str, usage: Usage = USAGE) -> ModelReply:
    return ModelReply(draft=Draft(claims=()), model=f"{name}-2026", usage=usage)


def failed(kind: FailureKind, **told: Any) -> ModelFailed:
    return ModelFailed(f"it said {kind}", kind=kind, **told)


def answered(text: str | None = None, usage: Usage = USAGE) -> Answered:
    return Answered(usage=usage, model="model-2026", text=text)


class MemoryLedger:
    """A `BudgetLedger` of one event loop: what it promises, without a database."""

    def __init__(self, *, failing: int = 0, delay_s: float = 0.0) -> None:
        self.failing = failing
        self.delay_s = delay_s
        self.reservations: dict[str, Reservation] = {}
        self.settlements: dict[str, Settlement] = {}
        self.counters: dict[tuple[str, str, str], int] = {}
        self.n_ended_before = 0

    async def spend(self, scopes: Sequence[Scope], amount: int) -> Granted | Scope:
        for scope in scopes:
            if self._used(scope) + amount > scope.limit:
                return scope
        for scope in scopes:
            self._add(scope, amount)
        return Granted(await self.used(scopes))

    async def reserve(self, reservation: Reservation) -> Granted | Refused:
        await self._answer()
        for scope in reservation.scopes:
            if self._used(scope) + _most(reservation, scope) > scope.limit:
                return Refused(scope, self._used(scope))
        for scope in reservation.scopes:
            self._add(scope, _most(reservation, scope))
        self.reservations[reservation.id] = reservation
        return Granted(await self.used(reservation.scopes))

    async def settle(self, settlement: Settlement) -> bool:
        if self.failing:
            await self._answer()
        if settlement.id in self.settlements or settlement.id not in self.reservations:
            self.n_ended_before += 1
            return False
        self.settlements[settlement.id] = settlement
        reservation = self.reservations[settlement.id]
        for scope in reservation.scopes:
            kept = kept_of(reservation, settlement, scope)
            self._add(scope, kept - _most(reservation, scope))
        if self.delay_s:
            await self._answer()  # written all the same when the caller goes
        return True

    async def used(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        return tuple(self._used(scope) for scope in scopes)

    async def recover(self, *, before: datetime, at: datetime) -> int:
        lost = [
            r for r in self.reservations.values()
            if r.id not in self.settlements and r.at < before
        ]  # fmt: skip
        for reservation in lost:
            await self.settle(
                Settlement(
                    id=reservation.id,
                    state="settled_estimate",
                    micro_usd=reservation.max_micro_usd,
                    at=at,
                )
            )
        return len(lost)

    async def drift(self, scopes: Sequence[Scope]) -> tuple[int, ...]:
        return tuple(0 for _ in scopes)

    async def aclose(self) -> None:
        return

    def states(self) -> list[str]:
        return [
            self.settlements[id_].state if id_ in self.settlements else "reserved"
            for id_ in self.reservations
        ]

    async def _answer(self) -> None:
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.failing:
            self.failing -= 1
            raise StoreError("the disk is full")

    def _used(self, scope: Scope) -> int:
        return self.counters.get((scope.kind, scope.key, scope.window), 0)

    def _add(self, scope: Scope, amount: int) -> None:
        self.counters[scope.kind, scope.key, scope.window] = self._used(scope) + amount


def _most(reservation: Reservation, scope: Scope) -> int:
    is_tokens = UNITS[scope.kind] == "tokens"
    return reservation.max_tokens if is_tokens else reservation.max_micro_usd


def kept_of(reservation: Reservation, settlement: Settlement, scope: Scope) -> int:
    """What a scope keeps of a reservation once it has ended."""
    if settlement.state == "released":
        return 0
    if UNITS[scope.kind] != "tokens":
        return settlement.micro_usd
    if settlement.state == "settled_estimate":
        return reservation.max_tokens
    return settlement.usage.input_tokens + settlement.usage.output_tokens


@dataclass(slots=True)
class Desk:
    """A manager with what stands around it."""

    manager: ModelManager
    ledger: MemoryLedger | None
    metrics: Metrics
    breaker: Breaker
    prices: Prices = field(repr=False)

    def value(self, metric: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(metric, labels)

    def fallbacks(self, **labels: str) -> float | None:
        return self.value("orchestrator_fallback_total", task="compose", **labels)


def desk(
    *models: StandInModel,
    task: Task = "compose",
    route: tuple[str, ...] | None = None,
    entry: Mapping[str, object] | None = None,
    entries: Mapping[str, ModelEntry] | None = None,
    ledger: MemoryLedger | None = None,
    min_requests: int = 100,
    attempt_s: float = 60,
    **parts: Any,
) -> Desk:
    """Wire `models`, in this order, for `task`; `entry` holds fields of all their entries."""
    by_name = {model.name: model for model in models}
    given = {"provider": "compatible", "price": DOLLAR, **(entry or {})}
    wired = {name: ModelEntry(model=f"{name}-id", **given) for name in by_name} | (entries or {})
    settings = ModelSettings(
        routes={task: tuple(by_name) if route is None else route}, attempt_s=attempt_s
    )
    metrics = Metrics()
    breaker = parts.pop("breaker", None) or Breaker(
        MemoryCache(), BreakerLimits(min_requests=min_requests)
    )
    prices = Prices(wired, parts.pop("table", lambda _provider, _model: None))
    manager = ModelManager(
        by_name,
        build_routes(settings, is_on=True, available=by_name),
        parts=ManagerParts(
            breaker=breaker,
            cache=MemoryCache(),
            metrics=metrics,
            prices=prices,
            entries=wired,
            ledger=ledger,
            **parts,
        ),
    )
    return Desk(manager, ledger, metrics, breaker, prices)


def account(**limits: float) -> Account:
    return Account(
        run_id="run1",
        command="trends",
        tenant="desk",
        person="7",
        chat="-100",
        at=NOW,
        limits=BudgetSettings(**{"command_tokens": 1_000_000, **limits}),
    )


def variant(step: Any = None, *, n_documents: int = 8, size: int = 100) -> Variant:
    text = ("word " * size)[:size]
    return Variant((Message(role="user", content=text),), step, n_documents)


LADDER = (
    variant(size=6_000),
    variant("fewer_documents", n_documents=4, size=3_000),
    variant("no_optional", n_documents=4, size=600),
)


def ask(task: Task = "compose", **changes: Any) -> Ask:
    return Ask(**{"task": task, "variants": (variant(),), "account": None, **changes})
