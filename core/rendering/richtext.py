"""A small document tree, and the plain text with entities that Telegram takes.

A tree is written once and never escaped: `flatten` gives text and entities (offsets in UTF-16
units), `split` cuts them into messages. Nesting follows Telegram's rules by construction: code has
no style, quotes and links are never inside their own kind.

Source:
    core.telegram.org/bots/api#messageentity and #formatting-options.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import assert_never

from core.rendering.links import is_web_link
from core.rendering.units import clean, cut, cut_point, is_blank, unit_offsets, utf16_len
from schemas.runs import Entity, RichText

__all__ = [
    "MAX_ENTITIES", "MAX_UNITS", "Bold", "Code", "Content", "Italic", "Join", "Line", "Link",
    "Paragraph", "Quote", "Spoiler", "Text", "cut", "flatten", "is_web_link", "split", "utf16_len",
]  # fmt: skip

MAX_UNITS = 4096
MAX_ENTITIES = 100


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text; a bare string does the same."""

    text: str


@dataclass(frozen=True, slots=True)
class Bold:
    """Bold text."""

    content: "Content"


@dataclass(frozen=True, slots=True)
class Italic:
    """Italic text."""

    content: "Content"


@dataclass(frozen=True, slots=True)
class Spoiler:
    """Text that shows when tapped."""

    content: "Content"


@dataclass(frozen=True, slots=True)
class Code:
    """Fixed-width text; styles around it stop before and go on after it."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Text that opens a web page; without an http(s) URL it stays plain text."""

    url: str | None
    content: "Content"


@dataclass(frozen=True, slots=True)
class Quote:
    """A block set apart; an expandable one shows its first lines until tapped."""

    content: "Content"
    is_expandable: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """Parts with a separator between those that are not empty."""

    parts: tuple["Content", ...]
    separator: str = ", "


