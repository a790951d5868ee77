"""What went wrong, as the manager decides by: one table for every provider.

The providers' error bodies differ in shape and agree in substance: a status, one or more code
words, a sentence for people. The rows below are read from top to bottom and the first that fits
decides, so a cause that is known by its word (no money left, the prompt too long) comes before
the status that it travels under.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.errors import ModelFailed
from schemas.llm import FailureKind, ModelCall
from services.adapters.llm.digging import dig, items, words
from services.adapters.llm.place import Place
from services.adapters.llm.waiting import told_wait
from services.model_http import shown

MAX_READ_CHARS = 20_000
"""Of an error's body; the rest holds no cause."""

_WEB_PAGE = re.compile(r"\s*<(?:!doctype|html|head|\?xml)", re.IGNORECASE)
_MONEY = re.compile(
    r"credit balance is too low|insufficient (?:balance|credits)|out of credits", re.I
)
_TOO_LONG = re.compile(
    r"prompt is too long|maximum context length|context[ _](?:length|window|size)"
    r"|input token count.{0,40}exceeds|too many (?:input )?tokens"
    r"|exceeds? the model's.{0,20}context",
    re.IGNORECASE,
)
_WRONG_KEY = re.compile(r"api key (?:not valid|expired|not found)|invalid api key", re.IGNORECASE)
_PER_DAY = re.compile(r"PerDay|per day|\((?:RPD|TPD)\)")
_MODEL = re.compile("model", re.IGNORECASE)

_MONEY_CODES = {"insufficient_quota", "billing_error", "billing_hard_limit_reached"}
_LENGTH_CODES = {"context_length_exceeded", "request_too_large", "string_above_max_length"}
_POLICY_CODES = {
    "content_policy_violation",
    "content_filter",
    "invalid_prompt",
    "bio_policy",
    "cyber_policy",
}
_KEY_CODES = {
    "API_KEY_INVALID",
    "invalid_api_key",
    "authentication_error",
    "permission_error",
    "PERMISSION_DENIED",
    "UNAUTHENTICATED",
}
_MISSING_CODES = {"model_not_found", "not_found_error", "NOT_FOUND"}
_RATE_CODES = {"rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED"}
_TIME_CODES = {"timeout_error", "DEADLINE_EXCEEDED"}
_BUSY_CODES = {"overloaded_error", "api_error", "server_error", "UNAVAILABLE", "INTERNAL"}

_AUTH, _NOT_FOUND, _TOO_LARGE, _TOO_MANY, _PAYMENT = (401, 403, 407), 404, 413, 429, 402
_TOO_SLOW = (408, 504)
_CONFLICT, _TOO_EARLY, _CLIENT_GONE = 409, 425, 499
_MAY_HAVE_RUN = frozenset({*_TOO_SLOW, _CONFLICT, _TOO_EARLY, _CLIENT_GONE})
"""A model may have been at work when they were sent, and is billed."""

