"""How a running desk feels: `python -m tests.performance.bench_desk [--articles 10000]`.

Starts the real `newsdesk run` on temporary folders and free ports and talks to it as people do,
through the HTTP API of the local chat. Prints how long its page and its first answer take on an
empty folder and on one that holds news, its resident memory before the first answer and after
answers over articles that `newsdesk import` gave to the running desk, how long twenty people wait
who ask at once, and how long `newsdesk --help` takes. News comes from the streams under
`NEWSDESK_EVAL_DATA`, without them from the sample generator.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from services.sample import make_sample

NEWSDESK = Path(sys.executable).with_name("newsdesk")
NOW = datetime(2025, 11, 4, 18, tzinfo=UTC)
"""When the desks under test begin: the English stream lies around it, the Russian one before."""

WAIT_S = 60.0
POLL_S = 0.02
N_PEOPLE = 20
MODES = ("keywords", "sentiment", "topics")
N_WORDS = 7
"""Queries of the people who ask at once: with the modes enough for different ones."""

ADDRESS = re.compile(r"Chat with your desk: (http://\S+?)/?$")
READY = "Ready."


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the table; `most` is the target where there is one."""

    name: str
    value: float
    unit: str
    most: float | None = None


@dataclass(frozen=True, slots=True)
class RunningDesk:
    """A desk in a process of its own, and its chat from outside; times count from its start."""

    process: asyncio.subprocess.Process
    http: httpx.AsyncClient
    owner: int
    started: float
    page_s: float
    said: list[str]

    def resident_mb(self) -> float:
        """Give the resident memory of the process in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        kb = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(kb[1]) / 1024 if kb else 0.0

    def busy_s(self) -> float:
        """Give the seconds of processor time used so far: what a busy machine does not change."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    async def post(self, path: str, **body: object) -> Any:
        """Ask the local chat to do something."""
        reply = await self.http.post(f"/local{path}", json=body)
        reply.raise_for_status()
        return reply.json()

    async def ask(self, person: int, text: str) -> float:
        """Send a message as a person; gives seconds until the answer with its buttons is there."""
        begin = time.perf_counter()
        sent = await self.post(f"/chats/{person}/messages", person_id=person, text=text)
        after = sent["message"]["message_id"]
        path = f"/local/chats/{person}/messages?after_message_id={after}&wait_s=10"
        while time.perf_counter() - begin < WAIT_S:
            listed = (await self.http.get(path)).json()["messages"]
            if any('"v1:ex:' in json.dumps(m.get("reply_markup", {})) for m in listed):
                return time.perf_counter() - begin
            await asyncio.sleep(POLL_S)
        raise RuntimeError(f"{text!r} was not answered within {WAIT_S:.0f} s")

    async def refusals(self) -> int:
        """How many requests of the bot the chat refused."""
        return len((await self.http.get("/local/refusals")).json())

    async def until_ready(self) -> None:
        """Wait until the desk says that it is ready."""
        async with asyncio.timeout(WAIT_S):
            while not any(line.startswith(READY) for line in self.said):  # noqa: ASYNC110 - another process
                await asyncio.sleep(POLL_S)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Give a process its own folder and free ports, and nothing else of ours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NEWSDESK_", "TELEGRAM_"))}
    own = {
        "NEWSDESK_DATA_DIR": str(folder),
        "NEWSDESK_HTTP_PORT": "0",
        "NEWSDESK_LOCAL_TELEGRAM_PORT": "0",
        "NEWSDESK_NOW": NOW.isoformat(),
        "NEWSDESK_LOG_LEVEL": "warning",
        "NEWSDESK_SOURCES__POLL": "off",
    }
    return kept | own | more


@asynccontextmanager
async def run_desk(folder: Path, **more: str) -> AsyncIterator[RunningDesk]:
    """Start `newsdesk run`; it runs when its page answers."""
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_S) as http:
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            NEWSDESK,
            "run",
            env=environment(folder, **more),
            cwd=folder.parent,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        said: list[str] = []
        listening = asyncio.create_task(_listen(process, said))
        try:
            http.base_url = httpx.URL(await _address(said))
            (await http.get("/")).raise_for_status()
            page_s = time.perf_counter() - started
            owner = (await http.get("/local/state")).json()["owner_id"]
            yield RunningDesk(process, http, owner, started, page_s, said)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            await listening


async def _listen(process: asyncio.subprocess.Process, said: list[str]) -> None:
    if process.stdout is not None:
        while line := await process.stdout.readline():
            said.append(line.decode().rstrip())


async def _address(said: Sequence[str]) -> str:
    async with asyncio.timeout(WAIT_S):
        while True:
            found = [match[1] for line in said if (match := ADDRESS.match(line))]
            if found:
                return found[0]
            await asyncio.sleep(POLL_S / 2)


def write_news(path: Path, n: int) -> None:
    """Write `n` articles up to `NOW`: half of each stream, or samples of different months."""
    data = os.environ.get("NEWSDESK_EVAL_DATA")
    lines = _from_streams(Path(data), n) if data else _from_samples()
    with path.open("w", encoding="utf-8") as out:
        out.writelines(islice(lines, n))


