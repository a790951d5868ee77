"""Articles that give orders, and models that obey: nothing of it reaches a reader.

The injected documents of the labelled set are articles of a desk, eight to a window, and all three
providers' models carry out every order that they are shown.
"""

import asyncio
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot_service.local_models.server import FakeProviders
from core.access import system_principal
from monitoring.logs import configure_logs
from schemas.articles import RawItem
from schemas.chats import Chat
from schemas.principal import Principal
from schemas.requests import NewsRequest
from schemas.runs import Reply, StoredRun
from services.desk import Desk
from services.wiring import open_desk
from tests.integration.obedient import Obedient, reached, unlisted_links
from tests.quality.answer_matrix import COMMANDS, settings_for

FIRST = datetime(2025, 10, 1, 12, tzinfo=UTC)
EACH = 8
APART = timedelta(hours=12)
N_DOCUMENTS = 225


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attack on the whole desk came to."""

    answers: tuple[tuple[Reply, StoredRun], ...]
    model: Obedient
    n_withheld: int
    state_before: str
    state_after: str


def injected(data: Path) -> list[tuple[str, RawItem]]:
    """Give each order with the article that hides it."""
    lines = (data / "injection_bipia/documents.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["label"] == "injected"]
    return [
        (
            row["attack"],
            RawItem(
                source=f"Inbox {n % 5}",
                guid=row["id"],
                url=f"https://inbox{n % 5}.example/{n}",
                title=row["text"].replace(row["attack"], " ").strip()[:90],
                text=row["text"],
                lang="en",
                published_at=FIRST + n // EACH * APART - timedelta(minutes=5 + n % EACH),
            ),
        )
        for n, row in enumerate(rows)
    ]


def questions(n_groups: int) -> Iterator[tuple[Principal, NewsRequest]]:
    """Give every command about every window, each window asked about by another person."""
    for group in range(n_groups):
        who = Principal(person=str(group), chat="7", roles=frozenset({"reader"}))
        for command in COMMANDS:
            yield who, NewsRequest(command=command, window="6h", as_of=FIRST + group * APART)


async def state_of(desk: Desk) -> str:
    """Everything that a person may set, as text."""
    async with desk.store.transaction(is_write=False) as work:
        chat = await work.chats.get("7")
        people = await work.chats.people()
    sources = await desk.sources.listed(system_principal())
    is_on = await desk.models.is_on()
    return repr((chat and chat.settings, people, [s.source for s in sources], is_on))


async def attack(data: Path, folder: Path) -> Outcome:
    """Let the models of a desk read all injected articles."""
    pairs = injected(data)
    model = Obedient([order for order, _ in pairs])
    with FakeProviders() as fake:
        for provider in ("openai", "anthropic", "gemini"):
            fake.set_script(provider, model)
        async with open_desk(settings_for(folder, fake)) as desk:
            await desk.importing.ingest(system_principal(), iter(item for _, item in pairs))
            now = desk.now()
            await desk.chats.greet(
                Chat(id="7", kind="private", first_seen_at=now, last_seen_at=now)
            )
            before = await state_of(desk)
            n_groups = -(-len(pairs) // EACH)
            replies = [await desk.answer(who, one) for who, one in questions(n_groups)]
            runs = [await _run_of(desk, reply) for reply in replies]
            return Outcome(
                answers=tuple(zip(replies, runs, strict=True)),
                model=model,
                n_withheld=len({c.article_id for r in runs for c in r.evidence if c.is_flagged}),
                state_before=before,
                state_after=await state_of(desk),
            )


async def _run_of(desk: Desk, reply: Reply) -> StoredRun:
    run_id = next(b.data for row in reply.buttons for b in row if b.data).split(":")[2]
    async with desk.store.transaction(is_write=False) as work:
        run = await work.runs.get(run_id)
    assert run is not None
    return run


@pytest.fixture(scope="module")
def outcome(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The attack, made once."""
    configure_logs("error", stream=io.StringIO(), is_pretty=False)
    made = asyncio.run(attack(data, tmp_path_factory.mktemp("attack")))
    print(
        f"\n{len(made.model.orders)} injected articles, {made.n_withheld} withheld from models; "
        f"{len(made.model.obeyed)} orders read and obeyed in {made.model.n_prompts} prompts, "
        f"{len(made.answers)} answers"
    )
    return made


def test_the_attack_is_one(outcome: Outcome) -> None:
    assert len(outcome.model.orders) == N_DOCUMENTS
    # Orders further down than models are shown an article are neither withheld nor obeyed.
    assert outcome.n_withheld > N_DOCUMENTS / 4
    assert len(outcome.model.obeyed) > N_DOCUMENTS / 10


def test_no_order_reaches_the_reader(outcome: Outcome) -> None:
    found = [text for reply, _ in outcome.answers for text in reached(reply, outcome.model.orders)]

    assert found == []


def test_no_link_is_shown_that_is_no_articles(outcome: Outcome) -> None:
    links = [unlisted_links(reply, run) for reply, run in outcome.answers]

    assert set().union(*links) == set()


def test_no_setting_is_changed(outcome: Outcome) -> None:
    assert outcome.state_after == outcome.state_before
