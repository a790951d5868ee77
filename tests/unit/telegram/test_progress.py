import asyncio
from typing import Any

import pytest

from bot_service.telegram.places import Place
from bot_service.telegram.progress import Progress, stage
from schemas.runs import RichText
from tests.unit.telegram.conftest import Post


async def kinds(post: Post, chat_id: int) -> list[dict[str, Any]]:
    events = (await post.get("/events?after=0&wait_s=0"))["events"]
    return [e for e in events if e["chat_id"] == chat_id and e["kind"] != "chat"]


async def shown_kind(post: Post, chat_id: int, kind: str) -> None:
    """Wait until something of a kind is shown in a chat."""
    async with asyncio.timeout(15):
        while kind not in {e["kind"] for e in await kinds(post, chat_id)}:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def said(post: Post, chat_id: int) -> list[str]:
    """List what the bot's messages in a chat say."""
    return [m["text"] for m in await post.messages(chat_id) if m["from"]["is_bot"]]


async def test_quick_work_shows_nothing(post: Post) -> None:
    async with Progress(post.delivery, Place(post.owner_id), lang="en", draft_id=1):
        await asyncio.sleep(0.1)

    shown = {e["kind"] for e in await kinds(post, post.owner_id)}
    assert shown & {"action", "draft", "message"} == set()


async def test_long_work_shows_typing_and_a_draft_within_a_second(post: Post) -> None:
    async with Progress(post.delivery, Place(post.owner_id), lang="en", draft_id=1) as progress:
        await progress.node("measure")
        await shown_kind(post, post.owner_id, "draft")

    shown = await kinds(post, post.owner_id)
    drafts = [e["text"] for e in shown if e["kind"] == "draft"]
    assert "action" in {e["kind"] for e in shown}
    assert drafts == [stage("measure", "en")]


async def test_a_group_gets_one_status_that_is_gone_afterwards(post: Post) -> None:
    group = await post.post("/groups", title="Desk", owner_id=post.owner_id)
    place = Place(group["id"], is_group=True)

    async with Progress(post.delivery, place, lang="ru", draft_id=1) as progress:
        async with asyncio.timeout(15):
            while not await said(post, group["id"]):  # noqa: ASYNC110 - asks another server
                await asyncio.sleep(0.05)
        await progress.stop()
        await post.delivery.send(place, RichText(text="the answer"))

    assert await said(post, group["id"]) == ["the answer"]
    assert "deleted" in {e["kind"] for e in await kinds(post, group["id"])}


async def test_work_behind_a_button_only_types(post: Post) -> None:
    async with Progress(post.delivery, Place(post.owner_id), lang="en", draft_id=None):
        await shown_kind(post, post.owner_id, "action")
        await asyncio.sleep(1.0)

    shown = {e["kind"] for e in await kinds(post, post.owner_id)}
    assert shown & {"action", "draft", "message"} == {"action"}


@pytest.mark.parametrize(
    ("lang", "n", "words"),
    [("en", 1, "Writing the answer… 1 word"), ("ru", 42, "Пишу ответ… 42 слова")],
)
def test_the_words_of_a_model_are_counted_while_it_writes(lang: str, n: int, words: str) -> None:
    assert stage("compose", lang, n_words=n) == words
    assert stage("compose", lang) != words


async def test_a_growing_number_of_words_is_shown_as_it_grows(post: Post) -> None:
    async def drafts() -> list[str]:
        return [e["text"] for e in await kinds(post, post.owner_id) if e["kind"] == "draft"]

    async with Progress(post.delivery, Place(post.owner_id), lang="en", draft_id=1) as progress:
        await progress.node("compose", 3)
        await shown_kind(post, post.owner_id, "draft")
        await progress.node("compose", 40)
        async with asyncio.timeout(15):
            while len(await drafts()) < 2:  # noqa: ASYNC110 - asks another server
                await asyncio.sleep(0.05)

    assert await drafts() == [stage("compose", "en", n_words=n) for n in (3, 40)]
