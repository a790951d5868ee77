"""`parse_mode=HTML` as the Bot API reads it."""

import html
import re
from dataclasses import dataclass

from bot_service.local_telegram.models import Entity, EntityKind
from bot_service.local_telegram.refusals import cannot_parse
from bot_service.local_telegram.text import utf16_len

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<attributes>[^<>]*)>")
_ATTRIBUTE = re.compile(
    r"\s+(?P<key>[A-Za-z-]+)(?:\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'"
    r"|(?P<bare>[^\s\"'=<>`]+)))?"
)
# The only named references that Telegram knows.
_REFERENCE = re.compile(r"&(?:(?P<name>lt|gt|amp|quot)|#(?P<dec>\d+)|#x(?P<hex>[0-9A-Fa-f]+));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_STYLES: dict[str, EntityKind] = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
}


@dataclass(frozen=True)
class _Open:
    """A tag that waits for its end; `kind` is None for one without a style."""

    name: str
    kind: EntityKind | None
    offset: int
    url: str | None = None
    language: str | None = None


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Turn HTML into text and entities.

    Raises:
        Refusal: "can't parse entities: …" with the byte offset, for unknown tags, tags that do
            not match or do not end, and a bare `<`.
    """
    text: list[str] = []
    entities: list[Entity] = []
    open_: list[_Open] = []
    at, size = 0, 0
    while at < len(source):
        if source[at] == "<":
            match = _TAG.match(source, at)
            offset = len(source[:at].encode())
            if match is None:
                raise cannot_parse(f"Unsupported start tag at byte offset {offset}")
            name = match["name"].lower()
            if match["end"]:
                entities.extend(_close(open_, name, end=size, byte_offset=offset))
            else:
                attributes = _attributes(match["attributes"])
                open_.append(
                    _start(name, attributes, offset=size, byte_offset=offset, within=open_)
                )
            at = match.end()
            continue
        until = source.find("<", at)
        until = len(source) if until < 0 else until
        piece = _REFERENCE.sub(_unescape, source[at:until])
        text.append(piece)
        size += utf16_len(piece)
        at = until
    if open_:
        raise cannot_parse(f'Can\'t find end tag corresponding to start tag "{open_[-1].name}"')
    return "".join(text), [entity for entity in entities if entity.length > 0]


def _start(
    name: str,
    attributes: dict[str, str],
    *,
    offset: int,
    byte_offset: int,
    within: list[_Open],
) -> _Open:
    if name == "a":
        return _Open(name, "text_link", offset, url=attributes.get("href", ""))
    if name == "blockquote":
        kind: EntityKind = "expandable_blockquote" if "expandable" in attributes else "blockquote"
        return _Open(name, kind, offset)
    if name == "span":
        if attributes.get("class") == "tg-spoiler":
            return _Open(name, "spoiler", offset)
        raise cannot_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {byte_offset}')
    if name not in _STYLES:
        raise cannot_parse(f'Unsupported start tag "{name}" at byte offset {byte_offset}')
    language = attributes.get("class", "")
    if name == "code" and within and within[-1].name == "pre":
        # <pre><code class="language-…"> is one block of code with a language.
        return _Open(name, None, offset, language=language.removeprefix("language-") or None)
    return _Open(name, _STYLES[name], offset)


def _close(open_: list[_Open], name: str, *, end: int, byte_offset: int) -> list[Entity]:
    if not open_:
        raise cannot_parse(f"Unexpected end tag at byte offset {byte_offset}")
    started = open_.pop()
    if started.name != name:
        raise cannot_parse(
            f"Unmatched end tag at byte offset {byte_offset}, "
            f'expected "</{started.name}>", found "</{name}>"'
        )
    if started.kind is None:
        outer = open_.pop()
        open_.append(_Open(outer.name, outer.kind, outer.offset, language=started.language))
        return []
    if started.kind == "text_link" and not started.url:
        return []
    return [
        Entity(
            type=started.kind,
            offset=started.offset,
            length=end - started.offset,
            url=started.url,
            language=started.language,
        )
    ]


def _attributes(source: str) -> dict[str, str]:
    return {
        match["key"].lower(): html.unescape(
            match["double"] or match["single"] or match["bare"] or ""
        )
        for match in _ATTRIBUTE.finditer(source)
    }


def _unescape(match: re.Match[str]) -> str:
    if match["name"]:
        return _NAMED[match["name"]]
    code = int(match["dec"]) if match["dec"] else int(match["hex"], 16)
    valid = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return chr(code) if valid else match.group()
