import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import StoreBusy, StoreFull
from core.ports.store import Store, UnitOfWork
from schemas.articles import ImportSummary
from services.ingestion import Ingestion
from tests.integration.conftest import counted
from tests.integration.hostile_server import hang_up, page, silent
from tests.integration.living import Town, feed, open_life, open_town, until


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path / "data") as opened:
        yield opened


class Refusing(Ingestion):
    """An ingestion whose disk is full."""

    async def ingest(self, *_: object, **__: object) -> ImportSummary:
        raise StoreFull("no space left")


async def test_what_could_not_be_stored_comes_again_with_the_next_poll(town: Town) -> None:
    town.routes["/feed"] = feed(("1", "Ferry sinks"), headers={"ETag": '"one"'})
    source_id = await town.add()
    async with open_life(town.desk, town.clock, ingestion=Refusing(town.desk.store)) as full:
        await full.polling.poll_all([await town.source(source_id)])
    failed = await town.source(source_id)

    healthy = await town.poll(source_id)

    assert failed.failure is not None
    assert (failed.failure.reason, failed.etag, failed.recent) == ("stored", None, ())
    assert failed.next_poll_at - town.clock.at < timedelta(minutes=10)
    assert (healthy.n_failures, await town.titles()) == (0, ["Ferry sinks"])


class Leaving:
    """A store that can be away for a while."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_gone = False
        self.n_refused = 0

    @asynccontextmanager
    async def transaction(self, *, is_write: bool = True) -> AsyncIterator[UnitOfWork]:
        if self.is_gone:
            self.n_refused += 1
            raise StoreBusy("the database is gone")
        async with self._store.transaction(is_write=is_write) as unit:
            yield unit

    def exclusive(self, name: str) -> AbstractAsyncContextManager[bool]:
        return self._store.exclusive(name)


async def test_polling_goes_on_after_the_store_was_gone_for_a_while(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.polling.TICK_S", 0.05)
    town.routes["/feed"] = feed(("1", "Ferry sinks"))
    store = Leaving(town.desk.store)
    source_id = await town.add()
    async with open_life(town.desk, town.clock, store=store) as life:
        store.is_gone = True
        await life.polling.start()
        await until(lambda: store.n_refused >= 3)
        store.is_gone = False
        await until(lambda: town.server.asked)
        await until(lambda: counted(town.desk, "source_polls_total", outcome="news"))
    healthy = await town.source(source_id)

    assert (healthy.n_polls, healthy.n_failures) == (1, 0)
    assert await town.titles() == ["Ferry sinks"]


async def test_an_outcome_that_could_not_be_written_down_is_written_when_the_store_is_back(
    town: Town,
) -> None:
    town.routes["/feed"] = page(b"no", status=404)
    store = Leaving(town.desk.store)
    source_id = await town.add()
    async with open_life(town.desk, town.clock, store=store) as life:
        source = await town.source(source_id)
        store.is_gone = True
        await life.polling.poll_all([source])
        unwritten = (await town.source(source_id)).n_polls
        store.is_gone = False
        await life.polling.poll_due()

    assert (unwritten, (await town.source(source_id)).n_polls) == (0, 1)


async def test_without_a_network_everything_is_tried_again_soon(town: Town) -> None:
    ids = []
    for n in range(6):
        town.routes[f"/{n}"] = hang_up
        ids.append(await town.add(f"/{n}", host=f"127.0.3.{n}"))
    for _ in range(4):
        await town.poll(*ids)

    waits = [s.next_poll_at - town.clock.at for s in await town.sources()]

    assert max(waits) < timedelta(minutes=6)


async def test_a_source_is_polled_once_however_many_ask_for_it(town: Town) -> None:
    town.routes["/feed"] = feed(("1", "Ferry sinks"))
    source = await town.source(await town.add())
    polling = town.life.polling

    await asyncio.gather(*(polling.poll_all([source]) for _ in range(5)), polling.poll_due())

    assert town.server.targets() == ["/feed"]


async def test_stopping_gives_back_what_was_claimed_and_waits_for_nobody_long(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.polling.GRACE_S", 0.2)
    for n in range(4):
        town.routes[f"/{n}"] = silent
        await town.add(f"/{n}", host="127.0.0.2")
    async with open_life(town.desk, town.clock) as life:
        await life.polling.start()
        await until(lambda: town.server.asked)
        started = time.monotonic()

    assert time.monotonic() - started < 1.5
    assert {s.next_poll_at for s in await town.sources()} == {town.clock.at}
    await town.server.all_closed()


async def test_the_age_of_the_source_that_was_read_longest_ago_is_measured(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.polling.FIGURES_EVERY_S", 0.02)
    town.routes |= {"/a": feed(("1", "Ferry sinks")), "/b": feed(("2", "Prices fall"))}
    await town.poll(await town.add("/a"))
    town.clock.pass_by(hours=2)
    await town.poll(await town.add("/b"))

    await town.life.polling.start()
    await until(lambda: counted(town.desk, "feed_age_seconds"))

    assert counted(town.desk, "feed_age_seconds") == 2 * 3_600


async def test_a_round_of_polls_brings_the_index_what_a_killed_desk_had_only_stored(
    town: Town,
) -> None:
    town.routes["/feed"] = feed(("1", "Ferry sinks"))
    source = await town.source(await town.add())

    async def dies(*, is_over: bool) -> None:
        """Be killed before the index follows."""

    async with open_life(town.desk, town.clock, follow=dies) as life:
        await life.polling.poll_all([source])
    left = (await town.desk.status()).index_lag
    await town.life.polling.poll_all([source])

    assert (left, (await town.desk.status()).index_lag) == (1, 0)
