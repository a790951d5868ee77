"""Sources in words: how one fares, why it could not be read, where it is."""

from typing import Final
from urllib.parse import urlsplit, urlunsplit

from core.errors import UsageError
from core.rendering.units import one_line
from core.rendering.words import say
from schemas.sources import FailureReason, PolledKind, SourceState

_ADVICE: Final[dict[FailureReason, str]] = {
    "address": "address",
    "not_a_feed": "address",
    "missing": "address",
    "gone": "address",
    "taken": "remove",
    "denied": "denied",
    "hidden": "hidden",
    "forbidden": "setting",
    "too_large": "setting",
}
"""What to do about a failure; any other passes by itself."""


def failure_words(reason: FailureReason, lang: str) -> str:
    """Say why a source could not be read, as the end of a sentence about it."""
    return say(lang, f"source-failure-{reason}")


def advice_words(reason: FailureReason, lang: str, *, is_new: bool = False) -> str:
    """Say what somebody can do about a source that fails; `is_new`: it is yet to be added."""
    advice = _ADVICE.get(reason, "wait")
    return say(lang, f"look-advice-{advice}" if is_new else f"source-advice-{advice}")


def refusal_words(error: UsageError, lang: str, *, per_chat: int) -> str:
    """Say why sources were not looked at or changed; `per_chat` is the most that a chat has."""
    match error.field:
        case "address":
            return say(lang, "source-refused-address")
        case "rate":
            return say(lang, "source-refused-rate")
        case "principal":
            return say(lang, "source-refused-operators")
        case "source":
            return say(lang, "source-refused-lost")
        case _:
            return say(lang, "source-refused-full", n=per_chat)


def state_words(state: SourceState, lang: str) -> str:
    """Say in a word or two how a source fares."""
    return say(lang, f"source-state-{state}")


def kind_words(kind: PolledKind, lang: str) -> str:
    """Say what kind of source it is."""
    return say(lang, f"source-kind-{kind}")


def shown_address(url: str) -> str:
    """Give an address as people may see it: on one line, without user name and password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return one_line(url.rpartition("@")[2])
    host = parts.netloc.rpartition("@")[2]
    return one_line(urlunsplit(parts._replace(netloc=host)))


def host_words(url: str) -> str:
    """Give the host of an address without `www.`, empty where it has none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return one_line(host.removeprefix("www."))
