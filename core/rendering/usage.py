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
    match error.field:
        case "query" if not word:
            return say(lang, "usage-query-empty")
        case "query" if any(char.isalnum() for char in word):
            return say(lang, "usage-query-long", limit=MAX_QUERY)
        case "query":
            return say(lang, "usage-query", word=word)
        case "mode" if not word:
            return say(lang, "usage-mode-missing")
        case "word":
            return say(lang, "usage-word", word=word)
        case "window" if word in WINDOWS:
            return say(lang, "usage-window-two", first=nearest, second=word)
        case "lang" if not word:
            return say(lang, "usage-lang-missing")
        case "lang" if nearest == "auto":
            return say(lang, "usage-lang-form", word=word)
        case "option" if nearest.startswith("source=") and not word:
            return say(lang, "usage-source")
        case "window" | "mode" | "lang" if nearest:
            return say(lang, f"usage-{error.field}", word=word, nearest=nearest)
        case _ if nearest:
            return say(lang, "usage-option", word=word, nearest=nearest)
        case _:
            return say(lang, "usage-option-unknown", word=word)
