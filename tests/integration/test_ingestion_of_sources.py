"""Items of a polled source: they are its own, whatever they say, and views follow them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import StoreError
from schemas.articles import Article, RawItem
from schemas.sources import NewSource, PolledSource
from tests.integration.ingesting import DESK, EVERYTHING, NOW, WEEKS, Desk, open_desk, post


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await open_desk(tmp_path / "desk")
    yield opened
    await opened.aclose()


async def add_source(desk: Desk, title: str = "Harbour Daily", **more: Any) -> PolledSource:
    new = NewSource(
        url=f"https://{len(title)}.example/feed.xml",
        kind="feed",
        title=title,
        family="harbour.example",
        publisher="Harbour",
        **more,
    )
    async with desk.store.transaction() as work:
        polled, _ = await work.sources.add(new, at=NOW, interval_s=900)
    return polled


async def poll(desk: Desk, polled: PolledSource, *items: RawItem) -> list[Article]:
    await desk.ingestion.ingest(DESK, items, now=NOW, source=polled.source)
    return [a for a in await desk.articles() if a.source_id == polled.source.id]


async def test_items_belong_to_the_source_whatever_they_call_it(desk: Desk) -> None:
    polled = await add_source(desk)

    stored = await poll(
        desk, polled, post("Ferry sails", source="Feed title", guid="1"), post("Pier closes")
    )
    again = await poll(
        desk, polled, post("Ferry sails", source="New title", guid="1"), post("Pier closes")
    )

    assert [(a.source, a.family) for a in stored] == [("Harbour Daily", "harbour.example")] * 2
    assert again == stored
    assert (await desk.counts()).n_sources == 1


async def test_a_title_that_others_have_in_private_is_no_reason_to_mix(desk: Desk) -> None:
    own = await add_source(desk, tenant="desk", audience="chat:5")
    await desk.take([post("Ferry sails at noon from the old pier", source="Harbour Daily")])

    (private,) = await poll(desk, own, post("Ferry sails at noon from the old pier"))

    public = [a for a in await desk.articles() if a.audience == "public"]
    assert (private.tenant, private.audience) == ("desk", "chat:5")
    assert [a.source_id != private.source_id for a in public] == [True]
    assert private.story_id == public[0].story_id


async def test_views_are_picked_up_without_a_new_version(desk: Desk) -> None:
    polled = await add_source(desk)
    first = post("Ferry sails", guid="1", views=120)

    (before,) = await poll(desk, polled, first, first.model_copy(update={"views": 125}))
    (after,) = await poll(desk, polled, first.model_copy(update={"views": 990}))
    (silent,) = await poll(desk, polled, first.model_copy(update={"views": None}))

    assert [(a.views, a.version) for a in (before, after, silent)] == [
        (125, 1),
        (990, 1),
        (990, 1),
    ]


async def test_an_edit_brings_its_views_along(desk: Desk) -> None:
    polled = await add_source(desk)

    await poll(desk, polled, post("Ferry sails", guid="1", views=120))
    (edited,) = await poll(desk, polled, post("Ferry sails late", guid="1", views=340))

    assert (edited.title, edited.version, edited.views) == ("Ferry sails late", 2, 340)


async def test_nothing_is_stored_for_a_source_that_was_removed_meanwhile(desk: Desk) -> None:
    polled = await add_source(desk)
    async with desk.store.transaction() as work:
        await work.sources.remove(EVERYTHING, polled.source.id)

    with pytest.raises(StoreError, match="no source has the id"):
        await poll(desk, polled, post("Ferry sails"))

    assert await desk.articles() == []


async def test_nothing_is_stored_for_a_chat_that_became_another_meanwhile(desk: Desk) -> None:
    polled = await add_source(desk, tenant="desk", audience="chat:-5")
    async with desk.store.transaction() as work:
        await work.sources.move_audience("chat:-5", "chat:-100", at=NOW)

    with pytest.raises(StoreError, match=r"belongs to 'chat:-100' of 'desk'"):
        await poll(desk, polled, post("Ferry sails"))

    assert await desk.articles() == []


async def test_private_news_goes_on_in_its_stories_after_the_memory_was_lost(desk: Desk) -> None:
    polled = await add_source(desk, tenant="desk", audience="chat:5")
    await poll(desk, polled, post("Crack in main cable closes Kestrel Bridge to traffic"))

    desk.ingestion.forget()
    stored = await poll(
        desk, polled, post("Kestrel Bridge closed after inspectors find crack in main cable")
    )

    assert len({a.story_id for a in stored}) == 1


async def test_many_sources_at_once_store_everything_once(desk: Desk) -> None:
    sources = [await add_source(desk, f"Paper {'x' * n}") for n in range(8)]
    items = [post(item.title, item.text, guid=str(n)) for n, item in enumerate(WEEKS[:40])]

    await asyncio.gather(
        *(
            desk.ingestion.ingest(DESK, items, now=NOW, source=polled.source)
            for polled in (*sources, *sources)
        )
    )

    stored = await desk.articles()
    keys = {(a.source_id, a.title, a.text) for a in stored}
    assert len(stored) == len(keys) == 8 * 40
