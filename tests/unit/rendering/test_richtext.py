"""The document tree and the splitter."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rendering.richtext import (
    Bold,
    Code,
    Content,
    Italic,
    Join,
    Line,
    Link,
    Paragraph,
    Quote,
    flatten,
    is_web_link,
    split,
)
from core.rendering.units import clean, cut, is_blank, is_boundary, utf16_len
from schemas.runs import Entity, RichText
from tests.unit.rendering.telegram_rules import faults
from tests.unit.rendering.trees import text, trees


def visible(value: str) -> str:
    return "".join(char for char in value if not is_blank(char))


@settings(max_examples=150, deadline=None)
@given(tree=trees, limit=st.sampled_from((4096, 1024, 100, 7, 2)))
def test_every_part_of_any_tree_is_valid_and_no_text_is_lost(tree: Content, limit: int) -> None:
    rich = flatten(tree)

    parts = split(rich, limit)

    assert [fault for part in parts for fault in faults(part, limit=limit)] == []
    assert visible("".join(part.text for part in parts)) == visible(rich.text)


@settings(max_examples=60, deadline=None)
@given(tree=trees, limit=st.sampled_from((4096, 100, 11)))
def test_cut_entities_go_on_in_the_next_part(tree: Content, limit: int) -> None:
    rich = flatten(tree)

    parts = split(rich, limit)

    if all(len(part.entities) < 100 for part in parts):
        assert _styled(parts) == _styled([rich])


def _styled(parts: list[RichText]) -> dict[tuple[str, str | None], str]:
    """Visible text under each kind of entity, in order."""
    found: dict[tuple[str, str | None], str] = {}
    for part in parts:
        raw = part.text.encode("utf-16-le")
        for e in sorted(part.entities, key=lambda e: e.offset):
            piece = raw[e.offset * 2 : (e.offset + e.length) * 2].decode("utf-16-le")
            found[e.type, e.url] = found.get((e.type, e.url), "") + visible(piece)
    return {kind: value for kind, value in found.items() if value}


@given(text=text, limit=st.integers(1, 80))
def test_a_shortened_text_fits_and_starts_like_the_whole(text: str, limit: int) -> None:
    short = cut(text, limit)

    assert utf16_len(short) <= limit
    assert short == text or text.startswith(short.removesuffix("…"))


@given(text=text)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)

    assert clean(once) == once
    assert once.encode("utf-8").decode("utf-8") == once


def test_a_short_answer_becomes_text_and_entities() -> None:
    tree = (
        Paragraph(Bold("Rates")),
        Line(("Cut by ", Code("25"), " points ", Link("https://example.org/1", "[1]"))),
        Line(Italic("Thin data")),
    )

    rich = flatten(tree)

    assert rich.text == "Rates\n\nCut by 25 points [1]\nThin data"
    assert rich.entities == (
        Entity(type="bold", offset=0, length=5),
        Entity(type="code", offset=14, length=2),
        Entity(type="text_link", offset=24, length=3, url="https://example.org/1"),
        Entity(type="italic", offset=28, length=9),
    )


def test_offsets_count_utf16_units() -> None:
    rich = flatten(("👍 ", Bold("да"), " 😀"))

    assert rich.entities == (Entity(type="bold", offset=3, length=2),)


def test_bold_stops_for_code_and_goes_on_after_it() -> None:
    rich = flatten(Bold(("run ", Code("x"), " now")))

    assert [(e.type, e.offset, e.length) for e in rich.entities] == [
        ("bold", 0, 3),
        ("code", 4, 1),
        ("bold", 6, 3),
    ]


def test_of_two_entities_over_the_same_text_the_outer_one_comes_first() -> None:
    rich = flatten(Quote(Code("x")))

    assert [entity.type for entity in rich.entities] == ["blockquote", "code"]


def test_a_link_to_anything_but_the_web_is_plain_text() -> None:
    rich = flatten(Link("javascript:alert(1)", "tap me"))

    assert rich == RichText(text="tap me")


@pytest.mark.parametrize(
    "url",
    ["", "https://", "http://[", "mailto:a@b.c", "https://a b/", "http://a\u202eb/\n",
     "http://localhost/1", "https://.example/", "https://a..example/", "http://1.2.3/",
     "https://example.org:0/", "https://example.org:x/", "https://example.org/" + "a" * 2048],
)  # fmt: skip
def test_broken_addresses_are_no_links(url: str) -> None:
    assert not is_web_link(url)


@pytest.mark.parametrize(
    "url",
    ["https://example.org", "HTTP://EXAMPLE.ORG/a?b#c", "http://пример.рф/новость",
     "https://xn--e1afmkfd.xn--p1ai/", "http://192.0.2.7:8080/", "http://[2001:db8::1]/",
     "https://user@a_b.example/(x)"],
)  # fmt: skip
def test_web_addresses_are_links(url: str) -> None:
    assert is_web_link(url)


def test_bidi_overrides_control_characters_and_lone_surrogates_are_removed() -> None:
    rich = flatten("a\u202eb\x00c\ud83dd\r\ne\u2067")

    assert rich.text == "abcd\ne"


def test_a_separator_stands_only_between_parts_that_say_something() -> None:
    assert flatten(Join(("a", "", Bold(""), "b"), separator=" · ")).text == "a · b"


def test_empty_blocks_leave_no_empty_lines() -> None:
    assert flatten((Paragraph("a"), Paragraph(""), Quote(""), Line("b"))).text == "a\n\nb"


def test_a_long_text_is_cut_between_paragraphs() -> None:
    rich = RichText(text="\n\n".join(["word " * 10 + "end."] * 4))

    parts = split(rich, 120)

    assert [part.text for part in parts] == ["\n\n".join(["word " * 10 + "end."] * 2)] * 2


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    parts = split(RichText(text="One two three. Four five six seven"), 20)

    assert [part.text for part in parts] == ["One two three.", "Four five six seven"]


def test_a_family_emoji_is_not_cut_apart() -> None:
    family = "👩‍👩‍👧‍👦"

    parts = split(RichText(text=family * 4), utf16_len(family) * 2 - 1)

    assert [part.text for part in parts] == [family] * 4


def test_combining_marks_stay_with_their_letter() -> None:
    parts = split(RichText(text="e\u0301" * 9), 5)

    assert all(not unicodedata.combining(part.text[0]) for part in parts)
    assert "".join(part.text for part in parts) == "e\u0301" * 9


def test_flags_are_cut_between_pairs() -> None:
    flags = "🇷🇺🇬🇧🇫🇷"

    assert [is_boundary(flags, i) for i in range(1, 6)] == [False, True, False, True, False]


def test_a_grapheme_longer_than_a_message_is_cut_anyway() -> None:
    parts = split(RichText(text="a" + "\u0301" * 50), 20)

    assert [utf16_len(part.text) for part in parts] == [20, 20, 11]


def test_more_than_a_hundred_entities_make_a_second_message() -> None:
    rich = flatten(tuple((Bold(f"{i}"), " ") for i in range(250)))

    parts = split(rich)

    assert [len(part.entities) for part in parts] == [100, 100, 50]


def test_a_blank_text_gives_no_message() -> None:
    assert split(RichText(text=" \n\u200b\u2800 ")) == []


def test_a_limit_below_one_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        split(RichText(text="abc"), 1)
