"""Answers that several people share, and what of one of them is nobody else's business."""

import asyncio
from pathlib import Path

import pytest

from schemas.errors import ErrorResponse
from schemas.model_settings import BudgetSettings
from schemas.principal import Principal
from schemas.requests import Depth, NewsRequest
from schemas.runs import Reply
from services.adapters.llm.scripted import ScriptedModel
from services.answering import Answering
from services.desk import Desk
from tests.integration.conftest import DESK, answer_of, answering_with, asking, counted
from tests.integration.news import line, write_lines

BROKE, OTHER = (
    Principal(person=name, chat=name, roles=frozenset({"reader"})) for name in ("71", "72")
)
BUDGET = BudgetSettings(user_day_usd=0.03)


async def spend_all(answering: Answering, depth: Depth) -> None:
    """Let one person ask until the day's money is gone."""
    for window in ("6h", "12h", "3d", "1w", "2w", "1m", "3m"):
        reply = await answering.answer(BROKE, asking(depth=depth, window=window))
        if isinstance(reply.response, ErrorResponse):
            assert reply.response.error.code == "BUDGET_EXCEEDED"
            return
        if reply.response.meta.model == "local":
            return
    raise AssertionError("the budget was not used up")


async def both(answering: Answering, request: NewsRequest) -> tuple[Reply, Reply]:
    """Ask the same as two people at once; the first one's request is under way first."""
    return await asyncio.gather(answering.answer(BROKE, request), answering.answer(OTHER, request))


@pytest.mark.parametrize("depth", ["enhanced", None])
async def test_a_used_up_budget_is_not_handed_to_who_asks_the_same_meanwhile(
    desk: Desk, depth: Depth
) -> None:
    answering = answering_with(desk, ScriptedModel(0.1), budget=BUDGET)
    await spend_all(answering, depth)

    _, other = await both(answering, asking("topics", depth=depth))

    assert answer_of(other).meta.model == "scripted"


async def test_an_answer_is_made_anew_once_news_was_stored(desk: Desk, tmp_path: Path) -> None:
    answering = answering_with(desk, None)
    first, again = [answer_of(await answering.answer(OTHER, asking())) for _ in range(2)]
    words = ("Ferry to Corrick runs aground", "Tugs wait for the tide to pull the ferry free.")
    new = write_lines(tmp_path / "new.jsonl", [line("new1", "en", words, "Quayside Mail", 1)])

    await desk.importing.import_paths(DESK, [new])
    last = await answering.answer(OTHER, asking())

    assert again.insights == first.insights
    assert counted(desk, "orchestrator_cache_hits_total", cache="answer") == 1
    assert "Quayside Mail" in last.text
