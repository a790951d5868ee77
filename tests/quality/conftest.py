"""Where the labelled data lies, what answers its rows, and the table at the end."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.quality.scoring import Batch, Scorer, Table


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of labelled sets and streams; without it there is nothing to measure on."""
    name = os.environ.get("NEWSDESK_EVAL_DATA")
    if not name:
        pytest.skip("NEWSDESK_EVAL_DATA names no folder of labelled data")
    return Path(name)


@pytest.fixture(scope="session")
def scorer(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    """The scorer that belongs to the data."""
    script = data.parent / "eval" / "score.py"
    if not script.exists():
        pytest.skip(f"there is no scorer at {script}: figures are only comparable by that one")
    return Scorer(script, tmp_path_factory.mktemp("scored"))


@pytest.fixture(scope="session")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """What answers rows: the command as people run it."""
    return Batch(tmp_path_factory.mktemp("batch"))


@pytest.fixture(scope="session")
def table() -> Iterator[Table]:
    """The figures of this run, printed at its end."""
    made = Table()
    yield made
    if made.figures:
        print("\n\n" + "\n".join(made.lines()))
