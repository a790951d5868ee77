"""What Telegram takes, written down apart from the code that obeys it."""

from itertools import pairwise

from schemas.runs import Entity, RichText

KINDS = {
    "bold",
    "italic",
    "code",
    "spoiler",
    "text_link",
    "blockquote",
    "expandable_blockquote",
}
QUOTES = {"blockquote", "expandable_blockquote"}
STYLES = {"bold", "italic", "spoiler"}


def faults(rich: RichText, *, limit: int = 4096) -> list[str]:
    """Say everything that Telegram would refuse or silently change in a message."""
    raw = rich.text.encode("utf-16-le")
    units = len(raw) // 2
    found = []
    if not rich.text.strip():
        found.append("empty")
    if rich.text != rich.text.strip():
        found.append("whitespace at an end")
    if units > limit:
        found.append(f"{units} units")
    if len(rich.entities) > 100:
        found.append(f"{len(rich.entities)} entities")
    found += [f"forbidden {char!r}" for char in rich.text if _is_forbidden(char)]
    for entity in rich.entities:
        found += _entity_faults(entity, raw)
    found += [f"bad nesting {a} {b}" for a, b in _pairs(rich.entities) if _clash(a, b)]
    if any(b.offset < a.offset for a, b in pairwise(rich.entities)):
        found.append("entities out of order")
    return found


def _is_forbidden(char: str) -> bool:
    return (ord(char) < 32 and char != "\n") or "\u202a" <= char <= "\u202e" or char == "\x7f"


def _entity_faults(entity: Entity, raw: bytes) -> list[str]:
    found = [] if entity.type in KINDS else [f"unknown type {entity.type}"]
    piece = raw[entity.offset * 2 : (entity.offset + entity.length) * 2]
    if entity.offset < 0 or entity.length < 1 or (entity.offset + entity.length) * 2 > len(raw):
        return [*found, f"out of range {entity}"]
    try:
        text = piece.decode("utf-16-le")
    except UnicodeDecodeError:
        return [*found, f"splits a surrogate pair {entity}"]
    if text != text.strip():
        found.append(f"whitespace at an entity's end {entity}")
    if (entity.type == "text_link") != (entity.url is not None):
        found.append(f"url and type disagree {entity}")
    if entity.url is not None and not entity.url.lower().startswith(("http://", "https://")):
        found.append(f"bad url {entity}")
    return found


def _pairs(entities: tuple[Entity, ...]) -> list[tuple[Entity, Entity]]:
    return [(a, b) for i, a in enumerate(entities) for b in entities[i + 1 :]]


def _clash(a: Entity, b: Entity) -> bool:
    a_end, b_end = a.offset + a.length, b.offset + b.length
    if b.offset >= a_end or a.offset >= b_end:
        return False
    is_nested = (a.offset <= b.offset and b_end <= a_end) or (
        b.offset <= a.offset and a_end <= b_end
    )
    kinds = {a.type, b.type}
    is_code_styled = "code" in kinds and bool(kinds & (STYLES | {"text_link"}))
    is_doubled = a.type == b.type or kinds == QUOTES
    is_quote_linked = a.type == "text_link" and b.type in QUOTES
    return not is_nested or is_code_styled or is_doubled or is_quote_linked
