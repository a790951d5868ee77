"""Polling: every source in its turn, no host more than its share, for as long as the desk runs."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from core.access import system_principal, visible
from core.errors import StoreError
from core.rhythm import OWN_NETWORK
from schemas.settings import FetchSettings
from schemas.sources import Polled, PolledSource, SourceChange, SourceFailure
from services.host_turns import HostTurns, host_of
from services.poll_records import PollRecords
from services.polls import PollParts, PollResult, failed, poll_source

LEASE_S = 900.0
"""A claimed source is nobody else's for so long; far above the longest poll with its queue."""

TICK_S = 2.0
"""How often the store is asked what is due: one cheap query."""

FIGURES_EVERY_S = 30.0
MAX_HELD = 1_000
"""Sources held at a time, waiting or running: bounded memory, whatever is due."""

PER_HOST = 50
"""Sources of one host held at a time; more of them come back when these are done."""

TASKS_PER_FETCH = 4
"""Polls under way for each fetch that may run: most wait for their turn at their host."""

SLOW_SHARE = 4
"""Hosts that were slow share a quarter of the fetches among them."""

MAX_PENDING = 2_000
"""Items read and not stored yet; above that nothing more is fetched."""

OFFLINE_HOSTS = 3
"""So many hosts in a row that cannot be reached, or all: the fault is nearer than they are."""

GRACE_S = 3.0
FOLLOW_EVERY_S = 1.0
QUIET_S = 300.0
"""Without news for so long, what only news need is given back."""

_log = structlog.get_logger(__name__)

OnPolled = Callable[[PollResult], None]
Held = asyncio.Future[PollResult | None]


class Follow(Protocol):
    """Let answers and the index follow news; `is_over`: more is not expected soon."""

    async def __call__(self, *, is_over: bool) -> None:
        """Follow."""
        ...


