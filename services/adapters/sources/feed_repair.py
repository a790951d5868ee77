"""Feeds that are nearly XML become XML, and none can make its reader run for minutes."""

import html.entities
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel", "entry"})
ROOT_CHARS = 64 * 1024
"""How much junk before a feed is looked through."""

MAX_TAGS = 200_000
MANY_TAGS = 50_000
MAX_BROKEN_CHARS = 1_000_000
"""What is read of a feed that is no XML; its reader takes up to six seconds a million."""

_PAGE_ROOTS = frozenset({"html", "head", "body", "title", "meta", "svg", "opml", "urlset"})
_OPENING = re.compile(r"<(?:(!--)|(!\[CDATA\[)|!(\w*)|(\?)|(?:[\w.-]+:)?([A-Za-z_][\w.-]*))")
_SURE_FEED = re.compile(
    r"<(?:rss\s[^>]*version\s*=|(?:\w+:)?feed\s[^>]*xmlns(?::\w+)?\s*=\s*[\"']http://"
    r"(?:www\.w3\.org/2005/Atom|purl\.org/atom)|rdf:RDF\s)",
    re.IGNORECASE,
)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MANY_ATTRIBUTES = re.compile(
    r"(<[A-Za-z_][\w:.-]*+)"
    r"(?:\s++[^\s=<>\"'/]++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+')){64,}+"
)
_UNUSED = re.compile(
    r"<(/?(?:(?:georss|gml|geo|psc|cc|creativecommons):|(?:[\w.-]+:)?(?=(?:author|creator|"
    r"managingeditor|webmaster|publisher|contributor|owner|category|subject|keywords|tags|width|"
    r"height|player)[\s/>])))",
    re.IGNORECASE,
)
_BASE = re.compile(r"\s(?:xml:)?base\s*=\s*(\"[^\"<]*+\"|'[^'<]*+'|[^\s<>\"']++)", re.IGNORECASE)
_SAFE_ENTITY = re.compile(
    r"<!ENTITY\s+([A-Za-z_][\w.-]{0,30})\s+(?:\"([^\"&%<]{0,16}|&#\w{1,7};)\"|'([^'&%<]{0,16})')\s*>"
)
_DEFINED = re.compile(r"<!ENTITY (\S+)")
_ENTITY = re.compile(r"&(?:#([xX]?)([0-9a-fA-F]{1,8});|([A-Za-z]\w{1,31});|)")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_BARE_LESS = re.compile(r"<(?![A-Za-z/!?_])")
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]*):|\s([A-Za-z_][\w.-]*):[\w.-]+\s*=\s*[\"']")
_DECLARED = re.compile(r"\sxmlns:([A-Za-z_][\w.-]*)\s*=\s*(?:\"[^\"<]*+\"|'[^'<]*+')")
_VERBATIM = re.compile(r"<!\[CDATA\[|<!--")
_ITEM = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ITEM_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)

_NAMESPACES = {
    "admin": "http://webns.net/mvcb/",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/DTDs/PodCast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/rss/1.0/modules/threading/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}


@dataclass(frozen=True, slots=True)
class Root:
    """The element that a document begins with; `is_feed` when a feed may begin with it."""

    name: str
    start: int
    is_feed: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A feed's bytes for an XML reader, UTF-8. `n_lost` items were cut off its end."""

    data: bytes
    is_xml: bool
    is_cut: bool
    n_items: int
    n_lost: int


def find_root(text: str) -> Root | None:
    """Find where the feed begins, behind declarations, comments and what servers print before.

    In a page only what can be nothing but a feed is one. Without a feed the first element of all
    is given, None when there is none.
    """
    first: Root | None = None
    position, end = 0, min(len(text), ROOT_CHARS)
    missing: set[str] = set()
    while found := _OPENING.search(text, position, end):
        comment, cdata, declaration, instruction, name = found.groups()
        position = found.end()
        if name:
            name = name.lower()
            is_page = first is not None and first.name in _PAGE_ROOTS
            if name in FEED_ROOTS and (not is_page or _SURE_FEED.match(text, found.start())):
                return Root(name, found.start(), is_feed=True)
            first = first or Root(name, found.start(), is_feed=False)
            continue
        closing = "-->" if comment else "]]>" if cdata else "?>" if instruction else ">"
        if (declaration or "").lower() == "doctype":
            position = _doctype_end(text, position, end)
        elif closing not in missing:
            stop = text.find(closing, position)
            if stop < 0:
                missing.add(closing)
            else:
                position = stop + len(closing)
                end = max(end, min(len(text), position + ROOT_CHARS))
    return first


def prepare(text: str, root: Root) -> Prepared:
    """Give a feed as XML where repair can make it XML, bounded in size where it cannot.

    What precedes the root goes, except short entities without references in them. Characters
    and references that XML forbids go. If it is no XML then, HTML's entities, lone "&" and "<",
    undeclared prefixes and trailing junk are mended outside of CDATA sections.
    """
    prolog = _prolog(text[: root.start])
    body = _ILLEGAL.sub("", text[root.start :])
    body = _tamed(body)
    n_items = len(_ITEM.findall(body))
    n_lost = 0
    if body.count("<") > MAX_TAGS:
        body, n_lost = _shortened(body, _nth(body, MAX_TAGS))
    data = (prolog + body).encode()
    if is_well_formed(data):
        return Prepared(data, is_xml=True, is_cut=False, n_items=n_items, n_lost=n_lost)
    mended = _mended(_without_tail(body), known=_XML_ENTITIES | set(_DEFINED.findall(prolog)))
    data = (prolog + mended).encode()
    if is_well_formed(data):
        return Prepared(data, is_xml=True, is_cut=False, n_items=n_items, n_lost=n_lost)
    if len(mended) > MAX_BROKEN_CHARS:
        mended, n_more = _shortened(mended, MAX_BROKEN_CHARS)
        n_lost += n_more
        data = (prolog + mended).encode()
    is_cut = re.search(rf"</(?:[\w.-]+:)?{root.name}", mended[-2000:], re.IGNORECASE) is None
    return Prepared(data, is_xml=False, is_cut=is_cut, n_items=n_items, n_lost=n_lost)


