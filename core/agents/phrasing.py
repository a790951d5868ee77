"""Small pieces that every agent's templates share."""

import re

from core.rendering.words import format_number, say

INSIGHT_LIMIT = 180
_CLOSERS = "….,;: "
_ABBREVIATED = re.compile(r"(?<![\w.])(?:[^\W\d]\.)+[^\W\d]$")


def fit(lang: str, key: str, slot: str, value: str, /, **args: str | int) -> str:
    """Fill a template so that the whole fits an insight; only `slot` (a headline) is shortened."""
    whole = say(lang, key, **{slot: _open_ended(value)}, **args)
    if len(whole) <= INSIGHT_LIMIT:
        return whole
    room = max(20, len(value) - (len(whole) - INSIGHT_LIMIT) - 1)
    return say(lang, key, **{slot: shorten(value, room)}, **args)


def shorten(text: str, limit: int) -> str:
    """Cut at a word, with an ellipsis, to at most `limit` characters."""
    text = _open_ended(text)
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    if not text[limit - 1].isspace() and " " in head[limit // 2 :]:
        head = head.rsplit(" ", 1)[0]
    return head.rstrip(_CLOSERS + "«“(—–-") + "…"


def _open_ended(text: str) -> str:
    """Take off what ends a sentence, but not the last stop of "U.S."."""
    bare = text.rstrip(_CLOSERS)
    return f"{bare}." if text.startswith(f"{bare}.") and _ABBREVIATED.search(bare) else bare


def signed(lang: str, score: float) -> str:
    """Write a score with its sign and two decimals, as the language writes decimals."""
    return format_number(score, lang, digits=2, signed=True)


def articles(lang: str, n: int) -> str:
    """Write "n articles"."""
    return say(lang, "writer-articles", n=n)


def publishers(lang: str, n: int) -> str:
    """Write "n publishers"."""
    return say(lang, "writer-publishers", n=n)
