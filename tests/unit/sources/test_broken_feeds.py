from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SourceFailed
from schemas.articles import RawItem
from services.adapters.sources.feeds import FeedDocument, read_feed

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
URL = "https://news.example/feed.xml"


def read(feed: str | bytes, *, url: str = URL) -> FeedDocument:
    body = feed.encode() if isinstance(feed, str) else feed
    return read_feed(body, url=url, now=NOW, source="Harbour")


def rss(item: str) -> str:
    return f'<rss version="2.0"><channel><title>T</title><item>{item}</item></channel></rss>'


def only(feed: str | bytes) -> RawItem:
    (item,) = read(feed).items
    return item


def outcome(body: bytes) -> str:
    """Give "read" where only items with words come, else why the body is refused."""
    try:
        document = read(body)
    except SourceFailed as failure:
        return failure.reason
    return "read" if all(item.title or item.text for item in document.items) else "wordless"


@pytest.mark.parametrize(
    "feed",
    [
        rss("<title>Fish & chips < 5</title>"),
        rss("<title>Fish &amp; chips &lt; 5</title>") + "<script>count()</script>",
        "\n\n<br /><b>Warning</b>: junk\n" + rss("<title>Fish &amp; chips &lt; 5</title>"),
        rss("<title>Fish \x00&amp;\x08 chips &lt; 5</title>"),
        rss("<title>Fish &amp; chips&nbsp;&lt; 5</title><media:thumbnail url='x'/>"),
        rss("<title>Fish &amp; chips &lt; 5&#0;&#x1F;</title>"),
        rss("<title>Fish &amp; chips &lt; 5</title><description>cut <b>he")[:-40],
        rss("<title>Fish &amp; chips &lt; 5</title><description><p>a<br>b</description>"),
        "<html><body><feed xmlns='http://www.w3.org/2005/Atom'><entry><title>Fish &amp; chips "
        "&lt; 5</title></entry></feed></body></html>",
    ],
)
def test_broken_feeds_give_what_is_in_them(feed: str) -> None:
    assert only(feed).title == "Fish & chips < 5"


def test_items_behind_the_end_of_a_feed_are_read() -> None:
    feed = rss("<title>One</title>") + "<item><title>Two</title></item>"

    assert [item.title for item in read(feed).items] == ["One", "Two"]


@pytest.mark.parametrize(
    "broken",
    [
        "<width><b/></width>",
        "<georss:where xmlns:georss='http://www.georss.org/georss'/>",
        "<cc:license xmlns:cc='http://web.resource.org/cc/'/></cc:license>",
        "<media:player xmlns:media='http://search.yahoo.com/mrss/'/></media:player>",
    ],
)
def test_a_broken_element_that_is_not_needed_costs_no_item(broken: str) -> None:
    assert only(rss(f"<title>One</title>{broken}<guid>a</guid>")).guid == "a"


def test_wrongly_declared_bytes_are_read_as_what_they_are() -> None:
    feed = '<?xml version="1.0" encoding="utf-8"?>' + rss(
        "<title>Паром отходит в пять утра</title>"
    )

    assert only(feed.encode("cp1251")).title == "Паром отходит в пять утра"


def test_the_text_of_entities_that_the_feed_declares_is_read_and_stays_small() -> None:
    bomb = "".join(f'<!ENTITY e{n + 1} "&e{n};&e{n};">' for n in range(60))
    head = f'<!DOCTYPE rss [<!ENTITY co "Harbour"><!ENTITY e0 "boom">{bomb}]>'

    item = only(head + rss("<title>&co; news</title><description>&e60;</description>"))

    assert (item.title, item.text) == ("Harbour news", "&e60;")


@pytest.mark.parametrize(
    ("body", "reason", "words"),
    [
        (b"", "empty", "empty body"),
        (b" \r\n\xef\xbb\xbf", "empty", "empty body"),
        (b"<!DOCTYPE html><html><head><title>x</title>", "not_a_feed", "an HTML page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not_a_feed", "a PNG image"),
        (b'{"id": 1}', "not_a_feed", "JSON that is no JSON Feed"),
        (b"[" * 200_000, "not_a_feed", "JSON that is no JSON Feed"),
        (b"just words", "not_a_feed", "plain text"),
        (b"<" * 300_000, "not_a_feed", "plain text"),
        (b"<opml version='2.0'><body/></opml>", "not_a_feed", "an OPML list"),
        (b"<urlset></urlset>", "not_a_feed", "a sitemap"),
        (b"<x:kml xmlns:x='u'/>", "not_a_feed", "begins with <kml>"),
        (bytes(range(256)) * 4, "not_a_feed", "binary data"),
        (b"\x1f\x8b\x08\0\0", "not_a_feed", "gzip"),
        (b"<rss><channel><title>cut off he", "unreadable", "too broken to read"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "unreadable", "broken JSON"),
    ],
)
def test_what_is_no_feed_is_named_with_what_to_do(body: bytes, reason: str, words: str) -> None:
    with pytest.raises(SourceFailed, match=words) as caught:
        read(body)

    assert caught.value.reason == reason


def test_a_message_never_holds_a_password() -> None:
    with pytest.raises(SourceFailed, match=r"'https://news\.example/x'") as caught:
        read(b"words", url="https://reader:secret@news.example/x")

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "inner",
    [
        *("<" * 60_000, "&" * 60_000, "<b>" * 8_000, '<a x="' * 8_000, "<![CDATA[" * 10_000),
        *("<!--" * 15_000, "<category>x</category>" * 5_000, f"<author>{'a' * 100_000}</author>"),
        "".join(f"<author>a@{n}.</author><category>{n}</category>" for n in range(2_500)),
        "<x " + " ".join(f"a{n}=''" for n in range(20_000)) + "/>",
        "".join(f'<x{n}:y xmlns:x{n}="u{n}"/>' for n in range(5_000)),
        '<a xml:base="https://a.example/">' + '<a xml:base="x/">' * 6_000,
    ],
    ids=range(12),
)
def test_a_hostile_feed_is_read_to_its_end(inner: str) -> None:
    feed = f"<rss><channel><item><title>One</title>{inner}</item></channel></rss>"

    # What is not linear in the length does not come back for minutes.
    assert outcome(feed.encode()) == "read"


PIECES = st.sampled_from(
    [
        *("<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "x", "&", "&#0;", "<"),
        *("&#xFFFFFFFF;", "&#99999999999;", "<![CDATA[", "]]>", "<!--", "-->", "<a b='", "/>"),
        *(
            "<media:x y='1'>",
            "<entry>",
            "<feed xmlns='http://www.w3.org/2005/Atom'>",
            "\0",
            "\ufffe",
        ),
        *("<link href='http://['/>", "<guid>", "<pubDate>99 Xyz 2020", "<content type='image/x'>"),
        *("<!DOCTYPE a [", "<!ENTITY a '", "<?xml", "?>", "<source url='x'>", "<image>", "</rss>"),
        *("<textinput>", "<svg>", "<georss:point>1", "<itunes:duration>:", "<![", "&#x", "<x:y"),
    ]
)


OUTCOMES = {"read", "empty", "not_a_feed", "unreadable"}


@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_damage_gives_a_document_or_a_reason(damage: str) -> None:
    bodies = (damage, f"<rss><channel><item><title>{damage}")

    assert {outcome(body.encode()) for body in bodies} <= OUTCOMES


@given(st.binary(max_size=200))
def test_any_bytes_give_a_document_or_a_reason(body: bytes) -> None:
    bodies = (body, b"<rss><channel><item><title>" + body)

    assert {outcome(whole) for whole in bodies} <= OUTCOMES
