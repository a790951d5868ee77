"""Models that write nonsense, and settings that are wrong: readers stay calm, operators know."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot_service.local_models.catalog import Provider
from bot_service.local_models.faults import Fault
from bot_service.local_models.server import FakeProviders
from monitoring.logs import configure_logs
from schemas.model_settings import ModelEntry, ModelPrice, ModelSettings
from schemas.runs import Reply
from services.desk import Desk
from services.wiring import open_desk
from tests.integration.conftest import ADA, answer_of, asking, run_of, settings_for
from tests.integration.providers import NAMED, fake, stand_ins, with_keys
from tests.integration.test_models_desk import modelled, money_of
from tests.servers import EmbeddedRedis

__all__ = ["fake", "modelled", "stand_ins"]

PROVIDERS: tuple[Provider, ...] = ("openai", "anthropic", "gemini")
LOUD = ("{", "}", "```", "Traceback", "127.0.0.1", "schema", "null")
"""What no reader should see of a model's trouble."""


@dataclass(frozen=True)
class Log:
    """What the operator can read."""

    stream: io.StringIO

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]


@pytest.fixture
def log() -> Iterator[Log]:
    """The operator's log, as it is written by default."""
    stream = io.StringIO()
    configure_logs("info", stream=stream, is_pretty=False)
    yield Log(stream)
    configure_logs("error", stream=io.StringIO(), is_pretty=False)


def read_by_a_person(reply: Reply) -> str:
    return "\n".join((reply.text, *answer_of(reply).warnings))


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("wrong_schema", {"form": "nulls"}),
        ("wrong_schema", {"form": "types"}),
        ("wrong_schema", {"form": "fields"}),
        ("malformed_json", {}),
        ("huge", {}),
        ("empty", {}),
        ("truncated", {}),
    ],
)
async def test_replies_that_are_of_no_use_leave_the_computed_answer_and_a_line_in_the_log(
    modelled: Desk, fake: FakeProviders, log: Log, *, lang: str, fault: Fault, options: Any
) -> None:
    local = answer_of(
        await modelled.answer(ADA, asking("topics", depth="simple", reply_lang=lang))
    )
    for provider in PROVIDERS:
        fake.set_fault(provider, fault, **options)

    reply = await modelled.answer(ADA, asking("topics", reply_lang=lang))

    answer, told = answer_of(reply), log.of("model.failed")
    assert answer.meta.model == "local"
    assert answer.insights == local.insights
    assert [loud for loud in LOUD if loud in read_by_a_person(reply)] == []
    assert {line["kind"] for line in told} == {"schema_invalid"}
    assert {line["model"] for line in told} >= {"claude"}
    assert all(len(line["error"]) < 500 for line in told)


async def test_markdown_around_a_reply_is_taken_off(modelled: Desk, fake: FakeProviders) -> None:
    for provider in PROVIDERS:
        fake.set_fault(provider, "markdown")

    reply = await modelled.answer(ADA, asking("topics"))

    assert answer_of(reply).meta.model == NAMED["claude"]
    assert "```" not in reply.text


@pytest.mark.parametrize("lang", ["en", "ru"])
async def test_words_in_another_language_than_the_readers_are_not_sent(
    modelled: Desk, fake: FakeProviders, log: Log, lang: str
) -> None:
    local = answer_of(
        await modelled.answer(ADA, asking("topics", depth="simple", reply_lang=lang))
    )
    for provider in PROVIDERS:
        fake.set_fault(provider, "wrong_language")

    answer = answer_of(await modelled.answer(ADA, asking("topics", reply_lang=lang)))

    (dropped,) = log.of("words.dropped")
    assert answer.meta.model == "local"
    assert [i.text for i in answer.insights] == [i.text for i in local.insights]
    assert dropped["n"] > 0
    assert "language" in dropped["rules"]
    assert dropped["models"] == [NAMED["claude"]]


async def test_nulls_and_strings_from_one_model_cost_what_they_cost(
    modelled: Desk, fake: FakeProviders
) -> None:
    fake.set_fault("anthropic", "wrong_schema", form="nulls")

    run = await run_of(modelled, await modelled.answer(ADA, asking("topics")))
    money = await money_of(modelled, fake, [run])

    assert run.response.meta.model == NAMED["gpt-5"]
    assert money.is_exact
    assert money.n_estimated == 0


