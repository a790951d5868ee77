"""What answers with models cost, say of themselves, and keep."""

import asyncio

import pytest

from bot_service.local_models.server import FakeProviders
from core.agents.prompting import prompt_versions
from core.llm.manager import ModelManager
from core.rendering.explain import render_explain
from core.rendering.money import format_dollars
from schemas.llm import ComposedDraft, ModelCall
from schemas.model_settings import DEFAULT_ENTRIES, BudgetSettings, PolicySettings
from services.adapters.llm.scripted import ScriptedModel
from services.answer_keys import rules_of, words_of
from services.desk import Desk
from tests.integration.conftest import (
    ADA,
    DESK,
    Script,
    answer_of,
    answering_over,
    answering_with,
    asking,
    counted,
    error_of,
    manager_of,
    run_of,
)
from tests.integration.providers import NAMED, fake, provided, stand_ins

__all__ = ["fake", "stand_ins"]


async def journal_of(desk: Desk, run_id: str) -> int:
    """What the journal says that a run cost."""
    async with desk.store.transaction(is_write=False) as work:
        return sum(entry.micro_usd for entry in await work.journal.entries([run_id]))


async def test_a_run_costs_what_the_journal_says(desk: Desk, fake: FakeProviders) -> None:
    async with provided(desk, fake) as answering:
        run = await run_of(desk, await answering.answer(ADA, asking()))

    assert run.cost_usd_micro == await journal_of(desk, run.id) > 0
    assert run.cost_usd_micro == sum(by.micro_usd for by in run.worded)
    assert counted(desk, "command_cost_usd_count", command="trends", cohort="stable") == 1
    assert counted(
        desk, "command_cost_usd_sum", command="trends", cohort="stable"
    ) == pytest.approx(run.cost_usd_micro / 1e6)


async def test_an_answer_from_the_cache_costs_nothing_and_asks_nobody(
    desk: Desk, fake: FakeProviders
) -> None:
    async with provided(desk, fake) as answering:
        first = await run_of(desk, await answering.answer(ADA, asking()))
        n_calls = len(fake.calls)
        again = await run_of(desk, await answering.answer(ADA, asking()))

    assert (len(fake.calls), again.cost_usd_micro) == (n_calls, 0)
    assert again.response.meta.model == first.response.meta.model == NAMED["claude"]
    assert {by.micro_usd for by in again.worded} == {0}


async def test_an_answer_without_all_its_models_is_not_kept_for_others(
    desk: Desk, fake: FakeProviders
) -> None:
    fake.set_fault("anthropic", "not_found")

    async with provided(desk, fake) as answering:
        first = answer_of(await answering.answer(ADA, asking("topics")))
        fake.heal()
        second = answer_of(await answering.answer(ADA, asking("topics")))

    assert first.meta.model == NAMED["gpt-5"]
    assert second.meta.model == NAMED["claude"]
    assert "claude: it did not take the request; the next language model was asked." in (
        first.warnings
    )
    assert counted(desk, "orchestrator_cache_hits_total", cache="answer") == 0


async def test_a_failed_request_costs_what_was_spent_on_it(
    desk: Desk, fake: FakeProviders
) -> None:
    for provider in ("openai", "anthropic", "gemini"):
        fake.set_fault(provider, "malformed_json")

    async with provided(desk, fake) as answering:
        reply = await answering.answer(ADA, asking(depth="enhanced"))

    assert error_of(reply).error.code == "MODEL_UNAVAILABLE"
    run = await run_of(desk, reply)
    assert run.cost_usd_micro == await journal_of(desk, run.id) > 0


async def test_a_model_that_is_switched_off_is_not_asked_from_the_next_request_on(
    desk: Desk,
) -> None:
    manager = manager_of(desk, ScriptedModel())
    wired = [manager]

    async def current() -> ModelManager | None:
        return wired[0] if wired else None

    answering = answering_over(desk, current)
    worded = answer_of(await answering.answer(ADA, asking()))
    wired.clear()
    local = answer_of(await answering.answer(ADA, asking()))

    assert (worded.meta.model, local.meta.model) == ("scripted", "local")


async def test_what_an_answer_is_worded_by_is_part_of_its_key(desk: Desk) -> None:
    manager = manager_of(desk, ScriptedModel())
    newer = {"scripted": DEFAULT_ENTRIES["scripted"].model_copy(update={"model": "scripted-2"})}

    words = words_of(manager, DEFAULT_ENTRIES)

    assert prompt_versions() in words
    assert len({words, words_of(None, DEFAULT_ENTRIES), words_of(manager, newer)}) == 3
    assert rules_of(PolicySettings()) != rules_of(PolicySettings(deny_domains=frozenset({"a.b"})))


