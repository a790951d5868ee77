import io
import json
import resource
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.stories.intake import BadLine
from schemas.articles import RawItem
from services.adapters.sources.telegram_export import (
    MAX_BROKEN,
    read_export,
    read_export_stream,
)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def message(number: int, text: object = "The bridge opens", **fields: object) -> dict[str, object]:
    return {
        "id": number,
        "type": "message",
        "date": "2026-03-01T13:00:00",
        "date_unixtime": "1772359200",
        "from": "Harbour News",
        "from_id": "channel77",
        "text": text,
        **fields,
    }


def chat(*messages: dict[str, object], **fields: object) -> dict[str, object]:
    known = {"name": "Harbour News", "type": "public_channel", "id": 77}
    return {**known, **fields, "messages": list(messages)}


def account(*chats: dict[str, object]) -> dict[str, object]:
    return {
        "about": "Here is the data you requested.",
        "personal_information": {"first_name": 'A "quoted" \\ name', "bio": "]}"},
        "contacts": {"list": [{"first_name": "B", "phone_number": "00"}]},
        "chats": {"about": "All chats.", "list": list(chats)},
        "other_data": [],
    }


def read_text(text: str) -> list[RawItem | BadLine]:
    stream = io.BytesIO(text.encode("utf-8", "surrogatepass"))
    return list(read_export_stream(stream, name="result.json", now=NOW))


def read(document: object) -> list[RawItem | BadLine]:
    return read_text(json.dumps(document, indent=1, ensure_ascii=False))


def items(document: object) -> list[RawItem]:
    found = read(document)
    assert not [bad for bad in found if isinstance(bad, BadLine)]
    return [item for item in found if isinstance(item, RawItem)]


def texts(found: list[RawItem | BadLine]) -> list[str]:
    return [item.text for item in found if isinstance(item, RawItem)]


def reasons(found: list[RawItem | BadLine]) -> list[str]:
    return [str(bad) for bad in found if isinstance(bad, BadLine)]


def test_a_message_is_an_item_of_its_chat() -> None:
    assert items(chat(message(5, "The bridge opens.\nAt last."))) == [
        RawItem(
            source="Harbour News",
            guid="t.me/c/77/5",
            text="The bridge opens.\nAt last.",
            published_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
        )
    ]


def test_a_channel_whose_name_is_known_has_addresses_as_on_the_web() -> None:
    (item,) = items(chat(message(5), username="Harbour_News"))

    assert (item.guid, item.url) == ("t.me/harbour_news/5", "https://t.me/Harbour_News/5")


def test_text_in_pieces_is_joined_with_the_words_of_links_and_emoji() -> None:
    pieces = [
        "Read ",
        {"type": "text_link", "text": "this", "href": "https://a.example/"},
        " now ",
        {"type": "custom_emoji", "text": "🔥", "document_id": "x"},
        {"type": "bold", "text": "!"},
    ]

    assert [item.text for item in items(chat(message(1, pieces)))] == ["Read this now 🔥!"]


def test_captions_forwards_edits_and_polls_are_read_by_their_words() -> None:
    poll = {
        "question": "Which quay?",
        "total_voters": 9,
        "answers": [{"text": "North", "voters": 4}, {"text": "South", "voters": 5}],
    }
    found = items(
        chat(
            message(1, "A caption", photo="photos/1.jpg", width=1),
            message(2, "Forwarded words", forwarded_from="Somebody"),
            message(3, "Edited words", edited="2026-03-02T00:00:00", reactions=[{"count": 3}]),
            message(4, "", poll=poll),
        )
    )

    assert [item.text for item in found] == [
        "A caption",
        "Forwarded words",
        "Edited words",
        "Which quay?\nNorth\nSouth",
    ]
    assert {item.published_at for item in found} == {datetime(2026, 3, 1, 10, tzinfo=UTC)}


def test_service_messages_and_pictures_without_words_give_nothing() -> None:
    assert (
        items(
            chat(
                message(1, "", photo="photos/1.jpg"),
                {**message(2, "pinned"), "type": "service", "action": "pin_message"},
                message(3, "  \n"),
            )
        )
        == []
    )


def test_an_old_export_has_only_a_date_without_zone() -> None:
    (item,) = items(chat(message(1, date_unixtime=None)))

    assert item.published_at == datetime(2026, 3, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("public_channel", 1),
        ("private_channel", 0),
        ("public_supergroup", 1),
        ("private_supergroup", 0),
        ("private_group", 0),
        ("personal_chat", 0),
        ("bot_chat", 0),
        ("saved_messages", 0),
    ],
)
def test_of_a_whole_account_only_public_channels_and_groups_are_read(
    kind: str, expected: int
) -> None:
    other = chat(message(9, "news"), name="Other")

    found = items(account(chat(message(1, "letters"), type=kind), other))

    assert [item.text for item in found] == ["letters"] * expected + ["news"]


def test_one_chat_by_itself_is_read_whatever_it_is() -> None:
    assert len(items(chat(message(1), type="private_group"))) == 1


