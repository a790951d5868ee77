import pytest

from core.agents.brief import Brief
from core.agents.messages import claims_variants, expansion_variants
from core.llm.ladder import Variant
from schemas.analysis import ExpansionHint
from schemas.facts import TopicFact
from services.adapters.llm.scripted import EVIDENCE_LINE
from tests.unit.agents.writing import card, line, shown

MOOD = line("The tone is negative (−0.20)", 1, 2)
EMOTION = line("The strongest emotion is fear (0.2)", 3)
NAME = line("“Ferry”: the tone is negative", 4)
CARDS = [card(n) for n in range(1, 9)]


def sentiment(**more: object) -> Brief:
    """A brief about the mood, with an emotion that a model can do without."""
    values = {
        "task": "sentiment_emotion",
        "findings": (MOOD, EMOTION, NAME),
        "optional": frozenset({1}),
        "context": ("The tone over time: −0.1, −0.3",),
    }
    return Brief(**(values | more))  # type: ignore[arg-type]


def forms(brief: Brief, n_cards: int = 8) -> tuple[Variant, ...]:
    """The forms of one request."""
    return claims_variants(brief, shown(brief, CARDS[:n_cards]), lang="en", clean=str)


def n_articles(variant: Variant) -> int:
    """How many articles a message holds."""
    return len(list(EVIDENCE_LINE.finditer(variant.messages[1].content)))


def test_forms_get_leaner_two_articles_at_a_time_and_end_without_what_is_optional() -> None:
    found = forms(sentiment())

    assert [(v.step, v.n_documents) for v in found] == [
        (None, 8),
        ("fewer_documents", 6),
        ("fewer_documents", 4),
        ("fewer_documents", 3),
        ("no_optional", 2),
    ]


def test_each_form_says_truly_how_many_articles_it_holds() -> None:
    assert [n_articles(v) for v in forms(sentiment())] == [8, 6, 4, 3, 2]


def test_the_leanest_form_keeps_the_evidence_of_every_sentence_in_it() -> None:
    brief = sentiment()
    what = shown(brief, CARDS)
    leanest = claims_variants(brief, what, lang="en", clean=str)[-1].messages[1].content

    assert "emotion" not in leanest
    assert "over time" not in leanest
    assert f"1. {MOOD.text} [{what.ids[1]}]" in leanest
    assert f"\n[{what.ids[1]}] " in leanest
    assert f"\n[{what.ids[4]}] " in leanest


def test_topics_are_optional_too() -> None:
    topic = TopicFact(
        label="Ferries", terms=("ferry",), size=4, trend="stable", story_ids=(1,), lead_id=1
    )
    brief = sentiment(task="topic_modeler", optional=frozenset(), context=(), topics={0: topic})

    first, *_, last = forms(brief)

    assert "Topics:" in first.messages[1].content
    assert (last.step, "Topics:" in last.messages[1].content) == ("no_optional", False)


def test_with_nothing_optional_and_one_article_there_is_one_form() -> None:
    brief = Brief(task="compose", findings=(MOOD,), is_narrow=True)

    assert [(v.step, v.n_documents) for v in forms(brief, n_cards=1)] == [(None, 1)]


def test_a_narrow_brief_shows_only_what_its_sentences_cite() -> None:
    assert forms(sentiment(is_narrow=True))[0].n_documents == 4


@pytest.mark.parametrize("n_cards", range(9))
def test_no_form_is_without_evidence(n_cards: int) -> None:
    assert all(v.n_documents >= 1 for v in forms(sentiment(), n_cards=n_cards))


def test_without_a_single_article_there_is_no_form_at_all() -> None:
    assert forms(sentiment(), n_cards=0) == ()


def test_only_the_offered_sentences_are_put_to_a_model() -> None:
    first = forms(sentiment(n_offered=1))[0].messages[1].content

    assert MOOD.text in first
    assert NAME.text not in first


def test_a_query_and_the_computed_hints_stand_inside_the_fence() -> None:
    what = shown(sentiment(), CARDS)
    hint = ExpansionHint(expansions=("tanker strike",))
    first, *_, last = expansion_variants("ferry [b2c3]", hint, what, lang="ru", clean=str)

    assert "\nQuery: ferry (b2c3)\nFound already: tanker strike\n" in first.messages[1].content
    assert "ferry" not in first.messages[0].content
    assert (first.n_documents, last.n_documents) == (8, 1)
