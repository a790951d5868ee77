"""Answers as a chat sees them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.rendering.answers import render_answer
from core.rendering.explain import FORMULA, render_explain
from core.rendering.lists import render_similar, render_sources
from core.rendering.richtext import split, utf16_len
from core.rendering.words import LANGUAGES
from schemas.analysis import AnalysisResponse, ExpansionHint, Insight
from schemas.facts import BaselineFacts
from schemas.runs import RichText
from tests.unit.rendering import samples
from tests.unit.rendering.telegram_rules import faults
from tests.unit.rendering.trees import text


def answer(kind: str = "trends", *, lang: str = "en", **changes: object) -> RichText:
    response = samples.response(kind, **changes)
    return render_answer(response, samples.FACTS, lang=lang, tz="UTC", cards=samples.CARDS)


def links(rich: RichText) -> list[tuple[str, str | None]]:
    raw = rich.text.encode("utf-16-le")
    return [
        (raw[e.offset * 2 : (e.offset + e.length) * 2].decode("utf-16-le"), e.url)
        for e in rich.entities
        if e.type == "text_link"
    ]


def before_sources(rich: RichText) -> list[str]:
    quote = next(e for e in rich.entities if e.type == "expandable_blockquote")
    raw = rich.text.encode("utf-16-le")[: quote.offset * 2]
    return raw.decode("utf-16-le").splitlines()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", samples.RESULTS)
def test_every_kind_of_answer_is_one_scannable_message(kind: str, lang: str) -> None:
    rich = answer(kind, lang=lang)

    assert faults(rich) == []
    assert utf16_len(rich.text) < 3500
    assert len(before_sources(rich)) <= 26


def test_an_answer_begins_with_its_header_in_bold_and_its_summary() -> None:
    rich = answer()

    assert rich.text.startswith(
        "Trends · 24 hours to 10 Nov, 12:00\n\nFar above the usual: the ferry stop at Northport."
    )
    assert (rich.entities[0].type, rich.entities[0].length) == ("bold", 34)


def test_insights_cite_numbers_that_open_the_article() -> None:
    rich = answer()

    assert "• The ferry stop is covered by 5 publishers [1][3]\n" in rich.text
    assert ("[1]", "https://daily-harbor.example/1") in links(rich)
    assert "[3]" not in dict(links(rich))


def test_sources_are_numbered_links_with_publisher_and_date_in_an_expandable_quote() -> None:
    rich = answer(lang="ru")

    assert "1. Ferry to Northport stops after storm damage — Daily Harbor, 8 нояб." in rich.text
    assert (samples.TITLES[0], "https://daily-harbor.example/1") in links(rich)
    assert rich.entities[-2].type != "expandable_blockquote"
    assert sum(e.type == "expandable_blockquote" for e in rich.entities) == 2


def test_a_burst_names_publishers_now_and_usual() -> None:
    assert (
        "↑ Ferry to Northport stops after storm damage — 12 articles, 6 publishers, usually 0.8"
        in answer().text
    )


def test_without_enough_history_nothing_is_compared_with_the_usual() -> None:
    baseline = BaselineFacts(is_enough=False, history_h=72, n_windows=0, n_tested=0)
    facts = samples.FACTS.model_copy(update={"baseline": baseline})

    rich = render_answer(samples.response(), facts, lang="en", tz="UTC", cards=samples.CARDS)

    assert "usually" not in rich.text


def test_without_facts_an_answer_still_says_what_it_knows() -> None:
    rich = render_answer(samples.response(), None, lang="en", tz="UTC", cards=())

    assert "↑ Ferry to Northport stops after storm damage — 12 articles\n" in rich.text
    assert faults(rich) == []


def test_sentiment_shows_words_number_bar_aspects_and_a_dated_timeline() -> None:
    shown = answer("sentiment").text

    assert "Mood: rather negative (−0.24)\n▱▱▱▱▰│▱▱▱▱▱\n" in shown
    assert "−0.61 Northport [1]\n+0.70 Vale Rovers [3]\n" in shown
    assert "Over time: ▅▂ (9 Nov, 12:00 to 10 Nov, 12:00)" in shown


def test_keywords_show_counts_examples_and_hints() -> None:
    shown = answer("keywords").text

    assert "2. phrase 2 — 20 articles, 3 publishers, new\n" in shown
    assert "• phrase 2: Vale Rovers win the island cup" in shown
    assert "Try also: ferry, pier\nLeave out: cup\n" in shown


def test_topics_that_the_sentences_name_are_not_listed_again() -> None:
    topics = samples.TOPICS[:2]
    told = [
        Insight(type="fact", text=f"{topic.label}: 5 articles", evidence_refs=(samples.ref(1),))
        for topic in topics
    ]
    result = samples.RESULTS["topics"].model_copy(update={"topics": topics})

    assert "\nTopics\n" in answer("topics", result=result, insights=told[:1]).text
    assert "\nTopics\n" not in answer("topics", result=result, insights=told).text


def test_counts_that_a_sentence_tells_are_not_told_again() -> None:
    mood = "The tone is rather negative (−0.24) over 101 articles: 30 positive, 71 negative"
    told = Insight(type="fact", text=mood, evidence_refs=(samples.ref(1),))

    assert "Measured in 101 articles" in answer("sentiment").text
    assert "Measured in" not in answer("sentiment", insights=(told,)).text


def test_phrases_that_are_listed_are_not_offered_again() -> None:
    hint = ExpansionHint(intents=("informational",), expansions=("Phrase 2", "pier"), negatives=())
    result = samples.RESULTS["keywords"].model_copy(update={"expansion_hint": hint})

    shown = answer("keywords", result=result).text

    assert "Try also: pier\n" in shown
    assert "People look for it" not in shown


def test_topics_show_what_emerges_and_what_is_quiet() -> None:
    assert "Emerging: pier tax\nQuiet this time: fishing quota" in answer("topics").text


def test_warnings_and_the_writer_close_an_answer() -> None:
    assert answer().text.endswith(
        "⚠️ Sentiment covers 101 of 1,321 articles.\n\n"
        "Confidence: medium, 62% · worded locally, no language model"
    )


def test_a_models_name_is_shown_as_it_answered() -> None:
    meta = samples.META.model_copy(update={"model": "some-model-2"})

    assert answer(meta=meta).text.endswith("worded by some-model-2")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("header", ["Trends", "Sample news · Trends"])
def test_sample_news_is_said_first_and_once(lang: str, header: str) -> None:
    window = samples.FACTS.window.model_copy(update={"is_sample": True})
    facts = samples.FACTS.model_copy(update={"window": window})
    response = samples.response(header=header)

    shown = render_answer(response, facts, lang=lang, tz="UTC", cards=()).text

    assert shown.startswith("Sample news")
    assert shown.count("Sample news") == 1


def test_markup_in_titles_stays_text() -> None:
    rich = answer(tldr="<b>*_[x](http://a.example)_*</b> `&amp;`")

    assert "<b>*_[x](http://a.example)_*</b> `&amp;`" in rich.text


hostile = text.map(lambda s: s[:150])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(sorted(samples.RESULTS)),
    lang=st.sampled_from(LANGUAGES),
    words=st.lists(hostile.filter(lambda s: s.strip() != ""), min_size=6, max_size=6),
)
def test_answers_and_explanations_in_any_script_are_valid_messages(
    kind: str, lang: str, words: list[str]
) -> None:
    response = _disfigured(kind, words)
    cards = tuple(
        c.model_copy(update={"title": words[5], "source": words[4]}) for c in samples.CARDS
    )
    run = samples.run(response, evidence=cards)

    messages = [
        render_answer(response, samples.FACTS, lang=lang, tz="UTC", cards=cards),
        render_explain(run, lang=lang, tz="UTC"),
        render_sources(run, page=1, lang=lang, tz="UTC")[0],
        render_similar(cards, lang=lang, tz="UTC"),
    ]

    parts = [part for message in messages for part in split(message)]
    assert [fault for part in parts for fault in faults(part)] == []


def _disfigured(kind: str, words: list[str]) -> AnalysisResponse:
    """An answer whose every free text is one of `words`."""
    insight = samples.response().insights[0].model_copy(update={"text": words[2]})
    evidence = tuple(e.model_copy(update={"title": words[5]}) for e in samples.EVIDENCE)
    result = samples.RESULTS[kind]
    for name, value in result:
        if isinstance(value, tuple) and value and isinstance(value[0], str):
            result = result.model_copy(update={name: tuple(words)})
        for label in ("label", "phrase", "name"):
            if isinstance(value, tuple) and value and hasattr(value[0], label):
                changed = tuple(v.model_copy(update={label: words[3]}) for v in value)
                result = result.model_copy(update={name: changed})
    return samples.response(
        kind,
        header=words[0],
        tldr=words[1],
        insights=(insight,) * 5,
        evidence=evidence,
        result=result,
        warnings=tuple(words),
    )


def test_explain_shows_window_formula_inputs_ranks_checks_and_cost() -> None:
    shown = render_explain(samples.run(), lang="en", tz="Europe/Moscow").text

    said = (
        "9 Nov, 15:00 to 10 Nov, 15:00 (asked for 24 h)",
        "Counted 1,321 of 1,321 matching articles from 21 publishers",
        "Compared with 8 earlier windows",
        FORMULA,
        "x = 5, μ = 0.8, z = 3.14 (3 h before: 1.2), p < 0.001, q = 0.012: burst, rising",
        "Mean over 101 of 1,321 articles: −0.24",
        "62%, a weighted mean of three inputs",
        "80% agreement",
        "99% sample: 1,321 articles",
        "50% margin",
        "[1] Ferry to Northport stops after storm damage: words no. 1 (12.35); vectors no. 5",
        "pii v2 · redacted · insights.0",
        "Time: 1,042 ms (retrieve 1,012, measure 30)",
        "no language model, $0.0012",
    )
    assert [words for words in said if words not in shown] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_explain_fits_one_message_however_much_there_is(lang: str) -> None:
    facts, sentiment = samples.FACTS, samples.FACTS.sentiment
    assert sentiment is not None
    long = {"label": "word " * 16, "surge": samples.SURGE}
    aspect = sentiment.aspects[0].model_copy(update={"name": "n" * 50})
    full = facts.model_copy(
        update={
            "topics": tuple(topic.model_copy(update=long) for topic in facts.topics),
            "sentiment": sentiment.model_copy(
                update={"aspects": (aspect,) * 10, "timeline": sentiment.timeline * 12}
            ),
        }
    )
    cards = tuple(c.model_copy(update={"title": "word " * 40}) for c in samples.CARDS)
    record = samples.run().policy[0].model_copy(update={"detail": "why " * 50})
    run = samples.run(
        samples.response(warnings=("careful " * 40,) * 9),
        facts=full,
        evidence=cards,
        policy=(record,) * 20,
    )

    assert len(split(render_explain(run, lang=lang, tz="UTC"))) == 1


def test_explain_says_what_is_missing() -> None:
    baseline = BaselineFacts(is_enough=False, history_h=72, n_windows=0, n_tested=0)
    window = samples.FACTS.window.model_copy(update={"used": "3d", "match": "half_weight"})
    facts = samples.FACTS.model_copy(
        update={"baseline": baseline, "window": window, "sentiment": None}
    )

    shown = render_explain(samples.run(facts=facts), lang="en", tz="UTC").text

    assert "Nothing was found in 24 h, so the window was widened to 3 days" in shown
    assert "Too little history (3 days" in shown
    assert "Not measured: no counted article is in a measured language" in shown
    assert "Missing\nSentiment covers 101 of 1,321 articles." in shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refused_run_is_explained_without_figures(lang: str) -> None:
    run = samples.run(samples.error(), facts=None, evidence=(), policy=(), timings_ms={})

    rich = render_explain(run, lang=lang, tz="UTC")

    assert faults(rich) == []
    assert "NO_DATA" in rich.text
    assert "secret" not in rich.text


def test_sources_are_paged_with_cited_ones_first_and_the_answers_numbers() -> None:
    first, pages = render_sources(samples.run(), page=1, lang="en", tz="UTC")
    last, _ = render_sources(samples.run(), page=99, lang="en", tz="UTC")

    assert pages == 3
    assert first.text.index("3. Vale Rovers") < first.text.index("Also looked at")
    assert first.text.endswith("Page 1 of 3")
    assert "\n17. Background piece 13\n" in last.text


def test_a_run_without_evidence_says_that_it_has_no_sources() -> None:
    run = samples.run(samples.error(), evidence=())

    assert render_sources(run, page=1, lang="en", tz="UTC") == (
        RichText(text="This answer has no sources to show."),
        1,
    )


def test_similar_stories_are_links_or_a_sentence() -> None:
    assert ("Harbour strike enters third week", "https://daily-harbor.example/2") in links(
        render_similar(samples.CARDS[:2], lang="en", tz="UTC")
    )
    assert render_similar((), lang="ru", tz="UTC").text == (
        "В собранных новостях ничего похожего не нашлось."
    )
