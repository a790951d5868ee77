"""Bad input and bad luck, as the pieces meet them together: nothing lost, words that help."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import IndexFull
from core.ports.store import UnitOfWork
from services.adapters.index import shard
from services.adapters.store.engine import SqlStore
from services.wiring import open_desk
from tests.integration.conftest import settings_for
from tests.integration.news import make_stream, write_lines

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LINE = {"id": "1", "title": "The harbour bridge opens", "source": "Quay Times"}


def run(
    folder: Path, *words: str, stdin: bytes = b"", **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a command of `newsdesk` in a folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "bot_service.cli", *words],
        cwd=folder,
        input=stdin.decode("utf-8"),
        env=environment(folder, **env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def environment(folder: Path, **more: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("NEWSDESK_", "TELEGRAM_"))}
    return {
        **clean,
        "PYTHONPATH": str(ROOT),
        "NEWSDESK_DATA_DIR": str(folder / "data"),
        **more,
    }


async def insert(unit: UnitOfWork, n: int) -> None:
    connection = unit.ops._connection  # type: ignore[attr-defined]  # a statement of any length
    await connection.execute(text("create table if not exists long_work (n)"))
    rows: Sequence[dict[str, int]] = [{"n": k} for k in range(n)]
    await connection.execute(text("insert into long_work values (:n)"), rows)


@pytest.mark.parametrize("after_s", [0.001, 0.01, 0.1])
async def test_a_write_that_is_cancelled_keeps_no_lock(tmp_path: Path, after_s: float) -> None:
    store = await SqlStore.open(tmp_path / "desk.db", busy_timeout_s=2)

    async def write() -> None:
        async with store.transaction() as unit:
            await insert(unit, 100_000)

    writing = asyncio.create_task(write())
    await asyncio.sleep(after_s)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    async with store.transaction() as unit:
        await unit.ops.set_value("next", "writer")
    await store.aclose()

    assert writing.cancelled()


async def test_a_nearly_full_disk_leaves_the_index_behind_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = write_lines(tmp_path / "news.jsonl", make_stream()[:30])
    async with open_desk(settings_for(tmp_path / "data")) as desk:
        monkeypatch.setattr(shard, "MIN_FREE_BYTES", 2**62)
        summary = await desk.import_paths([stream])
        for _ in range(10):  # more often than a row may fail
            with pytest.raises(IndexFull, match="make room"):
                await desk.indexing.drain(now=desk.now())
        waiting = (await desk.status()).index_lag

        monkeypatch.undo()
        n_indexed = await desk.importing.drain()

        assert (summary.new, waiting, n_indexed) == (30, 30, 30)
        assert (await desk.status()).index_lag == 0


def test_a_pipe_is_read_once_and_whole(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    body = json.dumps(LINE) + "\n"
    writer = threading.Thread(target=pipe.write_text, args=(body,))
    writer.start()

    done = run(tmp_path, "import", str(pipe))
    writer.join()

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Read 1 item in ")


def test_standard_input_is_a_file_like_any_other(tmp_path: Path) -> None:
    done = run(tmp_path, "import", "/dev/stdin", stdin=json.dumps(LINE).encode())

    assert done.stdout.endswith(": 1 new.\n")


def test_an_empty_file_is_said_to_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()

    done = run(tmp_path, "import", "empty.jsonl")

    assert done.stdout == "Nothing was read: there is no line in the given files.\n"


def test_a_folder_named_like_a_file_is_passed_over(tmp_path: Path) -> None:
    news = tmp_path / "news"
    (news / "old.jsonl").mkdir(parents=True)
    write_lines(news / "new.jsonl", [LINE])

    done = run(tmp_path, "import", str(news))

    assert (done.returncode, done.stdout.endswith(": 1 new.\n")) == (0, True)


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_an_import_that_is_stopped_says_that_it_can_go_on(
    tmp_path: Path, kind: signal.Signals
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    importing = subprocess.Popen(
        [sys.executable, "-m", "bot_service.cli", "import", str(pipe)],
        cwd=tmp_path,
        env=environment(tmp_path),
        stderr=subprocess.PIPE,
        text=True,
    )
    with pipe.open("w") as stream:  # open means: the import is reading
        stream.write(json.dumps(LINE) + "\n")
        stream.flush()
        importing.send_signal(kind)

    _, said = importing.communicate(timeout=30)

    assert importing.returncode == 130
    assert said == (
        "newsdesk: stopped; what was stored stays, and the same command goes on from there\n"
    )


@pytest.mark.parametrize(
    ("body", "env", "said"),
    [
        (b"\xff\xfe", {}, "'.env' in this folder cannot be read"),
        (b"", {"NEWSDESK_MODEL__ROUTES": "{bad"}, "it takes JSON, as NEWSDESK_MODEL__ROUTES="),
        (b"NEWSDESK_HTTP_PORT=abc", {}, "NEWSDESK_HTTP_PORT: Input should be a valid integer"),
    ],
)
def test_settings_that_cannot_be_read_are_told_without_a_traceback(
    tmp_path: Path, body: bytes, env: dict[str, str], said: str
) -> None:
    (tmp_path / ".env").write_bytes(body)

    done = run(tmp_path, "doctor", stdin=b"", **env)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_a_token_with_a_line_end_is_taken_as_it_was_meant(tmp_path: Path) -> None:
    secret = "123:" + "A" * 35

    done = run(
        tmp_path,
        "doctor",
        TELEGRAM_BOT_TOKEN=f" {secret}\n",
        TELEGRAM_API_BASE_URL="http://127.0.0.1:9",
    )

    assert "http://127.0.0.1:9 does not answer (ConnectError)" in done.stdout
    assert secret not in done.stdout + done.stderr


def test_logs_of_the_first_start_hold_no_line_of_a_library(tmp_path: Path) -> None:
    write_lines(tmp_path / "one.jsonl", [LINE])

    done = run(tmp_path, "import", "one.jsonl", NEWSDESK_LOG_LEVEL="debug")

    assert "harbour bridge" not in done.stderr
    assert '"logger": "alembic' not in done.stderr
