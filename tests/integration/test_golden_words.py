import asyncio
import re
import time
from collections.abc import Callable

import pytest

from schemas.llm import (
    AnyDraft,
    Claim,
    ComposedDraft,
    ExpansionDraft,
    Label,
    ModelCall,
    ModelReply,
    Task,
    TopicsDraft,
)
from services.adapters.llm.scripted import ScriptedModel
from services.desk import Desk
from tests.integration.conftest import (
    ADA,
    AGENT_TASKS,
    DESK,
    Script,
    answer_of,
    answering_with,
    asking,
    error_of,
    facts_of,
    ids_in,
)
from tests.integration.news import COPIED, NOW

COMMANDS = ("trends", "keywords", "sentiment", "topics", "stories")
TRUE = "People had to leave the old town of Port Selmer."
ALL_TASKS: tuple[Task, ...] = (*AGENT_TASKS, "query_expansion", "compose")
SUMMARY = "Port Selmer is under water."
TOPIC_LINE = re.compile(r"^- \[(?P<id>\w+)\] ", re.MULTILINE)


def writes(*texts: str, tldr: str = SUMMARY) -> Callable[[ModelCall], AnyDraft]:
    """Say these sentences, each citing everything that was shown."""

    def say(call: ModelCall) -> AnyDraft:
        refs = tuple(ids_in(call.messages))
        claims = tuple(Claim(text=text, refs=refs) for text in texts)
        return ComposedDraft(claims=claims, tldr=tldr)

    return say


@pytest.mark.parametrize("command", COMMANDS)
async def test_articles_reach_the_model_and_its_words_reach_the_reader(
    desk: Desk, command: str
) -> None:
    script = Script(writes(TRUE))
    answering = answering_with(desk, ScriptedModel(script=script), tasks=("compose",))

    reply = await answering.answer(ADA, asking(command, "tidal barrier old town"))

    (heard,) = [words for task, words in script.heard if task == "compose"]
    assert COPIED[0] in heard
    assert COPIED[1][:80] in heard
    assert TRUE.rstrip(".") in reply.text
    assert SUMMARY.rstrip(".") in reply.text
    assert answer_of(reply).meta.model == "scripted"


async def test_no_more_articles_leave_than_the_answer_may_cite(desk: Desk) -> None:
    script = Script()
    answering = answering_with(desk, ScriptedModel(script=script), tasks=ALL_TASKS)

    await answering.answer(ADA, asking("keywords", "tidal barrier", k_final=3))

    named = {ref for call in script.calls for ref in ids_in(call.messages)}
    assert {call.task for call in script.calls} == {
        "keyphrase_mining", "query_expansion", "compose",
    }  # fmt: skip
    assert len(named) == 3


async def test_computed_figures_reach_the_model(desk: Desk) -> None:
    script = Script(writes(TRUE))
    answering = answering_with(desk, ScriptedModel(script=script), tasks=("compose",))

    await answering.answer(ADA, asking())

    assert "10 articles, 8 publishers" in script.heard[0][1]


@pytest.mark.parametrize("command", ["trends", "keywords", "sentiment", "topics"])
async def test_the_words_of_an_agents_model_reach_the_reader(desk: Desk, command: str) -> None:
    answering = answering_with(desk, ScriptedModel(script=Script(writes(TRUE))), tasks=AGENT_TASKS)

    reply = await answering.answer(ADA, asking(command))

    assert TRUE.rstrip(".") in reply.text
    assert answer_of(reply).meta.model == "scripted"


@pytest.mark.parametrize(
    "lie",
    [
        "4711 people fled from Port Selmer.",
        "The mayor said “the barrier was sold for scrap”.",
        "The loss is 91.5 million crowns.",
    ],
)
async def test_a_lie_is_dropped_and_a_warning_says_so(desk: Desk, lie: str) -> None:
    answering = answering_with(
        desk, ScriptedModel(script=Script(writes(lie, TRUE))), tasks=("compose",)
    )

    answer = answer_of(await answering.answer(ADA, asking()))

    texts = [insight.text for insight in answer.insights]
    assert TRUE in texts
    assert lie not in texts
    assert "1 sentence without support in the sources left out." in answer.warnings