class Polling:
    """Polls sources that are due, by host, and writes down how it went."""

    def __init__(self, parts: PollParts, fetch: FetchSettings, *, follow: Follow) -> None:
        self._read = parts.poll
        self._parts = replace(parts, poll=self._read_counted)
        self._follow = follow
        self._max_tasks = fetch.in_flight * TASKS_PER_FETCH
        self._turns = HostTurns(
            per_host=fetch.host_in_flight, max_slow=max(1, fetch.in_flight // SLOW_SHARE)
        )
        self._records = PollRecords(parts.store)
        self._held: dict[int, Held] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._hosts: set[str] = set()
        self._unreached: set[str] = set()
        self._unwritten: list[PollResult] = []
        self._pending: dict[int, int] = {}
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._look = asyncio.Event()
        self._news = asyncio.Event()
        self._is_store_gone = False
        self._is_closing = False

    async def start(self) -> None:
        """Poll from now on; starting twice is starting once."""
        if not self._loops:
            jobs = (self._claim_forever, self._follow_forever, self._measure_forever)
            self._loops = [asyncio.create_task(job()) for job in jobs]

    async def aclose(self) -> None:
        """Stop: polls under way get a few seconds, the others are due again at once."""
        self._is_closing = True
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._turns.give_up()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=GRACE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        left = list(self._held)
        for source_id in left:
            self._settle(source_id, None)
        now = self._parts.now()
        await self._postpone([(source_id, now) for source_id in left])
        try:
            await self._write_late()
        except StoreError as error:
            self._tell_store(error)
        await self._catch_up()

    def wake(self) -> None:
        """Look at once for what is due."""
        self._look.set()

    async def poll_due(self, *, on_polled: OnPolled | None = None) -> int:
        """Poll everything that is due until nothing is; gives how many polls there were.

        Raises:
            StoreError: The store cannot say what is due.
        """
        n_polled = 0
        waiting: set[Held] = set()
        while True:
            claimed = await self._claim()
            n_polled += len(claimed)
            _tell(claimed, on_polled)
            waiting.update(claimed)
            if not waiting:
                break
            # What hangs must not keep the next ones waiting: look again before all are done.
            _, waiting = await asyncio.wait(waiting, timeout=TICK_S)
        await self._catch_up()
        return n_polled

    async def poll_all(
        self, sources: Sequence[PolledSource], *, on_polled: OnPolled | None = None
    ) -> None:
        """Poll these sources now, due or not; one that is being polled already is waited for."""
        held = [self._hold(source) for source in sources]
        _tell(held, on_polled)
        self._fill()
        if held:
            await asyncio.wait(held)
        self._news.set()  # a desk that was killed may have stored some that the index lacks
        await self._catch_up()

    async def _claim_forever(self) -> None:
        while True:
            try:
                await self._claim()
            except StoreError as error:
                self._tell_store(error)
            except Exception:  # noqa: BLE001 - one bad turn must not end polling for good
                _log.exception("polling.claim_failed")
            self._look.clear()
            await _wait(self._look, TICK_S)

    async def _claim(self) -> list[Held]:
        """Take what is due and not held yet; what is too much for one host comes back later."""
        limit = MAX_HELD - len(self._held)
        if limit <= 0 or self._is_closing:
            return []
        now = self._parts.now()
        await self._write_late()
        async with self._parts.store.transaction() as unit:
            due = await unit.sources.claim_due(
                now=now, limit=limit, lease_until=now + timedelta(seconds=LEASE_S)
            )
        self._tell_store(None)
        held: list[Held] = []
        too_many: list[tuple[int, datetime]] = []
        for source in due:
            if source.source.id in self._held:
                continue
            if self._turns.n_waiting(host_of(source)) >= PER_HOST:
                later_s = PER_HOST + len(too_many) % MAX_HELD
                too_many.append((source.source.id, now + timedelta(seconds=later_s)))
                continue
            held.append(self._hold(source))
        await self._postpone(too_many)
        self._fill()
        return held

    def _hold(self, source: PolledSource) -> Held:
        """Queue a source at its host; gives the future of its result, None if it is given up."""
        source_id = source.source.id
        if source_id not in self._held:
            self._hosts.add(host_of(source))
            self._held[source_id] = asyncio.get_running_loop().create_future()
            self._turns.add(source)
        return self._held[source_id]

    def _fill(self) -> None:
        """Start polls as long as there is room for them."""
        while not self._is_closing and len(self._tasks) < self._max_tasks:
            source = self._turns.take()
            if source is None:
                return
            task = asyncio.create_task(self._run(source))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self._fill()

    async def _run(self, source: PolledSource) -> None:
        """Poll one source and write down how it went."""
        await self._has_room.wait()
        try:
            result = await poll_source(self._parts, source, is_offline=self._is_offline())
        except BaseException:
            self._turns.done(source, is_late=False, has_answered=False)
            raise
        finally:
            self._count_pending(source, 0)
        reason = result.reason
        is_reached = reason not in OWN_NETWORK
        self._remember_reach(host_of(source), is_reached=is_reached)
        hangs = self._turns.done(source, is_late=reason == "timeout", has_answered=is_reached)
        unasked = self._turns.give_up(host_of(source)) if hangs else []
        skipped = [self._skip(other) for other in unasked]
        await asyncio.gather(*(self._write(each) for each in (result, *skipped)))

    async def _read_counted(self, source: PolledSource, *, now: datetime) -> Polled:
        polled = await self._read(source, now=now)
        self._count_pending(source, len(polled.items))
        return polled

    def _count_pending(self, source: PolledSource, n_items: int) -> None:
        """Let nobody fetch more while too much of what was fetched waits to be stored."""
        self._pending.pop(source.source.id, None)
        if n_items:
            self._pending[source.source.id] = n_items
        if sum(self._pending.values()) < MAX_PENDING:
            self._has_room.set()
        else:
            self._has_room.clear()

    def _skip(self, source: PolledSource) -> PollResult:
        """Let a source fail unasked, because its host lets requests time out."""
        detail = f"its server {host_of(source)!r} hangs: other requests to it timed out just now"
        failure = SourceFailure(reason="timeout", detail=detail, at=self._parts.now())
        return failed(self._parts, source, failure, is_ours=self._is_offline())

    def _is_offline(self) -> bool:
        """Whether nothing can be reached, so that no source is to blame."""
        return len(self._unreached) >= max(1, min(OFFLINE_HOSTS, len(self._hosts)))

    def _remember_reach(self, host: str, *, is_reached: bool) -> None:
        was_offline = self._is_offline()
        if is_reached:
            self._unreached.clear()
        elif len(self._unreached) < OFFLINE_HOSTS:
            self._unreached.add(host)
        if self._is_offline() != was_offline:
            _log.info("network.back" if was_offline else "network.lost", host=host)

    async def _write(self, result: PollResult) -> None:
        self._parts.metrics.source_polls_total.labels(outcome=result.effect).inc()
        if result.n_new or result.n_changed:
            self._news.set()
        if result.outcome is not None:
            try:
                await self._records.write(result.source.source.id, result.outcome)
            except StoreError as error:
                self._tell_store(error)
                self._unwritten.append(result)
            except Exception:  # noqa: BLE001 - its lease ends by itself, but waiters would hang
                _log.exception("source.unrecorded", source=result.source.source.id)
        self._settle(result.source.source.id, result)

    async def _write_late(self) -> None:
        """Write down what could not be written while the store was gone."""
        while self._unwritten:
            result = self._unwritten[-1]
            if result.outcome is not None:
                await self._records.write(result.source.source.id, result.outcome)
            self._unwritten.pop()

    def _settle(self, source_id: int, result: PollResult | None) -> None:
        held = self._held.pop(source_id, None)
        if held is not None and not held.done():
            held.set_result(result)
        if len(self._held) < MAX_HELD // 2:
            self._look.set()

    async def _postpone(self, due: Sequence[tuple[int, datetime]]) -> None:
        """Say when sources that were claimed and not polled are due again."""
        if not due:
            return
        everything = visible(system_principal())
        try:
            async with self._parts.store.transaction() as unit:
                for source_id, at in due:
                    change = SourceChange(next_poll_at=at)
                    await unit.sources.change(everything, source_id, change)
        except StoreError as error:  # the lease gives them back later
            self._tell_store(error)

    async def _follow_forever(self) -> None:
        is_warm = False
        while True:
            if await _wait(self._news, QUIET_S):
                await self._catch_up()
                is_warm = True
                await asyncio.sleep(FOLLOW_EVERY_S)
            elif is_warm:
                await self._catch_up(is_over=True)
                is_warm = False

    async def _catch_up(self, *, is_over: bool = False) -> None:
        if not self._news.is_set() and not is_over:
            return
        self._news.clear()
        try:
            await self._follow(is_over=is_over)
        except StoreError as error:
            self._tell_store(error)
            self._news.set()
        except Exception:  # noqa: BLE001 - the next news is followed all the same
            _log.exception("polling.follow_failed")

    async def _measure_forever(self) -> None:
        while True:
            try:
                async with self._parts.store.transaction(is_write=False) as unit:
                    oldest_at = await unit.sources.oldest_success()
            except StoreError as error:
                self._tell_store(error)
            else:
                age_s = (self._parts.now() - oldest_at).total_seconds() if oldest_at else 0.0
                self._parts.metrics.feed_age_seconds.set(max(0.0, age_s))
            await asyncio.sleep(FIGURES_EVERY_S)

    def _tell_store(self, error: StoreError | None) -> None:
        """Log once that the store is gone, and once that it is back."""
        if error is not None and not self._is_store_gone:
            _log.error("polling.store_gone", error=str(error))
        elif error is None and self._is_store_gone:
            _log.info("polling.store_back")
        self._is_store_gone = error is not None


def _tell(held: Sequence[Held], on_polled: OnPolled | None) -> None:
    """Let somebody know of each result when it is there."""
    if on_polled is None:
        return

    def tell(ended: Held) -> None:
        result = None if ended.cancelled() else ended.result()
        if result is not None:
            on_polled(result)

    for each in held:
        each.add_done_callback(tell)


async def _wait(event: asyncio.Event, timeout_s: float) -> bool:
    """Wait for an event; says whether it came in time."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
