"""The article of a web page: its text without menus, advertisements and comments."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from services.adapters.sources.decode import decode
from services.adapters.sources.page_head import PageHead, read_head

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_CHARS = 1_500_000
"""Characters of a page that are looked at: a page of tags alone takes up to 3 s a million."""

MAX_BYTES = 4 * MAX_CHARS

SHORT_TEXT = 250
"""Characters: a shorter text makes the slower, more thorough methods try as well."""

_MAX_THOROUGH = 400_000
_NO_HEAD = PageHead(title="", site="", url=None, published_at=None, is_article=False)
_TRIPS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_LIBRARIES = ("trafilatura", "htmldate", "courlan", "justext")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """A page's article: paragraphs by lines; "" and None where the page has none.

    `published_at` is aware UTC and only what the page declares; whether it lies ahead of now is
    for the caller to judge. `is_cut`: the page is longer than what was read of it.
    """

    title: str
    text: str
    published_at: datetime | None
    is_cut: bool = False


def extract_article(
    html: bytes, *, url: str | None = None, charset: str | None = None
) -> ExtractedPage:
    """Give title, text and date of the article that a page holds.

    Takes about 15 ms for an ordinary page and seconds for a hostile one: run it in a thread. No
    page makes it raise, and nothing is fetched.

    Args:
        html: The page as it was sent, unpacked.
        url: Where it lies, if known.
        charset: What the server said of its encoding.
    """
    page, _ = extract_page(html, url=url, charset=charset)
    return page


def extract_page(
    html: bytes, *, url: str | None = None, charset: str | None = None
) -> tuple[ExtractedPage, PageHead]:
    """Give the article of a page and what the page says of itself, as `extract_article` does."""
    whole = decode(html[:MAX_BYTES], charset=charset)
    text, is_cut = whole[:MAX_CHARS], len(html) > MAX_BYTES or len(whole) > MAX_CHARS
    root = _parse(text)
    if root is None:
        return ExtractedPage(title="", text="", published_at=None, is_cut=is_cut), _NO_HEAD
    head = read_head(root, url=url)
    found = _main_text(root, is_fast=True)
    if len(found) < SHORT_TEXT and len(text) <= _MAX_THOROUGH:
        found = max(found, _main_text(root, is_fast=False), key=len)
    page = ExtractedPage(head.title, found, head.published_at, is_cut=is_cut)
    return page, head


def _parse(text: str) -> "HtmlElement | None":
    from trafilatura import load_html  # noqa: PLC0415 - 0.4 s that only readers of pages pay

    for name in _LIBRARIES:  # what they think of a page is no news for the log
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return load_html(text) if text.strip() else None


def _main_text(root: "HtmlElement", *, is_fast: bool) -> str:
    from lxml.etree import LxmlError  # noqa: PLC0415 - as above
    from trafilatura import bare_extraction  # noqa: PLC0415 - as above

    try:
        found = bare_extraction(root, include_comments=False, fast=is_fast, with_metadata=False)
    except (*_TRIPS, LxmlError) as error:  # somebody else's page in somebody else's code
        _log.warning("page.not_extracted", error=type(error).__name__)
        return ""
    text = getattr(found, "text", None)
    return text.strip() if isinstance(text, str) else ""
