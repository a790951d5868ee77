"""HTML to readable plain text: lines where blocks end, no word lost, plain text left alone."""

import html as entities
import re

_TAG = re.compile(
    r"""<(?:
      (?P<special>!--|!\[CDATA\[|[!?])
    | (?P<close>/?)(?P<name>[A-Za-z][\w.:-]*+)
      (?P<attributes>(?=[\s/>])(?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>
    | (?P<close2>/?)(?P<name2>[A-Za-z][\w.:-]*+)(?P<attributes2>[\s/][^<>]*+)?>
    )""",
    re.VERBOSE,
)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|&nbsp(?![A-Za-z0-9=])"
)
_CLOSED = re.compile(r"</([A-Za-z][\w.:-]*)")
_CUT_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)(?![^\s/])([^<>]*)$")
_SPACES = re.compile(r"[^\S\n]{2,}|[^\S \n]")
_ALL_SPACES = re.compile(r"\s{2,}|[^\S ]")
_LINE_ENDS = re.compile(r" +\n *|\n +")
_MANY_LINES = re.compile(r"\n{3,}")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\xad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")

_ELEMENTS = {
    "paragraph": "address article aside blockquote body center details dialog div dl fieldset "
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html main nav ol p pre section summary "
    "table ul",
    "line": "br caption dd dt figcaption head legend li option optgroup tbody tfoot thead "
    "title tr",
    "inline": "a abbr acronym area audio b base basefont bdi bdo big button canvas cite code col "
    "colgroup data datalist del dfn em embed font frame frameset i iframe img input ins kbd label "
    "link map mark marquee math menu meta meter nobr noscript object output param picture "
    "progress q rp rt ruby s samp script select small source span strike strong style sub sup "
    "svg td template textarea th time track tt u var video wbr",
    "dropped": "audio canvas datalist embed frameset iframe noscript object script select style "
    "svg template video",
}
_PARAGRAPHS, _LINES, _INLINE, _DROPPED = (frozenset(names.split()) for names in _ELEMENTS.values())
_KNOWN = _PARAGRAPHS | _LINES | _INLINE
"""`_DROPPED` elements go with everything in them; the others lose their tags alone."""

_EVIDENCE = re.compile(
    r"</(?P<closed>[A-Za-z][A-Za-z0-9]*)\s*>|<(?P<open>br|hr|p|li|img|div|td|tr|input|iframe)"
    r"(?=[\s/>])[^<>]*>|<(?P<with>[A-Za-z][A-Za-z0-9]*)\s[^<>=]*+=[^<>]*+>|<!--|<!\[CDATA\[",
    re.IGNORECASE,
)
"""What only markup holds: a closed element, one that needs no close, an attribute."""


def to_text(html: str) -> str:
    r"""Give the readable text of an HTML fragment, or plain text as it is.

    Blocks end lines and paragraphs are a blank line apart; list items begin with "• "; links keep
    their words; scripts, frames, images and comments go (an image's description is kept when
    there is no other text). Entities are decoded once, and once more with the tags in them where
    the whole fragment was escaped twice. Spaces are single, lines have none at their ends. Text
    without markup keeps its lines, its "<" and its "&". Time is linear in the length.
    """
    if "<" not in html and "&" not in html:
        return tidy(html)
    if _is_markup(html):
        return tidy(_stripped(html))
    text = unescape(html)
    if text != html:
        if _is_markup(text):
            return tidy(_stripped(text))
        text = unescape(text)
    return tidy(text)


def to_line(html: str) -> str:
    """Give the readable text of an HTML fragment in one line, as titles need it."""
    return " ".join(to_text(html).split())


def unescape(text: str) -> str:
    """Decode entities that end in a semicolon; `&copy=` of an address is none."""
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda found: entities.unescape(found.group()), text)


