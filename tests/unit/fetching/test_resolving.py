"""Names by the operating system; `localhost` is in every hosts file."""

import asyncio
import socket
import threading
from collections.abc import Sequence

import pytest

from services.adapters.sources.resolving import SystemResolver, cannot_resolve


async def test_a_known_name_gives_its_addresses_once_each() -> None:
    found = await SystemResolver(max_lookups=4)("localhost", 80)

    assert set(found) <= {"127.0.0.1", "::1"}
    assert len(found) == len(set(found)) > 0


async def test_lookups_are_limited_and_give_their_turns_back() -> None:
    resolve = SystemResolver(max_lookups=2)
    most = 0

    async def look_up() -> Sequence[str]:
        nonlocal most
        found = asyncio.create_task(resolve("localhost", 80))
        await asyncio.sleep(0)
        names = [thread.name for thread in threading.enumerate()]
        most = max(most, names.count("resolve localhost"))
        return await found

    found = await asyncio.wait_for(asyncio.gather(*(look_up() for _ in range(40))), 10)

    assert len(found) == 40
    assert most <= 2


async def test_who_gives_up_loses_no_turn_for_the_next() -> None:
    resolve = SystemResolver(max_lookups=1)
    impatient = asyncio.create_task(resolve("localhost", 80))
    await asyncio.sleep(0)
    impatient.cancel()

    assert await asyncio.wait_for(resolve("localhost", 80), 10)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "(Name or service not known)"),
        (OSError("it has no address"), "(it has no address)"),
    ],
)
def test_a_name_without_an_address_says_why(error: OSError, words: str) -> None:
    found = cannot_resolve("nowhere.example", error)

    assert found.reason == "dns"
    assert words in str(found)
