"""Every metric of Newsdesk, named as the runbook and the dashboards use it.

Labels come from closed sets, so the number of series is bounded:

    outcome   of a request ok | partial | refused | error;
              of a model call ok | timeout | rate_limited | overloaded | auth | bad_request
              | policy | schema_invalid;
              of a Telegram call sent | edited | retried | refused | unreachable;
              of an ingested item new | revised | duplicate | refused;
              of a poll news | nothing_new | unchanged | swapped, or why it failed
    cohort    stable | canary
    class     simple | enhanced
    leg       sparse | dense
    cache     answer, or the name of another cache
    window    of active chats 1d | 7d; of the dearest people day | week
    verdict   allow | redact | rewrite | drop | refuse
    supported true | false
    vote      up | down
    reason    of a fallback: `StepReason` in schemas/llm.py
    direction input (not cached) | cached | output (without reasoning) | reasoning; they add up
    role      primary | fallback
    scope     global_day | user_day_max | chat_day_max
    rank      1 to 10

`command`, `code`, `node`, `agent`, `task`, `model`, `rule`, `queue` and `source_kind` are names
that the code or the settings list.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.process_collector import ProcessCollector

REQUEST_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0)
"""Seconds; the service levels (5 s and 12 s) and the alert (20 s) are bounds of buckets."""

STEP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 8.0, 20.0)
"""Seconds; from a template's millisecond to an agent's whole time."""

INSIGHT_BUCKETS = (0, 1, 2, 3, 4, 5)

COMMAND_COST_BUCKETS = (0.0, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
"""Dollars; the service level ($0.50 a command) is a bound of a bucket."""

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Metrics:
    """The metrics of one desk, on a registry of its own.

    Each attribute is named as its metric. `orchestrator_latency_seconds` runs from the receipt of
    an update to the last message that Telegram accepted.
    """

    def __init__(self, registry: CollectorRegistry | None = None, *, version: str = "") -> None:
        self.registry = CollectorRegistry() if registry is None else registry
        ProcessCollector(registry=self.registry)
        self._add_requests()
        self._add_models()
        self._add_money()
        self._add_desk()
        self.newsdesk_build_info.labels(version=version).set(1)

    def render(self) -> bytes:
        """Give all series in the Prometheus text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(name, says, labels, registry=self.registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(name, says, labels, registry=self.registry)

    def _seconds(
        self, name: str, says: str, *labels: str, buckets: tuple[float, ...] = STEP_BUCKETS
    ) -> Histogram:
        return Histogram(name, says, labels, buckets=buckets, registry=self.registry)

    def _add_requests(self) -> None:
        self.orchestrator_requests_total = self._counter(
            "orchestrator_requests_total", "Requests that ended.", "command", "outcome", "cohort"
        )
        self.orchestrator_errors_total = self._counter(
            "orchestrator_errors_total",
            "Requests that ended in an error.",
            "command",
            "code",
            "cohort",
        )
        self.orchestrator_latency_seconds = self._seconds(
            "orchestrator_latency_seconds",
            "From the receipt of an update to the last message that Telegram accepted.",
            *("command", "class", "cohort"),
            buckets=REQUEST_BUCKETS,
        )
        self.orchestrator_deadline_total = self._counter(
            "orchestrator_deadline_total", "Requests that ran out of time.", "command", "node"
        )
        self.orchestrator_node_seconds = self._seconds(
            "orchestrator_node_seconds", "Time in one node of the graph.", "node"
        )
        self.agent_latency_seconds = self._seconds(
            "agent_latency_seconds", "Time of one agent.", "agent"
        )
        self.retrieval_latency_seconds = self._seconds(
            "retrieval_latency_seconds", "Time of one search leg.", "leg"
        )
        self.orchestrator_cache_requests_total = self._counter(
            "orchestrator_cache_requests_total", "Questions to a cache.", "cache"
        )
        self.orchestrator_cache_hits_total = self._counter(
            "orchestrator_cache_hits_total", "Questions that a cache could answer.", "cache"
        )
        self.orchestrator_insights_checked_total = self._counter(
            "orchestrator_insights_checked_total",
            "Insights held against their evidence.",
            *("command", "supported", "cohort"),
        )
        self.orchestrator_insights = Histogram(
            "orchestrator_insights",
            "Insights in an answer.",
            ("command",),
            buckets=INSIGHT_BUCKETS,
            registry=self.registry,
        )
        self.orchestrator_validation_total = self._counter(
            "orchestrator_validation_total", "Verdicts of policy rules.", "rule", "verdict"
        )
        self.answer_feedback_total = self._counter(
            "answer_feedback_total", "Votes on answers.", "command", "vote"
        )

    def _add_models(self) -> None:
        self.orchestrator_fallback_total = self._counter(
            "orchestrator_fallback_total",
            "Times a model was passed over for the next one.",
            *("task", "from_model", "to_model", "reason"),
        )
        self.model_calls_total = self._counter(
            "model_calls_total", "Attempts on language models.", "model", "task", "outcome"
        )
        self.model_latency_seconds = self._seconds(
            "model_latency_seconds",
            "Time of one attempt on a language model.",
            *("model", "task"),
            buckets=REQUEST_BUCKETS,
        )
        self.model_tokens_total = self._counter(
            "model_tokens_total",
            "Tokens, as providers counted them; the directions add up.",
            *("model", "direction"),
        )
        self.model_available = self._gauge(
            "model_available",
            "Whether calls go to a model of a route (1), or its breaker keeps them away (0).",
            *("model", "role"),
        )

    def _add_money(self) -> None:
        self.model_cost_usd_total = self._counter(
            "model_cost_usd_total",
            "Dollars of attempts, estimates included.",
            *("model", "task"),
        )
        self.orchestrator_budget_used_cents = self._gauge(
            "orchestrator_budget_used_cents", "Cents used of a day's limit.", "scope"
        )
        self.orchestrator_budget_limit_cents = self._gauge(
            "orchestrator_budget_limit_cents", "Cents that a day's limit allows.", "scope"
        )
        self.budget_drift_usd = self._gauge(
            "budget_drift_usd", "Dollars between a limit's counter and its journal.", "scope"
        )
        self.command_cost_usd = Histogram(
            "command_cost_usd",
            "Dollars of one command.",
            ("command", "cohort"),
            buckets=COMMAND_COST_BUCKETS,
            registry=self.registry,
        )
        self.top_user_cost_usd = self._gauge(
            "top_user_cost_usd",
            "Dollars of the dearest people, without their ids.",
            *("window", "rank"),
        )

    def _add_desk(self) -> None:
        self.active_chats = self._gauge("active_chats", "Chats that spoke lately.", "window")
        self.job_oldest_age_seconds = self._gauge(
            "job_oldest_age_seconds", "How long the oldest due job has waited.", "queue"
        )
        self.newsdesk_build_info = self._gauge(
            "newsdesk_build_info", "The version that runs; always 1.", "version"
        )
        self.telegram_send_total = self._counter(
            "telegram_send_total", "Messages handed to Telegram.", "outcome"
        )
        self.ingest_articles_total = self._counter(
            "ingest_articles_total", "Items that arrived.", "source_kind", "outcome"
        )
        self.source_polls_total = self._counter(
            "source_polls_total", "Polls of feeds and channels that ended.", "outcome"
        )
        self.feed_age_seconds = self._gauge(
            "feed_age_seconds",
            "Seconds since the active source that was read longest ago was read, or added.",
        )
        self.db_wait_seconds = self._seconds(
            "db_wait_seconds", "Wait for the database before a transaction began."
        )