def is_well_formed(data: bytes) -> bool:
    """Say whether an XML reader takes UTF-8 bytes, namespaces included."""
    from xml.parsers import expat  # noqa: PLC0415 - only where feeds are read

    parser = expat.ParserCreate("utf-8", " ")
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        return False
    return True


def _doctype_end(text: str, position: int, end: int) -> int:
    subset, stop = text.find("[", position, end), text.find(">", position, end)
    if 0 <= subset < stop:
        closed = re.compile(r"\]\s*>").search(text, subset, end)
        return closed.end() if closed else end
    return stop + 1 if stop >= 0 else end


def _prolog(head: str) -> str:
    if "<!ENTITY" not in head:
        return ""
    safe = [
        f'<!ENTITY {name} "{one or two}">'
        for name, one, two in _SAFE_ENTITY.findall(head[:ROOT_CHARS])
    ]
    return f"<!DOCTYPE feed [\n{chr(10).join(safe)}\n]>\n" if safe else ""


def _tamed(body: str) -> str:
    """Take off what makes the reader's time or memory grow with the square of the length.

    It looks attributes of an element up one after the other, namespaces and categories too, keeps
    the base address of every open element, and seeks an address in the name of a person from
    every letter on. What nobody here reads gets a name that it does not know, numbers and places
    as well, because it gives a whole feed up over a wrong one.
    """
    body = _UNUSED.sub(r"<\1x-", body)
    body = _MANY_ATTRIBUTES.sub(r"\1", body)
    if body.count("xmlns:") > 200 and len(set(_DECLARED.findall(body))) > 200:
        body = _DECLARED.sub("", body)
    if "base" not in body:
        return body
    n_relative = 0 if body.count("<") <= MANY_TAGS else 20

    def kept(found: re.Match[str]) -> str:
        nonlocal n_relative
        n_relative += not re.match(r"[\"']?https?:", found.group(1))
        return found.group() if n_relative < 20 and len(found.group(1)) <= 300 else ""

    return _BASE.sub(kept, body)


def _nth(body: str, n: int) -> int:
    position = -1
    for _ in range(n):
        position = body.find("<", position + 1)
    return position


def _shortened(body: str, limit: int) -> tuple[str, int]:
    """Cut behind the last whole item before `limit` and close the feed."""
    ends = [found.end() for found in _ITEM_END.finditer(body, 0, limit)]
    end = ends[-1] if ends else limit
    found = re.match(r"<([\w:.-]+)", body)
    name = found.group(1) if found else "rss"
    closing = ("</channel>" if name.lower() == "rss" else "") + f"</{name}>"
    return body[:end] + closing, len(_ITEM.findall(body, end))


def _without_tail(body: str) -> str:
    """Take off what stands behind the end of the root element, unless items are in it."""
    found = re.match(r"<([\w:.-]+)", body)
    end = body.rfind(f"</{found.group(1)}") if found else -1
    stop = body.find(">", end) if end >= 0 else -1
    return body if stop < 0 or _ITEM.search(body, stop) else body[: stop + 1]


def _mended(body: str, *, known: Set[str]) -> str:
    def entity(found: re.Match[str]) -> str:
        return found.group() if found.group(3) in known else _entity(found)

    parts = [
        piece if is_verbatim else _BARE_LESS.sub("&lt;", _ENTITY.sub(entity, piece))
        for piece, is_verbatim in _sections(body)
    ]
    mended = "".join(parts)
    declared = set(_DECLARED.findall(mended))
    used = {one or two for one, two in _PREFIX.findall(mended)}
    missing = sorted(used - declared - {"xml", "xmlns"})[:100]
    found = re.match(r"<[\w:.-]+", mended)
    if not missing or not found:
        return mended
    spaces = "".join(
        f' xmlns:{name}="{_NAMESPACES.get(name.lower(), "urn:undeclared:" + name)}"'
        for name in missing
    )
    return mended[: found.end()] + spaces + mended[found.end() :]


def _entity(found: re.Match[str]) -> str:
    hexadecimal, digits, name = found.groups()
    if digits:
        try:
            code = int(digits, 16 if hexadecimal else 10)
        except ValueError:
            return "&amp;" + found.group()[1:]
        is_legal = 0x20 <= code <= 0xD7FF or code in (9, 10, 13) or 0xE000 <= code <= 0xFFFD
        return found.group() if is_legal or 0x10000 <= code <= 0x10FFFF else ""
    letters = html.entities.html5.get(f"{name};") if name else None
    if letters is None:
        return "&amp;" + found.group()[1:]
    return "".join(f"&#{ord(letter)};" for letter in letters)


def _sections(body: str) -> Iterator[tuple[str, bool]]:
    """Cut at CDATA sections and comments; these are verbatim."""
    position = start = 0
    ends = {"<![CDATA[": "]]>", "<!--": "-->"}
    while found := _VERBATIM.search(body, position):
        position = found.end()
        stop = body.find(ends[found.group()], position) if found.group() in ends else -1
        if stop < 0:
            ends.pop(found.group(), None)  # not sought again: time stays linear
            continue
        yield body[start : found.start()], False
        position = start = stop + 3
        yield body[found.start() : start], True
    yield body[start:], False
