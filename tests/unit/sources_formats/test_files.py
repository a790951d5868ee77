import gzip
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import UsageError
from core.stories.intake import BadLine
from schemas.articles import RawItem
from schemas.sources import FeedLink
from services.adapters.sources import files
from services.adapters.sources.files import Found, read_files
from tests.unit.sources_formats.previews import page, post, words
from tests.unit.sources_formats.test_extract import PARAGRAPHS
from tests.unit.sources_formats.test_extract import page as article
from tests.unit.sources_formats.test_telegram_export import account, chat, message

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)

LINE = b'{"title": "A line", "source": "Quay Times"}\n'
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Feed</title>
<item><title>An entry</title><link>https://quay.example/1</link><guid>1</guid></item>
</channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour Feed</title>
<entry><id>1</id><title>An entry</title></entry></feed>"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Harbour Feed",
    "items": [{"id": "1", "title": "An entry", "content_text": "Words"}],
}
OPML = b'<opml version="2.0"><body><outline xmlUrl="https://quay.example/feed"/></body></opml>'
EXPORT = json.dumps(chat(message(5, "A message")), indent=1).encode()
PREVIEW = page(post(41, words("A post"))).encode()
CALLED_ARTICLE = '<meta property="og:type" content="article">'
ARTICLE = article(CALLED_ARTICLE + '<meta property="og:site_name" content="Quay Times">')


def read(path: Path) -> list[Found]:
    return list(read_files(path, now=NOW))


def read_bytes(folder: Path, body: bytes, name: str = "input") -> list[Found]:
    path = folder / name
    path.write_bytes(body)
    return read(path)


def reasons(found: list[Found]) -> list[str]:
    return [str(bad) for bad in found if isinstance(bad, BadLine)]


def told(found: list[Found]) -> list[tuple[str, str]]:
    return [(i.source, i.title or i.text) for i in found if isinstance(i, RawItem)]


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("name", ["input", "news.jsonl", "feed.xml", "page.html"])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (LINE, ("Quay Times", "A line")),
        (b"\xef\xbb\xbf" + LINE, ("Quay Times", "A line")),
        (RSS, ("Harbour Feed", "An entry")),
        (b"\n\n" + RSS, ("Harbour Feed", "An entry")),
        (RSS.decode().encode("utf-16"), ("Harbour Feed", "An entry")),
        (RSS.decode().encode("utf-32-be"), ("Harbour Feed", "An entry")),
        (ATOM, ("Harbour Feed", "An entry")),
        (json.dumps(JSON_FEED).encode(), ("Harbour Feed", "An entry")),
        (json.dumps(JSON_FEED, indent=2).encode(), ("Harbour Feed", "An entry")),
        (EXPORT, ("Harbour News", "A message")),
        (json.dumps(account(chat(message(5, "A")))).encode(), ("Harbour News", "A")),
        (PREVIEW, ("Harbour News & Tides", "A post")),
        (ARTICLE, ("Quay Times", "Bridge opens again")),
    ],
)
def test_what_a_file_is_its_content_says(
    tmp_path: Path, body: bytes, expected: tuple[str, str], name: str, is_packed: bool
) -> None:
    if is_packed:
        body, name = gzip.compress(body), f"{name}.gz"

    found = read_bytes(tmp_path, body, name)

    assert (told(found), reasons(found)) == ([expected], [])


def test_an_article_is_one_item_with_its_address_and_date(tmp_path: Path) -> None:
    head = '<link rel="canonical" href="https://quay.example/bridge">'
    head += '<meta property="article:published_time" content="2026-03-01T10:00:00Z">'

    (item,) = read_bytes(tmp_path, article(head))

    assert isinstance(item, RawItem)
    assert (item.source, item.url) == ("quay.example", "https://quay.example/bridge")
    assert item.published_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert PARAGRAPHS[0] in item.text


def test_a_long_text_in_an_article_element_is_an_article(tmp_path: Path) -> None:
    long = "".join(f"<p>{paragraph}</p>" for paragraph in reversed(PARAGRAPHS))

    assert told(read_bytes(tmp_path, article("", long))) == [("input", "Bridge opens again")]


def test_a_list_gives_addresses_of_feeds(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, OPML) == [FeedLink(url="https://quay.example/feed")]


@pytest.mark.parametrize(
    ("body", "name", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0", "a.png", "it is none of what can be read: JSON lines, RSS"),
        (b"%PDF-1.7 \x00", "a.jsonl", "it is none of what can be read"),
        (b"Some notes\nof mine", "notes.txt", "it is none of what can be read"),
        (b'{\n "a": 1\n}', "a.json", "JSON of no known kind; JSON lines take one object a line"),
        (b'[\n {"title": "x"}\n]', "a.json", "JSON of no known kind"),
        (b"<html><body><p>Hello</p></body></html>", "a.html", "a web page that is no article"),
        (b"<opml><body></body></opml>", "a.opml", "this OPML names no feed"),
        (b"<svg xmlns='x'><path/></svg>", "a.svg", "is no feed"),
        (b"<rss><channel><title>x", "a.xml", ""),
        (
            b'<html><div class="page_body chat_page"><div class="message default clearfix">',
            "messages.html",
            "export the chat as machine-readable JSON instead",
        ),
    ],
)
def test_a_file_of_no_known_kind_is_named_with_the_reason(
    tmp_path: Path, body: bytes, name: str, said: str
) -> None:
    found = read_bytes(tmp_path, body, name)

    assert told(found) == []
    assert all(line.startswith(f"{name}:1: ") and said in line for line in reasons(found))


