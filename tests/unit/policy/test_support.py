"""A sentence stays when its figures, names, quotations and words are in what it cites."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policy.gate import desk_of, keep_supported
from tests.unit.policy.samples import CARDS, EN, FACTS, claim, objections

TRUE_EN = [
    "Ferry to Gull Island returns after storm, 13 people hurt",
    "The ferry to Gull Island is back after the storm; thirteen people were hurt.",
    "Mayor Ada Quill said the council spends 1.5 million dollars on two ferries.",
    "Quill: “We will not leave the island alone”.",
    "Prices rose by 12 percent since October.",
    "25 sailors of the Tidal Navy helped 1250 passengers on February 27.",
    "TN sailors helped passengers of the ferry, Daily Harbor reports.",
    "The ferry returned on Monday, according to Daily Harbor.",
    "Ferry to Gull Island: 15 articles, 7 publishers; usually 1.5 at these hours",
    "15 articles from 7 publishers cover the ferry, 4 times the usual",
    "“Night ferry” is in 21 of 410 articles",
    "Coverage of the ferry is rising over the last 24 hours.",
    "The tone is rather negative (−0.31): 60 positive, 240 negative.",
    "60% of articles are negative, fear is at 0.24.",
    "It is likely that prices on Gull Island rose after the storm.",
    "One of the ferries returns to the island after the storm.",
]
TRUE_RU = [
    "Паром на остров Чаек вернулся после шторма, пострадали 13 человек",
    "После шторма паром снова ходит на остров Чаек, тринадцать пострадавших.",
    "Мэр Ада Чайкина заявила: совет потратит 10 миллионов рублей на паромы.",
    "Ады Чайкиной совет потратит на паромы от 5 млн руб.",
    "Чайкина: «Мы не бросим остров».",
    "Цены выросли на 0.5 процента с октября.",
    "25 моряков помогли 13 000 пассажиров 27.02.2026",
    "Паром на остров Чаек: 16 статей, 8 изданий; обычно в эти часы 1,5",
    "О пароме на остров Чаек пишут 16 статей из 8 изданий, интерес растёт",
    "Вероятно, цены на острове Чаек выросли после шторма.",
]
FALSE_EN = [
    ("Ferry to Gull Island returns after storm, 14 people hurt", "support number"),
    ("Ferry to Gull Island returns after storm, 31 people hurt", "support number"),
    ("The council spends $1.5 billion on two new ferries", "support number"),
    ("The council spends €1.5 million on two new ferries", "support number"),
    ("The council spends $1.5 million on three new ferries", "support number"),
    ("Prices rose 12 dollars since October", "support number"),
    ("Prices rose 12% since November", "support date"),
    ("Sailors helped passengers on 28 February", "support date"),
    ("Sailors helped passengers on Thursday", "support date"),
    ("Mayor Jon Marlin said the council spends $1.5 million", "support name"),
    ("Marlin said the council spends $1.5 million on two new ferries", "support name"),
    ("The ferry to Gull Island returns, Coast Radio reports", "support name"),
    ("Quill: “We will gladly leave the island alone”", "conflict negation"),
    ("Quill: “We will leave the island alone”", "conflict negation"),
    ("Quill said: “The ferries were never safe”", "support quote"),
    ("A wave of lawsuits now worries insurers over delays", "support words"),
    ("The ferry returns after the storm. Lawsuits worry insurers.", "support name"),
    ("Rovers win the Coastal Cup", "support name"),
    ("Ferry to Gull Island: 16 articles, 7 publishers", "support number"),
    ("Ferry to Gull Island: 15 articles, 9 publishers", "support number"),
    ("15 people hurt as ferry to Gull Island returns after storm", "support number"),
    ("1,250 people hurt after storm, ferry returns", "support number"),
    ("Prices rose; 25 passengers helped sailors", "support number"),
    ("The ferry returns, visit daily-harbor.example/win", "links link-domain"),
    ("Coverage of the ferry is falling", "conflict direction"),
    ("The council does not spend $1.5 million on ferries", "conflict negation"),
    ("The ferry returned after the storm with 300 tons of fish", "support number"),
]
FALSE_RU = [
    ("Паром на остров Чаек вернулся после шторма, пострадали 14 человек", "support number"),
    ("Совет потратит 5–10 млрд рублей на два новых парома", "support number"),
    ("Совет потратит 5–10 млн долларов на два новых парома", "support number"),
    ("Цены выросли на 5% с октября 2025 года", "support number"),
    ("Моряки помогли пассажирам 28 февраля", "support date"),
    ("Мэр Иван Приливов заявил: совет потратит 10 млн рублей", "support name"),
    ("Приливов: совет потратит 10 млн рублей на два новых парома", "support name"),
    ("Чайкина: «Мы бросим остров»", "conflict negation"),
    ("Эксперты опасаются волны исков из-за задержек", "support words"),
    ("Интерес к парому на остров Чаек падает", "conflict direction"),
    ("Совет не потратит 5–10 млн рублей на паромы", "conflict negation"),
]


@pytest.mark.parametrize("text", TRUE_EN)
def test_a_true_sentence_stays(text: str) -> None:
    assert objections(text) == []


@pytest.mark.parametrize("text", TRUE_RU)
def test_a_true_russian_sentence_stays(text: str) -> None:
    assert objections(text, 2, lang="ru") == []


@pytest.mark.parametrize(("text", "expected"), FALSE_EN)
def test_a_lie_falls_with_its_reason(text: str, expected: str) -> None:
    assert objections(text) == [expected]


@pytest.mark.parametrize(("text", "expected"), FALSE_RU)
def test_a_russian_lie_falls_with_its_reason(text: str, expected: str) -> None:
    assert objections(text, 2, lang="ru") == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Паром на Gull Island вернулся после шторма, пострадали 13 человек", []),
        ("Мэр Ада Квилл: 1,5 млн долларов на два парома", []),
        ("Мэр Иван Приливов: 1,5 млн долларов на два парома", ["support name"]),
        ("Паром вернулся, пострадали 14 человек", ["support number"]),
        ("Где-то снова ходит какой-то паром", ["support foreign"]),
        ("Мэр сказала: «Мы не бросим остров»", ["support quote"]),
    ],
)
def test_a_sentence_in_another_language_than_its_article_needs_names_or_figures_of_it(
    text: str, expected: list[str]
) -> None:
    assert objections(text, 1, lang="ru") == expected


def test_an_unknown_id_fails_its_sentence_although_another_one_is_known() -> None:
    assert objections(TRUE_EN[0], 1, 99) == ["evidence unknown-id"]


@pytest.mark.parametrize("kind", ["hypothesis", "recommendation"])
def test_advice_needs_evidence_as_a_fact_does(kind: str) -> None:
    assert objections("Watch whether Gull Island prices rise further.", type=kind) == []
    assert objections("Watch whether 40 ferries return.", type=kind) == ["support number"]


def test_a_computed_sentence_is_not_asked() -> None:
    finding = claim("Anything at all, 99 times.", is_computed=True)

    kept, records = keep_supported([finding], desk_of(CARDS, FACTS, lang="en"))

    assert kept == (finding,)
    assert records == ()


def test_what_was_checked_is_recorded_once_for_each_rule() -> None:
    _, records = keep_supported(
        [claim(TRUE_EN[0]), claim(TRUE_EN[2])], desk_of(CARDS, FACTS, lang="en")
    )

    assert [(r.rule, r.verdict) for r in records] == [
        (rule, "allow")
        for rule in (
            *("evidence", "links", "language", "support", "conflict", "injection", "length"),
        )
    ]


def test_places_of_an_objection_are_those_of_the_text() -> None:
    text = "The storm hurt 14 people"

    _, records = keep_supported([claim(text)], desk_of(CARDS, FACTS, lang="en"))

    ((start, end),) = records[0].spans
    assert text[start:end] == "14"


@given(st.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    kept, records = keep_supported([claim(text)], desk_of(CARDS, FACTS, lang="en"))

    assert len(kept) + sum(record.verdict == "drop" for record in records) == 1


@given(st.integers(min_value=0, max_value=10**7))
def test_no_figure_passes_but_those_of_the_article(number: int) -> None:
    told = {13, 12, 27, 25, 1250, 2025, 1_500_000, 2, 410, 412}

    is_kept = not objections(f"The storm hurt {number} on the ferry to Gull Island")

    assert not is_kept or number in told


@pytest.mark.parametrize(
    "unit", ["5 ", "a ", "“", "«a ", "1,", "two ", "A. ", "[a](", "not ", "Mar "]
)
def test_any_repetition_is_read_to_the_end(unit: str) -> None:
    """What is worse than linear would not come back from a text of this length."""
    card = EN.model_copy(update={"snippet": unit * 5_000})

    kept, _ = keep_supported([claim(unit * 300)], desk_of((card,), FACTS, lang="en"))

    assert len(kept) <= 1
