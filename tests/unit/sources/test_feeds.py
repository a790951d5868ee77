import json
from datetime import UTC, datetime

import pytest

from schemas.articles import RawItem
from services.adapters.sources.feeds import FeedDocument, is_feed, read_feed

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
URL = "https://news.example/feed.xml"

RSS2 = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
  <title>Harbour &amp; Hill</title><link>https://news.example/</link><language>en-GB</language>
  <atom:link rel="self" href="https://news.example/feed.xml"/><ttl>30</ttl>
  <item>
    <title>Ferry &amp;amp; bus share a ticket</title>
    <link>/2026/ferry?a=1&amp;b=2</link>
    <guid isPermaLink="false">ferry-1</guid>
    <pubDate>Tue, 03 Mar 2026 09:30:00 +0300</pubDate>
    <description>Short.</description>
    <content:encoded><![CDATA[<p>The <b>ferry</b> sails at 5.</p>
      <p>Buses wait.</p>]]></content:encoded>
  </item>
</channel></rss>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="https://news.example/rdf"><title>Old</title><link>https://news.example/</link>
<dc:language>de</dc:language>
<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency></channel>
<item rdf:about="https://news.example/1"><title>Eins</title><link>https://news.example/1</link>
<description>Ein Text</description><dc:date>2026-03-03T06:30:00Z</dc:date></item>
</rdf:RDF>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://news.example/b/">
<title>Le Port</title><link href="https://news.example/"/><link rel="self" href="atom.xml"/>
<entry><id>tag:news.example,2026:1</id><title type="html">Le &lt;b&gt;bac&lt;/b&gt;</title>
<link rel="enclosure" href="a.mp3"/><link href="2026/bac"/>
<published>2026-03-03T08:30:00+02:00</published><updated>2026-03-04T00:00:00Z</updated>
<summary>Court.</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>Le bac part.</p><p>Le bus attend.</p></div></content></entry></feed>"""


def read(
    feed: str | bytes, *, url: str | None = URL, max_items: int | None = None
) -> FeedDocument:
    body = feed.encode() if isinstance(feed, str) else feed
    return read_feed(body, url=url, now=NOW, source="Harbour", max_items=max_items)


def rss(*items: str, head: str = "", root: str = '<rss version="2.0">') -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f"{root}<channel><title>T</title>{head}{inner}</channel></rss>"


def only(feed: str | bytes, *, url: str | None = URL) -> RawItem:
    (item,) = read(feed, url=url).items
    return item


AT = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)


def test_rss_gives_its_items_and_what_it_says_of_itself() -> None:
    document = read(RSS2)

    assert document == FeedDocument(
        title="Harbour & Hill",
        site_url="https://news.example/",
        lang="en",
        items=(
            RawItem(
                source="Harbour",
                guid="ferry-1",
                url="https://news.example/2026/ferry?a=1&b=2",
                title="Ferry & bus share a ticket",
                text="The ferry sails at 5.\n\nBuses wait.",
                lang="en",
                published_at=AT,
            ),
        ),
        n_unreadable=0,
        ttl_s=1800,
        self_url="https://news.example/feed.xml",
    )


def test_rdf_gives_its_items() -> None:
    document = read(RDF)

    assert document.items == (
        RawItem(
            source="Harbour",
            guid="https://news.example/1",
            url="https://news.example/1",
            title="Eins",
            text="Ein Text",
            lang="de",
            published_at=AT,
        ),
    )
    assert document.ttl_s == 6 * 3600


def test_atom_gives_its_entries_with_addresses_joined_to_their_base() -> None:
    document = read(ATOM)

    assert document.items == (
        RawItem(
            source="Harbour",
            guid="tag:news.example,2026:1",
            url="https://news.example/b/2026/bac",
            title="Le bac",
            text="Le bac part.\n\nLe bus attend.",
            lang="fr",
            published_at=AT,
        ),
    )
    assert document.self_url == "https://news.example/b/atom.xml"


@pytest.mark.parametrize(
    "feed",
    [
        rss("<title>One</title>", root='<rss version="0.91">'),
        "<rss><item><title>One</title></item></rss>",
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>One</title></entry></feed>',
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>One</a:title></a:entry></a:feed>",
        "<entry xmlns='http://www.w3.org/2005/Atom'><title>One</title></entry>",
    ],
)
def test_other_versions_give_their_items(feed: str) -> None:
    assert [item.title for item in read(feed).items] == ["One"]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<link> https://a.example/x\n </link>", "https://a.example/x"),
        ("<link>//a.example/x</link>", "https://a.example/x"),
        ("<link>../x y</link>", "https://news.example/x%20y"),
        ("<link>www.a.example/x</link>", "https://www.a.example/x"),
        ("<guid>https://a.example/p</guid>", "https://a.example/p"),
        ('<guid isPermaLink="false">https://a.example/p</guid>', None),
        (
            '<enclosure url="https://a.example/a.mp3" type="audio/mpeg"/>',
            "https://a.example/a.mp3",
        ),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>data:text/html,x</link>", None),
        ("<link>https://[broken</link>", None),
        (
            '<link>https://f.example/~r/1</link><f:origLink xmlns:f="http://rssnamespace.org/'
            'feedburner/ext/1.0">https://a.example/own</f:origLink>',
            "https://a.example/own",
        ),
    ],
)
def test_the_address_is_whole_and_of_the_web(inner: str, expected: str | None) -> None:
    assert only(rss(f"<title>T</title>{inner}")).url == expected


def test_without_an_address_of_the_feed_relative_ones_are_joined_to_its_site() -> None:
    feed = rss("<title>T</title><link>/x</link>", head="<link>https://a.example/</link>")

    assert only(feed, url=None).url == "https://a.example/x"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<description>AT&amp;amp;T &amp;lt; 5</description>", "AT&T < 5"),
        ("<description>&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;</description>", "One\n\nTwo"),
        ("<description>&amp;lt;p&amp;gt;One&amp;lt;/p&amp;gt;</description>", "One"),
        ("<description><![CDATA[a < b & c]]></description>", "a < b & c"),
        (
            "<description>short</description><content:encoded>longer text</content:encoded>",
            "longer text",
        ),
        (
            "<description>this one is longer</description><content:encoded>x</content:encoded>",
            "this one is longer",
        ),
    ],
)
def test_the_text_is_the_fullest_and_decoded_once(inner: str, expected: str) -> None:
    root = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'

    assert only(rss(inner, root=root)).text == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<pubDate>never</pubDate><dc:date>2026-03-03T06:30:00Z</dc:date>", AT),
        ("<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>", None),
        ("<pubDate>Tue, 03 Mar 2037 09:30:00 GMT</pubDate>", None),
        ("<pubDate>Mon, 03 Mar 2026 09:30:00 MSK</pubDate>", AT),
        ("<pubDate>03/04/2026 09:30</pubDate>", None),
    ],
)
def test_a_date_is_the_first_credible_one(inner: str, expected: datetime | None) -> None:
    root = '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'

    assert only(rss(f"<title>T</title>{inner}", root=root)).published_at == expected


def test_entries_without_words_are_counted() -> None:
    document = read(
        rss("<link>https://a.example/1</link>", "<title>One</title>", "<title> </title>")
    )

    assert ([item.title for item in document.items], document.n_unreadable) == (["One"], 2)


@pytest.mark.parametrize("guid", ["1", "", "https://news.example/"])
def test_an_id_that_all_items_share_is_dropped(guid: str) -> None:
    items = [f"<title>Item {n}</title><guid>{guid}</guid><link>/{n}</link>" for n in range(4)]

    assert [item.guid for item in read(rss(*items)).items] == [None] * 4


def test_an_id_shared_by_two_items_is_kept_by_the_others() -> None:
    items = [
        f"<title>Item {n}</title><link>/{n}</link><guid isPermaLink='false'>{guid}</guid>"
        for n, guid in enumerate(["a", "a", "b"])
    ]

    assert [item.guid for item in read(rss(*items)).items] == [None, None, "b"]


def test_two_versions_of_one_article_keep_its_id() -> None:
    items = [f"<title>{t}</title><link>/1</link><guid>a</guid>" for t in ("Before", "After")]

    assert [item.guid for item in read(rss(*items)).items] == ["a", "a"]


def test_an_address_that_all_items_share_stands_for_none_of_them() -> None:
    items = [f"<title>Item {n}</title><link>https://news.example/</link>" for n in range(3)]

    assert [item.url for item in read(rss(*items)).items] == [None] * 3


def test_the_newest_are_taken_where_there_are_too_many() -> None:
    items = [
        f"<title>{day}</title><pubDate>{day} Feb 2026 10:00 GMT</pubDate>" for day in (3, 9, 1, 7)
    ]

    document = read(rss("<title>undated</title>", *items), max_items=3)

    assert [item.title for item in document.items] == ["9", "7", "3"]


def test_a_feed_without_items_is_no_failure() -> None:
    assert read(rss()).items == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (RSS2.encode(), True),
        (RDF.encode("utf-16"), True),
        (b"\xef\xbb\xbf<!-- a comment -->" + ATOM.encode(), True),
        (b'{"version": "https:\\/\\/jsonfeed.org\\/version\\/1.1", "items": []}', True),
        (b"<!DOCTYPE html><html><body>about our <a href='/rss'>rss</a></body></html>", False),
        (b'{"items": [{"id": 1}]}', False),
        (b"<opml/>", False),
        (b"\x89PNG\r\n", False),
        (b"", False),
    ],
)
def test_a_feed_shows_in_its_beginning(body: bytes, expected: bool) -> None:
    assert is_feed(body) is expected


def test_json_feed_gives_its_items() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Port",
        "home_page_url": "https://news.example/",
        "feed_url": "/feed.json",
        "language": "en-US",
        "items": [
            {
                "id": 7,
                "url": "/7",
                "title": "AT&T < 5",
                "content_html": "<p>One</p><p>Two</p>",
                "date_published": "2026-03-03T09:30:00+03:00",
            },
            {
                "id": "8",
                "external_url": "https://a.example/8",
                "content_text": "use <p>a</p> & go\n\non",
                "language": "ru",
                "attachments": [{"url": "https://a.example/8.mp3"}],
            },
            {"id": "9"},
            "broken",
        ],
    }

    document = read(json.dumps(feed))

    assert document == FeedDocument(
        title="Port",
        site_url="https://news.example/",
        lang="en",
        items=(
            RawItem(
                source="Harbour",
                guid="7",
                url="https://news.example/7",
                title="AT&T < 5",
                text="One\n\nTwo",
                lang="en",
                published_at=AT,
            ),
            RawItem(
                source="Harbour",
                guid="8",
                url="https://a.example/8",
                text="use <p>a</p> & go\n\non",
                lang="ru",
            ),
        ),
        n_unreadable=2,
        ttl_s=None,
        self_url="https://news.example/feed.json",
    )