async def test_a_true_figure_and_a_true_quotation_stay(desk: Desk) -> None:
    said = ("340 people fled.", "“Water stood a metre high in the old town”, it is said.")
    answering = answering_with(
        desk, ScriptedModel(script=Script(writes(*said))), tasks=("compose",)
    )

    answer = answer_of(await answering.answer(ADA, asking("topics", "tidal barrier")))

    assert set(said) <= {insight.text for insight in answer.insights}


async def test_a_sentence_with_an_unknown_id_is_dropped_and_a_warning_says_so(
    desk: Desk,
) -> None:
    def say(call: ModelCall) -> AnyDraft:
        known = ids_in(call.messages)[0]
        invented = Claim(text="Invented.", refs=("zzzz9",))
        uncited = Claim(text="Uncited.", refs=())
        return ComposedDraft(claims=(invented, uncited, Claim(text=TRUE, refs=(known,))))

    answering = answering_with(desk, ScriptedModel(script=Script(say)), tasks=("compose",))

    answer = answer_of(await answering.answer(ADA, asking()))

    texts = [insight.text for insight in answer.insights]
    assert TRUE in texts
    assert not {"Invented.", "Uncited."} & set(texts)
    assert "2 sentences without support in the sources left out." in answer.warnings


@pytest.mark.parametrize("tasks", [("compose",), AGENT_TASKS])
async def test_a_model_that_only_lies_leaves_the_computed_answer(
    desk: Desk, tasks: tuple[Task, ...]
) -> None:
    lies = writes("4711 people fled.", tldr="4711 people fled.")
    answering = answering_with(desk, ScriptedModel(script=Script(lies)), tasks=tasks)

    reply = await answering.answer(ADA, asking())

    answer = answer_of(reply)
    assert answer.meta.model == "local"
    assert answer.insights[0].text.startswith(COPIED[0])
    assert "4711" not in reply.text
    assert any("without support" in warning for warning in answer.warnings)


async def test_a_summary_that_says_more_than_the_insights_is_replaced(desk: Desk) -> None:
    boast = writes(TRUE, tldr="4711 people fled from Port Selmer.")
    answering = answering_with(desk, ScriptedModel(script=Script(boast)), tasks=("compose",))

    answer = answer_of(await answering.answer(ADA, asking()))

    assert answer.tldr == TRUE


async def test_articles_stand_inside_a_fence_and_never_among_instructions(desk: Desk) -> None:
    script = Script(writes(TRUE))
    answering = answering_with(desk, ScriptedModel(script=script), tasks=("compose",))

    await answering.answer(ADA, asking())

    system, user = script.calls[0].messages
    assert (system.role, user.role) == ("system", "user")
    assert COPIED[1][:60] not in system.content
    fence = user.content.rsplit("</", 1)[1].rstrip(">")
    assert COPIED[1][:60] in user.content.split(f"<{fence}>")[1]
    assert user.content.startswith(f"<{fence}>")
    assert fence in system.content


async def test_simple_asks_no_model(desk: Desk) -> None:
    script = Script()
    answering = answering_with(desk, ScriptedModel(script=script))

    answer = answer_of(await answering.answer(ADA, asking(depth="simple")))

    assert script.heard == []
    assert answer.meta.model == "local"


async def test_the_model_is_asked_in_the_readers_language(desk: Desk) -> None:
    script = Script(writes("Жители покидают дома."))
    answering = answering_with(desk, ScriptedModel(script=script), tasks=("compose",))

    reply = await answering.answer(ADA, asking(reply_lang="ru"))

    assert "Write in Russian" in script.heard[0][1]
    assert "Жители покидают дома" in reply.text


async def test_no_model_is_asked_when_there_is_nothing_to_word(desk: Desk) -> None:
    script = Script()
    answering = answering_with(desk, ScriptedModel(script=script))

    error_of(await answering.answer(ADA, asking("topics", "narwhal")))

    assert script.heard == []


