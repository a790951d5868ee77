import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from core.agents.brief import Brief
from core.agents.showing import Shown
from core.agents.writer import Words, claims_tokens
from core.errors import ModelUnavailable
from core.llm.budget import Account
from core.llm.deadline import Deadline
from core.llm.manager import Ask, Drafted
from schemas.analysis import ExpansionHint
from schemas.facts import TopicFact
from schemas.llm import (
    AnyDraft,
    Claim,
    ComposedDraft,
    Draft,
    ExpansionDraft,
    Label,
    ModelCall,
    TopicsDraft,
)
from schemas.model_settings import BudgetSettings
from services.adapters.llm.scripted import ScriptedModel
from tests.unit.agents.writing import card, line, manager, shown, writer

FERRY = line("The island ferry stops: 4 articles", 1)
SAID = "The ferry to the island stopped."
TOPIC = TopicFact(
    label="The island ferry stops", terms=("ferry",), size=4, trend="stable", story_ids=(1,),
    lead_id=1,
)  # fmt: skip
BRIEF = Brief(task="topic_modeler", findings=(FERRY,), topics={0: TOPIC})
SHOWN = shown(BRIEF, [card(1), card(2)])
ONE, TWO = SHOWN.ids[1], SHOWN.ids[2]


def claims(*said: Claim) -> Callable[[ModelCall], AnyDraft]:
    """A model that makes these claims."""
    return lambda _: TopicsDraft(claims=said)


async def words(say: Any, brief: Brief = BRIEF, what: Shown = SHOWN, **more: Any) -> Words:
    """What a model gives for a brief."""
    return await writer(say, what, **more).word(brief)


async def test_a_claim_becomes_a_finding_that_cites_articles_and_knows_what_it_words() -> None:
    told = await words(claims(Claim(text=f" {SAID}\n", refs=(ONE, f"[{TWO}]", ONE))))

    (found,) = told.claims
    assert (found.text, found.article_ids, found.basis) == (SAID, (1, 2), FERRY.text)
    assert (found.is_computed, told.model, told.n_uncited) == (False, "scripted", 0)


@pytest.mark.parametrize("refs", [(), ("zzzz",), (ONE, "zzzz"), ("1",)])
async def test_a_claim_that_cites_nothing_or_an_id_never_issued_is_left_out_and_counted(
    refs: tuple[str, ...],
) -> None:
    told = await words(claims(Claim(text=SAID, refs=refs), Claim(text=SAID, refs=(ONE,))))

    assert (len(told.claims), told.n_uncited) == (1, 1)


async def test_of_an_endless_reply_only_the_beginning_is_read() -> None:
    told = await words(claims(*(Claim(text=f"{SAID} {n}", refs=(ONE,)) for n in range(5_000))))

    assert len(told.claims) + told.n_uncited == 12


async def test_one_publisher_makes_no_conflict() -> None:
    same = shown(BRIEF, [card(1), card(2, family="gazette1")])
    said = Claim(
        type="conflict", text="It stopped, and it did not.", refs=tuple(same.ids.values())
    )

    told = await words(claims(said), what=same)

    assert told.claims[0].type == "fact"


async def test_labels_come_back_under_the_place_of_their_topic() -> None:
    names = (
        Label(id=SHOWN.topic_ids[0], text=" Island  ferry "),
        Label(id="zzzz", text="Nothing"),
    )

    told = await words(lambda _: TopicsDraft(claims=(), labels=names))

    assert told.labels == {0: "Island ferry"}


@pytest.mark.parametrize("text", ["", "  ", "x" * 81])
async def test_an_empty_or_endless_label_is_left_out(text: str) -> None:
    name = Label(id=SHOWN.topic_ids[0], text=text)

    told = await words(lambda _: TopicsDraft(claims=(), labels=(name,)))

    assert told.labels == {}


async def test_the_composer_gives_a_summary_too() -> None:
    brief = Brief(task="compose", findings=(FERRY,))
    said = ComposedDraft(claims=(Claim(text=SAID, refs=(ONE,)),), tldr="It stopped.")

    assert (await words(lambda _: said, brief)).tldr == "It stopped."


async def test_a_query_is_widened() -> None:
    said = ExpansionDraft(expansions=("island ferry",))

    told = await writer(lambda _: said, SHOWN).widen("boats", ExpansionHint())

    assert told.expansion == said


async def test_a_task_without_a_route_asks_nobody() -> None:
    model = ScriptedModel(script=claims())

    told = await words(model, models=manager(model, tasks=("compose",)))

    assert told == Words()


async def test_without_evidence_nobody_is_asked() -> None:
    asked: list[ModelCall] = []

    def listen(call: ModelCall) -> AnyDraft:
        asked.append(call)
        return Draft(claims=())

    await words(listen, what=shown(BRIEF, []))

    assert asked == []


async def test_a_model_that_answers_is_named_with_what_it_cost_even_if_it_says_nothing() -> None:
    told = await words(claims())

    (by,) = told.worded_by
    assert (told.model, by.task, by.model, by.micro_usd) == (
        "scripted", "topic_modeler", "scripted", 0,
    )  # fmt: skip


async def test_a_model_that_takes_too_long_leaves_a_note_and_no_words() -> None:
    told = await words(ScriptedModel(delay_s=30), seconds=1.6)

    assert (told.model, told.claims) == ("local", ())
    assert told.notes[-1].step == "local"


class Stuck:
    """A manager whose ledger never answers."""

    def models_for(self, task: str) -> tuple[str, ...]:
        return ("scripted",)

    async def draft(self, ask: Ask, *, deadline: Deadline) -> Drafted:
        await asyncio.sleep(60)
        raise AssertionError


async def test_whatever_is_stuck_on_the_way_to_a_model_the_computed_words_can_still_go() -> None:
    started = time.monotonic()
    told = await words(claims(), models=Stuck(), seconds=0.6)

    assert time.monotonic() - started < 0.6
    assert [(note.step, note.reason) for note in told.notes] == [("local", "time")]


async def test_who_insists_on_a_model_is_told_that_none_answered() -> None:
    with pytest.raises(ModelUnavailable, match="topic_modeler"):
        await words(claims(), models=Stuck(), seconds=0.5, is_required=True)


async def test_the_account_the_forms_and_the_room_for_a_reply_reach_the_manager() -> None:
    asked: list[Ask] = []

    class Listening(Stuck):
        async def draft(self, ask: Ask, *, deadline: Deadline) -> Drafted:
            asked.append(ask)
            return Drafted(reply=None)

    account = Account(
        run_id="r", command="topics", tenant="desk", person="7", chat="7",
        at=datetime(2025, 3, 12, tzinfo=UTC), limits=BudgetSettings(),
    )  # fmt: skip
    await words(claims(), models=Listening(), account=account)

    (ask,) = asked
    assert (ask.account, ask.is_required) == (account, False)
    assert [v.step for v in ask.variants] == [None, "fewer_documents", "no_optional"]
    assert ask.max_tokens == claims_tokens(BRIEF, SHOWN)
