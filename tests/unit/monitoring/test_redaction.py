"""No line of the log shows an address, a number of a person or a key; ids stay."""

import io
import json

import pytest
import structlog

from monitoring.logs import configure_logs, mask, mask_private, redact_fields


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail ada@harbour.example failed", "mail [e-mail] failed"),
        ("call +7 (912) 345-67-89 now", "call [tel] now"),
        ("call 8 912 345 67 89 now", "call [tel] now"),
        ("call 212-736-5000 now", "call [tel] now"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("SSN 219-09-9999", "SSN [SSN]"),
        ("СНИЛС 112-233-445 95", "СНИЛС [ID]"),
        ("IBAN GB82 WEST 1234 5698 7654 32", "IBAN [IBAN]"),
    ],
)
def test_private_data_is_masked(text: str, expected: str) -> None:
    assert mask_private(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T12:00:00.123456Z",
        "run k7q2p took 1042 ms of 12000",
        "https://daily-harbor.example/2026/03/02/4111111111111111-story",
        "chat -1001234567890, update 912345678",
        "4f1c2d3e-5a6b-7c8d-9e0f-112233445566",
        "served 1 250 000 rows at 10.30 on 02.03.2026",
    ],
)
def test_what_operators_need_stays(text: str) -> None:
    assert mask_private(text) == text


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-" + "a1B2" * 10,
        "ghp_" + "a1B2" * 9,
        "AIza" + "a1B2" * 9,
        "AKIA" + "A2B3" * 4,
        "123456789:AA" + "a1B2" * 9,
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
        "glpat-" + "a1B2" * 5,
        "hf_" + "a1B2" * 8,
    ],
)
def test_a_key_is_masked(key: str) -> None:
    assert key not in mask(f"call with {key} failed")


def test_strings_inside_lists_and_objects_are_masked_and_ids_are_not() -> None:
    line = redact_fields(
        None,
        "info",
        {
            "event": "mail.sent",
            "correlation_id": "79123456789",
            "to": ["ada@harbour.example", {"copy": "quill@harbour.example"}],
            "n": 3,
        },
    )

    assert line == {
        "event": "mail.sent",
        "correlation_id": "79123456789",
        "to": ["[e-mail]", {"copy": "[e-mail]"}],
        "n": 3,
    }


def test_an_exception_is_masked_too() -> None:
    stream = io.StringIO()
    configure_logs("info", stream=stream, is_pretty=False)

    try:
        raise ValueError("no box ada@harbour.example, key sk-proj-" + "a1B2" * 10)
    except ValueError:
        structlog.get_logger("t").exception("mail.failed", error="call +7 912 345-67-89")

    line = json.loads(stream.getvalue())
    assert "ada@" not in stream.getvalue()
    assert "sk-proj-a" not in stream.getvalue()
    assert line["error"] == "call [tel]"
