"""Names that one task holds at a time, whatever the store is."""

import asyncio

import pytest

from core.errors import StoreBusy
from services.adapters.store.engine import SqlStore
from tests.contract.conftest import OpenStore


async def test_tasks_hold_a_name_one_after_the_other(store: SqlStore) -> None:
    order: list[str] = []

    async def hold(name: str) -> bool:
        async with store.exclusive("ingest") as was_elsewhere:
            order.append(f"{name} in")
            await asyncio.sleep(0.002)
            order.append(f"{name} out")
        return was_elsewhere

    told = await asyncio.gather(*(hold(str(n)) for n in range(4)))

    assert order == [f"{n} {step}" for n in range(4) for step in ("in", "out")]
    assert not any(told)


async def test_other_names_do_not_wait(store: SqlStore) -> None:
    async with store.exclusive("ingest"), asyncio.timeout(2), store.exclusive("index"):
        pass


async def test_a_name_is_free_again_after_an_error(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="no good"):
        async with store.exclusive("ingest"):
            raise ValueError("no good")

    async with asyncio.timeout(2), store.exclusive("ingest"):
        pass


async def test_a_queue_may_be_longer_than_the_time_out_but_no_holder_may(
    open_store: OpenStore,
) -> None:
    store = await open_store(busy_timeout_s=0.5)

    async def hold(seconds: float) -> str:
        async with store.exclusive("ingest"):
            await asyncio.sleep(seconds)
        return "done"

    assert await asyncio.gather(*(hold(0.2) for _ in range(5))) == ["done"] * 5
    slow = asyncio.create_task(hold(1.2))
    await asyncio.sleep(0.1)
    with pytest.raises(StoreBusy, match=r"held .*'ingest'.* more than 0\.5 s"):
        await hold(0)
    assert await slow == "done"


async def test_a_task_that_is_cancelled_while_it_waits_leaves_the_queue(store: SqlStore) -> None:
    async with store.exclusive("ingest"):
        waiting = asyncio.create_task(store.exclusive("ingest").__aenter__())
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async with asyncio.timeout(2), store.exclusive("ingest"):
        pass
