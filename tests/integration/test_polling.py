import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.rhythm import state_of
from schemas.principal import Principal
from schemas.sources import SourceChange
from services.polls import PollResult
from tests.integration.conftest import counted
from tests.integration.hostile_server import page, redirect, silent
from tests.integration.living import EVERYTHING, Town, feed, open_town

MEMBER = Principal(person="7", chat="-7", roles=frozenset({"reader"}))
ANYBODY = Principal(person="8", chat="-8", roles=frozenset({"reader"}))


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path / "data") as opened:
        yield opened


async def test_a_first_poll_stores_what_is_there_and_the_next_one_what_is_new(town: Town) -> None:
    town.routes["/feed"] = feed(("1", "Ferry sinks"), ("2", "Bridge opens"))
    source_id = await town.add()
    first = await town.poll(source_id)
    town.routes["/feed"] = feed(("1", "Ferry sinks"), ("2", "Bridge opens"), ("3", "Mayor quits"))
    town.clock.pass_by(hours=1)

    second = await town.poll(source_id)

    assert (first.n_items, second.n_items, state_of(second)) == (2, 3, "ok")
    assert await town.titles() == ["Bridge opens", "Ferry sinks", "Mayor quits"]
    assert second.first_polled_at == first.last_success_at != second.last_success_at


async def test_an_unchanged_feed_is_asked_conditionally_and_brings_nothing(town: Town) -> None:
    town.routes["/feed"] = feed(("1", "Ferry sinks"), headers={"ETag": '"one"'})
    source_id = await town.add()
    before = await town.poll(source_id)

    after = await town.poll(source_id)

    assert town.server.asked[-1].headers["if-none-match"] == '"one"'
    assert (after.etag, after.recent, after.n_items) == (before.etag, before.recent, 1)
    assert counted(town.desk, "source_polls_total", outcome="unchanged") == 1


async def test_polled_items_are_counted_found_and_change_what_answers_stand_on(
    town: Town,
) -> None:
    town.routes["/feed"] = feed(("1", "Ferry sinks"), ("2", "Bridge opens"))
    async with town.desk.store.transaction(is_write=False) as unit:
        position = await unit.outbox.position("article")

    await town.poll(await town.add())

    found = counted(town.desk, "ingest_articles_total", source_kind="feed", outcome="new")
    async with town.desk.store.transaction(is_write=False) as unit:
        last, n_waiting = await unit.outbox.position("article")
    assert (found, n_waiting) == (2, 0)
    assert last > position[0]


async def test_a_feed_with_new_ids_at_every_poll_brings_nothing_twice(town: Town) -> None:
    source_id = await town.add()
    for n in range(4):
        town.routes["/feed"] = feed((f"a{n}", "Ferry sinks"), (f"b{n}", "Bridge opens"))
        await town.poll(source_id)

    assert await town.titles() == ["Bridge opens", "Ferry sinks"]


async def test_the_same_words_on_another_day_are_news_again(town: Town) -> None:
    source_id = await town.add()
    for n in range(3):
        briefing = feed((str(n), "Morning briefing"), hours_ago=2 - 24 * n)
        town.routes["/feed"] = briefing
        await town.poll(source_id)
        town.clock.pass_by(days=1)

    assert await town.titles() == ["Morning briefing"] * 3


async def test_an_edited_item_is_a_new_version_of_its_article(town: Town) -> None:
    town.routes["/feed"] = feed(("1", "Ferry sinks"))
    source_id = await town.add()
    await town.poll(source_id)
    town.routes["/feed"] = feed(("1", "Ferry saved"))

    await town.poll(source_id)

    assert [(a.title, a.version) for a in await town.articles()] == [("Ferry saved", 2)]


