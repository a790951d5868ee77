"""What one chat reads for itself changes nothing of what others are told."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.access import system_principal, visible
from core.rendering.explain import render_explain
from core.rendering.lists import render_sources
from schemas.articles import RawItem
from schemas.principal import Principal, Role
from schemas.requests import NewsRequest
from schemas.runs import StoredRun
from schemas.sources import NewSource, PolledSource
from services.desk import Desk
from services.wiring import open_desk
from tests.folders import copy_folder
from tests.integration.conftest import asking, run_id_of, settings_for
from tests.integration.news import FLOOD_EN, FLOOD_RU, NOW

CHAT = "7"
QUESTIONS = (
    asking(is_fresh=True),
    asking(window="1w", is_fresh=True),
    asking(query="tidal barrier", is_fresh=True),
    asking("topics", is_fresh=True),
    asking("stories", is_fresh=True),
    asking("keywords", "Port Selmer", is_fresh=True),
    asking("sentiment", "барьер", reply_lang="ru", is_fresh=True),
)
CHANGES_BY_ITSELF = {"id", "correlation_id", "at", "timings_ms", "us"}


def reader(chat: str, *roles: Role, tenant: str = "desk") -> Principal:
    return Principal(tenant=tenant, person=chat, chat=chat, roles=frozenset(roles or ("reader",)))


def private_items() -> list[RawItem]:
    """The flood again, in more words, more often and in another language; and one of its own."""
    items = [
        RawItem(
            source="whatever the feed says",
            guid=f"own-{n}-{again}",
            title=words[0] if again == 0 else f"{words[0]}, says watcher {again}",
            text=words[1] + " Zanzibar observers file secret memoranda." * again,
            published_at=NOW - timedelta(hours=6 - n / 3 - again / 10),
        )
        for n, words in enumerate(FLOOD_EN + FLOOD_RU)
        for again in range(4)
    ]
    secret = RawItem(
        source="x",
        guid="own-fr",
        title="Les archives secrètes de la ville sont ouvertes au public",
        text="La ville a ouvert les archives secrètes. Les habitants sont venus très nombreux.",
        published_at=NOW - timedelta(hours=2),
    )
    return [*items, secret]


async def add_private(desk: Desk, chat: str = CHAT) -> PolledSource:
    """Store the private items of a chat's own feed, as polling does."""
    new = NewSource(
        url=f"https://own.example/{chat}.xml",
        kind="feed",
        title="Own feed",
        family="own.example",
        publisher="Own",
        tenant="desk",
        audience=f"chat:{chat}",
    )
    async with desk.store.transaction() as work:
        polled, _ = await work.sources.add(new, at=NOW, interval_s=900)
    summary = await desk.ingestion.ingest(
        system_principal(), private_items(), now=NOW, source=polled.source
    )
    assert (summary.new, summary.refused) == (len(private_items()), 0)
    await desk.indexing.drain(now=NOW)
    return polled


async def everything_told(
    desk: Desk, principal: Principal, request: NewsRequest
) -> dict[str, Any]:
    """The whole answer with all that its buttons show, but for what names this very answer."""
    as_of = request.model_copy(update={"as_of": NOW})
    reply = await desk.answer(principal, as_of)
    run_id = run_id_of(reply)
    async with desk.store.transaction(is_write=False) as work:
        run = await work.runs.get(run_id)
    assert run is not None
    similar = await desk.press(principal, f"v1:si:{run_id}")
    _, n_pages = render_sources(run, page=1, lang="en", tz="UTC")
    return {
        "text": reply.text,
        "entities": reply.entities,
        "buttons": [b.text for row in reply.buttons for b in row],
        "response": _plain(reply.response.model_dump(mode="json")),
        "run": _plain(run.model_dump(mode="json")),
        "explain": _explained(run),
        "sources": [
            render_sources(run, page=n + 1, lang="en", tz="UTC")[0] for n in range(n_pages)
        ],
        "similar": (similar.text, similar.entities),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k not in CHANGES_BY_ITSELF}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def _explained(run: StoredRun) -> str:
    same = run.model_copy(update={"id": "0", "correlation_id": "0", "timings_ms": {}})
    return render_explain(same, lang="en", tz="UTC").text


@pytest.mark.parametrize(
    ("other", "questions"),
    [
        (reader("8"), QUESTIONS),
        (reader("9", "operator", "owner"), QUESTIONS[:3]),
        (reader(CHAT, tenant="elsewhere"), QUESTIONS[:3]),
    ],
    ids=["reader", "owner", "tenant"],
)
async def test_others_are_told_the_same_to_the_last_byte(
    desk: Desk, other: Principal, questions: Sequence[NewsRequest]
) -> None:
    before = [await everything_told(desk, other, request) for request in questions]
    status = await desk.chats.status(other)

    await add_private(desk)

    after = [await everything_told(desk, other, request) for request in questions]
    assert after == before
    told = await desk.chats.status(other)
    counted = {"n_articles", "n_sources", "n_stories", "languages", "newest_at", "per_day"}
    assert told.model_dump(include=counted) == status.model_dump(include=counted)


async def test_the_chat_itself_is_told_of_its_own_news(desk: Desk) -> None:
    own = reader(CHAT)
    request = asking(query="Zanzibar memoranda", is_fresh=True)
    await add_private(desk)

    told = await everything_told(desk, own, request)
    elsewhere = await desk.answer(reader("8"), request)

    assert "Own feed" in {card["source"] for card in told["run"]["evidence"]}
    assert "Own feed" not in elsewhere.text


async def test_private_articles_belong_to_their_chat_in_store_and_index(desk: Desk) -> None:
    polled = await add_private(desk)

    async with desk.store.transaction(is_write=False) as work:
        columns = await work.articles.scan(visible(system_principal()), after_id=0, limit=999)
    own = [row.article for row in columns if row.article.source_id == polled.source.id]

    assert len(own) == len(private_items())
    assert {(a.tenant, a.audience, a.source) for a in own} == {("desk", "chat:7", "Own feed")}


@pytest.mark.parametrize("is_remembered", [True, False])
async def test_public_news_that_comes_later_is_stored_as_if_nothing_were_private(
    folder: Path, tmp_path: Path, is_remembered: bool
) -> None:
    later = [
        item.model_copy(update={"source": f"Late paper {n}", "published_at": NOW})
        for n, item in enumerate(private_items()[::3])
    ]
    copied = tmp_path / "other"
    copy_folder(folder, copied)
    stored = []

    for where, has_private in ((folder, True), (copied, False)):
        async with open_desk(settings_for(where)) as desk:
            if has_private:
                await add_private(desk)
            if not is_remembered:
                desk.ingestion.forget()
            summary = await desk.ingestion.ingest(system_principal(), later, now=NOW)
            stored.append((summary.new, summary.near, await public_stories(desk)))

    assert stored[0] == stored[1]


async def public_stories(desk: Desk) -> set[frozenset[tuple[str, str, str]]]:
    async with desk.store.transaction(is_write=False) as work:
        rows = await work.articles.scan(visible(reader("8")), after_id=0, limit=999)
    stories: dict[int | None, set[tuple[str, str, str]]] = {}
    for article in (row.article for row in rows):
        members = stories.setdefault(article.story_id, set())
        members.add((article.title, article.source, article.family))
    return {frozenset(members) for members in stories.values()}
