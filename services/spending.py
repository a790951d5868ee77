"""What models cost: for operators, for one person, and as gauges."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from core.access import may_publish
from core.errors import UsageError
from core.llm.budget import DAY_KINDS, EVERYBODY, Account
from core.ports.ledger import BudgetLedger
from core.ports.store import Store
from monitoring.metrics import Metrics
from schemas.llm import Usage
from schemas.model_settings import BudgetSettings
from schemas.principal import Principal
from schemas.settings import RateSettings
from schemas.spending import (
    LimitUse,
    Scope,
    ScopeKind,
    SpendingBy,
    SpendingLine,
    SpendingReport,
)
from services.accounts import commands_of_day

OWN_DAYS = 7
RANKS = 10
MICRO_PER_CENT = 10_000
MICRO_PER_DOLLAR = 1_000_000
GAUGES: tuple[tuple[ScopeKind, str], ...] = (
    ("global_day_usd", "global_day"),
    ("user_day_usd", "user_day_max"),
    ("chat_day_usd", "chat_day_max"),
)
"""Limits of a day, and the label under which the fullest of each is shown."""


@dataclass(frozen=True, slots=True)
class SpendingParts:
    """What reports of spending are made from."""

    store: Store
    ledger: BudgetLedger
    metrics: Metrics
    budget: BudgetSettings
    rate: RateSettings
    now: Callable[[], datetime]
    are_models_on: Callable[[], Awaitable[bool]]


class Spending:
    """Tells what models cost; everything comes from the journal, so a restart changes nothing."""

    def __init__(self, parts: SpendingParts) -> None:
        self._parts = parts

    async def report(
        self, principal: Principal, by: SpendingBy, *, since: date, until: date
    ) -> SpendingReport:
        """Give what everybody spent from one day (UTC) to another, both included.

        Raises:
            UsageError: The principal is no operator, or the days are in the wrong order.
        """
        if not may_publish(principal):
            raise UsageError("only an operator may see what others cost", field="principal")
        if since > until:
            raise UsageError(
                f"the first day {since.isoformat()!r} lies after the last {until.isoformat()!r}; "
                "turn them round",
                field="option",
                word=since.isoformat(),
            )
        return await self._report(by, since, until, limits=self._day_scopes(None, None))

    async def own(self, principal: Principal) -> SpendingReport:
        """Give what a person spent in seven days, by command, and how full the limits are today.

        Raises:
            UsageError: The principal is no person.
        """
        if principal.person is None:
            raise UsageError("only a person has a budget of their own", field="principal")
        today = self._parts.now().astimezone(UTC).date()
        commands = commands_of_day(principal, self._parts.rate, now=self._parts.now())
        scopes = [
            *([] if commands is None else [commands]),
            *(each for each in self._day_scopes(principal.person, None) if each.key != EVERYBODY),
        ]
        return await self._report(
            None,
            today - timedelta(days=OWN_DAYS - 1),
            today,
            limits=scopes,
            person=principal.person,
        )

    async def refresh_metrics(self) -> None:
        """Set the gauges of money from the ledger, as of now."""
        parts = self._parts
        today = parts.now().astimezone(UTC).date()
        until = _midnight(today + timedelta(days=1))
        async with parts.store.transaction(is_write=False) as work:
            people = await work.journal.spending(
                "person", since=_midnight(today), until=until, limit=RANKS + 1
            )
            chats = await work.journal.spending(
                "chat", since=_midnight(today), until=until, limit=2
            )
            week = await work.journal.spending(
                "person",
                since=_midnight(today - timedelta(days=OWN_DAYS - 1)),
                until=until,
                limit=RANKS + 1,
            )
        await self._set_limits(_dearest(people), _dearest(chats))
        self._set_ranks("day", people)
        self._set_ranks("week", week)

    async def _report(
        self,
        by: SpendingBy | None,
        since: date,
        until: date,
        *,
        limits: Sequence[Scope],
        person: str | None = None,
    ) -> SpendingReport:
        parts = self._parts
        first, end = _midnight(since), _midnight(until + timedelta(days=1))
        async with parts.store.transaction(is_write=False) as work:
            commands = await work.journal.spending(
                "command", since=first, until=end, person=person
            )
            lines = (
                commands
                if by is None
                else await work.journal.spending(by, since=first, until=end, person=person)
            )
        used = await parts.ledger.used(limits)
        return SpendingReport(
            since=since,
            until=until,
            by=by,
            lines=tuple(lines),
            total=_total(commands),
            limits=tuple(
                LimitUse(kind=scope.kind, used=n, limit=scope.limit)
                for scope, n in zip(limits, used, strict=True)
            ),
            are_models_on=await parts.are_models_on(),
        )

    def _day_scopes(self, person: str | None, chat: str | None) -> list[Scope]:
        """Give the limits of today's money that hold for a person, a chat and everybody."""
        account = Account(
            run_id="",
            command="trends",
            tenant="",
            person=person,
            chat=chat,
            at=self._parts.now(),
            limits=self._parts.budget,
        )
        return [scope for scope in account.scopes() if scope.kind in DAY_KINDS]

    async def _set_limits(self, person: str | None, chat: str | None) -> None:
        parts = self._parts
        scopes = self._day_scopes(person, chat)
        used = dict(zip(scopes, await parts.ledger.used(scopes), strict=True))
        drift = dict(zip(scopes, await parts.ledger.drift(scopes), strict=True))
        allowed = {scope.kind: scope.limit for scope in self._day_scopes("-", "-")}
        by_kind = {scope.kind: scope for scope in scopes}
        for kind, label in GAUGES:
            scope = by_kind.get(kind)
            parts.metrics.orchestrator_budget_used_cents.labels(scope=label).set(
                0 if scope is None else used[scope] / MICRO_PER_CENT
            )
            parts.metrics.orchestrator_budget_limit_cents.labels(scope=label).set(
                allowed[kind] / MICRO_PER_CENT
            )
            parts.metrics.budget_drift_usd.labels(scope=label).set(
                0 if scope is None else drift[scope] / MICRO_PER_DOLLAR
            )

    def _set_ranks(self, window: str, lines: Sequence[SpendingLine]) -> None:
        costs = [line.micro_usd for line in lines if line.key][:RANKS]
        costs += [0] * (RANKS - len(costs))
        for rank, micro_usd in enumerate(costs, start=1):
            self._parts.metrics.top_user_cost_usd.labels(window=window, rank=str(rank)).set(
                micro_usd / MICRO_PER_DOLLAR
            )


def _dearest(lines: Sequence[SpendingLine]) -> str | None:
    return next((line.key for line in lines if line.key), None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _total(lines: Sequence[SpendingLine]) -> SpendingLine:
    """Add up lines that share no attempt."""
    return SpendingLine(
        key="",
        n_attempts=sum(line.n_attempts for line in lines),
        n_failed=sum(line.n_failed for line in lines),
        usage=Usage(
            input_tokens=sum(line.usage.input_tokens for line in lines),
            cached_tokens=sum(line.usage.cached_tokens for line in lines),
            output_tokens=sum(line.usage.output_tokens for line in lines),
            reasoning_tokens=sum(line.usage.reasoning_tokens for line in lines),
        ),
        micro_usd=sum(line.micro_usd for line in lines),
        n_estimated=sum(line.n_estimated for line in lines),
    )
