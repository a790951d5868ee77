import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.sources.markup import to_line, to_text


@pytest.mark.parametrize(
    "text",
    [
        "3 < 5 and 7 > 2",
        "AT&T buys R&D of Q&A",
        "GPT - 5 is out",
        "use <b> for bold",
        "a List<String> of names",
        "see <https://example.org/a?b=c&copy=d> or write to <desk@example.org>",
        "I <3 it",
        "first line\nsecond line\n\nnew paragraph",
        "price: 5 $ & falling; really",
        "",
    ],
)
def test_plain_text_is_left_alone(text: str) -> None:
    assert to_text(text) == text


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("One<br><br><br><br>Two", "One\n\nTwo"),
        ("<div><div><div>One</div></div></div>Two", "One\n\nTwo"),
        ("<h1>Head</h1>Body", "Head\n\nBody"),
        ("<ul><li>a<li>b</ul>c", "• a\n• b\n\nc"),
        ("<ol><li><p>a</p></li></ol>", "• a"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "• a\n• b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("Read <a href='https://example.org'>the report</a>.", "Read the report."),
        ("<b>bo</b>ld and <i>it</i>alic", "bold and italic"),
        ("a<script>if (1 < 2) x('</p>')</script>b<style>p{}</style>c", "abc"),
        ("a<iframe src='https://example.org/track'></iframe>b<iframe/>c", "abc"),
        ("before <!-- a <b>comment</b> --> after<br>", "before after"),
        ("<pre>one\ntwo</pre>", "one\ntwo"),
        ("<p>soft\nwrapped\n   lines</p>", "soft wrapped lines"),
        ("<p>5&nbsp;000&#160;km &amp; more &lt;here&gt;</p>", "5 000 km & more <here>"),
        ("<p><o:p>Office</o:p> <x-card a='b'>card</x-card>", "Office card"),
        ("<p>zero\u200bwidth and so\u00adft</p>", "zerowidth and soft"),
        ("<![CDATA[a < b]]><p>c</p>", "a < b\n\nc"),
    ],
)
def test_markup_becomes_readable_text(fragment: str, expected: str) -> None:
    assert to_text(fragment) == expected


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ('<a href="x>link</a> <b>bold</b>', "link bold"),
        ("<p>never closed", "never closed"),
        ("<p>cut in a <a href='https://exam", "cut in a"),
        ("<p>a < b and c <d", "a < b and c <d"),
        ("<p>open <!-- never closed <b>x</b>", "open x"),
        ("<p>a</div></p></ul>b", "a\n\nb"),
        ("<P CLASS=x>loud</P>", "loud"),
        ("<p>frame <iframe src=x> goes on", "frame goes on"),
        ("İ<script>x</SCRIPT>y<p>", "İy"),
    ],
)
def test_damaged_markup_loses_no_words(fragment: str, expected: str) -> None:
    assert to_text(fragment) == expected


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two &amp;amp; three&lt;/p&gt;", "One\n\nTwo & three"),
        ("Tom &amp;amp; Jerry&amp;#8217;s", "Tom & Jerry’s"),
        ("caf&eacute; &quot;x&quot;", 'café "x"'),
        ("write &lt;b&gt; for bold", "write <b> for bold"),
    ],
)
def test_a_fragment_escaped_twice_is_decoded_twice(fragment: str, expected: str) -> None:
    assert to_text(fragment) == expected


def test_entities_in_markup_are_decoded_once() -> None:
    assert to_text("<p>write &amp;lt; for &lt;</p>") == "write &lt; for <"


def test_images_are_described_only_where_there_is_nothing_else() -> None:
    assert to_text("<img src='a.png' alt='A &amp; B'><img alt=''>") == "A & B"
    assert to_text("<p>Words <img src='a.png' alt='A picture'></p>") == "Words"


def test_a_line_is_one_line() -> None:
    assert to_line("<b>A</b> title\n of&nbsp;two <br> lines") == "A title of two lines"


@pytest.mark.parametrize(
    "piece",
    [
        *("<", "&", "<a ", '<a "', "<a \"'", "<!--", "<![CDATA[", "</p>", "<script>", "<p>"),
        *("&lt;", "<iframe>", "<b", "<br>x", "'", "&lt;a href=", "&#", "\n ", "<x:y>", "<a ="),
    ],
)
def test_a_hostile_fragment_is_read_to_its_end(piece: str) -> None:
    fragment = "<p>x</p>" + piece * (200_000 // len(piece))

    found = to_text(fragment)  # a scan that is not linear does not come back for minutes

    assert found.startswith("x")


def test_names_that_are_no_elements_are_read_to_their_end() -> None:
    names = "".join(f"<name{n}>" for n in range(30_000))

    assert to_text(f"<p>x</p>{names}") == f"x\n\n{names}"


WORDS = st.text(alphabet="abcXYZабв019", min_size=1, max_size=8)
BLOCKS = st.sampled_from(["p", "div", "h2", "li", "td", "blockquote", "figure"])


@given(st.lists(st.tuples(BLOCKS, WORDS), min_size=1, max_size=12))
def test_no_word_is_lost_and_none_runs_into_the_next(blocks: list[tuple[str, str]]) -> None:
    fragment = "".join(f"<{name} class='x'>{word}</{name}>" for name, word in blocks)

    assert to_text(fragment).replace("• ", "").split() == [word for _, word in blocks]


@given(st.text(max_size=200))
def test_escaped_text_in_markup_comes_back_word_by_word(text: str) -> None:
    words = "".join(c for c in text if c.isprintable()).split()

    assert to_text(f"<p>{html.escape(' '.join(words))}</p>").split() == words


@given(st.text(alphabet="<>&;!-/\"'= \nabp#[]", max_size=80))
def test_any_text_is_read_and_comes_out_tidy(text: str) -> None:
    found = to_text(text)

    assert found == found.strip()
    assert "\n\n\n" not in found
