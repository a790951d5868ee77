"""How a command is written, for a person who wrote it otherwise."""

from typing import Literal

from core.errors import UsageError
from core.options import MAX_QUERY
from core.rendering.richtext import Code, Content, Join, Line, Paragraph, flatten
from core.rendering.units import cut, one_line
from core.rendering.words import say
from schemas.requests import WINDOWS
from schemas.runs import RichText

CommandName = Literal["trends", "analyze", "query"]
_MODES = "keywords|sentiment|topics"
_FORMS: dict[CommandName, dict[str, str]] = {
    "trends": {
        "en": '/trends [window] [simple|enhanced] [lang=ru] [source="BBC News"]',
        "ru": '/trends [срок] [simple|enhanced] [lang=ru] [source="РИА Новости"]',
    },
    "analyze": {
        "en": f'/analyze {_MODES} [query] [window] [lang=ru] [source="BBC News"]',
        "ru": f'/analyze {_MODES} [запрос] [срок] [lang=ru] [source="РИА Новости"]',
    },
    "query": {},
}
_EXAMPLES: dict[CommandName, dict[str, str]] = {
    "trends": {"en": "/trends 24h", "ru": "/trends 1w lang=ru"},
    "analyze": {"en": "/analyze topics oil prices 1w", "ru": "/analyze topics цены на нефть 1w"},
    "query": {"en": "oil prices 1w", "ru": "цены на нефть 1w"},
}
_KEYS = {
    "query": ("usage-query", "usage-query-missing"),
    "mode": ("usage-mode", "usage-mode-missing"),
    "lang": ("usage-lang", "usage-lang-missing"),
    "window": ("usage-window", "usage-window"),
    "word": ("usage-word", "usage-word"),
}
"""The words for something wrong and for something missing, by the field of the error."""

_MAX_WORD = 40


def render_usage(error: UsageError, *, command: CommandName, lang: str) -> RichText:
    """Say what was not understood, the nearest valid value, and the command's usage line."""
    lines: list[Content] = [Paragraph(_problem(error, lang))]
    if form := _FORMS[command].get(lang):
        lines.append(Line((say(lang, "usage-form"), ": ", Code(form))))
    if error.field == "window":
        windows: tuple[Content, ...] = tuple(Code(window) for window in WINDOWS)
        lines.append(Line((say(lang, "usage-windows"), ": ", Join(windows, separator=" "))))
    example = Code(_fixed(error, command) or _EXAMPLES[command][lang])
    lines.append(Line((say(lang, "usage-example"), ": ", example)))
    return flatten(tuple(lines))


def _fixed(error: UsageError, command: CommandName) -> str | None:
    """The command with the nearest valid value in its place."""
    if error.nearest is None or "…" in error.nearest or error.nearest.endswith("="):
        return None
    match error.field, command:
        case "word", "trends":
            return f"/analyze topics {cut(one_line(error.word), _MAX_WORD)}"
        case ("window", "trends") | ("option", "trends"):
            return f"/trends {error.nearest}"
        case "lang", "trends":
            return f"/trends lang={error.nearest}"
        case "mode", "analyze":
            return f"/analyze {error.nearest}"
        case "window", "analyze":
            return f"/analyze topics {error.nearest}"
        case _:
            return None


def _problem(error: UsageError, lang: str) -> str:
    word = cut(one_line(error.word), _MAX_WORD)
    nearest = one_line(error.nearest or "")
    key = _key(error.field, word, nearest)
    return say(lang, key, word=word, nearest=nearest, limit=MAX_QUERY)


def _key(field: str, word: str, nearest: str) -> str:
    """Name the words for a mistake; `word` is empty where something is missing."""
    if field == "query" and any(char.isalnum() for char in word):
        return "usage-query-long"
    if field == "window" and word in WINDOWS:
        return "usage-window-two"
    if field == "lang" and word and nearest == "auto":
        return "usage-lang-form"
    if field in _KEYS:
        wrong, missing = _KEYS[field]
        return wrong if word else missing
    if not word and nearest.startswith("source="):
        return "usage-source"
    return "usage-option" if nearest else "usage-option-unknown"
