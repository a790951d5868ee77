"""Rows of the journal: what they take from which counters, and how they are written and read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never, get_args

from core.ports.ledger import Granted, Level, Refused, counter_name
from schemas.llm import Usage
from schemas.spending import UNITS, JournalEntry, Reservation, ScopeKind, Settlement, Unit
from services.adapters.store.statements import AnyRow, storable
from services.adapters.store.times import from_epoch, to_epoch

VERSION_STEP = 1 << 20
"""A counter's versions begin at its first second times this: made anew, it has a higher one."""

Values = dict[str, Any]
_KINDS: Mapping[str, ScopeKind] = {kind: kind for kind in get_args(ScopeKind)}


@dataclass(frozen=True, slots=True)
class Taken:
    """What one attempt takes of its limits."""

    tokens: int
    micro_usd: int

    def of(self, unit: Unit) -> int:
        """Give what it takes of a limit that counts in `unit`."""
        match unit:
            case "tokens":
                return self.tokens
            case "micro_usd":
                return self.micro_usd
            case "commands":
                return 1
            case _:
                assert_never(unit)


@dataclass(frozen=True, slots=True)
class Open:
    """A row that is still reserved: what it has taken, and from which counters until when."""

    taken: Taken
    scopes: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Counter:
    """A counter while its row is locked."""

    name: str
    used: int
    version: int
    expires_at: int
    is_changed: bool = False

    def add(self, amount: int) -> None:
        """Change it; one that was deleted meanwhile, and is empty again, does not go below 0."""
        if amount:
            self.used = max(0, self.used + amount)
            self.is_changed = True


