import asyncio
from datetime import timedelta

import pytest

from core.errors import StoreError
from core.ports.store import UnitOfWork
from schemas.sources import PolledSource, SourceChange, SourceStatus
from services.adapters.store.engine import SqlStore
from services.adapters.store.poll_rows import MAX_TITLE
from tests.contract.conftest import OpenStore
from tests.contract.polled import add_feed, failure, feed, seen_by, success
from tests.contract.store_news import EVERYTHING, NOON, add, article, hours_ago, source

IN_5_MIN = NOON + timedelta(minutes=5)


async def reread(work: UnitOfWork, polled: PolledSource) -> PolledSource:
    found = await work.sources.get(EVERYTHING, polled.source.id)
    assert found is not None
    return found


async def claim(work: UnitOfWork, limit: int = 10, *, hours: float = 0) -> list[str]:
    now = NOON + timedelta(hours=hours)
    taken = await work.sources.claim_due(
        now=now, limit=limit, lease_until=now + timedelta(minutes=5)
    )
    return [polled.source.title for polled in taken]


async def test_a_new_source_is_due_at_once(store: SqlStore) -> None:
    new = feed(site_url="https://herald.example/", is_starter=True, added_by="7")

    async with store.transaction() as work:
        polled, is_new = await work.sources.add(new, at=NOON, interval_s=1800)

        assert is_new
        assert await work.sources.get(EVERYTHING, polled.source.id) == polled
    assert (polled.url, polled.site_url, polled.feed_title) == (new.url, new.site_url, "Herald")
    assert (polled.next_poll_at, polled.interval_s, polled.status) == (NOON, 1800, "active")
    assert (polled.source.kind, polled.is_starter, polled.added_by) == ("feed", True, "7")
    assert (polled.first_polled_at, polled.n_polls, polled.recent) == (None, 0, ())


async def test_the_same_address_is_the_source_that_is_there(store: SqlStore) -> None:
    async with store.transaction() as work:
        first = await add_feed(work)
        again, is_new = await work.sources.add(feed(title="Other"), at=IN_5_MIN, interval_s=60)
        private, is_private_new = await work.sources.add(
            feed(audience="chat:5"), at=NOON, interval_s=60
        )

    assert (again, is_new) == (first, False)
    assert (private.source.title, is_private_new) == ("Herald", True)


async def test_a_title_that_is_taken_gets_the_domain_and_then_a_number(store: SqlStore) -> None:
    async with store.transaction() as work:
        await work.articles.ensure_sources([source("Herald")])
        urls = [f"https://herald.example/{n}.xml" for n in range(3)]
        titles = [(await add_feed(work, url=url)).source.title for url in urls]
        bare = [
            (await add_feed(work, url=f"{url}?", title="Herald", domain=None)).source.title
            for url in urls[:2]
        ]

    ending = "Herald (herald.example)"
    assert titles == [ending, f"{ending} 2", f"{ending} 3"]
    assert bare == ["Herald 2", "Herald 3"]


async def test_any_number_of_feeds_may_have_one_long_title(store: SqlStore) -> None:
    long = "Вести  " * 60
    async with store.transaction() as work:
        titles = [
            (await add_feed(work, url=f"https://x.example/{n}", title=long)).source.title
            for n in range(60)
        ]

    assert len(set(titles)) == 60
    assert max(map(len, titles)) <= MAX_TITLE
    assert titles[59].endswith(" (herald.example) 59")


async def test_an_address_of_any_length_is_found_again(store: SqlStore) -> None:
    url = "https://herald.example/?" + "a" * 20_000

    async with store.transaction() as work:
        polled = await add_feed(work, url=url)
        found = await work.sources.find(EVERYTHING, [url, "https://nobody.example/"])

    assert found == [polled]


async def test_sources_are_listed_by_title_whatever_its_case(store: SqlStore) -> None:
    async with store.transaction() as work:
        for title in ("beta", "Alpha", "Ёж", "alpha 2"):
            await add_feed(work, url=f"https://x.example/{title}", title=title)
        listed = await work.sources.listed(EVERYTHING)

    assert [polled.source.title for polled in listed] == ["Alpha", "alpha 2", "beta", "Ёж"]


async def test_the_longest_overdue_are_taken_first_and_once(store: SqlStore) -> None:
    async with store.transaction() as work:
        for hours, name in ((1, "late"), (3, "latest"), (2, "later"), (-1, "early")):
            await work.sources.add(feed(name), at=hours_ago(hours), interval_s=60)

        assert await claim(work, limit=2) == ["Latest", "Later"]
        assert await claim(work) == ["Late"]
        assert await claim(work) == []


async def test_a_claim_ends_with_its_lease_or_with_the_record(store: SqlStore) -> None:
    async with store.transaction() as work:
        polled = await add_feed(work)
        await add_feed(work, "mirror")
        await claim(work)

        await work.sources.record(polled.source.id, success(interval_s=60, next_poll_at=IN_5_MIN))

        assert await claim(work, hours=0.05) == []
        assert await claim(work, hours=0.1) == ["Herald", "Mirror"]