@pytest.mark.parametrize("key", ["wrong", "expired"])
async def test_a_key_that_is_refused_is_named_in_the_log_and_nowhere_shown(
    folder: Path, fake: FakeProviders, log: Log, key: str
) -> None:
    settings = with_keys(
        fake, folder, openai_api_key=key, anthropic_api_key=key, google_api_key=key
    )
    async with open_desk(settings) as desk:
        reply = await desk.answer(ADA, asking())

    unusable = log.of("model.unusable")
    assert answer_of(reply).meta.model == "local"
    assert "key is not accepted" in read_by_a_person(reply)
    assert {line["model"] for line in unusable} == {"claude", "gpt-5", "gemini-2.5-pro"}
    assert {line["why"] for line in unusable} == {"auth"}
    assert all("newsdesk models check" in line["do"] for line in unusable)
    assert fake.calls == ()


async def test_a_key_never_stands_in_the_log(folder: Path, fake: FakeProviders, log: Log) -> None:
    secret = "sk-proj-" + "Zq7" * 12
    settings = settings_for(
        folder, models="on", openai_api_key=secret, openai_base_url=f"{fake.url}/nowhere/v1"
    )
    async with open_desk(settings) as desk:
        reply = await desk.answer(ADA, asking())

    assert answer_of(reply).meta.model == "local"
    assert log.of("model.unusable")
    assert "Zq7Zq7" not in log.stream.getvalue()


async def test_an_id_that_does_not_exist_is_named_in_the_log(
    folder: Path, fake: FakeProviders, log: Log
) -> None:
    price = ModelPrice(input=1, output=1)
    entry = ModelEntry(provider="anthropic", model="claude-of-tomorrow", price=price)
    settings = with_keys(fake, folder, model=ModelSettings(entries={"claude": entry}))
    async with open_desk(settings) as desk:
        reply = await desk.answer(ADA, asking("topics"))

    (line,) = log.of("model.unusable")
    assert answer_of(reply).meta.model == NAMED["gpt-5"]
    assert (line["model"], line["why"]) == ("claude", "bad_request")
    assert "claude-of-tomorrow" in line["error"]


async def test_a_model_without_a_price_is_not_asked_and_the_log_says_what_to_do(
    folder: Path, fake: FakeProviders, log: Log
) -> None:
    entry = ModelEntry(provider="anthropic", model="claude-unheard-of")
    settings = with_keys(fake, folder, model=ModelSettings(entries={"claude": entry}))
    async with open_desk(settings) as desk:
        answer = answer_of(await desk.answer(ADA, asking("topics")))

    (line,) = log.of("model.unusable")
    assert answer.meta.model == NAMED["gpt-5"]
    assert (line["model"], line["why"]) == ("claude", "unpriced")
    assert "NEWSDESK_MODEL__ENTRIES" in line["do"]
    assert "claude: its price is not known; the next language model was asked." in answer.warnings
    assert {call.provider for call in fake.calls} == {"openai"}


async def test_an_address_that_answers_with_a_web_page_is_named_in_the_log(
    folder: Path, fake: FakeProviders, log: Log
) -> None:
    for provider in PROVIDERS:
        fake.set_fault(provider, "html")

    async with open_desk(with_keys(fake, folder)) as desk:
        reply = await desk.answer(ADA, asking())

    errors = " ".join(line["error"] for line in log.of("model.unusable"))
    assert answer_of(reply).meta.model == "local"
    assert "<" not in read_by_a_person(reply)
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL"):
        assert name in errors


async def test_a_redis_that_dies_in_the_middle_costs_nobody_an_answer(
    folder: Path, fake: FakeProviders, own_redis: EmbeddedRedis, log: Log
) -> None:
    fresh = asking("topics", is_fresh=True)
    async with open_desk(with_keys(fake, folder, redis_url=own_redis.url)) as desk:
        before = await desk.answer(ADA, fresh)
        own_redis.kill()
        during = [await desk.answer(ADA, fresh) for _ in range(2)]
        own_redis.start()
        after = await desk.answer(ADA, fresh)
        replies = [before, *during, after]
        runs = [await run_of(desk, reply) for reply in replies]
        money = await money_of(desk, fake, runs)

    assert [answer_of(reply).meta.model for reply in replies] == [NAMED["claude"]] * 4
    assert money.is_exact
    assert [line for line in log.lines if "edis" in json.dumps(line)]