def _from_streams(data: Path, n: int) -> Iterator[str]:
    for name, date in (
        ("stream_ru_telegram/posts.jsonl", "date"),
        ("stream_en_headlines/headlines.jsonl", "first_seen"),
    ):
        with (data / name).open(encoding="utf-8") as lines:
            rows = [line for line in lines if json.loads(line)[date] <= NOW.isoformat()]
        yield from rows[-n // 2 :]


def _from_samples() -> Iterator[str]:
    month = 0
    while True:
        for item in make_sample(NOW - timedelta(days=30 * month), seed=month):
            row = item.model_dump(mode="json", exclude={"is_sample"})
            yield json.dumps(row | {"guid": f"{month}/{row['guid']}"}) + "\n"
        month += 1


def frequent_words(news: Path) -> list[str]:
    """Give words that many of the newest titles hold, so that each query finds something."""
    rows = map(json.loads, news.read_text(encoding="utf-8").splitlines()[-1_000:])
    held = Counter(
        word
        for row in rows
        for word in set(re.findall(r"[^\W\d_]{6,}", row.get("title", "").lower()))
    )
    return [word for word, _ in held.most_common(N_WORDS)]


def import_news(folder: Path, news: Path, **more: str) -> float:
    """Run `newsdesk import`; gives its seconds. A desk that runs on the folder does the work."""
    begin = time.perf_counter()
    done = subprocess.run(
        [NEWSDESK, "import", str(news)],
        env=environment(folder, **more),
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"import ended with {done.returncode}: {done.stdout}{done.stderr}")
    return time.perf_counter() - begin


async def first_run(folder: Path) -> list[Measured]:
    """Time an empty folder: the sample is made before the first answer."""
    async with run_desk(folder) as desk:
        answer_s = await desk.ask(desk.owner, "/trends")
        return [
            Measured("first run, page up", desk.page_s, "s"),
            Measured("first run, answer after the page", answer_s, "s", 10.0),
        ]


async def start_with_news(folder: Path) -> list[Measured]:
    """Time a desk that has news, asked as soon as its page is there."""
    async with run_desk(folder) as desk:
        await desk.ask(desk.owner, "/trends")
        answered_s = time.perf_counter() - desk.started
        busy_s, page_s = desk.busy_s(), desk.page_s
    async with run_desk(folder) as desk:
        await desk.until_ready()
        before_mb = desk.resident_mb()
    return [
        Measured("with news, page up", page_s, "s", 2.0),
        Measured("with news, first answer after start", answered_s, "s", 4.0),
        Measured("  processor time until then", busy_s, "s"),
        Measured("with news, resident before the first answer", before_mb, "MB", 250.0),
    ]


async def import_while_running(folder: Path, news: Path, n: int) -> list[Measured]:
    """Import through the running desk, then ask it, then let twenty people ask it at once."""
    async with run_desk(folder, NEWSDESK_SAMPLE="off") as desk:
        await desk.until_ready()
        empty_mb = desk.resident_mb()
        import_s = await asyncio.to_thread(import_news, folder, news, NEWSDESK_SAMPLE="off")
        imported_mb = desk.resident_mb()
        people = [
            (await desk.post("/people", name=f"Person {number}"))["id"]
            for number in range(N_PEOPLE + 2 * len(MODES))
        ]
        for number, person in enumerate(people[N_PEOPLE:]):
            window = ("1w", "1m")[number % 2]
            await desk.ask(person, f"/analyze {MODES[number % len(MODES)]} {window}")
        await desk.ask(desk.owner, "/trends 24h")
        answered_mb = desk.resident_mb()
        asked = [f"/analyze {mode} {word} 1w" for word in frequent_words(news) for mode in MODES]
        begin = time.perf_counter()
        waits = await asyncio.gather(*map(desk.ask, people[:N_PEOPLE], asked))
        together_s = time.perf_counter() - begin
        refused = await desk.refusals()
        return [
            Measured("empty desk, resident when ready", empty_mb, "MB", 250.0),
            Measured("import through the running desk", n / import_s, "articles/s"),
            Measured("resident after the import", imported_mb, "MB"),
            Measured("resident after answers", answered_mb, "MB", 380.0),
            Measured(f"{N_PEOPLE} people at once, all answered", together_s, "s", 3.0),
            Measured("  their median wait", statistics.median(waits), "s"),
            Measured("  requests that the chat refused", refused, "", 0.0),
            Measured("resident after them", desk.resident_mb(), "MB", 380.0),
        ]


def help_s() -> float:
    """Give the median seconds of five `newsdesk --help`."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([NEWSDESK, "--help"], capture_output=True, check=True)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def report(lines: Sequence[Measured]) -> None:
    """Print part of the table."""
    for line in lines:
        target, verdict = "", ""
        if line.most is not None:
            target = f"≤ {line.most:g}"
            verdict = "ok" if line.value <= line.most else "MISSED"
        print(
            f"{line.name:<46} {line.value:>9.2f} {line.unit:<11}{target:<7} {verdict}".rstrip(),
            flush=True,
        )


async def main(n: int) -> None:
    """Measure everything."""
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        news = root / "news.jsonl"
        write_news(news, n)
        report([Measured("newsdesk --help, median of five", help_s(), "s", 0.3)])
        report(await first_run(root / "empty"))
        report(await import_while_running(root / "full", news, n))
        report(await start_with_news(root / "full"))
    print(f"load average {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    asyncio.run(main(parser.parse_args().articles))
