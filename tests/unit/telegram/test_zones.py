from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest

from bot_service.telegram.zones import COMMON, nearest_zone, offset_words, zone_named

SUMMER = datetime(2024, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" berlin ", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("utc", "UTC"),
        ("Atlantis", None),
        ("", None),
    ],
)
async def test_a_zone_is_found_by_its_full_name_or_city(words: str, zone: str | None) -> None:
    assert await zone_named(words) == zone


async def test_a_typo_gets_the_nearest_zone() -> None:
    assert await nearest_zone("Europe/Berln") == "Europe/Berlin"


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "UTC"),
        ("Europe/Moscow", "UTC+3"),
        ("Asia/Kolkata", "UTC+5:30"),
        ("America/New_York", "UTC−4"),
    ],
)
def test_the_offset_is_the_one_of_the_day(zone: str, words: str) -> None:
    assert offset_words(zone, SUMMER) == words


def test_every_common_zone_exists() -> None:
    assert {zone for zone, _ in COMMON} <= available_timezones()
