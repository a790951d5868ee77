"""Sentences of a text, cleaned for reading."""

import re

from core.text.markup import clean_lines

_END = re.compile(r"([.!?…]+[\"'”»)\]]*|[。！？]+)(\s+|(?<=[。！？])|$)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|sr|jr|vs|gen|sen|rep|gov|lt|col|inc|corp|co|ltd|no|jan|feb|mar|apr|aug|sept|oct|"
    r"nov|dec|г|гг|ул|им|тыс|млн|млрд|трлн|руб|коп|стр|д|кв|обл|пос|т|др|пр|св|см|ст|ок)"
    r"|(?:^|[\s(«\"])\w|\w\.\w)\.$",
    re.IGNORECASE,
)
_STARTS_LOW = re.compile(r"[a-zа-яё,;)]")
_MIN_LETTERS = 12
_LETTER = re.compile(r"[^\W\d_]")


def sentences(text: str) -> list[str]:
    """Split a text into cleaned sentences in reading order; a line break ends a sentence too."""
    return [part for line in clean_lines(text) for part in _split_line(line)]


def first_sentence(text: str, max_chars: int = 200) -> str:
    """Give the first sentence, cut after a word when it is longer than `max_chars`.

    A first sentence with fewer than twelve letters ("Breaking!") takes the next one along. Empty
    when the text holds no word.
    """
    chosen = ""
    for sentence in sentences(text):
        chosen = f"{chosen} {sentence}".strip()
        if len(_LETTER.findall(chosen)) >= _MIN_LETTERS:
            break
    return cut_at_word(chosen, max_chars)


def cut_at_word(text: str, max_chars: int) -> str:
    """Shorten a text to `max_chars` characters, the ellipsis included, without breaking a word.

    A single word longer than that is broken.
    """
    if len(text) <= max_chars:
        return text
    head = text[: max_chars - 1]
    if not text[max_chars - 1].isspace():
        head = head.rsplit(None, 1)[0] if len(head.split()) > 1 else head
    return head.rstrip(" ,;:-–—") + "…"


def _split_line(line: str) -> list[str]:
    parts, start = [], 0
    for end in _END.finditer(line):
        head, rest = line[start : end.end(1)], line[end.end() : end.end() + 1]
        if not rest:
            break
        if _STARTS_LOW.match(rest) or _ABBREVIATION.search(head):
            continue
        parts.append(head.strip())
        start = end.end()
    tail = line[start:].strip()
    return [part for part in (*parts, tail) if _LETTER.search(part)]
