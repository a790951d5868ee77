import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_service.local_telegram.html_markup import parse_html
from bot_service.local_telegram.markdown_markup import parse_markdown_v2
from bot_service.local_telegram.models import Entity
from bot_service.local_telegram.refusals import Refusal
from bot_service.local_telegram.text import utf16_len


def shape(entities: list[Entity]) -> set[tuple[str, int, int]]:
    return {(entity.type, entity.offset, entity.length) for entity in entities}


def test_html_becomes_text_and_entities() -> None:
    text, entities = parse_html(
        '😀 <b>bold <i>both</i></b> &lt;&#97;&gt; <a href="https://a.org/?x=1&amp;y=2">link</a>'
    )

    assert text == "😀 bold both <a> link"
    assert shape(entities) == {("italic", 8, 4), ("bold", 3, 9), ("text_link", 17, 4)}
    assert [entity.url for entity in entities if entity.url] == ["https://a.org/?x=1&y=2"]


def test_html_knows_quotes_spoilers_and_code_with_a_language() -> None:
    text, entities = parse_html(
        '<blockquote expandable>q</blockquote><span class="tg-spoiler">s</span>'
        '<pre><code class="language-python">x</code></pre>'
    )

    assert text == "qsx"
    assert shape(entities) == {
        ("expandable_blockquote", 0, 1),
        ("spoiler", 1, 1),
        ("pre", 2, 1),
    }
    assert [entity.language for entity in entities if entity.language] == ["python"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<b>x", 'end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", "Unmatched end tag at byte offset 7"),
        ("я<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 2'),
        ("1 < 2", "Unsupported start tag at byte offset 2"),
        ("<span>x</span>", 'Tag "span" must have class'),
    ],
)
def test_wrong_html_is_refused_with_the_place(source: str, words: str) -> None:
    with pytest.raises(Refusal, match="can't parse entities: .*" + words):
        parse_html(source)


def test_markdown_becomes_text_and_entities() -> None:
    text, entities = parse_markdown_v2(
        "*b _i_* __u__ ~s~ ||h|| `c\\`` [l](https://a.org/\\)) 1\\.5\n```py\nx\n```"
    )

    assert text == "b i u s h c` l 1.5\nx\n"
    assert shape(entities) == {
        ("italic", 2, 1),
        ("bold", 0, 3),
        ("underline", 4, 1),
        ("strikethrough", 6, 1),
        ("spoiler", 8, 1),
        ("code", 10, 2),
        ("text_link", 13, 1),
        ("pre", 19, 2),
    }
    assert {entity.url for entity in entities} == {None, "https://a.org/)"}


def test_markdown_quotes_span_lines_and_may_expand() -> None:
    text, entities = parse_markdown_v2(">a\n>b\nc\n**>d\n>e||")

    assert text == "a\nb\nc\nd\ne"
    assert shape(entities) == {("blockquote", 0, 3), ("expandable_blockquote", 6, 3)}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("3.5", "Character '.' is reserved"),
        ("*x", "Can't find end of Bold entity at byte offset 0"),
        ("*_x*_", "Can't find end of Italic entity"),
        ("я`x", "Can't find end of Code entity at byte offset 2"),
        ("[x](http://a.org", "Can't find end of a URL"),
    ],
)
def test_wrong_markdown_is_refused_with_the_place(source: str, words: str) -> None:
    with pytest.raises(Refusal, match="can't parse entities: " + words):
        parse_markdown_v2(source)


@given(st.text(alphabet="ab😀<>/&;=\"'i pre", max_size=60))
def test_any_html_gives_entities_in_range_or_a_refusal(source: str) -> None:
    try:
        text, entities = parse_html(source)
    except Refusal:
        return

    assert all(0 <= found.offset < found.end <= utf16_len(text) for found in entities)


@given(st.text(alphabet="a😀*_~`|[]()>\\\n.", max_size=60))
def test_any_markdown_gives_entities_in_range_or_a_refusal(source: str) -> None:
    try:
        text, entities = parse_markdown_v2(source)
    except Refusal:
        return

    assert all(0 <= found.offset < found.end <= utf16_len(text) for found in entities)
