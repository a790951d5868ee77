"""Whether the documents of batch tasks and of failing sources say what the code does."""

import io
import json
import re
import shlex
import sys
from pathlib import Path
from typing import get_args

import pytest

from bot_service.batch import run_batch
from bot_service.cli import BATCH_TASKS, SOURCE_ACTIONS, build_parser
from schemas.settings import Settings
from schemas.sources import FailureReason
from tests.architecture.source import ROOT

HOW_TO = ROOT / "docs/how-to/use-batch.md"
NEAR = 0.15
"""How far a shown figure may lie from the computed one: examples show the form, not quality."""

EXAMPLE = re.compile(
    r"^## `(\w+)`\n.*?```bash\n(.*?)\n```\n\n```json\n(.*?\n)```\n\n```json\n(.*?\n)```$",
    re.DOTALL | re.MULTILINE,
)


def examples() -> dict[str, tuple[str, str, str]]:
    """The command, the input and the output of each task's example."""
    found = EXAMPLE.findall(HOW_TO.read_text(encoding="utf-8"))
    return {task: (command, given, shown) for task, command, given, shown in found}


@pytest.mark.parametrize("task", BATCH_TASKS)
def test_the_example_of_a_batch_task_gives_what_is_shown(
    task: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    command, given, shown = examples()[task]
    (tmp_path / "stories.jsonl").write_text(examples()["stories"][1], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    arguments = build_parser().parse_args(shlex.split(command)[1:])

    code = run_batch(arguments, Settings(data_dir=tmp_path))

    said = capfdbinary.readouterr().out.decode().splitlines()
    assert code == 0
    assert [_rounded(line) for line in said] == [_rounded(line) for line in shown.splitlines()]


def _rounded(line: str) -> object:
    """A row whose figures count as equal when they lie near each other; times do not count."""
    return json.loads(
        line,
        parse_float=lambda text: pytest.approx(float(text), abs=NEAR),
        object_hook=lambda row: {name: value for name, value in row.items() if name != "us"},
    )


def test_the_reference_lists_every_batch_task_and_no_other() -> None:
    page = (ROOT / "docs/reference/batch.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(BATCH_TASKS)


def test_the_reference_lists_every_action_of_sources_and_no_other() -> None:
    page = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    _, _, table = page.partition("| Action of `sources` | Does |")
    rows = re.findall(r"^\| (`[^|]+) \|", table.partition("\n\n")[0], re.MULTILINE)

    listed = {words.split()[0] for row in rows for words in re.findall(r"`(\w[^`]*)`", row)}

    assert listed - {"off"} == {action.split()[0] for action in SOURCE_ACTIONS}


def test_the_runbook_says_what_to_do_about_every_reason_why_a_source_fails() -> None:
    page = (ROOT / "RUNBOOK.md").read_text(encoding="utf-8")
    _, _, section = page.partition("### A source cannot be read")
    rows = re.findall(r"^\| `(\w+)` \|", section.partition("\n### ")[0], re.MULTILINE)

    assert rows == list(get_args(FailureReason))