async def test_a_nearly_used_budget_is_told_to_the_one_who_pays_alone(
    desk: Desk, fake: FakeProviders
) -> None:
    async with provided(desk, fake) as answering:
        cost = (await run_of(desk, await answering.answer(ADA, asking("topics")))).cost_usd_micro
    tight = BudgetSettings(user_day_usd=16 * cost / 1e6, warn_share=0.1)

    async with provided(desk, fake, budget=tight) as answering:
        mine = answer_of(await answering.answer(ADA, asking("topics")))
        bob = ADA.model_copy(update={"person": "8", "chat": "8"})
        his = answer_of(await answering.answer(bob, asking("topics")))

    line = (
        "10% of today’s budget for language models is used up for you. "
        "After that answers are computed without them."
    )
    assert line in mine.warnings
    assert line not in his.warnings


async def test_a_small_budget_of_tokens_makes_models_read_less_and_the_answer_says_so(
    desk: Desk, fake: FakeProviders
) -> None:
    tight = BudgetSettings(command_tokens=1_800)

    async with provided(desk, fake, budget=tight) as answering:
        reply = await answering.answer(ADA, asking("topics", "tidal barrier"))

    run = await run_of(desk, reply)
    assert {note.step for note in run.notes} >= {"fewer_documents"}
    assert (
        "Language models read fewer articles than usual (the tokens of one answer are used up)."
        in answer_of(reply).warnings
    )


@pytest.mark.parametrize("lang", ["en", "ru"])
async def test_the_default_budget_holds_the_usual_overview(
    desk: Desk, fake: FakeProviders, lang: str
) -> None:
    async with provided(desk, fake) as answering:
        run = await run_of(desk, await answering.answer(ADA, asking(reply_lang=lang)))
        async with desk.store.transaction(is_write=False) as work:
            entries = await work.journal.entries([run.id])

    used = sum(e.usage.input_tokens + e.usage.output_tokens for e in entries)
    assert [by.task for by in run.worded].count("compose") == 1
    assert (len(entries), run.notes) == (4, ())
    assert 2_000 < used < 6_000


@pytest.mark.parametrize("lang", ["en", "ru"])
async def test_explain_says_who_worded_what_for_how_much_and_what_went_wrong(
    desk: Desk, fake: FakeProviders, lang: str
) -> None:
    fake.set_fault("openai", "not_found")
    async with provided(desk, fake) as answering:
        run = await run_of(desk, await answering.answer(ADA, asking(reply_lang=lang)))

    text = render_explain(run, lang=lang, tz="UTC").text

    assert NAMED["claude"] in text
    assert NAMED["gemini-2.5-pro"] in text
    assert "gpt-5: " in text
    assert format_dollars(run.cost_usd_micro, lang) in text


async def test_the_words_that_a_model_has_written_are_counted_while_it_writes(desk: Desk) -> None:
    told: list[tuple[str, int]] = []

    async def on_progress(step: str, n_words: int = 0) -> None:
        told.append((step, n_words))

    answering = answering_with(desk, ScriptedModel())
    await answering.answer(ADA, asking(), on_progress=on_progress)

    written = [n for step, n in told if step == "compose"]
    assert written == sorted(written)
    assert written[0] == 0
    assert written[-1] > 20
    assert [step for step, _ in told][:2] == ["retrieve", "measure"]


async def test_models_that_say_nothing_leave_the_computed_answer(desk: Desk) -> None:
    def silent(_: ModelCall) -> ComposedDraft:
        return ComposedDraft(claims=())

    answering = answering_with(desk, ScriptedModel(script=Script(silent)))
    worded = answer_of(await answering.answer(ADA, asking()))
    local = answer_of(await desk.answer(ADA, asking()))

    assert worded.meta.model == "local"
    assert worded.insights == local.insights


async def test_forty_people_over_budget_all_get_the_computed_answer(desk: Desk) -> None:
    answering = answering_with(desk, ScriptedModel(), budget=BudgetSettings(global_day_usd=0))

    replies = await asyncio.gather(
        *(answering.answer(DESK, asking("topics", k_final=1 + n % 10)) for n in range(40))
    )

    assert {answer_of(reply).meta.model for reply in replies} == {"local"}
