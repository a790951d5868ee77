import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.stories.intake import BadLine
from schemas.articles import RawItem
from services.adapters.sources.jsonl import MAX_LINE_BYTES, parse_date, read_jsonl

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def read(data: bytes) -> list[RawItem | BadLine]:
    return list(read_jsonl(io.BytesIO(data), now=NOW, source="desk"))


def read_one(**fields: object) -> RawItem:
    (item,) = read(json.dumps(fields).encode())
    assert isinstance(item, RawItem)
    return item


def reason(data: bytes) -> str:
    (bad,) = read(data)
    assert isinstance(bad, BadLine)
    return bad.reason


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"id": 7, "title": "T"}, {"guid": "7"}),
        ({"guid": "a/1", "id": 7, "title": "T"}, {"guid": "a/1"}),
        ({"title": "T", "description": "D"}, {"text": "D"}),
        ({"title": "T", "summary": "S"}, {"text": "S"}),
        ({"title": "T", "text": "", "summary": "S"}, {"text": "S"}),
        ({"title": "T", "link": "https://a.example/x"}, {"url": "https://a.example/x"}),
        ({"title": "T", "url": "javascript:alert(1)"}, {"url": None}),
        ({"title": "T", "channel": "C"}, {"source": "C"}),
        ({"title": "T", "publisher": "P"}, {"source": "P"}),
        ({"title": "T", "source": {"id": None, "name": "N"}}, {"source": "N"}),
        ({"title": "T", "lang": "en-US"}, {"lang": "en"}),
        ({"title": "T", "lang": "unknown"}, {"lang": None}),
        ({"title": "T", "description": "5 &lt; 7 &amp; more"}, {"text": "5 < 7 & more"}),
        ({"title": "AT&T; R&D", "text": "x"}, {"title": "AT&T; R&D"}),
        ({"title": "a\u0000b", "text": "\ud800"}, {"title": "ab", "text": "\ufffd"}),
    ],
)
def test_fields_are_read_by_their_usual_names(
    fields: dict[str, object], expected: dict[str, object]
) -> None:
    item = read_one(**fields)

    assert {name: getattr(item, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T13:00:00+03:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01 13:00:00 +0300", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01 10:00:00 UTC", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01 10:00:00.1234567", datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("20260301T100000Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 13:00:00 +0300", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        (1772359200, datetime(2026, 3, 1, 10, tzinfo=UTC)),
        (1772359200000, datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("1772359200", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2099-01-01", None),
        ("1900-01-01", None),
        (0, None),
        (-5, None),
        (1e300, None),
        (float("nan"), None),
        (True, None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_aware_utc_or_unknown(value: object, expected: datetime | None) -> None:
    assert parse_date(value, now=NOW) == expected


def test_a_date_up_to_a_day_ahead_is_kept_and_a_later_one_is_unknown() -> None:
    day = timedelta(hours=24)

    assert parse_date((NOW + day).isoformat(), now=NOW) == NOW + day
    assert parse_date((NOW + day + timedelta(seconds=1)).isoformat(), now=NOW) is None


def test_the_first_credible_date_field_counts() -> None:
    item = read_one(title="T", published="1900-01-01", first_seen="2026-03-01T10:00:00Z")

    assert item.published_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"title": ', "not JSON: Expecting value at character 11"),
        (b'{"title": "\xff"}', "not UTF-8 at byte 12"),
        (b"[1, 2]", "not an object but a list; each line takes one JSON object"),
        (b"null", "not an object but null; each line takes one JSON object"),
        (b'{"title": " ", "text": ""}', "nothing to read: no title and no text"),
        (b'{"id": 1}', "nothing to read: no title and no text"),
        (b'{"a": ' * 100_000, "not readable: nested too deeply"),
    ],
)
def test_a_line_without_a_readable_item_says_why(data: bytes, expected: str) -> None:
    assert reason(data) == expected


def test_bad_lines_do_not_stop_the_lines_around_them() -> None:
    found = read(b'\xef\xbb\xbf{"title": "one"}\n\n{broken\n{"title": "three"}')

    assert [item.title if isinstance(item, RawItem) else item.line for item in found] == [
        "one",
        3,
        "three",
    ]


def test_an_article_of_two_megabytes_is_read_whole() -> None:
    assert len(read_one(title="T", text="я" * 1_000_000).text) == 1_000_000


def test_an_over_long_line_is_refused_and_the_next_one_is_read() -> None:
    long_line = json.dumps({"title": "x" * MAX_LINE_BYTES}).encode()

    bad, good = read(long_line + b'\n{"title": "next"}\n')

    assert isinstance(bad, BadLine)
    assert str(bad) == "input:1: the line is longer than 8 MB"
    assert isinstance(good, RawItem)


def test_a_folder_is_read_in_order_of_name_packed_files_too(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text('{"title": "second"}\n', encoding="utf-8")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"title": "first"}\n'))
    (tmp_path / "notes.txt").write_text("no news", encoding="utf-8")

    items = list(read_jsonl(tmp_path, now=NOW))

    assert [(i.source, i.title) for i in items if isinstance(i, RawItem)] == [
        ("a", "first"),
        ("b", "second"),
    ]


def test_a_damaged_packed_file_gives_what_is_readable_and_says_so(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"title": "first"}\n' + b'{"title": "more"}\n' * 9)
    (tmp_path / "a.jsonl.gz").write_bytes(packed[:-6])

    items = list(read_jsonl(tmp_path / "a.jsonl.gz", now=NOW))

    assert isinstance(items[-1], BadLine)
    assert "the compressed file is damaged from here" in items[-1].reason


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.jsonl does not exist"):
        list(read_jsonl(tmp_path / "nothing.jsonl", now=NOW))


def test_a_folder_without_lines_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no \.jsonl files"):
        list(read_jsonl(tmp_path, now=NOW))


@given(st.binary(max_size=400))
def test_any_bytes_give_items_or_bad_lines(data: bytes) -> None:
    found = read(data)

    assert len(found) <= data.count(b"\n") + 1


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
names = st.sampled_from(["id", "title", "text", "url", "source", "date", "lang", "published"])


@given(st.dictionaries(names, json_values, max_size=8))
def test_any_object_gives_an_item_or_a_bad_line(row: dict[str, object]) -> None:
    (found,) = read(json.dumps(row).encode())

    assert isinstance(found, RawItem | BadLine)


@given(st.text(max_size=40) | st.floats() | st.integers())
def test_any_date_is_credible_or_unknown(value: object) -> None:
    moment = parse_date(value, now=NOW)

    assert moment is None or (
        moment.tzinfo == UTC and moment.year >= 1990 and moment <= NOW + timedelta(hours=24)
    )