async def test_a_host_that_hangs_delays_no_other_and_is_not_asked_for_each_of_its_feeds(
    town: Town,
) -> None:
    for n in range(6):
        town.routes[f"/slow{n}"] = silent
        town.routes[f"/good{n}"] = feed((f"{n}", f"Report {n}"), title=f"Good {n}")
        await town.add(f"/slow{n}", host="127.0.0.2")
        await town.add(f"/good{n}", host=f"127.0.1.{n}")
    done: dict[str, float] = {}
    started = time.monotonic()

    def note(result: PollResult) -> None:
        done[result.source.url] = time.monotonic() - started

    n_polled = await town.life.polling.poll_due(on_polled=note)

    assert n_polled == 12
    assert max(after for url, after in done.items() if "good" in url) < 1.5
    assert max(done.values()) < 4  # one time-out of two seconds, not six
    slow = [s for s in await town.sources() if "slow" in s.url]
    assert {s.failure.reason for s in slow if s.failure} == {"timeout"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/empty", "empty"),
        ("/page", "not_a_feed"),
        ("/missing", "missing"),
        ("/busy", "unavailable"),
        ("/circle", "redirects"),
        ("/garbage", "connect"),
    ],
)
async def test_why_a_source_cannot_be_read_is_written_down(
    town: Town, path: str, reason: str
) -> None:
    source = await town.poll(await town.add(path))

    assert source.failure is not None
    assert (source.failure.reason, source.n_failures, source.last_success_at) == (reason, 1, None)
    assert source.next_poll_at - town.clock.at > timedelta(minutes=25)
    assert counted(town.desk, "source_polls_total", outcome=reason) == 1


async def test_failures_in_a_row_wait_longer_and_a_success_ends_them(town: Town) -> None:
    source_id = await town.add("/feed")
    town.routes["/feed"] = page(b"no", status=503)
    waits = [(await town.poll(source_id)).next_poll_at - town.clock.at for _ in range(3)]
    town.routes["/feed"] = feed(("1", "Ferry sinks"))

    healthy = await town.poll(source_id)

    assert waits[0] < waits[1] < waits[2]
    assert (healthy.n_failures, healthy.failure) == (0, None)


async def test_a_server_that_says_when_to_come_back_is_left_alone_until_then(town: Town) -> None:
    town.routes["/feed"] = page(b"", status=429, headers={"Retry-After": "7200"})

    source = await town.poll(await town.add("/feed"))

    assert source.next_poll_at - town.clock.at >= timedelta(hours=2)


async def test_a_feed_that_is_gone_for_good_is_retired_and_never_asked_again(town: Town) -> None:
    source_id = await town.add("/gone")
    await town.life.polling.poll_due()
    town.clock.pass_by(days=30)

    n_polled = await town.life.polling.poll_due()

    assert (state_of(await town.source(source_id)), n_polled) == ("retired", 0)


async def test_a_permanent_redirect_is_followed_and_recorded(town: Town) -> None:
    town.routes |= {"/old": redirect("/new", 301), "/new": feed(("1", "Ferry sinks"))}

    source = await town.poll(await town.add("/old"))

    assert source.url == town.server.url("/new")
    assert await town.titles() == ["Ferry sinks"]


async def test_a_redirect_to_another_sources_address_is_a_failure_and_stores_nothing(
    town: Town,
) -> None:
    town.routes |= {"/old": redirect("/new", 301), "/new": feed(("1", "Ferry sinks"))}
    moved_id, there_id = await town.add("/old"), await town.add("/new")

    moved = await town.poll(moved_id)

    assert moved.failure is not None
    assert (moved.failure.reason, moved.url) == ("taken", town.server.url("/old"))
    assert "/new" in moved.failure.detail
    assert await town.titles() == []
    assert (await town.source(there_id)).n_polls == 0


