"""What the store promises on a server alone: several processes, a network, an outage."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import NewsdeskError, SettingError, StoreBusy, StoreError, StoreFull
from services.adapters.store.engine import SqlStore
from services.adapters.store.postgres import ASK_AFTER_S
from tests.contract.store_news import EVERYTHING, NOON, add, article, asking
from tests.servers import EmbeddedPostgres, execute, lacking, new_database

ROOT = Path(__file__).parents[2]
AT_ONCE_S = 2.0

FAIL = """CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '{code}'; END $$"""
FAIL_FIRST = "CREATE TRIGGER fail BEFORE INSERT ON fact EXECUTE FUNCTION fail()"


@pytest.fixture
async def one(postgres_url: str) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(postgres_url, busy_timeout_s=5.0)
    yield store
    await store.aclose()


@pytest.fixture
async def other(postgres_url: str) -> AsyncIterator[SqlStore]:
    """The same database as another process opens it."""
    store = await SqlStore.open(postgres_url, busy_timeout_s=5.0)
    yield store
    await store.aclose()


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    """A server that may be stopped."""
    try:
        server = EmbeddedPostgres()
    except (ImportError, OSError) as error:
        lacking("PostgreSQL of its own", error)
        raise
    yield server
    server.remove()


async def value(store: SqlStore, key: str) -> str | None:
    async with store.transaction(is_write=False) as work:
        return await work.ops.get_value(key)


async def put(store: SqlStore, key: str, to: str) -> None:
    async with store.transaction() as work:
        await work.ops.set_value(key, to)


async def test_a_name_is_held_by_one_process_at_a_time(one: SqlStore, other: SqlStore) -> None:
    order = []

    async def hold(store: SqlStore, name: str) -> None:
        async with store.exclusive("ingest"):
            order.append(f"{name} in")
            await asyncio.sleep(0.01)
            order.append(f"{name} out")

    await asyncio.gather(*(hold(store, name) for store, name in [(one, "a"), (other, "b")] * 3))

    assert [entry.split()[0] for entry in order[::2]] == [e.split()[0] for e in order[1::2]]


async def test_whoever_comes_back_to_a_name_is_told_of_others(
    one: SqlStore, other: SqlStore
) -> None:
    told = []
    for store in (one, one, other, other, one):
        async with store.exclusive("ingest") as was_elsewhere:
            told.append(was_elsewhere)

    assert told == [False, False, True, False, True]


async def test_names_do_not_wait_for_each_other(one: SqlStore, other: SqlStore) -> None:
    async with (
        one.exclusive("ingest"),
        asyncio.timeout(AT_ONCE_S),
        other.exclusive("index") as told,
    ):
        pass

    assert told is False


async def test_a_name_that_is_held_too_long_is_busy(one: SqlStore, postgres_url: str) -> None:
    impatient = await SqlStore.open(postgres_url, busy_timeout_s=0.1)
    try:
        async with one.exclusive("ingest"):
            with pytest.raises(StoreBusy, match=r"held .* for more than 0\.1 s"):
                async with impatient.exclusive("ingest"):
                    pass
    finally:
        await impatient.aclose()


async def test_a_killed_process_gives_its_name_back(one: SqlStore, postgres_url: str) -> None:
    program = """
import asyncio, sys
from services.adapters.store.engine import SqlStore

