from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_service.telegram import screens
from bot_service.telegram.screens import MAX_DATA_BYTES, Screen, Tap
from core.rendering.richtext import flatten
from core.rendering.words import LANGUAGES
from schemas.chats import ChatSettings, Person

NOW = datetime(2024, 11, 10, 12, 0, tzinfo=UTC)
PEOPLE = [
    Person(id=str(10**12 + n), name="Ада " * 30, role="operator", since=NOW) for n in range(30)
]


def all_screens(lang: str) -> list[Screen]:
    settings = ChatSettings(lang="ru", tz="Europe/Moscow", window="1w", is_private_mode=True)
    return [
        screens.start_screen(lang, is_sample=True),
        screens.settings_screen(settings, lang=lang, now=NOW, is_owner=True),
        screens.language_screen(settings, lang=lang),
        screens.zone_screen(settings, lang=lang, now=NOW),
        screens.window_screen(settings, lang=lang),
        screens.operators_screen(PEOPLE, lang=lang),
        screens.operators_screen([], lang=lang),
        screens.operator_confirm_screen("Ада", "42", lang=lang),
        screens.forget_screen(lang),
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_button_fits_telegram_and_is_understood(lang: str) -> None:
    buttons = [b for _, rows in all_screens(lang) for row in rows for b in row]

    assert all(b.data is not None and len(b.data.encode()) <= MAX_DATA_BYTES for b in buttons)
    assert all(screens.parse(b.data or "") is not None for b in buttons)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_screen_says_something_in_one_message(lang: str) -> None:
    assert all(0 < len(flatten(content).text) < 4096 for content, _ in all_screens(lang))


def test_start_is_one_line_two_lines_of_pitch_and_four_buttons() -> None:
    content, rows = screens.start_screen("en", is_sample=False)

    lines = [line for line in flatten(content).text.split("\n") if line]
    assert (len(lines), sum(len(row) for row in rows)) == (3, 4)


def test_the_settings_screen_shows_the_local_time() -> None:
    settings = ChatSettings(tz="Europe/Moscow")

    content, _ = screens.settings_screen(settings, lang="en", now=NOW, is_owner=False)

    assert "Time zone: Europe/Moscow · 15:00" in flatten(content).text


def test_only_the_owner_sees_operators() -> None:
    settings = ChatSettings()

    _, rows = screens.settings_screen(settings, lang="en", now=NOW, is_owner=False)

    assert "s1:ops" not in {b.data for row in rows for b in row}


def test_only_operators_see_language_models() -> None:
    settings = ChatSettings()

    _, reader = screens.settings_screen(settings, lang="en", now=NOW, is_owner=False)
    _, operator = screens.settings_screen(
        settings, lang="en", now=NOW, is_owner=False, is_operator=True
    )

    assert "s1:mod" not in {b.data for row in reader for b in row}
    assert "s1:mod" in {b.data for row in operator for b in row}


def test_what_is_chosen_is_marked() -> None:
    _, rows = screens.window_screen(ChatSettings(window="1w"), lang="ru")

    assert [b.text for row in rows for b in row if b.text.startswith("✓")] == ["✓ 1 неделя"]


def test_callback_data_of_answers_is_no_screen() -> None:
    assert screens.parse("v1:ex:abcdefghij") is None


@given(st.sampled_from(["tz", "win", "lang"]), st.text(st.characters(codec="ascii"), min_size=1))
def test_screen_data_reads_back_as_written(page: str, argument: str) -> None:
    assert screens.parse(screens.data(page, argument)) == Tap(page, argument)
