"""Predictions in, one figure out: the labelled data's own scorer, and the table of all figures."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def read_rows(path: Path) -> list[Row]:
    """Read a labelled set: one JSON object per line."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def write_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    """Write one JSON object per line; gives the path."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@dataclass(frozen=True, slots=True)
class Scorer:
    """The one definition of every figure: a script beside the data, run as a program."""

    script: Path
    folder: Path

    def score(
        self, task: str, gold: Path, predictions: Iterable[Mapping[str, object]]
    ) -> dict[str, float]:
        """Score prediction lines (`id` and what the task holds) against a labelled set."""
        said = write_rows(self.folder / "predictions.jsonl", predictions)
        done = subprocess.run(
            [sys.executable, str(self.script), task, str(gold), str(said)],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        found: dict[str, float] = json.loads(done.stdout)
        return found


@dataclass(frozen=True, slots=True)
class Goal:
    """What is measured on a set: `plain` is a plain method's figure on the same rows, if known.

    `floor` lies slightly below what was measured last: a figure under it is a loss.
    """

    name: str
    task: str
    metric: str
    plain: float | None
    floor: float


@dataclass(slots=True)
class Table:
    """Every figure of a run."""

    figures: list[tuple[Goal, int, float]] = field(default_factory=list)

    def add(self, goal: Goal, *, rows: int, value: float) -> None:
        """Keep the figure that `rows` rows gave, then hold it against its floor."""
        self.figures.append((goal, rows, value))
        assert value >= goal.floor, f"{goal.name}: {goal.metric} {value:.4f} < {goal.floor}"

    def lines(self) -> Sequence[str]:
        """Write the table."""
        head = (
            f"{'set':<44} {'task':<11} {'rows':>6} {'figure':<14} {'value':>7} {'plain':>7}"
            "  against plain"
        )
        return [head, *(_line(*figure) for figure in self.figures)]


def _line(goal: Goal, rows: int, value: float) -> str:
    verdict = "" if goal.plain is None else "better" if value >= goal.plain else "WORSE"
    plain = "–" if goal.plain is None else f"{goal.plain:.3f}"
    return (
        f"{goal.name:<44} {goal.task:<11} {rows:>6} {goal.metric:<14} {value:>7.4f} {plain:>7}"
        f"  {verdict}".rstrip()
    )
