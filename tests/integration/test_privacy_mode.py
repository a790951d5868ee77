"""What leaves the machine, and how a chat keeps everything on it."""

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from bot_service.local_models.server import FakeProviders
from schemas.chats import Chat, ChatSettings
from services.adapters.embed.hashing import HashingEmbedder
from services.adapters.llm.scripted import EVIDENCE_LINE
from services.desk import Desk
from tests.integration.conftest import ADA, answer_of, answering_over, asking, counted, run_of
from tests.integration.news import COPIED, NOW
from tests.integration.providers import fake, provided, stand_ins

__all__ = ["fake", "stand_ins"]

COMMANDS = ("trends", "keywords", "sentiment", "topics", "stories")
QUERY = "tidal barrier old town"


def strings_in(value: object) -> Iterator[str]:
    """Every string of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)


def sent_to(fake: FakeProviders) -> list[str]:
    """What each request told a model."""
    return ["\n".join(strings_in(json.loads(seen.text))) for seen in fake.requests]


async def turn_on_privacy(desk: Desk) -> None:
    """Let Ada's chat keep everything on the machine."""
    chat = Chat(id="7", kind="private", first_seen_at=NOW, last_seen_at=NOW)
    await desk.chats.greet(chat)
    await desk.chats.save_settings(ADA, ChatSettings(is_private_mode=True))


async def test_in_privacy_mode_nothing_at_all_is_sent_to_a_model(
    desk: Desk, fake: FakeProviders
) -> None:
    await turn_on_privacy(desk)

    async with provided(desk, fake) as answering:
        for command in COMMANDS:
            query = None if command == "trends" else QUERY
            answer = answer_of(await answering.answer(ADA, asking(command, query)))
            assert answer.meta.model == "local"

    assert fake.requests == ()


async def test_the_same_desk_asks_models_for_a_chat_without_privacy_mode(
    desk: Desk, fake: FakeProviders
) -> None:
    async with provided(desk, fake) as answering:
        await answering.answer(ADA, asking())

    assert {seen.provider for seen in fake.requests} == {"openai", "anthropic", "gemini"}


class FarEmbedder(HashingEmbedder):
    """Notes what it is asked for, as a provider would see it."""

    is_remote = True

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.seen += texts
        return await super().embed(texts)


@pytest.mark.parametrize("is_private", [True, False])
async def test_in_privacy_mode_no_question_goes_to_a_provider_of_vectors(
    desk: Desk, is_private: bool
) -> None:
    if is_private:
        await turn_on_privacy(desk)
    far = FarEmbedder()

    answer = answer_of(
        await answering_over(desk, None, embedder=far).answer(ADA, asking("topics", QUERY))
    )

    assert answer.evidence
    assert bool(far.seen) != is_private


@pytest.mark.parametrize("depth", [None, "enhanced"])
async def test_who_insists_on_a_model_in_privacy_mode_is_told_why_there_is_none(
    desk: Desk, fake: FakeProviders, depth: str | None
) -> None:
    await turn_on_privacy(desk)

    async with provided(desk, fake) as answering:
        answer = answer_of(await answering.answer(ADA, asking(depth=depth)))

    assert any("Privacy mode" in w for w in answer.warnings) == (depth == "enhanced")
    assert fake.requests == ()


async def test_an_answer_made_with_models_is_not_given_to_a_private_chat(
    desk: Desk, fake: FakeProviders
) -> None:
    async with provided(desk, fake) as answering:
        await answering.answer(ADA, asking())
        await turn_on_privacy(desk)
        answer = answer_of(await answering.answer(ADA, asking()))

    assert answer.meta.model == "local"
    assert counted(desk, "orchestrator_cache_hits_total", cache="answer") == 0


@pytest.mark.parametrize("command", COMMANDS)
async def test_what_leaves_is_computed_sentences_and_the_articles_that_may_be_cited(
    desk: Desk, fake: FakeProviders, command: str
) -> None:
    query = None if command == "trends" else QUERY
    async with provided(desk, fake) as answering:
        reply = await answering.answer(ADA, asking(command, query))

    lines = [line for text in sent_to(fake) for line in EVIDENCE_LINE.finditer(text)]
    evidence = {line["words"] for line in lines}
    titles = [card.title[:60] for card in (await run_of(desk, reply)).evidence]
    assert any(COPIED[0] in line for line in evidence)
    assert len({line["id"] for line in lines}) <= (10 if command == "trends" else 8)
    assert all(any(title in line for title in titles) for line in evidence)


async def test_who_asks_is_never_told_to_a_provider(desk: Desk, fake: FakeProviders) -> None:
    secretive = ADA.model_copy(
        update={"person": "person-4711", "chat": "chat-4712", "tenant": "tenant-4713"}
    )
    async with provided(desk, fake) as answering:
        await answering.answer(secretive, asking("topics", "tidal barrier"))

    told = "\n".join(seen.text for seen in fake.requests)
    assert COPIED[0] in told
    assert not any(number in told for number in ("4711", "4712", "4713"))


async def test_only_the_widening_of_a_query_sends_the_query(
    desk: Desk, fake: FakeProviders
) -> None:
    async with provided(desk, fake) as answering:
        await answering.answer(ADA, asking("keywords", "barrier the inspected"))

    with_query = [text for text in sent_to(fake) if "barrier the inspected" in text]
    assert len(fake.requests) == 3
    assert len(with_query) == 1
    assert "Query: barrier the inspected" in with_query[0]
