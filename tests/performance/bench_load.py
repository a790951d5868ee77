"""How the desk bears load with language models: `python -m tests.performance.bench_load`.

Three providers by their real client libraries, against stand-ins in a process of their own that
take two seconds a call; the news is the English stream's last month (`NEWSDESK_EVAL_DATA`), else
the sample. Prints how many of 20 and of 200 requests at once are answered and how fast, whether
the money is exact to the micro-dollar, whether 20 who ask the same share one run, and how often
models fell back on others. Ends with 1 when a target is missed.
"""

import argparse
import asyncio
import gc
import math
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from core.llm.budget import MICRO_PER_DOLLAR
from monitoring.logs import configure_logs
from schemas.analysis import AnalysisResponse, TrendsResult
from schemas.model_settings import BudgetSettings
from schemas.principal import Principal
from schemas.requests import Depth, Window
from schemas.runs import Reply
from services.desk import Desk
from services.orchestrator import execute_trends, open_desk
from tests.performance.exact_money import compare
from tests.performance.stand_ins import StandIns, fill, run_ids, settings_for, stand_ins

LATENCY_S = 2.0
FEW, MANY = 20, 200
MOST_FEW_S = 5.0
N_CHATS = 25
WINDOWS: tuple[Window, ...] = get_args(Window)


@dataclass(frozen=True, slots=True)
class Asking:
    """One request of a load: which news, and who asks."""

    window: Window
    source: str | None
    person: int


@dataclass(slots=True)
class Answered:
    """What became of a load: replies and seconds, in the order of the requests."""

    replies: list[Reply] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    whole_s: float = 0.0
    busy_s: float = 0.0

    @property
    def n_failed(self) -> int:
        """How many are an error or a refusal."""
        return sum(not isinstance(r.response, AnalysisResponse) for r in self.replies)

    @property
    def n_worded(self) -> int:
        """How many name a language model."""
        return sum(r.response.meta.model != "local" for r in self.replies)

    @property
    def p95_s(self) -> float:
        """The time that 95 % of the requests stay within."""
        return sorted(self.seconds)[math.ceil(0.95 * len(self.seconds)) - 1]

    def __str__(self) -> str:
        n = len(self.replies)
        return (
            f"{n - self.n_failed} of {n} answered, {self.n_worded} worded by models; "
            f"p50 {statistics.median(self.seconds):.2f} s, p95 {self.p95_s:.2f} s, "
            f"all after {self.whole_s:.2f} s, {self.busy_s:.2f} s of processor time"
        )


