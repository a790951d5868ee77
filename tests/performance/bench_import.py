"""How fast news is imported, everything included, and whether memory stays flat.

`python -m tests.performance.bench_import [--cores 1] [--limit N]` reads the two real streams under
`NEWSDESK_EVAL_DATA` into a fresh folder: store, analysis, clustering, outbox and index. It prints
resident memory every 5,000 articles and ends with articles a second. Target: at least 150 a second
on one core.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time

from core.access import system_principal, visible
from core.ports.index import IndexFilter
from core.stories.intake import BadLine
from schemas.articles import ImportSummary, RawItem
from services.adapters.embed.hashing import HashingEmbedder
from services.adapters.index.edge import EdgeSearchIndex
from services.adapters.sources.jsonl import read_jsonl
from services.adapters.store.engine import SqlStore
from services.indexing import Indexing
from services.ingestion import Ingestion

STREAMS = ("stream_ru_telegram/posts.jsonl", "stream_en_headlines/headlines.jsonl")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
REPORT_EVERY = 5_000


def resident_mb() -> float:
    """Give the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def read_streams(folder: Path) -> Iterator[RawItem | BadLine]:
    for stream in STREAMS:
        yield from read_jsonl(folder / stream, now=NOW)


async def run(data: Path, folder: Path, limit: int | None) -> None:
    store = await SqlStore.open(folder / "desk.db")
    embedder = HashingEmbedder()
    index = EdgeSearchIndex.open(
        folder / "index", embedder_name=embedder.name, dimension=embedder.dimension
    )
    indexing = Indexing(store, index, embedder)
    started, busy = perf_counter(), process_time()
    reported = 0

    def report(so_far: ImportSummary) -> None:
        nonlocal reported
        if so_far.read >= reported + REPORT_EVERY:
            reported = so_far.read
            rate = so_far.read / (perf_counter() - started)
            print(f"{so_far.read:>7} read  {rate:6.0f}/s  {resident_mb():5.0f} MB", flush=True)

    async def follow() -> None:
        while True:
            await asyncio.sleep(0.5)
            await indexing.drain(now=NOW)

    print(f"{0:>7} read  {resident_mb():14.0f} MB")
    following = asyncio.create_task(follow())
    summary = await Ingestion(store).ingest(
        system_principal(), islice(read_streams(data), limit), now=NOW, on_progress=report
    )
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await indexing.drain(now=NOW, limit=1_000_000)
    elapsed, busy = perf_counter() - started, process_time() - busy
    everything = visible(system_principal())
    async with store.transaction(is_write=False) as unit:
        counts = await unit.ops.counts(everything, now=NOW)
    n_indexed = await index.count("article", IndexFilter(visibility=everything))
    print(
        f"{summary.read} read, {summary.new} new, {summary.revised} revised, "
        f"{summary.duplicate} duplicate, {summary.refused} refused, {summary.near} near; "
        f"{counts.n_stories} stories, {n_indexed} indexed"
    )
    print(
        f"{summary.read / elapsed:.0f} articles/s in {elapsed:.0f} s "
        f"({summary.read / busy:.0f} per second of CPU), {resident_mb():.0f} MB resident"
    )
    await index.aclose()
    await store.aclose()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--limit", type=int, default=None)
    parser.add_argument("--keep", type=Path, help="leave the data in this empty folder")
    args = parser.parse_args()
    data = os.environ.get("NEWSDESK_EVAL_DATA")
    if not data:
        print("skipped: NEWSDESK_EVAL_DATA is not set")
        return 0
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.cores])
    if args.keep:
        args.keep.mkdir(parents=True, exist_ok=True)
        asyncio.run(run(Path(data), args.keep, args.limit))
    else:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(run(Path(data), Path(folder), args.limit))
    return 0


if __name__ == "__main__":
    sys.exit(main())
