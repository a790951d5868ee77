"""What a body is that is no feed, and what to do about it, in words."""

import re
from urllib.parse import urlsplit

from services.adapters.sources.feed_repair import Root

_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "compressed data (gzip)"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_HTML = re.compile(
    r"html|head|body|title|meta|link|script|style|div|p|h[12]|a|br|table|span|img|b"
)
_XML = {
    "opml": ("an OPML list of feeds", "import it as a list of sources"),
    "urlset": ("a sitemap", "give the address of a feed"),
    "sitemapindex": ("a sitemap", "give the address of a feed"),
    "svg": ("an SVG image", "give the address of a feed"),
}


def describe(body: bytes, text: str, root: Root | None) -> tuple[str, str]:
    """Give what a body is, with its article, and what to do instead of reading it as a feed."""
    advice = "give the address of a feed"
    if name := _media(body):
        return name, advice
    start = text.lstrip()[:200].lower()
    if start.startswith("<!doctype html") or (root is not None and _HTML.fullmatch(root.name)):
        return "an HTML page", "add the page's address, so that its feeds are looked for"
    if is_json(start):
        return "JSON that is no JSON Feed", advice
    if root is not None and root.name in _XML:
        return _XML[root.name]
    if root is not None and start.startswith("<"):
        return f"an XML document that begins with <{root.name[:40]}>", advice
    if root is None and start.startswith("<!--"):
        return "an XML document without elements", advice
    sample = text[:1000]
    n_odd = sum(1 for letter in sample if letter < " " and letter not in "\t\r\n\f")
    is_binary = n_odd + sample.count("\ufffd") > len(sample) / 20
    return "binary data" if is_binary else "plain text", advice


def _media(body: bytes) -> str | None:
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "a WebP image"
    if body[4:8] == b"ftyp":
        return "a video"
    return next((name for magic, name in _MAGIC if body.startswith(magic)), None)


def shown(url: str | None) -> str:
    """Give an address as messages show it, without user and password."""
    if not url:
        return "the body"
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return repr(parts._replace(netloc=host).geturl()[:200])
    except ValueError:
        return "the address"


def is_json(text: str) -> bool:
    """Say whether a text begins as JSON objects and lists do."""
    return re.match(r"\s*[{\[]", text) is not None
