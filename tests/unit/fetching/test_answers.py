"""What the head of an answer says."""

import pytest

from services.adapters.sources.answers import (
    charset_of,
    refusal,
    retry_after,
    validator,
    wait_of,
)

DATE = "Mon, 02 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "999999999"}, 86_400.0),
        ({"retry-after": "Mon, 02 Mar 2026 12:05:00 GMT", "date": DATE}, 300.0),
        ({"retry-after": "Mon, 02 Mar 2026 11:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Tue, 02 Mar 2027 12:00:00 GMT", "date": DATE}, 86_400.0),
        ({"retry-after": "Tue, 01 Jan 2036 12:00:00 GMT"}, 86_400.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache-control": "public, max-age=600"}, 600.0),
        ({"cache-control": "max-age=600", "age": "200"}, 400.0),
        ({"cache-control": "max-age=600", "age": "900"}, None),
        ({"cache-control": "max-age=600, no-cache"}, None),
        ({"cache-control": "no-store"}, None),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "max-age=31536000"}, 86_400.0),
        ({"cache-control": "max-age=0", "expires": "Mon, 02 Mar 2026 13:00:00 GMT"}, None),
        ({"expires": "Mon, 02 Mar 2026 12:10:00 GMT", "date": DATE}, 600.0),
        ({"expires": "0"}, None),
        ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
    ],
)
def test_freshness_is_read_from_cache_control_then_expires(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert wait_of(headers) == seconds


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        (None, None),
        ("text/xml", None),
        ("text/xml; charset=UTF-8", "utf-8"),
        ('text/html;charset = "windows-1251"', "windows-1251"),
        ("text/xml; charset='koi8-r'; x=y", "koi8-r"),
        ("text/xml; charset=", None),
    ],
)
def test_the_charset_is_found_however_it_is_quoted(
    content_type: str | None, charset: str | None
) -> None:
    assert charset_of(content_type) == charset


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "http"),
        (401, "denied"),
        (403, "denied"),
        (404, "missing"),
        (407, "denied"),
        (410, "gone"),
        (418, "http"),
        (429, "limited"),
        (451, "denied"),
        (500, "unavailable"),
        (503, "unavailable"),
        (599, "unavailable"),
        (304, "http"),
        (999, "unavailable"),
    ],
)
def test_a_status_has_its_reason(status: int, reason: str) -> None:
    error = refusal(status, {"retry-after": "7"}, url="https://example.org/feed")

    assert (error.reason, error.status, error.retry_after_s) == (reason, status, 7.0)
    assert str(error).startswith(f"https://example.org/feed answered {status}")


@pytest.mark.parametrize("value", [None, "", "a" * 2_000, "tab\there", "line\nbreak", "Ωmega"])
def test_a_validator_that_could_not_be_sent_back_is_forgotten(value: str | None) -> None:
    assert validator(value) is None


def test_a_validator_is_kept_as_it_came() -> None:
    assert validator('W/"33a64df5"') == 'W/"33a64df5"'
