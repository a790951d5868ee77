"""Public Telegram channels as their web preview shows them: one page of posts to raw items."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.errors import SourceFailed
from schemas.articles import RawItem
from services.adapters.sources.jsonl import parse_date

if TYPE_CHECKING:
    from lxml.etree import _Element

WEB = "https://t.me"

_NAME = r"[A-Za-z][A-Za-z0-9_]{2,30}[A-Za-z0-9]"
_HOSTS = r"(?:t\.me|telegram\.me|telegram\.dog)"
_AT = re.compile(rf"@({_NAME})")
_LINK = re.compile(
    rf"(?:https?://)?(?:www\.)?{_HOSTS}/(?:s/)?@?({_NAME})(?:[/?#].*)?", re.IGNORECASE | re.DOTALL
)
_OWN_HOST = re.compile(
    r"(?:https?://)?([a-z][a-z0-9_]{2,30}[a-z0-9])\.t\.me(?:[/?#].*)?", re.IGNORECASE | re.DOTALL
)
_APP = re.compile(rf"tg://resolve/?\?(?:.*&)?domain=({_NAME})(?:&.*)?", re.IGNORECASE | re.DOTALL)
_NO_CHANNELS = frozenset(
    {
        "addemoji",
        "addlist",
        "addstickers",
        "addtheme",
        "auth",
        "bg",
        "boost",
        "call",
        "confirmphone",
        "contact",
        "c",
        "dl",
        "folder",
        "giftcode",
        "invoice",
        "iv",
        "joinchat",
        "login",
        "m",
        "nft",
        "passport",
        "proxy",
        "setlanguage",
        "share",
        "socks",
        "start",
        "telegrampassport",
        "www",
    }
)
"""First parts of t.me addresses that lead to something else than a name."""

_POST = re.compile(r"([A-Za-z0-9_]+)/(\d{1,18})")
_COUNT = re.compile(r"(\d+(?:[.,]\d+)?)\s*([KMB]?)", re.IGNORECASE)
_FACTORS = {"": 1, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}
_OF_ANOTHER = frozenset({"tgme_widget_message_reply", "tgme_widget_message_link_preview"})
"""Parts of a post that hold words of somebody else."""

_TEXT = "js-message_text"
_POLL = "tgme_widget_message_poll"
_POLL_WORDS = frozenset(
    {"tgme_widget_message_poll_question", "tgme_widget_message_poll_option_text"}
)
_BLOCKS = frozenset({"div", "p", "pre", "blockquote", "ul", "ol", "li"})
_ENDS_OF_LINES = re.compile(r"[ \t]+\n")
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """One page of a preview: posts with something to read, oldest first.

    `oldest_id` and `newest_id` are over every post of the page, pictures without words included:
    the next older page is the one before `oldest_id`. Both are None on a page without posts.
    """

    title: str
    posts: tuple[RawItem, ...]
    oldest_id: int | None
    newest_id: int | None


def channel_name(address: str) -> str | None:
    """Give the channel's name that an address leads to, spelt as there; None for anything else.

    Understood are `@name`, `t.me/name`, `t.me/s/name/123?before=9`, `name.t.me` and the like with
    or without scheme. Invitations, private chats and other services of t.me name no channel.
    """
    text = address.strip()
    for pattern in (_AT, _LINK, _OWN_HOST, _APP):
        found = pattern.fullmatch(text)
        if found:
            name = found[1]
            return name if pattern is _AT or name.lower() not in _NO_CHANNELS else None
    return None


def page_url(name: str, *, before: int | None = None, base: str = WEB) -> str:
    """Give the address of a preview page: the newest posts, or those older than `before`."""
    return f"{base}/s/{name}" + (f"?before={before}" if before is not None else "")


def is_channel_page(head: str) -> bool:
    """Tell whether the text of a page is a saved preview of a channel."""
    return "tgme_channel_info" in head or "tgme_widget_message" in head


def read_channel_page(html: str, *, name: str, now: datetime, source: str) -> ChannelPage:
    """Read the posts of a preview page.

    The text of a post is what its author wrote, polls included; what it answers, previews of
    links and names of those it was forwarded from are not. Service messages and pictures without
    words give no item. The guid is `t.me/name/id` with the name in lower case, so an edited post
    is a version of itself. Albums are one post.

    Args:
        html: The page, or the part of one that paging gives.
        name: The channel that was asked for; posts of others on the page are passed over.
        now: Aware UTC; posts dated more than a day ahead have no date.
        source: Source of the items.

    Raises:
        SourceFailed: `hidden`: the channel or group shows no posts on the web; `missing`: there is
            no channel of that name; `unreadable`: nothing that is known of such pages.
    """
    root = _parse(html)
    if root is None:
        raise SourceFailed(f"the page of @{name} is empty; try again later", reason="unreadable")
    seen: dict[int, RawItem | None] = {}
    for message in _with_class(root, "tgme_widget_message"):
        post = _POST.match(message.get("data-post") or "")
        if post and post[1].lower() == name.lower():
            n = int(post[2])
            seen[n] = _read_post(message, url=f"{WEB}/{post[1]}/{n}", now=now, source=source)
    if not seen and not _has_class(root, "tgme_channel_info", "tgme_channel_history"):
        raise _no_preview(root, name)
    return ChannelPage(
        title=_first_words(root, "tgme_channel_info_header_title") or name,
        posts=tuple(item for _, item in sorted(seen.items()) if item is not None),
        oldest_id=min(seen, default=None),
        newest_id=max(seen, default=None),
    )


def _no_preview(root: "_Element", name: str) -> SourceFailed:
    """Say why a page is no preview, by what stands there instead of the posts."""
    extra = _first_words(root, "tgme_page_extra")
    if _has_class(root, "tgme_page_title") and not (
        extra.startswith("@") or "monthly user" in extra
    ):
        return SourceFailed(
            f"@{name} shows no posts on the web: its preview is switched off, or it is a group",
            reason="hidden",
        )
    if _has_class(root, "tgme_page_action", "tgme_page_icon", "tgme_username_link"):
        return SourceFailed(
            f"there is no public channel @{name}; check the spelling of its name", reason="missing"
        )
    return SourceFailed(
        f"the page of @{name} is no channel preview; its layout is unknown", reason="unreadable"
    )


def _parse(html: str) -> "_Element | None":
    from lxml import etree  # noqa: PLC0415 - 22 ms that only readers of channels pay

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    body = html.replace("\x00", "").encode("utf-8", "replace")
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError:  # nothing that could be an element
        return None


def _classes(element: "_Element") -> list[str]:
    return (element.get("class") or "").split()


def _with_class(root: "_Element", *names: str) -> "Iterator[_Element]":
    return (e for e in root.iter("*") if any(name in names for name in _classes(e)))


def _has_class(root: "_Element", *names: str) -> bool:
    return next(_with_class(root, *names), None) is not None


def _first_words(root: "_Element", name: str) -> str:
    found = next(_with_class(root, name), None)
    return "" if found is None else " ".join(_text(found).split())


def _read_post(message: "_Element", *, url: str, now: datetime, source: str) -> RawItem | None:
    if "service_message" in _classes(message):
        return None
    texts: list[str] = []
    views: int | None = None
    at: datetime | None = None
    for element in _own(message):
        classes = _classes(element)
        if _TEXT in classes:
            texts.append(_text(element))
        elif _POLL in classes:
            texts += [_text(line) for line in _with_class(element, *_POLL_WORDS)]
        elif "tgme_widget_message_views" in classes:
            views = _count(_text(element))
        elif at is None and element.tag == "time":
            at = parse_date(element.get("datetime"), now=now)
    text = "\n".join(part for part in texts if part)
    if not text:
        return None
    guid = url.removeprefix("https://").lower()
    return RawItem(source=source, guid=guid, url=url, text=text, published_at=at, views=views)


def _own(message: "_Element") -> "Iterator[_Element]":
    """Walk the parts of a post in order, without what others said and not into texts and polls."""
    waiting = list(reversed(message))
    while waiting:
        element = waiting.pop()
        classes = _classes(element)
        if _OF_ANOTHER.intersection(classes):
            continue
        yield element
        if _TEXT not in classes and _POLL not in classes:
            waiting.extend(reversed(element))


def _text(root: "_Element") -> str:
    """Give the words below an element: line breaks as they are seen, nothing else changed."""
    parts: list[str] = []
    waiting: list[_Element | str] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        edge = "\n" if node.tag in _BLOCKS else ""
        parts.append("\n" if node.tag == "br" else edge + (node.text or ""))
        waiting.append(edge)
        for child in reversed(node):
            waiting += [child.tail or "", child]
    text = _ENDS_OF_LINES.sub("\n", "".join(parts))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def _count(text: str) -> int | None:
    """Read `12.3K` as 12300; None for anything else."""
    found = _COUNT.fullmatch(text.strip())
    if found is None:
        return None
    return round(float(found[1].replace(",", ".")) * _FACTORS[found[2].upper()])
