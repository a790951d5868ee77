from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.sources.feed_dates import read_date

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
AT = datetime(2026, 2, 3, 10, 5, tzinfo=UTC)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 03 Feb 2026 10:05:00 GMT",
        "Mon, 3 Feb 2026 13:05 +0300",
        "03 Feb 26 05:05:00 EST",
        "Tue, 03-Feb-2026 10:05:00 UTC",
        "Tue, 03 Feb 2026 13:05:00 GMT+3",
        "Tue, 03 Feb 2026 11:05:00 +01:00 (CET)",
        "Tue, 03 Feb 2026 10:05:00",
        "Tue Feb  3 13:05:00 MSK 2026",
        "Feb 3, 2026 10:05 AM",
        "Tuesday, February 3rd, 2026 - 10:05",
        "2/3/2026 10:05:00 AM",
        "2026-02-03T10:05:00Z",
        "2026-02-03T13:05:00.123456789+03:00",
        "2026-02-03 13:05:00 +0300",
        "2026/02/03 10:05",
        "20260203T100500Z",
        "1770113100",
        "1770113100000",
        "Вт, 03 фев 2026 13:05:00 +0300",
        "3 февраля 2026, 10:05",
        "10:05, 3 лютого 2026",
        "mardi 3 février 2026 10h05",
        "Di, 03 Feb 2026 11:05:00 MEZ",
        "3. února 2026 10:05",
        "3 de febrero de 2026 10:05",
        "3 şubat 2026 10:05",
        "03.02.2026 10:05",
    ],
)
def test_a_time_is_read_however_a_feed_writes_it(text: str) -> None:
    assert read_date(text, now=NOW) == AT


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "Tue, 31 Feb 2026 10:05:00 GMT", "Tue, 03 Feb 2026 25:61:00 GMT"),
        *("02/03/2026 10:05", "Thu, 01 Jan 1970 00:00:00 GMT", "0000-00-00 00:00:00", "0"),
        *("Fri, 06 Mar 2026 10:05:00 GMT", "2026", "1" * 5000, "03 Feb 2026 " * 20, "3 Xyz 2026"),
    ],
)
def test_what_is_no_credible_time_is_unknown(text: str) -> None:
    assert read_date(text, now=NOW) is None


def test_a_date_without_a_time_is_midnight() -> None:
    assert read_date("3 luglio 2025", now=NOW) == datetime(2025, 7, 3, tzinfo=UTC)


@given(st.integers(700_000_000, 1_770_000_000), st.integers(-720, 840))
def test_what_the_standard_writes_is_read_back(epoch_s: int, minutes: int) -> None:
    moment = datetime.fromtimestamp(epoch_s, tz=UTC)
    local = moment + timedelta(minutes=minutes)
    sign, ahead = ("-" if minutes < 0 else "+"), abs(minutes)
    zone = f"{sign}{ahead // 60:02}{ahead % 60:02}"
    text = f"{local.day:02} {MONTHS[local.month - 1]} {local.year} {local:%H:%M:%S} {zone}"

    assert read_date(text, now=NOW) == moment


@given(st.text(max_size=60))
def test_any_text_gives_a_credible_time_or_none(text: str) -> None:
    moment = read_date(text, now=NOW)

    assert moment is None or datetime(1990, 1, 1, tzinfo=UTC) <= moment <= NOW + timedelta(days=1)
