import asyncio
from collections.abc import Sequence

import pytest

from core.breaker import Breaker, BreakerLimits
from core.errors import ModelFailed, ModelUnavailable
from core.llm.deadline import Deadline
from core.llm.manager import ModelManager
from core.llm.routes import build_routes
from monitoring.metrics import Metrics
from schemas.llm import Draft, FailureKind, Message, ModelReply, Task, Usage
from schemas.settings import ModelSettings
from services.adapters.cache.memory import MemoryCache

MESSAGES = (Message(role="user", content="[k7q] A title — a snippet"),)


class FakeModel:
    """Answers, or fails as often as told; notes the time each try was given."""

    def __init__(
        self, name: str, *, fails: Sequence[FailureKind] = (), delay_s: float = 0.0
    ) -> None:
        self.name = name
        self.fails = list(fails)
        self.delay_s = delay_s
        self.timeouts_s: list[float] = []

    async def draft(
        self, task: Task, messages: Sequence[Message], *, timeout_s: float, max_tokens: int
    ) -> ModelReply:
        self.timeouts_s.append(timeout_s)
        await asyncio.sleep(self.delay_s)
        if self.fails:
            kind = self.fails.pop(0)
            raise ModelFailed(f"{self.name}: {kind}", kind=kind, retry_after_s=0.0)
        return ModelReply(draft=Draft(claims=()), model=f"{self.name}-2026", usage=Usage())

    async def aclose(self) -> None:
        return


def manager(
    models: Sequence[FakeModel],
    *,
    task: Task = "compose",
    route: tuple[str, ...] | None = None,
    metrics: Metrics | None = None,
    min_requests: int = 100,
    attempt_s: float = 60,
) -> ModelManager:
    by_name = {model.name: model for model in models}
    names = tuple(by_name) if route is None else route
    settings = ModelSettings(routes={task: names}, attempt_s=attempt_s)
    return ModelManager(
        by_name,
        build_routes(settings, is_on=True, available=by_name),
        breaker=Breaker(MemoryCache(), BreakerLimits(min_requests=min_requests)),
        metrics=metrics or Metrics(),
    )


def fallbacks(metrics: Metrics, **labels: str) -> float | None:
    return metrics.registry.get_sample_value("orchestrator_fallback_total", labels)


def calls(metrics: Metrics, **labels: str) -> float | None:
    return metrics.registry.get_sample_value("model_calls_total", labels)


async def _routed(task: Task) -> str:
    models = [FakeModel("first"), FakeModel("second")]
    desk = manager(models, task=task, route=("second", "first"))

    reply = await desk.draft(task, MESSAGES, deadline=Deadline(10))

    assert reply is not None
    return reply.model


async def test_model_routing_keyphrase_mining() -> None:
    assert await _routed("keyphrase_mining") == "second-2026"


async def test_model_routing_sentiment() -> None:
    assert await _routed("sentiment_emotion") == "second-2026"


async def test_model_routing_topics() -> None:
    assert await _routed("topic_modeler") == "second-2026"


async def test_a_task_without_a_route_is_local_and_no_fallback() -> None:
    metrics = Metrics()
    desk = manager([FakeModel("first")], task="compose", metrics=metrics)

    reply = await desk.draft("topic_modeler", MESSAGES, deadline=Deadline(10))

    assert reply is None
    assert "orchestrator_fallback_total{" not in metrics.render().decode()


async def test_primary_timeout_triggers_fallback() -> None:
    metrics = Metrics()
    slow, quick = FakeModel("slow", delay_s=5), FakeModel("quick")
    desk = manager([slow, quick], metrics=metrics, attempt_s=0.3)

    reply = await desk.draft("compose", MESSAGES, deadline=Deadline(5))

    assert reply is not None
    assert reply.model == "quick-2026"
    assert (
        fallbacks(metrics, task="compose", from_model="slow", to_model="quick", reason="timeout")
        == 1.0
    )


async def test_an_attempt_gets_at_most_sixty_percent_while_another_follows() -> None:
    first, second = FakeModel("first", fails=["auth"]), FakeModel("second")
    desk = manager([first, second])

    await desk.draft("compose", MESSAGES, deadline=Deadline(5))

    assert first.timeouts_s[0] == pytest.approx(3.0, abs=0.1)
    assert second.timeouts_s[0] == pytest.approx(4.0, abs=0.1)


async def test_the_ceiling_of_the_route_holds_however_much_is_left() -> None:
    only = FakeModel("only")

    await manager([only]).draft("compose", MESSAGES, deadline=Deadline(100))

    assert only.timeouts_s == [4.0]