def test_lines_keep_their_own_errors(tmp_path: Path) -> None:
    found = read_bytes(tmp_path, LINE + b"{broken\n[1]\n" + LINE, "news.jsonl")

    assert reasons(found) == [
        "news.jsonl:2: not JSON: Expecting property name enclosed in double quotes at character 2",
        "news.jsonl:3: not an object but a list; each line takes one JSON object",
    ]


def test_lines_whose_first_is_broken_are_still_lines(tmp_path: Path) -> None:
    found = read_bytes(tmp_path, b'"title": "<p>half"}\n' + LINE)

    assert told(found) == [("Quay Times", "A line")]


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b" \n") == []


def test_a_pipe_is_read_once_and_whole(tmp_path: Path) -> None:
    for n, body in enumerate((LINE * 5_000, RSS, EXPORT, gzip.compress(RSS))):
        pipe = tmp_path / f"pipe{n}"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=(body,))
        writer.start()

        found = read(pipe)
        writer.join()

        assert len(found) == (5_000 if n == 0 else 1)
        assert reasons(found) == []


def test_a_folder_is_read_in_order_of_name_each_file_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "b.xml").write_bytes(RSS)
    (tmp_path / "a.opml").write_bytes(OPML)
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(LINE))
    (tmp_path / "d.png").write_bytes(b"\x89PNG\0")
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "e.jsonl").write_bytes(LINE)

    found = read(tmp_path)

    assert isinstance(found[0], FeedLink)
    assert told(found) == [("Harbour Feed", "An entry"), ("Quay Times", "A line")]
    assert [line.split(":")[0] for line in reasons(found)] == ["d.png"]


def test_exports_in_a_folder_are_read_without_what_lies_beside_them(tmp_path: Path) -> None:
    export = tmp_path / "ChatExport_2026-03-01"
    (export / "photos").mkdir(parents=True)
    (export / "result.json").write_bytes(EXPORT)
    (export / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    (export / "messages.html").write_bytes(b"<html></html>")
    (export / "photos" / "1.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "DataExport_2026-03-02").mkdir()

    assert told(read(tmp_path)) == told(read(export)) == [("Harbour News", "A message")]
    assert reasons(read(export)) == []


def test_a_broken_export_in_a_folder_is_named_with_its_folder(tmp_path: Path) -> None:
    (tmp_path / "ChatExport_1").mkdir()
    (tmp_path / "ChatExport_1" / "result.json").write_bytes(EXPORT[:-40])

    assert reasons(read(tmp_path)) == ["ChatExport_1/result.json:6: the file ends before its time"]


def test_a_damaged_packed_export_gives_what_is_readable_and_says_so(tmp_path: Path) -> None:
    whole = chat(*(message(n, f"message {n * n}") for n in range(500)))
    packed = gzip.compress(json.dumps(whole).encode())

    found = read_bytes(tmp_path, packed[: len(packed) // 2], "result.json.gz")

    assert told(found)[0] == ("Harbour News", "message 0")
    assert "the file cannot be read from here (Compressed file ended" in reasons(found)[0]


def test_damage_in_a_packed_pipe_is_told_where_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    body = bytearray(gzip.compress(LINE))
    body[-8] ^= 1  # the checksum
    writer = threading.Thread(target=pipe.write_bytes, args=(bytes(body),))
    writer.start()

    found = read(pipe)
    writer.join()

    assert told(found) == [("Quay Times", "A line")]
    assert "the compressed file is damaged from here (CRC check failed" in reasons(found)[0]


def test_a_damaged_packed_document_is_named(tmp_path: Path) -> None:
    found = read_bytes(tmp_path, gzip.compress(RSS)[:-6], "feed.xml.gz")

    assert [line.split(" (")[0] for line in reasons(found)] == [
        "feed.xml.gz:1: the compressed file is damaged"
    ]


def test_a_document_over_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_DOCUMENT_BYTES", 2**20)

    found = read_bytes(tmp_path, gzip.compress(RSS + b" " * 2**21), "bomb.gz")

    assert reasons(found) == ["bomb.gz:1: the file is larger than 1 MB; split it or leave it out"]


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.xml does not exist"):
        read(tmp_path / "nothing.xml")


def test_a_folder_without_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no files; what can be read is JSON lines"):
        read(tmp_path)


def test_a_file_in_a_folder_that_does_not_open_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.xml").symlink_to(tmp_path / "gone")
    (tmp_path / "b.jsonl").write_bytes(LINE)

    found = read(tmp_path)

    assert told(found) == [("Quay Times", "A line")]
    assert [line.split(": ")[0] for line in reasons(found)] == ["a.xml:1"]


starts = st.sampled_from(
    [
        b"",
        b"{",
        b"[",
        b"<",
        b'{"messages": [',
        b"<rss",
        b"<opml>",
        b"\x1f\x8b",
        b"\xff\xfe",
        b"<html>",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(starts, st.binary(max_size=120))
def test_any_bytes_are_read_or_named(tmp_path: Path, start: bytes, rest: bytes) -> None:
    found = read_bytes(tmp_path, start + rest)

    assert all(isinstance(one, RawItem | BadLine | FeedLink) for one in found)