def test_an_account_without_a_channel_says_what_to_do() -> None:
    assert reasons(read(account(chat(message(1), type="personal_chat")))) == [
        "result.json:37: no channel and no public group is in it; to import another chat, "
        "export that chat by itself"
    ]


def test_a_chat_whose_name_comes_last_is_named_by_its_posts() -> None:
    document = {"messages": [message(1)], "name": "Late"}

    assert [item.source for item in items(document)] == ["Harbour News"]


def test_a_cut_file_gives_what_is_readable_and_says_where_it_ends() -> None:
    text = json.dumps(chat(message(1, "one"), message(2, "two")), indent=1)
    cut = text[: text.index("two")]

    found = read_text(cut)

    assert texts(found) == ["one"]
    assert reasons(found) == ["result.json:15: the file ends before its time"]


def test_a_broken_message_is_named_and_the_next_one_is_read() -> None:
    text = json.dumps(chat(*(message(n, f"text {n}") for n in range(1, 5))), indent=1)

    found = read_text(text.replace('"text 2"', '"text" 2"'))

    assert texts(found) == ["text 1", "text 3", "text 4"]
    assert reasons(found) == ["result.json:22: not JSON: Expecting ',' delimiter"]


def test_a_broken_last_message_of_a_channel_never_takes_letters_for_its_own() -> None:
    text = json.dumps(
        account(
            chat(message(1, "one"), message(2, "two")),
            chat(message(3, "dear A"), message(4, "dear B"), type="personal_chat", name="A"),
            chat(message(5, "five"), name="Second"),
        ),
        indent=1,
    )

    found = read_text(text.replace('"two"', '"two'))

    assert texts(found) == ["one", "five"]
    assert len(reasons(found)) == 1


def test_a_file_of_broken_messages_is_given_up() -> None:
    text = json.dumps(chat(*(message(n, "x") for n in range(MAX_BROKEN + 50))))

    found = read_text(text.replace('"x"', "x"))

    assert len(found) == MAX_BROKEN + 1
    assert reasons(found)[-1].endswith("over 1,000 messages are broken, so the rest is not read")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no export of Telegram Desktop: it holds no JSON object"),
        ("[1]", "is no export of Telegram Desktop: it holds no JSON object"),
        ('{"a": 1}', "is no export of Telegram Desktop: it holds no messages and no chats"),
        ('{"messages": 5}', "is no export of Telegram Desktop: it holds no messages and no chats"),
        ('{"messages" [', "':' is missing"),
        ('{"messages": [' + "[" * 100_000, "a value is nested too deeply"),
        ('{"messages": [{"id": 1, "a": "' + "x" * 3_000_000, "1,048,576 characters"),
        ('{"a": ' + "[" * 300_000, "the file ends before its time"),
        ('{"a": "\\', "the file ends before its time"),
        ('{"a":', "the file ends before its time"),
        ('{"a": }', "a value is missing"),
    ],
)
def test_what_is_no_export_is_said_in_words(text: str, reason: str) -> None:
    (said,) = reasons(read_text(text))

    assert reason in said


def test_a_file_that_does_not_open_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.json cannot be read: No such file"):
        list(read_export(tmp_path / "nothing.json", now=NOW))


class Endless(io.RawIOBase):
    """A file of many megabytes that is never there at once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._left = self._left or next(self._pieces, b"")
        piece, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


def test_a_large_account_is_read_in_little_memory() -> None:
    post = json.dumps(message(1, "word " * 800)).encode()
    letters = b'"' + b"x" * 4_000 + b'",'

    def pieces() -> Iterator[bytes]:
        yield b'{"chats": {"list": [{"name": "A", "type": "personal_chat", "messages": ['
        yield from (letters for _ in range(5_000))
        yield b'""]}, {"name": "B", "type": "public_channel", "messages": ['
        yield from (post + b"," for _ in range(5_000))
        yield post + b"]}]}}"

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stream = io.BufferedReader(Endless(pieces()))
    n_items = sum(1 for _ in read_export_stream(stream, name="result.json", now=NOW))
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert n_items == 5_001
    assert grown_kb < 16_000


@given(st.integers(0, 2_000), st.binary(max_size=6))
def test_damage_anywhere_never_stops_the_reading_by_an_error(at: int, damage: bytes) -> None:
    whole = json.dumps(account(chat(message(1), message(2)), chat(message(3)))).encode()
    broken = whole[:at] + damage + whole[at + 3 :]

    found = list(read_export_stream(io.BytesIO(broken), name="result.json", now=NOW))

    assert all(isinstance(one, RawItem | BadLine) for one in found)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
names = st.sampled_from(["id", "type", "text", "poll", "from", "from_id", "date"])


@given(st.dictionaries(names, json_values, max_size=6))
def test_any_message_is_read_or_passed_over(fields: dict[str, object]) -> None:
    found = read(chat({"type": "message", "id": 1, **fields}))

    assert all(isinstance(one, RawItem) for one in found)
