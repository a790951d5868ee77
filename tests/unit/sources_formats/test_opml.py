from datetime import UTC, datetime
from time import process_time
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.articles import Source
from schemas.sources import FeedLink, PolledSource
from services.adapters.sources.opml import is_opml, read_opml, write_opml

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FEED = "https://quay.example/feed.xml"


def opml(*outlines: str) -> bytes:
    body = "\n".join(outlines)
    head = "<head><title>Mine</title></head>"
    return f'<opml version="2.0">{head}<body>{body}</body></opml>'.encode()


def urls(body: bytes) -> list[str]:
    return [link.url for link in read_opml(body)]


def polled(url: str, title: str, site_url: str | None = None, kind: str = "feed") -> PolledSource:
    return PolledSource(
        source=Source(id=1, title=title, domain=None, publisher="P", family="p", kind=kind),
        url=url,
        site_url=site_url,
        added_at=NOW,
        interval_s=600,
        next_poll_at=NOW,
    )


def parse(written: bytes) -> ET.Element:
    return ET.fromstring(written)  # noqa: S314 - it was written by the line above


def test_a_list_with_folders_gives_feeds_in_order_with_their_place() -> None:
    body = opml(
        '<outline text="News"><outline text="Harbour" title="The Harbour" type="rss"',
        ' xmlUrl="https://quay.example/feed.xml" htmlUrl="https://quay.example/"/>',
        '<outline title="World"><outline text="B" xmlUrl="https://b.example/"/></outline>',
        "</outline>",
        '<outline text="C" xmlUrl="https://c.example/rss"></outline>',
    )

    assert read_opml(body) == [
        FeedLink(url=FEED, title="The Harbour", site_url="https://quay.example/", folder="News"),
        FeedLink(url="https://b.example/", title="B", folder="News/World"),
        FeedLink(url="https://c.example/rss", title="C"),
    ]


@pytest.mark.parametrize(
    "outline",
    [
        f'<outline xmlUrl="{FEED}" />',
        f"<outline xmlUrl='{FEED}'/>",
        f"<outline xmlUrl={FEED} type=rss>",
        f'<outline xmlurl="{FEED}">',
        f'<OUTLINE XMLURL = "{FEED}"/>',
        f'<outline\n  text="a"\n  xmlUrl="\n {FEED} "\n/>',
        f'<outline type="rss" url="{FEED}"/>',
        f'<outline xmlUrl="feed:{FEED}"/>',
        '<outline xmlUrl="//quay.example/feed.xml"/>',
        f'<outline text="Fish & chips < 5" xmlUrl="{FEED}"/>',
        f'<outline text="the "old" harbour" title="x" xmlUrl="{FEED}"/>',
        f'<outline text="never closed xmlUrl="{FEED}"/>',
        f'<outline xmlUrl="{FEED}',
        f'<outline text="a" broken"" =5 xmlUrl="{FEED}" "/>',
        f'<outline description="an old xmlUrl= of it" xmlUrl="{FEED}"/>',
    ],
)
def test_an_address_is_found_however_broken_its_outline_is(outline: str) -> None:
    assert urls(opml(outline)) == [FEED]


def test_a_feed_scheme_becomes_http() -> None:
    body = opml('<outline xmlUrl="feed://quay.example/a"/>', '<outline url="feeds://b.example/"/>')

    assert urls(body) == ["http://quay.example/a", "https://b.example/"]


def test_ampersands_in_addresses_are_read_as_written_and_as_meant() -> None:
    body = opml(
        '<outline xmlUrl="https://a.example/?x=1&amp;y=2"/>',
        '<outline xmlUrl="https://b.example/?x=1&copy=2&lang=en"/>',
    )

    assert urls(body) == ["https://a.example/?x=1&y=2", "https://b.example/?x=1&copy=2&lang=en"]


def test_duplicates_comments_links_and_other_schemes_are_left_out() -> None:
    body = opml(
        f'<outline xmlUrl="{FEED}" text="first"/>',
        f'<outline xmlUrl="{FEED}" text="again"/>',
        '<!-- <outline xmlUrl="https://commented.example/"/> -->',
        '<outline type="link" url="https://page.example/"/>',
        '<outline type="include" url="https://list.example/more.opml"/>',
        '<outline xmlUrl="file:///etc/passwd"/>',
        '<outline xmlUrl="javascript:alert(1)"/>',
        '<outline xmlUrl="https://[broken/"/>',
        '<outline xmlUrl=""/>',
    )

    assert [(link.url, link.title) for link in read_opml(body)] == [(FEED, "first")]


