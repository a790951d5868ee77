"""Take the furniture of Telegram, Markdown and HTML off a copy of a text."""

import html
import re

MAX_CHARS = 20_000
"""Only so many leading characters of a text are looked at by anything in `core.text`."""

_LINK = re.compile(
    r"\[([^\[\]]{0,300})\]\(\s*<?(?:https?://|tg://|www\.|mailto:)[^\s()<>]{0,2000}>?\s*\)"
)
_BARE_URL = re.compile(
    r"(?:https?://|tg://|www\.)[^\s<>\[\]]+|(?<![\w@.])(?:t\.me|youtu\.be|bit\.ly)/[^\s<>\[\]]+",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?(?:[a-zA-Z][a-zA-Z0-9]{0,10})(?:\s[^<>]{0,500})?/?>")
_MARKS = re.compile(r"\*\*|__|~~|\|\||`{1,3}")
_LINE_START = re.compile(r"^[ \t]*(?:#{1,6}\s|>+\s)", re.MULTILINE)
_UNSEEN = re.compile(
    "[\ud800-\udfff\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
    "|[\U000e0000-\U000e007f]"
)
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
"""Unseen, but letters of Persian and Hindi and the people of one emoji hang together by them."""

_UNSEEN_SHOWN = re.compile(f"(?![{_JOINERS}])(?:{_UNSEEN.pattern})")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SPACE = re.compile(r"\s+")
_LETTER = re.compile(r"[^\W_]")
_FOOTER_WORD = re.compile(
    r"^\W*(?:подпис(?:аться|ывай|ывайтесь|ывайся|ка|ь)|прислать новость|предложить новость"
    r"|наш(?:и)? канал|читать (?:далее|полностью|подробнее)|читайте (?:также|нас)|подробнее"
    r"|бот для связи"
    r"|мы в (?:max|вк|телеграм)|"
    r"subscribe|follow us|join us|read more|continue reading|sign up|click here)\b",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"^[\w-]+(?:\.[\w-]+)*\.[a-zа-я]{2,6}$", re.IGNORECASE)
_SUFFIX = re.compile(r"^(.{8,}?)\s+(?:[-–—|•·]|::)\s+([^|]{2,60})$", re.DOTALL)
_LINK_MARK = "\x02"
_MAX_FOOTER_CHARS = 60


def strip_invisible(text: str, *, is_shown: bool = False) -> str:
    """Remove zero-width, direction and variation marks and lone surrogates.

    Control characters become spaces; newlines and tabs stay. Only the first `MAX_CHARS` characters
    are kept. In a text that people are shown the marks that hold letters and emoji together stay.
    """
    unseen = _UNSEEN_SHOWN if is_shown else _UNSEEN
    return _CONTROL.sub(" ", unseen.sub("", text[:MAX_CHARS]))


def strip_markup(text: str, *, is_shown: bool = False) -> str:
    """Reduce a text to the words a reader sees, line by line.

    Links keep their text, bare addresses and emphasis marks go, HTML entities and tags are
    resolved. A trailing line that holds nothing but links, or asks to subscribe, goes too unless
    nothing else would be left.
    """
    seen = strip_invisible(text, is_shown=is_shown)
    if "&" in seen:
        seen = strip_invisible(html.unescape(seen), is_shown=is_shown)
    if "<" in seen:
        seen = _TAG.sub(" ", seen)
    if "](" in seen:
        seen = _LINK.sub(lambda link: f"{_LINK_MARK}{link[1]}{_LINK_MARK}", seen)
    if "/" in seen or "www." in seen:
        seen = _BARE_URL.sub(" ", seen)
    seen = _LINE_START.sub("", _MARKS.sub("", seen))
    return "\n".join(_without_footer(seen.split("\n"))).replace(_LINK_MARK, "")


def clean_display(text: str) -> str:
    """Give the text as one line for a snippet: no markup, no addresses, case kept."""
    return _SPACE.sub(" ", strip_markup(text, is_shown=True)).strip()


def clean_lines(text: str) -> list[str]:
    """Give the lines that hold words, cleaned as `clean_display` does."""
    lines = (_SPACE.sub(" ", line).strip() for line in strip_markup(text).split("\n"))
    return [line for line in lines if _LETTER.search(line)]


def strip_publisher(title: str, source: str) -> str:
    """Take " - Reuters" or " | CNN" off the end of a title.

    The suffix goes when it names `source` (either contains the other, letters compared without
    case) or is written like a domain; at least eight characters of title stay.
    """
    found = _SUFFIX.match(title.strip())
    if found is None:
        return title
    head, tail = found[1], found[2].strip()
    if _DOMAIN.match(tail):
        return head
    name, suffix = _letters(source), _letters(tail)
    if min(len(name), len(suffix)) >= 2 and (suffix in name or name in suffix):
        return head
    return title


def _letters(text: str) -> str:
    return "".join(_LETTER.findall(text.casefold()))


def _without_footer(lines: list[str]) -> list[str]:
    end = len(lines)
    while end > 0 and _is_furniture(lines[end - 1]):
        end -= 1
    return lines[:end] if any(_LETTER.search(line) for line in lines[:end]) else lines


def _is_furniture(line: str) -> bool:
    if not _LETTER.search(line):
        return True
    parts = line.split(_LINK_MARK)
    outside = "".join(parts[::2])
    if len(parts) > 1 and not _LETTER.search(outside):
        return True
    return (
        len(line) <= _MAX_FOOTER_CHARS
        and _FOOTER_WORD.match(line.replace(_LINK_MARK, "")) is not None
    )
