"""Budgets under a crowd, under load, and under kill -9.

    python -m tests.performance.bench_budgets [--rounds N] [--calls N] [--kills N] [--only NAME]

For each ledger (the journal in a file, in PostgreSQL, and each with Redis in front of it):

- N rounds (1,000): 50 callers in two processes start at one barrier against a budget that has room
  for 7; who is served settles at a lower cost, by estimate, or not at all. Counts rounds in which
  more or fewer than 7 were served, and rounds with drift between counter, journal and Redis.
- N calls (2,000), 200 in flight against half a second's pause, arrivals spread evenly: what
  reserving and settling add to each call, and their processor time; the pause is not counted.
- N kills (0) of a process at a moment that the seed gives, between reserving and settling.

Servers are embedded ones unless `TEST_PG_DSN` and `TEST_REDIS_URL` name others.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from core.ports.ledger import BudgetLedger, Granted
from schemas.spending import Reservation, Scope
from services.adapters.store.engine import SqlStore
from tests.contract.money import attempt, ended, estimated, limit, limits, released
from tests.integration.money_killing import Moment, kill_once, opened, provider
from tests.servers import EmbeddedPostgres, EmbeddedRedis, new_database

CALLERS, ROOM, PRICE = 50, 7, 500
PAUSE_S, IN_FLIGHT = 0.5, 200
_ENDS = (ended, estimated, released)


@dataclass(frozen=True)
class Place:
    """One ledger: its databases, one for each measurement, and the Redis in front of them."""

    name: str
    database: str
    killed: str
    redis: str | None


def crowd(n: int) -> tuple[Scope, ...]:
    """The limits of a round: one with room for seven, two that are wide."""
    return (
        limit("user_day_usd", f"p{n}", ROOM * PRICE),
        limit("chat_day_usd", "crowd"),
        limit("global_day_usd", "all"),
    )


def caller(name: str, n: int) -> Reservation:
    """One caller of a round."""
    return attempt(name, person=f"p{n}", chat="crowd", max_micro_usd=PRICE, scopes=crowd(n))


def half(place: Place, prefix: str, which: int, barrier: Barrier, told: Connection) -> None:
    """Be one of the two processes: half of the callers of each round."""

    async def main() -> None:
        async with opened(place.database, place.redis, prefix) as (_, ledger):
            for n in iter(told.recv, None):
                names = [f"{prefix}-{n}-{which}-{k}" for k in range(CALLERS // 2)]
                await asyncio.to_thread(barrier.wait)
                answers = await asyncio.gather(
                    *(ledger.reserve(caller(name, n)) for name in names)
                )
                served = [
                    name
                    for name, answer in zip(names, answers, strict=True)
                    if isinstance(answer, Granted)
                ]
                # What is given back could be had by somebody who has not asked yet.
                await asyncio.to_thread(barrier.wait)
                await asyncio.gather(
                    *(ledger.settle(_ENDS[k % 3](name)) for k, name in enumerate(served))
                )
                told.send(len(served))

    asyncio.run(main())


def play(place: Place, n_rounds: int) -> bool:
    """Play the rounds of one ledger and say what was seen; True when all was well."""
    context = multiprocessing.get_context("forkserver")
    barrier, prefix = context.Barrier(2), uuid.uuid4().hex[:8]
    asyncio.run(_make(place))
    ends, processes = [], []
    for which in range(2):
        mine, theirs = context.Pipe()
        process = context.Process(target=half, args=(place, prefix, which, barrier, theirs))
        process.start()
        ends.append(mine)
        processes.append(process)
    started = time.monotonic()
    most, n_wrong, n_drifted = asyncio.run(_rounds(place, prefix, n_rounds, ends))
    for end, process in zip(ends, processes, strict=True):
        end.send(None)
        process.join()
    print(
        f"{place.name}: {n_rounds} rounds in {time.monotonic() - started:.0f} s, at most {most} "
        f"served of a budget for {ROOM}, {n_wrong} rounds with another number than {ROOM}, "
        f"{n_drifted} with drift",
        flush=True,
    )
    return not n_wrong and not n_drifted


async def _make(place: Place) -> None:
    await (await SqlStore.open(place.database)).aclose()


async def _rounds(
    place: Place, prefix: str, n_rounds: int, ends: list[Connection]
) -> tuple[int, int, int]:
    most = n_wrong = n_drifted = 0
    async with opened(place.database, place.redis, prefix) as (_, ledger):
        for n in range(n_rounds):
            for end in ends:
                end.send(n)
            served = sum([await asyncio.to_thread(end.recv) for end in ends])
            drift = await ledger.drift(crowd(n))
            most, n_wrong = max(most, served), n_wrong + (served != ROOM)
            n_drifted += any(drift)
    return most, n_wrong, n_drifted


async def _calls(ledger: BudgetLedger, n_calls: int) -> tuple[list[float], float]:
    """Give what each call waited for the ledger, in seconds, and the processor time of one."""
    added: list[float] = []

    async def call(n: int) -> None:
        one = attempt(
            f"call-{n}",
            run_id=f"c{n}",
            person=str(n % 20),
            scopes=limits(f"c{n}", str(n % 20), str(n % 10)),
        )
        started = time.perf_counter()
        await ledger.reserve(one)
        reserved = time.perf_counter()
        await asyncio.sleep(PAUSE_S)
        settling = time.perf_counter()
        await ledger.settle(ended(one.id))
        added.append(time.perf_counter() - settling + reserved - started)

    cpu = time.process_time()
    first, calls = time.perf_counter(), []
    for n in range(n_calls):
        calls.append(asyncio.create_task(call(n)))
        await asyncio.sleep(max(0.0, first + (n + 1) * PAUSE_S / IN_FLIGHT - time.perf_counter()))
    await asyncio.gather(*calls)
    return added, (time.process_time() - cpu) / n_calls


class _Free:
    """A ledger that costs nothing: what is left is the benchmark's own processor time."""

    async def reserve(self, _: object) -> Granted:
        return Granted(())

    async def settle(self, _: object) -> bool:
        return True


