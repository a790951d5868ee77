"""The search copy: folding, words, stems, query words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.stems import stem
from core.text.tokens import (
    clean_display,
    content_stems,
    first_sentence,
    is_stop_word,
    normalise,
    query_stems,
    sentences,
    stems,
    words,
)

POST = (
    "⚡️ **Мост через реку** откроют [в мае](https://example.org/news?id=1), — мэрия.\n\n"
    "__Движение перекроют.__\n\n🔴 [Подписаться на Город](https://t.me/city)"
)


def test_the_search_copy_loses_markup_links_and_the_footer():
    assert normalise(POST) == "⚡ мост через реку откроют в мае, — мэрия. движение перекроют."


def test_a_text_that_is_only_a_link_keeps_its_words():
    assert normalise("[Новый мост](https://example.org)") == "новый мост"


def test_yo_is_written_as_e_and_case_is_folded():
    assert normalise("Ёлка СТРОЙКИ") == "елка стройки"


@pytest.mark.parametrize(
    ("title", "source"),
    [
        ("Bridge opens in May - City Herald", "City Herald"),
        ("Bridge opens in May | Herald", "City Herald"),
        ("Bridge opens in May - herald.example.com", ""),
    ],
)
def test_the_publisher_is_taken_off_a_title(title: str, source: str):
    assert normalise(title, source=source or "x") == "bridge opens in may"


def test_a_dash_that_is_not_the_publisher_stays():
    title = "Floods in the north - what we know"

    assert normalise(title, source="City Herald") == title.lower()


def test_abbreviations_numbers_and_possessives_become_single_words():
    found = words("The U.S. mayor's 3,500 votes, 17,5 percent; it doesn't count")

    assert found == [
        "the",
        "us",
        "mayor",
        "3500",
        "votes",
        "17.5",
        "percent",
        "it",
        "doesn't",
        "count",
    ]


def test_scripts_without_spaces_give_pairs_of_characters():
    assert words("北京大学") == ["北京", "京大", "大学"]


def test_vowel_signs_stay_inside_their_word():
    assert words("हिन्दी समाचार") == ["हिन्दी", "समाचार"]


def test_stems_keep_reading_order_and_stop_words():
    assert stems("Мосты через реки", "ru") == ["мост", "через", "рек"]


def test_a_latin_name_in_a_russian_text_is_stemmed_as_english():
    assert stems("новые Bridges", "ru")[-1] == "bridg"


def test_content_stems_leave_out_stop_words_and_repeats_and_keep_numbers():
    found = content_stems("The bridge and the bridges opened in 2024, 5 times", "en")

    assert found == ("bridg", "open", "2024", "time")


def test_a_query_word_finds_articles_of_several_languages():
    found = query_stems("Elections")

    assert {"elect", "election", "elections"} <= found


def test_a_query_word_does_not_become_another_common_word():
    assert "new" not in query_stems("news")


def test_punctuation_alone_has_no_stem():
    assert query_stems("!?") == frozenset()


@pytest.mark.parametrize("word", ["the", "в", "который", "und"])
def test_function_words_are_stop_words(word: str):
    assert is_stop_word(word)


@pytest.mark.parametrize("word", ["us", "war", "мост"])
def test_names_and_topics_are_no_stop_words(word: str):
    assert not is_stop_word(word)


def test_abbreviations_and_initials_do_not_end_a_sentence():
    found = sentences("Mr. Hill met Sen. Ford. В 2024 г. Иванов И. И. приехал. Всё.")

    assert found == ["Mr. Hill met Sen. Ford.", "В 2024 г. Иванов И. И. приехал.", "Всё."]


def test_a_very_short_first_sentence_takes_the_next_along():
    assert first_sentence("Срочно! Мост открыт.\nДальше") == "Срочно! Мост открыт."


def test_a_long_first_sentence_is_cut_after_a_word():
    cut = first_sentence("слово " * 100, max_chars=28)

    assert cut == "слово слово слово слово…"
    assert len(cut) <= 28


def test_a_snippet_reads_like_text():
    assert clean_display("**Bold** &amp; [link](https://a.example/x) see https://b.example/y") == (
        "Bold & link see"
    )


@given(st.text(max_size=200), st.sampled_from(["en", "ru", "uk", "de", "fr", "zh", "cs", "xx"]))
def test_every_stem_of_a_text_is_among_the_stems_of_its_query_word(text: str, lang: str):
    for word in words(text):
        assert stem(word, lang) in query_stems(word)


@given(st.text(max_size=300))
def test_the_search_copy_has_single_spaces_and_no_surrogates(text: str):
    copy = normalise(text)

    assert copy == " ".join(copy.split())
    assert copy.encode().decode() == copy


@given(st.text(max_size=400), st.integers(min_value=2, max_value=60))
def test_a_first_sentence_is_never_longer_than_asked(text: str, max_chars: int):
    assert len(first_sentence(text, max_chars)) <= max_chars
