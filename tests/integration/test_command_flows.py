import asyncio
from typing import Any

import pytest

from bot_service.local_models.server import FakeProviders
from core.access import visible
from core.llm.deadline import Deadline
from core.orchestrator import nodes, validating
from core.orchestrator.state import Composed, State, Tools
from schemas.analysis import (
    AnalysisResponse,
    KeywordsResult,
    SentimentResult,
    TopicsResult,
    TrendsResult,
)
from schemas.drafts import Finding
from schemas.llm import ModelCall, ModelReply
from schemas.runs import Reply
from services.adapters.embed.hashing import HashingEmbedder
from services.adapters.llm.scripted import ScriptedModel
from services.answering import Answering
from services.desk import Desk
from services.wiring import load_graph
from tests.integration.conftest import (
    ADA,
    AGENT_TASKS,
    DESK,
    EVERY_TASK,
    answer_of,
    answering_with,
    asking,
    counted,
    error_of,
    facts_of,
    run_of,
)
from tests.integration.news import COPIED, NOW
from tests.integration.providers import NAMED, fake, provided, stand_ins

__all__ = ["fake", "stand_ins"]

FLOOD = "Tidal barrier at Port Selmer fails"


def tools_of(desk: Desk) -> Tools:
    return Tools(
        store=desk.store,
        index=desk.index,
        embedder=HashingEmbedder(),
        metrics=desk.metrics,
        answer=desk.settings.answer,
        retrieval=desk.settings.retrieval,
        deadline=Deadline(10),
        version="test",
    )


def given(**more: Any) -> State:
    state: State = {
        "request": asking(),
        "principal": ADA,
        "visibility": visible(ADA),
        "now": NOW,
        "correlation_id": "c1",
        "run_id": "r1",
    }
    return state | more  # type: ignore[return-value]


class Runtime:
    """What a node reads of LangGraph's runtime."""

    def __init__(self, context: Tools) -> None:
        self.context = context


async def state_of(desk: Desk, **more: Any) -> State:
    """The state of a whole walk through the graph."""
    found = await load_graph().ainvoke(given(**more), context=tools_of(desk))
    state: State = found  # type: ignore[assignment]
    return state


async def test_trends_enhanced_pipeline(desk: Desk, fake: FakeProviders) -> None:
    async with provided(desk, fake) as answering:
        reply = await answering.answer(ADA, asking(depth="enhanced"))

    answer, run = answer_of(reply), await run_of(desk, reply)
    assert answer.meta.model == NAMED["claude"]
    assert isinstance(answer.result, TrendsResult)
    assert answer.result.momentum[0].direction == "up"
    assert {(by.task, by.model) for by in run.worded} == {
        ("topic_modeler", NAMED["claude"]),
        ("sentiment_emotion", NAMED["gpt-5"]),
        ("keyphrase_mining", NAMED["gemini-2.5-pro"]),
        ("compose", NAMED["claude"]),
    }
    assert run.notes == ()


async def test_analyze_keywords_pipeline(desk: Desk, fake: FakeProviders) -> None:
    async with provided(desk, fake) as answering:
        answer = answer_of(await answering.answer(ADA, asking("keywords", "barrier")))

    assert isinstance(answer.result, KeywordsResult)
    assert "Port Selmer" in {phrase.phrase for phrase in answer.result.keyphrases}
    assert answer.result.expansion_hint is not None
    assert [call.provider for call in fake.calls].count("gemini") == 2


async def test_analyze_sentiment_pipeline(desk: Desk, fake: FakeProviders) -> None:
    async with provided(desk, fake) as answering:
        answer = answer_of(await answering.answer(ADA, asking("sentiment", "Port Selmer")))

    assert isinstance(answer.result, SentimentResult)
    assert answer.result.overall < 0
    assert sum(point.n_docs for point in answer.result.timeline) > 0
    assert [call.provider for call in fake.calls] == ["openai", "anthropic"]


async def test_analyze_topics_pipeline(desk: Desk, fake: FakeProviders) -> None:
    async with provided(desk, fake) as answering:
        answer = answer_of(await answering.answer(ADA, asking("topics")))

    assert isinstance(answer.result, TopicsResult)
    assert answer.result.topics[0].trend == "rising"
    assert len(answer.result.clusters[0].doc_ids) > 5
    assert [call.provider for call in fake.calls] == ["anthropic", "anthropic"]


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("command", ["trends", "keywords", "sentiment", "topics", "stories"])
async def test_validation_passes(desk: Desk, command: str, lang: str) -> None:
    query = "Port Selmer" if command == "stories" else None

    reply = await desk.answer(ADA, asking(command, query, reply_lang=lang))

    run = await run_of(desk, reply)
    again = AnalysisResponse.model_validate_json(reply.response.model_dump_json())
    assert again == reply.response
    assert {record.verdict for record in run.policy} <= {"allow", "rewrite"}


async def test_validation_fails_missing_evidence(desk: Desk) -> None:
    state = await state_of(desk)
    unfounded = Finding(
        type="fact", text="Nobody wrote this.", article_ids=(987_654,), is_computed=False
    )
    composed = Composed(header="h", tldr="t", findings=(unfounded,), model="scripted")
    bare: Any = {key: value for key, value in state.items() if key not in ("drafts", "briefs")}

    update = await validating.validate(bare | {"composed": composed}, Runtime(tools_of(desk)))  # type: ignore[arg-type]

    assert update["refusal"].code == "VALIDATION_FAILED"
    assert "response" not in update