def load(place: Place, n_calls: int) -> None:
    """Measure what a ledger adds to calls."""

    async def main() -> tuple[list[float], float]:
        async with opened(place.database, place.redis, uuid.uuid4().hex[:8]) as (_, ledger):
            return await _calls(ledger, n_calls)

    added, cpu_s = asyncio.run(main())
    _, own_s = asyncio.run(_calls(_Free(), n_calls))  # type: ignore[arg-type]  # two of its methods
    cuts = statistics.quantiles(added, n=100)
    print(
        f"{place.name}: {n_calls} calls, {IN_FLIGHT} in flight: a call waits for the ledger "
        f"p50 {cuts[49] * 1e3:.1f} ms, p99 {cuts[98] * 1e3:.1f} ms; "
        f"processor {max(0.0, cpu_s - own_s) * 1e3:.2f} ms",
        flush=True,
    )


def kill(place: Place, n_kills: int) -> bool:
    """Kill processes that spend; True when every reservation ended once and tells the bill."""
    n_bad = 0
    with provider() as bills:
        for seed in range(1, n_kills + 1):
            name = uuid.uuid4().hex[:8]
            moment = Moment.of(seed)
            problems = kill_once(place.killed, place.redis, bills, prefix=name, moment=moment)
            if problems:
                n_bad += 1
                print(f"seed {seed}, {moment}: {'; '.join(problems)}", flush=True)
    print(f"{place.name}: {n_kills} kills, {n_bad} with something wrong", flush=True)
    return not n_bad


@contextlib.contextmanager
def places(only: str) -> Iterator[list[Place]]:
    """Give a new database of each kind, with and without Redis."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = []
        redis, postgres = EmbeddedRedis(), EmbeddedPostgres(folder)
        stack.callback(redis.remove)
        stack.callback(postgres.remove)
        for name, is_server, url in (
            ("file", False, None),
            ("file+redis", False, redis.url),
            ("postgres", True, None),
            ("postgres+redis", True, redis.url),
        ):
            if only not in ("", name):
                continue
            if is_server:
                own = [stack.enter_context(new_database(postgres.url)) for _ in range(2)]
            else:
                own = [f"sqlite:///{folder / name}-{n}.db" for n in range(2)]
            found.append(Place(name, own[0], own[1], url))
        yield found


def main() -> int:
    """Measure, and say what was found; 1 when a budget did not hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=1_000)
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--only", default="", help="file, file+redis, postgres, postgres+redis")
    arguments = parser.parse_args()
    is_well = True
    with places(arguments.only) as found:
        for place in found:
            is_well &= play(place, arguments.rounds) if arguments.rounds else True
            if arguments.calls:
                load(place, arguments.calls)
            is_well &= kill(place, arguments.kills) if arguments.kills else True
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
