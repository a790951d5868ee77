"""Sources as a chat shows them: a list by pages, one source, what was found at an address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.rendering.richtext import Bold, Content, Italic, Join, Line, Link, Paragraph
from core.rendering.source_words import (
    advice_words,
    failure_words,
    host_words,
    kind_words,
    shown_address,
    state_words,
)
from core.rendering.units import cut, one_line
from core.rendering.words import format_number, format_time, say
from core.rhythm import state_of, usual_per_day
from schemas.principal import PUBLIC
from schemas.sources import AddedSources, FoundSource, PolledKind, PolledSource, SourceState

PAGE_SIZE = 8
MAX_TITLE = 80
MAX_FOUND_TITLE = 150
MAX_ADDRESS = 300

_ORDER: Final[dict[SourceState, int]] = {
    "failing": 0,
    "retired": 1,
    "silent": 2,
    "new": 3,
    "ok": 4,
    "paused": 5,
}
_MARKS: Final[dict[SourceState, str]] = {
    "failing": "🔴",
    "retired": "⚫",
    "silent": "🟡",
    "new": "⚪",
    "ok": "🟢",
    "paused": "⏸",
}
_TROUBLED: Final = frozenset({"failing", "retired", "silent"})


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: language, IANA time zone, and the time it is."""

    lang: str
    tz: str
    now: datetime


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One page of a list; `first` is the number of its first source, pages count from 1."""

    sources: tuple[PolledSource, ...]
    first: int
    page: int
    pages: int
    n_all: int
    n_troubled: int


def count_troubled(sources: Sequence[PolledSource]) -> int:
    """Count sources that somebody should look at: they fail, went silent or are gone."""
    return sum(state_of(source) in _TROUBLED for source in sources)


def page_of(sources: Sequence[PolledSource], page: int) -> SourcePage:
    """Give a page of sources, those that need a look first, each group in the order given.

    A page that does not exist gives the nearest one.
    """
    ordered = sorted(sources, key=lambda source: _ORDER[state_of(source)])
    pages = max(1, -(-len(ordered) // PAGE_SIZE))
    page = min(max(page, 1), pages)
    start = (page - 1) * PAGE_SIZE
    return SourcePage(
        sources=tuple(ordered[start : start + PAGE_SIZE]),
        first=start + 1,
        page=page,
        pages=pages,
        n_all=len(ordered),
        n_troubled=count_troubled(ordered),
    )


def render_list(shown: SourcePage, reader: Reader) -> Content:
    """List a page of sources: number, state, title, kind, and what is wrong with it."""
    lang = reader.lang
    if not shown.n_all:
        return Paragraph(Bold(say(lang, "sources-polled-title"))), say(lang, "sources-polled-none")
    counts = say(lang, "sources-polled-count", n=shown.n_all)
    if shown.n_troubled:
        counts = f"{counts} · {say(lang, 'sources-polled-troubled', n=shown.n_troubled)}"
    lines = tuple(
        Line(_entry(number, source, reader))
        for number, source in enumerate(shown.sources, start=shown.first)
    )
    return (Paragraph(Bold(counts)), *lines)


def render_source(source: PolledSource, reader: Reader) -> Content:
    """Tell everything about one source that somebody who keeps it needs."""
    lang, state = reader.lang, state_of(source)
    address = shown_address(source.url)
    facts = (
        Join((kind_words(_kind(source), lang), _audience(source, lang)), separator=" · "),
        say(lang, "source-last", at=_time(source.last_success_at, reader)),
        say(lang, "source-next", at=_next(source, reader)) if source.status == "active" else "",
        Join(
            (say(lang, "source-articles", n=source.n_items), usual_words(source, lang)),
            separator=" · ",
        ),
        say(lang, "source-full-text-on") if source.has_full_text else "",
    )
    return (
        Paragraph(Bold(cut(one_line(source.source.title), MAX_TITLE))),
        Line(Link(address, cut(address, MAX_ADDRESS))),
        Paragraph(f"{_MARKS[state]} {_sentence(_how(source, reader))}"),
        tuple(Line(("• ", fact)) for fact in facts if fact),
        Paragraph(Italic(_advice(source, lang))),
    )


def render_found(found: Sequence[FoundSource], reader: Reader) -> Content:
    """List what was found at an address; the first link of a line is the source itself."""
    lang = reader.lang
    lines = []
    for number, each in enumerate(found, start=1):
        host = host_words(each.site_url or each.url)
        address = shown_address(each.url)
        title = Link(address, cut(one_line(each.title) or host or address, MAX_FOUND_TITLE))
        site = Link(each.site_url, host) if each.site_url and host else ""
        prefix = f"{number}. " if len(found) > 1 else ""
        newest = (
            say(lang, "found-newest", at=format_time(each.newest_at, lang, reader.tz))
            if each.newest_at
            else ""
        )
        n_items = say(lang, "found-items", n=each.n_items)
        about = Join((kind_words(each.kind, lang), n_items, newest), separator=" · ")
        entry = (Line((prefix, Join((title, site), separator=" — "))), Line(Italic(about)))
        lines.append(Paragraph(entry))
    return (Paragraph(Bold(say(lang, "found-title", n=len(found)))), *lines)


def render_added(source: PolledSource, reader: Reader, *, is_new: bool) -> Content:
    """Say what became of a source that somebody added: what its first look brought."""
    lang = reader.lang
    if not is_new:
        told = say(lang, "added-known", how=_how(source, reader))
    elif source.n_failures and source.failure is not None:
        told = say(lang, "added-failed", why=failure_words(source.failure.reason, lang))
    elif source.first_polled_at is None:
        told = say(lang, "added-reading")
    else:
        told = say(lang, "added-stored", n=source.n_items)
    title = cut(one_line(source.source.title), MAX_TITLE)
    done = say(lang, "added-title", title=title) if is_new else title
    private = say(lang, "added-private") if source.source.audience != PUBLIC else ""
    return Paragraph(Bold(done)), Line(told), Line(private)


def render_imported(added: AddedSources, *, lang: str, per_chat: int | None) -> Content:
    """Say what became of a list; `per_chat` is the most sources of a chat where that counts."""
    refused: Content = ""
    if added.refused and per_chat is not None:
        refused = say(lang, "imported-refused-here", n=added.refused, most=per_chat)
    elif added.refused:
        refused = say(lang, "imported-refused", n=added.refused)
    return (
        Paragraph(Bold(say(lang, "imported-added", n=added.added))),
        Line(say(lang, "imported-known", n=added.known) if added.known else ""),
        Line(refused),
        Line(say(lang, "imported-next") if added.added else ""),
    )


def usual_words(source: PolledSource, lang: str) -> str:
    """Say how much a source usually brings, in the unit of time in which it is a few."""
    per_day = usual_per_day(source)
    if per_day is None:
        return ""
    for key, days in (("usual-day", 1.0), ("usual-week", 7.0), ("usual-month", 30.0)):
        if per_day * days >= 1:
            return say(lang, key, n=format_number(round(per_day * days), lang))
    return say(lang, "usual-rare")


def _entry(number: int, source: PolledSource, reader: Reader) -> Content:
    state, lang = state_of(source), reader.lang
    title = cut(one_line(source.source.title), MAX_TITLE)
    private = say(lang, "source-here") if source.source.audience != PUBLIC else ""
    about = Join((kind_words(_kind(source), lang), private), separator=" · ")
    line = Line((f"{number}. {_MARKS[state]} {title} · ", about))
    return line, Line(Italic("" if state == "ok" else _how(source, reader)))


def _how(source: PolledSource, reader: Reader) -> str:
    """Say how a source fares; with the reason and since when, where it does not fare well."""
    lang, state = reader.lang, state_of(source)
    if state == "failing" and source.failure is not None:
        why = failure_words(source.failure.reason, lang)
        if source.last_success_at is None:
            return say(lang, "source-never-read", why=why)
        at = format_time(source.last_success_at, lang, reader.tz)
        return say(lang, "source-not-read", at=at, why=why)
    since = source.last_new_at or source.first_polled_at
    if state == "silent" and since is not None and source.last_success_at is not None:
        days = (source.last_success_at - since).days
        usual = usual_words(source, lang)
        quiet = say(lang, "source-silent", n=days)
        return say(lang, "source-silent-usually", quiet=quiet, usual=usual) if usual else quiet
    return state_words(state, lang)


def _advice(source: PolledSource, lang: str) -> str:
    """Say what to do about a source, nothing where nothing is to be done."""
    match state_of(source):
        case "failing" if source.failure is not None:
            return advice_words(source.failure.reason, lang)
        case "retired":
            return advice_words("gone", lang)
        case "silent":
            return say(lang, "source-advice-silent")
        case _:
            return ""


def _kind(source: PolledSource) -> PolledKind:
    return "channel" if source.source.kind == "channel" else "feed"


def _audience(source: PolledSource, lang: str) -> str:
    is_public = source.source.audience == PUBLIC
    return say(lang, "source-everybody") if is_public else say(lang, "source-here")


def _time(at: datetime | None, reader: Reader) -> str:
    return say(reader.lang, "source-never") if at is None else _local(at, reader)


def _next(source: PolledSource, reader: Reader) -> str:
    if source.next_poll_at <= reader.now:
        return say(reader.lang, "source-now")
    return _local(source.next_poll_at, reader)


def _local(at: datetime, reader: Reader) -> str:
    return format_time(at, reader.lang, reader.tz)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
