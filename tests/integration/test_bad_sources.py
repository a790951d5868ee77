"""What the world serves instead of news: each is told in words, and costs nobody else anything."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.access import system_principal
from core.errors import SourceFailed
from core.rendering.source_words import failure_words
from core.rhythm import state_of
from schemas.settings import FetchSettings
from schemas.sources import FailureReason, FeedLink
from services.wiring import open_desk
from tests.integration.conftest import settings_for
from tests.integration.hostile_server import (
    BAD,
    Behaviour,
    endless,
    gzip_bomb,
    page,
    redirect,
    say,
)
from tests.integration.living import FETCH, SOURCES, Town, feed, open_life, open_town, rss

pytestmark = pytest.mark.slow

NEWS = (("1", "Ferry sinks"), ("2", "Bridge opens"))
DESK = system_principal()
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/xml\r\n\r\n"
GIGABYTES = b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\nContent-Type: text/xml\r\n\r\n"
ITEM = (
    b"<item><title>Tide</title><description>" + b"high water " * 1_000 + b"</description></item>"
)
HEAD = b'<rss version="2.0"><channel><title>Tides</title>'
HIDDEN = (
    '<html><body><div class="tgme_page"><div class="tgme_page_title"><span>Quiet</span></div>'
    '<div class="tgme_page_extra">12 subscribers</div></div></body></html>'
)
LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in ("bc", "cd", "de", "ef", "fg", "gh")
    )
    + "]>"
)
MAX_MB = 2


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    fetch = FETCH.model_copy(update={"max_mb": MAX_MB})
    routes = {"*": page(b"no", status=404)}
    async with open_town(tmp_path / "data", routes, fetch=fetch) as opened:
        yield opened


def worst(path: str) -> Behaviour:
    """What stands where a feed was; made when it is asked for, since some are large."""
    match path:
        case "2gb":
            return endless(ITEM, head=GIGABYTES + HEAD)
        case "endless":
            return endless(b"%x\r\n%s\r\n" % (len(ITEM), ITEM), head=CHUNKED)
        case "bomb":
            return page(gzip_bomb(200), headers={"Content-Encoding": "gzip"})
        case "metadata":
            return redirect("http://169.254.169.254/latest/meta-data/")
        case "cut":
            return say(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + HEAD + ITEM)
        case "half":
            return page('{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1')
        case _:
            return BAD[path]


@pytest.mark.parametrize(
    ("path", "reason", "words"),
    [
        ("page", "not_a_feed", "give the address of the feed itself"),
        ("2gb", "too_large", "larger than 2 MB.*NEWSDESK_FETCH__MAX_MB"),
        ("endless", "too_large", "larger than 2 MB.*NEWSDESK_FETCH__MAX_MB"),
        ("bomb", "too_large", "larger than 2 MB.*NEWSDESK_FETCH__MAX_MB"),
        ("empty", "empty", "without a body"),
        ("metadata", "forbidden", "NEWSDESK_FETCH__ALLOWED_NETWORKS"),
        ("cut", "connect", "broke off"),
        ("half", "unreadable", "too broken to read"),
        ("silent", "timeout", "took longer than 1.5 s"),
        ("gone", "gone", "gone for good"),
    ],
)
async def test_a_feed_that_turns_bad_keeps_its_articles_and_comes_back(
    town: Town, path: str, reason: FailureReason, words: str
) -> None:
    town.routes |= {"/feed": feed(*NEWS), "/other": feed(("9", "Mayor quits"), title="Other")}
    bad_id, other_id = await town.add(), await town.add("/other", host="127.0.0.2")
    await town.poll(bad_id, other_id)
    town.routes["/feed"] = worst(path)
    town.clock.pass_by(hours=1)

    bad = await town.poll(bad_id, other_id)
    other = await town.source(other_id)
    kept = await town.titles()
    with pytest.raises(SourceFailed, match=words):
        await town.life.sources.look(DESK, town.server.url("/feed"))
    town.routes["/feed"] = feed(*NEWS, ("3", "Harbour closes"))
    await town.life.sources.set_status(DESK, bad_id, "active")
    back = await town.poll(bad_id)

    assert bad.failure is not None
    assert (bad.failure.reason, bad.n_failures, other.n_failures) == (reason, 1, 0)
    assert failure_words(reason, "en")
    assert kept == ["Bridge opens", "Ferry sinks", "Mayor quits"]
    assert (state_of(back), await town.titles()) == ("ok", sorted([*kept, "Harbour closes"]))


@pytest.mark.parametrize("charset", ["koi8-r", "utf-8", "nonsense", None])
async def test_a_charset_that_is_claimed_wrongly_does_not_garble_a_feed(
    town: Town, charset: str | None
) -> None:
    body = rss(("1", "Паром опоздал на два часа"), title="Прибрежные вести").encode("windows-1251")
    kind = "text/xml" + (f"; charset={charset}" if charset else "")
    town.routes["/feed"] = page(b'<?xml version="1.0" encoding="utf-8"?>' + body, kind=kind)

    await town.poll(await town.add())

    assert await town.titles() == ["Паром опоздал на два часа"]


async def test_entities_that_multiply_in_a_feed_stay_small(town: Town) -> None:
    told = rss(("1", "Ferry &h; sinks"), ("2", "Bridge opens"))
    town.routes["/feed"] = page(f'<?xml version="1.0"?>{LAUGHS}{told}')

    source = await town.poll(await town.add())

    titles = await town.titles()
    assert "Bridge opens" in titles
    assert max(map(len, titles)) < 1_000
    assert source.n_items == 2


async def test_the_loopback_is_neither_added_nor_polled_unless_it_is_allowed(town: Town) -> None:
    town.routes["/feed"] = feed(*NEWS)
    source_id = await town.add()
    async with open_life(town.desk, town.clock, fetch=FetchSettings()) as strict:
        with pytest.raises(SourceFailed, match=r"127\.0\.0\.1.*NEWSDESK_FETCH__ALLOWED_NETWORKS"):
            await strict.sources.look(DESK, town.server.url("/feed"))
        await strict.polling.poll_all([await town.source(source_id)])
    source = await town.source(source_id)

    assert source.failure is not None
    assert source.failure.reason == "forbidden"
    assert town.server.asked == []


async def test_a_channel_that_hides_its_preview_says_so_and_keeps_its_posts(
    tmp_path: Path,
) -> None:
    async with open_town(tmp_path / "data") as town:
        at = SOURCES.model_copy(update={"channels_at": town.server.url("")})
        town.routes["/s/quiet"] = town.routes["/quiet"] = page(HIDDEN, kind="text/html")
        async with open_life(town.desk, town.clock, sources=at) as life:
            with pytest.raises(SourceFailed, match="quiet") as caught:
                await life.sources.look(DESK, "@quiet")

    assert caught.value.reason == "hidden"


async def test_a_feed_that_changes_its_ids_at_every_poll_stays_one_set_of_articles(
    town: Town,
) -> None:
    source_id = await town.add()
    for n in range(6):
        town.routes["/feed"] = feed(*((f"{key}-{n}", title) for key, title in NEWS))
        town.clock.pass_by(hours=1)
        source = await town.poll(source_id)

    articles = await town.articles()
    assert sorted(article.title for article in articles) == ["Bridge opens", "Ferry sinks"]
    assert {article.version for article in articles} == {1}
    assert source.n_items == 2


# Files


def export(n: int) -> bytes:
    messages = [
        {"id": k, "type": "message", "date_unixtime": str(1_741_600_000 + k), "text": f"Ferry {k}"}
        for k in range(1, n + 1)
    ]
    told = {"name": "Harbour", "type": "public_channel", "id": 7, "messages": messages}
    return json.dumps(told).encode()


def lines(n: int) -> bytes:
    return b"".join(b'{"title": "Ferry %d leaves the harbour late"}\n' % k for k in range(n))


@pytest.mark.parametrize(
    ("name", "whole", "size", "words"),
    [
        ("result.json", export(9), 600, "ends before its time"),
        ("news.jsonl", lines(9), 200, "news.jsonl:5"),
        ("news.jsonl.gz", gzip.compress(lines(200)), 500, "damaged from here"),
    ],
)
async def test_of_a_file_that_was_cut_what_can_be_read_is_stored_and_the_rest_later(
    tmp_path: Path, name: str, whole: bytes, size: int, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(whole[:size])
    async with open_desk(settings_for(tmp_path / "data")) as desk:
        cut = await desk.import_paths([path])
        path.write_bytes(whole)
        mended = await desk.import_paths([path])
        status = await desk.status()

    assert cut.new > 0
    assert cut.refused == 1
    assert words in cut.problems[0]
    assert (mended.duplicate, mended.refused, mended.problems) == (cut.new, 0, ())
    assert status.n_articles == cut.new + mended.new == mended.read


@pytest.mark.parametrize(
    "doctype",
    [LAUGHS, '<!DOCTYPE l [<!ENTITY h SYSTEM "file:///etc/passwd">]>'],
    ids=["multiplying", "reading a file"],
)
async def test_entities_in_a_list_are_not_expanded(town: Town, doctype: str) -> None:
    town.routes["/feed"] = feed(*NEWS)
    url = town.server.url("/feed")
    body = f'{doctype}<opml><body><outline text="&h;" xmlUrl="{url}"/></body></opml>'

    added = await town.life.sources.import_opml(DESK, body.encode())

    (source,) = await town.sources()
    assert (added.added, source.url) == (1, url)
    assert len(source.source.title) < 100
    assert "root:" not in source.source.title


async def test_lists_of_addresses_that_lead_inside_are_added_and_never_asked(town: Town) -> None:
    links = [FeedLink(url="http://169.254.169.254/feed"), FeedLink(url="http://10.0.0.1/feed")]
    await town.life.sources.add_links(DESK, links, is_private=False)

    await town.life.polling.poll_due()

    failures = [source.failure for source in await town.sources()]
    assert [failure.reason for failure in failures if failure] == ["forbidden"] * 2