async def main():
    store = await SqlStore.open(sys.argv[1])
    async with store.exclusive("ingest"):
        print("held", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, postgres_url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    process.kill()
    await process.communicate()

    async with asyncio.timeout(AT_ONCE_S), one.exclusive("ingest") as was_elsewhere:
        pass

    assert was_elsewhere is True


async def test_a_name_whose_connection_broke_is_free_again(
    one: SqlStore, other: SqlStore, postgres_url: str
) -> None:
    async with one.exclusive("ingest"):
        await asyncio.to_thread(cut_connections, postgres_url)
        async with asyncio.timeout(AT_ONCE_S), other.exclusive("ingest") as was_elsewhere:
            pass

    async with one.exclusive("ingest") as came_back:
        pass
    assert (was_elsewhere, came_back) == (True, True)


def cut_connections(url: str) -> None:
    execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


async def test_terms_that_another_process_purged_are_made_again(
    one: SqlStore, other: SqlStore
) -> None:
    for store, keys in ((one, "a"), (other, None), (one, "b")):
        async with store.exclusive("ingest"), store.transaction() as work:
            if keys is None:
                await work.ops.purge_articles(before=NOON, sample_only=False, limit=9)
            else:
                await add(work, article(keys, "bridge"))

    async with one.transaction(is_write=False) as work:
        window = await work.windows.select(asking("bridge"))
    assert window.n_matching == 1


async def test_writers_of_different_things_do_not_wait(one: SqlStore, other: SqlStore) -> None:
    async with one.transaction() as work:
        await work.ops.set_value("a", "1")
        async with asyncio.timeout(AT_ONCE_S):
            await put(other, "b", "2")

    assert (await value(one, "a"), await value(one, "b")) == ("1", "2")


async def test_writers_that_wait_for_each_other_are_told_to_try_again(
    one: SqlStore, other: SqlStore
) -> None:
    both_began = asyncio.Barrier(2)

    async def write(store: SqlStore, first: str, second: str) -> None:
        async with store.transaction() as work:
            await work.ops.set_value(first, "x")
            await both_began.wait()
            await work.ops.set_value(second, "x")

    results = await asyncio.gather(
        write(one, "a", "b"), write(other, "b", "a"), return_exceptions=True
    )

    assert sorted(type(result).__name__ for result in results) == ["NoneType", "StoreBusy"]
    assert "stood in each other's way" in str(next(r for r in results if r))


async def test_processes_that_start_together_make_one_schema(postgres_server: str) -> None:
    with new_database(postgres_server) as url:
        stores = await asyncio.gather(*(SqlStore.open(url) for _ in range(3)))
        made = [store.schema.before is None for store in stores]
        async with stores[0].transaction() as work:
            await add(work, article("a", "One"))
        counts = [await n_articles(store) for store in stores]
        for store in stores:
            await store.aclose()

    assert sorted(made) == [False, False, True]
    assert counts == [1, 1, 1]


async def n_articles(store: SqlStore) -> int:
    async with store.transaction(is_write=False) as work:
        return (await work.ops.counts(EVERYTHING, now=NOON)).n_articles


async def test_a_server_that_is_gone_is_said_at_once_and_found_again(
    own_server: EmbeddedPostgres,
) -> None:
    store = await SqlStore.open(own_server.url)
    await put(store, "before", "1")

    async def write_while_it_stops() -> None:
        async with store.transaction() as work:
            await work.ops.set_value("lost", "1")
            await asyncio.to_thread(own_server.stop)
            await work.ops.set_value("lost", "2")

    with pytest.raises(StoreError, match="what was not finished is undone"):
        await write_while_it_stops()
    began = time.perf_counter()
    for _ in range(3):
        with pytest.raises(StoreError, match="cannot be reached"):
            await value(store, "before")
        with pytest.raises(StoreError, match="cannot be reached"):
            await put(store, "lost", "3")
        with pytest.raises(StoreError, match="cannot be reached"):
            async with store.exclusive("ingest"):
                pass
    took = time.perf_counter() - began
    await asyncio.to_thread(own_server.start)

    assert (await value(store, "before"), await value(store, "lost")) == ("1", None)
    await put(store, "after", "1")
    async with store.exclusive("ingest"):
        pass
    await store.aclose()
    assert took < AT_ONCE_S


async def test_connections_that_were_cut_while_idle_are_not_noticed(
    one: SqlStore, postgres_url: str
) -> None:
    await put(one, "before", "1")
    cut_connections(postgres_url)
    time.sleep(ASK_AFTER_S + 0.1)  # noqa: ASYNC251 - so that nobody here sees the connection end

    assert await value(one, "before") == "1"
    await put(one, "after", "1")


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("53100", StoreFull, "run `newsdesk purge`"),
        ("53300", StoreBusy, "raise max_connections"),
        ("55P03", StoreBusy, "another writer held"),
        ("40001", StoreBusy, "try again"),
        ("57014", StoreBusy, "was stopped"),
        ("23505", StoreError, "a rule of the database refused"),
        ("28P01", StoreError, "correct the user and the password"),
        ("42501", StoreError, "all rights"),
        ("25006", StoreError, "may be read only"),
        ("XX000", StoreError, "failed: as told"),
    ],
)
async def test_what_the_server_says_comes_with_what_to_do(
    one: SqlStore, postgres_url: str, code: str, kind: type[NewsdeskError], words: str
) -> None:
    await asyncio.to_thread(execute, postgres_url, FAIL.format(code=code), FAIL_FIRST)

    with pytest.raises(kind, match=words) as raised:
        await put(one, "any", "value")

    assert type(raised.value) is kind


async def test_a_database_that_cannot_hold_every_language_is_refused(postgres_server: str) -> None:
    with (
        new_database(postgres_server, encoding="SQL_ASCII' LOCALE 'C") as url,
        pytest.raises(StoreError, match=r"is encoded as SQL_ASCII.*ENCODING 'UTF8'"),
    ):
        await SqlStore.open(url)


async def test_a_database_that_is_missing_is_named(postgres_server: str) -> None:
    url = postgres_server.replace("/postgres?", "/nowhere?")

    with pytest.raises(StoreError, match=r"database \"nowhere\" does not exist.*CREATE DATABASE"):
        await SqlStore.open(url)


async def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(
        StoreError, match=r"cannot be reached for 'desk on 127\.0\.0\.1:9'"
    ) as raised:
        await SqlStore.open("postgresql://me:secret@127.0.0.1:9/desk")

    assert "secret" not in str(raised.value)


async def test_an_option_that_cannot_be_is_a_wrong_setting(postgres_url: str) -> None:
    with pytest.raises(SettingError, match="NEWSDESK_DATABASE_URL is not understood: `sslmode`"):
        await SqlStore.open(f"{postgres_url}&sslmode=maybe")


async def test_a_pooler_is_given_no_state_of_a_connection(postgres_url: str) -> None:
    store = await SqlStore.open(f"{postgres_url}&pgbouncer=true", busy_timeout_s=0.2)
    async with store.transaction() as work, store._database.writer.connect() as connection:
        await work.ops.set_value("held", "1")
        with pytest.raises(StoreBusy, match=r"more than 0\.2 s"):
            await put(store, "held", "2")
        limit = (await connection.execute(text("SHOW lock_timeout"))).scalar_one()
        await connection.rollback()
        driver = (await connection.get_raw_connection()).driver_connection
        left = await driver.fetchval("SHOW lock_timeout")
    await store.aclose()

    assert (limit, left) == ("200ms", "0")


async def test_what_two_processes_spend_never_passes_the_limit(
    one: SqlStore, other: SqlStore
) -> None:
    async def spend(store: SqlStore) -> int | None:
        async with store.transaction() as work:
            return await work.ops.add_usage(
                "day:7:x", 1, limit=30, expires_at=NOON + timedelta(days=1)
            )

    sums = await asyncio.gather(*(spend(store) for store in (one, other) * 25))

    assert sorted(n for n in sums if n is not None) == list(range(1, 31))