async def test_without_time_for_an_attempt_the_answer_is_local() -> None:
    metrics = Metrics()
    only = FakeModel("only")

    reply = await manager([only], metrics=metrics).draft(
        "compose", MESSAGES, deadline=Deadline(1.1)
    )

    assert (reply, only.timeouts_s) == (None, [])
    assert (
        fallbacks(metrics, task="compose", from_model="only", to_model="local", reason="no_time")
        == 1.0
    )


@pytest.mark.parametrize("kind", ["overloaded", "rate_limited", "timeout"])
async def test_a_transient_failure_is_tried_once_more(kind: FailureKind) -> None:
    model = FakeModel("only", fails=[kind])

    reply = await manager([model]).draft("compose", MESSAGES, deadline=Deadline(10))

    assert reply is not None
    assert len(model.timeouts_s) == 2


@pytest.mark.parametrize(
    "kind", ["auth", "bad_request", "content_policy", "context_too_long", "schema_invalid"]
)
async def test_what_would_fail_again_is_not_tried_again(kind: FailureKind) -> None:
    model = FakeModel("only", fails=[kind])

    reply = await manager([model]).draft("compose", MESSAGES, deadline=Deadline(10))

    assert (reply, len(model.timeouts_s)) == (None, 1)


async def test_telemetry_tracking() -> None:
    metrics = Metrics()
    model = FakeModel("only", fails=["overloaded"])

    await manager([model], metrics=metrics).draft("compose", MESSAGES, deadline=Deadline(10))

    assert calls(metrics, model="only", task="compose", outcome="overloaded") == 1.0
    assert calls(metrics, model="only", task="compose", outcome="ok") == 1.0
    assert (
        metrics.registry.get_sample_value(
            "model_latency_seconds_count", {"model": "only", "task": "compose"}
        )
        == 2.0
    )


async def test_multiple_fallbacks() -> None:
    metrics = Metrics()
    models = [
        FakeModel("a", fails=["auth"]),
        FakeModel("b", fails=["content_policy"]),
        FakeModel("c"),
    ]

    reply = await manager(models, metrics=metrics).draft(
        "compose", MESSAGES, deadline=Deadline(10)
    )

    assert reply is not None
    assert reply.model == "c-2026"
    assert fallbacks(metrics, task="compose", from_model="b", to_model="c", reason="policy") == 1


async def test_all_models_fail_raises_error() -> None:
    models = [FakeModel("a", fails=["auth"]), FakeModel("b", fails=["bad_request"])]

    with pytest.raises(ModelUnavailable, match="a: auth; b: bad_request"):
        await manager(models).draft("compose", MESSAGES, deadline=Deadline(10), require=True)


async def test_insisting_on_a_model_where_none_is_configured_says_so() -> None:
    with pytest.raises(ModelUnavailable, match="none is configured"):
        await manager([]).draft("compose", MESSAGES, deadline=Deadline(10), require=True)


async def test_a_model_that_keeps_failing_rests() -> None:
    metrics = Metrics()
    model = FakeModel("only", fails=["auth"] * 9)
    desk = manager([model], metrics=metrics, min_requests=3)

    for _ in range(5):
        await desk.draft("compose", MESSAGES, deadline=Deadline(10))

    assert len(model.timeouts_s) == 3
    assert fallbacks(
        metrics, task="compose", from_model="only", to_model="local", reason="breaker_open"
    ) == pytest.approx(2.0)


async def test_a_cancelled_request_is_no_call_and_no_fallback() -> None:
    metrics = Metrics()
    desk = manager([FakeModel("only", delay_s=5)], metrics=metrics)
    request = asyncio.create_task(desk.draft("compose", MESSAGES, deadline=Deadline(10)))
    await asyncio.sleep(0.01)

    request.cancel("gone")

    with pytest.raises(asyncio.CancelledError, match="gone"):
        await request
    text = metrics.render().decode()
    assert ("model_calls_total{" in text, "orchestrator_fallback_total{" in text) == (False, False)


async def test_a_bug_in_an_adapter_is_not_hidden_by_a_fallback() -> None:
    class Broken(FakeModel):
        async def draft(
            self, task: Task, messages: Sequence[Message], *, timeout_s: float, max_tokens: int
        ) -> ModelReply:
            raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        await manager([Broken("only")]).draft("compose", MESSAGES, deadline=Deadline(10))