class Meeting(ScriptedModel):
    """Answers once three calls are under way at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self._all_here = asyncio.Barrier(len(AGENT_TASKS))

    async def draft(self, call: ModelCall) -> ModelReply:
        await self._all_here.wait()
        return await super().draft(call)


async def test_parallel_agents_execution(desk: Desk) -> None:
    answering = answering_with(desk, Meeting(), tasks=AGENT_TASKS)

    answer = answer_of(await answering.answer(DESK, asking()))

    assert answer.meta.model == "scripted"


async def test_format_node_builds_response(desk: Desk) -> None:
    state = await state_of(desk)

    update = await nodes.format_reply(state)

    reply: Reply = update["reply"]
    assert reply.response == state["response"]
    assert reply.parse_mode is None
    assert FLOOD in reply.text
    assert reply.buttons[0][0].data == "v1:ex:r1"


async def test_a_burst_leads_and_is_called_new(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking())

    story = (await facts_of(desk, reply)).stories[0]
    assert story.headline == COPIED[0]
    assert story.surge is not None
    assert (story.surge.is_burst, story.surge.is_new) == (True, True)


async def test_the_answer_is_in_the_readers_language_whatever_the_articles_are_in(
    desk: Desk,
) -> None:
    reply = await desk.answer(ADA, asking(lang="en", reply_lang="ru"))

    assert answer_of(reply).header.startswith("Тренды")
    assert set((await facts_of(desk, reply)).window.languages) == {"en"}


async def test_k_final_caps_what_analyze_cites(desk: Desk) -> None:
    few = answer_of(await desk.answer(ADA, asking("topics", k_final=3)))
    trends = answer_of(await desk.answer(ADA, asking(k_final=3)))

    assert len(few.evidence) == 3
    assert 3 < len(trends.evidence) <= 10


async def test_confidence_tells_a_thin_answer_from_a_broad_one(desk: Desk) -> None:
    broad = answer_of(await desk.answer(ADA, asking("topics", "Port Selmer")))
    thin = answer_of(await desk.answer(ADA, asking("topics", "orchard cider", window="1m")))

    assert 0 < thin.meta.confidence < broad.meta.confidence < 1


async def test_an_empty_window_is_widened_and_the_answer_says_so(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking("topics", "orchard cider"))

    window = (await facts_of(desk, reply)).window
    assert (window.asked, window.used, window.is_widened) == ("24h", "1m", True)
    assert any("widened to" in warning for warning in answer_of(reply).warnings)
    assert "1 month" in answer_of(reply).header


async def test_unmeasured_languages_leave_trends_without_a_mood(desk: Desk) -> None:
    answer = answer_of(await desk.answer(ADA, asking(window="3d", lang="de")))

    assert isinstance(answer.result, TrendsResult)
    assert answer.result.sentiment is None
    assert any("sentiment is measured (en, ru)" in warning for warning in answer.warnings)


async def test_twenty_identical_requests_share_one_run(desk: Desk, fake: FakeProviders) -> None:
    fake.set_latency(0.1)
    async with provided(desk, fake) as answering:
        replies = await asyncio.gather(*(answering.answer(ADA, asking()) for _ in range(20)))

    runs = [await run_of(desk, reply) for reply in replies]
    assert len(fake.calls) == 4
    assert len({reply.text for reply in replies}) == 1
    assert len({reply.buttons for reply in replies}) == len({run.id for run in runs}) == 20
    assert sorted(run.cost_usd_micro > 0 for run in runs) == [False] * 19 + [True]


async def test_one_who_leaves_does_not_end_the_run_of_the_others(desk: Desk) -> None:
    answering = answering_with(desk, ScriptedModel(delay_s=0.2))
    first, second = (asyncio.create_task(answering.answer(DESK, asking())) for _ in range(2))
    await asyncio.sleep(0.1)

    first.cancel()

    assert answer_of(await second).meta.model == "scripted"


async def test_a_tour_of_the_stored_run(desk: Desk) -> None:
    run = await run_of(desk, await desk.answer(ADA, asking("topics", "barrier")))

    assert run.facts is not None
    assert run.facts.confidence is not None
    assert {"retrieve", "measure", "topics", "compose", "validate"} <= set(run.timings_ms)
    assert any(card.legs for card in run.evidence)
    assert {c.is_cited for c in run.evidence} == {True, False}


async def test_every_answer_is_counted_by_command_and_outcome(desk: Desk) -> None:
    await desk.answer(ADA, asking("sentiment"))
    await desk.answer(ADA, asking("topics", "narwhal"))

    name = "orchestrator_requests_total"
    assert counted(desk, name, command="sentiment", outcome="ok", cohort="stable") == 1
    assert counted(desk, name, command="topics", outcome="refused", cohort="stable") == 1


async def test_models_that_are_routed_for_compose_alone_serve_an_enhanced_request(
    desk: Desk,
) -> None:
    answering = answering_with(desk, ScriptedModel(), tasks=("compose",))

    answer = answer_of(await answering.answer(ADA, asking(depth="enhanced")))

    assert answer.meta.model == "scripted"


async def test_an_enhanced_request_that_no_route_serves_is_refused(desk: Desk) -> None:
    answering: Answering = answering_with(desk, ScriptedModel(), tasks=("query_expansion",))

    error = error_of(await answering.answer(ADA, asking(depth="enhanced")))

    assert error.error.code == "MODEL_UNAVAILABLE"
    assert "query_expansion" not in EVERY_TASK
