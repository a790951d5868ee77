import asyncio

from services.turns import Turns


async def work(turns: Turns, name: int, log: list[str], *, early: bool = False) -> None:
    async with turns.take() as turn:
        log.append(f"+{name}")
        await asyncio.sleep(0)
        if early:
            turn.end()
            log.append(f"-{name}")
            await asyncio.sleep(0.02)
        else:
            log.append(f"-{name}")


async def test_no_more_than_the_places_work_and_who_came_first_is_first() -> None:
    turns, log = Turns(1), list[str]()

    await asyncio.gather(*(work(turns, name, log) for name in range(3)))

    assert log == ["+0", "-0", "+1", "-1", "+2", "-2"]


async def test_a_turn_that_is_ended_early_gives_its_place_back_once() -> None:
    turns, log = Turns(1), list[str]()

    async with asyncio.timeout(1):
        await asyncio.gather(*(work(turns, name, log, early=True) for name in range(4)))
        begun = len(log)
        await asyncio.gather(work(turns, 8, log), work(turns, 9, log))

    assert begun == 8
    assert log[begun:] == ["+8", "-8", "+9", "-9"]


async def test_whoever_gives_up_waiting_takes_no_place() -> None:
    turns, log = Turns(1), list[str]()

    async with turns.take():
        waiting = asyncio.create_task(work(turns, 1, log))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await work(turns, 2, log)

    assert log == ["+2", "-2"]


async def test_a_place_comes_back_from_whoever_fails() -> None:
    turns, log = Turns(1), list[str]()

    async def fail() -> None:
        async with turns.take():
            raise RuntimeError("no")

    await asyncio.gather(fail(), return_exceptions=True)
    await work(turns, 1, log)

    assert log == ["+1", "-1"]
