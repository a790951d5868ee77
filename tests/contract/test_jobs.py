"""What every `JobQueue` promises; each implementation is one more parameter."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from monitoring.metrics import Metrics
from services.adapters.jobs.in_process import InProcessJobs, JobLimits
from services.adapters.jobs.schedule import Schedule, next_tick

LIMITS = JobLimits(max_running=2, backoff_s=0.01, grace_s=0.2)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Work:
    """Notes what it was asked to do; fails or sleeps as told."""

    def __init__(self, *, n_failures: int = 0, takes_s: float = 0.0) -> None:
        self.done: list[str] = []
        self.n_failures = n_failures
        self.takes_s = takes_s
        self.n_running = 0
        self.most_running = 0

    async def __call__(self, args: Mapping[str, str]) -> None:
        self.n_running += 1
        self.most_running = max(self.most_running, self.n_running)
        try:
            await asyncio.sleep(self.takes_s)
        finally:
            self.n_running -= 1
        if self.n_failures > 0:
            self.n_failures -= 1
            raise RuntimeError("broken")
        self.done.append(args.get("what", ""))


@pytest.fixture
async def jobs() -> AsyncIterator[InProcessJobs]:
    queue = InProcessJobs(metrics=Metrics(), limits=LIMITS, now=lambda: NOON)
    yield queue
    await queue.aclose()


async def until(condition: Callable[[], object]) -> None:
    """Wait until a callable is true, at most two seconds."""
    async with asyncio.timeout(2):
        while not condition():  # noqa: ASYNC110 - a test looks from outside
            await asyncio.sleep(0.005)


async def test_a_job_gets_its_arguments_and_is_done_once(jobs: InProcessJobs) -> None:
    work = Work()
    jobs.register("work", work)
    await jobs.start()

    await jobs.enqueue("work", {"what": "a"}, key="a")
    await until(lambda: work.done)

    assert (work.done, jobs.counts().n_done) == (["a"], 1)


async def test_a_key_waits_only_once(jobs: InProcessJobs) -> None:
    work = Work()
    jobs.register("work", work)

    queued = [await jobs.enqueue("work", {"what": "a"}, key="same") for _ in range(3)]
    await jobs.start()
    await until(lambda: work.done)

    assert (queued, work.done) == ([True, False, False], ["a"])


async def test_a_running_job_may_be_queued_again_under_its_key(jobs: InProcessJobs) -> None:
    work = Work(takes_s=0.03)
    jobs.register("work", work)
    await jobs.start()
    await jobs.enqueue("work", {"what": "a"}, key="same")
    await until(lambda: work.n_running)

    assert await jobs.enqueue("work", {"what": "b"}, key="same")
    await until(lambda: work.done == ["a", "b"])


async def test_a_delayed_job_lets_others_pass(jobs: InProcessJobs) -> None:
    work = Work()
    jobs.register("work", work)
    await jobs.start()

    await jobs.enqueue("work", {"what": "late"}, key="late", delay_s=0.05)
    await jobs.enqueue("work", {"what": "soon"}, key="soon")
    await until(lambda: len(work.done) == 2)

    assert work.done == ["soon", "late"]


async def test_a_failed_job_is_tried_again(jobs: InProcessJobs) -> None:
    work = Work(n_failures=2)
    jobs.register("work", work)
    await jobs.start()

    await jobs.enqueue("work", {"what": "a"}, key="a", retries=3)
    await until(lambda: work.done)

    counts = jobs.counts()
    assert (work.done, counts.n_failed, counts.n_dead) == (["a"], 2, 0)


async def test_a_job_that_keeps_failing_is_a_dead_letter_with_its_error(
    jobs: InProcessJobs,
) -> None:
    work = Work(n_failures=9)
    jobs.register("work", work)
    await jobs.start()

    await jobs.enqueue("work", {"what": "a"}, key="a", retries=1)
    await until(jobs.dead)

    letter = jobs.dead()[0]
    assert (letter.name, letter.args, letter.at) == ("work", {"what": "a"}, NOON)
    assert (letter.error, jobs.counts().n_failed) == ("RuntimeError: broken", 2)


async def test_a_job_over_its_hard_time_is_stopped(jobs: InProcessJobs) -> None:
    work = Work(takes_s=30)
    jobs.register("work", work)
    await jobs.start()

    await jobs.enqueue("work", {}, key="a", hard_s=0.02, retries=0)
    await until(jobs.dead)

    assert (work.n_running, jobs.dead()[0].error.split(":")[0]) == (0, "TimeoutError")


async def test_no_more_jobs_run_at_once_than_allowed(jobs: InProcessJobs) -> None:
    work = Work(takes_s=0.02)
    jobs.register("work", work)
    await jobs.start()

    for i in range(6):
        await jobs.enqueue("work", {"what": str(i)}, key=str(i))
    await until(lambda: len(work.done) == 6)

    assert work.most_running == 2


async def test_a_schedule_runs_again_and_again(jobs: InProcessJobs) -> None:
    work = Work()
    queue = InProcessJobs(metrics=Metrics(), limits=LIMITS)
    queue.register("work", work)
    queue.schedule("work", every_s=0.02)
    await queue.start()

    await until(lambda: len(work.done) >= 3)

    await queue.aclose()


async def test_the_end_waits_for_a_running_job_and_drops_what_waits(jobs: InProcessJobs) -> None:
    work = Work(takes_s=0.05)
    jobs.register("work", work)
    await jobs.start()
    await jobs.enqueue("work", {"what": "running"}, key="a")
    await jobs.enqueue("work", {"what": "waiting"}, key="b", delay_s=60)
    await until(lambda: work.n_running)

    await jobs.aclose()

    assert (work.done, jobs.counts().n_waiting) == (["running"], 0)


async def test_the_end_does_not_wait_for_ever(jobs: InProcessJobs) -> None:
    work = Work(takes_s=60)
    jobs.register("work", work)
    await jobs.start()
    await jobs.enqueue("work", {}, key="a")
    await until(lambda: work.n_running)

    async with asyncio.timeout(1):
        await jobs.aclose()

    assert (work.done, work.n_running) == ([], 0)


async def test_an_unknown_name_is_an_error_that_lists_the_known(jobs: InProcessJobs) -> None:
    jobs.register("work", Work())

    with pytest.raises(ValueError, match="no job is named 'wrok'; known: work"):
        await jobs.enqueue("wrok", {}, key="a")


async def test_the_age_of_the_oldest_due_job_is_a_metric() -> None:
    metrics = Metrics()
    queue = InProcessJobs(metrics=metrics, limits=LIMITS)
    queue.register("work", Work())
    await queue.enqueue("work", {}, key="a")
    await asyncio.sleep(0.02)

    age = metrics.registry.get_sample_value("job_oldest_age_seconds", {"queue": "in_process"})

    assert age is not None
    assert 0.015 < age < 5


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-01T12:00+00:00", "2026-03-02T02:30+00:00"),
        ("2026-03-01T02:29+00:00", "2026-03-01T02:30+00:00"),
        ("2026-03-01T02:30+00:00", "2026-03-02T02:30+00:00"),
    ],
)
def test_a_daily_time_is_the_next_one(now: str, expected: str) -> None:
    schedule = Schedule.of("purge", every_s=None, daily_at="02:30", tz="UTC")

    assert next_tick(schedule, datetime.fromisoformat(now)).isoformat() == (
        expected.replace("+00:00", ":00+00:00")
    )


def test_a_daily_time_follows_the_clocks_of_its_zone() -> None:
    schedule = Schedule.of("digest", every_s=None, daily_at="08:00", tz="Europe/Berlin")
    winter = datetime(2026, 3, 28, 12, tzinfo=UTC)

    ticks = [next_tick(schedule, winter - timedelta(days=1)), next_tick(schedule, winter)]

    assert [tick.hour for tick in ticks] == [7, 6]


@pytest.mark.parametrize(
    ("every_s", "daily_at", "tz", "says"),
    [
        (None, None, "UTC", "either every_s or daily_at"),
        (5.0, "08:00", "UTC", "either every_s or daily_at"),
        (0.0, None, "UTC", "above 0"),
        (None, "8am", "UTC", "must be HH:MM"),
        (None, "25:00", "UTC", "hour must be in"),
        (None, "08:00", "Europe/Atlantis", "'Europe/Atlantis' is no time zone"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(
    every_s: float | None, daily_at: str | None, tz: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        Schedule.of("work", every_s=every_s, daily_at=daily_at, tz=tz)
