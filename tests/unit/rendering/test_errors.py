"""Errors and usage lines in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.options import RequestDefaults, parse_analyze, parse_query, parse_trends
from core.rendering.errors import render_error
from core.rendering.richtext import split
from core.rendering.usage import CommandName, render_usage
from core.rendering.words import LANGUAGES
from tests.unit.rendering import samples
from tests.unit.rendering.telegram_rules import faults
from tests.unit.rendering.trees import text

PARSERS = {"trends": parse_trends, "analyze": parse_analyze, "query": parse_query}


def usage_of(command: CommandName, words: str) -> UsageError:
    with pytest.raises(UsageError, match=r"\w") as caught:
        PARSERS[command](words, defaults=RequestDefaults())
    return caught.value


def test_an_error_shows_its_words_and_number_but_nothing_technical() -> None:
    rich = render_error(samples.error(), lang="en")

    assert rich.text == "Nothing was found.\n\nReference: c0ffee11"
    assert [(e.type, e.offset, e.length) for e in rich.entities] == [("code", 31, 8)]


@pytest.mark.parametrize(
    ("command", "words", "lang", "said"),
    [
        ("trends", "yesterday", "en", "“yesterday” is not a window. Did you mean 24h?"),
        ("trends", "вчера", "ru", "«вчера» — не срок. Может быть, 24h?"),
        ("analyze", "sentimen", "en", "“sentimen” is not a kind of analysis. Did you mean senti"),
        ("analyze", "", "ru", "Укажите, что анализировать: keywords, sentiment или topics."),
        ("analyze", "topics 🙂", "en", "There is nothing to look for in “🙂”"),
        ("analyze", "topics " + "a" * 2000, "en", "The query is too long: at most 1,000"),
        ("query", "24h", "en", "Say what to look for."),
        ("trends", "lang=klingon", "en", "“klingon” is not a language code. It has two letters"),
        ("trends", "lang=rusian", "en", "“rusian” is not a language code. Did you mean ru?"),
        ("trends", "lang=", "ru", "Укажите язык двумя буквами, например lang=ru"),
        ("trends", "source=", "en", 'Say which source, as in source="BBC News".'),
        ("trends", "1w 24h", "en", "One window at a time: 1w or 24h?"),
        ("trends", "Tesla", "en", "For example: /analyze topics Tesla"),
        ("trends", "source=Daily Post", "en", 'For example: /trends source="Daily Post"'),
        ("trends", "вчера", "ru", "Как писать: /trends [срок] "),
        ("trends", "foo=bar", "en", "“foo” is not an option here. Did you mean source=?"),
    ],
)
def test_a_usage_line_names_the_nearest_valid_value_in_the_readers_language(
    command: CommandName, words: str, lang: str, said: str
) -> None:
    assert said in render_usage(usage_of(command, words), command=command, lang=lang).text


def test_a_usage_line_shows_the_form_and_a_command_that_works() -> None:
    rich = render_usage(usage_of("trends", "48h"), command="trends", lang="en")

    assert (
        '\nUsage: /trends [window] [simple|enhanced] [lang=ru] [source="BBC News"]\n' in rich.text
    )
    assert "\nWindows: 6h 12h 24h 1d 3d 1w 2w 1m 3m 6m 1y\n" in rich.text
    assert rich.text.endswith("\nFor example: /trends 3d")


@given(
    words=text,
    command=st.sampled_from(("trends", "analyze", "query")),
    lang=st.sampled_from(LANGUAGES),
)
def test_whatever_was_typed_the_usage_line_is_a_valid_message(
    words: str, command: CommandName, lang: str
) -> None:
    try:
        PARSERS[command](words, defaults=RequestDefaults())
    except UsageError as error:
        [part] = split(render_usage(error, command=command, lang=lang))
        assert faults(part) == []
