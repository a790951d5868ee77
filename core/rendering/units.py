"""Text as Telegram counts and shows it: UTF-16 units, graphemes, characters that must not pass."""

import re
import unicodedata
from itertools import accumulate

_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNSAFE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # control characters
    "\u202a-\u202e\u2066-\u2069"  # bidi embeddings, overrides and isolates
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_SPACES = re.compile(r"\s+")
_BLANK = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u206f\u2800\u3164\uffa0]*"
)
_SENTENCE_END = re.compile(r"""[.!?…]["'»”’)\]]*$""")
_GAPS = re.compile(r"\s+|(?<=[。！？])(?=\S)")
_JOINER = "\u200d"
ELLIPSIS = "…"


def clean(text: str) -> str:
    """Give `text` without what Telegram refuses or what could disguise it.

    Control characters, NUL, lone surrogates, non-characters and bidi overrides go; every kind of
    line break becomes a newline and a tab a space. Everything else stays verbatim.
    """
    return _UNSAFE.sub("", _LINE_BREAKS.sub("\n", text)).replace("\t", " ")


def one_line(text: str) -> str:
    """Give `text` cleaned and on one line; for titles and names that others wrote."""
    return _SPACES.sub(" ", clean(text)).strip()


def is_blank(text: str) -> bool:
    """Whether nothing of `text` would be seen (spaces, zero-width and filler characters alone)."""
    return _BLANK.fullmatch(text) is not None


def utf16_len(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text) + sum(char > "\uffff" for char in text)


def unit_offsets(text: str) -> list[int]:
    """Offset in UTF-16 units of each code point, and at last the length."""
    return list(accumulate((2 if char > "\uffff" else 1 for char in text), initial=0))


def _extends(char: str) -> bool:
    """Whether `char` belongs to the grapheme before it."""
    return (
        char == _JOINER
        or unicodedata.category(char) in {"Mn", "Mc", "Me"}
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # tags of regional flags
    )


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def is_boundary(text: str, index: int) -> bool:
    """Whether a cut before `text[index]` keeps every grapheme whole.

    Covers combining marks, variation selectors, ZWJ sequences, skin tones, flags and Hangul jamo;
    the full rules are Unicode's UAX 29, of which these are the ones that news and chats hold.
    """
    if index <= 0 or index >= len(text):
        return True
    before, after = text[index - 1], text[index]
    if _extends(after) or before == _JOINER:
        return False
    if "\u1160" <= after <= "\u11ff" and before >= "\u1100":
        return not ("\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3")
    if _is_flag_letter(after) and _is_flag_letter(before):
        start = index
        while start > 0 and _is_flag_letter(text[start - 1]):
            start -= 1
        return (index - start) % 2 == 0
    return True


def cut(text: str, limit_units: int) -> str:
    """Shorten `text` to at most `limit_units` UTF-16 units, at a word, with an ellipsis.

    A text that fits comes back as it is. Where the first word alone is too long, it is cut
    between graphemes.

    Raises:
        ValueError: If `limit_units` is below 1.
    """
    if limit_units < 1:
        raise ValueError(f"limit_units must be at least 1, got {limit_units}")
    if utf16_len(text) <= limit_units:
        return text
    offsets = unit_offsets(text)
    end = next(i for i, at in enumerate(offsets) if at > limit_units - 1) - 1
    at_word = max(
        (m.start() for m in _SPACES.finditer(text, 0, end + 1) if is_boundary(text, m.end())),
        default=0,
    )
    if at_word <= end // 2:
        at_word = end
        while at_word > 0 and not is_boundary(text, at_word):
            at_word -= 1
        at_word = at_word or end
    return text[:at_word].rstrip(" \n\t,;:–—-") + ELLIPSIS


def cut_point(text: str, start: int, end: int) -> int:
    """Find the best place in (start, end] to end a part of a text.

    Paragraph, line, sentence and word ends are better in this order, but only in the second half;
    then any word, any grapheme, and at last `end` itself. Indexes count code points.
    """
    middle = start + (end - start) // 2
    best = (-1, start)
    for gap in _GAPS.finditer(text, start + 1, min(end + 1, len(text))):
        if gap.start() > end or not is_boundary(text, gap.end()):
            continue
        rank = _rank(text, gap) if gap.start() >= middle else 0
        best = max(best, (rank, gap.start()))
    if best[0] >= 0:
        return best[1]
    whole = end
    while whole > start and not is_boundary(text, whole):
        whole -= 1
    return whole if whole > start else end


def _rank(text: str, gap: re.Match[str]) -> int:
    breaks = gap.group().count("\n")
    if breaks:
        return 4 if breaks > 1 else 3
    if not gap.group() or _SENTENCE_END.search(text, max(0, gap.start() - 4), gap.start()):
        return 2
    return 1
