"""How fast a desk on PostgreSQL is: `python -m tests.performance.bench_postgres`.

Starts an embedded server with its default safety (fsync on), imports the streams under
`NEWSDESK_EVAL_DATA` in one process (store, analysis, clustering, outbox and embedded index), loads
the English one again and again, shifted by whole weeks, until there are 100,000 articles, and asks
`/trends 24h` at 60 moments through the whole answering path, without the answer cache.
Targets: import at least 120 articles a second, P95 of `/trends 24h` at most 300 ms.

`--url` names a server instead; `--keep` leaves the data folder there, so that the same `--url` and
`--keep` measure answers again without importing.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from pydantic import SecretStr

from schemas.settings import RetrievalSettings, Settings
from services.orchestrator import execute_trends
from services.wiring import open_desk
from tests.performance.bench_answers import resident_mb
from tests.performance.bench_answers import timed as time_calls
from tests.servers import EmbeddedPostgres

STREAMS = ("stream_ru_telegram/posts.jsonl", "stream_en_headlines/headlines.jsonl")
EN_NOW = datetime(2025, 11, 4, 18, tzinfo=UTC)
N_MOMENTS = 60
N_WARM = 5


def shifted(stream: Path, weeks: int) -> Iterator[str]:
    """Give the lines of the English stream as if everything had been said `weeks` earlier."""
    back = timedelta(weeks=weeks)
    for line in stream.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for name in ("first_seen", "last_seen"):
            row[name] = (datetime.fromisoformat(row[name]) - back).isoformat()
        row["id"] = f"{row['id']}-{weeks}"
        yield json.dumps(row) + "\n"


async def run(settings: Settings, data: Path, scratch: Path, n_articles: int) -> None:
    """Fill the desk where it is not full yet, and ask it."""
    async with open_desk(settings) as desk:
        n_stored = (await desk.status()).n_articles
        if not n_stored:
            for stream in STREAMS:
                summary = await desk.import_paths([data / stream])
                rate = summary.read / summary.elapsed_s
                print(
                    f"import {stream}: {summary.read:,} in {summary.elapsed_s:.0f} s, {rate:.0f}/s"
                )
        weeks = 15  # the stream is 14 weeks long
        while (n_stored := (await desk.status()).n_articles) < n_articles:
            path = scratch / f"{weeks}.jsonl"
            lines = shifted(data / STREAMS[1], weeks)
            path.write_text("".join(islice(lines, n_articles - n_stored)), encoding="utf-8")
            summary = await desk.import_paths([path])
            rate = summary.read / summary.elapsed_s
            print(f"import {weeks} weeks earlier: {summary.read:,}, {rate:.0f}/s", flush=True)
            weeks += 15
        status = await desk.status()
        print(f"{status.n_articles:,} articles, {status.size_bytes / 1e6:,.0f} MB on the server")
    await ask(settings)


async def ask(settings: Settings) -> None:
    """Time `/trends 24h` at many moments of the stream."""
    from services.orchestrator import open_desk as open_door  # binds it for execute_trends

    moments = [EN_NOW - timedelta(hours=19 * n) for n in range(N_MOMENTS + N_WARM)]
    async with open_door(settings):
        await time_calls([lambda m=m: execute_trends("24h", now=m) for m in moments[:N_WARM]])
        used = time.process_time()
        took = await time_calls(
            [lambda m=m: execute_trends("24h", now=m) for m in moments[N_WARM:]]
        )
        used = (time.process_time() - used) * 1000 / len(took)
    ordered = sorted(took)
    p95 = ordered[round(0.95 * len(ordered)) - 1]
    print(
        f"/trends 24h: p50 {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms, "
        f"max {ordered[-1]:.0f} ms, n {len(ordered)}; {used:.0f} ms of CPU here; "
        f"{resident_mb():.0f} MB resident"
    )


def main() -> int:
    """Run the benchmark; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--url", help="an empty database, or one that --keep filled")
    parser.add_argument("--keep", type=Path, help="the data folder to make or to use again")
    args = parser.parse_args()
    data = os.environ.get("NEWSDESK_EVAL_DATA")
    if not data:
        print("skipped: NEWSDESK_EVAL_DATA is not set")
        return 0
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = args.url
        if url is None:
            server = EmbeddedPostgres()
            stack.callback(server.remove)
            url = server.url
        settings = Settings(
            data_dir=args.keep or scratch / "desk",
            database_url=SecretStr(url),
            retrieval=RetrievalSettings(cache_s=0),
        )
        asyncio.run(run(settings, Path(data), scratch, args.articles))
    return 0


if __name__ == "__main__":
    sys.exit(main())
