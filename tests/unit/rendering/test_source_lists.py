from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.rendering.lists import render_similar
from core.rendering.richtext import MAX_UNITS, flatten, utf16_len
from core.rendering.source_lists import (
    PAGE_SIZE,
    Reader,
    count_troubled,
    page_of,
    render_added,
    render_found,
    render_imported,
    render_list,
    render_source,
    usual_words,
)
from core.rendering.source_words import advice_words, failure_words, host_words, refusal_words
from core.rendering.words import LANGUAGES
from schemas.sources import AddedSources, FailureReason, FoundSource
from tests.unit.rendering.polled import NOW, failing, polled, silent
from tests.unit.rendering.samples import CARDS

READER = Reader("en", "UTC", NOW)


def text_of(content: object) -> str:
    return flatten(content).text  # type: ignore[arg-type]  # any content


def test_what_needs_a_look_stands_first_and_is_counted() -> None:
    sources = [
        polled(1, title="A fine one"),
        polled(2, title="Paused", status="paused"),
        silent(3, title="Silent"),
        failing(4, title="Failing"),
        polled(5, title="Gone", status="retired"),
        polled(6, title="New", first_polled_at=None, last_success_at=None),
    ]

    shown = page_of(sources, 1)

    assert [s.source.id for s in shown.sources] == [4, 5, 3, 6, 1, 2]
    assert (shown.n_all, shown.n_troubled, count_troubled(sources)) == (6, 3, 3)


def test_a_list_tells_the_reason_and_since_when() -> None:
    shown = page_of([failing(1, title="Tide Watch"), silent(2), polled(3)], 1)

    told = text_of(render_list(shown, READER)).split("\n")

    assert told == [
        "3 sources · 2 need a look",
        "",
        "1. 🔴 Tide Watch · feed",
        "not read since 8 Nov, 12:00: its server cannot be reached",
        "2. 🟡 Harbour News · feed",
        "no news for 6 days, usually about 3 a day",
        "3. 🟢 Harbour News · feed",
    ]


@pytest.mark.parametrize("page", [-3, 0, 1, 2, 50, 99])
def test_a_page_that_does_not_exist_gives_the_nearest_one(page: int) -> None:
    shown = page_of([polled(n) for n in range(1, 401)], page)

    assert shown.pages == 50
    assert shown.page == min(max(page, 1), 50)
    assert shown.first == (shown.page - 1) * PAGE_SIZE + 1


@given(st.lists(st.text(min_size=1, max_size=400), max_size=30), st.sampled_from(LANGUAGES))
def test_a_page_always_fits_one_message(titles: list[str], lang: str) -> None:
    sources = [failing(n, title=title) for n, title in enumerate(titles, start=1)]

    text = text_of(render_list(page_of(sources, 1), Reader(lang, "UTC", NOW)))

    assert 0 < utf16_len(text) <= MAX_UNITS


def test_times_are_the_readers() -> None:
    told = text_of(render_source(polled(), Reader("en", "Asia/Tokyo", NOW)))

    assert "last read: 10 Nov, 20:50" in told
    assert "next look: 10 Nov, 21:20" in told


def test_an_address_is_shown_without_its_password() -> None:
    told = flatten(render_source(polled(url="https://ada:secret@harbour.example/f"), READER))

    assert "https://harbour.example/f" in told.text
    assert "secret" not in told.model_dump_json()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("reason", get_args(FailureReason))
def test_every_failure_has_words_and_says_what_to_do(reason: FailureReason, lang: str) -> None:
    told = text_of(render_source(failing(reason=reason), Reader(lang, "UTC", NOW)))

    assert failure_words(reason, lang) in told
    assert advice_words(reason, lang) in told
    assert advice_words(reason, lang, is_new=True)


@pytest.mark.parametrize(
    ("per_day", "words"),
    [
        (40.0, "about 40 a day"),
        (1.2, "about 1 a day"),
        (0.5, "about 4 a week"),
        (0.1, "about 3 a month"),
        (0.01, "less than one a month"),
        (None, ""),
    ],
)
def test_a_yield_is_told_in_the_unit_in_which_it_is_a_few(
    per_day: float | None, words: str
) -> None:
    source = polled(per_day=per_day, last_new_at=NOW - timedelta(minutes=10))

    assert usual_words(source, "en") == words


def test_what_was_found_names_site_and_newest_item() -> None:
    found = FoundSource(
        url="https://feeds.example/1",
        kind="feed",
        title="Harbour\nNews",
        site_url="https://www.harbour.example/",
        n_items=36,
        newest_at=NOW,
    )

    told = text_of(render_found([found], READER)).split("\n")

    assert told[2:] == [
        "Harbour News — harbour.example",
        "feed · 36 articles now · newest 10 Nov, 12:00",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "36 articles stored; nothing is announced from a first look."),
        ({"n_items": 1}, "1 article stored; nothing is announced from a first look."),
        ({"n_items": 0}, "There was nothing in it yet."),
        ({"first_polled_at": None}, "I am still reading it for the first time"),
        ({"audience": "chat:7"}, "Its news is for this chat alone."),
    ],
)
def test_what_the_first_look_brought_is_told(change: dict[str, Any], words: str) -> None:
    assert words in text_of(render_added(polled(**change), READER, is_new=True))


def test_a_first_look_that_failed_and_a_source_that_was_there_are_told() -> None:
    failed = text_of(render_added(failing(first_polled_at=None), READER, is_new=True))
    known = text_of(render_added(polled(), READER, is_new=False))

    assert "the first look failed: its server cannot be reached." in failed
    assert known == "Harbour News\n\nIt was here already (fine)."


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "2 sources added.\n\n1 was here already.\n3 were left out: they have no address"),
        ("ru", "Добавлено 2 источника.\n\n1 уже был здесь.\n3 пропущено: по таким адресам"),
    ],
)
def test_what_became_of_a_list_is_counted(lang: str, told: str) -> None:
    added = AddedSources(added=2, known=1, refused=3)

    assert text_of(render_imported(added, lang=lang, per_chat=None)).startswith(told)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_refusal_has_words_of_its_own(lang: str) -> None:
    errors = [
        UsageError("", field=f) for f in ("address", "rate", "principal", "source", "option")
    ]

    assert len({refusal_words(error, lang, per_chat=20) for error in errors}) == len(errors)


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://www.a.example/x", "a.example"), ("http://[::1", ""), ("words", "")],
)
def test_a_host_is_named_without_www(url: str, host: str) -> None:
    assert host_words(url) == host


@pytest.mark.parametrize(
    ("views", "lang", "words"),
    [
        (12_345, "en", "Daily Harbor, 8 Nov, 12.3K views"),
        (1, "en", "Daily Harbor, 8 Nov, 1 view"),
        (950, "ru", "Daily Harbor, 8 нояб., 950 просмотров"),
        (12_345, "ru", "Daily Harbor, 8 нояб., 12,3 тыс. просмотров"),
        (None, "en", "Daily Harbor, 8 Nov"),
    ],
)
def test_a_list_of_articles_says_how_often_each_was_seen(
    views: int | None, lang: str, words: str
) -> None:
    card = CARDS[0].model_copy(update={"views": views})

    assert words in render_similar([card], lang=lang, tz="UTC").text.replace("\xa0", " ").split(
        "\n"
    )
