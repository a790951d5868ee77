from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core.errors import SourceFailed, UsageError
from core.rhythm import state_of
from schemas.principal import Principal
from schemas.settings import SourceSettings
from schemas.sources import FeedLink, SourceOrder
from services.adapters.sources.network import SourceNetwork
from services.sample import make_sample
from services.source_orders import SourceOrders
from services.starter import Starter
from tests.integration.hostile_server import hang_up, page
from tests.integration.living import DESK, FETCH, Town, feed, open_life, open_town

OPERATOR = Principal(person="1", chat="1", roles=frozenset({"operator"}))
ADA = Principal(person="7", chat="-7", roles=frozenset({"reader"}))
BEN = Principal(person="8", chat="-7", roles=frozenset({"reader"}))
OTHER_CHAT = Principal(person="7", chat="-9", roles=frozenset({"reader"}))
STRANGER = Principal(person="9", chat="-9")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path / "data") as opened:
        opened.routes["/feed"] = feed(("1", "Ferry sinks"))
        yield opened


def links(town: Town, *paths: str) -> list[FeedLink]:
    return [FeedLink(url=town.server.url(path)) for path in paths]


async def test_an_address_is_looked_at_added_and_read_at_once(town: Town) -> None:
    desk = town.life.sources

    (found,) = await desk.look(OPERATOR, town.server.url("/feed"))
    source = await desk.add(OPERATOR, found, is_private=False)

    assert (found.title, found.n_items) == ("Harbour", 1)
    assert (source.source.title, source.n_items, state_of(source)) == ("Harbour", 1, "ok")
    assert source.added_by == "1"


async def test_adding_a_known_address_gives_the_source_that_is_there(town: Town) -> None:
    (found,) = await town.life.sources.look(OPERATOR, town.server.url("/feed"))
    first = await town.life.sources.add(OPERATOR, found, is_private=False)

    again = await town.life.sources.add(OPERATOR, found, is_private=False)

    assert again.source.id == first.source.id
    assert town.server.targets().count("/feed") == 2  # the look and the first poll


async def test_what_everybody_sees_is_for_operators_to_change(town: Town) -> None:
    source_id = await town.add()
    desk = town.life.sources
    (found,) = await desk.look(ADA, town.server.url("/feed"))

    with pytest.raises(UsageError, match="only an operator may add"):
        await desk.add(ADA, found, is_private=False)
    for change in (
        desk.set_status(ADA, source_id, "paused"),
        desk.set_full_text(ADA, source_id, True),
        desk.remove(ADA, source_id),
    ):
        with pytest.raises(UsageError, match="only an operator may change"):
            await change


async def test_everybody_in_a_chat_keeps_its_own_sources_and_nobody_else_sees_them(
    town: Town,
) -> None:
    desk = town.life.sources
    (found,) = await desk.look(ADA, town.server.url("/feed"))
    source = await desk.add(ADA, found, is_private=True)
    source_id = source.source.id

    seen = {p.chat: len(await desk.listed(p)) for p in (BEN, OTHER_CHAT, OPERATOR)}
    removed = await desk.remove(BEN, source_id)

    assert seen == {"-7": 1, "-9": 0, "1": 0}
    assert removed.source.audience == "chat:-7"
    with pytest.raises(UsageError, match=f"there is no source {source_id}"):
        await desk.set_status(OPERATOR, source_id, "paused")


async def test_a_chat_may_have_so_many_sources_and_no_more(town: Town) -> None:
    settings = SourceSettings(poll="off", per_chat=2)
    async with open_life(town.desk, town.clock, sources=settings) as life:
        added = await life.sources.add_links(ADA, links(town, "/1", "/2", "/3"), is_private=True)
        (found,) = await life.sources.look(ADA, town.server.url("/feed"))
        with pytest.raises(UsageError, match="a chat may have 2 sources"):
            await life.sources.add(ADA, found, is_private=True)

    assert (added.added, added.refused) == (2, 1)
    assert "a chat may have 2 sources" in added.problems[0]


@pytest.mark.parametrize("who", [Principal(roles=frozenset({"reader"})), STRANGER])
async def test_private_sources_need_a_chat_and_somebody_who_belongs_there(
    town: Town, who: Principal
) -> None:
    with pytest.raises(UsageError, match="belongs to a chat"):
        await town.life.sources.add_links(who, links(town, "/feed"), is_private=True)