@dataclass(slots=True)
class Counters:
    """The locked counters of a batch, by name; what they hold is decided in memory."""

    by_name: dict[str, Counter] = field(default_factory=dict)

    def take(self, reservation: Reservation) -> Granted | Refused:
        """Take from all counters of a reservation, or from none."""
        taken = reserved(reservation)
        amounts = [taken.of(UNITS[scope.kind]) for scope in reservation.scopes]
        found = [self.by_name[counter_name(scope)] for scope in reservation.scopes]
        for scope, counter, amount in zip(reservation.scopes, found, amounts, strict=True):
            if amount and counter.used + amount > scope.limit:
                return Refused(scope, counter.used)
        for counter, amount in zip(found, amounts, strict=True):
            counter.add(amount)
        return Granted(tuple(counter.used for counter in found))

    def changed(self) -> list[tuple[int, str]]:
        """Give (sum, name) of every counter whose sum is another one now."""
        return [(each.used, each.name) for each in self.by_name.values() if each.is_changed]

    def levels(self) -> tuple[Level, ...]:
        """Give every counter as it stands."""
        return tuple(
            Level(each.name, each.used, each.version, from_epoch(each.expires_at))
            for each in self.by_name.values()
        )

    def settle(self, row: Open, cost: Taken) -> None:
        """Have a row's counters hold what it cost instead of what was reserved."""
        for name, _ in row.scopes:
            unit = UNITS[_KINDS[name.partition(":")[0]]]
            self.by_name[name].add(cost.of(unit) - row.taken.of(unit))


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to be stored of a batch: new rows, rows that end; and what became of each."""

    begun: list[Values]
    ended: list[Values]
    reserved: tuple[Granted | Refused, ...]
    settled: tuple[bool, ...]


def decide(
    reservations: Sequence[Reservation],
    settlements: Sequence[Settlement],
    *,
    rows: Mapping[str, Open],
    counters: Counters,
) -> Decided:
    """Settle, then reserve, one after the other, in memory; `counters` change.

    Args:
        reservations: In the order in which they are decided.
        settlements: Likewise.
        rows: The rows of `settlements` that are still reserved, locked.
        counters: All counters that either has to do with, locked.
    """
    still_open = dict(rows)
    ended, settled = [], []
    for settlement in settlements:
        row = still_open.pop(settlement.id, None)
        settled.append(row is not None)
        if row is not None:
            cost = cost_of(settlement, row)
            counters.settle(row, cost)
            ended.append(ended_row(settlement, cost))
    answers = tuple(counters.take(reservation) for reservation in reservations)
    begun = [
        new_row(reservation)
        for reservation, answer in zip(reservations, answers, strict=True)
        if isinstance(answer, Granted)
    ]
    return Decided(begun, ended, answers, tuple(settled))


def reserved(reservation: Reservation) -> Taken:
    """Give what a reservation takes."""
    return Taken(reservation.max_tokens, reservation.max_micro_usd)


def cost_of(settlement: Settlement, row: Open) -> Taken:
    """Give what an attempt counts as: its usage, all that was reserved, or nothing."""
    match settlement.state:
        case "settled_actual":
            usage = settlement.usage
            return Taken(usage.input_tokens + usage.output_tokens, settlement.micro_usd)
        case "settled_estimate":
            return row.taken
        case "released":
            return Taken(0, 0)
        case _:
            assert_never(settlement.state)


def counters_of(reservations: Iterable[Reservation], rows: Iterable[Open]) -> list[Values]:
    """Give the counters of a batch with their ends, in the one order in which they are locked."""
    found = {
        counter_name(scope): to_epoch(scope.expires_at)
        for reservation in reservations
        for scope in reservation.scopes
    }
    for row in rows:
        for name, ends_at in row.scopes:
            found.setdefault(name, ends_at)
    return [{"scope": name, "expires_at": found[name]} for name in sorted(found)]


def written_scopes(reservation: Reservation) -> str:
    """Give the counters of a reservation as its row holds them."""
    return json.dumps(
        [(counter_name(scope), to_epoch(scope.expires_at)) for scope in reservation.scopes],
        ensure_ascii=False,
    )


def read_scopes(text: str) -> tuple[tuple[str, int], ...]:
    """Give the counters of a row and the epoch seconds of their ends."""
    return tuple((name, ends_at) for name, ends_at in json.loads(text))


def scopes_without(text: str, key: str) -> str:
    """Give the counters of a row without those of one person or chat."""
    kept = [
        (name, ends_at)
        for name, ends_at in read_scopes(text)
        if not name.partition(":")[2].startswith(f"{key}:")
    ]
    return json.dumps(kept, ensure_ascii=False)


def scope_mark(name: str) -> str:
    """Give what stands in the counters of every row that takes from this one."""
    return f"[{json.dumps(name, ensure_ascii=False)}, "


def new_row(reservation: Reservation) -> Values:
    """Give the row of a reservation that was granted."""
    taken = reserved(reservation)
    return {
        "id": reservation.id,
        "tenant_id": reservation.tenant,
        "run_id": reservation.run_id,
        "person": reservation.person,
        "chat": reservation.chat,
        "command": reservation.command,
        "task": reservation.task,
        "provider": reservation.provider,
        "model": reservation.model,
        "state": "reserved",
        "input_tokens": 0,
        "cached_tokens": 0,
        "output_tokens": 0,
        "reasoning_tokens": 0,
        "reserved_tokens": taken.tokens,
        "tokens": taken.tokens,
        "reserved_micro_usd": taken.micro_usd,
        "micro_usd": taken.micro_usd,
        "latency_ms": 0,
        "at": to_epoch(reservation.at),
        "scopes": written_scopes(reservation),
    }


def ended_row(settlement: Settlement, cost: Taken) -> Values:
    """Give what changes in a row that ends; `ended_id` names it."""
    usage = settlement.usage
    return {
        "ended_id": settlement.id,
        "answered_by": None if settlement.model is None else storable(settlement.model),
        "state": settlement.state,
        "outcome": settlement.outcome,
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "tokens": cost.tokens,
        "micro_usd": cost.micro_usd,
        "latency_ms": settlement.latency_ms,
        "settled_at": to_epoch(settlement.at),
    }


def entry_of(row: AnyRow) -> JournalEntry:
    """Give a row as the journal tells it."""
    return JournalEntry(
        id=row.id,
        run_id=row.run_id,
        tenant=row.tenant_id,
        person=row.person,
        chat=row.chat,
        command=row.command,
        task=row.task,
        provider=row.provider,
        model=row.model,
        answered_by=row.answered_by,
        state=row.state,
        outcome=row.outcome,
        usage=Usage(
            input_tokens=row.input_tokens,
            cached_tokens=row.cached_tokens,
            output_tokens=row.output_tokens,
            reasoning_tokens=row.reasoning_tokens,
        ),
        reserved_micro_usd=row.reserved_micro_usd,
        micro_usd=row.micro_usd,
        latency_ms=row.latency_ms,
        at=from_epoch(row.at),
        settled_at=None if row.settled_at is None else from_epoch(row.settled_at),
    )


def first_version(reservations: Sequence[Reservation], settlements: Sequence[Settlement]) -> int:
    """Give the version of a counter that a batch makes."""
    moments = [*(each.at for each in reservations), *(each.at for each in settlements)]
    return to_epoch(max(moments)) * VERSION_STEP
