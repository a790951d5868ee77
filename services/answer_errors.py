"""Errors of an answer, named for the reader; the details stay in the log."""

from core.errors import (
    BudgetExceeded,
    DeadlineExceeded,
    IndexFull,
    ModelUnavailable,
    StoreBusy,
    StoreFull,
    StoreUnreachable,
)
from core.orchestrator.economy import over_budget
from core.orchestrator.matching import Refusal
from schemas.requests import Command


def refusal_of(error: Exception, command: Command, *, deadline_s: float) -> Refusal:
    """Give what the reader of a failed request is told."""
    match error:
        case DeadlineExceeded() | TimeoutError():
            return Refusal("INTERNAL", "writer-refuse-late", (("seconds", f"{deadline_s:g}"),))
        case BudgetExceeded():
            return over_budget(error.scope, command)
        case ModelUnavailable():
            return Refusal("MODEL_UNAVAILABLE", "writer-refuse-model")
        case StoreUnreachable():
            return Refusal("INTERNAL", "writer-refuse-store")
        case StoreBusy():
            return Refusal("INTERNAL", "writer-refuse-busy")
        case StoreFull() | IndexFull():
            return Refusal("INTERNAL", "writer-refuse-full")
        case _:
            return Refusal("INTERNAL", "writer-refuse-internal")
