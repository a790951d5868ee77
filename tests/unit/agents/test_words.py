from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.agents.expansion import expand
from core.agents.phrasing import INSIGHT_LIMIT, fit, shorten, signed, tone_of
from core.agents.sentiment import draft_sentiment
from core.agents.topics import draft_themes, draft_topics
from core.agents.writer import Writer
from core.breaker import Breaker
from core.llm.deadline import Deadline
from core.llm.manager import ModelManager
from core.llm.routes import Route
from core.policy.evidence import is_supported, numbers_of_facts
from monitoring.metrics import Metrics
from schemas.drafts import AgentDraft, Finding
from schemas.facts import FamilyMood, KeyphraseFact, StoryFact, TopicFact
from schemas.llm import Claim, Draft
from schemas.runs import EvidenceCard
from services.adapters.cache.memory import MemoryCache
from services.adapters.llm.scripted import EVIDENCE_LINE, Script, ScriptedModel
from tests.unit.rendering.samples import FACTS

AT = datetime(2025, 3, 12, 18, tzinfo=UTC)
COMPUTED = Finding(type="fact", text="The ferry stopped: 4 articles", article_ids=(1,))


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


def writer(script: Script | None = None, *, lang: str = "en") -> Writer:
    """A writer of templates, or of what a script says."""
    if script is None:
        return Writer(lang=lang, deadline=Deadline(5))
    models = ModelManager(
        {"scripted": ScriptedModel(script=script)},
        {"topic_modeler": Route(models=("scripted",))},
        breaker=Breaker(MemoryCache()),
        metrics=Metrics(),
    )
    return Writer(lang=lang, deadline=Deadline(5), models=models)


async def worded(*refs: str, is_known: bool = True) -> AgentDraft:
    """What becomes of one claim that cites these ids, or the one that was shown."""

    def say(_: object, messages: object) -> Draft:
        shown = EVIDENCE_LINE.findall(messages[1].content)[0][0]  # type: ignore[index]
        return Draft(claims=(Claim(text="It stopped.", refs=(shown,) if is_known else refs),))

    return await writer(say).word("topic_modeler", [COMPUTED], [card(1)])


async def test_a_sentence_of_the_model_takes_the_place_of_the_template() -> None:
    draft = await worded()

    assert [f.text for f in draft.findings] == ["It stopped."]
    assert (draft.findings[0].article_ids, draft.findings[0].is_computed) == ((1,), False)
    assert (draft.model, draft.warnings) == ("scripted", ())


@pytest.mark.parametrize("refs", [(), ("nope",)])
async def test_without_a_citable_sentence_the_template_stays_and_a_warning_says_so(
    refs: tuple[str, ...],
) -> None:
    draft = await worded(*refs, is_known=False)

    assert (draft.findings, draft.model) == ((COMPUTED,), "local")
    assert draft.warnings == ("1 sentence without support in the sources left out.",)


async def test_a_model_that_says_nothing_is_told_of() -> None:
    silent = writer(lambda *_: Draft(claims=()))

    draft = await silent.word("topic_modeler", [COMPUTED], [card(1)])

    assert draft.findings == (COMPUTED,)
    assert draft.warnings[0].startswith("No language model answered")


async def test_a_task_without_a_route_is_worded_by_templates_without_a_warning() -> None:
    draft = await writer(lambda *_: Draft(claims=())).word("compose", [COMPUTED], [card(1)])

    assert draft == AgentDraft(findings=(COMPUTED,))


async def test_a_story_without_a_dated_article_gets_no_line() -> None:
    facts = FACTS.model_copy(update={"stories": tuple(story(n, n) for n in range(1, 8))})
    cards = [card(n, date=None if n == 1 else "2025-03-12") for n in range(1, 8)]

    draft = await draft_topics(facts, cards, writer())

    assert [f.article_ids for f in draft.findings] == [(2,), (3,), (4,), (5,), (6,)]


async def test_a_topic_of_several_stories_counts_them_and_cites_their_leads() -> None:
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

    draft = await draft_themes(facts, [card(n) for n in (1, 2, 3)], writer())

    assert draft.findings[0].text == "ferries: 3 articles in 2 stories, 2 publishers"
    assert draft.findings[0].article_ids == (1, 2)


async def test_publishers_far_apart_make_a_conflict_with_both_sides() -> None:
    families = (
        FamilyMood(family="gazette", score=-0.5, n=4, article_id=1),
        FamilyMood(family="courier", score=0.4, n=4, article_id=2),
    )
    assert FACTS.sentiment is not None
    mood = FACTS.sentiment.model_copy(update={"families": families})

    draft = await draft_sentiment(mood, [card(1), card(2)], writer())

    (conflict,) = [f for f in draft.findings if f.type == "conflict"]
    assert conflict.article_ids == (1, 2)
    assert "gazette" in conflict.text
    assert "courier" in conflict.text


async def test_no_mood_gives_no_lines() -> None:
    assert await draft_sentiment(None, [], writer()) == AgentDraft(findings=())


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


def test_the_number_of_an_article_is_no_figure_that_a_sentence_may_name() -> None:
    facts = FACTS.model_copy(
        update={"stories": (story(777, 555, 556),), "topics": (), "keyphrases": ()}
    )

    known = numbers_of_facts(facts)

    assert not {"777", "555", "556"} & known
    assert not is_supported("555 people fled.", [card(1)], known)
    assert is_supported(f"{facts.window.n_counted} articles.", [card(1)], known)
