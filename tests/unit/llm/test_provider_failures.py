"""One table for every provider: what was answered, and what follows from it."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.llm import FailureKind, Message, ModelCall
from services.adapters.llm.failures import Answer, from_answer
from services.adapters.llm.place import Place
from services.adapters.llm.waiting import told_wait
from services.model_http import MAX_SHOWN_CHARS, shown

PLACE = Place("claude", "claude-x", "https://models.test", "THE_URL", "THE_KEY", "without /v1")
CALL = ModelCall(
    task="compose",
    messages=(Message(role="user", content="The mayor of Dorvale opened the bridge today."),),
    max_tokens=100,
    timeout_s=1,
)
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)


def said(message: str, **more: str) -> str:
    return json.dumps({"error": {"message": message, **more}})


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, said("x", code="context_length_exceeded"), "context_too_long"),
        (400, said("This model's maximum context length is 4096 tokens."), "context_too_long"),
        (413, "", "context_too_long"),
        (400, said("x", code="content_filter"), "content_policy"),
        (400, said("x", code="invalid_prompt"), "content_policy"),
        (400, said("API key expired. Please renew the API key."), "auth"),
        (401, "", "auth"),
        (403, said("Your region is not supported", code="unsupported_country"), "auth"),
        (407, "", "auth"),
        (403, said("Project has no access to model x", code="model_not_found"), "bad_request"),
        (404, said("model 'x' not found, try pulling it first"), "bad_request"),
        (404, '{"error": "model \\"x\\" not found"}', "bad_request"),
        (422, said("unknown field"), "bad_request"),
        (400, said("Unsupported parameter: 'response_format'"), "bad_request"),
        (429, "", "rate_limited"),
        (408, "", "timeout"),
        (504, "<html>Gateway time-out</html>", "timeout"),
        (500, "", "overloaded"),
        (502, "<html>Bad gateway</html>", "overloaded"),
        (503, "", "overloaded"),
        (529, said("Overloaded", type="overloaded_error"), "overloaded"),
        (200, said("x", type="overloaded_error"), "overloaded"),
        (200, said("x", type="something_new"), "overloaded"),
        (200, said("x", type="authentication_error"), "auth"),
        (599, "", "overloaded"),
        (418, "", "bad_request"),
    ],
)
def test_a_cause_that_is_named_wins_over_the_status_it_travels_under(
    status: int, body: str, kind: FailureKind
) -> None:
    assert from_answer(PLACE, Answer(status, body), CALL).kind == kind


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, said("You exceeded your current quota", code="insufficient_quota")),
        (400, said("Your credit balance is too low to access the API")),
        (402, said("Insufficient Balance")),
        (429, said("Rate limit reached on requests per day (RPD): Limit 200, Used 200")),
        (429, json.dumps([{"error": {"details": [{"violations": [{"quotaId": "XPerDayY"}]}]}}])),
    ],
)
def test_money_or_a_day_that_is_gone_is_told_from_a_minute_that_is_full(
    status: int, body: str
) -> None:
    gone = from_answer(PLACE, Answer(status, body), CALL)
    full = from_answer(PLACE, Answer(429, said("Limit 50 requests per minute")), CALL)

    assert (gone.kind, gone.is_exhausted) == ("rate_limited", True)
    assert (full.kind, full.is_exhausted) == ("rate_limited", False)


@pytest.mark.parametrize(
    ("status", "is_sent"),
    [
        (400, False),
        (401, False),
        (404, False),
        (429, False),
        (529, False),
        (307, False),
        (408, True),
        (409, True),
        (500, False),
        (503, False),
        (504, True),
        (200, True),
    ],
)
def test_an_error_in_place_of_a_reply_costs_nothing(status: int, is_sent: bool) -> None:
    assert from_answer(PLACE, Answer(status, "{}"), CALL).is_sent is is_sent


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            Answer(401, "{}"),
            r"claude: https://models\.test refused the key \(401\): check THE_KEY",
        ),
        (Answer(404, said("model: claude-x")), "the model id 'claude-x' does not exist at https"),
        (Answer(404, said("Not Found")), r"nothing answers at .*: check THE_URL, without /v1"),
        (Answer(200, "<!doctype html>"), r"web page \(200\).*: check THE_URL, without /v1"),
        (Answer(308, "", {"location": "https://b.test"}), "sends to https://b.test .*THE_URL"),
        (Answer(500, said("try later")), r"failed \(500\).*; it says: try later"),
    ],
)
def test_a_message_says_what_failed_and_what_to_look_at(answer: Answer, words: str) -> None:
    error = from_answer(PLACE, answer, CALL)

    with pytest.raises(type(error), match=words):
        raise error


def test_words_that_repeat_the_prompt_are_left_out() -> None:
    error = from_answer(
        PLACE, Answer(400, said("Cannot take: 'mayor of Dorvale opened the bridge'")), CALL
    )

    assert "Dorvale" not in str(error)


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcDEF123456",
        "sk-ant-api03-xyz_987-ABC",
        "AIzaSyD-1234567890abcdefghij",
        "gsk_aB3dE5fG7hJ9",
        "abcd****wxyz",
        "Bearer abc.def.ghi",
        "0123456789abcdef0123456789abcdef",
        "Zk3vQ9aLm2Xw8RtYb5Ncpqrs",
    ],
)
def test_what_looks_like_a_key_is_not_shown(key: str) -> None:
    words = shown(f"Incorrect API key provided: {key}. Look at your account.")

    assert key.removeprefix("Bearer ") not in words
    assert words.endswith("Look at your account.")


@pytest.mark.parametrize(
    "words", ["model: claude-sonnet-4-5-20250929", "The model `gpt-5-2025-08-07` does not exist"]
)
def test_a_model_id_is_no_key(words: str) -> None:
    assert shown(words) == words


@given(words=st.text(), prompt=st.text(min_size=30))
def test_what_is_shown_is_one_short_line(words: str, prompt: str) -> None:
    line = shown(f"{words} {prompt}", prompt=prompt)

    assert len(line) <= MAX_SHOWN_CHARS
    assert not {"\n", "\r"} & set(line)


@pytest.mark.parametrize(
    ("headers", "body", "wait_s"),
    [
        ({"Retry-After": "12"}, {}, 12),
        ({"retry-after": "1.5"}, {}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, {}, 0.25),
        ({"retry-after": "Fri, 20 Nov 2026 15:00:30 GMT"}, {}, 30),
        (
            {
                "retry-after": "Fri, 20 Nov 2026 16:00:30 GMT",
                "date": "Fri, 20 Nov 2026 16:00:00 GMT",
            },
            {},
            30,
        ),
        ({"retry-after": "Fri, 20 Nov 2020 15:00:30 GMT"}, {}, 0),
        ({}, {"error": {"details": [{"retryDelay": "34.5s"}]}}, 34.5),
        ({"retry-after": "-4"}, {}, None),
        ({"retry-after": "nan"}, {}, None),
        ({"retry-after": "soon"}, {"error": {"details": [None, 7, {"retryDelay": 3}]}}, None),
        ({"retry-after": "1e99"}, {}, 7 * 86_400),
        ({}, "no JSON", None),
    ],
)
def test_a_pause_is_read_wherever_it_is_told(
    headers: dict[str, str], body: object, wait_s: float | None
) -> None:
    assert told_wait(headers, body, now=NOW) == wait_s


def test_a_quota_of_a_day_at_gemini_ends_at_midnight_pacific() -> None:
    detail = {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}]}
    body = {"error": {"details": [detail, {"retryDelay": "3s"}]}}

    wait_s = told_wait({}, body, now=NOW, is_day_over=True)

    assert wait_s == 17 * 3_600  # 15:00 UTC is 07:00 there


@given(body=st.text(), status=st.integers(200, 599))
def test_no_body_makes_the_table_fail(body: str, status: int) -> None:
    error = from_answer(PLACE, Answer(status, body), CALL)

    assert str(error).startswith("claude: ")
    assert len(str(error)) < 600


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["error", "message", "code", "type", "details", "reason", "x"]),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_no_json_makes_the_table_fail(body: object) -> None:
    error = from_answer(PLACE, Answer(400, json.dumps(body)), CALL)

    assert str(error).startswith("claude: ")
