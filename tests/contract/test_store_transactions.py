import asyncio
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import StoreBusy, StoreError, StoreFull
from core.ports.outbox import OutboxRow
from services.adapters.store.engine import SqlStore
from tests.contract.conftest import OpenStore
from tests.contract.store_news import EVERYTHING, NOON, add, article, asking

ROOT = Path(__file__).parents[2]


async def n_articles(store: SqlStore) -> int:
    async with store.transaction(is_write=False) as work:
        return (await work.ops.counts(EVERYTHING, now=NOON)).n_articles


def files(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_what_fails_leaves_no_part_changed(store: SqlStore) -> None:
    async def write_and_fail() -> None:
        async with store.transaction() as work:
            (article_id,) = await add(work, article("a", "One"))
            await work.outbox.append([OutboxRow("article", article_id, 1, "upsert")], at=NOON)
            await work.ops.set_value("embedder", "hashing")
            raise RuntimeError("too late")

    with pytest.raises(RuntimeError, match="too late"):
        await write_and_fail()

    async with store.transaction(is_write=False) as work:
        assert await work.outbox.backlog("article") == (0, None)
        assert await work.ops.get_value("embedder") is None
    assert await n_articles(store) == 0


async def test_terms_of_a_failed_transaction_are_made_again(store: SqlStore) -> None:
    async def write_and_fail() -> None:
        async with store.transaction() as work:
            await add(work, article("a", "bridge"))
            raise RuntimeError("undone")

    with pytest.raises(RuntimeError, match="undone"):
        await write_and_fail()

    async with store.transaction() as work:
        await add(work, article("a", "bridge"))
        window = await work.windows.select(asking("bridge"))
    assert window.n_matching == 1


async def test_terms_that_were_purged_are_made_again(store: SqlStore) -> None:
    for _ in range(2):
        async with store.transaction() as work:
            await add(work, article("a", "bridge"))
        async with store.transaction() as work:
            window = await work.windows.select(asking("bridge"))
            await work.ops.purge_articles(before=NOON, sample_only=False, limit=9)
        assert window.n_matching == 1


async def test_a_reader_sees_one_snapshot_and_waits_for_no_writer(store: SqlStore) -> None:
    async with store.transaction() as writer:
        await add(writer, article("a", "One"))
        async with asyncio.timeout(2), store.transaction(is_write=False) as reader:
            before = await reader.ops.counts(EVERYTHING, now=NOON)

    async with store.transaction(is_write=False) as reader:
        first = await reader.ops.counts(EVERYTHING, now=NOON)
        async with store.transaction() as writer:
            await add(writer, article("b", "Two"))
        second = await reader.ops.counts(EVERYTHING, now=NOON)

    assert (before.n_articles, first.n_articles, second.n_articles) == (0, 1, 1)
    assert await n_articles(store) == 2


async def test_a_read_cannot_write(store: SqlStore) -> None:
    with pytest.raises(StoreError, match=r"read-?only"):
        async with store.transaction(is_write=False) as work:
            await work.ops.set_value("key", "value")


async def test_a_cancelled_writer_leaves_nothing_and_blocks_nobody(store: SqlStore) -> None:
    began = asyncio.Event()

    async def write_forever() -> None:
        async with store.transaction() as work:
            for n in range(100_000):
                await add(work, article(f"k{n}", "One"))
                began.set()

    for _ in range(3):
        began.clear()
        task = asyncio.create_task(write_forever())
        await began.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    async with store.transaction() as work:
        await add(work, article("after", "After"))
    assert await n_articles(store) == 1


async def test_fifty_tasks_never_pass_a_limit_together(store: SqlStore) -> None:
    async def spend() -> int | None:
        async with store.transaction() as work:
            return await work.ops.add_usage("day:7:x", 1, limit=30, expires_at=NOON)

    sums = await asyncio.gather(*(spend() for _ in range(50)))

    assert sorted(n for n in sums if n is not None) == list(range(1, 31))


async def test_a_second_store_waits_for_the_first_and_says_when_it_takes_too_long(
    store: SqlStore, open_store: OpenStore
) -> None:
    impatient = await open_store(busy_timeout_s=0.1)
    async with store.transaction() as work:
        await work.ops.set_value("embedder", "one")
        with pytest.raises(StoreBusy, match="another writer held '"):
            async with impatient.transaction() as other:
                await other.ops.set_value("embedder", "two")

    async with impatient.transaction() as work:
        before = await work.ops.get_value("embedder")
        await work.ops.set_value("embedder", "three")
    async with store.transaction() as work:
        after = await work.ops.get_value("embedder")
    assert (before, after) == ("one", "three")


async def test_a_writer_inside_a_writer_is_told_that_it_waits(tmp_path: Path) -> None:
    store = await SqlStore.open(tmp_path / "desk.db", busy_timeout_s=0.1)
    try:
        async with store.transaction():
            with pytest.raises(StoreBusy, match="another writer of this process"):
                async with store.transaction():
                    pass
    finally:
        await store.aclose()


async def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    store = await SqlStore.open(tmp_path / "desk.db")
    async with store.transaction() as work:
        await add(work, article("a", "One"))
    async with store._database.writer.connect() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
        await connection.execute(text(f"PRAGMA max_page_count={pages}"))

    with pytest.raises(StoreFull, match="run `newsdesk purge`"):
        async with store.transaction() as work:
            await add(work, *(article(f"k{n}", "Long", "word " * 2000) for n in range(50)))

    assert await n_articles(store) == 1
    async with store._database.writer.connect() as connection:
        await connection.execute(text("PRAGMA max_page_count=1000000"))
    async with store.transaction() as work:
        await add(work, article("b", "Two"))
    assert await n_articles(store) == 2
    await store.aclose()


async def test_two_processes_share_one_database(open_store: OpenStore, location: str) -> None:
    store = await open_store()
    program = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from services.adapters.store.engine import SqlStore

async def main():
    store = await SqlStore.open(sys.argv[1])
    for _ in range(20):
        async with store.transaction() as work:
            await work.ops.add_usage(
                "shared", 1, limit=1000, expires_at=datetime.now(UTC) + timedelta(days=1)
            )
    await store.aclose()

asyncio.run(main())
"""
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", program, location, cwd=ROOT)
    for _ in range(20):
        async with store.transaction() as work:
            await work.ops.add_usage("shared", 1, limit=1000, expires_at=NOON)
        await asyncio.sleep(0.01)
    code = await other.wait()

    async with store.transaction() as work:
        total = await work.ops.add_usage("shared", 1, limit=1000, expires_at=NOON)
    assert (code, total) == (0, 41)


async def test_a_killed_writer_leaves_whole_transactions(
    open_store: OpenStore, location: str
) -> None:
    program = """
import asyncio, sys
from services.adapters.store.engine import SqlStore
from tests.contract.store_news import add, article

async def main():
    store = await SqlStore.open(sys.argv[1])
    async with store.transaction() as work:
        await add(work, article("kept", "Kept"))
    async with store.transaction() as work:
        for n in range(10**6):
            await add(work, *(article(f"{n} {m}", "Half done", "word " * 500) for m in range(50)))
            if n == 5:
                print("ready", flush=True)

asyncio.run(main())
"""
    writer = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        location,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert writer.stdout is not None
    await writer.stdout.readline()
    writer.kill()
    await writer.communicate()

    store = await open_store()
    async with store.transaction() as work:
        known = await work.articles.find_known([1, 1], ["kept", "0 0"])
        await add(work, article("next", "Next"))
    assert [key for _, key in known] == ["kept"]
    assert await n_articles(store) == 2


async def test_closing_leaves_one_file_that_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    store = await SqlStore.open(f"sqlite:///{path}")
    async with store.transaction() as work:
        await add(work, article("a", "One"))
        await work.ops.set_value("embedder", "hashing")
    await store.aclose()
    left = files(tmp_path)

    again = await SqlStore.open(path)
    n = await n_articles(again)
    await again.aclose()

    assert (left, n) == (["desk.db"], 1)


async def test_closing_waits_for_the_running_writer(open_store: OpenStore) -> None:
    store = await open_store()
    began = asyncio.Event()

    async def write() -> None:
        async with store.transaction() as work:
            began.set()
            await asyncio.sleep(0.05)
            await add(work, article("a", "One"))

    task = asyncio.create_task(write())
    await began.wait()
    await store.aclose()

    assert task.done()
    assert await n_articles(await open_store()) == 1


async def test_a_closed_store_says_so(open_store: OpenStore) -> None:
    store = await open_store()
    await store.aclose()

    with pytest.raises(StoreError, match="is closed"):
        store.transaction()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(b"these are not the pages of a database" * 100)

    with pytest.raises(StoreError, match="is not a sound SQLite database"):
        await SqlStore.open(path)


async def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="check the folder's rights"):
        await SqlStore.open(tmp_path / "missing" / "desk.db")


async def test_another_database_is_refused_without_its_password() -> None:
    with pytest.raises(StoreError, match=r"mysql://me:\*\*\*@host/desk"):
        await SqlStore.open("mysql://me:secret@host/desk")


async def test_size_grows_with_what_is_stored(store: SqlStore) -> None:
    async with store.transaction() as work:
        before = await work.ops.size_bytes()
        await add(work, *(article(f"k{n}", "Long", "word " * 2000) for n in range(50)))
    async with store.transaction(is_write=False) as work:
        after = await work.ops.size_bytes()

    assert after > before + 100_000
