from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.agents.expansion import add_found, expand
from core.agents.phrasing import INSIGHT_LIMIT, fit, shorten, signed
from core.agents.sentiment import brief_sentiment
from core.agents.topics import brief_stories, brief_themes
from core.rendering.figures import tone_of
from schemas.analysis import ExpansionHint
from schemas.facts import FamilyMood, KeyphraseFact, StoryFact, TopicFact
from schemas.llm import ExpansionDraft
from schemas.runs import EvidenceCard
from tests.unit.rendering.samples import FACTS

AT = datetime(2025, 3, 12, 18, tzinfo=UTC)


def card(article_id: int, *, date: str | None = "2025-03-12") -> EvidenceCard:
    return EvidenceCard(
        article_id=article_id,
        title="The island ferry stops",
        url=None,
        date=date,
        source="Gazette",
        family="gazette",
        snippet="The ferry stopped at noon.",
        lang="en",
    )


def story(story_id: int, *article_ids: int) -> StoryFact:
    return StoryFact(
        story_id=story_id,
        headline="The island ferry stops",
        lead_id=article_ids[0],
        article_ids=article_ids,
        n_articles=len(article_ids),
        n_families=len(article_ids),
        first_at=AT,
        last_at=AT,
        terms=("ferry",),
    )


def phrase(norm: str, *, n: int, n_families: int) -> KeyphraseFact:
    return KeyphraseFact(
        phrase=norm,
        norm=norm,
        score=0.5,
        ngram=len(norm.split()),
        lang="en",
        n=n,
        n_families=n_families,
        variants=(),
        example_ids=(1,),
    )


def test_a_story_without_a_dated_article_gets_no_line() -> None:
    facts = FACTS.model_copy(update={"stories": tuple(story(n, n) for n in range(1, 8))})
    cards = [card(n, date=None if n == 1 else "2025-03-12") for n in range(1, 8)]

    brief = brief_stories(facts, cards, "en")

    assert [f.article_ids for f in brief.findings] == [(2,), (3,), (4,), (5,), (6,)]


def test_a_topic_of_several_stories_counts_them_and_cites_their_leads() -> None:
    topic = TopicFact(
        label="ferries",
        terms=("ferry",),
        size=3,
        trend="stable",
        story_ids=(1, 2),
        lead_id=1,
        n_families=2,
    )
    facts = FACTS.model_copy(update={"stories": (story(1, 1, 3), story(2, 2)), "topics": (topic,)})

    brief = brief_themes(facts, [card(n) for n in (1, 2, 3)], "en")

    assert brief.findings[0].text == "ferries: 3 articles in 2 stories, 2 publishers"
    assert brief.findings[0].article_ids == (1, 2)
    assert brief.topics == {0: topic}


def test_publishers_far_apart_make_a_conflict_with_both_sides() -> None:
    families = (
        FamilyMood(family="gazette", score=-0.5, n=4, article_id=1),
        FamilyMood(family="courier", score=0.4, n=4, article_id=2),
    )
    assert FACTS.sentiment is not None
    mood = FACTS.sentiment.model_copy(update={"families": families})

    brief = brief_sentiment(mood, "en")

    (conflict,) = [f for f in brief.findings if f.type == "conflict"]
    assert conflict.article_ids == (1, 2)
    assert "gazette" in conflict.text
    assert "courier" in conflict.text


def test_no_mood_gives_no_lines() -> None:
    assert brief_sentiment(None, "en").findings == ()


def test_a_model_can_do_without_emotions_and_the_timeline() -> None:
    assert FACTS.sentiment is not None
    mood = FACTS.sentiment.model_copy(update={"timeline": FACTS.sentiment.timeline[:1] * 2})
    brief = brief_sentiment(mood, "en")

    (place,) = brief.optional
    assert brief.findings[place].text.startswith("The strongest emotion is")
    assert [text.split(",")[0] for text in brief.context] == [
        "The tone from slice to slice of the window"
    ]


def test_a_model_can_do_without_emerging_themes_and_gaps() -> None:
    facts = FACTS.model_copy(update={"emerging": ("pumps",), "gaps": ("herring", "nets")})

    assert brief_themes(facts, [], "en").context == (
        "New on its way up: pumps",
        "Usual before and missing now: herring, nets",
    )


def test_expansions_stand_beside_the_query_at_several_publishers() -> None:
    found = expand(
        "why oil price",
        frozenset({"oil", "price"}),
        [
            phrase("oil", n=9, n_families=5),
            phrase("tanker strike", n=4, n_families=3),
            phrase("oil paintings", n=3, n_families=1),
        ],
        names_source=False,
    )

    assert found.expansions == ("tanker strike",)
    assert found.negatives == ("oil paintings",)
    assert found.intents == ("informational", "transactional", "research")


def test_a_models_expansions_count_only_where_they_stand_in_the_evidence() -> None:
    hint = ExpansionHint(expansions=("tanker strike",))
    said = ExpansionDraft(
        expansions=(
            "Island ferries",
            "tanker strike",
            "pirate attack",
            "ferry",
            "stopped at noon",
        ),
        negatives=("island ferry stops", "ferry tale", "the island ferry stops at noon today"),
    )

    found = add_found(hint, said, [card(1)], frozenset({"ferri"}))

    assert found.expansions == ("tanker strike", "Island ferries", "stopped at noon")
    assert found.negatives == ("island ferry stops",)


@pytest.mark.parametrize(
    "phrase",
    [
        "**island ferry**",
        "[island ferry](https://gull.example)",
        "https://gull.example island ferry",
        "<b>island ferry</b>",
        "island ferry t.me/gull",
        "island ferry\u202e",
        "@island ferry",
        "island_ferry",
    ],
)
def test_a_models_expansions_are_words_without_marks(phrase: str) -> None:
    said = ExpansionDraft(expansions=(phrase,), negatives=(phrase,))

    found = add_found(ExpansionHint(), said, [card(1)], frozenset())

    assert (found.expansions, found.negatives) == ((), ())


def test_russian_expansions_stand_there_in_any_inflection() -> None:
    russian = card(1).model_copy(
        update={"lang": "ru", "title": "Приливный барьер рухнул", "snippet": ""}
    )
    said = ExpansionDraft(expansions=("приливного барьера", "речного барьера"))

    found = add_found(ExpansionHint(), said, [russian], frozenset())

    assert found.expansions == ("приливного барьера",)


@settings(deadline=None)  # the first example reads the words of a language
@given(st.text(min_size=1, max_size=600), st.sampled_from(["en", "ru"]))
def test_a_line_about_any_headline_fits_an_insight(headline: str, lang: str) -> None:
    text = fit(lang, "writer-story-single", "headline", headline, source="The Selmer Gazette")

    assert len(text) <= INSIGHT_LIMIT


@given(st.text(max_size=300), st.integers(5, 200))
def test_a_shortened_text_is_never_longer_than_allowed(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


@given(st.floats(0, 1))
def test_tones_are_symmetric_around_neutral(score: float) -> None:
    mirror = {
        "positive": "negative",
        "very-positive": "very-negative",
        "neutral": "neutral",
    }

    if score not in (0.08, 0.35):  # a border belongs to one side
        assert tone_of(-score) == mirror[tone_of(score)]


@pytest.mark.parametrize(
    ("score", "en", "ru"),
    [(0.25, "+0.25", "+0,25"), (-0.5, "−0.50", "−0,50"), (0.0, "0.00", "0,00")],
)
def test_scores_are_written_with_their_sign(score: float, en: str, ru: str) -> None:
    assert (signed("en", score), signed("ru", score)) == (en, ru)
