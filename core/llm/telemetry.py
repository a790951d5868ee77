"""What is counted of each attempt and each fallback."""

from collections.abc import Mapping
from typing import Literal

from core.llm.purse import Bill
from core.llm.routes import LOCAL
from monitoring.metrics import Metrics
from schemas.llm import FailureKind, StepReason, Task, Usage

MICRO_PER_DOLLAR = 1_000_000

Blame = Literal[
    "timeout", "rate_limited", "overloaded", "auth", "bad_request", "policy", "schema_invalid"
]
OUTCOMES: Mapping[FailureKind, Blame] = {
    "timeout": "timeout",
    "rate_limited": "rate_limited",
    "overloaded": "overloaded",
    "auth": "auth",
    "bad_request": "bad_request",
    "content_policy": "policy",
    "context_too_long": "bad_request",
    "schema_invalid": "schema_invalid",
}
"""A failure as metrics and the journal name it."""


class Telemetry:
    """Counts on the desk's metrics; `model` is always the name in the routes."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def call(self, task: Task, name: str, bill: Bill, *, micro_usd: int | None) -> None:
        """Count a call that ended; a cancelled one (no outcome) counts as money alone."""
        metrics = self._metrics
        if bill.outcome is not None:
            metrics.model_calls_total.labels(name, task, bill.outcome).inc()
            metrics.model_latency_seconds.labels(name, task).observe(bill.latency_ms / 1_000)
        if micro_usd is not None:
            metrics.model_cost_usd_total.labels(name, task).inc(micro_usd / MICRO_PER_DOLLAR)
        if bill.usage is not None:
            self._tokens(name, bill.usage)

    def fallback(self, task: Task, name: str, *, to_model: str | None, reason: StepReason) -> None:
        """Count a model that was passed over for `to_model`, None: for plain code."""
        self._metrics.orchestrator_fallback_total.labels(
            task=task, from_model=name, to_model=to_model or LOCAL, reason=reason
        ).inc()

    def _tokens(self, name: str, usage: Usage) -> None:
        directions = {
            "input": usage.input_tokens - usage.cached_tokens,
            "cached": usage.cached_tokens,
            "output": usage.output_tokens - usage.reasoning_tokens,
            "reasoning": usage.reasoning_tokens,
        }
        for direction, n in directions.items():
            if n > 0:
                self._metrics.model_tokens_total.labels(name, direction).inc(n)