_WORDS: Mapping[FailureKind, str] = {
    "timeout": "{url} gave up waiting for the model {model!r} ({status})",
    "rate_limited": "{url} takes no more requests for the moment ({status})",
    "overloaded": "{url} failed ({status}); its status page: `newsdesk models list`",
    "auth": "{url} refused the key ({status}): check {key}",
    "bad_request": "{url} does not take the request for {model!r} ({status})",
    "content_policy": "{url} refused what was sent by its content policy ({status})",
    "context_too_long": "what was sent is longer than the model {model!r} reads ({status})",
    "schema_invalid": "{url} could not write the form that was asked of {model!r} ({status})",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered instead of a reply; `status` 200 for an error inside a stream."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_page: bool = False


def from_answer(place: Place, answer: Answer, call: ModelCall) -> ModelFailed:
    """Translate an answer that is no reply."""
    body = _parsed(answer.body)
    codes, said = frozenset(_codes(body)), _sentence(body)
    is_page = answer.is_page or is_web_page(answer.body)
    kind, is_exhausted = _judge(answer, codes, said, is_page=is_page)
    if kind == "rate_limited" and _PER_DAY.search(answer.body[:MAX_READ_CHARS]):
        is_exhausted = True
    wait_s = told_wait(answer.headers, body, now=datetime.now(UTC), is_day_over=is_exhausted)
    if kind == "bad_request" and is_page:
        cause = (
            f"{place.url} answered with a web page ({answer.status}), not as a model does:"
            f" check {place.url_setting}, {place.url_hint}"
        )
    elif is_exhausted:
        cause = f"the day's quota or the money at {place.url} is used up ({answer.status})"
    else:
        cause = _cause(place, answer, body, kind)
    prompt = "\n".join(message.content for message in call.messages)
    own_words = "" if is_page else shown(said, prompt=prompt)
    return ModelFailed(
        f"{place.name}: {cause}" + (f"; it says: {own_words}" if own_words else ""),
        kind=kind,
        retry_after_s=wait_s if kind in ("rate_limited", "overloaded", "timeout") else None,
        is_sent=not _is_free(answer, is_page=is_page),
        is_exhausted=is_exhausted,
    )


def is_web_page(body: str) -> bool:
    """Say whether an answer is HTML or XML, which no model writes."""
    return _WEB_PAGE.match(body) is not None


def _is_free(answer: Answer, *, is_page: bool) -> bool:
    """Whether nothing is billed: providers charge for replies, not for errors in their place.

    The page of a gateway that failed says nothing of what the model behind it did.
    """
    if is_page:
        return answer.status < 500
    return answer.status >= 300 and answer.status not in _MAY_HAVE_RUN


def _judge(
    answer: Answer, codes: frozenset[str], said: str, *, is_page: bool
) -> tuple[FailureKind, bool]:
    """Give the kind, and whether the account's money or the day's quota is gone."""
    status = answer.status
    if is_page and status < 500 and status not in (*_AUTH, _TOO_MANY):
        return "bad_request", False
    if status == _PAYMENT or codes & _MONEY_CODES or _MONEY.search(said):
        return "rate_limited", True
    if status == _TOO_LARGE or codes & _LENGTH_CODES or _TOO_LONG.search(said):
        return "context_too_long", False
    rows: tuple[tuple[FailureKind, bool], ...] = (
        ("content_policy", bool(codes & _POLICY_CODES)),
        ("bad_request", status == _NOT_FOUND or bool(codes & _MISSING_CODES)),
        ("auth", status in _AUTH or bool(codes & _KEY_CODES or _WRONG_KEY.search(said))),
        ("rate_limited", status == _TOO_MANY or bool(codes & _RATE_CODES)),
        ("timeout", status in _TOO_SLOW or bool(codes & _TIME_CODES)),
        ("overloaded", status >= 500 or status in (_CONFLICT, _TOO_EARLY, _CLIENT_GONE)),
        ("overloaded", status < 300 or bool(codes & _BUSY_CODES)),
    )
    return next((kind for kind, fits in rows if fits), "bad_request"), False


def _cause(place: Place, answer: Answer, body: object, kind: FailureKind) -> str:
    """Say what is wrong and what to look at."""
    status = answer.status
    is_named = _MODEL.search(_sentence(body)) is not None
    look_at_url = f"check {place.url_setting}, {place.url_hint}"
    if 300 <= status < 400:
        to = shown(answer.headers.get("location", "elsewhere"))
        return f"{place.url} sends to {to} ({status}), which is not followed: {look_at_url}"
    if status == _NOT_FOUND and not is_named:
        return f"nothing answers at {place.url} (404): {look_at_url}"
    if kind == "bad_request" and (status == _NOT_FOUND or _MISSING_CODES & set(_codes(body))):
        return f"the model id {place.model!r} does not exist at {place.url} ({status})"
    return _WORDS[kind].format(
        url=place.url, model=place.model, key=place.key_setting, status=status
    )


def _parsed(body: str) -> object:
    """Give the JSON of an error's body, unpacked from a list of one; its text where it is none."""
    try:
        parsed = json.loads(body[:MAX_READ_CHARS])
    except (ValueError, RecursionError):
        return body
    return dig(parsed, 0) if isinstance(parsed, list) and len(parsed) == 1 else parsed


def _codes(body: object) -> Iterator[str]:
    """Give the words that name a cause, wherever the providers put them."""
    for holder in (dig(body, "error"), body):
        for name in ("code", "type", "status"):
            if word := words(holder, name):
                yield word
    for detail in items(body, "error", "details"):
        if reason := words(detail, "reason"):
            yield reason


def _sentence(body: object) -> str:
    if isinstance(body, str):
        return body
    for path in (("error", "message"), ("message",), ("error",), ("detail",)):
        if sentence := words(body, *path):
            return sentence
    return ""
