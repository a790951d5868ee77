"""What one finished request leaves in metrics and in the log: one line, no text of anybody."""

import structlog

from monitoring.metrics import Metrics
from schemas.errors import ErrorResponse
from schemas.runs import StoredRun

log = structlog.get_logger(__name__)

FAILURES = frozenset({"INTERNAL", "MODEL_UNAVAILABLE"})


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
    log.info(
        "request.finished",
        run=run.id,
        correlation_id=run.correlation_id,
        command=command,
        window=run.request.window,
        outcome=outcome,
        elapsed_ms=round(elapsed_s * 1000),
        n_counted=run.facts.window.n_counted if run.facts else 0,
    )


def _outcome(run: StoredRun) -> str:
    """Name how it ended: an enhanced answer in local words is partial."""
    if isinstance(run.response, ErrorResponse):
        return "error" if run.response.error.code in FAILURES else "refused"
    is_partial = run.request.depth == "enhanced" and run.response.meta.model == "local"
    return "partial" if is_partial else "ok"
