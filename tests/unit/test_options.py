"""The option grammar of commands and plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.options import RequestDefaults, parse_analyze, parse_query, parse_trends
from schemas.requests import WINDOWS, NewsRequest, Window

DEFAULTS = RequestDefaults()


def usage(parse: object, text: str) -> tuple[str, str, str | None]:
    assert callable(parse)
    with pytest.raises(UsageError, match=r"\w") as caught:
        parse(text, defaults=DEFAULTS)
    return caught.value.field, caught.value.word, caught.value.nearest


def test_trends_without_words_takes_the_defaults() -> None:
    defaults = RequestDefaults(window="3d", reply_lang="ru", k_final=5)

    assert parse_trends("", defaults=defaults) == NewsRequest(
        command="trends", window="3d", reply_lang="ru", k_final=5
    )


@pytest.mark.parametrize(
    "text",
    [
        '1w enhanced lang=ru source="The Guardian"',
        "source=“The Guardian” LANG=RU Enhanced 1W",
        "lang=русский 7d source=«The Guardian» подробно",
        'неделя lang = ru source="The\u00a0Guardian" enhanced',
        'for the last week lang=ru-RU enhanced source="The Guardian"',
    ],
)
def test_options_come_in_any_order_quotes_case_and_either_language(text: str) -> None:
    assert parse_trends(text, defaults=DEFAULTS) == NewsRequest(
        command="trends", window="1w", lang="ru", source="The Guardian", depth="enhanced"
    )


@pytest.mark.parametrize(
    ("text", "window"),
    [
        *((name, name) for name in WINDOWS),
        ("24H", "24h"),
        ("24ч", "24h"),
        ("сутки", "24h"),
        ("за сутки", "24h"),
        ("день", "1d"),
        ("3 дня", "3d"),
        ("last 2 weeks", "2w"),
        ("месяц", "1m"),
        ("90 days", "3m"),
        ("полгода", None),
        ("год.", "1y"),
    ],
)
def test_windows_are_understood_in_both_languages(text: str, window: Window | None) -> None:
    if window is None:
        assert usage(parse_trends, text)[0] == "window"
    else:
        assert parse_trends(text, defaults=DEFAULTS).window == window


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yesterday", ("window", "yesterday", "24h")),
        ("вчера", ("window", "вчера", "24h")),
        ("48h", ("window", "48h", "3d")),
        ("5 days", ("window", "5 days", "1w")),
        ("0h", ("window", "0h", "6h")),
        ("9999y", ("window", "9999y", "1y")),
        ("weeek", ("window", "weeek", "1w")),
        ("Tesla", ("word", "Tesla", "24h")),
        ('"24h"', ("window", '"24h"', "24h")),
        ("1w 24h", ("window", "24h", "1w")),
        ("enhansed", ("option", "enhansed", "enhanced")),
        ("ru", ("option", "ru", "lang=ru")),
        ("foo=bar", ("option", "foo", "source=")),
        ("lan=ru", ("option", "lan", "lang=")),
        ("lang=klingon", ("lang", "klingon", "auto")),
        ("lang=rusian", ("lang", "rusian", "ru")),
        ("lang=zz", ("lang", "zz", "auto")),
        ("lang=", ("lang", "", "auto")),
        ('source=""', ("option", "", 'source="…"')),
        ("1w source=Daily Harbor", ("option", "Harbor", 'source="Daily Harbor"')),
        ("source=The Daily Harbor 3d", ("option", "Daily", 'source="The Daily Harbor"')),
        ("source=Harbor 3d Tesla", ("word", "Tesla", "24h")),
    ],
)
def test_a_wrong_word_of_trends_gets_the_nearest_valid_value(
    text: str, expected: tuple[str, str, str]
) -> None:
    assert usage(parse_trends, text) == expected


@pytest.mark.parametrize(
    ("text", "command", "query", "window"),
    [
        ("keywords", "keywords", None, "24h"),
        ("keywords 24h", "keywords", None, "24h"),
        ("KEYWORDS 1w", "keywords", None, "1w"),
        ('keywords "24h delivery" 1w', "keywords", '"24h delivery"', "1w"),
        ("keywords 24h delivery", "keywords", "delivery", "24h"),
        ("topics rate cut 3d", "topics", "rate cut", "3d"),
        ("topics 24h 1w", "topics", "24h", "1w"),
        ("topics the 24h race today", "topics", "the 24h race today", "24h"),
        ("sentiment inflation in the last month", "sentiment", "inflation", "1m"),
        ("sentiment неделя", "sentiment", None, "1w"),
        ("sentiment за неделю курс рубля", "sentiment", "курс рубля", "1w"),
        ("topics день победы", "topics", "день победы", "24h"),
        ("topics татьянин день", "topics", "татьянин день", "24h"),
        ("topics person of the year", "topics", "person of the year", "24h"),
        ("ключевые слова выборы 1w", "keywords", "выборы", "1w"),
        ("тональность «центральный банк»", "sentiment", '"центральный банк"', "24h"),
        ("topics -спорт –погода", "topics", "-спорт -погода", "24h"),
        ('topics -"rate cut" bank', "topics", '-"rate cut" bank', "24h"),
        ('topics "rate cut', "topics", "rate cut", "24h"),
        ('topics "" 1w', "topics", None, "1w"),
        ("topics rates — inflation", "topics", "rates inflation", "24h"),
    ],
)  # fmt: skip
def test_analyze_tells_query_from_options(
    text: str, command: str, query: str | None, window: Window
) -> None:
    request = parse_analyze(text, defaults=DEFAULTS)

    assert (request.command, request.query, request.window) == (command, query, window)


@pytest.mark.parametrize(
    "text",
    [
        "1w sentiment storm simple",
        "simple 1w sentiment storm",
        "simple sentiment 1w storm",
        "sentiment storm 1w simple",
        "last week sentiment storm simple",
    ],
)
def test_analyze_takes_its_options_before_the_mode_too(text: str) -> None:
    request = parse_analyze(text, defaults=DEFAULTS)

    assert request == NewsRequest(command="sentiment", query="storm", window="1w", depth="simple")


def test_analyze_refuses_two_windows_around_the_mode() -> None:
    assert usage(parse_analyze, "1w topics storm 3d") == ("window", "3d", "1w")


def test_analyze_takes_every_option_around_a_query() -> None:
    request = parse_analyze(
        'lang=en sentiment source="BBC News" oil prices 1m simple', defaults=DEFAULTS
    )

    assert request == NewsRequest(
        command="sentiment",
        query="oil prices",
        window="1m",
        lang="en",
        source="BBC News",
        depth="simple",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("mode", "", "topics")),
        ("lang=ru", ("mode", "", "topics")),
        ("sentimen", ("mode", "sentimen", "sentiment")),
        ("тональност", ("mode", "тональност", "sentiment")),
        ("Tesla", ("mode", "Tesla", "topics")),
        ('"keywords"', ("mode", '"keywords"', "topics")),
        ("topics bank 48h", ("window", "48h", "3d")),
        ("topics foo=bar", ("option", "foo", "source=")),
        ("topics 🙂🙃", ("query", "🙂🙃", None)),
    ],
)
def test_a_wrong_word_of_analyze_gets_the_nearest_valid_value(
    text: str, expected: tuple[str, str, str | None]
) -> None:
    assert usage(parse_analyze, text) == expected


@pytest.mark.parametrize("parse", [parse_trends, parse_query])
def test_a_query_of_10000_characters_is_refused(parse: object) -> None:
    field, word, _ = usage(parse, "a" * 10_000)

    assert field in {"query", "word"}
    assert len(word) <= 40


def test_a_query_of_1000_characters_is_taken() -> None:
    assert parse_analyze("topics " + "a" * 1000, defaults=DEFAULTS).query == "a" * 1000


def test_a_text_of_a_megabyte_is_refused_at_once() -> None:
    assert usage(parse_analyze, 'topics "' * 150_000)[0] == "query"


def test_plain_text_is_a_query_for_stories() -> None:
    assert parse_query("Что с  курсом рубля? 1w", defaults=DEFAULTS) == NewsRequest(
        command="stories", query="Что с курсом рубля?", window="1w"
    )


@pytest.mark.parametrize("text", ["E=mc2 explained", "interval of 48h"])
def test_plain_text_never_has_a_wrong_option(text: str) -> None:
    assert parse_query(text, defaults=DEFAULTS).query == text


@pytest.mark.parametrize("text", ["", " \n", "24h", "🙂", '""', "— …"])
def test_plain_text_with_nothing_to_look_for_is_refused(text: str) -> None:
    assert usage(parse_query, text)[0] == "query"


words = st.sampled_from(
    ['"', "«", "=", "lang=", "source=", "24h", "за", "неделю", "last", "3", "days", "topics",
     "enhanced", "\u00a0", "—", "-", "\ud800", "\x00", "\u202e", "48h", "foo=", "ключевые"]
)  # fmt: skip


@given(
    st.one_of(st.text(), st.lists(st.one_of(words, st.text(max_size=6))).map(" ".join)),
    st.sampled_from([parse_trends, parse_analyze, parse_query]),
)
def test_any_text_is_a_request_or_a_usage_error(text: str, parse: object) -> None:
    assert callable(parse)
    try:
        request = parse(text, defaults=DEFAULTS)
    except UsageError as error:
        assert error.field in {"window", "mode", "option", "query", "lang", "word"}  # noqa: PT017 - both ends are right
    else:
        assert NewsRequest.model_validate_json(request.model_dump_json()) == request
