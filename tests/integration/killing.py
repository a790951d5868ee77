"""Desks that are killed at a random moment, started again and looked at.

A process of `newsdesk` is forked from a server that has its modules loaded, so that a kill falls
into its work and not into its imports.
"""

import contextlib
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bot_service.cli import main
from tests.folders import copy_folder
from tests.integration.news import (
    EN,
    FLOOD_EN,
    NOW,
    PLACES_EN,
    PLACES_RU,
    QUIET_EN,
    QUIET_RU,
    RU,
    Line,
    line,
    write_lines,
)
from tests.integration.picture import Picture, look_at

STREAMS = ("stream_ru_telegram/posts.jsonl", "stream_en_headlines/headlines.jsonl")
WAIT_S = 120.0
N_ITEMS, N_FEEDS, FEED_ITEMS = 260, 12, 10
POLLING = KILLED_TWICE = 0.25
_LOADED = (
    "alembic.command",
    "alembic.op",
    "bot_service.console",
    "bot_service.databases",
    "bot_service.dispatch",
    "services.adapters.index.edge",
    "services.adapters.sources.feeds",
    "services.adapters.store.engine",
    "tests.integration.killing",
)


@dataclass(frozen=True)
class Case:
    """Work that is killed: from which folder it starts and what it does."""

    name: str
    argv: tuple[str, ...]
    stocked: Path | None
    is_ordered: bool
    """Whether items always come in one order: on it depends which stories they become."""
    seconds: float = 0.0
    expected: Picture | None = None


@dataclass(frozen=True)
class Round:
    """What became of one seed."""

    seed: int
    case: str
    at_s: float
    n_kills: int
    n_kept: int
    problems: tuple[str, ...]

    def __str__(self) -> str:
        kills = f"{self.n_kills} kills, first after {self.at_s:.2f} s"
        return f"seed {self.seed} ({self.case}, {kills}): {'; '.join(self.problems) or 'whole'}"


def environment(folder: Path) -> dict[str, str]:
    """The environment of a desk that meets nobody else's and reads from the loopback."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NEWSDESK_", "TELEGRAM_"))}
    return kept | {
        "NEWSDESK_DATA_DIR": str(folder),
        "NEWSDESK_NOW": NOW.isoformat(),
        "NEWSDESK_SAMPLE": "off",
        "NEWSDESK_SOURCES__POLL": "off",
        "NEWSDESK_SOURCES__STARTER": "off",
        "NEWSDESK_FETCH__ALLOWED_NETWORKS": "127.0.0.0/8",
        "NEWSDESK_FETCH__HOST_PAUSE_S": "0",
        "NEWSDESK_LOG_LEVEL": "error",
    }


def make_lines(n: int, rng: random.Random) -> list[Line]:
    """Invent a stream: stories in several voices, copies, new versions, and lines twice."""
    lines: list[Line] = []
    for number in range(n):
        hours_ago = (n - number) / 8
        is_ru = rng.random() < 0.25
        if lines and rng.random() < 0.1:
            old = rng.choice(lines[-40:])
            again = {"text": f"{old['text']} Corrected at {number}."} if number % 2 else {}
            lines.append({**old, **again})
            continue
        if rng.random() < 0.2:
            words, place = rng.choice(FLOOD_EN), str(rng.choice(PLACES_EN))
            words = (words[0].replace("Port Selmer", place), words[1].replace("Selmer", place))
        else:
            words = rng.choice(QUIET_RU if is_ru else QUIET_EN)
            place = rng.choice(PLACES_RU if is_ru else PLACES_EN)
            words = (words[0].format(place), words[1].format(place))
        told = (words[0], f"{words[1]} No {number}.")
        source = rng.choice(RU if is_ru else EN)
        lines.append(line(f"k-{number}", "ru" if is_ru else "en", told, source, hours_ago))
    return lines


def write_feeds(folder: Path, n_items: int, *, at: float) -> None:
    """Write feeds of an invented coast; one with more items holds those of the shorter one."""
    for feed in range(N_FEEDS):
        lines = make_lines(n_items, random.Random(feed))
        told = "".join(
            f"<item><guid>{feed}-{each['id']}</guid><title>{each['title']}</title>"
            f"<link>{each['url']}</link><pubDate>{each['published_at']}</pubDate>"
            f"<description>{each['text']}</description></item>"
            for each in lines
        )
        path = folder / f"{feed}.xml"
        path.write_text(
            f'<rss version="2.0"><channel><title>Feed {feed}</title>{told}</channel></rss>',
            encoding="utf-8",
        )
        os.utime(path, (at, at))


class _Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and tells nobody."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextlib.contextmanager
def serving_folder(folder: Path) -> Iterator[str]:
    """Serve a folder's files from a thread; gives the address."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def run_newsdesk(variables: Mapping[str, str], argv: tuple[str, ...], said: Path) -> None:
    """Be a process of `newsdesk` whose words go to a file."""
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(said.parent)
    with said.open("a", encoding="utf-8") as out:
        sys.stdout = sys.stderr = out
        code = main(argv)
    sys.exit(code)


