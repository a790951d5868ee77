"""A whole desk with three providers: what it says, what it costs, and whose plug is pulled."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from bot_service.local_models.catalog import Provider
from bot_service.local_models.server import FakeProviders
from core.policy.gate import desk_of, keep_supported
from schemas.analysis import AnalysisResponse
from schemas.drafts import Finding
from schemas.model_settings import BudgetSettings
from schemas.principal import Principal
from schemas.requests import Command
from schemas.runs import StoredRun
from schemas.settings import AnswerSettings
from services.desk import Desk
from services.wiring import open_desk
from tests.integration.conftest import (
    ADA,
    answer_of,
    asking,
    counted,
    run_of,
    settings_for,
)
from tests.integration.news import NOW
from tests.integration.providers import NAMED, fake, stand_ins, with_keys
from tests.integration.test_private_news import add_private
from tests.performance.exact_money import Money, compare
from tests.performance.stand_ins import NAMES, Billed

pytestmark = pytest.mark.slow

__all__ = ["fake", "stand_ins"]

COMMANDS: tuple[Command, ...] = ("trends", "keywords", "sentiment", "topics")
_people = count(100)


@pytest.fixture
async def modelled(folder: Path, fake: FakeProviders) -> AsyncIterator[Desk]:
    """A desk with a key of each provider, wired as `newsdesk run` wires it."""
    async with open_desk(with_keys(fake, folder)) as desk:
        yield desk


def somebody() -> Principal:
    """A person of another chat than anybody before."""
    name = str(next(_people))
    return Principal(person=name, chat=name, roles=frozenset({"reader"}))


async def money_of(desk: Desk, fake: FakeProviders, runs: Sequence[StoredRun]) -> Money:
    """The journal of these runs beside what the stand-ins would charge."""
    bill = [Billed(NAMES[call.provider], call.model, call.usage) for call in fake.calls]
    return await compare(desk, [run.id for run in runs], bill, desk.settings.budget)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("lang", ["en", "ru"])
async def test_an_enhanced_answer_names_its_model_cites_and_costs_what_was_billed(
    modelled: Desk, fake: FakeProviders, command: Command, lang: str
) -> None:
    request = asking(command, window="3d", lang=lang, reply_lang=lang)
    reply = await modelled.answer(ADA, request)

    answer, run = answer_of(reply), await run_of(modelled, reply)
    listed = {item.article_id for item in answer.evidence}
    cited = {ref.article_id for i in answer.insights for ref in i.evidence_refs}
    money = await money_of(modelled, fake, [run])
    assert answer.meta.model == NAMED["claude"]
    assert answer.warnings == () or "left out" not in " ".join(answer.warnings)
    assert cited <= listed
    assert money.is_exact
    assert money.journal == money.bill == run.cost_usd_micro > 0


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("lang", ["en", "ru"])
async def test_what_was_computed_may_be_said_by_a_model_too(
    desk: Desk, command: Command, lang: str
) -> None:
    run = await run_of(desk, await desk.answer(ADA, asking(command, reply_lang=lang, lang=lang)))
    answer = answer_of_run(run)
    assert run.facts is not None

    said = [
        Finding(
            type=insight.type,
            text=insight.text,
            article_ids=tuple(int(ref.article_id or 0) for ref in insight.evidence_refs),
            is_computed=False,
        )
        for insight in answer.insights
    ]
    _, records = keep_supported(said, desk_of(run.evidence, run.facts, lang=lang))

    assert [(r.rule, r.detail) for r in records if r.verdict == "drop"] == []


def answer_of_run(run: StoredRun) -> AnalysisResponse:
    assert isinstance(run.response, AnalysisResponse)
    return run.response


@pytest.mark.parametrize("fault", ["refused_key", "server_error", "dropped", "overloaded"])
async def test_one_plug_that_is_pulled_gives_the_next_model_its_turn(
    modelled: Desk, fake: FakeProviders, fault: str
) -> None:
    fake.set_fault("anthropic", "auth" if fault == "refused_key" else fault)  # type: ignore[arg-type]

    answer = answer_of(await modelled.answer(ADA, asking("topics")))

    assert answer.meta.model == NAMED["gpt-5"]
    assert any(line.startswith("claude") for line in answer.warnings)
    assert len(answer.insights) > 1


@pytest.mark.parametrize("fault", ["server_error", "dropped", "cut_stream", "malformed_json"])
@pytest.mark.parametrize(
    ("command", "provider", "following"),
    [("keywords", "gemini", "claude"), ("sentiment", "openai", "claude")],
)
async def test_a_query_leaves_tokens_for_the_next_model(
    modelled: Desk,
    fake: FakeProviders,
    command: Command,
    provider: Provider,
    following: str,
    fault: str,
) -> None:
    fake.set_fault(provider, fault)  # type: ignore[arg-type]

    answer = answer_of(
        await modelled.answer(ADA, asking(command, query="tidal barrier", window="1w"))
    )

    assert answer.meta.model == NAMED[following]


async def test_every_plug_may_be_pulled_one_after_the_other(
    modelled: Desk, fake: FakeProviders
) -> None:
    fresh = asking("topics", is_fresh=True)
    named = []
    for provider in (None, "anthropic", "openai", "gemini"):
        if provider is not None:
            fake.set_fault(provider, "overloaded")
        named.append(answer_of(await modelled.answer(ADA, fresh)))

    assert [answer.meta.model for answer in named] == [
        NAMED["claude"],
        NAMED["gpt-5"],
        NAMED["gemini-2.5-pro"],
        "local",
    ]
    assert [bool(answer.warnings) for answer in named[1:]] == [True, True, True]
    assert len({len(answer.insights) for answer in named}) == 1


async def test_a_plug_that_is_back_is_used_again(modelled: Desk, fake: FakeProviders) -> None:
    fresh = asking("topics", is_fresh=True)
    fake.set_fault("anthropic", "server_error", times=1)
    await modelled.answer(ADA, fresh)

    again = answer_of(await modelled.answer(ADA, fresh))

    assert again.meta.model == NAMED["claude"]
    assert again.warnings == answer_of(await modelled.answer(ADA, fresh)).warnings


SHORT = AnswerSettings(deadline_s=5, agents_s=3)


@pytest.mark.parametrize("fault", ["hang", "slow_first_byte"])
@pytest.mark.slow
async def test_a_hanging_primary_leaves_room_for_its_fallback(
    folder: Path, fake: FakeProviders, fault: str
) -> None:
    async with open_desk(with_keys(fake, folder)) as desk:
        await desk.answer(ADA, asking("topics"))
        options = {} if fault == "hang" else {"delay_s": 11}
        fake.set_fault("anthropic", fault, **options)  # type: ignore[arg-type]
        began = time.monotonic()
        answer = answer_of(await desk.answer(ADA, asking("topics", is_fresh=True)))

    assert time.monotonic() - began < 12
    assert answer.meta.model == NAMED["gpt-5"]
    assert any(line.startswith("claude: no answer in time") for line in answer.warnings)
    assert not any("used up" in line for line in answer.warnings)


async def test_with_everybody_hanging_the_computed_answer_comes_in_time(
    folder: Path, fake: FakeProviders
) -> None:
    async with open_desk(with_keys(fake, folder, answer=SHORT)) as desk:
        await desk.answer(ADA, asking("topics"))
        for provider in ("openai", "anthropic", "gemini"):
            fake.set_fault(provider, "hang")
        began = time.monotonic()
        reply = await desk.answer(ADA, asking("topics", is_fresh=True))
        money = await money_of(desk, fake, [await run_of(desk, reply)])

    answer = answer_of(reply)
    assert time.monotonic() - began < SHORT.deadline_s
    assert answer.meta.model == "local"
    assert answer.warnings
    assert (money.n_open, money.drift, money.n_over) == (0, 0, 0)


async def test_a_budget_is_kept_to_the_micro_dollar_by_many_at_once(
    folder: Path, fake: FakeProviders
) -> None:
    budget = BudgetSettings(global_day_usd=0.02)
    async with open_desk(with_keys(fake, folder, budget=budget)) as desk:
        await desk.models.manager()
        requests = [
            asking("topics", k_final=k, window=w) for k in range(3, 9) for w in ("24h", "3d")
        ]
        replies = await asyncio.gather(*(desk.answer(somebody(), one) for one in requests))
        runs = [await run_of(desk, reply) for reply in replies]
        money = await money_of(desk, fake, runs)

    assert money.is_exact
    assert 0 < money.journal <= 20_000
    assert {answer_of(reply).meta.model for reply in replies} >= {"local"}


async def test_people_of_different_chats_share_one_run(
    modelled: Desk, fake: FakeProviders
) -> None:
    first = await modelled.answer(somebody(), asking())
    n_calls = len(fake.calls)
    second = await modelled.answer(somebody(), asking())

    assert len(fake.calls) == n_calls == 4
    assert counted(modelled, "orchestrator_cache_hits_total", cache="answer") == 1
    assert second.correlation_id != first.correlation_id
    assert (await run_of(modelled, second)).id != (await run_of(modelled, first)).id


async def test_a_chat_with_a_feed_of_its_own_shares_with_nobody(desk: Desk) -> None:
    await desk.answer(somebody(), asking())
    await add_private(desk, "7")

    theirs = await run_of(desk, await desk.answer(ADA, asking()))
    public = await run_of(desk, await desk.answer(somebody(), asking()))

    assert theirs.facts is not None
    assert public.facts is not None
    assert theirs.facts.window.n_counted > public.facts.window.n_counted


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_an_hour_off_changes_nothing_of_the_money(
    folder: Path, fake: FakeProviders, hours: int
) -> None:
    off = NOW + timedelta(hours=hours)
    async with open_desk(with_keys(fake, folder, now=off)) as desk:
        reply = await desk.answer(ADA, asking("topics"))
        run = await run_of(desk, reply)
        money = await money_of(desk, fake, [run])

    assert answer_of(reply).meta.model == NAMED["claude"]
    assert money.is_exact
    assert abs((run.at - off).total_seconds()) < 60


async def test_with_one_place_figures_are_computed_one_after_the_other(folder: Path) -> None:
    steps: list[str] = []

    async def on_progress(step: str, n_words: int = 0) -> None:
        if step in ("measure", "compose"):
            steps.append(step)
            await asyncio.sleep(0.02)

    one_place = AnswerSettings(at_once=1)
    async with open_desk(settings_for(folder, answer=one_place)) as desk:
        await asyncio.gather(
            *(
                desk.answering.answer(
                    somebody(), asking("topics", k_final=k), on_progress=on_progress
                )
                for k in (3, 4, 5)
            )
        )

    assert steps == ["measure", "compose"] * 3


@pytest.mark.slow
async def test_the_time_of_a_request_begins_with_its_turn(folder: Path) -> None:
    async def on_progress(step: str, n_words: int = 0) -> None:
        if step == "measure":
            await asyncio.sleep(0.8)

    brief = AnswerSettings(at_once=1, deadline_s=1.5, agents_s=1)
    async with open_desk(settings_for(folder, answer=brief)) as desk:
        replies = await asyncio.gather(
            *(
                desk.answering.answer(
                    somebody(), asking("topics", k_final=k), on_progress=on_progress
                )
                for k in range(3, 11)
            )
        )

    assert len([answer_of(reply) for reply in replies]) == 8
