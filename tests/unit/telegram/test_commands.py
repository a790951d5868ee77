import re
from datetime import UTC, datetime

import pytest
from telegram import Chat, Message

from bot_service.commands import COMMANDS, analyze_handler, trends_handler
from bot_service.telegram.visits import words_after_command
from core.rendering.words import LANGUAGES, say


def test_the_two_main_commands_lead_the_table() -> None:
    assert [c.handler for c in COMMANDS[:2]] == [trends_handler, analyze_handler]


def test_every_promised_command_exists_once() -> None:
    names = [c.name for c in COMMANDS]

    assert sorted(names) == sorted(
        [
            "start",
            "help",
            "trends",
            "analyze",
            "settings",
            "sources",
            "status",
            "usage",
            "privacy",
            "forget",
        ]
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_telegram_takes_every_command_and_description(lang: str) -> None:
    described = [say(lang, c.description) for c in COMMANDS]

    assert all(re.fullmatch("[a-z0-9_]{1,32}", c.name) for c in COMMANDS)
    assert all(1 <= len(words) <= 256 for words in described)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_telegram_takes_the_descriptions_of_the_bot(lang: str) -> None:
    assert len(say(lang, "profile-short")) <= 120
    assert len(say(lang, "profile-about")) <= 512


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/trends", ""),
        ("/trends 24h", "24h"),
        ("/trends@news_bot  1w lang=ru", "1w lang=ru"),
        ("/analyze\nkeywords\nrates", "keywords\nrates"),
        ("/trends\u00a01w", "1w"),
    ],
)
def test_what_follows_a_command_is_its_words(text: str, words: str) -> None:
    message = Message(1, datetime(2024, 11, 10, tzinfo=UTC), Chat(7, "private"), text=text)

    assert words_after_command(message) == words
