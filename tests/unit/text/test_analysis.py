"""One text in, one valid analysis out, whatever the text is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text.analysis import ANALYSER_VERSION, analyse, search_copy
from core.text.emotions import EMOTIONS
from core.text.markup import MAX_CHARS
from schemas.articles import TextAnalysis


def _check(found: TextAnalysis) -> None:
    assert found.version == ANALYSER_VERSION
    assert found.sentiment is None or -1 <= found.sentiment <= 1
    assert tuple(found.emotions) in ((), EMOTIONS)
    assert (found.sentiment is None) == (not found.emotions)
    assert len(found.terms) == len(set(found.terms)) <= 400
    assert len(found.keyphrases) <= 10
    assert found.lang
    assert 0 <= found.lang_p <= 1
    assert TextAnalysis.model_validate_json(found.model_dump_json()) == found


def test_an_article_is_described():
    found = analyse(
        "Germany opens longest bridge - City Herald",
        "The bridge over the Elbe was opened on Monday. Engineers celebrate a record.",
        lang_prior="en",
        source="City Herald",
    )

    assert found.lang == "en"
    assert "germani" in found.entities
    assert {"bridg", "elb", "engin"} <= set(found.terms)
    assert "herald" not in found.terms


def test_a_title_that_repeats_the_first_words_is_not_counted_twice():
    text = "**Мост открыт**. Движение начнётся завтра."

    assert analyse("Мост открыт", text, lang_prior="ru") == analyse("", text, lang_prior="ru")


def test_the_search_copy_has_a_space_at_both_ends():
    assert search_copy("Bridges open", "In 2024", "en") == (" bridg open ", " in 2024 ")
    assert search_copy("", "!!!", "en") == (" ", " ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "😀🎉",
        "\x00\x00",
        "\ud800 lone",
        "مرحبا بالعالم 2024",
        "東京で地震",
        "[](https://a.example)" * 50,
        "(" * 5_000,
        "**__~~||`" * 1_000,
        "a" * 30_000,
        "A. " * 10_000,
        "<" * 20_000,
        "https://" * 3_000,
        "[" * 20_000,
    ],
)
def test_odd_texts_give_a_valid_analysis(text: str):
    _check(analyse(text, text, lang_prior=None))


def test_a_text_of_two_megabytes_is_read_up_to_the_cap():
    text = "Городской совет одобрил строительство моста через реку. " * 36_000

    found = analyse("Мост", text, lang_prior="ru")

    assert found == analyse("Мост", text[:MAX_CHARS], lang_prior="ru")
    _check(found)


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=80),
    st.text(max_size=400),
    st.sampled_from([None, "en", "ru", "zz", "-", "uk"]),
)
def test_any_text_gives_a_valid_analysis(title: str, text: str, prior: str | None):
    _check(analyse(title, text, lang_prior=prior, source=title[:10]))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="[]()*_`<>&;#:/.htpw -А1\n\ud800\x00😀", max_size=300))
def test_broken_markup_gives_a_valid_analysis(text: str):
    _check(analyse(text, text, lang_prior="ru"))
