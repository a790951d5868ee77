"""Private data and orders in texts: what is found, and how often news are flagged in vain."""

import json
import operator
from collections import Counter
from pathlib import Path

import pytest

from tests.quality.scoring import BATCH_OF, Batch, Goal, Scorer, Table, read_rows

PRIVATE = (
    *(
        Goal(f"pii_presidio/{name}", "spans", f"types.{kind}.{figure}", None, floor)
        for name in ("generated_large", "synth_v2")
        for kind, *floors in (
            ("email", 0.95, 0.92),
            ("card", 0.95, 0.92),
            ("ssn", 0.95, 0.92),
            ("iban", 0.95, 0.92),
            ("phone", 0.85, 0.7),
        )
        for figure, floor in zip("pr", floors, strict=True)
    ),
    *(
        Goal(f"pii_presidio/{name}", "spans", "f1", None, 0.95)
        for name in ("generated_large", "synth_v2")
    ),
    Goal("pii_ru_angryscan/ru_pii", "spans", "r", None, 0.93),
    Goal("pii_ru_angryscan/ru_pii", "spans", "p", None, 0.95),
    Goal("pii_ru_angryscan/ru_pii", "spans", "false_alarms", None, 0, most=True),
)
ORDERS = (
    Goal("injection_bipia/documents", "detection", "recall", None, 0.75),
    Goal("injection_bipia/documents", "detection", "false_alarm_rate", None, 0.02, most=True),
)
STREAMS = (
    "stream_en_headlines/headlines",
    "stream_ru_telegram/posts",
    "stream_bilingual_newsapi/articles",
)
NUMBERS = frozenset({"phone", "card", "ssn", "iban", "ip", "ru_passport", "ru_snils", "ru_oms"})
_name = operator.attrgetter("name", "metric")


def by_name(goal: Goal) -> str:
    return " ".join(_name(goal))


@pytest.mark.parametrize("goal", [*PRIVATE, *ORDERS], ids=by_name)
def test_what_should_not_be_there_is_found(
    goal: Goal, data: Path, batch: Batch, scorer: Scorer, table: Table
) -> None:
    gold = data / f"{goal.name}.jsonl"

    said = batch.answer(BATCH_OF[goal.task], gold)

    value = goal.value_in(scorer.score(goal.task, gold, said))
    table.add(goal, rows=len(read_rows(gold)), value=value)


@pytest.mark.parametrize("name", STREAMS)
def test_news_are_hardly_ever_taken_for_orders(
    name: str, data: Path, batch: Batch, table: Table
) -> None:
    said = read_rows(batch.answer("injection", data / f"{name}.jsonl"))

    goal = Goal(name, "detection", "false alarms", None, 0.005, most=True)
    table.add(goal, rows=len(said), value=sum(row["flagged"] for row in said) / len(said))


@pytest.mark.parametrize("name", STREAMS)
def test_dates_years_prices_and_scores_of_news_are_no_confirmed_numbers_of_persons(
    name: str, data: Path, batch: Batch, table: Table
) -> None:
    """A real telephone number of an office may stand in a post: it is one, so it counts apart."""
    lines = batch.answer("pii", data / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    spans = [span for line in lines for span in json.loads(line)["spans"]]
    found = Counter(span["type"] for span in spans if span["class"] == "confirmed")

    goal = Goal(name, "spans", "confirmed a row", None, 0.0005, most=True)
    n_numbers = sum(found[kind] for kind in NUMBERS)
    table.add(goal, rows=len(lines), value=n_numbers / len(lines))
