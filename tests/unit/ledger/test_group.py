"""Groups of money: when they are committed, and who is told what."""

import asyncio
from collections.abc import Sequence

import pytest

from core.errors import StoreBusy, StoreError, StoreFull, StoreUnreachable
from core.ports.journal import Written
from core.ports.ledger import Granted, Refused
from schemas.spending import Reservation, Settlement
from services.adapters.ledger.group import MAX_ROWS, GroupWriter
from tests.contract.money import attempt, ended, everybody

SLOW_S = 0.02


class Sheet:
    """Writes groups slowly and remembers them; `fault` is raised for a group that holds `bad`."""

    def __init__(self, *, bad: str = "", fault: Exception | None = None) -> None:
        self.groups: list[list[str]] = []
        self._bad = bad
        self._fault = fault

    async def __call__(
        self, reservations: Sequence[Reservation], settlements: Sequence[Settlement]
    ) -> Written:
        ids = [*(each.id for each in settlements), *(each.id for each in reservations)]
        self.groups.append(ids)
        await asyncio.sleep(SLOW_S)
        if self._fault is not None and self._bad in ids:
            raise self._fault
        return Written(
            tuple(
                Refused(everybody(), 0) if each.id == "refused" else Granted(())
                for each in reservations
            ),
            tuple(True for _ in settlements),
            (),
        )


async def test_one_alone_is_written_at_once() -> None:
    sheet = Sheet()
    started = asyncio.get_running_loop().time()

    await GroupWriter(sheet).reserve(attempt("a1"))

    assert sheet.groups == [["a1"]]
    assert asyncio.get_running_loop().time() - started < SLOW_S + 0.1


async def test_what_comes_while_a_group_is_written_is_the_next_group() -> None:
    sheet = Sheet()
    writer = GroupWriter(sheet)
    first = asyncio.create_task(writer.reserve(attempt("a1")))
    await asyncio.sleep(SLOW_S / 4)

    await asyncio.gather(writer.reserve(attempt("a2")), writer.settle(ended("a0")), first)

    assert sheet.groups == [["a1"], ["a0", "a2"]]


async def test_a_group_has_at_most_so_many_rows() -> None:
    sheet = Sheet()
    writer = GroupWriter(sheet)

    await asyncio.gather(*(writer.reserve(attempt(f"a{n}")) for n in range(2 * MAX_ROWS + 9)))

    assert [len(group) for group in sheet.groups] == [MAX_ROWS, MAX_ROWS, 9]


@pytest.mark.parametrize("error", [StoreBusy("busy"), StoreFull("full"), StoreUnreachable("away")])
async def test_a_database_that_cannot_be_written_fails_the_whole_group_once(
    error: StoreError,
) -> None:
    sheet = Sheet(bad="a1", fault=error)
    writer = GroupWriter(sheet)

    answers = await asyncio.gather(
        *(writer.reserve(attempt(name)) for name in ("a1", "a2")), return_exceptions=True
    )

    assert (answers, len(sheet.groups)) == ([error, error], 1)


async def test_a_row_that_cannot_be_written_fails_alone() -> None:
    sheet = Sheet(bad="bad", fault=StoreError("a rule of the database"))
    writer = GroupWriter(sheet)

    answers = await asyncio.gather(
        *(writer.reserve(attempt(name)) for name in ("a1", "bad", "a2")), return_exceptions=True
    )

    assert [str(each) for each in answers] == [
        str(Granted(())),
        "a rule of the database",
        str(Granted(())),
    ]


async def test_after_a_failure_the_writer_goes_on() -> None:
    sheet = Sheet(bad="a1", fault=StoreBusy("busy"))
    writer = GroupWriter(sheet)

    with pytest.raises(StoreBusy, match="busy"):
        await writer.reserve(attempt("a1"))

    assert await writer.reserve(attempt("a2")) == Granted(())


async def test_a_caller_who_leaves_before_the_group_begins_is_not_written() -> None:
    sheet = Sheet()
    writer = GroupWriter(sheet)
    first, left, stays = (
        asyncio.create_task(writer.reserve(attempt(name))) for name in ("a1", "left", "stays")
    )
    await asyncio.sleep(0)
    left.cancel()

    await asyncio.gather(first, stays, return_exceptions=True)

    assert sheet.groups == [["a1", "stays"]]


async def test_a_caller_who_leaves_while_the_group_is_written_is_released() -> None:
    sheet = Sheet()
    writer = GroupWriter(sheet)
    callers = [asyncio.create_task(writer.reserve(attempt(name))) for name in ("left", "refused")]
    await asyncio.sleep(SLOW_S / 2)
    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)

    await writer.aclose()

    assert sheet.groups == [["left", "refused"], ["left"]]


async def test_a_settlement_is_written_though_its_caller_leaves() -> None:
    sheet = Sheet()
    writer = GroupWriter(sheet)
    caller = asyncio.create_task(writer.settle(ended("a1")))
    await asyncio.sleep(0)
    caller.cancel()

    await writer.aclose()

    assert sheet.groups == [["a1"]]
