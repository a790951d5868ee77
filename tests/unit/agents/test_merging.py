from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.agents.merging import LEADING, MAX_LINES, merge, pair
from schemas.drafts import Finding
from tests.unit.agents.writing import claim, line

FLOOD = line("Barrier at Port Selmer fails: 10 articles, 8 publishers", 1, 2)
ROOF = line("School roof in Ostrel is repaired: 2 articles, 1 publisher", 3)
MOOD = line("The tone is rather negative (−0.20) over 26 articles", 4, 5)
SPLIT = line("Gazette writes in a negative tone, Courier in a positive one", 6, 7, type="conflict")
LINES = (FLOOD, ROOF, MOOD)


def test_a_claim_takes_the_place_of_the_line_that_cites_the_same_and_keeps_its_order() -> None:
    claims = pair([claim("Ostrel mended its school roof.", 3)], LINES, lang="en")

    merged = merge(LINES, claims)

    assert [f.text for f in merged] == [
        FLOOD.text,
        "Ostrel mended its school roof.",
        MOOD.text,
    ]
    assert merged[1].basis == ROOF.text


def test_what_only_repeats_a_line_is_that_line() -> None:
    (found,) = pair([claim(FLOOD.text + ".", 1)], LINES, lang="en")

    assert (found.is_computed, found.article_ids) == (True, (1, 2))


def test_of_two_lines_with_one_article_the_figures_decide() -> None:
    first = line("The tone is negative (−0.36) over 11 articles", 1)
    second = line("The strongest emotion is sadness (0.26)", 1)

    (found,) = pair([claim("Sadness is strongest, at 0.26.", 1)], [first, second], lang="en")

    assert found.basis == second.text


def test_a_claim_that_says_nothing_of_the_line_is_no_wording_of_it() -> None:
    stray = claim("Frost killed the young plants.", 4)

    claims = pair([stray], LINES, lang="en")

    assert claims[0].basis == ""
    assert merge(LINES, claims) == (*LINES, claims[0])


def test_a_conflict_is_worded_only_by_a_claim_that_cites_both_sides() -> None:
    said = "Gazette writes negatively, Courier positively."

    (one_sided,) = pair([claim(said, 6)], [SPLIT], lang="en")
    (whole,) = pair([claim(said, 6, 7)], [SPLIT], lang="en")

    assert (one_sided.basis, one_sided.type) == ("", "fact")
    assert (whole.basis, whole.type) == (SPLIT.text, "conflict")


@pytest.mark.parametrize("kind", ["hypothesis", "recommendation"])
def test_a_reading_of_the_news_stands_behind_the_lines_and_words_none(kind: Any) -> None:
    claims = pair(
        [claim("Barrier at Port Selmer may fail again.", 1, type=kind)], LINES, lang="en"
    )

    assert merge(LINES, claims)[-1].type == kind
    assert merge(LINES, claims)[:3] == LINES


def test_in_a_full_answer_an_extra_takes_the_place_of_the_last_line_that_may_go() -> None:
    lines = (*LINES, SPLIT, line("Pumps are on their way: 1 article", 8))

    merged = merge(lines, [claim("More floods may come.", 1, type="hypothesis")])

    assert [f.type for f in merged] == ["fact", "fact", "fact", "conflict", "hypothesis"]


def test_russian_words_meet_their_line_in_any_inflection() -> None:
    computed = line("Приливный барьер Порт-Сельмера рухнул: 3 статьи", 1)

    (found,) = pair([claim("Рухнул барьер в Порт-Сельмере.", 1)], [computed], lang="ru")

    assert found.basis == computed.text


findings = st.builds(
    Finding,
    type=st.sampled_from(["fact", "conflict"]),
    text=st.text("abc 12", min_size=1, max_size=20),
    article_ids=st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True).map(tuple),
)
claims = st.builds(
    Finding,
    type=st.sampled_from(["fact", "conflict", "hypothesis", "recommendation"]),
    text=st.text("abc 12", min_size=1, max_size=20),
    article_ids=st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True).map(tuple),
    is_computed=st.just(False),
)


@given(
    st.lists(findings, max_size=MAX_LINES, unique_by=lambda f: f.text),
    st.lists(claims, max_size=8),
)
def test_no_line_in_the_lead_and_no_conflict_is_ever_lost(
    lines: list[Finding], said: list[Finding]
) -> None:
    merged = merge(lines, pair(said, lines, lang="en"))

    kept = [f.basis or f.text for f in merged]
    must_stay = [f for n, f in enumerate(lines) if n < LEADING or f.type == "conflict"]
    assert all(f.text in kept for f in must_stay)
    assert len(merged) <= max(MAX_LINES, len(lines))
    assert [f.type for f in merged if f.basis] == [f.type for f in lines if f.text in
        {g.basis for g in merged}]  # fmt: skip