async def test_figures_do_not_depend_on_a_model(desk: Desk) -> None:
    answering = answering_with(desk, ScriptedModel(script=Script(writes(TRUE))))

    with_model = await facts_of(desk, await answering.answer(ADA, asking(as_of=NOW)))
    without = await facts_of(desk, await desk.answer(ADA, asking(as_of=NOW)))

    assert with_model == without


async def test_an_agents_lie_never_reaches_the_composer(desk: Desk) -> None:
    lie = "4711 people fled from Port Selmer."
    script = Script(lambda call: writes(lie if call.task != "compose" else TRUE)(call))
    answering = answering_with(desk, ScriptedModel(script=script))

    await answering.answer(ADA, asking())

    (composer,) = [words for task, words in script.heard if task == "compose"]
    assert "4711" not in composer
    assert COPIED[0] in composer


async def test_an_agents_true_words_reach_the_composer(desk: Desk) -> None:
    script = Script(writes(TRUE))
    answering = answering_with(desk, ScriptedModel(script=script))

    await answering.answer(ADA, asking("topics", "tidal barrier"))

    (composer,) = [words for task, words in script.heard if task == "compose"]
    assert TRUE in composer


def names(text: str) -> Callable[[ModelCall], AnyDraft]:
    """Give the first topic this name."""

    def say(call: ModelCall) -> AnyDraft:
        found = TOPIC_LINE.search(call.messages[1].content)
        labels = (Label(id=found["id"], text=text),) if found else ()
        return TopicsDraft(claims=(), labels=labels)

    return say


@pytest.mark.parametrize("command", ["trends", "topics"])
async def test_a_models_name_for_a_topic_reaches_the_reader(desk: Desk, command: str) -> None:
    script = Script(names("Port Selmer tidal barrier"))
    answering = answering_with(desk, ScriptedModel(script=script), tasks=("topic_modeler",))

    reply = await answering.answer(ADA, asking(command))

    result = answer_of(reply).result
    assert result.topics[0].label == "Port Selmer tidal barrier"  # type: ignore[union-attr]
    assert (await facts_of(desk, reply)).topics[0].label == "Port Selmer"
    assert answer_of(reply).meta.model == "scripted"


@pytest.mark.parametrize("lie", ["Varnby flood", "Port Selmer: 900 dead", "Порт-Сельмер"])
async def test_a_name_that_the_topic_does_not_carry_is_not_taken(desk: Desk, lie: str) -> None:
    script = Script(names(lie))
    answering = answering_with(desk, ScriptedModel(script=script), tasks=("topic_modeler",))

    answer = answer_of(await answering.answer(ADA, asking()))

    assert answer.result.topics[0].label == "Port Selmer"  # type: ignore[union-attr]


async def test_a_models_expansions_reach_the_reader_where_the_news_holds_them(desk: Desk) -> None:
    said = ExpansionDraft(expansions=("fish market", "spring tide of 1953"))
    script = Script(lambda _: said)
    answering = answering_with(desk, ScriptedModel(script=script), tasks=("query_expansion",))

    reply = await answering.answer(ADA, asking("keywords", "Port Selmer"))

    hint = answer_of(reply).result.expansion_hint  # type: ignore[union-attr]
    assert hint is not None
    assert "fish market" in hint.expansions
    assert "1953" not in reply.text


async def test_a_hanging_expansion_does_not_hold_up_the_answer(desk: Desk) -> None:
    class Hanging(ScriptedModel):
        async def draft(self, call: ModelCall) -> ModelReply:
            if call.task == "query_expansion":
                await asyncio.sleep(60)
            return await super().draft(call)

    answering = answering_with(desk, Hanging(), tasks=ALL_TASKS)
    await answering.answer(DESK, asking(depth="simple"))  # the graph is imported by now

    started = time.monotonic()
    answer = answer_of(await answering.answer(ADA, asking("keywords", "tidal barrier")))

    assert time.monotonic() - started < 2
    assert answer.meta.model == "scripted"
