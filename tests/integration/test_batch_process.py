"""`newsdesk batch` as a process: how it starts, waits, stops and ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NEWSDESK = (sys.executable, "-m", "bot_service.cli", "batch")


def lines(*rows: object) -> bytes:
    """Write rows as they go in."""
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def start(
    task: str,
    folder: Path,
    *options: str,
    stdin: IO[bytes] | int = subprocess.PIPE,
    **more: str,
) -> "subprocess.Popen[bytes]":
    """Start a task as another program would."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NEWSDESK_")}
    return subprocess.Popen(
        [*NEWSDESK, task, *options],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment | {"NEWSDESK_DATA_DIR": str(folder / "data"), **more},
    )


def test_each_answer_comes_before_the_next_row_is_asked_for(tmp_path: Path) -> None:
    with start("language", tmp_path, LC_ALL="C", PYTHONIOENCODING="ascii") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answers = []
        for word in ("Привет, это новый мост", "Hello, this is the new bridge"):
            process.stdin.write(lines({"id": word, "text": word}))
            process.stdin.flush()
            answers += [json.loads(process.stdout.readline())]
        process.stdin.close()

        assert process.wait(20) == 0
    assert [row["id"][0] for row in answers] == ["П", "H"]
    assert [row["lang"] for row in answers] == ["ru", "en"]


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_search_leaves_nothing_behind(kind: signal.Signals, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_bytes(lines({"id": "d1", "text": "The barrier closes at noon"}))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    options = ("--corpus", str(corpus))
    with start("search", tmp_path, *options, TMPDIR=str(temporary)) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(lines({"query": "barrier"}))
        process.stdin.flush()
        assert b"d1" in process.stdout.readline()

        process.send_signal(kind)

        assert process.wait(20) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b"newsdesk: stopped\n"
    assert list(temporary.iterdir()) == []


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(20_000 * lines({"text": "The tidal barrier of Oakdale was closed."}))
    with rows.open("rb") as source, start("language", tmp_path, stdin=source) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()

        process.stdout.close()

        assert process.wait(20) == 141
        assert process.stderr.read() == b""


def test_a_task_starts_without_the_desk(tmp_path: Path) -> None:
    code = (
        "import sys; from bot_service.cli import main; main(['batch', 'language']);"
        "heavy = {'sqlalchemy', 'langgraph', 'qdrant_edge', 'telegram', 'fastapi', 'httpx',"
        " 'feedparser', 'trafilatura', 'phonenumbers', 'rich.progress'} & set(sys.modules);"
        "print(sorted(heavy))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        input=lines({"text": "Сегодня в городе открыли новый мост."}),
        capture_output=True,
        cwd=ROOT,
        env=dict(os.environ) | {"NEWSDESK_DATA_DIR": str(tmp_path)},
        check=True,
        timeout=60,
    )

    assert done.stdout.splitlines()[-1] == b"[]"
