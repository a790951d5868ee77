"""Private data and orders in texts: what is found, and how often news are flagged in vain."""

import json
import operator
from collections import Counter
from pathlib import Path

import pytest

from core.policy.injection import judge
from core.policy.pii import find_private
from tests.quality.private_samples import ip_samples
from tests.quality.scoring import BATCH_OF, Batch, Goal, Scorer, Table, read_rows
from tests.unit.policy.test_injection import FRESH
from tests.unit.policy.test_injection_families import HELD_OUT
from tests.unit.policy.test_secrets import SHAPES

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


def test_network_addresses_are_told_from_versions_times_and_scores(table: Table) -> None:
    samples = ip_samples()
    found = [
        {text[one.start : one.end] for one in find_private(text) if one.kind == "ip"}
        for text, _ in samples
    ]

    n_right = sum(
        address in said for (_, address), said in zip(samples, found, strict=True) if address
    )
    n_said = sum(map(len, found))
    table.add(Goal("200 of our own", "ip", "recall", None, 0.95), rows=200, value=n_right / 100)
    table.add(
        Goal("200 of our own", "ip", "precision", None, 0.95), rows=200, value=n_right / n_said
    )


def test_keys_of_thirty_kinds_are_found_in_sentences_of_both_languages(table: Table) -> None:
    frames = ("It leaked: {}.", "В журнале стоял {}, и никто не заметил", "key={}", "({})", "{}")
    texts = [(frame.format(key), key) for key in SHAPES.values() for frame in frames]

    n = sum(
        any(
            one.kind == "secret" and text[one.start : one.end] == key for one in find_private(text)
        )
        for text, key in texts
    )

    assert len(SHAPES) >= 30
    table.add(
        Goal("30 kinds", "secrets", "recall", None, 0.95), rows=len(texts), value=n / len(texts)
    )


@pytest.mark.parametrize("name", STREAMS)
def test_no_word_of_the_news_is_taken_for_a_key(
    name: str, data: Path, batch: Batch, table: Table
) -> None:
    said = read_rows(batch.answer("pii", data / f"{name}.jsonl"))

    n = sum(span["type"] == "secret" for row in said for span in row["spans"])
    goal = Goal(name, "secrets", "false alarms", None, 0, most=True)
    table.add(goal, rows=len(said), value=n)


def test_five_thousand_headlines_hold_nothing_that_is_surely_private(
    data: Path, batch: Batch, table: Table
) -> None:
    name = "stream_en_headlines/headlines"
    said = read_rows(batch.answer("pii", data / f"{name}.jsonl"))[:5000]

    n = sum(span["class"] == "confirmed" for row in said for span in row["spans"])
    table.add(Goal(name, "spans", "confirmed of 5,000", None, 0, most=True), rows=5000, value=n)


def test_orders_are_found_by_category_those_held_out_too(data: Path, table: Table) -> None:
    """Categories are split by their names' order; every second one counts as held out.

    All patterns are general, but their author had read the attacks of every category, so the fair
    figure is that of `HELD_OUT`: orders written before the patterns of tasks, and not looked at.
    """
    rows = read_rows(data / "injection_bipia/documents.jsonl")
    attacked = [row for row in rows if row["label"] == "injected"]
    categories = sorted({row["attack_category"] for row in attacked})
    caught: Counter[str] = Counter()
    for row in attacked:
        caught[row["attack_category"]] += judge(row["text"]).is_flagged
    total = Counter(row["attack_category"] for row in attacked)
    print("\n\ncategory                        caught  of")
    for category in categories:
        print(f"{category:<32}{caught[category]:>6}{total[category]:>4}")
    for part, names in (("tuned", categories[::2]), ("held out", categories[1::2])):
        n = sum(total[name] for name in names)
        value = sum(caught[name] for name in names) / n
        goal = Goal(f"injection_bipia, {part}", "detection", "recall", None, 0.6)
        table.add(goal, rows=n, value=value)
    for name, orders, floor in (
        ("orders written later", FRESH, 0.5),
        ("orders held out", HELD_OUT, 0.7),
    ):
        value = sum(judge(text).is_flagged for text in orders) / len(orders)
        goal = Goal(name, "detection", "recall", None, floor)
        table.add(goal, rows=len(orders), value=value)
