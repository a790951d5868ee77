"""Limits, reservations and settlements of the tests of money."""

from datetime import UTC, datetime
from typing import Any

from schemas.llm import Usage
from schemas.spending import Reservation, Scope, ScopeKind, Settlement

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
DAY = "2026-03-01"
PLENTY = 10**9


def limit(kind: ScopeKind, key: str, of: int = PLENTY, *, window: str = DAY) -> Scope:
    return Scope(kind=kind, key=key, window=window, limit=of, expires_at=MIDNIGHT)


def everybody(of: int = PLENTY) -> Scope:
    return limit("global_day_usd", "all", of)


def limits(
    run: str = "r1", person: str = "42", chat: str = "-7", *, usd: int = PLENTY
) -> tuple[Scope, ...]:
    """All limits of a command; `usd` is that of everybody's day."""
    return (
        limit("command_tokens", run, window=run),
        limit("command_usd", run, window=run),
        limit("user_day_usd", person),
        limit("chat_day_usd", chat),
        everybody(usd),
    )


def attempt(name: str = "a1", **changes: Any) -> Reservation:
    """A reservation of 1,000 tokens and 500 micro-dollars, by person 42 in chat -7."""
    made: dict[str, Any] = {
        "id": name,
        "run_id": "r1",
        "tenant": "desk",
        "person": "42",
        "chat": "-7",
        "command": "trends",
        "task": "compose",
        "provider": "openai",
        "model": "gpt-5",
        "max_tokens": 1_000,
        "max_micro_usd": 500,
        "at": NOON,
    }
    made |= changes
    made.setdefault("scopes", limits(made["run_id"], made["person"] or "", made["chat"] or ""))
    return Reservation(**made)


def ended(name: str = "a1", **changes: Any) -> Settlement:
    """An attempt that used 300 tokens and cost 120 micro-dollars."""
    made: dict[str, Any] = {
        "id": name,
        "state": "settled_actual",
        "outcome": "ok",
        "model": "gpt-5-2026-01-15",
        "usage": Usage(input_tokens=200, cached_tokens=50, output_tokens=100, reasoning_tokens=9),
        "micro_usd": 120,
        "latency_ms": 700,
        "at": NOON,
    }
    return Settlement(**(made | changes))


def released(name: str = "a1") -> Settlement:
    return Settlement(id=name, state="released", at=NOON)


def estimated(name: str = "a1") -> Settlement:
    return Settlement(id=name, state="settled_estimate", outcome="timeout", at=NOON)
