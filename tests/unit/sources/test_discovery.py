import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.sources.discovery import find_feeds

URL = "https://news.example/today/"
RSS = 'type="application/rss+xml"'


def found(html: str) -> list[str]:
    return [link.url for link in find_feeds(html, url=URL)]


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="alternate" type="application/rss+xml" href="/feed">',
        "<link rel=alternate type=application/atom+xml href=/feed>",
        "<LINK HREF='/feed' TYPE='Application/RSS+XML' REL='Alternate'>",
        '<link\n href=" /feed "\n rel="home alternate"\n type=" application/rss+xml; charset=x"/>',
        '<link rel="alternate" type="application/feed+json" href="https://news.example/feed">',
        '<link rel="feed" href="../feed">',
        '<link rel="alternate" type="text/xml" href="/feed">',
        '<link title="a > b" rel="alternate" type="text/rss+xml" href="//news.example/feed">',
        '<link rel="alternate" type="application/rss+xml" href="feed://news.example/feed">',
        '<link rel="alternate" type="text/rss" href="feed:https://news.example/feed#top">',
        '<a href="/feed">RSS</a>',
    ],
)
def test_a_feed_is_found_however_it_is_written(tag: str) -> None:
    assert found(f"<html><head><title>t</title>{tag}</head><body>x") == [
        "https://news.example/feed"
    ]


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="stylesheet" type="text/css" href="/feed.css">',
        '<link rel="alternate" hreflang="de" href="/de/">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">',
        '<link rev="alternate" type="application/rss+xml" href="/feed">',
        '<link rel="alternate" type="application/ rss+xml" href="/feed">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:x">',
        '<!-- <link rel="alternate" type="application/rss+xml" href="/feed"> -->',
        '<script>"<link rel=alternate type=application/rss+xml href=/feed>"</script>',
        '<a href="/feedback">Write</a>',
        '<a href="/what-is-rss.html">About</a>',
        '<a href="https://feedly.com/i/subscription/feed/https://news.example/feed">Feedly</a>',
        '<a href="#feed">Down</a>',
    ],
)
def test_what_is_no_feed_is_not_found(tag: str) -> None:
    assert found(f"<html><head>{tag}</head><body>x") == []


def test_the_feed_of_the_whole_site_comes_first_and_links_in_the_text_last() -> None:
    page = f"""<a href="/podcast/rss.xml">Podcast</a>
    <link rel="alternate" {RSS} title="Harbour &raquo; Comments Feed" href="/comments/feed/">
    <link rel="alternate" {RSS} title="Harbour &raquo; Feed" href="/feed/">
    <link rel="alternate" {RSS} href="/tag/ferry/feed/">"""

    assert found(page) == [
        "https://news.example/feed/",
        "https://news.example/comments/feed/",
        "https://news.example/tag/ferry/feed/",
        "https://news.example/podcast/rss.xml",
    ]


def test_relative_addresses_are_joined_to_the_base_of_the_page() -> None:
    page = f'<base href="https://other.example/a/"><link rel="alternate" {RSS} href="b.xml">'

    assert found(page) == ["https://other.example/a/b.xml"]


def test_an_address_is_given_once_with_its_title_and_page() -> None:
    page = f"""<link rel="alternate" {RSS} title="Harbour &amp; Hill" href="/feed">
    <a href="/feed">RSS</a>"""

    (link,) = find_feeds(page, url=URL)

    assert (link.title, link.site_url) == ("Harbour & Hill", URL)


def test_a_link_in_the_text_is_titled_by_its_words() -> None:
    (link,) = find_feeds('<a href="/rss?a=1&amp;copy=2"><b>All</b> news</a>', url=URL)

    assert (link.title, link.url) == ("All news", "https://news.example/rss?a=1&copy=2")


@pytest.mark.parametrize("piece", ["<a ", '<a href="', "<!--", "<script>", "<link x=", "<a ='"])
def test_a_hostile_page_is_read_to_its_end(piece: str) -> None:
    page = f'<link rel="alternate" {RSS} href="/feed">' + piece * (200_000 // len(piece))

    # A scan that is not linear does not come back for minutes.
    assert found(page)[:1] == ["https://news.example/feed"]


@given(st.text(alphabet="<>&;!-/\"'= abhreflinkstyp:.", max_size=120))
def test_any_text_gives_whole_addresses(html: str) -> None:
    page = f"{html}<link rel=feed href='{html}'>"

    assert all(url.startswith(("http://", "https://")) for url in found(page))