class Killing:
    """Kills desks in a folder of its own: importing, and polling feeds of the loopback."""

    def __init__(
        self, folder: Path, address: str, *, n_items: int = N_ITEMS, data: Path | None = None
    ) -> None:
        self._folder = folder
        self._n_items = n_items
        self._address = address
        self._data = data
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(_LOADED))
        self.cases: tuple[Case, ...] = ()

    def prepare(self) -> None:
        """Do each kind of work once without a kill: what it takes, and how it ends."""
        stream = self._folder / "stream.jsonl"
        if self._data is None:
            write_lines(stream, make_lines(self._n_items, random.Random(7)))
        else:
            each = self._n_items // len(STREAMS)
            with stream.open("wb") as out:
                for name in STREAMS:
                    with (self._data / name).open("rb") as lines:
                        out.writelines(row for row, _ in zip(lines, range(each), strict=False))
        self._run(self._folder / "warm", ("import", str(stream)))
        stocked = self._polled_once()
        cases = (
            Case("import", ("import", str(stream)), None, is_ordered=True),
            Case("poll", ("sources", "check"), stocked, is_ordered=False),
        )
        self.cases = tuple(self._measured(case) for case in cases)

    def round(self, seed: int, *, name: str | None = None) -> Round:
        """Kill one desk at a moment that the seed gives, start it again and look at it.

        Without a name of the case the seed chooses it, too: one in four polls.
        """
        rng = random.Random(seed)
        chosen = "poll" if rng.random() < POLLING else "import"
        case = next(each for each in self.cases if each.name == (name or chosen))
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            folder = self._fresh(case, Path(made) / "data")
            moments = [rng.uniform(0.0, case.seconds)]
            if rng.random() < KILLED_TWICE:
                moments.append(rng.uniform(0.0, case.seconds / 2))
            n_kills = sum(self._kill(case, folder, moment) for moment in moments)
            problems = []
            kept = Picture()
            if rng.random() < 0.5 and (folder / "desk.db").exists():
                kept = look_at(folder, drains=True)
                problems += [f"after the restart: {each}" for each in kept.problems]
            problems += self._again(case, folder)
        return Round(seed, case.name, moments[0], n_kills, len(kept.articles), tuple(problems))

    def _again(self, case: Case, folder: Path) -> list[str]:
        """Do the work to its end; gives what is not as if nothing had happened."""
        assert case.expected is not None
        code, said = self._run(folder, case.argv)
        if code:
            return [f"the same command again ended with {code}: {said}"]
        found = look_at(folder)
        return [
            *found.problems,
            *found.differences(case.expected, with_stories=case.is_ordered),
        ]

    def _measured(self, case: Case) -> Case:
        folder = self._fresh(case, self._folder / f"measured-{case.name}" / "data")
        started = time.monotonic()
        code, said = self._run(folder, case.argv)
        seconds = time.monotonic() - started
        expected = look_at(folder)
        assert (code, expected.problems) == (0, ()), said
        return replace(case, seconds=seconds, expected=expected)

    def _polled_once(self) -> Path:
        """A folder whose sources have been read once; since then all have had news."""
        served, folder = self._folder / "served", self._folder / "polled" / "data"
        served.mkdir()
        write_feeds(served, FEED_ITEMS // 2, at=NOW.timestamp() - 7_200)
        rows = "".join(f'<outline xmlUrl="{self._address}/{n}.xml"/>' for n in range(N_FEEDS))
        opml = self._folder / "list.opml"
        opml.write_text(f"<opml><body>{rows}</body></opml>", encoding="utf-8")
        for argv in (("sources", "import", str(opml)), ("sources", "check")):
            code, said = self._run(folder, argv)
            assert code == 0, said
        write_feeds(served, FEED_ITEMS, at=NOW.timestamp() - 3_600)
        return folder

    def _fresh(self, case: Case, folder: Path) -> Path:
        folder.parent.mkdir(exist_ok=True)
        if case.stocked is not None:
            copy_folder(case.stocked, folder)
        return folder

    def _run(self, folder: Path, argv: tuple[str, ...]) -> tuple[int | None, str]:
        folder.parent.mkdir(exist_ok=True)
        said = folder.parent / "said"
        said.write_text("", encoding="utf-8")
        process = self._context.Process(
            target=run_newsdesk, args=(environment(folder), argv, said)
        )
        process.start()
        process.join(WAIT_S)
        if process.is_alive():
            process.kill()
            return None, f"it did not end within {WAIT_S:.0f} s"
        return process.exitcode, said.read_text(encoding="utf-8").strip()

    def _kill(self, case: Case, folder: Path, moment_s: float) -> bool:
        """Start the work and kill it after so many seconds; says whether it was at work."""
        process = self._context.Process(
            target=run_newsdesk,
            args=(environment(folder), case.argv, folder.parent / "killed"),
        )
        process.start()
        process.join(moment_s)
        process.kill()
        process.join()
        return (process.exitcode or 0) < 0
