"""What one look at an unchanged feed costs: `python -m tests.performance.bench_fetching`.

The server is a process of its own on the loopback, so that the processor time is the desk's alone.
Every figure is the median of several rounds; memory is the growth over many polls of many hosts.
"""

import asyncio
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from schemas.articles import Source
from schemas.settings import FetchSettings, SourceSettings
from schemas.sources import PolledSource
from services.adapters.sources.fetch import Fetcher
from services.adapters.sources.parsing import digest
from services.adapters.sources.reading import SourceReader
from tests.integration.certificates import write_certificate

N_POLLS = 500
ROUNDS = 7
N_MEMORY = 2_000
N_HOSTS = 400
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LOOPBACK = frozenset({"127.0.0.0/8"})


def main() -> None:
    """Start the servers, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        certificate = write_certificate(Path(folder), "feeds.example")
        os.environ["SSL_CERT_FILE"] = str(certificate.ca)
        plain, secure = _start(), _start(str(certificate.chain), str(certificate.key))
        try:
            asyncio.run(_bench(_port(plain), _port(secure)))
        finally:
            for server in (plain, secure):
                server.terminate()
                server.wait(timeout=10)


async def _bench(port: int, secure_port: int) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    plain = f"http://127.0.0.1:{port}"
    await _cpu("304, fresh connection", f"{plain}/close/1", resolve=resolve)
    await _cpu("304, kept connection", f"{plain}/feed/1", resolve=resolve)
    await _cpu("200, the same 16 KB again", f"{plain}/same/1", resolve=resolve)
    name = f"http://localhost:{port}/close/1"
    await _cpu("304, fresh, system resolver", name, resolve=None)
    tls = f"https://feeds.example:{secure_port}"
    await _cpu("304, fresh connection, TLS", f"{tls}/close/1", resolve=resolve)
    await _cpu("304, kept connection, TLS", f"{tls}/feed/1", resolve=resolve)
    await _memory(port, resolve)


async def _cpu(title: str, url: str, *, resolve: object) -> None:
    fetcher = Fetcher(_settings(), user_agent="Newsdesk bench", resolve=resolve)  # type: ignore[arg-type]
    reader = SourceReader(fetcher, SourceSettings())
    source = await _polled(fetcher, url)
    costs_ms = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(N_POLLS):
            polled = await reader.poll(source, now=NOW)
            assert not polled.is_changed
        costs_ms.append((time.process_time() - began) / N_POLLS * 1000)
    await fetcher.aclose()
    low, high = min(costs_ms), max(costs_ms)
    print(f"{title:30} {statistics.median(costs_ms):5.2f} ms CPU a poll ({low:.2f}-{high:.2f})")


async def _memory(port: int, resolve: object) -> None:
    """Poll many feeds on many hosts, all at once as far as the settings let them."""
    fetcher = Fetcher(_settings(), user_agent="Newsdesk bench", resolve=resolve)  # type: ignore[arg-type]
    reader = SourceReader(fetcher, SourceSettings())
    sources = [
        await _polled(fetcher, f"http://host{n}.example:{port}/feed/{n}") for n in range(N_HOSTS)
    ]
    gc.collect()
    before = _rss_mb()
    began, cpu = time.perf_counter(), time.process_time()
    per_host = N_MEMORY // N_HOSTS
    await asyncio.gather(
        *(reader.poll(source, now=NOW) for source in sources for _ in range(per_host))
    )
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    grown = _rss_mb() - before
    print(
        f"{N_MEMORY} polls of {N_HOSTS} hosts: {took:.1f} s, {cpu / N_MEMORY * 1000:.2f} ms CPU a "
        f"poll, {before:.0f} MB before, {grown:+.1f} MB after"
    )
    await fetcher.aclose()


async def _polled(fetcher: Fetcher, url: str) -> PolledSource:
    """A source as it is after its first poll."""
    first = await fetcher.get(url)
    return PolledSource(
        source=Source(
            id=1, title="Bench", domain=None, publisher="Bench", family="bench", kind="feed"
        ),
        url=url,
        added_at=NOW,
        interval_s=1_800,
        next_poll_at=NOW,
        etag=first.etag,
        last_modified=first.last_modified,
        body_hash=digest(first.body),
    )


def _settings() -> FetchSettings:
    return FetchSettings(allowed_networks=LOOPBACK, host_pause_s=0)


def _start(*certificate: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integration.hostile_server", "0", *certificate],
        stdout=subprocess.PIPE,
        text=True,
    )


def _port(server: subprocess.Popen[str]) -> int:
    assert server.stdout is not None
    return int(server.stdout.readline())


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
