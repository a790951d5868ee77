import logging
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.sources.extract import ExtractedPage, extract_article, extract_page

PARAGRAPHS = (
    "The old harbour bridge of Tarnholm opened again on Sunday after two years of repairs.",
    "Some four hundred people walked over it in the first hour, and the ferry had a day off.",
    "The mayor said that the work had cost less than was planned, which nobody had expected.",
    "Ships taller than thirty metres still have to wait for the tide and for a pilot.",
)


def page(head: str = "", body: str = "", *, lang: str = "en") -> bytes:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return f"""<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">{head}</head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><h1>Bridge opens again</h1>{body}{text}</article>
<aside><h3>Most read</h3><a href="/x">A cat in a tree</a></aside>
<footer><p>Copyright Quay Times. All rights reserved.</p></footer></body></html>""".encode()


def linked(described: str) -> str:
    return f'<script type="application/ld+json">{described}</script>'


def test_the_article_is_read_without_what_stands_around_it() -> None:
    found = extract_article(page())

    assert all(paragraph in found.text for paragraph in PARAGRAPHS)
    assert not any(word in found.text for word in ("Sport", "cat in a tree", "All rights"))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="og:title" content="From og">', "From og"),
        ('<meta name="twitter:title" content="From twitter">', "From twitter"),
        (linked('{"@type": "NewsArticle", "headline": "From linked data"}'), "From linked data"),
        ("<title>Bridge opens again | Quay Times</title>", "Bridge opens again"),
        (
            '<meta property="og:title" content="The bridge - Quay Times">'
            '<meta property="og:site_name" content="Quay Times">',
            "The bridge",
        ),
        ("", "Bridge opens again"),
    ],
)
def test_the_title_is_what_the_page_declares(head: str, expected: str) -> None:
    assert extract_article(page(head)).title == expected


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (
            '<meta property="article:published_time" content="2026-03-01T13:00:00+03:00">',
            "",
            datetime(2026, 3, 1, 10, tzinfo=UTC),
        ),
        (
            linked('{"@graph": [{"@type": ["NewsArticle"], "datePublished": "2026-03-01"}]}'),
            "",
            datetime(2026, 3, 1, tzinfo=UTC),
        ),
        (
            linked('{"broken": , "datePublished": "2026-03-01T10:00Z"}'),
            "",
            datetime(2026, 3, 1, 10, tzinfo=UTC),
        ),
        (
            "",
            '<time itemprop="datePublished" datetime="2026-03-01T10:00:00Z">1 March</time>',
            datetime(2026, 3, 1, 10, tzinfo=UTC),
        ),
        ('<meta name="date" content="2026-03-01">', "", datetime(2026, 3, 1, tzinfo=UTC)),
        ('<meta property="article:modified_time" content="2026-03-01T13:00:00Z">', "", None),
        ("", "<p>1 March 2026</p>", None),
        ("", '<time datetime="2026-03-01">of another article</time>', None),
        ('<meta property="article:published_time" content="soon">', "", None),
    ],
)
def test_the_date_is_what_the_page_declares_and_never_guessed(
    head: str, body: str, expected: datetime | None
) -> None:
    assert extract_article(page(head, body)).published_at == expected


@pytest.mark.parametrize(
    "described",
    ["[" * 50_000, "[{}]" * 9, '{"@type": 5, "@graph": {"@graph": null}}', '{"@type": [[]]}', ""],
)
def test_odd_linked_data_is_passed_over(described: str) -> None:
    assert extract_article(page(linked(described))).title == "Bridge opens again"


def test_a_page_says_where_it_lies_and_what_it_is() -> None:
    head = '<link rel="canonical" href="/news/bridge"><meta property="og:type" content="article">'

    _, said = extract_page(page(head), url="https://quay.example/news/bridge?utm_source=x")

    assert (said.url, said.is_article) == ("https://quay.example/news/bridge", True)


@pytest.mark.parametrize(
    ("encoding", "charset"), [("cp1251", None), ("cp1251", "windows-1251"), ("utf-16", None)]
)
def test_a_page_is_read_in_its_own_encoding(encoding: str, charset: str | None) -> None:
    russian = "Старый мост в гавани открыли после ремонта, по нему прошли сотни людей. " * 6
    declared = "windows-1251" if charset is None and encoding == "cp1251" else "x"
    html = f'<html><head><meta charset="{declared}"></head><body><article><p>{russian}</p>'

    found = extract_article(html.encode(encoding), charset=charset)

    assert "мост в гавани" in found.text


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"\0", b"<", b"plain words", b"\x89PNG\r\n\x1a\n\0"]
)
def test_what_holds_no_article_gives_empty_text_or_its_words(body: bytes) -> None:
    assert extract_article(body).text in ("", "plain words")


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("<div>", "</div>"), ("<div>", ""), ("<table><tr><td>", ""), ("<b>", ""), ("<ul><li>a", "")],
)
def test_ten_megabytes_of_nested_tags_end_soon(opening: str, closing: str) -> None:
    n = 10_000_000 // len(opening + closing)
    body = b"<html><body>" + opening.encode() * n + b"words" + closing.encode() * n
    started = process_time()

    extract_article(body)

    assert process_time() - started < 10


def test_the_libraries_say_nothing_about_a_page(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        extract_article(b"<html><body><nav>x</nav>")

    assert not caplog.records


TAGS = ["<p>", "</p>", "<table>", "<td>", "<article>", "</div>", "<div class='x'>", "<h1>", "<li>"]
ODD = [
    "<script>",
    "</script>",
    "<!--",
    "<time datetime='",
    "&#0;",
    "<blockquote>",
    "<br>",
    "<svg>",
]
HEADS = [
    "<link rel=canonical href='http://['>",
    "<meta property=og:title content=",
    "\x0b",
    "words ",
]
pieces = st.sampled_from([*TAGS, *ODD, *HEADS])


@given(st.lists(pieces, max_size=30).map("".join) | st.text(max_size=100))
def test_any_page_gives_an_article_or_none(html: str) -> None:
    assert isinstance(extract_article(html.encode("utf-8")), ExtractedPage)


@given(st.binary(max_size=200))
def test_any_bytes_give_an_article_or_none(body: bytes) -> None:
    assert isinstance(extract_article(body), ExtractedPage)
