"""Words in both languages: complete, used, and with the right plurals."""

import ast
import re
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from core.rendering.words import (
    LANGUAGES,
    format_date,
    format_number,
    format_share,
    format_time,
    nearest_language,
    say,
)

ROOT = Path(__file__).parents[3]
LOCALES = ROOT / "core" / "rendering" / "locales"
ROOMS = ("core", "services", "bot_service")
NOON = datetime(2024, 11, 10, 12, tzinfo=UTC)


class Variables(Visitor):
    """Collects the names of the variables of one message."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802
        self.names.add(node.id.name)


@cache
def messages(lang: str) -> dict[str, frozenset[str]]:
    """Keys of a language with their variables; a doubled key or a syntax error fails."""
    found: dict[str, frozenset[str]] = {}
    for file in sorted((LOCALES / lang).glob("*.ftl")):
        for entry in FluentParser().parse(file.read_text("utf-8")).body:
            assert not isinstance(entry, ftl.Junk), f"{file.name}: {entry.content}"
            if isinstance(entry, ftl.Message):
                assert entry.id.name not in found, f"{entry.id.name} stands twice in {lang}"
                variables = Variables()
                variables.visit(entry)
                found[entry.id.name] = frozenset(variables.names)
    return found


@cache
def sources() -> list[ast.Module]:
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    return [ast.parse(file.read_text("utf-8")) for file in files]


def said() -> tuple[set[str], set[str]]:
    """Keys and patterns (of f-strings) that stand as second argument of `say`."""
    keys: set[str] = set()
    for tree in sources():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", getattr(node.func, "attr", "")) == "say"
                and len(node.args) > 1
                and isinstance(node.args[1], ast.Constant)
            ):
                keys.add(str(node.args[1].value))
    return keys, patterns()


def literals() -> set[str]:
    return {
        node.value
        for tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def patterns() -> set[str]:
    """Every f-string of the code as a regular expression, if it could make a key."""
    found = set()
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[^ ]+"
                    for part in node.values
                ]
                if re.match("[a-z]+-", str(getattr(node.values[0], "value", ""))):
                    found.add("".join(parts))
    return found


def test_both_languages_have_the_same_keys_and_variables() -> None:
    assert messages("en") == messages("ru")


def test_every_key_that_the_code_says_exists() -> None:
    keys, _ = said()

    assert sorted(keys - messages("en").keys()) == []


def test_no_key_is_left_unused() -> None:
    made = [re.compile(pattern) for pattern in patterns()]
    used = literals()

    unused = [
        key
        for key in messages("en")
        if key not in used and not any(p.fullmatch(key) for p in made)
    ]

    assert unused == []


@pytest.mark.parametrize(
    ("code", "lang"),
    [("ru-RU", "ru"), ("RU", "ru"), ("ru_RU", "ru"), ("en-GB", "en"), ("uk", "en"), ("", "en"),
     (None, "en")],
)  # fmt: skip
def test_the_nearest_language_is_one_that_can_be_written(code: str | None, lang: str) -> None:
    assert nearest_language(code) == lang


@pytest.mark.parametrize(
    ("n", "words"),
    [(1, "1 статья"), (2, "2 статьи"), (5, "5 статей"), (11, "11 статей"), (21, "21 статья"),
     (104, "104 статьи"), (1000, "1\u00a0000 статей")],
)  # fmt: skip
def test_russian_plurals_are_right(n: int, words: str) -> None:
    assert say("ru", "count-articles", n=n) == words


def test_english_plurals_are_right() -> None:
    assert [say("en", "count-publishers", n=n) for n in (0, 1, 2)] == [
        "0 publishers",
        "1 publisher",
        "2 publishers",
    ]


def test_words_hold_no_isolation_marks() -> None:
    assert say("en", "usage-option-unknown", word="X").count("\u2068") == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_missing_key_is_an_error(lang: str) -> None:
    with pytest.raises(LookupError, match="no words for 'nothing-such'"):
        say(lang, "nothing-such")


def test_a_missing_argument_is_an_error() -> None:
    with pytest.raises(LookupError, match="cannot be said"):
        say("en", "count-articles")


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(LookupError, match="no words in 'de'"):
        say("de", "button-back")


def test_dates_and_times_are_short_and_in_the_readers_zone() -> None:
    assert format_time(NOON, "en", "Europe/Moscow") == "10 Nov, 15:00"
    assert format_time(NOON, "ru", "Asia/Tokyo") == "10 нояб., 21:00"
    assert format_date(NOON.replace(hour=23), "en", "Asia/Tokyo") == "11 Nov"
    assert format_date(date(2024, 5, 3), "ru", year=True) == "3 мая 2024"


@pytest.mark.parametrize(
    ("x", "signed", "en", "ru"),
    [
        (12345.678, False, "12,345.68", "12\u00a0345,68"),
        (0.8, False, "0.8", "0,8"),
        (-0.5, True, "−0.50", "−0,50"),
        (0.25, True, "+0.25", "+0,25"),
        (-0.001, True, "0.00", "0,00"),
        (3, False, "3", "3"),
    ],
)
def test_numbers_are_written_as_the_language_does(
    x: float, signed: bool, en: str, ru: str
) -> None:
    written = [format_number(x, lang, digits=2, signed=signed) for lang in LANGUAGES]

    assert written == [en, ru]


def test_shares_are_whole_percent() -> None:
    assert [format_share(0.625, lang) for lang in LANGUAGES] == ["62%", "62\u00a0%"]
