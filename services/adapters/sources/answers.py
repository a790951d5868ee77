"""What the head of an answer says: how to read the body, when to come back, what is wrong."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from core.errors import SourceFailed
from schemas.sources import FailureReason

MAX_WAIT_S = 86_400.0
"""A server may ask to be left alone for a day, not longer."""

_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_MAX_AGE = re.compile(r"(?<![\w-])max-age\s*=\s*\"?(\d{1,12})")
_KEPT = re.compile(r"[^\x20-\x7e\x80-\xff]")
_MAX_VALIDATOR = 1_024

_REASONS: Mapping[int, FailureReason] = {
    401: "denied",
    402: "denied",
    403: "denied",
    404: "missing",
    407: "denied",
    410: "gone",
    429: "limited",
    451: "denied",
}
_ADVICE: Mapping[FailureReason, str] = {
    "denied": "it wants an account, or keeps programs out",
    "missing": "check the address",
    "gone": "it is gone for good",
    "limited": "it is asked too often, and will be asked less",
    "unavailable": "the server is in trouble; it may answer later",
}


def refusal(status: int, headers: Mapping[str, str], *, url: str) -> SourceFailed:
    """Say why an answer with this status is no success; `url` as it may be shown."""
    reason: FailureReason = "unavailable" if status >= 500 else _REASONS.get(status, "http")
    try:
        words = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        words = str(status)
    return SourceFailed(
        f"{url} answered {words}: {_ADVICE.get(reason, 'nothing can be read from that')}",
        reason=reason,
        status=status,
        retry_after_s=retry_after(headers),
    )


def charset_of(content_type: str | None) -> str | None:
    """The charset that a `Content-Type` names, lower case."""
    found = _CHARSET.search(content_type or "")
    return found[1].lower() if found else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server wants to be left alone after a failure, at most a day."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d+)?", value):
        return min(float(value), MAX_WAIT_S)
    return _until(value, headers)


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Seconds for which this answer stays fresh (Cache-Control, else Expires), at most a day."""
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    if found := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        left = float(found[1]) - (float(age) if re.fullmatch(r"\d{1,12}", age) else 0.0)
        return min(left, MAX_WAIT_S) if left > 0 else None
    return _until(headers.get("expires", ""), headers) or None


def validator(value: str | None) -> str | None:
    """An ETag or a date as it may be stored and sent back: one line, of sensible length."""
    if not value or len(value) > _MAX_VALIDATOR or _KEPT.search(value):
        return None
    return value


def _until(date: str, headers: Mapping[str, str]) -> float | None:
    """Seconds until a date, by the server's own clock where it tells it."""
    then = _moment(date)
    if then is None:
        return None
    now = _moment(headers.get("date", "")) or datetime.now(UTC)
    return min(max((then - now).total_seconds(), 0.0), MAX_WAIT_S)


def _moment(date: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
