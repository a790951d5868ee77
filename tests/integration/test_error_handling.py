import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot_service.local_models.server import FakeProviders
from core.errors import ModelFailed
from schemas.llm import FailureKind, ModelCall, ModelReply
from schemas.model_settings import BudgetSettings, ModelSettings
from schemas.principal import Principal
from schemas.settings import AnswerSettings, RateSettings
from services.adapters.llm.scripted import ScriptedModel
from services.databases import FILE as DATABASE
from services.desk import Desk
from services.wiring import open_desk
from tests.integration.conftest import (
    ADA,
    DESK,
    answer_of,
    answering_with,
    asking,
    counted,
    error_of,
    run_of,
    settings_for,
)
from tests.integration.news import NOW, line, write_lines
from tests.integration.providers import NAMED, fake, provided, stand_ins

__all__ = ["fake", "stand_ins"]


class FailingModel(ScriptedModel):
    """Fails every time, in one way."""

    def __init__(self, kind: FailureKind) -> None:
        super().__init__()
        self._kind = kind

    async def draft(self, call: ModelCall) -> ModelReply:
        raise ModelFailed(f"no {call.task} today", kind=self._kind, is_sent=False)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the database as a foreign program would."""
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_error_model_unavailable(desk: Desk, fake: FakeProviders) -> None:
    for provider in ("openai", "anthropic", "gemini"):
        fake.set_fault(provider, "auth")

    async with provided(desk, fake) as answering:
        error = error_of(await answering.answer(ADA, asking(depth="enhanced"))).error

    assert (error.code, error.retryable) == ("MODEL_UNAVAILABLE", True)
    assert "without “enhanced”" in error.user_message
    assert fake.calls == ()


async def test_error_budget_exceeded(desk: Desk, fake: FakeProviders) -> None:
    spent = BudgetSettings(user_day_usd=0.000_1)

    async with provided(desk, fake, budget=spent) as answering:
        error = error_of(await answering.answer(ADA, asking(depth="enhanced"))).error
        unforced = answer_of(await answering.answer(ADA, asking()))

    assert (error.code, error.retryable) == ("BUDGET_EXCEEDED", False)
    assert "/trends simple still works" in error.user_message
    assert unforced.meta.model == "local"
    assert any("the budget is used up" in warning for warning in unforced.warnings)
    assert fake.calls == ()


async def test_the_days_commands_run_out_for_one_person_alone(folder: Path) -> None:
    rate = RateSettings(commands_per_day=2)
    async with open_desk(settings_for(folder, rate=rate)) as desk:
        replies = [await desk.answer(ADA, asking()) for _ in range(3)]
        bob = await desk.answer(Principal(person="8", chat="8"), asking())

    answer_of(replies[1])
    error = error_of(replies[2]).error
    assert (error.code, error.retryable) == ("BUDGET_EXCEEDED", False)
    assert "2 questions" in error.user_message
    answer_of(bob)


async def test_few_commands_left_are_told_to_the_one_who_asks(folder: Path) -> None:
    rate = RateSettings(commands_per_day=5)
    async with open_desk(settings_for(folder, rate=rate)) as desk:
        replies = [await desk.answer(ADA, asking()) for _ in range(4)]
        bob = await desk.answer(Principal(person="8", chat="8"), asking())

    line = "You have used 4 of today’s 5 questions."
    assert [line in answer_of(reply).warnings for reply in replies] == [False] * 3 + [True]
    assert line not in answer_of(bob).warnings


async def test_error_no_data(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking("topics", "narwhal"))

    error = error_of(reply).error
    assert (error.code, error.retryable) == ("NO_DATA", True)
    assert "not even over a whole year" in error.user_message
    assert [b.text for row in reply.buttons for b in row][-1].endswith("Try again")


@pytest.mark.parametrize(
    "query", ["the of and", "to be or not to be", "🙂🙂", "— !?", "x", "и в на"]
)
async def test_error_validation_failed(desk: Desk, query: str) -> None:
    error = error_of(await desk.answer(ADA, asking("topics", query))).error

    assert (error.code, error.retryable) == ("VALIDATION_FAILED", False)
    assert "no searchable word" in error.user_message


async def test_a_single_letter_beside_a_word_does_not_hide_what_is_there(desk: Desk) -> None:
    answer = answer_of(await desk.answer(ADA, asking("topics", "barrier b")))

    assert "Port Selmer" in answer.evidence[0].title


async def test_a_phrase_of_stop_words_is_looked_for_as_a_phrase(desk: Desk) -> None:
    answer = answer_of(await desk.answer(ADA, asking("topics", '"at the next"')))

    assert [e.title for e in answer.evidence] == [
        "Broken tidal barrier leaves Port Selmer under water"
    ]


async def test_an_unknown_source_is_named(desk: Desk) -> None:
    error = error_of(await desk.answer(ADA, asking(source="Moon Times"))).error

    assert error.code == "NO_DATA"
    assert "“Moon Times”" in error.user_message


async def test_an_empty_desk_has_no_data(tmp_path: Path) -> None:
    async with open_desk(settings_for(tmp_path / "empty")) as desk:
        error = error_of(await desk.answer(ADA, asking())).error

    assert error.code == "NO_DATA"


async def test_sentiment_of_unmeasured_languages_names_the_measured_ones(desk: Desk) -> None:
    wanted = asking("sentiment", window="3d", lang="de", reply_lang="ru")

    error = error_of(await desk.answer(ADA, wanted)).error

    assert error.code == "NO_DATA"
    assert "en, ru" in error.user_message


async def test_an_error_in_a_chat_says_nothing_technical(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking(depth="enhanced"))

    assert "writer-refuse-model" in error_of(reply).error.tech_message
    assert "writer-refuse-model" not in reply.text
    assert reply.correlation_id in reply.text


@pytest.mark.parametrize("kind", ["timeout", "auth", "schema_invalid"])
async def test_a_model_that_always_fails_leaves_the_local_answer(
    desk: Desk, kind: FailureKind
) -> None:
    answering = answering_with(desk, FailingModel(kind))

    answer = answer_of(await answering.answer(ADA, asking()))

    assert answer.meta.model == "local"
    assert any("no language model answered" in warning for warning in answer.warnings)


async def test_a_request_that_insists_on_a_failing_model_is_refused(desk: Desk) -> None:
    answering = answering_with(desk, FailingModel("overloaded"))

    error = error_of(await answering.answer(ADA, asking(depth="enhanced"))).error

    assert error.code == "MODEL_UNAVAILABLE"


async def test_models_that_are_on_without_a_key_serve_no_enhanced_request(
    folder: Path,
) -> None:
    async with open_desk(settings_for(folder, models="on")) as desk:
        error = error_of(await desk.answer(ADA, asking(depth="enhanced"))).error

    assert error.code == "MODEL_UNAVAILABLE"


async def test_models_slower_than_the_deadline_leave_a_local_answer_in_time(
    desk: Desk, fake: FakeProviders
) -> None:
    await desk.answer(DESK, asking(depth="simple"))  # the graph is imported by now
    for provider in ("openai", "anthropic", "gemini"):
        fake.set_fault(provider, "hang")
    answer = AnswerSettings(deadline_s=3, agents_s=2.5)

    async with provided(desk, fake, answer=answer) as answering:
        started = time.monotonic()
        reply = await answering.answer(ADA, asking())
        elapsed_s = time.monotonic() - started

    assert elapsed_s < 3
    assert answer_of(reply).meta.model == "local"
    warnings = " ".join(answer_of(reply).warnings)
    assert "no language model answered" in warnings
    assert "Time was short" in warnings


async def test_a_hanging_primary_leaves_room_for_its_fallback(
    desk: Desk, fake: FakeProviders
) -> None:
    await desk.answer(DESK, asking(depth="simple"))
    fake.set_fault("anthropic", "hang")
    answer = AnswerSettings(deadline_s=8, agents_s=3)

    async with provided(desk, fake, answer=answer) as answering:
        started = time.monotonic()
        reply = await answering.answer(ADA, asking("topics"))
        elapsed_s = time.monotonic() - started

    assert elapsed_s < 8
    worded = (await run_of(desk, reply)).worded
    assert [(by.task, by.model) for by in worded] == [
        ("topic_modeler", NAMED["gpt-5"]),
        ("compose", NAMED["gpt-5"]),
    ]
    line = "claude: no answer in time; the next language model was asked."
    assert line in answer_of(reply).warnings


@pytest.mark.parametrize("lang", ["en", "ru"])
async def test_where_plain_code_may_not_answer_a_failing_model_is_an_error(
    desk: Desk, fake: FakeProviders, lang: str
) -> None:
    for provider in ("openai", "anthropic", "gemini"):
        fake.set_fault(provider, "overloaded")
    insisting = ModelSettings(local_fallback="off", attempt_s=0.5)

    async with provided(desk, fake, model=insisting) as answering:
        error = error_of(await answering.answer(ADA, asking("topics", reply_lang=lang))).error
        simple = answer_of(await answering.answer(ADA, asking("topics", depth="simple")))

    assert error.code == "MODEL_UNAVAILABLE"
    assert simple.meta.model == "local"


async def test_money_that_runs_out_where_plain_code_may_not_answer_is_an_error(
    desk: Desk, fake: FakeProviders
) -> None:
    insisting = ModelSettings(local_fallback="off")
    spent = BudgetSettings(global_day_usd=0)

    async with provided(desk, fake, model=insisting, budget=spent) as answering:
        error = error_of(await answering.answer(ADA, asking("topics"))).error

    assert error.code == "BUDGET_EXCEEDED"
    assert "This desk’s budget" in error.user_message
    assert "/analyze topics … simple still works" in error.user_message


async def test_an_answer_is_given_while_the_database_is_locked(folder: Path) -> None:
    async with open_desk(settings_for(folder)) as desk:
        await desk.answer(DESK, asking())
        with locked(folder):
            started = time.monotonic()
            reply = await desk.answer(ADA, asking("topics"))
            elapsed_s = time.monotonic() - started
        afterwards = await desk.answer(ADA, asking("keywords"))

    answer_of(reply)
    assert reply.buttons == ()
    assert elapsed_s < 8
    assert afterwards.buttons


async def test_errors_are_counted_by_code(desk: Desk) -> None:
    await desk.answer(ADA, asking(depth="enhanced"))

    labels = {"command": "trends", "code": "MODEL_UNAVAILABLE", "cohort": "stable"}
    assert counted(desk, "orchestrator_errors_total", **labels) == 1


async def test_an_answer_after_an_error_is_not_the_error_again(desk: Desk, tmp_path: Path) -> None:
    wanted = asking("topics", "narwhal")
    error_of(await desk.answer(ADA, wanted))
    words = ("Narwhal visits Tarnholm harbour", "Children fed the narwhal with herring.")
    lines = write_lines(tmp_path / "n.jsonl", [line("n", "en", words, "Harbour Daily", 2)])
    await desk.import_paths([lines])

    answer = answer_of(await desk.answer(ADA, wanted))

    assert answer.evidence[0].title == words[0]


async def test_twenty_people_who_hit_a_failing_model_all_get_an_answer(desk: Desk) -> None:
    answering = answering_with(desk, FailingModel("rate_limited"))

    replies = await asyncio.gather(
        *(answering.answer(DESK, asking(reply_lang="ru", as_of=NOW)) for _ in range(20))
    )

    assert {answer_of(reply).meta.model for reply in replies} == {"local"}
