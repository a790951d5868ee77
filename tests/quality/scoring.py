"""Rows through `newsdesk batch`, predictions to the data's own scorer, figures to one table."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]

BATCH_OF = {
    "keyphrases": "keyphrases",
    "sentiment": "sentiment",
    "target": "sentiment",
    "emotions": "sentiment",
    "language": "language",
    "category": "category",
    "bcubed": "stories",
    "pairs": "pairs",
    "retrieval": "search",
    "spans": "pii",
    "detection": "injection",
    "extract": "extract",
}
"""Which batch task answers a task of the scorer; `items` are those of `feeds` or `opml`."""


def read_rows(path: Path) -> list[Row]:
    """Read a labelled set: one JSON object per line."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def write_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    """Write one JSON object per line; gives the path."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _count(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for line in lines if line.strip())


@dataclass(frozen=True, slots=True)
class Batch:
    """Runs `newsdesk batch` as a program, each set once."""

    folder: Path
    done: dict[tuple[str, ...], Path] = field(default_factory=dict)

    def answer(self, task: str, rows: Path, *options: str) -> Path:
        """Give the file of answers to the rows of a file.

        Rows without an answer are allowed (exit code 2): they count against the figure.
        """
        key = (task, str(rows), *options)
        if key not in self.done:
            said = self.folder / f"{len(self.done)}.{task}.jsonl"
            command = [sys.executable, "-m", "bot_service.cli", "batch", task, *options]
            ours = ("NEWSDESK_", "PYTHONIOENCODING")
            environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
            with rows.open("rb") as source, said.open("wb") as target:
                done = subprocess.run(
                    command,
                    stdin=source,
                    stdout=target,
                    stderr=subprocess.PIPE,
                    env=environment | {"LC_ALL": "C", "NEWSDESK_DATA_DIR": str(self.folder)},
                    check=False,
                    timeout=600,
                )
            assert done.returncode in (0, 2), done.stderr.decode()
            assert _count(said) == _count(rows), done.stderr.decode()
            self.done[key] = said
        return self.done[key]


@dataclass(frozen=True, slots=True)
class Scorer:
    """The one definition of every figure: a script beside the data, run as a program."""

    script: Path
    folder: Path

    def score(
        self,
        task: str,
        gold: Path,
        predictions: Path | Iterable[Mapping[str, object]],
        *options: str,
    ) -> dict[str, Any]:
        """Score prediction lines (`id` and what the task holds) against a labelled set."""
        if isinstance(predictions, Path):
            said = predictions
        else:
            said = write_rows(self.folder / "predictions.jsonl", predictions)
        done = subprocess.run(
            [sys.executable, str(self.script), task, str(gold), str(said), *options],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@dataclass(frozen=True, slots=True)
class Goal:
    """What is measured on a set: `plain` is a plain method's figure on the same rows, if known.

    `metric` may lead into nested figures ("types.phone.r"). `floor` lies slightly below what was
    measured last: a figure under it is a loss. `most` turns both round: less is better.
    """

    name: str
    task: str
    metric: str
    plain: float | None
    floor: float
    most: bool = False

    def value_in(self, found: Mapping[str, Any]) -> float:
        """Take the figure out of what the scorer said."""
        value: Any = found
        for name in self.metric.split("."):
            value = value[name]
        return float(value)


@dataclass(slots=True)
class Table:
    """Every figure of a run."""

    figures: list[tuple[Goal, int, float]] = field(default_factory=list)

    def add(self, goal: Goal, *, rows: int, value: float) -> None:
        """Keep the figure that `rows` rows gave, then hold it against its floor."""
        self.figures.append((goal, rows, value))
        is_kept = value <= goal.floor if goal.most else value >= goal.floor
        words = f"{goal.name}: {goal.metric} {value:.4f}, floor {goal.floor}"
        assert is_kept, words

    def lines(self) -> Sequence[str]:
        """Write the table."""
        names = ("set", "task", "rows", "figure", "value", "plain", "+/-")
        head = "{:<48} {:<11} {:>6} {:<20} {:>7} {:>7} {:>7}".format(*names)
        return [head, *(_line(*figure) for figure in self.figures)]


def _line(goal: Goal, rows: int, value: float) -> str:
    plain = "–" if goal.plain is None else f"{goal.plain:.3f}"
    gain = "" if goal.plain is None else f"{value - goal.plain:+.3f}"
    return (
        f"{goal.name:<48} {goal.task:<11} {rows:>6} {goal.metric:<20} {value:>7.4f} {plain:>7}"
        f" {gain:>7}".rstrip()
    )
