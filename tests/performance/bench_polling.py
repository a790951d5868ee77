"""Polling thousands of feeds, a tenth of them on slow, broken, endless or hostile servers.

    taskset -c 0 python -m tests.performance.bench_polling             2,000 feeds on 400 hosts
    taskset -c 0 python -m tests.performance.bench_polling --many      6,000 healthy ones

Prints, for the healthy feeds alone and for all of them, on fresh desks of one process with the
default settings (the loopback allowed): the time of a round, the time after which the last healthy
feed was done, memory over the idle desk, connections left open, CPU of a poll. A first round
stores what the feeds hold; in a second one nothing has changed. The server is a process of its
own, its hosts are addresses of 127/8.
"""

import argparse
import asyncio
import gc
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path

from core.access import system_principal, visible
from core.text.language import identify
from monitoring.logs import configure_logs
from schemas.articles import RawItem
from schemas.settings import FetchSettings, Settings, SourceSettings
from schemas.sources import FeedLink, PolledSource, PollOutcome
from services.desk import Desk
from services.memory import return_memory, share_one_arena
from services.polls import PollResult
from services.wiring import open_desk
from tests.integration.hostile_server import (
    Asked,
    Behaviour,
    Wire,
    by_path,
    feed_xml,
    page,
    serving,
)

N_HOSTS, FEEDS_PER_HOST, BAD_SHARE = 400, 5, 10
BAD = (
    "silent",
    "drip",
    "endless",
    "bomb",
    "headers",
    "hangup",
    "garbage",
    "pieces",
    "circle",
    "cut",
)
EVERYTHING = visible(system_principal())


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--serve", action="store_true", help="be the server")
    parser.add_argument("--many", action="store_true", help="6,000 healthy feeds on 1,200 hosts")
    parser.add_argument(
        "--only", choices=("healthy", "all"), help="one desk, for the memory of a fresh process"
    )
    parser.add_argument("--items", type=int, default=3, help="items of a feed")
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(_serve(arguments.items))
        return
    share_one_arena()
    configure_logs("error")
    # Bad servers are a process of their own, so that they slow nobody but their client.
    with _server(arguments.items) as good, _server(arguments.items) as bad:
        asyncio.run(_many(good) if arguments.many else _rounds(good, bad, arguments.only))


async def _serve(n_items: int) -> None:
    made: dict[str, Behaviour] = {}

    async def answer(asked: Asked, wire: Wire) -> None:
        if not asked.path.startswith("/feed/"):
            await by_path(asked, wire)
            return
        name = asked.path.strip("/").replace("/", "-")
        if name not in made:
            body = feed_xml(name, n_items=n_items)
            made[name] = page(body, headers={"ETag": f'"{name}"'})
        await made[name](asked, wire)

    async with serving({"*": answer}, host="0.0.0.0") as server:  # noqa: S104 - 127.x.y.z as well
        print(server.port, flush=True)
        await asyncio.Event().wait()


