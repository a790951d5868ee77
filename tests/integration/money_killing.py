"""Processes that spend money at a stand-in for a provider and are killed while they do."""

import asyncio
import contextlib
import json
import multiprocessing
import random
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection

import httpx

from core.ports.ledger import BudgetLedger, Granted
from schemas.llm import Usage
from schemas.spending import JournalEntry, Reservation, Scope, Settlement
from services.adapters.ledger.redis import RedisLedger
from services.adapters.ledger.store import StoreLedger
from services.adapters.store.engine import SqlStore
from tests.contract.money import NOON, attempt, everybody, limit

WAIT_S = 30.0
CALLERS, EACH = 6, 12
RESERVED = 1_000
LIMIT = 40_000
NEVER_SENT, CUT = 0.15, 0.15
STEPS = ("reserve", "reserved", "sent", "answered", "settle", "settled")
"""What a caller says right before each of its awaits, and after the last."""

_LOADED = ("tests.integration.money_killing",)


@dataclass
class Bills:
    """What the stand-in for a provider charges, by the id of the attempt."""

    charged: dict[str, int] = field(default_factory=dict)
    address: str = ""


class _Provider(BaseHTTPRequestHandler):
    """Charges for what it was asked, then takes its time, and sometimes hangs up."""

    bills: Bills

    def do_POST(self) -> None:
        name = self.rfile.read(int(self.headers["Content-Length"])).decode()
        rng = random.Random(name)
        cost = rng.randint(1, RESERVED)
        self.bills.charged[name] = cost
        time.sleep(rng.uniform(0, 0.03))
        if rng.random() < CUT:
            self.close_connection = True
            return
        body = json.dumps({"cost": cost, "tokens": cost}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        # A caller that was killed has hung up.
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextlib.contextmanager
def provider() -> Iterator[Bills]:
    """Serve the stand-in from threads; gives its bills."""
    bills = Bills()
    handler = type("Provider", (_Provider,), {"bills": bills})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        bills.address = f"http://127.0.0.1:{server.server_port}"
        yield bills
        server.shutdown()
        thread.join()


def scopes_of(caller: int) -> tuple[Scope, ...]:
    return (
        limit("command_tokens", f"r{caller}", window=f"r{caller}"),
        limit("user_day_usd", str(caller % 2)),
        everybody(LIMIT),
    )


@contextlib.asynccontextmanager
async def opened(
    database: str, redis: str | None, prefix: str
) -> AsyncIterator[tuple[SqlStore, BudgetLedger]]:
    """Open a ledger as a process does."""
    store = await SqlStore.open(database)
    ledger: BudgetLedger = StoreLedger(store)
    if redis is not None:
        ledger = await RedisLedger.open(redis, StoreLedger(store), prefix=prefix)
    yield store, ledger
    await ledger.aclose()
    await store.aclose()


def spend(database: str, redis: str | None, address: str, prefix: str, said: Connection) -> None:
    """Be a process whose callers reserve, call and settle, and say before each what they do."""

    async def call(ledger: BudgetLedger, client: httpx.AsyncClient, caller: int, n: int) -> None:
        name = f"{prefix}-{caller}-{n}"
        reservation = attempt(
            name,
            run_id=f"r{caller}",
            person=str(caller % 2),
            chat=None,
            max_tokens=RESERVED,
            max_micro_usd=RESERVED,
            scopes=scopes_of(caller),
        )
        said.send("reserve")
        answer = await ledger.reserve(reservation)
        if not isinstance(answer, Granted):
            return
        said.send("reserved")
        await asyncio.sleep(0)
        settlement = await _use(client, reservation, said)
        said.send("settle")
        await ledger.settle(settlement)
        said.send("settled")

    async def main() -> None:
        async with (
            opened(database, redis, prefix) as (_, ledger),
            httpx.AsyncClient(base_url=address, timeout=WAIT_S) as client,
        ):

            async def caller(which: int) -> None:
                for n in range(EACH):
                    await call(ledger, client, which, n)

            await asyncio.gather(*(caller(which) for which in range(CALLERS)))

    asyncio.run(main())


async def _use(
    client: httpx.AsyncClient, reservation: Reservation, said: Connection
) -> Settlement:
    """Call the stand-in as an adapter does; gives how the attempt ended."""
    if random.Random(reservation.id[::-1]).random() < NEVER_SENT:
        return Settlement(id=reservation.id, state="released", at=NOON)
    said.send("sent")
    try:
        reply = (await client.post("/", content=reservation.id)).json()
    except httpx.TransportError:
        return Settlement(
            id=reservation.id, state="settled_estimate", outcome="overloaded", at=NOON
        )
    said.send("answered")
    return Settlement(
        id=reservation.id,
        state="settled_actual",
        outcome="ok",
        usage=Usage(output_tokens=reply["tokens"]),
        micro_usd=reply["cost"],
        at=NOON,
    )


@dataclass(frozen=True)
class Moment:
    """When a process is killed: after it said `step` `n` times and `pause_s` went by."""

    step: str
    n: int
    pause_s: float

    @classmethod
    def of(cls, seed: int, step: str | None = None) -> "Moment":
        """Give the moment of a seed; without a step the seed chooses it, too."""
        rng = random.Random(seed)
        return cls(step or rng.choice(STEPS), rng.randint(1, 25), rng.choice((0, 0, 0.002, 0.01)))


def kill_once(
    database: str, redis: str | None, bills: Bills, *, prefix: str, moment: Moment
) -> list[str]:
    """Kill a process at a moment, recover as the next one does; gives what is wrong."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_LOADED))
    heard, said = context.Pipe(duplex=False)
    process = context.Process(target=spend, args=(database, redis, bills.address, prefix, said))
    process.start()
    said.close()
    _listen(heard, moment)
    process.kill()
    process.join()
    heard.close()
    return asyncio.run(_look(database, redis, bills, prefix))


def _listen(heard: Connection, moment: Moment) -> None:
    n_heard = 0
    with contextlib.suppress(EOFError):  # it came to its end before
        while n_heard < moment.n:
            if not heard.poll(WAIT_S):
                raise TimeoutError(f"the process said nothing for {WAIT_S:.0f} s")
            n_heard += heard.recv() == moment.step
        time.sleep(moment.pause_s)


async def _look(database: str, redis: str | None, bills: Bills, prefix: str) -> list[str]:
    """Start again: settle what was left open, and hold the journal against the bills."""
    later = NOON + timedelta(minutes=6)
    async with opened(database, redis, prefix) as (store, ledger):
        await ledger.recover(before=later - timedelta(minutes=5), at=later)
        n_again = await ledger.recover(before=later - timedelta(minutes=5), at=later)
        async with store.transaction(is_write=False) as work:
            entries = await work.journal.entries([f"r{n}" for n in range(CALLERS)])
        problems = [] if not n_again else [f"{n_again} reservations ended twice"]
        scopes = list({each for n in range(CALLERS) for each in scopes_of(n)})
        drift = await ledger.drift(scopes)
        (used,) = await ledger.used([everybody()])
    if any(drift):
        problems.append(f"drift {drift}")
    if used > LIMIT:
        problems.append(f"{used} of {LIMIT} were spent")
    if used != sum(entry.micro_usd for entry in entries):
        problems.append(f"{used} are counted, not what the rows add up to")
    mine = {entry.id: entry for entry in entries if entry.id.startswith(f"{prefix}-")}
    charged = {name: n for name, n in bills.charged.items() if name.startswith(f"{prefix}-")}
    problems += [f"{name} was charged and has no row" for name in charged.keys() - mine.keys()]
    for name, entry in mine.items():
        if said := _wrong(entry, charged.get(name)):
            problems.append(f"{name} {said}")
    return problems


def _wrong(entry: JournalEntry, charged: int | None) -> str | None:
    """Say what a row has wrong: it tells the bill exactly, or that it is an estimate."""
    match entry.state:
        case "reserved":
            return "never ended"
        case "settled_actual" if entry.micro_usd != charged:
            return f"says {entry.micro_usd} and was charged {charged}"
        case "settled_estimate" if entry.micro_usd != RESERVED:
            return f"is an estimate of {entry.micro_usd}, not of all that was reserved"
        case "released" if charged is not None or entry.micro_usd:
            return f"was released at {entry.micro_usd} and charged {charged}"
        case _:
            return None
