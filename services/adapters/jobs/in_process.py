"""Jobs of one process: a heap of what is due and a few tasks that do it.

What waits is lost when the process ends; work that must survive stands in the outbox, and a
schedule starts it again.
"""

import asyncio
import heapq
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog

from core.ports.jobs import JobHandler
from monitoring.metrics import Metrics
from services.adapters.jobs.schedule import Schedule, next_tick

logger = structlog.get_logger(__name__)

QUEUE = "in_process"
MAX_SLEEP_S = 30.0
"""A schedule looks at the clock at least this often, so a laptop that slept catches up."""


@dataclass(frozen=True, slots=True, order=True)
class Job:
    """One thing to do, ordered by when it is due (monotonic seconds)."""

    due_at: float
    name: str = field(compare=False)
    args: Mapping[str, str] = field(compare=False)
    key: str = field(compare=False)
    hard_s: float = field(compare=False)
    retries_left: int = field(compare=False)
    tries: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that failed for the last time, and how."""

    name: str
    key: str
    args: Mapping[str, str]
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class JobCounts:
    """What the queue has done since it started, and what it still has to do."""

    n_done: int
    n_failed: int
    n_dead: int
    n_waiting: int
    n_running: int


@dataclass(frozen=True, slots=True)
class JobLimits:
    """How jobs are run: at once, how long a failed one waits, how long the end may take."""

    max_running: int = 4
    backoff_s: float = 1.0
    max_backoff_s: float = 60.0
    grace_s: float = 3.0
    max_dead: int = 1_000


class InProcessJobs:
    """A `JobQueue` inside the desk's event loop."""

    def __init__(
        self,
        *,
        metrics: Metrics,
        limits: JobLimits | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._limits = JobLimits() if limits is None else limits
        self._now = now
        self._handlers: dict[str, JobHandler] = {}
        self._schedules: list[Schedule] = []
        self._heap: list[Job] = []
        self._keys: set[str] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()
        self._slots = asyncio.Semaphore(self._limits.max_running)
        self._dead: deque[DeadLetter] = deque(maxlen=self._limits.max_dead)
        self._n_done = self._n_failed = self._n_dead = 0
        metrics.job_oldest_age_seconds.labels(queue=QUEUE).set_function(self.oldest_age_s)

    def register(self, name: str, handler: JobHandler) -> None:
        """Name the coroutine function that does a job.

        Raises:
            ValueError: The name is taken.
        """
        if name in self._handlers:
            raise ValueError(f"a job named {name!r} is registered already")
        self._handlers[name] = handler

    async def enqueue(
        self,
        name: str,
        args: Mapping[str, str],
        *,
        key: str,
        delay_s: float = 0.0,
        hard_s: float = 120.0,
        retries: int = 3,
    ) -> bool:
        """Queue a job unless one with this key waits already; says whether it was queued.

        Raises:
            ValueError: No handler has this name.
        """
        self._require(name)
        due_at = time.monotonic() + delay_s
        return self._push(Job(due_at, name, dict(args), key, hard_s, retries))

    def schedule(
        self,
        name: str,
        *,
        every_s: float | None = None,
        daily_at: str | None = None,
        tz: str = "UTC",
    ) -> None:
        """Enqueue a job on time: every so many seconds, or daily at "HH:MM" in `tz`.

        Raises:
            ValueError: Not exactly one of `every_s` and `daily_at`, or a senseless value.
        """
        self._require(name)
        schedule = Schedule.of(name, every_s=every_s, daily_at=daily_at, tz=tz)
        self._schedules.append(schedule)
        if self._loops:
            self._loops.append(asyncio.create_task(self._tick(schedule)))

    async def start(self) -> None:
        """Begin to work; starting twice is starting once."""
        if self._loops:
            return
        self._loops.append(asyncio.create_task(self._dispatch()))
        self._loops.extend(asyncio.create_task(self._tick(each)) for each in self._schedules)

    async def aclose(self) -> None:
        """Stop; a running job gets a few seconds to end, what waits is dropped."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops.clear()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=self._limits.grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._heap:
            logger.info("jobs.dropped", n=len(self._heap))
        self._heap.clear()
        self._keys.clear()

    def dead(self) -> list[DeadLetter]:
        """Jobs that failed for the last time, oldest first."""
        return list(self._dead)

    def counts(self) -> JobCounts:
        """What was done, and what is still to do."""
        return JobCounts(
            n_done=self._n_done,
            n_failed=self._n_failed,
            n_dead=self._n_dead,
            n_waiting=len(self._heap),
            n_running=len(self._running),
        )

    def oldest_age_s(self) -> float:
        """Seconds that the oldest due job has waited; 0 when none is due."""
        return max(0.0, time.monotonic() - self._heap[0].due_at) if self._heap else 0.0

    def _require(self, name: str) -> None:
        if name not in self._handlers:
            known = ", ".join(sorted(self._handlers)) or "none"
            raise ValueError(f"no job is named {name!r}; known: {known}")

    def _push(self, job: Job) -> bool:
        if job.key in self._keys:
            return False
        self._keys.add(job.key)
        heapq.heappush(self._heap, job)
        self._wake.set()
        return True

    async def _dispatch(self) -> None:
        while True:
            job = await self._next_due()
            task = asyncio.create_task(self._run(job))
            self._running.add(task)
            task.add_done_callback(self._finish)

    async def _next_due(self) -> Job:
        """The oldest due job, once a slot is free for it; its key may wait again from now on."""
        while True:
            self._wake.clear()
            wait_s = self._heap[0].due_at - time.monotonic() if self._heap else None
            if wait_s is None or wait_s > 0:
                await _wait(self._wake, wait_s)
                continue
            await self._slots.acquire()
            job = heapq.heappop(self._heap)
            self._keys.discard(job.key)
            return job

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._slots.release()

    async def _run(self, job: Job) -> None:
        try:
            async with asyncio.timeout(job.hard_s):
                await self._handlers[job.name](job.args)
        except Exception as error:  # noqa: BLE001 - the one place where a job's failure ends
            self._fail(job, error)
        else:
            self._n_done += 1

    def _fail(self, job: Job, error: Exception) -> None:
        self._n_failed += 1
        is_late = isinstance(error, TimeoutError)
        logger.error(
            "job.failed",
            job=job.name,
            tries=job.tries + 1,
            retries_left=job.retries_left,
            hard_s=job.hard_s if is_late else None,
            exc_info=error,
        )
        if job.retries_left > 0:
            pause_s = min(self._limits.max_backoff_s, self._limits.backoff_s * 2**job.tries)
            pause_s *= random.uniform(0.9, 1.1)
            self._push(
                replace(
                    job,
                    due_at=time.monotonic() + pause_s,
                    retries_left=job.retries_left - 1,
                    tries=job.tries + 1,
                )
            )
            return
        self._n_dead += 1
        words = f"{type(error).__name__}: {error}"
        self._dead.append(DeadLetter(job.name, job.key, job.args, words, self._now()))

    async def _tick(self, schedule: Schedule) -> None:
        at = next_tick(schedule, self._now())
        while True:
            left_s = (at - self._now()).total_seconds()
            if left_s > 0:
                await asyncio.sleep(min(left_s, MAX_SLEEP_S))
                continue
            await self.enqueue(schedule.name, {}, key=f"schedule:{schedule.name}")
            at = next_tick(schedule, self._now())


async def _wait(event: asyncio.Event, timeout_s: float | None) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return
