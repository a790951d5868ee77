from collections.abc import Callable, Sequence

import pytest

from schemas.chats import Chat, ChatSettings
from schemas.llm import Claim, Draft, Message, Task
from services.adapters.llm.scripted import ScriptedModel
from services.desk import Desk
from tests.integration.conftest import (
    ADA,
    AGENT_TASKS,
    Script,
    answer_of,
    answering_with,
    asking,
    counted,
    error_of,
    facts_of,
    ids_in,
)
from tests.integration.news import COPIED, NOW

COMMANDS = ("trends", "keywords", "sentiment", "topics", "stories")
TRUE = "People had to leave the old town of Port Selmer."
SUMMARY = "Port Selmer is under water."


def writes(*texts: str, tldr: str = SUMMARY) -> Callable[[Task, Sequence[Message]], Draft]:
    """Say these sentences, each citing everything that was shown."""

    def say(_task: Task, messages: Sequence[Message]) -> Draft:
        refs = tuple(ids_in(messages))
        return Draft(claims=tuple(Claim(text=text, refs=refs) for text in texts), tldr=tldr)

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
    assert COPIED[1][:120] in heard
    assert TRUE.rstrip(".") in reply.text
    assert SUMMARY.rstrip(".") in reply.text
    assert answer_of(reply).meta.model == "scripted"


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

    assert [insight.text for insight in answer.insights] == [TRUE]
    assert "1 sentence without support in the sources left out." in answer.warnings


async def test_a_true_figure_and_a_true_quotation_stay(desk: Desk) -> None:
    said = ("340 people fled.", "“Water stood a metre high in the old town”, it is said.")
    answering = answering_with(
        desk, ScriptedModel(script=Script(writes(*said))), tasks=("compose",)
    )

    answer = answer_of(await answering.answer(ADA, asking("topics", "tidal barrier")))

    assert tuple(insight.text for insight in answer.insights) == said


async def test_a_sentence_with_an_unknown_id_is_dropped_and_a_warning_says_so(
    desk: Desk,
) -> None:
    def say(_task: Task, messages: Sequence[Message]) -> Draft:
        known = ids_in(messages)[0]
        invented = Claim(text="Invented.", refs=("zzzz9",))
        uncited = Claim(text="Uncited.", refs=())
        return Draft(claims=(invented, uncited, Claim(text=TRUE, refs=(known,))))

    answering = answering_with(desk, ScriptedModel(script=Script(say)), tasks=("compose",))

    answer = answer_of(await answering.answer(ADA, asking()))

    assert [insight.text for insight in answer.insights] == [TRUE]
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
    seen: list[Sequence[Message]] = []

    def listen(task: Task, messages: Sequence[Message]) -> Draft:
        seen.append(messages)
        return writes(TRUE)(task, messages)

    answering = answering_with(desk, ScriptedModel(script=listen), tasks=("compose",))

    await answering.answer(ADA, asking())

    system, user = seen[0]
    assert (system.role, user.role) == ("system", "user")
    assert COPIED[1][:60] not in system.content
    fence = user.content.rsplit("</", 1)[1].rstrip(">")
    assert COPIED[1][:60] in user.content.split(f"<{fence}>")[1]
    assert fence in system.content


async def private_chat(desk: Desk) -> None:
    chat = Chat(id="7", kind="private", first_seen_at=NOW, last_seen_at=NOW)
    await desk.chats.greet(chat)
    await desk.chats.save_settings(ADA, ChatSettings(is_private_mode=True))


@pytest.mark.parametrize("depth", [None, "enhanced"])
async def test_in_privacy_mode_no_model_sees_the_question(desk: Desk, depth: str | None) -> None:
    await private_chat(desk)
    script = Script()
    answering = answering_with(desk, ScriptedModel(script=script))

    answer = answer_of(await answering.answer(ADA, asking(depth=depth)))

    assert script.heard == []
    assert answer.meta.model == "local"
    assert any("Privacy mode" in w for w in answer.warnings) == (depth == "enhanced")


async def test_simple_asks_no_model(desk: Desk) -> None:
    script = Script()
    answering = answering_with(desk, ScriptedModel(script=script))

    answer = answer_of(await answering.answer(ADA, asking(depth="simple")))

    assert script.heard == []
    assert answer.meta.model == "local"


async def test_a_models_answer_and_a_local_one_are_cached_apart(desk: Desk) -> None:
    answering = answering_with(desk, ScriptedModel(script=Script(writes(TRUE))))
    await answering.answer(ADA, asking())
    await private_chat(desk)

    answer = answer_of(await answering.answer(ADA, asking()))

    assert answer.meta.model == "local"
    assert counted(desk, "orchestrator_cache_hits_total", cache="answer") == 0


async def test_the_model_is_asked_in_the_readers_language(desk: Desk) -> None:
    script = Script(writes("Жители покинули старый город."))
    answering = answering_with(desk, ScriptedModel(script=script), tasks=("compose",))

    reply = await answering.answer(ADA, asking(reply_lang="ru"))

    assert "Write in Russian" in script.heard[0][1]
    assert "Жители покинули старый город" in reply.text


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
