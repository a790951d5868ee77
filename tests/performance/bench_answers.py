"""How fast answers are: `python -m tests.performance.bench_answers`.

Imports the two monolingual streams of `NEWSDESK_EVAL_DATA` into a temporary desk and prints P50
and P95 of `/trends 24h` and `/analyze … 1w`, our own overhead at about 40 articles, twenty and two
hundred requests at once with a scripted model of 0.5 s, and the resident memory. Answers are never
taken from the cache.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schemas.analysis import AnalysisResponse
from schemas.runs import Reply
from schemas.settings import ModelSettings, RetrievalSettings, Settings
from services.orchestrator import Door, execute_analyze, execute_trends, open_desk

EN_NOW = datetime(2025, 11, 4, 18, tzinfo=UTC)
RU_NOW = datetime(2024, 11, 10, 12, tzinfo=UTC)
STREAMS = ("stream_ru_telegram/posts.jsonl", "stream_en_headlines/headlines.jsonl")
ROUNDS = 30
TARGET_ARTICLES = 40
SCRIPTED_S = 0.5
WORDS = (
    "trump", "tariffs", "israel", "gaza", "ukraine", "russia", "china", "shutdown", "court",
    "election", "police", "apple", "openai", "stocks", "fed", "hurricane", "nfl", "nba", "health",
    "vaccine", "microsoft", "google", "tesla", "nvidia", "amazon", "senate", "mamdani", "epstein",
    "congress", "climate", "immigration", "border", "putin", "zelensky", "netanyahu", "hamas",
    "california", "texas", "chicago", "york",
)  # fmt: skip


def settings_for(folder: Path, *, delay_s: float | None = None) -> Settings:
    """Give settings without an answer cache; with `delay_s`, agents ask the scripted model."""
    routes = {} if delay_s is None else dict.fromkeys(("keyphrase_mining",), ("scripted",))
    return Settings(
        data_dir=folder,
        retrieval=RetrievalSettings(cache_s=0),
        models="off" if delay_s is None else "on",
        model=ModelSettings(routes=routes, scripted_delay_s=delay_s or 0.0),
    )


def resident_mb() -> float:
    """Give this process's resident memory in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


async def timed(calls: Sequence[Callable[[], Awaitable[Reply]]]) -> list[float]:
    """Run calls one after the other; gives milliseconds each, failures raise."""
    times = []
    for call in calls:
        started = time.perf_counter()
        reply = await call()
        times.append((time.perf_counter() - started) * 1000)
        if not isinstance(reply.response, AnalysisResponse):
            raise RuntimeError(f"no answer: {reply.text[:200]}")
    return times


def report(name: str, times: Sequence[float]) -> None:
    """Print median and 95th percentile."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(
        f"{name:<44} p50 {statistics.median(ordered):7.1f} ms   p95 {p95:7.1f} ms   n {len(times)}"
    )


async def singles() -> None:
    """Time single requests at many moments of both streams."""
    hours = [timedelta(hours=7 * i) for i in range(ROUNDS)]
    await execute_trends(now=EN_NOW)  # imports and compiles the graph
    report(
        "/trends 24h, English",
        await timed([lambda h=h: execute_trends(now=EN_NOW - h) for h in hours]),
    )
    report(
        "/trends 24h, Russian",
        await timed([lambda h=h: execute_trends(now=RU_NOW - h, reply_lang="ru") for h in hours]),
    )
    for mode in ("keywords", "sentiment", "topics"):
        calls = [
            lambda h=h, mode=mode: execute_analyze(mode, window="1w", now=EN_NOW - h)
            for h in hours
        ]
        report(f"/analyze {mode} 1w", await timed(calls))


async def queries_of(n: int) -> list[tuple[str, str, int]]:
    """Choose (query, window, articles) whose matches are nearest to 40, one per word."""
    found = []
    for word in WORDS:
        best: tuple[int, str, int] | None = None
        for window in ("24h", "3d", "1w", "2w", "1m"):
            reply = await execute_analyze("keywords", word, window, now=EN_NOW)
            if not isinstance(reply.response, AnalysisResponse):
                continue
            count = await _matching(reply)
            if best is None or abs(count - TARGET_ARTICLES) < best[0]:
                best = (abs(count - TARGET_ARTICLES), window, count)
        if best is not None:
            found.append((best[0], word, best[1], best[2]))
    found.sort()
    return [(word, window, count) for _, word, window, count in found[:n]]


async def _matching(reply: Reply) -> int:
    async with _DOOR[0].store.transaction(is_write=False) as work:  # type: ignore[attr-defined]
        run = await work.runs.get((reply.buttons[0][0].data or "::").split(":")[2])
    return run.facts.window.n_counted if run is not None and run.facts is not None else 0


_DOOR: list[Door] = []


async def burst(queries: Sequence[tuple[str, str, int]], n: int) -> None:
    """Run `n` analyses at once and print the time for all."""
    calls = [
        execute_analyze("keywords", word, window, now=EN_NOW)
        for word, window, _ in (queries[i % len(queries)] for i in range(n))
    ]
    started = time.perf_counter()
    replies = await asyncio.gather(*calls)
    elapsed_s = time.perf_counter() - started
    failed = sum(not isinstance(reply.response, AnalysisResponse) for reply in replies)
    named = sum(reply.response.meta.model == "scripted" for reply in replies)
    print(
        f"{n} at once, scripted model of {SCRIPTED_S} s: {elapsed_s:.2f} s in all, "
        f"{failed} errors, {named} worded by the model"
    )


async def main(data: Path) -> None:
    """Import, then measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with open_desk(settings_for(folder)) as desk:
            _DOOR[:] = [desk]
            summary = await desk.import_paths([data / stream for stream in STREAMS])
            print(f"{summary.new} articles, {resident_mb():.0f} MB resident")
            await singles()
            queries = await queries_of(20)
            counts = [count for _, _, count in queries]
            print(f"20 queries of {min(counts)} to {max(counts)} matching articles")
            calls = [
                lambda q=q: execute_analyze("keywords", q[0], q[1], now=EN_NOW)
                for q in queries * 3
            ]
            report("own overhead, /analyze keywords, ~40 articles", await timed(calls))
        async with open_desk(settings_for(folder, delay_s=SCRIPTED_S)) as desk:
            _DOOR[:] = [desk]
            await execute_analyze("keywords", queries[0][0], queries[0][1], now=EN_NOW)
            await burst(queries, 20)
            await burst(queries, 200)
        print(f"{resident_mb():.0f} MB resident at the end")


if __name__ == "__main__":
    folder = os.environ.get("NEWSDESK_EVAL_DATA")
    if not folder:
        sys.exit("skipped: NEWSDESK_EVAL_DATA names no folder")
    asyncio.run(main(Path(folder)))
