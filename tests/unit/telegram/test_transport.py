import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import NetworkError, TimedOut

from bot_service.telegram.attempts import may_repeat
from bot_service.telegram.transport import flood_wait_s


def caused(error: NetworkError, cause: Exception) -> NetworkError:
    error.__cause__ = cause
    return error


def test_the_wait_is_read_from_the_body_of_a_refusal() -> None:
    assert flood_wait_s(b'{"ok":false,"parameters":{"retry_after":7}}') == 7.0


@given(st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
    lambda value: json.dumps(value).encode()
))  # fmt: skip
def test_a_body_that_says_nothing_gives_no_wait(payload: bytes) -> None:
    assert flood_wait_s(payload) is None


@pytest.mark.parametrize(
    ("error", "is_idempotent", "expected"),
    [
        (caused(NetworkError("x"), httpx.ConnectError("x")), False, True),
        (caused(TimedOut(), httpx.ConnectTimeout("x")), False, True),
        (caused(TimedOut(), httpx.ReadTimeout("x")), False, False),
        (caused(TimedOut(), httpx.ReadTimeout("x")), True, True),
        (NetworkError("Bad Gateway"), False, True),
    ],
)
def test_only_what_shows_nothing_twice_is_repeated(
    error: NetworkError, is_idempotent: bool, expected: bool
) -> None:
    assert may_repeat(error, is_idempotent=is_idempotent) is expected
