"""The one place that decides which model speaks, tries again, or falls back."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from typing import Literal

from core.breaker import Breaker
from core.errors import ModelFailed, ModelUnavailable
from core.llm.deadline import Deadline
from core.llm.routes import LOCAL, Route, Routes
from core.ports.chat_model import ChatModel
from monitoring.metrics import Metrics
from schemas.llm import FailureKind, Message, ModelReply, Task

RESERVE_S = 1.0
"""Always left of the deadline, for the local answer, composing and validating."""

SHARE_WHILE_OTHERS_FOLLOW = 0.6
MIN_ATTEMPT_S = 0.2
"""An attempt with less time than this cannot end well and is not begun."""

TRANSIENT: frozenset[FailureKind] = frozenset({"timeout", "rate_limited", "overloaded"})
UNHEALTHY: frozenset[FailureKind] = TRANSIENT | {"auth"}
"""Failures that speak of the model or its key; the others speak of the request."""

Blame = Literal[
    "timeout", "rate_limited", "overloaded", "auth", "bad_request", "policy", "schema_invalid"
]
"""A failure as the metrics name it."""

Reason = Blame | Literal["breaker_open", "no_time"]
"""Why a model was passed over."""

BLAME: Mapping[FailureKind, Blame] = {
    "timeout": "timeout",
    "rate_limited": "rate_limited",
    "overloaded": "overloaded",
    "auth": "auth",
    "bad_request": "bad_request",
    "content_policy": "policy",
    "context_too_long": "bad_request",
    "schema_invalid": "schema_invalid",
}


class ModelManager:
    """Walks the route of a task until a model answers.

    An attempt gets at most 60 % of what is left of the deadline while another model follows, never
    more than the route's ceiling, and one second is always left. One retry on transient failures
    counts inside its attempt.
    """

    def __init__(
        self,
        models: Mapping[str, ChatModel],
        routes: Routes,
        *,
        breaker: Breaker,
        metrics: Metrics,
    ) -> None:
        self._models = models
        self._routes = routes
        self._breaker = breaker
        self._metrics = metrics

    def models_for(self, task: Task) -> tuple[str, ...]:
        """The names of the models that may do `task`, first choice first; empty: local only."""
        route = self._routes.get(task, Route())
        return tuple(name for name in route.models if name in self._models)

    async def draft(
        self,
        task: Task,
        messages: Sequence[Message],
        *,
        deadline: Deadline,
        require: bool = False,
        max_tokens: int = 2_000,
    ) -> ModelReply | None:
        """Ask the models of a task, one after the other, for a draft.

        Args:
            task: Chooses the route.
            messages: What the model reads.
            deadline: Shared by the whole request.
            require: Whether the request insists on a model.
            max_tokens: The longest reply.

        Returns:
            The first reply, with the id that really answered; None when no model of the route is
            configured or none answered, so the local answer must do.

        Raises:
            ModelUnavailable: None answered and `require` is set.
        """
        names = self.models_for(task)
        reasons: list[str] = []
        for i, name in enumerate(names):
            follower = names[i + 1] if i + 1 < len(names) else None
            attempt_s = self._share(task, deadline, follower)
            reply = await self._try_model(
                (task, name), messages, attempt_s=attempt_s, max_tokens=max_tokens
            )
            if isinstance(reply, ModelReply):
                return reply
            reasons.append(f"{name}: {reply}")
            self._metrics.orchestrator_fallback_total.labels(
                task=task, from_model=name, to_model=follower or LOCAL, reason=reply
            ).inc()
        if require:
            tried = "; ".join(reasons) or "none is configured"
            raise ModelUnavailable(
                f"no model answered for {task!r} ({tried}); see `newsdesk doctor`"
            )
        return None

    def _share(self, task: Task, deadline: Deadline, follower: str | None) -> float:
        left = deadline.left()
        usable = left - RESERVE_S
        if follower is not None:
            usable = min(usable, SHARE_WHILE_OTHERS_FOLLOW * left)
        return min(usable, self._routes[task].ceiling_s)

    async def _try_model(
        self,
        route: tuple[Task, str],
        messages: Sequence[Message],
        *,
        attempt_s: float,
        max_tokens: int,
    ) -> ModelReply | Reason:
        """One model's attempt, its retry included; the reason when it gave nothing."""
        if attempt_s < MIN_ATTEMPT_S:
            return "no_time"
        attempt = Deadline(attempt_s)
        first = await self._call(route, messages, timeout_s=attempt_s, max_tokens=max_tokens)
        if not isinstance(first, ModelFailed):
            return first
        pause_s = random.uniform(0.1, 0.3) if first.retry_after_s is None else first.retry_after_s
        left_s = attempt.left() - pause_s
        if first.kind not in TRANSIENT or left_s < MIN_ATTEMPT_S:
            return BLAME[first.kind]
        await asyncio.sleep(pause_s)
        second = await self._call(route, messages, timeout_s=left_s, max_tokens=max_tokens)
        return BLAME[second.kind] if isinstance(second, ModelFailed) else second

    async def _call(
        self,
        route: tuple[Task, str],
        messages: Sequence[Message],
        *,
        timeout_s: float,
        max_tokens: int,
    ) -> ModelReply | ModelFailed | Literal["breaker_open"]:
        task, name = route
        outcome: str | None = None  # stays None when cancelled
        started_at = time.monotonic()
        try:
            async with self._breaker.attempt(f"model:{name}", is_failure=_is_unhealthy) as state:
                if state == "open":
                    return "breaker_open"
                reply = await self._ask(
                    route, messages, timeout_s=timeout_s, max_tokens=max_tokens
                )
            outcome = "ok"
        except ModelFailed as error:
            outcome = BLAME[error.kind]
            return error
        finally:
            if outcome is not None:
                took_s = time.monotonic() - started_at
                self._metrics.model_calls_total.labels(name, task, outcome).inc()
                self._metrics.model_latency_seconds.labels(name, task).observe(took_s)
        return reply

    async def _ask(
        self,
        route: tuple[Task, str],
        messages: Sequence[Message],
        *,
        timeout_s: float,
        max_tokens: int,
    ) -> ModelReply:
        task, name = route
        try:
            async with asyncio.timeout(timeout_s):
                return await self._models[name].draft(
                    task, messages, timeout_s=timeout_s, max_tokens=max_tokens
                )
        except TimeoutError as error:
            raise ModelFailed(
                f"{name} did not answer {task!r} within {timeout_s:.1f} s", kind="timeout"
            ) from error


def _is_unhealthy(error: Exception) -> bool:
    return isinstance(error, ModelFailed) and error.kind in UNHEALTHY
