"""Desks over the invented coast, and desks whose language model follows a script."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from core.access import system_principal
from core.agents.showing import Pick, new_pick
from core.breaker import Breaker
from core.llm.manager import ManagerParts, ModelManager
from core.llm.pricing import Prices
from core.llm.routes import Route
from core.ports.chat_model import ChatModel
from core.ports.embedder import Embedder
from monitoring.logs import configure_logs
from schemas.analysis import AnalysisResponse
from schemas.errors import ErrorResponse
from schemas.facts import Facts
from schemas.llm import AnyDraft, Message, ModelCall, Task
from schemas.model_settings import DEFAULT_ENTRIES, BudgetSettings, ModelEntry, ModelPrice
from schemas.principal import Principal
from schemas.requests import NewsRequest
from schemas.runs import Reply, StoredRun
from schemas.settings import AnswerSettings, Settings, SourceSettings
from services.adapters.cache.memory import MemoryCache
from services.adapters.embed.hashing import HashingEmbedder
from services.adapters.ledger.store import StoreLedger
from services.adapters.llm.scripted import EVIDENCE_LINE, write_titles
from services.answering import Answering, AnswerParts, Models
from services.desk import Desk
from services.wiring import load_graph, open_desk
from tests.folders import copy_folder
from tests.integration.news import IMPORTED_AT, NOW, make_stream, write_lines

DESK = system_principal()
ADA = Principal(person="7", chat="7", roles=frozenset({"reader"}))
AGENT_TASKS: tuple[Task, ...] = ("topic_modeler", "sentiment_emotion", "keyphrase_mining")
NO_POLLS = SourceSettings(poll="off")
"""No test may reach for the world's feeds."""

EVERY_TASK: tuple[Task, ...] = (*AGENT_TASKS, "compose")


@pytest.fixture(autouse=True)
def quiet_logs(own_logs: None) -> None:
    """Log as the desk does, errors alone, into nothing: the default prints every local."""
    configure_logs("error", stream=io.StringIO(), is_pretty=False)


def settings_for(folder: Path, **more: Any) -> Settings:
    """Settings that no file changes, at the time of the stream."""
    values: dict[str, Any] = {"data_dir": folder, "now": NOW, "sample": "off", "sources": NO_POLLS}
    return Settings(_env_file=None, **(values | more))


@pytest.fixture(scope="session")
def stocked_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the stream imported, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("coast")
    stream = write_lines(folder / "news.jsonl", make_stream())

    async def stock() -> None:
        async with open_desk(settings_for(folder / "data", now=IMPORTED_AT)) as desk:
            summary = await desk.import_paths([stream])
            assert (summary.new, summary.refused) == (len(make_stream()), 0), summary

    asyncio.run(stock())
    return folder / "data"


@pytest.fixture
def folder(stocked_folder: Path, tmp_path: Path) -> Path:
    """A copy of the stocked folder."""
    copied = tmp_path / "data"
    copy_folder(stocked_folder, copied)
    return copied


@pytest.fixture
async def desk(folder: Path) -> AsyncIterator[Desk]:
    """A desk without models over the coast."""
    async with open_desk(settings_for(folder)) as opened:
        yield opened


def asking(command: str = "trends", query: str | None = None, **more: Any) -> NewsRequest:
    """A request; a day unless it says otherwise."""
    return NewsRequest(command=command, query=query, **more)  # type: ignore[arg-type]


def answer_of(reply: Reply) -> AnalysisResponse:
    """The answer of a reply that has one."""
    assert isinstance(reply.response, AnalysisResponse), reply.response
    return reply.response


def error_of(reply: Reply) -> ErrorResponse:
    """The error of a reply that has one."""
    assert isinstance(reply.response, ErrorResponse), reply.response
    return reply.response


def run_id_of(reply: Reply) -> str:
    """The id that the buttons of a reply carry."""
    return next(b.data for row in reply.buttons for b in row if b.data).split(":")[2]


