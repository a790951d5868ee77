"""`batch policy`: rows of sentences and evidence, as programs hand them over."""

import pytest

from core.errors import UsageError
from services.batch.rows import Row
from services.batch.sentences import policy
from tests.unit.policy.samples import FACTS, OTHER

EVIDENCE = [
    {"id": "a", "title": "Ferry to Gull Island returns", "text": "13 people hurt in the storm."},
    {"id": "b", "title": "Rovers win the Coastal Cup", "source": {"name": "Coast Radio"}},
]


def answer(**fields: object) -> dict[str, object]:
    """What a row gives."""
    return dict(policy(Row(1, {"evidence": EVIDENCE, **fields})))


@pytest.mark.parametrize(
    ("fields", "verdict", "text"),
    [
        ({"text": "Ferry to Gull Island returns"}, "allow", "Ferry to Gull Island returns"),
        ({"text": "14 people hurt in the storm"}, "refuse", ""),
        ({"text": "The ferry returns", "refs": ["b"]}, "refuse", ""),
        ({"text": "The ferry returns", "refs": ["a", "zz"]}, "refuse", ""),
        ({"text": "The ferry returns", "refs": []}, "refuse", ""),
        ({"text": "Ferry returns: x@gull.tt", "refs": ["a"]}, "redact", "Ferry returns: [e-mail]"),
        (
            {"insights": [{"text": "The ferry returns", "refs": ["a"]}, {"text": "Snow falls"}]},
            "drop",
            "The ferry returns",
        ),
        (
            {"text": "Ferry returns, call +7 912 345-67-89", "evidence": [
                {"title": "Ferry returns, call +7 912 345-67-89"}]},
            "redact",
            "Ferry returns, call [tel]",
        ),
        ({"text": "Паром вернулся", "lang": "en"}, "refuse", ""),
    ],
)  # fmt: skip
def test_a_row_gives_what_may_leave(fields: dict[str, object], verdict: str, text: str) -> None:
    found = answer(**fields)

    assert (found["verdict"], found["text"]) == (verdict, text)


def test_every_record_names_its_rule_and_sentence() -> None:
    found = answer(insights=[{"text": "Ferry returns", "refs": ["a"]}, {"text": "x", "refs": []}])

    records = found["records"]
    assert isinstance(records, list)
    assert records[-1]["rule"] == "evidence"
    assert records[-1]["where"] == "insights[1]"
    assert {"rule", "version", "verdict", "where", "detail", "spans", "us"} == set(records[0])


def test_a_long_sentence_is_cut() -> None:
    text = "The ferry to Gull Island returns, " * 8

    found = answer(text=text)

    assert found["verdict"] == "rewrite"
    assert len(str(found["text"])) <= 180


def test_facts_allow_their_figures() -> None:
    facts = FACTS.model_dump(mode="json")
    row = {
        "text": "The ferry returns: 15 articles",
        "evidence": [{"title": FACTS.topics[0].label}],
    }

    assert answer(**row)["verdict"] == "refuse"
    assert answer(**row, facts=facts)["verdict"] == "allow"
    assert OTHER.article_id == 3


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "nothing to check"),
        ({"insights": "no"}, "`insights` takes a list"),
        ({"text": "x", "refs": "a"}, "`refs` takes a list"),
        ({"text": "x", "evidence": {"a": 1}}, "`evidence` takes a list"),
        ({"text": "x", "evidence": [{"date": "May"}]}, "is not written YYYY-MM-DD"),
        ({"text": "x", "facts": {"window": 1}}, "`facts` cannot be read: window"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(fields: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        answer(**fields)