async def test_a_paused_source_is_not_polled_and_a_resumed_one_at_once(town: Town) -> None:
    source_id = await town.add()
    await town.life.sources.set_status(OPERATOR, source_id, "paused")
    n_paused = await town.life.polling.poll_due()

    await town.life.sources.set_status(OPERATOR, source_id, "active")
    n_resumed = await town.life.polling.poll_due()

    assert (n_paused, n_resumed) == (0, 1)


async def test_the_articles_of_a_removed_source_stay(town: Town) -> None:
    source_id = await town.add()
    await town.poll(source_id)

    await town.life.sources.remove(OPERATOR, source_id)

    assert await town.titles() == ["Ferry sinks"]
    assert await town.sources() == []


async def test_looking_is_for_people_of_the_desk_and_not_too_often(town: Town) -> None:
    with pytest.raises(UsageError, match="people who may use this desk"):
        await town.life.sources.look(STRANGER, town.server.url("/feed"))
    for _ in range(10):
        await town.life.sources.look(ADA, town.server.url("/feed"))

    with pytest.raises(UsageError, match="too many addresses"):
        await town.life.sources.look(ADA, town.server.url("/feed"))


async def test_a_look_at_something_endless_ends(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sources.LOOK_S", 0.2)

    with pytest.raises(SourceFailed, match="give the address of the feed itself") as raised:
        await town.life.sources.look(ADA, town.server.url("/silent"))

    assert raised.value.reason == "timeout"


OPML = """<opml version="2.0"><body><outline text="Coast">
<outline text="Harbour & Co" type="rss" xmlUrl="http://127.0.0.1:{port}/feed"/>
<outline text="Twice" xmlUrl="http://127.0.0.1:{port}/known"/>
<outline text="Channel" xmlUrl="https://t.me/s/harbour_news"/>
</outline></body>"""


async def test_a_list_of_feeds_is_taken_over_and_told_in_numbers_and_words(town: Town) -> None:
    await town.add("/known")
    body = OPML.format(port=town.server.port).encode()

    added = await town.life.sources.import_opml(OPERATOR, body)

    assert (added.added, added.known, added.refused) == (2, 1, 0)
    kinds = {source.source.title: source.source.kind for source in await town.sources()}
    assert kinds == {"/known": "feed", "Harbour & Co": "feed", "Channel": "channel"}


@pytest.mark.parametrize("url", ["gopher://harbour.example/0", "harbour", "http://[", ""])
async def test_what_is_no_address_is_refused_by_name_and_the_others_are_added(
    town: Town, url: str
) -> None:
    wrong = [FeedLink(url=url), *links(town, "/feed")]

    added = await town.life.sources.add_links(OPERATOR, wrong, is_private=False)

    assert (added.added, added.refused) == (1, 1)
    assert added.problems == (f"{url!r} is no address of a feed",)


async def test_a_file_without_feeds_is_refused_and_so_is_one_of_a_reader(town: Town) -> None:
    with pytest.raises(UsageError, match="names no feed"):
        await town.life.sources.import_opml(OPERATOR, b"<html>Hello</html>")
    with pytest.raises(UsageError, match="only an operator"):
        await town.life.sources.import_opml(ADA, OPML.encode())


async def test_a_list_that_is_too_long_is_cut_and_says_so(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sources.MAX_LINKS", 60)
    many = [FeedLink(url=f"https://{n}.example/feed") for n in range(63)]

    added = await town.life.sources.add_links(OPERATOR, many, is_private=False)

    assert (added.added, added.refused) == (60, 3)
    assert "3 more were left out" in added.problems[0]


async def test_an_export_holds_what_its_reader_sees(town: Town) -> None:
    await town.add("/feed")
    await town.add("/own", by=ADA, is_private=True)

    def addresses(body: bytes) -> list[str]:
        tree = ElementTree.fromstring(body)  # noqa: S314 - written by us
        return [node.attrib["xmlUrl"].rpartition("/")[2] for node in tree.iter("outline")]

    mine, theirs = [await town.life.sources.export_opml(who) for who in (ADA, OPERATOR)]

    assert sorted(addresses(mine)) == ["feed", "own"]
    assert addresses(theirs) == ["feed"]


async def test_a_list_that_is_exported_in_a_chat_holds_no_passwords(town: Town) -> None:
    link = FeedLink(url="https://ada:lovelace@news.example/feed", title="News")
    await town.life.sources.add_links(OPERATOR, [link], is_private=False)

    told = await town.life.sources.export_opml(ADA)
    kept = await town.life.sources.export_opml(OPERATOR, has_secrets=True)

    assert b"https://news.example/feed" in told
    assert b"https://ada:lovelace@news.example/feed" in kept


class Listing(SourceNetwork):
    """A network whose starter list is the test's own."""

    starters: Sequence[FeedLink] = ()

    def read_opml(self, body: bytes) -> list[FeedLink]:
        assert body.count(b"xmlUrl") == 48
        return list(self.starters)


async def small_sample(town: Town) -> int:
    """Store a little of the sample; gives how many articles it has."""
    items = make_sample(town.clock())[-12:]
    return (await town.desk.ingestion.ingest(DESK, items, now=town.clock())).new


async def begin(town: Town, n_good: int, n_bad: int) -> tuple[Starter, list[str], list[int]]:
    """Begin with a list of which so many answer; what was told at the end, and on the way."""
    settings = SourceSettings(poll="on")
    network = Listing(FETCH, settings, user_agent="Newsdesk/test")
    for n in range(n_good):
        town.routes[f"/good{n}"] = feed(
            *((f"{n}-{k}", f"Report {n} of day {k}") for k in range(20)), title=f"Good {n}"
        )
    for n in range(n_bad):
        town.routes[f"/bad{n}"] = hang_up
    paths = [f"/good{n}" for n in range(n_good)] + [f"/bad{n}" for n in range(n_bad)]
    network.starters = links(town, *paths)
    seen: list[int] = []
    async with open_life(town.desk, town.clock, sources=settings, network=network) as life:
        assert await life.starter.is_wanted()
        result = await life.starter.begin(lambda n_answered, _, __: seen.append(n_answered))
        words = [f"{result.n_answered} of {result.n_sources}", result.why or "fine"]
        assert not await life.starter.is_wanted()
        return life.starter, words, seen


async def test_a_fresh_desk_begins_with_the_list_and_outgrows_its_sample(town: Town) -> None:
    await small_sample(town)

    _, words, seen = await begin(town, 6, 2)

    assert words == ["6 of 8", "fine"]
    assert (seen[-1], len(seen)) == (6, 8)
    assert not any(article.is_sample for article in await town.articles())
    assert all(source.is_starter for source in await town.sources())


async def test_without_a_network_the_sample_stays_and_the_reason_is_told(town: Town) -> None:
    n_sample = await small_sample(town)

    _, words, _ = await begin(town, 0, 6)

    assert words == ["0 of 6", "no source could be reached: no connection can be made"]
    assert len(await town.articles()) == n_sample


async def test_few_answers_name_what_most_others_failed_with(town: Town) -> None:
    _, words, _ = await begin(town, 1, 2)

    assert words == ["1 of 3", "2 of 2 that did not: no connection can be made"]


async def test_a_desk_with_news_or_sources_of_its_own_gets_no_list(town: Town) -> None:
    settings = SourceSettings(poll="on")
    async with open_life(town.desk, town.clock, sources=settings) as life:
        fresh = await life.starter.is_wanted()
        source_id = await town.add()
        with_source = await life.starter.is_wanted()
        await town.poll(source_id)
        await life.sources.remove(DESK, source_id)
        with_news = await life.starter.is_wanted()

    assert (fresh, with_source, with_news) == (True, False, False)


@pytest.mark.parametrize(
    "settings", [SourceSettings(poll="off"), SourceSettings(poll="on", starter="off")]
)
async def test_the_list_can_be_switched_off(town: Town, settings: SourceSettings) -> None:
    async with open_life(town.desk, town.clock, sources=settings) as life:
        assert not await life.starter.is_wanted()


async def test_a_check_polls_every_active_source_due_or_not_and_tells_how_far_it_is(
    town: Town,
) -> None:
    town.routes["/bad"] = page(b"no", status=503)
    first, paused = await town.add("/feed"), await town.add("/bad")
    await town.poll(first)
    await town.life.sources.set_status(OPERATOR, paused, "paused")
    orders = SourceOrders(town.life.sources, town.life.polling)
    told: list[tuple[int, int | None]] = []
    town.clock.pass_by(seconds=5)

    report = await orders.carry_out(
        SourceOrder(action="check"), on_progress=lambda done, total: told.append((done, total))
    )

    assert told == [(1, 1)]
    assert [(line.state, line.n_items) for line in report.sources] == [("paused", 0), ("ok", 1)]
    assert (await town.source(first)).n_polls == 2


async def test_an_order_names_what_it_lacks(town: Town) -> None:
    orders = SourceOrders(town.life.sources, town.life.polling)

    with pytest.raises(UsageError, match="pause takes the number"):
        await orders.carry_out(SourceOrder(action="pause"))
    with pytest.raises(UsageError, match="arrived broken"):
        await orders.carry_out(SourceOrder(action="import", body_b64="%"))