async def test_only_active_sources_have_a_turn(store: SqlStore) -> None:
    async with store.transaction() as work:
        statuses: list[SourceStatus] = ["paused", "retired", "active"]
        for name, status in zip("abc", statuses, strict=True):
            polled = await add_feed(work, name)
            changed = SourceChange(status=status, next_poll_at=hours_ago(1))
            await work.sources.change(EVERYTHING, polled.source.id, changed)

        assert await claim(work) == ["C"]


async def test_two_programs_never_take_one_source_both(open_store: OpenStore) -> None:
    one, other = await open_store(), await open_store()
    async with one.transaction() as work:
        for n in range(40):
            await add_feed(work, f"feed{n}")

    async def take(store: SqlStore) -> list[str]:
        taken: list[str] = []
        for _ in range(10):
            async with store.transaction() as work:
                taken += await claim(work, limit=3)
        return taken

    first, second = await asyncio.gather(take(one), take(other))

    assert len(first) + len(second) == len({*first, *second}) == 40


async def test_a_poll_that_succeeds_is_written_down(store: SqlStore) -> None:
    brought = success(
        feed_title="The Herald",
        site_url="https://herald.example/",
        etag='"1"',
        last_modified="Tue",
        body_hash="h1",
        recent=("a", "b"),
        n_new=2,
        per_day=2.5,
    )
    async with store.transaction() as work:
        polled = await add_feed(work)
        await work.sources.record(polled.source.id, failure(hours_ago(1)))
        await work.sources.record(polled.source.id, brought)
        stored = await reread(work, polled)
        await work.sources.record(
            polled.source.id, success(IN_5_MIN, body_hash="h2", recent=("c",), n_new=1)
        )
        later = await reread(work, polled)

    assert (stored.etag, stored.last_modified, stored.body_hash) == ('"1"', "Tue", "h1")
    assert (stored.recent, stored.n_items, stored.per_day) == (("a", "b"), 2, 2.5)
    assert (stored.n_polls, stored.n_failures, stored.failure) == (2, 0, None)
    assert (stored.first_polled_at, stored.last_new_at, stored.interval_s) == (NOON, NOON, 900)
    assert (later.etag, later.body_hash, later.recent, later.n_items) == (None, "h2", ("c",), 3)
    assert (later.first_polled_at, later.last_success_at) == (NOON, IN_5_MIN)
    assert (later.feed_title, later.site_url, later.per_day) == (
        "The Herald",
        "https://herald.example/",
        2.5,
    )
    assert later.source.title == "Herald"


async def test_an_unchanged_feed_keeps_what_was_known_of_it(store: SqlStore) -> None:
    async with store.transaction() as work:
        polled = await add_feed(work)
        await work.sources.record(
            polled.source.id, success(etag='"1"', body_hash="h1", recent=("a",), n_new=1)
        )
        await work.sources.record(polled.source.id, success(IN_5_MIN))
        stored = await reread(work, polled)

    assert (stored.etag, stored.body_hash, stored.recent) == ('"1"', "h1", ("a",))
    assert (stored.last_new_at, stored.last_success_at, stored.n_items) == (NOON, IN_5_MIN, 1)


async def test_a_poll_that_fails_changes_nothing_but_its_health(store: SqlStore) -> None:
    async with store.transaction() as work:
        polled = await add_feed(work)
        await work.sources.record(polled.source.id, success(etag='"1"', body_hash="h", n_new=1))
        before = await reread(work, polled)
        down = failure(IN_5_MIN, url="https://else.example/", n_new=9, recent=("x",))
        await work.sources.record(polled.source.id, down)
        await work.sources.record(polled.source.id, down)
        after = await reread(work, polled)

    assert after == before.model_copy(
        update={
            "interval_s": down.interval_s,
            "next_poll_at": down.next_poll_at,
            "last_poll_at": IN_5_MIN,
            "n_polls": 3,
            "n_failures": 2,
            "failure": down.failure,
        }
    )


@pytest.mark.parametrize(
    ("meanwhile", "outcome", "expected"),
    [
        ("active", "retired", "retired"),
        ("paused", "active", "paused"),
        ("paused", "retired", "retired"),
        ("retired", "active", "retired"),
    ],
)
async def test_what_a_person_decided_during_a_poll_stays(
    store: SqlStore, meanwhile: SourceStatus, outcome: SourceStatus, expected: SourceStatus
) -> None:
    async with store.transaction() as work:
        polled = await add_feed(work)
        await work.sources.change(
            EVERYTHING, polled.source.id, SourceChange(status=meanwhile, has_full_text=True)
        )
        await work.sources.record(polled.source.id, success(status=outcome))
        stored = await reread(work, polled)

    assert (stored.status, stored.has_full_text) == (expected, True)


async def test_a_poll_of_a_source_that_is_gone_changes_nothing(store: SqlStore) -> None:
    async with store.transaction() as work:
        polled, other = await add_feed(work), await add_feed(work, "other")
        assert await work.sources.remove(EVERYTHING, polled.source.id)

        await work.sources.record(polled.source.id, success(n_new=1))

        assert await work.sources.listed(EVERYTHING) == [other]
        assert not await work.sources.remove(EVERYTHING, polled.source.id)
        assert await work.articles.find_sources(EVERYTHING, None) == [other.source]


