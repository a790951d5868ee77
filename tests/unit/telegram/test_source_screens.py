from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Chat, Message

from bot_service.telegram import source_screens as screens
from bot_service.telegram.handlers.links import is_link, link_alone
from bot_service.telegram.keyboards import message_entities
from bot_service.telegram.screens import MAX_DATA_BYTES, Screen, parse
from bot_service.telegram.source_screens import SourceTap, found_in, parse_source_tap
from core.rendering.richtext import flatten
from core.rendering.source_lists import Reader
from core.rendering.words import LANGUAGES
from schemas.runs import Entity
from schemas.sources import AddedSources, FoundSource
from tests.unit.rendering.polled import NOW, failing, polled, silent

PERSON = str(2**52 - 1)
FOUND = [
    FoundSource(
        url=f"https://harbour.example/{n}.xml",
        kind="feed",
        title=f"Harbour 🛟 {n}",
        site_url="https://harbour.example/",
        n_items=n,
    )
    for n in range(1, 6)
]


def message_of(screen: Screen) -> Message:
    """A message of the bot as Telegram would give it back."""
    rich = flatten(screen[0])
    return Message(
        1,
        datetime(2024, 11, 10, tzinfo=UTC),
        Chat(7, "private"),
        text=rich.text,
        entities=message_entities(rich.entities),
    )


def all_screens(lang: str) -> list[Screen]:
    reader = Reader(lang, "Europe/Moscow", NOW)
    many = [failing(10**9 + n, title="Приливы 🌊 " * 40) for n in range(400)]
    added = AddedSources(added=3, known=2, refused=1)
    return [
        screens.list_screen(many, page=50, reader=reader),
        screens.list_screen([], page=1, reader=reader),
        screens.source_screen(silent(), page=3, reader=reader, may_change=True),
        screens.source_screen(
            polled(kind="channel", status="paused"), page=3, reader=reader, may_change=True
        ),
        screens.source_screen(failing(), page=3, reader=reader, may_change=False),
        screens.removal_screen(polled(10**9), person=PERSON, lang=lang),
        screens.how_screen(lang=lang, is_group=True),
        screens.offer_screen("https://harbour.example/feed", lang=lang, has_words=True),
        screens.found_screen(FOUND, reader=reader, may_publish=True),
        screens.failed_screen("harbour.example", "why", "what to do", lang=lang),
        screens.added_screen(polled(), reader=reader, is_new=True, has_others=True),
        screens.opml_screen(70, 64, lang=lang, may_publish=True, per_chat=20),
        screens.opml_screen(70, 0, lang=lang, may_publish=True, per_chat=20),
        screens.broken_screen(screens.Working("look-title", "@coastnews"), lang=lang),
        (screens.working_content(screens.Working("list-adding"), lang=lang), ()),
        screens.imported_screen(added, lang=lang, per_chat=20),
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_button_fits_telegram_and_every_screen_one_message(lang: str) -> None:
    shown = all_screens(lang)
    buttons = [b for _, rows in shown for row in rows for b in row]

    assert all(b.data and len(b.data.encode()) <= MAX_DATA_BYTES for b in buttons)
    assert all(parse(b.data or "") is not None for b in buttons)
    assert all(0 < len(flatten(content).text) < 4096 for content, _ in shown)


def test_the_removal_of_a_source_names_who_may_confirm_it() -> None:
    _, rows = screens.removal_screen(polled(12), person=PERSON, lang="en")
    tap = parse(rows[0][0].data or "")

    assert tap is not None
    assert parse_source_tap(tap.argument) == SourceTap("y", 12, int(PERSON))


@given(st.text())
def test_whatever_stands_in_a_button_is_read(argument: str) -> None:
    tap = parse_source_tap(argument)

    assert tap.number >= 0
    assert tap.second >= 0


def test_what_was_found_is_read_back_from_the_message() -> None:
    reader = Reader("ru", "UTC", NOW)
    channel = FoundSource(
        url="https://t.me/s/coastnews",
        kind="channel",
        title="Coast",
        site_url="https://t.me/s/coastnews",
    )

    back = found_in(
        message_of(screens.found_screen([*FOUND, channel], reader=reader, may_publish=True))
    )

    assert [(f.url, f.kind, f.title, f.site_url) for f in back] == [
        (f.url, f.kind, f.title, f.site_url) for f in [*FOUND, channel]
    ]


def test_a_message_without_links_lists_nothing() -> None:
    found = FoundSource(url="http://feeds:8080/x", kind="feed", title="Inner")
    screen = screens.found_screen([found], reader=Reader("en", "UTC", NOW), may_publish=False)

    assert found_in(message_of(screen)) == []


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("@coastnews", "https://t.me/coastnews"),
        ("harbour.example/feed", "https://harbour.example/feed"),
        ("https://ada:secret@harbour.example/feed", "https://harbour.example/feed"),
    ],
)
def test_an_offer_holds_its_address_as_a_link(address: str, url: str) -> None:
    message = message_of(screens.offer_screen(address, lang="en", has_words=False))

    assert [link for line in screens.links_of(message) for link, _ in line] == [url]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://harbour.example/feed", True),
        ("feed://harbour.example", True),
        ("@coastnews", True),
        ("t.me/coastnews", True),
        ("harbour.example", True),
        ("harbour.example storm", False),
        ("storm", False),
        ("Europe/Lisbon", False),
        ("3.14", False),
        ("", False),
    ],
)
def test_an_address_is_told_from_words(text: str, is_one: bool) -> None:
    assert is_link(text) == is_one


@pytest.mark.parametrize(
    ("text", "marked", "address"),
    [
        (" https://harbour.example ", False, "https://harbour.example"),
        ("harbour.org", True, "harbour.org"),
        ("node.js", False, None),
        ("storm harbour.org", False, None),
        ("@coastnews", False, "@coastnews"),
    ],
)
def test_a_bare_domain_is_an_address_where_telegram_says_so(
    text: str, marked: bool, address: str | None
) -> None:
    entities = [Entity(type="url", offset=0, length=len(text))] if marked else []
    message = Message(
        1,
        datetime(2024, 11, 10, tzinfo=UTC),
        Chat(7, "private"),
        text=text,
        entities=message_entities(entities),
    )

    assert link_alone(message) == address
