"""What Telegram refuses in a text: pure checks that raise the refusal it would give.

Stricter than Telegram in what it forgives silently, since forgiveness there means that a reader
loses a link or a style: more than 100 entities (Telegram drops the rest), entities that cross
(it cuts them), styles inside code (it removes them), a quote in a quote (it removes one), an
entity of zero length (it drops it).
"""

import re
from collections.abc import Mapping, Sequence
from typing import cast, get_args
from urllib.parse import urlsplit

from bot_service.local_telegram.models import Entity, EntityKind
from bot_service.local_telegram.refusals import bad_request
from bot_service.local_telegram.text import (
    add_found_entities,
    check_encoding,
    trim,
    utf16_len,
    utf16_offsets,
)

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ENTITIES = 100

_QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_CODE = frozenset({"code", "pre"})
_LINKS = frozenset({"text_link", "text_mention"})
# Telegram finds these itself and ignores what a bot says about them.
_FOUND = frozenset(
    {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
)
_HOST = re.compile(r"^(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_](?:[\w-]*[^\W_])?$")
_IP = re.compile(r"^(?:\d{1,3}\.){3}\d{1,3}$|^\[[0-9A-Fa-f:.]+\]$")


def check_text(text: str, entities: Sequence[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Give a message's text and entities as Telegram would store them.

    Raises:
        Refusal: When it is empty, longer than 4096 UTF-16 units, or an entity is wrong.
    """
    kept, found = _normalize(text, entities)
    if not kept:
        raise bad_request("message text is empty")
    if utf16_len(kept) > MAX_TEXT:
        raise bad_request("message is too long")
    return kept, found


def check_caption(text: str, entities: Sequence[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Give a caption as Telegram would store it; it may be empty.

    Raises:
        Refusal: When it is longer than 1024 UTF-16 units, or an entity is wrong.
    """
    kept, found = _normalize(text, entities)
    if utf16_len(kept) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return kept, found


def check_draft(text: str, entities: Sequence[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Give a draft's text as Telegram would show it; empty stands for "Thinking…"."""
    kept, found = _normalize(text, entities)
    if utf16_len(kept) > MAX_TEXT:
        raise bad_request("message is too long")
    return kept, found


def read_entities(raw: object) -> list[Entity]:
    """Read the `entities` of a request.

    Args:
        raw: Parsed JSON, `None` when the field was left out.

    Raises:
        Refusal: When it is not a list of known, complete entities.
    """
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise bad_request("expected an Array of MessageEntity")
    return [_read_entity(item) for item in raw]


def check_url(url: str) -> str | None:
    """Tell what is wrong with a link, in Telegram's words; `None` when nothing is."""
    if not url.strip():
        return "URL is empty"
    if url.startswith("tg://"):
        return None
    if "://" in url and not url.lower().startswith(("http://", "https://")):
        return "Unsupported URL protocol"
    if any(char.isspace() or char < " " for char in url):
        return "Wrong HTTP URL"
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "Wrong HTTP URL"
    if not host:
        return "URL host is empty"
    bare = f"[{host}]" if ":" in host else host
    return None if _HOST.match(bare) or _IP.match(bare) else "Wrong HTTP URL"


def _normalize(text: str, entities: Sequence[Entity]) -> tuple[str, tuple[Entity, ...]]:
    check_encoding(text)
    if len(entities) > MAX_ENTITIES:
        raise bad_request("ENTITIES_TOO_LONG")
    _check_places(text, entities)
    ordered = sorted(entities, key=lambda entity: (entity.offset, -entity.length))
    _check_nesting(ordered)
    kept, moved = trim(text, [entity for entity in ordered if entity.type not in _FOUND])
    return kept, add_found_entities(kept, moved)


def _check_places(text: str, entities: Sequence[Entity]) -> None:
    starts = utf16_offsets(text)
    size = utf16_len(text)
    for entity in entities:
        begins = f"entity beginning at UTF-16 offset {entity.offset}"
        if entity.offset < 0:
            raise bad_request(f"entity has negative offset {entity.offset}")
        if entity.length <= 0:
            raise bad_request(f"{begins} has length {entity.length}")
        if entity.end > size:
            raise bad_request(
                f"{begins} ends after the end of the text at UTF-16 offset {entity.end}"
            )
        if entity.offset not in starts:
            raise bad_request(f"{begins} begins in a middle of a UTF-16 symbol")
        if entity.end not in starts:
            raise bad_request(f"{begins} ends in a middle of a UTF-16 symbol")


def _check_nesting(ordered: Sequence[Entity]) -> None:
    """Refuse crossings and what may not be nested; `ordered` has outer entities first."""
    open_: list[Entity] = []
    for entity in ordered:
        while open_ and open_[-1].end <= entity.offset:
            open_.pop()
        for outer in open_:
            begins = f"entity beginning at UTF-16 offset {entity.offset}"
            if entity.end > outer.end:
                raise bad_request(f"{begins} crosses the end of the one at {outer.offset}")
            if _may_not_nest(outer.type, entity.type):
                raise bad_request(f"{begins}: {entity.type} may not be inside {outer.type}")
        open_.append(entity)


def _may_not_nest(outer: EntityKind, inner: EntityKind) -> bool:
    """Follow "Formatting options" of the Bot API: code in quotes only, no quote in a quote."""
    if outer in _CODE:
        return True
    if inner in _CODE:
        return outer not in _QUOTES
    if outer in _LINKS:
        return inner in _LINKS or inner in _QUOTES
    return outer in _QUOTES and inner in _QUOTES


def _read_entity(item: object) -> Entity:
    if not isinstance(item, Mapping):
        raise bad_request("can't parse MessageEntity: expected an Object")
    kind = item.get("type")
    if kind not in get_args(EntityKind):
        raise bad_request("can't parse MessageEntity: unsupported type specified")
    offset, length = item.get("offset"), item.get("length")
    for name, value in (("offset", offset), ("length", length)):
        if not isinstance(value, int) or isinstance(value, bool):
            raise bad_request(f'can\'t parse MessageEntity: field "{name}" must be a Number')
    url, language = item.get("url"), item.get("language")
    if kind == "text_link":
        wrong = check_url(url) if isinstance(url, str) else "URL is empty"
        if wrong is not None:
            raise bad_request(f"entity URL '{url or ''}' is invalid: {wrong}")
    user = item.get("user")
    user_id = user.get("id") if isinstance(user, Mapping) else None
    if kind == "text_mention" and not isinstance(user_id, int):
        raise bad_request("can't parse MessageEntity: user not found")
    emoji_id = item.get("custom_emoji_id")
    return Entity(
        type=cast("EntityKind", kind),  # one of its literals by the check above
        offset=cast("int", offset),  # an int by the check above
        length=cast("int", length),
        url=url if kind == "text_link" and isinstance(url, str) else None,
        language=language if kind == "pre" and isinstance(language, str) and language else None,
        user_id=user_id if kind == "text_mention" else None,
        custom_emoji_id=emoji_id if isinstance(emoji_id, str) else None,
    )
