import io
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot_service.cli import main
from schemas.analysis import AnalysisResponse
from services.folder import MAX_SOCKET_PATH, SOCKET_NAME
from tests.integration.conftest import copy_folder
from tests.integration.news import EN, FLOOD_EN, NOW, line, write_lines

pytestmark = pytest.mark.slow

STOP_S = 10.0
NEWSDESK = (sys.executable, "-m", "bot_service.cli")
ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a desk that meets nobody else's."""
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("NEWSDESK_", "TELEGRAM_"))
    }
    own = {
        "NEWSDESK_DATA_DIR": str(folder),
        "NEWSDESK_NOW": NOW.isoformat(),
        "NEWSDESK_SAMPLE": "off",
        "NEWSDESK_SOURCES__POLL": "off",
        "NEWSDESK_HTTP_PORT": "0",
        "NEWSDESK_LOCAL_TELEGRAM_PORT": "0",
        "NEWSDESK_LOG_LEVEL": "error",
        "PYTHONPATH": str(ROOT),
    }
    return inherited | own | more


def newsdesk(folder: Path, *argv: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end in this process; starting another one takes seconds."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder.parent)
        for name, value in environment(folder).items():
            patch.setenv(name, value)
        code = main(argv)
    return subprocess.CompletedProcess(argv, code, out.getvalue(), err.getvalue())


class Running:
    """A process of `newsdesk run` that has said "Ready"."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [*NEWSDESK, "run"],
            env=environment(folder),
            cwd=folder.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        assert self.process.stdout is not None
        for said in self.process.stdout:
            self.lines.append(said.rstrip())
            if said.startswith("Ready"):
                return
        self.process.stdout.close()
        raise AssertionError(f"the desk ended with {self.process.wait()}: {self.lines}")

    def ask(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        return newsdesk(self.folder, *argv)

    def stop(self, kind: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(kind)
        code = self.process.wait(timeout=STOP_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def end(self) -> None:
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    desk = Running(folder)
    try:
        yield desk
    finally:
        desk.end()


@pytest.fixture(scope="module")
def shared(stocked_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One running desk for the tests that do not end it."""
    folder = tmp_path_factory.mktemp("running") / "data"
    copy_folder(stocked_folder, folder)
    with running(folder) as desk:
        yield desk


def plain(answer: str) -> dict[str, Any]:
    """An answer without what is new each time."""
    response = AnalysisResponse.model_validate_json(answer).model_dump(mode="json")
    del response["meta"]["correlation_id"]
    return response


def test_a_running_desk_answers_other_commands_as_they_would_themselves(
    shared: Running, folder: Path
) -> None:
    argv = ("analyze", "topics", "tidal barrier", "--now", NOW.isoformat(), "--json")

    through_socket = shared.ask(*argv)
    alone = newsdesk(folder, *argv)

    assert (through_socket.returncode, alone.returncode) == (0, 0), through_socket.stderr
    assert plain(through_socket.stdout) == plain(alone.stdout)


@pytest.mark.parametrize(
    ("argv", "code", "word"),
    [
        (("trends", "--window", "yesterday"), 2, "24h"),
        (("trends", "--source", "Moon Times"), 3, "Moon Times"),
        (("trends", "--enhanced"), 1, "enhanced"),
        (("import", "/there/is/nothing.jsonl"), 2, "/there/is/nothing.jsonl"),
    ],
)
def test_refusals_have_the_same_exit_codes_through_the_socket(
    shared: Running, argv: tuple[str, ...], code: int, word: str
) -> None:
    ran = shared.ask(*argv)

    assert ran.returncode == code
    assert word in ran.stderr


def test_an_import_goes_through_the_running_desk(shared: Running, tmp_path: Path) -> None:
    words = ("Lighthouse of Tarnholm shines again", "The lamp was repaired.")
    good = json.dumps(line("l", "en", words, "The Lantern", 2))
    path = tmp_path / "more.jsonl"
    path.write_text(f"{good}\nbroken\n", encoding="utf-8")

    ran = shared.ask("import", str(path), "--json")
    found = shared.ask("analyze", "topics", "lighthouse Tarnholm", "--json")

    summary = json.loads(ran.stdout)
    assert (ran.returncode, summary["new"], summary["refused"]) == (2, 1, 1)
    assert "more.jsonl:2" in ran.stderr
    assert plain(found.stdout)["evidence"][0]["title"] == words[0]


def test_doctor_and_the_health_page_look_at_a_running_desk(shared: Running) -> None:
    ran = shared.ask("doctor", "--json")
    health = next(word for said in shared.lines for word in said.split() if "/readyz" in word)

    findings = {finding["subject"]: finding for finding in json.loads(ran.stdout)}

    assert ran.returncode == 0
    assert findings["news"]["level"] == "ok"
    assert httpx.get(health, trust_env=False).status_code == 200


def test_a_second_desk_on_the_folder_names_the_first_and_exits_4(shared: Running) -> None:
    ran = shared.ask("run")

    assert ran.returncode == 4
    assert f"process {shared.process.pid}" in ran.stderr


def test_the_socket_is_for_its_own_user_alone(shared: Running) -> None:
    mode = (shared.folder / SOCKET_NAME).stat().st_mode

    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_a_killed_desk_starts_again_and_a_stopped_one_ends_cleanly(
    stocked_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / ("deep-" * 12) / ("long-" * 12) / "data"
    folder.parent.mkdir(parents=True)
    copy_folder(stocked_folder, folder)
    with running(folder) as desk:
        desk.stop(signal.SIGKILL)
        left = (folder / SOCKET_NAME).exists()
    with running(folder) as desk:
        after = desk.ask("trends")
        started = time.monotonic()
        code = desk.stop()
        elapsed_s = time.monotonic() - started

    assert len(str(folder / SOCKET_NAME)) > MAX_SOCKET_PATH
    assert left
    assert FLOOD_EN[0][0] in after.stdout, after.stderr
    assert (code, elapsed_s < 5) == (0, True)


def test_an_owner_that_does_not_answer_is_in_use(folder: Path, tmp_path: Path) -> None:
    holder = (
        "import sys, time; from pathlib import Path; from services.folder import FolderLock; "
        "FolderLock(Path(sys.argv[1])).acquire(); print('held', flush=True); time.sleep(60)"
    )
    argv = [sys.executable, "-c", holder, str(folder)]
    with subprocess.Popen(argv, env=environment(folder), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        ran = newsdesk(folder, "trends")
        process.kill()

    assert ran.returncode == 4
    assert "does not answer" in ran.stderr


def at_most(n_bytes: int) -> Callable[[], None]:
    """Let no file of a process grow beyond a size, as a full disk does."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


def test_an_import_without_room_fails_in_words_and_keeps_what_was_there(
    folder: Path, tmp_path: Path
) -> None:
    words = ("Ferry number {} leaves Tarnholm", "It carried {} crates of salted herring. ")
    fleet = [
        line(f"f{n}", "en", (words[0].format(n), words[1].format(n) * 20), EN[n % 6], 2 + n / 400)
        for n in range(240)
    ]
    more = write_lines(tmp_path / "more.jsonl", fleet)

    full = subprocess.run(
        [*NEWSDESK, "import", str(more)],
        env=environment(folder),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=at_most(450_000),
    )
    kept = newsdesk(folder, "analyze", "topics", "tidal barrier")
    again = newsdesk(folder, "import", str(more), "--json")

    assert full.returncode == 1
    assert "newsdesk: " in full.stderr
    assert "Traceback" not in full.stderr
    assert FLOOD_EN[0][0] in kept.stdout
    summary = json.loads(again.stdout)
    assert summary["new"] + summary["duplicate"] == len(fleet)
