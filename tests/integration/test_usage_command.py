"""`newsdesk usage` as an operator's terminal shows it."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.spending import SpendingReport
from services.wiring import open_desk
from tests.contract.money import NOON, attempt, ended, estimated
from tests.integration.conftest import settings_for
from tests.integration.model_commands import run

CLOCK = {"NEWSDESK_NOW": NOON.isoformat()}


@pytest.fixture(scope="module")
def spent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which three models were asked for two people over two days."""
    folder = tmp_path_factory.mktemp("spent") / "data"
    attempts = [
        (attempt("a1"), ended("a1")),
        (attempt("a2", person="43", command="topics"), estimated("a2")),
        (
            attempt("a3", run_id="r3", model="claude", at=NOON - timedelta(days=1), scopes=()),
            ended("a3", model="claude-of-spring", micro_usd=2_500_000),
        ),
        (
            attempt("a4", person=None, chat=None, at=NOON - timedelta(days=9), scopes=()),
            ended("a4", model="[bold]old[/bold]"),
        ),
    ]

    async def spend() -> None:
        async with open_desk(settings_for(folder, now=NOON)) as desk:
            for reservation, settlement in attempts:
                await desk.ledger.reserve(reservation)
                await desk.ledger.settle(settlement)

    asyncio.run(spend())
    return folder


def report(folder: Path, *argv: str) -> SpendingReport:
    """What a command says as JSON."""
    ran = run(folder, "usage", *argv, "--json", env=CLOCK)
    assert ran.returncode == 0, ran.stderr
    return SpendingReport.model_validate_json(ran.stdout)


def test_nothing_spent_is_said_in_words(tmp_path: Path) -> None:
    ran = run(tmp_path / "data", "usage")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Nothing was spent: no language model was asked in these days." in ran.stdout
    assert "Today, money of everybody: $0.00 of $50.00" in ran.stdout
    assert "Language models are off" in ran.stdout


def test_the_table_is_in_dollars_with_totals_limits_and_estimates(spent: Path) -> None:
    ran = run(spent, "usage", env=CLOCK)

    rows = {line.split()[0]: line.split() for line in ran.stdout.splitlines() if line[:1].strip()}
    assert ran.stdout.startswith("Language models, 2026-02-23 – 2026-03-01 (UTC):")
    assert rows["claude-of-spring"][1:] == ["1", "0", "200", "50", "100", "$2.50"]
    assert rows["gpt-5"][1:] == ["1", "1", "0", "0", "0", "≈", "$0.0005"]
    assert rows["Together"][1:] == ["3", "1", "400", "100", "200", "≈", "$2.50"]
    assert "the most it can have cost is counted" in ran.stdout
    assert "Today, money of everybody: $0.0006 of $50.00" in ran.stdout


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("model", ["claude-of-spring", "gpt-5", "gpt-5-2026-01-15"]),
        ("command", ["trends", "topics"]),
        ("person", ["42", "43"]),
        ("chat", ["-7"]),
        ("day", ["2026-02-28", "2026-03-01"]),
    ],
)
def test_spending_is_sorted_by_what_is_asked(spent: Path, by: str, keys: list[str]) -> None:
    told = report(spent, "--by", by)

    assert [line.key for line in told.lines] == keys
    assert sum(line.micro_usd for line in told.lines) == told.total.micro_usd == 2_500_620


def test_days_can_be_chosen_and_both_count(spent: Path) -> None:
    told = report(spent, "--since", "2026-02-20", "--until", "2026-02-28", "--by", "day")

    assert [line.key for line in told.lines] == ["2026-02-20", "2026-02-28"]


def test_a_name_is_shown_as_it_is_and_nobody_by_words(spent: Path) -> None:
    day = ("--since", "2026-02-20", "--until", "2026-02-20")

    by_model = run(spent, "usage", *day, env=CLOCK)
    by_person = run(spent, "usage", "--by", "person", *day, env=CLOCK)

    assert "[bold]old[/bold]" in by_model.stdout
    assert "(nobody in particular)" in by_person.stdout


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (("--since", "yesterday"), "--since takes a day such as 2026-03-14, got 'yesterday'"),
        (("--until", "2026-02-30"), "--until takes a day"),
        (("--since", "2026-03-02", "--until", "2026-03-01"), "turn them round"),
        (("--since", "2999-12-31"), "turn them round"),
        (("--until", "0001-01-01"), "--until takes a day"),
        (("--until", "9999-12-31"), "--until takes a day"),
        (("--by", "colour"), "invalid choice"),
    ],
)
def test_wrong_words_are_wrong_usage(spent: Path, argv: tuple[str, ...], word: str) -> None:
    ran = run(spent, "usage", *argv, env=CLOCK)

    assert ran.returncode == 2
    assert word in ran.stderr