class Verdicts:
    """Prints figures, and remembers the targets that were missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def say(self, name: str, words: object, *, target: str = "", is_met: bool = True) -> None:
        """Print one line."""
        mark = "" if not target else f"   [{target}: {'met' if is_met else 'MISSED'}]"
        print(f"{name:<26} {words}{mark}", flush=True)
        if not is_met:
            self.missed.append(name)


def askings(n: int, sources: Sequence[str]) -> list[Asking]:
    """Give `n` requests, or as many as differ in window and source, each by another person.

    Neighbours differ in both; one in as many as there are sources asks for all of them.
    """
    choices = [None, *sources]
    n = min(n, math.lcm(len(WINDOWS), len(choices)))
    return [
        Asking(WINDOWS[i % len(WINDOWS)], choices[i % len(choices)], person=i) for i in range(n)
    ]


async def ask(one: Asking, mode: Depth | None) -> Reply:
    """Ask as a program on behalf of a person."""
    who = Principal(
        person=str(one.person), chat=f"-{one.person % N_CHATS}", roles=frozenset({"reader"})
    )
    return await execute_trends(one.window, source=one.source, mode=mode, principal=who)


async def at_once(calls: Sequence[Callable[[], Awaitable[Reply]]]) -> Answered:
    """Begin all calls at the same moment and time each."""
    answered = Answered()

    async def timed(call: Callable[[], Awaitable[Reply]]) -> tuple[Reply, float]:
        begin = time.perf_counter()
        reply = await call()
        return reply, time.perf_counter() - begin

    begin, busy = time.perf_counter(), time.process_time()
    pairs = await asyncio.gather(*map(timed, calls))
    answered.whole_s = time.perf_counter() - begin
    answered.busy_s = time.process_time() - busy
    for reply, seconds in pairs:
        answered.replies.append(reply)
        answered.seconds.append(seconds)
    return answered


def load(some: Sequence[Asking], mode: Depth | None = None) -> Awaitable[Answered]:
    """Ask all of `some` at once."""
    return at_once([lambda one=one: ask(one, mode) for one in some])  # type: ignore[misc]


def fallback_share(desk: Desk) -> float:
    """Give fallbacks for each request so far."""
    totals = {"orchestrator_fallback_total": 0.0, "orchestrator_requests_total": 0.0}
    for family in desk.metrics.registry.collect():
        for sample in family.samples:
            if sample.name in totals:
                totals[sample.name] += sample.value
    return totals["orchestrator_fallback_total"] / max(1.0, totals["orchestrator_requests_total"])


async def few(desk: Desk, fake: StandIns, some: Sequence[Asking], to: Verdicts) -> None:
    """Twenty people at once, with and without models."""
    simple = await load(some, "simple")
    to.say(f"{len(some)} simple", simple)
    await fake.forget()
    enhanced = await load(some)
    is_whole = enhanced.n_failed == 0 and enhanced.n_worded == len(some)
    to.say(f"{len(some)} enhanced", enhanced, target="success 100 %", is_met=is_whole)
    to.say(
        "p95 enhanced",
        f"{enhanced.p95_s:.2f} s",
        target=f"at most {MOST_FEW_S:g} s",
        is_met=enhanced.p95_s <= MOST_FEW_S,
    )
    money = await compare(desk, run_ids(enhanced.replies), await fake.calls(), BudgetSettings())
    to.say("money", money, target="exact", is_met=money.is_exact)
    to.say("cost per command", f"${money.journal / MICRO_PER_DOLLAR / len(some):.4f}")
    to.say("fallbacks per request", f"{fallback_share(desk):.1%}")


async def many(
    desk: Desk, fake: StandIns, some: Sequence[Asking], to: Verdicts, *, budget: BudgetSettings
) -> int:
    """Two hundred people at once; gives what it cost."""
    await fake.forget()
    answered = await load(some)
    to.say(f"{len(some)} enhanced", answered, target="no error", is_met=answered.n_failed == 0)
    await asyncio.sleep(LATENCY_S)  # a reply that nobody waits for is billed when it is written
    money = await compare(desk, run_ids(answered.replies), await fake.calls(), budget)
    to.say("money", money, target="exact", is_met=money.is_exact)
    to.say("cost per command", f"${money.journal / MICRO_PER_DOLLAR / len(some):.4f}")
    to.say("fallbacks per request", f"{fallback_share(desk):.1%}")
    return money.journal


async def identical(desk: Desk, fake: StandIns, to: Verdicts) -> None:
    """Twenty people who ask the same at once."""
    await fake.forget()
    some = [Asking("12h", None, person) for person in range(FEW)]
    answered = await load(some)
    calls = await fake.calls()
    money = await compare(desk, run_ids(answered.replies), calls, BudgetSettings())
    n_runs = len(set(run_ids(answered.replies)))
    n_ids = len({reply.correlation_id for reply in answered.replies})
    tasks = 4  # topics, sentiment, key phrases (where any are new), compose
    is_shared = answered.n_failed == 0 and 0 < len(calls) <= tasks and n_runs == n_ids == FEW
    to.say(
        f"{FEW} identical",
        f"{answered}; {len(calls)} calls billed, {n_runs} run ids, {n_ids} correlation ids",
        target="one run is billed",
        is_met=is_shared and money.is_exact,
    )


async def warm_up() -> None:
    """Load what the first answer loads, and keep it out of garbage collection as `run` does."""
    await execute_trends("1y", mode="enhanced")
    gc.collect()
    gc.freeze()


async def main(latency_s: float) -> int:
    """Measure on one temporary folder of news, opened anew for each load."""
    configure_logs("error")
    to = Verdicts()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with stand_ins(latency_s=latency_s) as fake:

            @asynccontextmanager
            async def opened(**more: Any) -> AsyncIterator[Desk]:
                async with open_desk(settings_for(folder / "data", fake, **more)) as desk:
                    assert isinstance(desk, Desk)
                    yield desk

            async with opened() as desk:
                n_articles = await fill(desk, folder)
                sources = await publishers()
                to.say("articles", f"{n_articles:,} of {len(sources)} publishers")
                await warm_up()
                await few(desk, fake, askings(FEW, sources), to)
                await identical(desk, fake, to)
            chosen = askings(MANY, sources)
            async with opened() as desk:
                await warm_up()
                cost = await many(desk, fake, chosen, to, budget=BudgetSettings())
            tight = BudgetSettings(global_day_usd=1.5 * cost / MICRO_PER_DOLLAR)
            print(
                f"-- a budget of the day with room for half of that: ${tight.global_day_usd:.2f}"
            )
            async with opened(budget=tight) as desk:
                await many(desk, fake, chosen, to, budget=tight)
            print("-- the quotas that vendors publish for a new account")
            async with opened(has_quotas=True) as desk:
                some = await load(askings(FEW, sources))
                to.say(f"{FEW} enhanced", some, target="no error", is_met=some.n_failed == 0)
                to.say("fallbacks per request", f"{fallback_share(desk):.1%}")
    if to.missed:
        print(f"missed: {', '.join(to.missed)}")
    return 1 if to.missed else 0


async def publishers() -> tuple[str, ...]:
    """Name the publishers who wrote most."""
    overview = await execute_trends("1m", mode="simple")
    if not isinstance(overview.response, AnalysisResponse):
        raise RuntimeError(f"the desk holds no news: {overview.text[:200]}")
    assert isinstance(overview.response.result, TrendsResult)
    return overview.response.result.top_sources


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--latency", type=float, default=LATENCY_S, help="seconds a model takes to answer"
    )
    sys.exit(asyncio.run(main(parser.parse_args().latency)))
