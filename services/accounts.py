"""What a request takes of a day, and what it leaves: metrics and one line, no text of anybody."""

from datetime import UTC, datetime, time, timedelta

import structlog

from core.ports.store import Store
from monitoring.metrics import Metrics
from schemas.errors import ErrorResponse
from schemas.principal import Principal
from schemas.runs import StoredRun
from schemas.settings import RateSettings
from schemas.spending import Scope

log = structlog.get_logger(__name__)

FAILURES = frozenset({"INTERNAL", "MODEL_UNAVAILABLE"})


MICRO_PER_DOLLAR = 1_000_000


def commands_of_day(principal: Principal, rate: RateSettings, *, now: datetime) -> Scope | None:
    """Give the limit of commands that a person has today; None for what is no person."""
    if principal.person is None:
        return None
    today = now.astimezone(UTC).date()
    return Scope(
        kind="user_day_commands",
        key=principal.person,
        window=today.isoformat(),
        limit=rate.commands_per_day,
        expires_at=datetime.combine(today, time(), UTC) + timedelta(days=1),
    )


async def cost_of(store: Store, run_id: str) -> int:
    """Give the micro-dollars of a run by the journal; an attempt still under way counts whole."""
    async with store.transaction(is_write=False) as work:
        entries = await work.journal.entries([run_id])
    return sum(e.reserved_micro_usd if e.state == "reserved" else e.micro_usd for e in entries)


def count_run(metrics: Metrics, run: StoredRun, elapsed_s: float) -> None:
    """Count a finished request and log its one line."""
    outcome = _outcome(run)
    command = run.request.command
    if isinstance(run.response, ErrorResponse):
        metrics.orchestrator_errors_total.labels(
            command=command, code=run.response.error.code, cohort="stable"
        ).inc()
    else:
        metrics.orchestrator_insights.labels(command=command).observe(len(run.response.insights))
    metrics.orchestrator_requests_total.labels(
        command=command, outcome=outcome, cohort="stable"
    ).inc()
    if run.cost_usd_micro:
        metrics.command_cost_usd.labels(command=command, cohort="stable").observe(
            run.cost_usd_micro / MICRO_PER_DOLLAR
        )
    log.info(
        "request.finished",
        run=run.id,
        correlation_id=run.correlation_id,
        command=command,
        window=run.request.window,
        outcome=outcome,
        elapsed_ms=round(elapsed_s * 1000),
        n_counted=run.facts.window.n_counted if run.facts else 0,
        model=run.response.meta.model,
        cost_usd_micro=run.cost_usd_micro,
    )


def _outcome(run: StoredRun) -> str:
    """Name how it ended: local words where a model's were wanted make an answer partial."""
    if isinstance(run.response, ErrorResponse):
        return "error" if run.response.error.code in FAILURES else "refused"
    is_wanted = run.request.depth == "enhanced" or bool(run.notes)
    is_partial = is_wanted and run.response.meta.model == "local"
    return "partial" if is_partial else "ok"