async def test_two_feeds_that_swap_their_addresses_keep_their_own_articles(town: Town) -> None:
    harbour = feed(("1", "Ferry sinks"), title="Harbour")
    market = feed(("2", "Prices fall"), title="Market")
    town.routes |= {"/a": harbour, "/b": market}
    a_id, b_id = await town.add("/a"), await town.add("/b")
    await town.poll(a_id, b_id)
    town.routes |= {"/a": market, "/b": feed(("1", "Ferry sinks"), ("3", "Ferry raised"))}
    town.clock.pass_by(hours=1)

    await town.poll(a_id, b_id)
    await town.life.polling.poll_due()

    a, b = await town.source(a_id), await town.source(b_id)
    assert (a.url, b.url) == (town.server.url("/b"), town.server.url("/a"))
    told = {(article.source_id, article.title) for article in await town.articles()}
    assert told == {(a_id, "Ferry sinks"), (a_id, "Ferry raised"), (b_id, "Prices fall")}


async def test_a_feed_that_takes_the_name_of_another_takes_nothing_else(town: Town) -> None:
    town.routes |= {
        "/a": feed(("1", "Ferry sinks"), title="Harbour"),
        "/b": feed(("2", "Prices fall"), title="Market"),
    }
    a_id, b_id = await town.add("/a"), await town.add("/b")
    await town.poll(a_id, b_id)
    town.routes["/a"] = feed(("9", "Ferry raised"), title="Market")
    town.clock.pass_by(hours=1)

    await town.poll(a_id, b_id)

    assert (await town.source(a_id)).url == town.server.url("/a")
    told = {(article.source_id, article.title) for article in await town.articles()}
    assert told == {(a_id, "Ferry sinks"), (a_id, "Ferry raised"), (b_id, "Prices fall")}


async def test_a_feed_that_renames_itself_is_the_same_source(town: Town) -> None:
    town.routes["/feed"] = feed(("1", "Ferry sinks"), title="Harbour")
    source_id = await town.add()
    await town.poll(source_id)
    town.routes["/feed"] = feed(("1", "Ferry sinks"), ("2", "Bridge opens"), title="Coast")

    renamed = await town.poll(source_id)

    assert (renamed.feed_title, renamed.n_items) == ("Coast", 2)


async def test_hours_whose_news_went_by_unseen_are_recorded_as_missed(town: Town) -> None:
    town.routes["/feed"] = feed(("1", "Ferry sinks"), hours_ago=3)
    source_id = await town.add()
    last = await town.poll(source_id)
    town.clock.pass_by(hours=30)
    town.routes["/feed"] = feed(("9", "Mayor quits"), hours_ago=-24)

    await town.poll(source_id)

    async with town.desk.store.transaction(is_write=False) as unit:
        missed = await unit.sources.missed(
            EVERYTHING, town.clock.at - timedelta(days=3), town.clock.at
        )
    assert last.last_success_at is not None
    start = last.last_success_at
    assert [(m.start, m.end) for m in missed] == [(start, start + timedelta(hours=24))]


async def test_a_private_feed_stays_with_its_chat(town: Town) -> None:
    town.routes["/feed"] = feed(("1", "Ferry sinks"))

    await town.poll(await town.add(by=MEMBER, is_private=True))

    assert await town.titles(MEMBER) == ["Ferry sinks"]
    assert await town.titles(ANYBODY) == []


async def test_the_text_behind_the_links_is_read_where_it_is_wanted(town: Town) -> None:
    told = " ".join(f"<p>The harbour master said that ship {n} was safe.</p>" for n in range(12))
    link = town.server.url("/story")
    town.routes |= {
        "/feed": page(
            '<rss version="2.0"><channel><title>H</title><item><guid>1</guid><title>Ferry sinks'
            f"</title><link>{link}</link><description>Short.</description></item></channel></rss>"
        ),
        "/story": page(
            f"<html><body><article><h1>Ferry sinks</h1>{told}</article></body></html>",
            kind="text/html",
        ),
    }
    source_id = await town.add()
    async with town.desk.store.transaction() as unit:
        await unit.sources.change(EVERYTHING, source_id, SourceChange(has_full_text=True))

    await town.poll(source_id)
    await town.poll(source_id)

    (article,) = await town.articles()
    assert ("ship 11 was safe" in article.text, article.version) == (True, 1)
    assert town.server.targets().count("/story") == 1
