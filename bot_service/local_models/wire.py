"""What each protocol gives the server: how to read a request, how to write a reply."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bot_service.local_models.asked import Asked, Json, Refusal, Written

PIECE = 24
"""Characters of one piece of a streamed reply."""

Event = tuple[str | None, Json | str]
"""One server-sent event: its name, and JSON or a bare word."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refusal in a protocol's own form."""

    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wire:
    """One protocol's way to ask for words.

    `read` takes the body and the model of the path (empty where the body names it); `whole` gives
    the reply in one piece, `events` in many; both leave the usage out when told so.
    """

    endpoint: str
    read: Callable[[Json, str], Asked]
    whole: Callable[[Asked, Written, bool], Json]
    events: Callable[[Asked, Written, bool], Iterator[Event]]


@dataclass(frozen=True, slots=True)
class Manners:
    """What a provider does the same at each of its addresses."""

    read_key: Callable[[Mapping[str, str]], str]
    reject: Callable[[Refusal, str], Rejected]
    request_header: str
    request_prefix: str


def encode_event(name: str | None, data: object) -> bytes:
    """Give the bytes of a server-sent event; a bare word is sent as it is."""
    words = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {words}\n\n".encode()


def cut_pieces(text: str) -> Iterator[str]:
    """Give a text in the pieces that a stream sends."""
    for start in range(0, len(text), PIECE):
        yield text[start : start + PIECE]


def pause(refusal: Refusal) -> str:
    """Give the seconds to wait as a header writes them."""
    return f"{refusal.retry_after_s:g}"