async def run_of(desk: Desk, reply: Reply) -> StoredRun:
    """The stored run behind a reply."""
    async with desk.store.transaction(is_write=False) as work:
        run = await work.runs.get(run_id_of(reply))
    assert run is not None
    return run


async def facts_of(desk: Desk, reply: Reply) -> Facts:
    """The facts behind a reply."""
    facts = (await run_of(desk, reply)).facts
    assert facts is not None
    return facts


async def titles_of(desk: Desk, reply: Reply) -> set[str]:
    """Titles of everything that an answer may cite or cites."""
    return {card.title for card in (await run_of(desk, reply)).evidence}


def counted(desk: Desk, name: str, **labels: str) -> float:
    """What a counter of the desk says; 0 when it never counted."""
    return desk.metrics.registry.get_sample_value(name, labels) or 0.0


@dataclass
class Script:
    """What the model says (titles unless told otherwise), and everything that it was shown."""

    say: Any = None
    heard: list[tuple[Task, str]] = field(default_factory=list)
    calls: list[ModelCall] = field(default_factory=list)

    def __call__(self, call: ModelCall) -> AnyDraft:
        self.calls.append(call)
        self.heard.append((call.task, "\n".join(message.content for message in call.messages)))
        draft: AnyDraft = (self.say or write_titles)(call)
        return draft


def ids_in(messages: Sequence[Message]) -> list[str]:
    """The evidence ids that a model was shown, in order."""
    return [found["id"] for m in messages for found in EVIDENCE_LINE.finditer(m.content)]


DEAR = ModelEntry(provider="scripted", model="scripted", price=ModelPrice(input=3, output=15))
"""A scripted model at the price of a good one."""


def manager_of(desk: Desk, model: ChatModel, **more: Any) -> ModelManager:
    """A manager with one model of the test's own behind these tasks, paid for by the ledger."""
    cache = MemoryCache()
    tasks = more.pop("tasks", EVERY_TASK)
    entries = {"scripted": more.pop("entry", DEAR)}
    return ModelManager(
        {"scripted": model},
        {task: Route(models=("scripted",), ceiling_s=8.0) for task in tasks},
        parts=ManagerParts(
            breaker=Breaker(cache),
            cache=cache,
            metrics=desk.metrics,
            prices=Prices(entries, lambda *_: None),
            entries=entries,
            ledger=StoreLedger(desk.store),
            **more,
        ),
    )


def answering_with(
    desk: Desk,
    model: ChatModel | None,
    *,
    tasks: Sequence[Task] = EVERY_TASK,
    answer: AnswerSettings | None = None,
    budget: BudgetSettings | None = None,
    pick: Pick | None = None,
    **manager: Any,
) -> Answering:
    """The answering of `desk` with a model of the test's own behind these tasks."""
    wired = None if model is None else manager_of(desk, model, tasks=tasks, **manager)
    return answering_over(desk, wired, answer=answer, budget=budget, pick=pick)


def answering_over(
    desk: Desk,
    models: ModelManager | Models | None,
    *,
    answer: AnswerSettings | None = None,
    budget: BudgetSettings | None = None,
    pick: Pick | None = None,
    embedder: Embedder | None = None,
) -> Answering:
    """The answering of `desk` with these models, or with those that a switch gives."""

    async def switched_on() -> ModelManager | None:
        return None if models is None or callable(models) else models

    return Answering(
        AnswerParts(
            store=desk.store,
            index=desk.index,
            embedder=embedder or HashingEmbedder(),
            cache=MemoryCache(),
            ledger=StoreLedger(desk.store),
            metrics=desk.metrics,
            answer=answer or desk.settings.answer,
            retrieval=desk.settings.retrieval,
            rate=desk.settings.rate,
            version="test",
            now=desk.now,
            load_graph=load_graph,
            models=models if callable(models) else switched_on,
            budget=budget or desk.settings.budget,
            policy=desk.settings.policy,
            entries={**DEFAULT_ENTRIES, **desk.settings.model.entries},
            new_pick=new_pick if pick is None else lambda: pick,
        )
    )
