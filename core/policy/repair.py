"""Bring a draft inside the limits: cut at a word, drop what cannot be mended."""

import re
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from schemas.analysis import IsoDate, WebUrl

_URL = TypeAdapter(WebUrl)
_DATE = TypeAdapter(IsoDate)
ELLIPSIS = "…"


def cut_at_word(text: str, limit: int) -> str:
    """Give `text` in at most `limit` characters; a longer one ends at a word with an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    if not text[limit - 1].isspace():
        at_word = head.rsplit(" ", 1)[0]
        # One endless word (a language without spaces, a URL) is cut where it stands.
        head = at_word if len(at_word) >= limit // 2 else head
    return head.rstrip(" ,;:–—-«“(\"'") + ELLIPSIS


def clean_url(url: str | None) -> str | None:
    """Give the URL when it is an http or https address, else None: no link beats a bad link."""
    if url is None:
        return None
    try:
        return _URL.validate_python(url.strip())
    except ValidationError:
        return None


@lru_cache(maxsize=4_096)
def is_real_date(value: str | None) -> bool:
    """Say whether `value` is a calendar date written YYYY-MM-DD."""
    if value is None:
        return False
    try:
        _DATE.validate_python(value)
    except (ValidationError, ValueError):
        return False
    return True


def host_of(url: str) -> str:
    """Give the host of a web address in lower case, without user, port and a trailing dot."""
    match = re.match(r"https?://(?:[^/?#@]*@)?(\[[^\]]+\]|[^/?#:]+)", url, re.IGNORECASE)
    return match.group(1).lower().rstrip(".") if match else ""