@dataclass(frozen=True, slots=True)
class Line:
    """Content on lines of its own."""

    content: "Content"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Content with an empty line before and after it."""

    content: "Content"


Node = Text | Bold | Italic | Spoiler | Code | Link | Quote | Join | Line | Paragraph
Content = str | Node | tuple["Content", ...]


@dataclass(frozen=True, slots=True)
class _Span:
    """An entity in code points: `start` inclusive, `end` exclusive."""

    kind: str
    start: int
    end: int
    url: str | None = None


@dataclass(slots=True)
class _Writer:
    """Text so far, and the line breaks that the next visible text needs before it."""

    chunks: list[str] = field(default_factory=list)
    length: int = 0
    newlines_at_end: int = 0
    newlines_wanted: int = 0
    spans: list[_Span] = field(default_factory=list)
    inside: set[str] = field(default_factory=set)

    def put(self, text: str) -> None:
        text = clean(text)
        if not text:
            return
        if self.length:
            self._append("\n" * max(0, self.newlines_wanted - self.newlines_at_end))
        self.newlines_wanted = 0
        self._append(text)
        stripped = text.rstrip("\n")
        tail = len(text) - len(stripped)
        self.newlines_at_end = tail if stripped else self.newlines_at_end + tail

    def _append(self, text: str) -> None:
        self.chunks.append(text)
        self.length += len(text)

    def want_newlines(self, n: int) -> None:
        self.newlines_wanted = max(self.newlines_wanted, n)

    def mark(self, kind: str, content: "Content", *, url: str | None = None) -> None:
        if kind in self.inside:
            self.write(content)
            return
        start = self.length
        self.inside.add(kind)
        self.write(content)
        self.inside.discard(kind)
        if self.length > start:
            self.spans.append(_Span(kind, start, self.length, url))

    def block(self, newlines: int, content: "Content") -> None:
        self.want_newlines(newlines)
        self.write(content)
        self.want_newlines(newlines)

    def write(self, content: "Content") -> None:
        match content:
            case str() | Text():
                self.put(content if isinstance(content, str) else content.text)
            case tuple():
                for part in content:
                    self.write(part)
            case Bold(inner) | Italic(inner) | Spoiler(inner):
                self.mark(type(content).__name__.lower(), inner)
            case Line(inner) | Paragraph(inner):
                self.block(1 if isinstance(content, Line) else 2, inner)
            case _:
                self._write_special(content)

    def _write_special(self, node: "Code | Link | Quote | Join") -> None:
        match node:
            case Code(text):
                self._code(text)
            case Link(url, inner):
                self._link(url, inner)
            case Quote():
                self._quote(node)
            case Join(parts, separator):
                self._join(parts, separator)
            case _:
                assert_never(node)

    def _code(self, text: str) -> None:
        if "text_link" in self.inside:
            self.put(text)
        else:
            self.mark("code", text)

    def _link(self, url: str | None, inner: "Content") -> None:
        if url is not None and is_web_link(url):
            self.mark("text_link", inner, url=url)
        else:
            self.write(inner)

    def _quote(self, quote: "Quote") -> None:
        if self.inside & {"blockquote", "expandable_blockquote", "text_link"}:
            self.block(1, quote.content)
            return
        self.want_newlines(1)
        kind = "expandable_blockquote" if quote.is_expandable else "blockquote"
        self.mark(kind, quote.content)
        self.want_newlines(1)

    def _join(self, parts: tuple["Content", ...], separator: str) -> None:
        is_first = True
        for part in parts:
            if _is_empty(part):
                continue
            if not is_first:
                self.put(separator)
            self.write(part)
            is_first = False


def flatten(content: Content) -> RichText:
    """Turn a tree into text and entities, without whitespace at either end.

    Unsafe characters are dropped (see `core.rendering.units.clean`); entities never start or end
    with whitespace and are never empty.
    """
    writer = _Writer()
    writer.write(content)
    text = "".join(writer.chunks)
    return _slice(text, _around_code(writer.spans), 0, len(text))


def split(rich: RichText, limit: int = MAX_UNITS) -> list[RichText]:
    """Cut a text into messages that Telegram takes, none of its visible text lost.

    Cuts fall, by preference, between paragraphs, lines, sentences, words, graphemes; the better
    place wins when it is in the second half of a message. Entities are cut and go on in the next
    part. Whitespace at a cut goes; a part of which nothing would be seen is left out, so a blank
    text gives no part.

    Args:
        rich: Text and entities; entities that do not fit the text are dropped.
        limit: UTF-16 units a part may have, at least 2.

    Returns:
        Parts of 1 to `limit` units and at most 100 entities, in order.

    Raises:
        ValueError: If `limit` is below 2: a surrogate pair would not fit.
    """
    if limit < 2:
        raise ValueError(f"limit must be at least 2 UTF-16 units, got {limit}")
    text, offsets = rich.text, unit_offsets(rich.text)
    spans = _spans_of(rich.entities, offsets)
    parts: list[RichText] = []
    start = _skip_space(text, 0)
    while start < len(text):
        end = bisect_right(offsets, offsets[start] + limit) - 1
        end = _end_by_entities(spans, start, end)
        if end < len(text):
            end = cut_point(text, start, end)
        part = _slice(text, spans, start, end)
        part = part.model_copy(update={"entities": part.entities[:MAX_ENTITIES]})
        if not is_blank(part.text):
            parts.append(part)
        start = _skip_space(text, end)
    return parts


def _outer_first(span: _Span) -> tuple[int, int, bool, bool]:
    """Order in which every entity stands after those around it."""
    return (span.start, -span.end, not span.kind.endswith("quote"), span.kind == "code")


def _is_empty(content: Content) -> bool:
    match content:
        case str():
            return not content
        case tuple():
            return all(_is_empty(part) for part in content)
        case Join(parts):
            return all(_is_empty(part) for part in parts)
        case Text(text) | Code(text):
            return not text
        case _:
            return _is_empty(content.content)


def _around_code(spans: Sequence[_Span]) -> list[_Span]:
    """Cut styles out of code, and at quotes that the cut pieces would cross."""
    codes = [span for span in spans if span.kind == "code"]
    quotes = [span for span in spans if span.kind.endswith("quote")]
    result: list[_Span] = []
    for span in spans:
        held = [code for code in codes if span.start <= code.start and code.end <= span.end]
        if span.kind not in {"bold", "italic", "spoiler"} or not held:
            result.append(span)
            continue
        edges = {edge for part in (*held, *quotes) for edge in (part.start, part.end)}
        points = sorted({span.start, span.end} | {e for e in edges if span.start < e < span.end})
        result += [
            replace(span, start=first, end=last)
            for first, last in pairwise(points)
            if not any(code.start <= first and last <= code.end for code in held)
        ]
    return result


def _spans_of(entities: Iterable[Entity], offsets: list[int]) -> list[_Span]:
    """Entities in code points, ordered; those that do not fit the text are dropped."""
    index = {offset: i for i, offset in enumerate(offsets)}
    spans = [
        _Span(e.type, index[e.offset], index[e.offset + e.length], e.url)
        for e in entities
        if e.length > 0 and e.offset in index and e.offset + e.length in index
    ]
    return sorted(spans, key=_outer_first)


def _slice(text: str, spans: Iterable[_Span], start: int, end: int) -> RichText:
    """The stretch of a text without whitespace at its ends, its entities clipped and trimmed."""
    start, end = _trim(text, start, end)
    piece = text[start:end]
    offsets = unit_offsets(piece)
    entities: list[Entity] = []
    for span in sorted(spans, key=_outer_first):
        first, last = _trim(text, max(span.start, start), min(span.end, end))
        if first < last:
            offset = offsets[first - start]
            length = offsets[last - start] - offset
            entities.append(Entity(type=span.kind, offset=offset, length=length, url=span.url))
    return RichText(text=piece, entities=tuple(entities))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _skip_space(text: str, index: int) -> int:
    while index < len(text) and text[index].isspace():
        index += 1
    return index


def _end_by_entities(spans: list[_Span], start: int, end: int) -> int:
    """The latest end at which the part still has at most 100 entities."""
    touching = [s for s in spans if s.end > start and s.start < end]
    if len(touching) <= MAX_ENTITIES:
        return end
    limit = touching[MAX_ENTITIES].start
    return limit if limit > start else end
