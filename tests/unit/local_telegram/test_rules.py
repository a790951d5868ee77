from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_service.local_telegram.keyboards import read_keyboard
from bot_service.local_telegram.models import Entity
from bot_service.local_telegram.refusals import Refusal
from bot_service.local_telegram.rules import (
    check_caption,
    check_draft,
    check_text,
    check_url,
    read_entities,
)
from bot_service.local_telegram.text import find_entities, trim, utf16_len

LETTERS = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60
)


def entity(kind: str, offset: object, length: int, **more: object) -> dict[str, object]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize("text", ["", "  \n ", "\u3000"])
def test_a_text_without_a_letter_is_empty(text: str) -> None:
    with pytest.raises(Refusal, match="message text is empty"):
        check_text(text, [])


def test_length_is_counted_in_utf16_units() -> None:
    check_text("😀" * 2048, [])

    with pytest.raises(Refusal, match="message is too long"):
        check_text("😀" * 2048 + "x", [])


def test_white_space_at_the_ends_does_not_count() -> None:
    text, _ = check_text("\n" + "x" * 4096 + "  \n", [])

    assert text == "x" * 4096


def test_a_caption_has_at_most_1024_units_and_may_be_empty() -> None:
    assert check_caption("", []) == ("", ())
    with pytest.raises(Refusal, match="message caption is too long"):
        check_caption("x" * 1025, [])


def test_an_empty_draft_stands_for_thinking() -> None:
    assert check_draft("", []) == ("", ())


@pytest.mark.parametrize("text", ["a\ud800b", "a\x00b"])
def test_a_lone_surrogate_or_nul_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="strings must be encoded in UTF-8"):
        check_text(text, [])


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (entity("bold", 0, 4), "ends after the end of the text at UTF-16 offset 4"),
        (entity("bold", -1, 2), "negative offset"),
        (entity("bold", 1, 0), "has length 0"),
        (entity("bold", 1, 1), "ends in a middle of a UTF-16 symbol"),
        (entity("bold", 2, 1), "begins in a middle of a UTF-16 symbol"),
        (entity("shiny", 0, 1), "unsupported type"),
        (entity("bold", "0", 1), 'field "offset" must be a Number'),
        (entity("text_link", 0, 1), "entity URL '' is invalid: URL is empty"),
        (entity("text_link", 0, 1, url="localhost"), "'localhost' is invalid: Wrong HTTP URL"),
        (entity("text_link", 0, 1, url="ftp://a.org"), "Unsupported URL protocol"),
        (entity("text_mention", 0, 1), "user not found"),
        ("bold", "expected an Object"),
    ],
)
def test_a_wrong_entity_is_refused_with_telegrams_words(raw: object, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        check_text("x😀", read_entities([raw]))


@pytest.mark.parametrize(
    ("outer", "inner", "may"),
    [
        ("bold", "italic", True),
        ("expandable_blockquote", "text_link", True),
        ("bold", "blockquote", True),
        ("blockquote", "code", True),
        ("blockquote", "expandable_blockquote", False),
        ("bold", "code", False),
        ("pre", "bold", False),
        ("text_link", "code", False),
        ("text_link", "text_link", False),
    ],
)
def test_nesting_follows_the_formatting_options(outer: str, inner: str, may: bool) -> None:
    url = {"url": "https://example.com/"}
    raw = [entity(outer, 0, 6, **url), entity(inner, 1, 3, **url)]

    if may:
        assert len(check_text("abcdef", read_entities(raw))[1]) == 2
    else:
        with pytest.raises(Refusal, match=f"{inner} may not be inside {outer}"):
            check_text("abcdef", read_entities(raw))


def test_entities_that_cross_are_refused() -> None:
    raw = [entity("bold", 0, 4), entity("italic", 2, 4)]

    with pytest.raises(Refusal, match="crosses the end of the one at 0"):
        check_text("abcdef", read_entities(raw))


def test_more_than_a_hundred_entities_are_refused() -> None:
    raw = [entity("bold", at * 2, 1) for at in range(101)]

    with pytest.raises(Refusal, match="ENTITIES_TOO_LONG"):
        check_text("x " * 101, read_entities(raw))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://пример.рф/путь?x=1#y",
        "https://sub.example.co.uk:8443/a_b",
        "http://127.0.0.1:8080/x",
        "http://[::1]/",
        "tg://user?id=1",
        "example.com/a",
    ],
)
def test_a_good_link_is_accepted(url: str) -> None:
    assert check_url(url) is None