def tidy(text: str) -> str:
    """Give plain text with single spaces, at most one blank line in a row, nothing invisible."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _LINE_ENDS.sub("\n", _SPACES.sub(" ", text))
    return _MANY_LINES.sub("\n\n", text).strip()


def _is_markup(text: str) -> bool:
    for found in _EVIDENCE.finditer(text):
        name = found.group("closed") or found.group("with")
        if name is None or name.lower() in _KNOWN:
            return True
    return False


def _stripped(html: str) -> str:
    reader = _Reader(html)
    while reader.step():
        pass
    text = "".join(reader.pieces)
    return text if text.strip() else "\n".join(dict.fromkeys(reader.alts))


class _Reader:
    """One pass over a fragment, tag by tag; `pieces` join to its text."""

    def __init__(self, html: str):
        self.html = html
        self.pieces: list[str] = []
        self.alts: list[str] = []
        self.position = 0
        self.n_pre = 0
        self.n_lists = 0
        self.n_ends = 0
        self.is_item = False
        self.closed: frozenset[str] | None = None
        self.missing: set[str] = set()

    def step(self) -> bool:
        """Take the text up to the next tag, and the tag; False at the end."""
        found = _TAG.search(self.html, self.position)
        if found is None:
            self._data(_without_cut_tag(self.html[self.position :]))
            return False
        if found.start() > self.position:
            self._data(self.html[self.position : found.start()])
        self.position = found.end()
        if special := found.group("special"):
            self._special(special)
        else:
            self._tag(found)
        return True

    def _data(self, raw: str) -> None:
        text = unescape(raw)
        if not self.n_pre:
            text = _ALL_SPACES.sub(" ", text)
        if self.n_ends or self.is_item:
            text = text.lstrip()
            if not text:
                return
            self.pieces.append("\n" * min(2, self.n_ends) + ("• " if self.is_item else ""))
            self.n_ends, self.is_item = 0, False
        self.pieces.append(text)

    def _end_lines(self, n_ends: int) -> None:
        if not self.is_item:
            self.n_ends = max(self.n_ends, n_ends)

    def _tag(self, found: re.Match[str]) -> None:
        spelt = found.group("name") or found.group("name2")
        attributes = found.group("attributes") or found.group("attributes2") or ""
        is_close = bool(found.group("close") or found.group("close2"))
        name = spelt.lower()
        if name in _PARAGRAPHS:
            self._paragraph(name, -1 if is_close else 1)
        elif name == "br":
            self.n_ends += 1
        elif name in _LINES:
            if name == "li":
                self.is_item = False
            self._end_lines(1)
            self.is_item = name == "li" and not is_close
        elif name in ("td", "th"):
            self._data(" ")
        elif name == "img":
            self._image(attributes)
        elif name in _DROPPED:
            if not is_close and not attributes.rstrip().endswith("/"):
                self._drop(name)
        elif name not in _INLINE and not self._is_element(spelt, attributes, is_close=is_close):
            self._data(found.group())

    def _paragraph(self, name: str, step: int) -> None:
        if name == "pre":
            self.n_pre = max(0, self.n_pre + step)
        if name not in ("ul", "ol"):
            self._end_lines(2)
            return
        self.n_lists = max(0, self.n_lists + min(0, step))
        self._end_lines(1 if self.n_lists else 2)  # a list in a list is no paragraph
        self.n_lists += max(0, step)

    def _special(self, opening: str) -> None:
        closing = {"!--": "-->", "![CDATA[": "]]>"}.get(opening, ">")
        end = self._find(closing)
        if opening == "![CDATA[":
            stop = len(self.html) if end < 0 else end
            self._data(self.html[self.position : stop])
            self.position = min(len(self.html), stop + 3)
        elif end >= 0:
            self.position = end + len(closing)
        elif opening == "!--" and (end := self._find(">")) >= 0:
            self.position = end + 1

    def _drop(self, name: str) -> None:
        """Go behind the end of an element; a frame that never ends loses only its tag."""
        end = self._find(f"</{name}")
        if end >= 0:
            self.position = end
            stop = self._find(">")
            self.position = stop + 1 if stop >= 0 else len(self.html)
        elif name in ("script", "style"):
            self.position = len(self.html)

    def _image(self, attributes: str) -> None:
        found = _ALT.search(attributes)
        alt = unescape(next(filter(None, found.groups()), "")).strip() if found else ""
        if alt:
            self.alts.append(alt)

    def _is_element(self, spelt: str, attributes: str, *, is_close: bool) -> bool:
        """Say whether an unknown name is markup (`<o:p>`, `<x y="z">`) or text (`<String>`)."""
        if spelt.endswith(":"):  # an address in angle brackets
            return False
        if self.closed is None:
            self.closed = frozenset(_CLOSED.findall(self.html))
        is_empty = attributes.strip() == "/"
        return is_close or is_empty or "=" in attributes or spelt in self.closed

    def _find(self, what: str) -> int:
        """Find from here on, letter case aside; what is not there is not sought again."""
        if what in self.missing:
            return -1
        pattern = re.compile(re.escape(what), re.IGNORECASE | re.ASCII)
        found = pattern.search(self.html, self.position)
        if found is None:
            self.missing.add(what)
            return -1
        return found.start()


def _without_cut_tag(tail: str) -> str:
    """Take off a tag that the end of the fragment cuts through."""
    found = _CUT_TAG.search(tail)
    if found is None:
        return tail
    close, name, rest = found.groups()
    is_tag = name.lower() in _KNOWN and (close or "=" in rest)
    return tail[: found.start()] if is_tag else tail
