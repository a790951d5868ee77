"""Turns at hosts."""

import asyncio

from services.adapters.sources.pacing import Pacing


async def test_starts_at_one_host_are_apart_and_other_hosts_do_not_wait() -> None:
    pacing = Pacing(in_flight=10, host_in_flight=2, host_pause_s=0.1)
    starts: dict[str, list[float]] = {"slow": [], "quick": []}
    clock = asyncio.get_running_loop().time

    async def visit(host: str) -> None:
        async with pacing.turn(host):
            starts[host].append(clock())

    began = clock()
    await asyncio.gather(*(visit("slow") for _ in range(4)), visit("quick"))

    gaps = [
        later - earlier for earlier, later in zip(starts["slow"], starts["slow"][1:], strict=False)
    ]
    assert min(gaps) >= 0.095  # 0.1 s and jitter, less the clock's grain
    assert starts["quick"][0] - began < 0.05


async def test_a_host_that_never_ends_leaves_the_other_places_free() -> None:
    pacing = Pacing(in_flight=3, host_in_flight=2, host_pause_s=0)
    is_over = asyncio.Event()
    n_inside = 0

    async def hang() -> None:
        nonlocal n_inside
        async with pacing.turn("stuck"):
            n_inside += 1
            await is_over.wait()

    async def visit(host: str) -> str:
        async with pacing.turn(host):
            return host

    stuck = [asyncio.create_task(hang()) for _ in range(20)]
    await asyncio.sleep(0.01)
    visited = await asyncio.wait_for(asyncio.gather(*(visit(f"h{n}") for n in range(30))), 2)

    assert (n_inside, len(visited)) == (2, 30)
    is_over.set()
    await asyncio.gather(*stuck)


async def test_no_more_fetches_run_at_once_than_there_are_places() -> None:
    pacing = Pacing(in_flight=4, host_in_flight=2, host_pause_s=0)
    running = most = 0

    async def visit(host: str) -> None:
        nonlocal running, most
        async with pacing.turn(host):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.002)
            running -= 1

    await asyncio.gather(*(visit(f"h{n % 20}") for n in range(100)))

    assert most == 4


async def test_idle_hosts_are_forgotten() -> None:
    pacing = Pacing(in_flight=50, host_in_flight=2, host_pause_s=0)

    async def visit(host: str) -> None:
        async with pacing.turn(host):
            await asyncio.sleep(0)

    for start in range(0, 6_000, 500):
        await asyncio.gather(*(visit(f"h{n}") for n in range(start, start + 500)))

    assert pacing.n_hosts == 0


async def test_hosts_in_their_pause_are_remembered_but_not_for_ever() -> None:
    pacing = Pacing(in_flight=50, host_in_flight=2, host_pause_s=0.01)

    async def visit(host: str) -> None:
        async with pacing.turn(host):
            pass

    for n in range(1_000):
        await visit(f"h{n}")
    await asyncio.sleep(0.12)
    await visit("one more")

    assert pacing.n_hosts == 1


async def test_a_host_that_says_429_is_asked_more_slowly() -> None:
    pacing = Pacing(in_flight=5, host_in_flight=1, host_pause_s=0.02)
    clock = asyncio.get_running_loop().time

    async with pacing.turn("busy") as lane:
        lane.note_limit()
        lane.note_limit()
    began = clock()
    async with pacing.turn("busy") as lane:
        waited_s = clock() - began
        lane.note_answer()

    assert 0.07 <= waited_s < 0.2
    assert lane.n_limited == 0


async def test_who_gives_up_in_the_queue_leaves_no_trace() -> None:
    pacing = Pacing(in_flight=1, host_in_flight=1, host_pause_s=0)
    async with pacing.turn("a"):
        waiting = [asyncio.create_task(_enter(pacing, host)) for host in ("a", "a", "b", "c")]
        await asyncio.sleep(0.01)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    await asyncio.wait_for(_enter(pacing, "b"), 1)

    assert pacing.n_hosts == 0


async def _enter(pacing: Pacing, host: str) -> None:
    async with pacing.turn(host):
        pass
