"""The run of one request, as it is stored and shown."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.orchestrator.economy import is_partial
from core.orchestrator.present import render_reply
from core.orchestrator.state import Progress, State
from schemas.analysis import AnalysisResponse
from schemas.errors import ErrorResponse
from schemas.principal import Principal, Visibility
from schemas.requests import NewsRequest
from schemas.runs import Reply, StoredRun

ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
MAX_STORED_CARDS = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """One request on its way; `run_id` is the short id that its buttons will carry.

    `seen` is all that the answer may be made of; `is_words_only`: the question may not leave the
    machine, not even to be turned into a vector. `news` changes whenever news is stored, so that
    cached answers never hide it. `warnings` are for the one who asked, whoever
    the answer was made for.
    """

    principal: Principal
    request: NewsRequest
    correlation_id: str
    run_id: str
    seen: Visibility
    is_words_only: bool = False
    news: str = ""
    on_progress: Progress | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """What the graph gave. `is_lasting`: others may get it too; `near` concerns this one alone."""

    run: StoredRun
    reply: Reply
    is_lasting: bool
    near: tuple[str, ...] = ()


def new_run_id() -> str:
    """Give a short id for buttons: ten letters, 50 bits, never guessed and never reused."""
    return "".join(secrets.choice(ID_LETTERS) for _ in range(10))


def bare_run(
    asked: Asked, response: AnalysisResponse | ErrorResponse, *, at: datetime
) -> StoredRun:
    """Give a run with its answer, and nothing yet of how it came about."""
    return StoredRun(
        id=asked.run_id,
        correlation_id=asked.correlation_id,
        tenant=asked.principal.tenant,
        person=asked.principal.person,
        chat=asked.principal.chat,
        request=asked.request,
        response=response,
        facts=None,
        evidence=(),
        policy=(),
        timings_ms={},
        at=at,
    )


def finished_run(asked: Asked, state: State, *, at: datetime) -> StoredRun:
    """Give the run that a walk through the graph ended with."""
    cards = sorted(state.get("cards", ()), key=lambda card: not card.is_cited)
    return bare_run(asked, state["response"], at=at).model_copy(
        update={
            "facts": state.get("facts"),
            "evidence": tuple(cards[:MAX_STORED_CARDS]),
            "policy": tuple(state.get("policy", ())),
            "timings_ms": state.get("timings_ms", {}),
            "worded": tuple(state.get("worded", ())),
            "notes": tuple(state.get("notes", ())),
            "cost_usd_micro": state.get("cost_usd_micro", 0),
        }
    )


def is_lasting(run: StoredRun, state: State) -> bool:
    """Say whether an answer is worth keeping for others: whole, ranked, with all its means."""
    is_answer = isinstance(run.response, AnalysisResponse)
    return is_answer and not is_partial(run.notes) and not state.get("is_unranked", False)


def is_short_of_money(run: StoredRun) -> bool:
    """Say whether a budget decided how a run went: that is the business of its payer alone."""
    if isinstance(run.response, ErrorResponse):
        return run.response.error.code == "BUDGET_EXCEEDED"
    return any(note.reason == "money" for note in run.notes)


def reissued(run: StoredRun, asked: Asked) -> StoredRun:
    """Give an answer made for somebody else ids of its own: buttons belong to one chat."""
    principal = asked.principal
    meta = run.response.meta.model_copy(update={"correlation_id": asked.correlation_id})
    mine = run.model_copy(
        update={
            "id": asked.run_id,
            "correlation_id": asked.correlation_id,
            "tenant": principal.tenant,
            "person": principal.person,
            "chat": principal.chat,
            "request": asked.request,
            "response": run.response.model_copy(update={"meta": meta}),
            "timings_ms": {},
            "worded": tuple(one.model_copy(update={"micro_usd": 0}) for one in run.worded),
            "cost_usd_micro": 0,
        }
    )
    return warned(mine, asked.warnings)


def warned(run: StoredRun, lines: Sequence[str]) -> StoredRun:
    """Add warnings to an answer; a refusal has room for none."""
    if not lines or not isinstance(run.response, AnalysisResponse):
        return run
    warnings = tuple(dict.fromkeys((*run.response.warnings, *lines)))
    response = run.response.model_copy(update={"warnings": warnings})
    return run.model_copy(update={"response": response})


def present(run: StoredRun, principal: Principal) -> Reply:
    """Render a stored run again, as its chat saw it."""
    return render_reply(
        run.response,
        run_id=run.id,
        request=run.request,
        principal=principal,
        facts=run.facts,
        cards=run.evidence,
    )
