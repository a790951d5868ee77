"""Random document trees in many scripts."""

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
    Spoiler,
    Text,
)

SCRIPTS = (
    "The quick brown fox jumps. ",
    "Съешь ещё этих булок! ",
    "مرحبا بالعالم العربي ",
    "新闻今天发生了什么。 ",
    "뉴스 한국어 글자 ",
    "नमस्ते दुनिया समाचार ",
    "👩‍👩‍👧‍👦🏳️‍🌈🇷🇺🇬🇧👍🏽❤️ ",
    "e\u0301a\u0308o\u0302\u0323z\u0336 ",
    " \n\t\u00a0\u200b\u2800",
    "\x00\x07\ud800\u202e\u2066\r\n",
    "*_[`<&>]~|",
)
text = st.one_of(
    st.text(max_size=60),
    st.sampled_from(SCRIPTS),
    st.builds(lambda s, n: s * n, st.sampled_from(SCRIPTS), st.integers(1, 300)),
    st.text(alphabet="".join(SCRIPTS).replace("\ud800", ""), max_size=80),
)
urls = st.one_of(
    st.none(),
    st.sampled_from(
        (
            "https://example.org/a?b=c#d",
            "http://пример.рф/новость",
            "javascript:alert(1)",
            "https://",
            "http://[",
            "https://a b",
            "ftp://example.org",
        )
    ),
    text,
)


def _grow(children: st.SearchStrategy[Content]) -> st.SearchStrategy[Content]:
    inner = st.one_of(children, st.lists(children, max_size=4).map(tuple))
    return st.one_of(
        st.builds(Bold, inner),
        st.builds(Italic, inner),
        st.builds(Spoiler, inner),
        st.builds(Link, urls, inner),
        st.builds(Quote, inner, is_expandable=st.booleans()),
        st.builds(Line, inner),
        st.builds(Paragraph, inner),
        st.builds(Join, st.lists(inner, max_size=4).map(tuple)),
        st.lists(children, max_size=60).map(tuple),
    )


trees = st.recursive(
    st.one_of(text, st.builds(Text, text), st.builds(Code, text)), _grow, max_leaves=25
)
