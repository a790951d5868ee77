"""The words after a command: what people type, to a `NewsRequest`.

Options are windows, `simple|enhanced`, `lang=..` and `source=..`, in any order, values with any
quotes, names in English or Russian. What counts as an option depends on what else there may be:

- `/trends` takes no query, so every word must be an option; a window may be said ("week").
- In `/analyze MODE …` and in plain text a window in short form (`24h`, `24ч`, `1w`) is an option
  where it stands first or last; a said one ("last 3 days", "за год") where a word such as "last"
  or "за" precedes it, or where nothing else is there. `simple` and `enhanced` count where they
  stand last. Anything else, and anything in quotes, belongs to the query.
- Quoted phrases keep (straight) quotes inside `query`, so that retrieval sees phrases.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from core.errors import UsageError
from core.option_words import (
    DEPTHS,
    KEYS,
    LANGUAGE_NAMES,
    LANGUAGES,
    MODES,
    NO_WINDOW,
    SAID_UNITS,
    TWO_WORD_MODES,
    WINDOW_NAMES,
    Word,
    exact_window,
    prefix_length,
    prefix_start,
    span_at,
    unit_window,
    window_of,
)
from schemas.requests import AnalyzeMode, Command, Depth, NewsRequest, Window

MAX_QUERY: Final = 1000
_MAX_SOURCE: Final = 200
_MAX_TEXT: Final = 4 * 4096  # a message has 4096 UTF-16 units; programs may say somewhat more

_FOLD: Final = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»＂", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)
_TOKEN: Final = re.compile(
    r'(?P<key>(?:lang|language|язык|source|источник)(?=\s*=)|[^\W\d]\w*(?==))\s*=\s*'
    r'(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]*))'
    r'|(?P<minus>-?)"(?P<phrase>[^"]*)"'
    r'|(?P<word>[^\s"]+)',
    re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RequestDefaults:
    """What a request takes when the person does not say it."""

    window: Window = "24h"
    reply_lang: str = "en"
    k_final: int = 8


@dataclass(frozen=True, slots=True)
class _Options:
    """What has been understood so far, and the words that are left."""

    words: tuple[Word, ...] = ()
    window: Window | None = None
    depth: Depth | None = None
    lang: str = "auto"
    source: str | None = None
    after_source: int | None = None
    """Place in `words` of what follows a `source=` without quotes."""


def parse_trends(text: str, *, defaults: RequestDefaults) -> NewsRequest:
    """Understand the words after `/trends`.

    Raises:
        UsageError: With the field, the word and the nearest valid value.
    """
    found = _read(text, is_strict=True)
    words = found.words
    while words:
        n_before = prefix_length(words)
        span = span_at(words[n_before:])
        if span is not None:
            window = window_of(span)
            if found.window is not None:
                raise _two_windows(found.window, window)
            found = replace(found, window=window)
            words = words[n_before + span.n_words :]
        elif depth := DEPTHS.get(words[0].folded):
            found, words = replace(found, depth=depth), words[1:]
        elif found.source and len(found.words) - len(words) == found.after_source:
            raise _source_in_words(found.source, words)
        else:
            raise _unknown_word(words[0])
    return _request("trends", replace(found, words=()), defaults)


def parse_analyze(text: str, *, defaults: RequestDefaults) -> NewsRequest:
    """Understand the words after `/analyze`: mode, query and options, options anywhere.

    Raises:
        UsageError: With the field, the word and the nearest valid value.
    """
    found = _read(text, is_strict=True)
    if not found.words:
        raise UsageError(
            "say what to analyze: keywords, sentiment or topics", field="mode", nearest="topics"
        )
    before = _before_mode(found)
    mode, n_words = _mode_of(before.words)
    after = _take_options(replace(before, words=before.words[n_words:]), is_strict=True)
    if before.window is not None and after.window != before.window:
        raise _two_windows(before.window, after.window or before.window)
    return _request(mode, after, defaults)


def parse_query(text: str, *, defaults: RequestDefaults) -> NewsRequest:
    """Understand plain text: a query, with the same options but never an unknown one.

    Raises:
        UsageError: If nothing is left to look for, or the query is too long.
    """
    found = _take_options(_read(text, is_strict=False), is_strict=False)
    if not found.words:
        raise UsageError("say what to look for", field="query")
    return _request("stories", found, defaults)


def _request(command: Command, found: _Options, defaults: RequestDefaults) -> NewsRequest:
    query = " ".join(word.text for word in found.words)
    if len(query) > MAX_QUERY:
        raise _too_long(query)
    if query and not any(char.isalnum() for char in query):
        raise UsageError(
            f"a query needs a letter or a digit, got {query[:40]!r}",
            field="query",
            word=query[:40],
        )
    return NewsRequest(
        command=command,
        query=query or None,
        window=found.window or defaults.window,
        lang=found.lang,
        source=found.source,
        depth=found.depth,
        k_final=defaults.k_final,
        reply_lang=defaults.reply_lang,
    )


def _too_long(text: str) -> UsageError:
    return UsageError(
        f"a query has at most {MAX_QUERY} characters, got {len(text)}",
        field="query",
        word=text[:40],
    )


def _read(text: str, *, is_strict: bool) -> _Options:
    """Cut text into words, phrases and `key=value` options; `is_strict` refuses unknown keys."""
    if len(text) > _MAX_TEXT:
        raise _too_long(text)
    text = "".join(" " if char.isspace() else char for char in text if _is_typed(char))
    text = text.translate(_FOLD)
    if text.count('"') % 2:
        last = text.rindex('"')
        text = f"{text[:last]} {text[last + 1 :]}"
    found = _Options()
    words: list[Word] = []
    for match in _TOKEN.finditer(text):
        key = match["key"]
        if key is not None and (is_strict or key.casefold() in KEYS):
            found = _set_option(found, key, (match["quoted"] or match["bare"] or "").strip())
            if match["bare"] and KEYS.get(key.casefold()) == "source":
                found = replace(found, after_source=len(words))
        elif match["phrase"] is not None:
            phrase = " ".join(match["phrase"].split())
            words += [Word(f'{match["minus"]}"{phrase}"', is_quoted=True)] if phrase else []
        elif match.group().strip("-"):
            words.append(Word(match.group().replace('"', "")))
    return replace(found, words=tuple(words))


def _is_typed(char: str) -> bool:
    """Whether a character is one that people type: no control, surrogate or invisible one."""
    return (
        char.isspace() or char == "\u200d" or unicodedata.category(char) not in {"Cc", "Cs", "Cf"}
    )


def _set_option(found: _Options, key: str, value: str) -> _Options:
    name = KEYS.get(key.casefold())
    if name == "lang":
        return replace(found, lang=_language_of(value))
    if name == "source":
        if not value or len(value) > _MAX_SOURCE:
            raise UsageError(
                f"source= needs a name of 1 to {_MAX_SOURCE} characters, got {len(value)}",
                field="option", word=value[:40], nearest='source="…"',
            )  # fmt: skip
        return replace(found, source=value)
    nearest = get_close_matches(key.casefold(), KEYS, n=1, cutoff=0.5) or ["source"]
    raise UsageError(
        f"unknown option {key!r}; there are lang= and source=",
        field="option", word=key[:40], nearest=f"{KEYS[nearest[0]]}=",
    )  # fmt: skip


def _language_of(value: str) -> str:
    folded = value.casefold().strip(",.;")
    code = LANGUAGE_NAMES.get(folded, folded.replace("_", "-").split("-")[0])
    if code == "auto" or code in LANGUAGES:
        return code
    names = {**LANGUAGE_NAMES, "auto": "auto", "ru": "ru", "en": "en"}
    nearest = get_close_matches(folded, names, n=1, cutoff=0.5)
    raise UsageError(
        f"lang= takes a two-letter language code or auto, got {value[:40]!r}",
        field="lang", word=value[:40], nearest=names[nearest[0]] if nearest else "auto",
    )  # fmt: skip


def _before_mode(found: _Options) -> _Options:
    """Take window and depth off the start where a mode follows them, else leave all as it is."""
    rest = found
    while rest.words and not _is_mode(rest.words):
        depth = DEPTHS.get(rest.words[0].folded)
        n_before = prefix_length(rest.words)
        span = span_at(rest.words[n_before:])
        window = exact_window(span) if span is not None else None
        if depth is not None and rest.depth is None:
            rest = replace(rest, depth=depth, words=rest.words[1:])
        elif span is not None and window is not None and rest.window is None:
            rest = replace(rest, window=window, words=rest.words[n_before + span.n_words :])
        else:
            return found
    return rest if rest.words else found


def _is_mode(words: Sequence[Word]) -> bool:
    first = words[0].folded
    return first in MODES or (len(words) > 1 and (first, words[1].folded) in TWO_WORD_MODES)


def _mode_of(words: Sequence[Word]) -> tuple[AnalyzeMode, int]:
    first = words[0].folded
    if len(words) > 1 and (first, words[1].folded) in TWO_WORD_MODES:
        return "keywords", 2
    if first in MODES:
        return MODES[first], 1
    nearest = get_close_matches(first, MODES, n=1, cutoff=0.5)
    raise UsageError(
        f"unknown mode {words[0].text[:40]!r}; there are keywords, sentiment and topics",
        field="mode",
        word=words[0].text[:40],
        nearest=MODES[nearest[0]] if nearest else "topics",
    )


def _take_options(found: _Options, *, is_strict: bool) -> _Options:
    """Take window and depth off the ends of the words, by the rules of this module."""
    return _take_depth(_take_window(_take_depth(found), is_strict=is_strict))


def _take_depth(found: _Options) -> _Options:
    if found.depth is None and found.words and (d := DEPTHS.get(found.words[-1].folded)):
        return replace(found, depth=d, words=found.words[:-1])
    return found


def _take_window(found: _Options, *, is_strict: bool) -> _Options:
    words = found.words
    for start in range(max(0, len(words) - 2), len(words)):
        span = span_at(words[start:])
        if span is None or start + span.n_words != len(words):
            continue
        first = prefix_start(words, start)
        if span.is_said and first == start and start > 0:
            continue
        window = exact_window(span)
        if window is None and is_strict and not span.is_said:
            window = window_of(span)
        if window is not None:
            return replace(found, window=window, words=words[:first])
    n_before = prefix_length(words)
    span = span_at(words[n_before:])
    if span is None or (span.is_said and not n_before):
        return found
    window = exact_window(span)
    if window is None:
        return found
    return replace(found, window=window, words=words[n_before + span.n_words :])


def _two_windows(first: Window, second: Window) -> UsageError:
    return UsageError(
        f"one window at a time: {first!r} or {second!r}",
        field="window",
        word=second,
        nearest=first,
    )


def _source_in_words(source: str, words: Sequence[Word]) -> UsageError:
    """What to say where the name of a source goes on after its first word."""
    name = [source]
    for n, word in enumerate(words):
        if word.folded in DEPTHS or span_at(words[n:]) is not None:
            break
        name.append(word.text)
    return _wrong(words[0].text[:40], "option", f'source="{" ".join(name)[:_MAX_SOURCE]}"')


def _unknown_word(word: Word) -> UsageError:
    """What to say of a word that is no option of `/trends`."""
    folded, text = word.folded, word.text[:40]
    if folded in LANGUAGES:
        return _wrong(text, "option", f"lang={folded}")
    if folded in NO_WINDOW:
        return _wrong(text, "window", NO_WINDOW[folded])
    windows: dict[str, str] = {w: w for w in WINDOW_NAMES}
    windows |= {said: unit_window(unit) for said, unit in SAID_UNITS.items()}
    depths: dict[str, str] = dict(DEPTHS)
    nearest = get_close_matches(folded, [*windows, *depths], n=1, cutoff=0.5)
    if nearest and nearest[0] in depths:
        return _wrong(text, "option", depths[nearest[0]])
    if nearest:
        return _wrong(text, "window", windows[nearest[0]])
    inner = text.strip('-"').casefold()
    is_window = inner in windows or any(char.isdigit() for char in inner)
    return _wrong(text, "window" if is_window else "word", "24h")


def _wrong(word: str, what: str, nearest: str) -> UsageError:
    return UsageError(
        f"unknown {what} {word!r}; did you mean {nearest!r}",
        field=what,
        word=word,
        nearest=nearest,
    )