@pytest.mark.parametrize("url", ["", "javascript://x", "https://", "http://a b.com", "http://x"])
def test_a_bad_link_is_named(url: str) -> None:
    assert check_url(url) is not None


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({"text": "x", "callback_data": "я" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x"}, "Text buttons are unallowed"),
        ({"text": "x", "callback_data": ""}, "Text buttons are unallowed"),
        ({"text": " ", "callback_data": "a"}, 'field "text" must be non-empty'),
        ({"callback_data": "a"}, 'can\'t find field "text"'),
        ({"text": "x", "url": "nowhere"}, "button URL 'nowhere' is invalid: Wrong HTTP URL"),
        ("x", "expected an Object"),
    ],
)
def test_a_wrong_button_is_refused_with_telegrams_words(button: object, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        read_keyboard({"inline_keyboard": [[button]]})


def test_callback_data_of_64_bytes_is_accepted() -> None:
    keyboard = read_keyboard({"inline_keyboard": [[{"text": "x", "callback_data": "я" * 32}], []]})

    assert [[button.callback_data for button in row] for row in keyboard] == [["я" * 32]]


def test_too_many_buttons_are_refused() -> None:
    row = [{"text": "x", "callback_data": "a"}] * 5

    with pytest.raises(Refusal, match="reply markup is too long"):
        read_keyboard({"inline_keyboard": [row] * 21})


def test_links_commands_and_mentions_are_found() -> None:
    text = "😀 /trends@newsdesk_bot 24h see https://a.org/x?y=1. #news @someone me@b.org"

    found = [
        (e.type, text.encode("utf-16-le")[e.offset * 2 : e.end * 2].decode("utf-16-le"))
        for e in find_entities(text)
    ]

    assert found == [
        ("bot_command", "/trends@newsdesk_bot"),
        ("url", "https://a.org/x?y=1"),
        ("hashtag", "#news"),
        ("mention", "@someone"),
        ("email", "me@b.org"),
    ]


def test_a_command_inside_code_stays_code() -> None:
    _, entities = check_text("/a /b", [Entity(type="code", offset=0, length=2)])

    assert [(found.type, found.offset) for found in entities] == [("code", 0), ("bot_command", 3)]


@given(LETTERS, st.data())
def test_any_entity_inside_a_text_survives_trimming_in_range(
    text: str, data: st.DataObject
) -> None:
    bounds = [utf16_len(text[:index]) for index in range(len(text) + 1)]
    start, end = sorted((data.draw(st.sampled_from(bounds)), data.draw(st.sampled_from(bounds))))

    kept, moved = trim(text, [Entity(type="bold", offset=start, length=end - start)])

    assert kept == text.strip()
    assert all(0 <= found.offset < found.end <= utf16_len(kept) for found in moved)


@given(LETTERS, st.integers(-2, 80), st.integers(-2, 80))
def test_an_entity_is_stored_in_range_or_refused(text: str, offset: int, length: int) -> None:
    try:
        kept, entities = check_draft(text, [Entity(type="bold", offset=offset, length=length)])
    except Refusal:
        assert not 0 <= offset < offset + length <= utf16_len(text) or any(
            char > "\uffff" for char in text
        )
        return

    assert all(0 <= found.offset < found.end <= utf16_len(kept) for found in entities)


@given(st.text(alphabet="aя😀@./:#$&;-_ \nhtps", max_size=200))
def test_found_entities_never_cross(text: str) -> None:
    ends = [(found.offset, found.end) for found in find_entities(text)]

    assert all(one[1] <= two[0] for one, two in pairwise(ends))