def test_text_around_the_list_and_missing_ends_do_not_matter() -> None:
    body = f'<html><p>Your list:</p><opml><body><outline text="F"><outline xmlUrl="{FEED}">'

    assert read_opml(body.encode()) == [FeedLink(url=FEED, folder="F")]


def test_an_outline_that_nobody_closed_is_no_folder_of_the_next() -> None:
    body = opml(
        '<outline text="F">',
        '<outline text="a" xmlUrl="https://a.example/">',
        '<outline text="b" xmlUrl="https://b.example/">',
    )

    assert [link.folder for link in read_opml(body)] == ["F", "F"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1251"])
def test_titles_are_read_in_the_encoding_of_the_file(encoding: str) -> None:
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f'<?xml version="1.0" encoding="{name}"?><opml version="1.0"><body>'
    text += f'<outline text="Гавань" xmlUrl="{FEED}"/></body></opml>'

    (link,) = read_opml(text.encode(encoding))

    assert link.title == "Гавань"


def test_a_billion_laughs_cost_nothing() -> None:
    entities = ['<!ENTITY l0 "lol">']
    entities += [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)]
    body = f"<!DOCTYPE opml [{''.join(entities)}]>".encode()
    body += opml(f'<outline text="&l11;" xmlUrl="{FEED}"/>')
    started = process_time()

    (link,) = read_opml(body)

    assert (link.url, link.title) == (FEED, "&l11;")
    assert process_time() - started < 1


@pytest.mark.parametrize(
    "piece",
    ["<outline ", '<outline x="', "<outline a=' ", '"', '" ', " ", "<!--", "<outline xmlUrl='a'>"],
)
def test_half_a_megabyte_of_anything_ends_soon(piece: str) -> None:
    body = opml(f"<outline {piece * (500_000 // len(piece))}")
    started = process_time()

    is_opml(body)
    read_opml(body)

    assert process_time() - started < 5


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (opml(), True),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<opml version="1.0">', True),
        ("<opml>".encode("utf-16"), True),
        (b"<html><p>x</p><outline xmlUrl='https://a.example/'>", True),
        (b"<rss><channel><title>opml</title></channel></rss>", False),
        (b"<html><p>&lt;outline xmlUrl=''&gt;</p>", False),
        (b"", False),
    ],
)
def test_opml_is_told_from_other_documents(body: bytes, expected: bool) -> None:
    assert is_opml(body) is expected


def test_what_is_written_is_well_formed_and_names_channels_by_their_preview() -> None:
    written = write_opml(
        [
            polled(FEED, 'Fish & "Chips" <daily>', "https://quay.example/?a=1&b=2"),
            polled("https://t.me/harbour_news", "Harbour", kind="channel"),
        ],
        now=NOW,
    )

    root = parse(written)

    assert root.attrib == {"version": "2.0"}
    assert [outline.attrib for outline in root.iter("outline")] == [
        {
            "type": "rss",
            "text": 'Fish & "Chips" <daily>',
            "title": 'Fish & "Chips" <daily>',
            "xmlUrl": FEED,
            "htmlUrl": "https://quay.example/?a=1&b=2",
        },
        {
            "type": "rss",
            "text": "Harbour",
            "title": "Harbour",
            "xmlUrl": "https://t.me/s/harbour_news",
        },
    ]


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"https?://[a-z]{1,9}\.example/[!-~]{0,20}", fullmatch=True),
            st.text(max_size=30),
        ),
        max_size=5,
        unique_by=lambda pair: pair[0],
    )
)
def test_what_is_written_is_read_again(pairs: list[tuple[str, str]]) -> None:
    written = write_opml([polled(url, title) for url, title in pairs], now=NOW)

    parse(written)
    titles = [link.title for link in read_opml(written)]

    assert urls(written) == [url for url, _ in pairs]
    assert [clean(title) for title in titles] == [clean(title) for _, title in pairs]


def clean(title: str) -> str:
    """Leave out what XML cannot hold; white space counts once."""
    kept = "".join(c for c in title if c >= " " or c in "\t\n\r")
    return " ".join("".join(c for c in kept if c not in "\ufffe\uffff").split())


@given(st.text(alphabet="<>/=\"' outlinexmUrhp:.&;![]-\n", max_size=200) | st.binary(max_size=200))
def test_anything_gives_a_list(found: str | bytes) -> None:
    body = found.encode() if isinstance(found, str) else found

    assert all(link.url.startswith("http") for link in read_opml(body))
