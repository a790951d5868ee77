from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.orchestrator.economy import is_partial, near, over_budget, refusal_for, told
from core.orchestrator.refusals import refusal_response
from schemas.llm import EconomyStep, ModelNote, StepReason, Task
from schemas.requests import Command
from schemas.spending import ScopeKind

STEPS = get_args(EconomyStep)
REASONS = get_args(StepReason)


def note(
    step: EconomyStep, reason: StepReason, model: str | None = "claude", task: Task = "compose"
) -> ModelNote:
    """A step down of the composer."""
    return ModelNote(task=task, step=step, reason=reason, model=model)


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("reason", REASONS)
def test_every_step_and_reason_has_calm_words(
    step: EconomyStep, reason: StepReason, lang: str
) -> None:
    (line,) = told([note(step, reason)], lang)

    assert 20 < len(line) <= 200
    assert "{" not in line


def test_one_line_tells_of_a_step_and_its_reason_however_many_agents_took_it() -> None:
    notes = [
        note("next_model", "timeout", "gpt-5", "sentiment_emotion"),
        note("next_model", "timeout", "claude", "topic_modeler"),
        note("next_model", "timeout", "claude"),
        note("next_model", "overloaded", "claude"),
    ]

    assert told(notes, "en") == [
        "gpt-5, claude: no answer in time; the next language model was asked.",
        "claude: overloaded; the next language model was asked.",
    ]


def test_steps_are_told_in_the_order_of_the_ladder() -> None:
    notes = [
        note("local", "money", task="topic_modeler"),
        note("next_model", "quota"),
        note("no_optional", "tokens"),
        note("fewer_documents", "tokens"),
    ]

    lines = told(notes, "en")

    assert [line.split(" ", 3)[:3] for line in lines[:2]] == [
        ["Language", "models", "read"],
        ["Language", "models", "did"],
    ]
    assert lines[-1] == (
        "Where no language model answered, the computed wording is used "
        "(claude: the budget is used up)."
    )


def test_what_was_saved_on_the_way_to_no_reply_is_not_told() -> None:
    notes = [note("fewer_documents", "time"), note("local", "time", None)]

    assert told(notes, "en") == [
        "Where no language model answered, the computed wording is used (time was short)."
    ]


notes_of_any_kind = st.builds(
    ModelNote,
    task=st.sampled_from(get_args(Task)),
    step=st.sampled_from(STEPS),
    reason=st.sampled_from(REASONS),
    model=st.sampled_from(["a", "b", None]),
)


@given(st.lists(notes_of_any_kind))
def test_no_line_is_told_twice(notes: list[ModelNote]) -> None:
    lines = told(notes, "ru")

    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_budgets_of_the_day_that_are_nearly_used_up_are_told(lang: str) -> None:
    kinds: list[ScopeKind] = ["global_day_usd", "command_tokens", "user_day_usd"]

    lines = near(kinds, share=0.8, lang=lang)

    assert len(lines) == 2
    assert all("80" in line for line in lines)


def test_a_repaired_reply_is_whole_and_any_other_step_makes_an_answer_partial() -> None:
    assert not is_partial([note("repaired", "schema_invalid")])
    assert all(is_partial([note(step, "time")]) for step in STEPS if step != "repaired")


def test_money_refuses_only_when_nothing_else_failed() -> None:
    spent = note("local", "money")

    assert refusal_for([spent], "trends").code == "BUDGET_EXCEEDED"
    assert refusal_for([note("next_model", "auth"), spent], "trends").code == "MODEL_UNAVAILABLE"
    assert refusal_for([], "trends").code == "MODEL_UNAVAILABLE"


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("command", get_args(Command))
@pytest.mark.parametrize("scope", get_args(ScopeKind))
def test_a_refusal_for_money_says_what_still_works(
    scope: str, command: Command, lang: str
) -> None:
    refusal = over_budget(scope, command)

    said = refusal_response(refusal, lang=lang, version="1", correlation_id="c").error

    assert "simple" in said.user_message
    assert (command in said.user_message) == (command != "stories")
