"""Text as Telegram counts and reads it: UTF-16 units, trimming, links found by themselves."""

import re
from collections.abc import Sequence

from bot_service.local_telegram.models import Entity, EntityKind
from bot_service.local_telegram.refusals import bad_request

_LINK = r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}»”]"
_BARE = (
    r"(?:[\w-]+\.)+(?:com|org|net|info|io|me|dev|news|ru|uk|de|fr|eu|рф)\b(?:/[^\s<>\"']*[\w/])?"
)
_FOUND = re.compile(
    rf"(?P<email>(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    rf"|(?P<url>{_LINK}|(?<![\w@./-]){_BARE})"
    r"|(?P<bot_command>(?<![\w/<])/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<mention>(?<![\w@/])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w))"
    r"|(?P<hashtag>(?<![\w#&])#\w*[^\W\d]\w*)"
    r"|(?P<cashtag>(?<![\w$])\$[A-Z]{1,8}(?![A-Za-z0-9_]))",
    re.IGNORECASE,
)
_KINDS: tuple[EntityKind, ...] = ("email", "url", "bot_command", "mention", "hashtag", "cashtag")
# Stretches in which Telegram does not look for links.
_OPAQUE = frozenset({"code", "pre", "text_link", "text_mention", "custom_emoji"})


def utf16_len(text: str) -> int:
    """Count UTF-16 units: characters above U+FFFF count twice."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def utf16_offsets(text: str) -> dict[int, int]:
    """Map each UTF-16 offset at which a character may start, or the text end, to its index."""
    offsets: dict[int, int] = {}
    at = 0
    for index, char in enumerate(text):
        offsets[at] = index
        at += 2 if char > "\uffff" else 1
    offsets[at] = len(text)
    return offsets


def check_encoding(text: str) -> str:
    """Give the text back unless it holds a lone surrogate or NUL."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise bad_request("strings must be encoded in UTF-8")
    return text


def find_entities(text: str) -> list[Entity]:
    """Find what Telegram marks by itself: links, mail, commands, mentions, hash and cash tags."""
    found = []
    for match in _FOUND.finditer(text):
        kind = next(name for name in _KINDS if match.group(name) is not None)
        if kind == "cashtag" and not match.group()[1:].isupper():
            continue
        offset = utf16_len(text[: match.start()])
        found.append(Entity(type=kind, offset=offset, length=utf16_len(match.group())))
    return found


def add_found_entities(text: str, entities: Sequence[Entity]) -> tuple[Entity, ...]:
    """Join given entities with those found in the text, outermost first.

    A found one yields to code, links and anything that it would cut across.
    """
    given = list(entities)
    given += [
        new for new in find_entities(text) if all(_can_stand_with(new, old) for old in entities)
    ]
    return tuple(sorted(given, key=lambda entity: (entity.offset, -entity.length)))


def trim(text: str, entities: Sequence[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Drop white space at both ends as Telegram does, and shorten the entities with it."""
    kept = text.rstrip()
    skipped = utf16_len(kept) - utf16_len(kept.lstrip())
    kept = kept.lstrip()
    size = utf16_len(kept)
    moved = []
    for entity in entities:
        start = max(0, entity.offset - skipped)
        end = min(size, entity.end - skipped)
        if end > start:
            moved.append(entity.model_copy(update={"offset": start, "length": end - start}))
    return kept, tuple(moved)


def _can_stand_with(new: Entity, old: Entity) -> bool:
    apart = new.end <= old.offset or old.end <= new.offset
    if old.type in _OPAQUE:
        return apart
    inside = old.offset <= new.offset and new.end <= old.end
    around = new.offset <= old.offset and old.end <= new.end
    return apart or inside or around
