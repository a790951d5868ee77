"""What was saved, skipped or missed on the way to a model, in the reader's words."""

from collections.abc import Iterable, Sequence

from core.errors import BudgetExceeded
from core.orchestrator.matching import Refusal
from core.rendering.words import format_share, say
from schemas.llm import EconomyStep, ModelNote, StepReason
from schemas.requests import Command
from schemas.spending import ScopeKind

STEPS: tuple[EconomyStep, ...] = (
    "fewer_documents",
    "no_optional",
    "next_model",
    "repaired",
    "local",
)
"""In the order in which a reader is told."""

DAY: tuple[ScopeKind, ...] = (
    "user_day_commands",
    "user_day_usd",
    "chat_day_usd",
    "global_day_usd",
)
SHORT_OF: frozenset[StepReason] = frozenset({"tokens", "money"})
SAVINGS: frozenset[EconomyStep] = frozenset({"fewer_documents", "no_optional"})
HARMLESS: frozenset[EconomyStep] = frozenset({"repaired"})
"""Steps after which the words are what they would have been."""


def told(notes: Iterable[ModelNote], lang: str) -> list[str]:
    """Give one line for each step and reason; several models of one line are listed in it.

    What was saved on the way to no reply at all is not worth a line.
    """
    grouped: dict[tuple[EconomyStep, StepReason], dict[str, None]] = {}
    all_notes = list(notes)
    unanswered = {note.task for note in all_notes if note.step == "local"}
    for note in all_notes:
        if note.step in SAVINGS and note.task in unanswered:
            continue
        models = grouped.setdefault((note.step, note.reason), {})
        if note.model is not None:
            models[note.model] = None
    ordered = sorted(grouped.items(), key=lambda item: STEPS.index(item[0][0]))
    return [_line(step, reason, list(models), lang) for (step, reason), models in ordered]


def _line(step: EconomyStep, reason: StepReason, models: Sequence[str], lang: str) -> str:
    why = say(lang, "writer-note-why", reason=reason)
    return say(lang, f"writer-note-{step}", models=", ".join(models) or "none", why=why)


def near(kinds: Iterable[ScopeKind], *, share: float, lang: str) -> list[str]:
    """Say which budgets of the day are used to `share` of their limit or more."""
    nearly = set(kinds)
    return [
        say(lang, "writer-warn-near", scope=kind, share=format_share(share, lang))
        for kind in DAY
        if kind in nearly
    ]


def is_partial(notes: Iterable[ModelNote]) -> bool:
    """Say whether an answer has other words than it would have had with all its means."""
    return any(note.step not in HARMLESS for note in notes)


def refusal_for(notes: Sequence[ModelNote], command: Command) -> Refusal:
    """Name why a request that insists on a model has none: money, when nothing else failed."""
    last = [note for note in notes if note.step in ("next_model", "local")]
    if last and all(note.reason in SHORT_OF for note in last):
        return over_budget("command_usd", command)
    return Refusal("MODEL_UNAVAILABLE", "writer-refuse-model")


def is_no_budgets_fault(error: BudgetExceeded, notes: Sequence[ModelNote]) -> bool:
    """Say whether failing models used up what one answer may cost: then they are to blame."""
    is_of_command = error.scope in ("command_tokens", "command_usd")
    return is_of_command and any(note.reason not in SHORT_OF for note in notes)


def over_budget(scope: str, command: Command) -> Refusal:
    """Say which budget is used up and what still works."""
    return Refusal(
        "BUDGET_EXCEEDED", "writer-refuse-money", (("scope", scope), ("command", command))
    )