async def test_a_source_that_moved_is_found_at_its_new_address_alone(store: SqlStore) -> None:
    moved = "https://new.example/feed"
    async with store.transaction() as work:
        polled = await add_feed(work)
        await work.sources.record(polled.source.id, success(url=moved))

        assert await work.sources.find(EVERYTHING, [polled.url]) == []
        assert [p.url for p in await work.sources.find(EVERYTHING, [moved])] == [moved]


async def test_an_address_that_another_source_has_is_not_taken_over(store: SqlStore) -> None:
    async with store.transaction() as work:
        polled, other = await add_feed(work), await add_feed(work, "mirror")
        await work.sources.record(polled.source.id, success(url=other.url))
        assert (await reread(work, polled)).url == polled.url

        await add(work, article("a", "One"), sources=["Mirror"])
        await work.sources.remove(EVERYTHING, other.source.id)
        await work.sources.record(polled.source.id, success(url=other.url))
        assert (await reread(work, polled)).url == other.url


async def test_a_source_with_articles_is_taken_up_again(store: SqlStore) -> None:
    async with store.transaction() as work:
        polled = await add_feed(work)
        await work.sources.record(polled.source.id, success(n_new=1, etag='"1"'))
        ids = await add(work, article("a", "One"))
        await work.sources.remove(EVERYTHING, polled.source.id)

        assert await work.sources.get(EVERYTHING, polled.source.id) is None
        assert [a.source for a in await work.articles.get(EVERYTHING, ids)] == ["Herald"]

        again, is_new = await work.sources.add(feed(), at=IN_5_MIN, interval_s=1800)

    assert is_new
    assert again.source == polled.source
    assert (again.added_at, again.n_polls, again.first_polled_at) == (IN_5_MIN, 0, None)


async def test_the_id_of_a_removed_source_is_nobody_elses(store: SqlStore) -> None:
    async with store.transaction() as work:
        removed = await add_feed(work)
        await work.sources.remove(EVERYTHING, removed.source.id)

        added = await add_feed(work, "other")

    assert added.source.id != removed.source.id


async def test_two_sources_exchange_addresses(store: SqlStore) -> None:
    async with store.transaction() as work:
        one, other = await add_feed(work), await add_feed(work, "mirror")
        for polled in (one, other):
            await work.sources.record(polled.source.id, success(etag='"1"', body_hash="h"))

        await work.sources.swap(one.source.id, other.source.id, at=IN_5_MIN)

        swapped = [await reread(work, polled) for polled in (one, other)]
        assert await work.sources.find(EVERYTHING, [one.url]) == [swapped[1]]
    assert [polled.url for polled in swapped] == [other.url, one.url]
    assert [(p.etag, p.body_hash, p.next_poll_at) for p in swapped] == [(None, None, IN_5_MIN)] * 2


async def test_addresses_of_sources_that_are_gone_cannot_be_exchanged(store: SqlStore) -> None:
    async with store.transaction() as work:
        polled = await add_feed(work)

        with pytest.raises(StoreError, match="cannot swap the addresses of 1 and 99"):
            await work.sources.swap(polled.source.id, 99, at=NOON)


async def test_the_active_source_that_was_read_longest_ago_is_known(store: SqlStore) -> None:
    async with store.transaction() as work:
        none = await work.sources.oldest_success()
        herald, gazette, paused = [await add_feed(work, n) for n in ("herald", "gazette", "echo")]
        never = await work.sources.oldest_success()
        await work.sources.change(EVERYTHING, paused.source.id, SourceChange(status="paused"))
        for polled, hours in ((herald, 2), (gazette, 5)):
            at = NOON + timedelta(hours=hours)
            await work.sources.record(polled.source.id, success(at))
        oldest = await work.sources.oldest_success()

    assert (none, never, oldest) == (None, NOON, NOON + timedelta(hours=2))


async def test_a_view_is_narrowed_to_what_has_sources_of_its_own(store: SqlStore) -> None:
    reader, other = (seen_by("reader", tenant="desk", chat=chat) for chat in ("7", "8"))
    async with store.transaction() as work:
        await add_feed(work, "herald")
        await add_feed(work, "own", tenant="desk", audience="chat:7")
        await add_feed(work, "foreign", tenant="elsewhere", audience="chat:8")

    async with store.transaction(is_write=False) as work:
        seven, eight = await work.sources.narrow(reader), await work.sources.narrow(other)

    assert (seven.tenants, seven.audiences) == ({"desk", "shared"}, {"public", "chat:7"})
    assert (eight.tenants, eight.audiences) == ({"shared"}, {"public"})


async def test_a_view_of_every_audience_stays_as_it_is(store: SqlStore) -> None:
    async with store.transaction(is_write=False) as work:
        assert await work.sources.narrow(EVERYTHING) == EVERYTHING