@contextmanager
def _server(n_items: int) -> Iterator[int]:
    argv = [sys.executable, "-m", "tests.performance.bench_polling", "--serve"]
    more = ["--items", str(n_items)]
    with subprocess.Popen([*argv, *more], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _addresses(good: int, bad: int, *, with_bad: bool) -> list[str]:
    """Give the addresses of all feeds, or of those on healthy hosts, by the ports of both."""
    found = []
    for host in range(N_HOSTS):
        is_bad = host % BAD_SHARE == 0
        if is_bad and not with_bad:
            continue
        kind = BAD[host // BAD_SHARE % len(BAD)] if is_bad else "feed"
        port = bad if is_bad else good
        name = f"http://127.1.{host // 250}.{host % 250 + 1}:{port}/{kind}"
        found += [f"{name}/{host}-{n}" for n in range(FEEDS_PER_HOST)]
    return found


async def _rounds(good: int, bad: int, only: str | None) -> None:
    print(f"{N_HOSTS * FEEDS_PER_HOST:,} feeds on {N_HOSTS} hosts, every {BAD_SHARE}th host bad")
    ports = (good, bad)
    told = {}
    for which, name in (("healthy", "healthy alone"), ("all", "all of them")):
        if only in (None, which):
            urls = _addresses(*ports, with_bad=which == "all")
            told[which] = await _desk_of(urls, name, ports)
    if only is not None:
        return
    alone, mixed = told["healthy"], told["all"]
    for name, one, other in zip(("first", "unchanged"), alone, mixed, strict=True):
        print(
            f"{name} round: all of them take {other.elapsed_s / one.elapsed_s:.2f} x the time of "
            f"the healthy alone; the last healthy one is done after "
            f"{other.healthy_s / one.healthy_s:.2f} x"
        )


class _Round:
    """What one round cost."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.healthy_s = self.elapsed_s = self.cpu_s = 0.0
        self._started, self._cpu = time.monotonic(), time.process_time()

    def note(self, result: PollResult) -> None:
        self.outcomes[result.effect] += 1
        if "/feed/" in result.source.url:
            self.healthy_s = time.monotonic() - self._started

    def end(self) -> "_Round":
        self.elapsed_s = time.monotonic() - self._started
        self.cpu_s = time.process_time() - self._cpu
        return self


async def _desk_of(urls: Sequence[str], name: str, ports: tuple[int, ...]) -> list[_Round]:
    """Poll feeds twice on a desk of their own and print what it cost."""
    with tempfile.TemporaryDirectory() as folder:
        async with _open(Path(folder)) as desk:
            sources = await _add(desk, urls)
            print(f"{name}: {_rss_mb():.0f} MB open; idle is after one article, with all it loads")
            item = RawItem(source="Idle", title="One article", text="It loads the analysers.")
            await desk.importing.ingest(system_principal(), iter([item]))
            identify("and the language model", prior=None)
            rounds = []
            for which in ("first", "unchanged"):
                gc.collect()
                return_memory()
                idle_mb = _rss_mb()
                with _Peak() as peak:
                    took = _Round()
                    await desk.polling.poll_all(sources, on_polled=took.note)
                    rounds.append(took.end())
                sources = await _listed(desk)
                print(
                    f"{name}, {which} round: {took.elapsed_s:.1f} s (healthy done after "
                    f"{took.healthy_s:.1f} s), CPU {took.cpu_s:.1f} s = "
                    f"{took.cpu_s / len(urls) * 1e3:.2f} ms a poll, memory +"
                    f"{peak.mb - idle_mb:.0f} MB over {idle_mb:.0f} MB at the highest, "
                    f"{_n_open(*ports)} connections open right after it"
                )
                print("   ", ", ".join(f"{k} {n}" for k, n in took.outcomes.most_common()))
        await asyncio.sleep(0.2)
        print(
            f"{name}: {_n_open(*ports)} connections open after closing, +"
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB the peak so far"
        )
    return rounds


async def _many(port: int) -> None:
    """Poll 6,000 feeds that are all due and have nothing new, as most polls find them."""
    n_hosts = 1_200
    urls = [
        f"http://127.1.{host // 250}.{host % 250 + 1}:{port}/feed/{host}-{n}"
        for host in range(n_hosts)
        for n in range(FEEDS_PER_HOST)
    ]
    print(f"{len(urls):,} feeds on {n_hosts:,} hosts")
    with tempfile.TemporaryDirectory() as folder:
        async with _open(Path(folder)) as desk:
            started = time.monotonic()
            await _know(desk, await _add(desk, urls))
            print(f"added in {time.monotonic() - started:.1f} s")
            idle_mb = _rss_mb()
            with _Peak() as peak:
                took = _Round()
                n_polled = await desk.polling.poll_due(on_polled=took.note)
                took.end()
            every_s = desk.settings.sources.interval_s
            print(
                f"{n_polled:,} polls in {took.elapsed_s:.1f} s, CPU {took.cpu_s:.1f} s = "
                f"{took.cpu_s / n_polled * 1e3:.2f} ms a poll = {took.cpu_s / every_s:.1%} of a "
                f"core where each is due every {every_s} s, memory +{peak.mb - idle_mb:.0f} MB, "
                f"{', '.join(f'{k} {n}' for k, n in took.outcomes.most_common())}"
            )


async def _know(desk: Desk, sources: Sequence[PolledSource]) -> None:
    """Let feeds have been read before, so that nothing of them is new."""
    now = desk.now()
    for start in range(0, len(sources), 200):
        async with desk.store.transaction() as unit:
            for source in sources[start : start + 200]:
                name = source.url.split("/", 3)[3].replace("/", "-")
                read = PollOutcome(
                    at=now,
                    interval_s=source.interval_s,
                    next_poll_at=now,
                    etag=f'"{name}"',
                    body_hash=name,
                    recent=tuple(f"{n:012x}" for n in range(30)),
                    per_day=10.0,
                )
                await unit.sources.record(source.source.id, read)


def _open(folder: Path) -> AbstractAsyncContextManager[Desk]:
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        sample="off",
        sources=SourceSettings(poll="off"),
        fetch=FetchSettings(allowed_networks=frozenset({"127.0.0.0/8"})),
    )
    return open_desk(settings)


async def _add(desk: Desk, urls: Sequence[str]) -> list[PolledSource]:
    for start in range(0, len(urls), 2_000):
        links = [FeedLink(url=url) for url in urls[start : start + 2_000]]
        await desk.sources.add_links(system_principal(), links, is_private=False)
    return await _listed(desk)


async def _listed(desk: Desk) -> list[PolledSource]:
    async with desk.store.transaction(is_write=False) as unit:
        found = await unit.sources.listed(EVERYTHING)
    return [source for source in found if source.status == "active"]


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _n_open(*ports: int) -> int:
    """Connections of this machine to the servers that are established."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in lines]
    ends = tuple(f":{port:04X}" for port in ports)
    return sum(row[2].endswith(ends) and row[3] == "01" for row in rows)


class _Peak:
    """Looks at the resident memory every few milliseconds."""

    def __init__(self) -> None:
        self.mb = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            self.mb = max(self.mb, _rss_mb())

    def __enter__(self) -> "_Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


if __name__ == "__main__":
    main()
