import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports.windows import TermGroup
from core.retrieval.query import Query, parse_query
from core.text.tokens import query_stems


def groups(*found: str) -> tuple[TermGroup, ...]:
    return tuple(TermGroup(query_stems(word)) for word in found)


@pytest.mark.parametrize("text", [None, "", "   ", '""', "-", "!?…", "🙂"])
def test_nothing_to_ask_for_is_an_empty_query(text: str | None) -> None:
    query = parse_query(text)

    assert query == Query()
    assert query.is_empty


def test_terms_are_content_words_once_and_the_text_keeps_every_word() -> None:
    query = parse_query("the price of oil and Oil exports")

    assert query.terms == groups("price", "oil", "exports")
    assert query.text == "the price of oil and Oil exports"
    assert (query.phrases, query.excluded) == ((), ())


def test_a_query_of_stop_words_alone_keeps_them() -> None:
    query = parse_query("to be")

    assert query.terms == groups("to", "be")
    assert not query.is_empty


@pytest.mark.parametrize(
    "text", ['"Bank of Russia" rate', "“Bank of Russia” rate", "„Bank of Russia“ rate",
             "«Bank of Russia» rate"]
)  # fmt: skip
def test_quotes_of_every_kind_make_a_phrase_whose_words_are_terms_too(text: str) -> None:
    query = parse_query(text)

    assert query.phrases == (groups("bank", "of", "russia"),)
    assert query.terms == groups("bank", "russia", "rate")
    assert query.text == "Bank of Russia rate"


def test_a_quoted_word_is_a_term_and_no_phrase() -> None:
    query = parse_query('"oil"')

    assert query.terms == groups("oil")
    assert query.phrases == ()


@pytest.mark.parametrize("minus", ["-", "\u2212"])
def test_a_minus_before_a_word_excludes_it(minus: str) -> None:
    query = parse_query(f"transfer {minus}football")

    assert query.terms == groups("transfer")
    assert query.excluded == groups("football")
    assert query.text == "transfer"


def test_a_minus_before_quotes_excludes_the_phrase() -> None:
    query = parse_query('oil -"crude price" -«Bank»')

    assert query.excluded_phrases == (groups("crude", "price"),)
    assert query.excluded == groups("bank")
    assert query.text == "oil"


def test_a_minus_before_a_compound_excludes_the_phrase() -> None:
    query = parse_query("vaccine -covid-variant")

    assert query.excluded_phrases == (groups("covid", "variant"),)
    assert query.excluded == ()


def test_an_exclusion_without_its_closing_quote_still_excludes() -> None:
    query = parse_query('oil -"crude')

    assert query.terms == groups("oil")
    assert query.excluded == groups("crude")


@pytest.mark.parametrize("text", ["frost -5", "frost – 5", "frost-5"])
def test_dashes_and_negative_numbers_exclude_nothing(text: str) -> None:
    query = parse_query(text)

    assert query.terms == groups("frost", "5")
    assert (query.excluded, query.excluded_phrases) == ((), ())


def test_exclusions_alone_are_not_an_empty_query() -> None:
    query = parse_query("-football")

    assert not query.is_empty
    assert query.text == ""


def test_words_of_two_languages_stand_side_by_side() -> None:
    query = parse_query("выборы election")

    assert query.terms == groups("выборы", "election")


def test_a_term_matches_the_forms_of_its_word() -> None:
    assert parse_query("выборах").terms[0].stems & parse_query("выборы").terms[0].stems


@given(st.text(max_size=120))
def test_any_text_is_a_query_with_distinct_terms(text: str) -> None:
    query = parse_query(text)

    assert len(set(query.terms)) == len(query.terms)
    assert all(group.stems for group in query.terms)
    assert all(len(phrase) > 1 for phrase in (*query.phrases, *query.excluded_phrases))


@given(st.lists(st.sampled_from(["oil", "-gas", '"crude price"', "-«new deal»", "the", '"', "-"])))
def test_what_is_excluded_never_reaches_the_search_text(parts: list[str]) -> None:
    query = parse_query(" ".join(parts).replace(' " ', " "))

    if parts.count('"') == 0:
        assert "gas" not in query.text
        assert "deal" not in query.text
