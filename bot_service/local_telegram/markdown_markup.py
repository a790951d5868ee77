"""`parse_mode=MarkdownV2` as the Bot API reads it."""

import re
from dataclasses import dataclass, field

from bot_service.local_telegram.models import Entity, EntityKind
from bot_service.local_telegram.refusals import Refusal, cannot_parse
from bot_service.local_telegram.text import utf16_len

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
_MARKS: dict[str, EntityKind] = {
    "__": "underline",
    "||": "spoiler",
    "*": "bold",
    "_": "italic",
    "~": "strikethrough",
}


@dataclass(frozen=True)
class _Open:
    mark: str
    kind: EntityKind
    offset: int
    byte_offset: int


@dataclass
class _Reader:
    """The place reached in the source, and what was read up to there."""

    source: str
    at: int = 0
    size: int = 0
    text: list[str] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    open_: list[_Open] = field(default_factory=list)
    quote_at: int | None = None
    quote_hides: bool = False

    def put(self, piece: str) -> None:
        self.text.append(piece)
        self.size += utf16_len(piece)

    def byte_offset(self) -> int:
        return len(self.source[: self.at].encode())

    def close(self, kind: EntityKind, offset: int, *, url: str | None = None) -> None:
        if self.size > offset:
            length = self.size - offset
            self.entities.append(Entity(type=kind, offset=offset, length=length, url=url))


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """Turn MarkdownV2 into text and entities.

    Raises:
        Refusal: "can't parse entities: …" with the byte offset, for an unescaped reserved
            character or a style that does not end.
    """
    reader = _Reader(source)
    while reader.at < len(source):
        _line_start(reader)
        if reader.at < len(source):
            _step(reader)
    if reader.open_:
        left = reader.open_[-1]
        raise cannot_parse(
            f"Can't find end of {left.kind.capitalize()} entity at byte offset {left.byte_offset}"
        )
    _end_quote(reader)
    return "".join(reader.text), reader.entities


def _line_start(reader: _Reader) -> None:
    source, at = reader.source, reader.at
    if at and source[at - 1] != "\n":
        return
    if source.startswith(("**>", ">"), at):
        if reader.quote_at is not None and source.startswith("**>", at):
            _end_quote(reader)
        if reader.quote_at is None:
            reader.quote_at = reader.size
        reader.at += 3 if source.startswith("**>", at) else 1
    elif reader.quote_at is not None:
        _end_quote(reader)


def _end_quote(reader: _Reader) -> None:
    if reader.quote_at is None:
        return
    kind: EntityKind = "expandable_blockquote" if reader.quote_hides else "blockquote"
    trailing = 1 if reader.text and reader.text[-1] == "\n" else 0
    length = reader.size - trailing - reader.quote_at
    if length > 0:
        reader.entities.append(Entity(type=kind, offset=reader.quote_at, length=length))
    reader.quote_at, reader.quote_hides = None, False


def _step(reader: _Reader) -> None:
    source, at = reader.source, reader.at
    char = source[at]
    if char == "\\" and at + 1 < len(source) and "!" <= source[at + 1] <= "~":
        reader.put(source[at + 1])
        reader.at += 2
    elif char == "`":
        _code(reader)
    elif _quote_mark_ends(reader):
        reader.quote_hides = True
        reader.at += 2
    elif mark := next((mark for mark in _MARKS if source.startswith(mark, at)), None):
        _mark(reader, mark)
    elif char == "[":
        reader.open_.append(_Open("[", "text_link", reader.size, reader.byte_offset()))
        reader.at += 1
    elif char == "]" and any(entry.mark == "[" for entry in reader.open_):
        _link_end(reader)
    elif char in _RESERVED:
        raise _reserved(char)
    else:
        reader.put(char)
        reader.at += 1


def _quote_mark_ends(reader: _Reader) -> bool:
    """Whether `||` here ends an expandable quote rather than a spoiler."""
    after = reader.source[reader.at + 2 : reader.at + 3]
    no_spoiler = all(entry.mark != "||" for entry in reader.open_)
    is_mark = reader.source.startswith("||", reader.at) and after in {"", "\n"}
    return reader.quote_at is not None and is_mark and no_spoiler


def _mark(reader: _Reader, mark: str) -> None:
    if reader.open_ and reader.open_[-1].mark == mark:
        started = reader.open_.pop()
        reader.close(started.kind, started.offset)
    elif any(entry.mark == mark for entry in reader.open_):
        left = reader.open_[-1]
        raise cannot_parse(
            f"Can't find end of {left.kind.capitalize()} entity at byte offset {left.byte_offset}"
        )
    else:
        reader.open_.append(_Open(mark, _MARKS[mark], reader.size, reader.byte_offset()))
    reader.at += len(mark)


def _code(reader: _Reader) -> None:
    fence = "```" if reader.source.startswith("```", reader.at) else "`"
    kind: EntityKind = "pre" if fence == "```" else "code"
    begins = reader.byte_offset()
    body, at = [], reader.at + len(fence)
    while at < len(reader.source) and not reader.source.startswith(fence, at):
        if reader.source[at] == "\\" and reader.source[at + 1 : at + 2] in {"`", "\\"}:
            at += 1
        body.append(reader.source[at])
        at += 1
    if at >= len(reader.source):
        name = "Pre" if kind == "pre" else "Code"
        raise cannot_parse(f"Can't find end of {name} entity at byte offset {begins}")
    inside, language = "".join(body), None
    if kind == "pre" and (named := re.match(r"([\w+-]+)?\n", inside)):
        language, inside = named[1], inside[named.end() :]
    offset = reader.size
    reader.put(inside)
    if inside:
        length = utf16_len(inside)
        reader.entities.append(Entity(type=kind, offset=offset, length=length, language=language))
    reader.at = at + len(fence)


def _link_end(reader: _Reader) -> None:
    started = reader.open_.pop()
    if started.mark != "[":
        raise cannot_parse(
            f"Can't find end of {started.kind.capitalize()} entity "
            f"at byte offset {started.byte_offset}"
        )
    match = re.compile(r"\]\(((?:\\.|[^)\\])*)\)", re.DOTALL).match(reader.source, reader.at)
    if match is None:
        raise cannot_parse(f"Can't find end of a URL at byte offset {reader.byte_offset()}")
    url = re.sub(r"\\(.)", r"\1", match[1])
    if url:
        reader.close("text_link", started.offset, url=url)
    reader.at = match.end()


def _reserved(char: str) -> Refusal:
    return cannot_parse(
        f"Character '{char}' is reserved and must be escaped with the preceding '\\'"
    )
