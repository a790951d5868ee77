"""The screens of sources: the list, one source, adding by address, adding a whole list.

Their buttons carry `s1:src:<verb>[.<argument>]*`. What an address leads to is nowhere kept: the
screens write it as links, and `found_in` reads it back from the message that was tapped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from telegram import Message, MessageEntity

from bot_service.telegram.screens import Screen, data
from core.rendering.richtext import Bold, Code, Content, Line, Link, Paragraph
from core.rendering.source_lists import (
    MAX_ADDRESS,
    MAX_TITLE,
    Reader,
    page_of,
    render_added,
    render_found,
    render_imported,
    render_list,
    render_source,
)
from core.rendering.source_words import shown_address
from core.rendering.units import cut, one_line
from core.rendering.words import say
from schemas.runs import Button
from schemas.sources import AddedSources, FoundSource, PolledKind, PolledSource

PAGE: Final = "src"
_NUMBERS_IN_ROW = 4
_CHANNELS = "https://t.me/s/"


@dataclass(frozen=True, slots=True)
class SourceTap:
    """A tapped button of these screens; numbers that are missing or none are 0."""

    verb: str
    number: int = 0
    second: int = 0


@dataclass(frozen=True, slots=True)
class Working:
    """Work that a message waits for: the key of its words, its address if it has one.

    `again` is the data of the button that tries it again.
    """

    title: str
    address: str = ""
    again: str = f"s1:{PAGE}:l"


def source_data(verb: str, *numbers: int) -> str:
    """Give the callback data of a button."""
    return data(PAGE, ".".join((verb, *map(str, numbers))))


def parse_source_tap(argument: str) -> SourceTap:
    """Read what follows `s1:src:`; whatever stands there gives a tap."""
    verb, *rest = argument.split(".")
    numbers = [
        int(word) if word.isascii() and word.isdigit() and len(word) < 20 else 0 for word in rest
    ]
    return SourceTap(verb, *[*numbers, 0, 0][:2])


def list_screen(sources: Sequence[PolledSource], *, page: int, reader: Reader) -> Screen:
    """A page of sources, a button for each, and what can be done with all of them."""
    lang, shown = reader.lang, page_of(sources, page)
    numbers = [
        Button(text=str(number), data=source_data("o", source.source.id, shown.page))
        for number, source in enumerate(shown.sources, start=shown.first)
    ]
    rows: list[tuple[Button, ...]] = [
        tuple(numbers[i : i + _NUMBERS_IN_ROW]) for i in range(0, len(numbers), _NUMBERS_IN_ROW)
    ]
    if shown.pages > 1:
        rows.append(_pager(shown.page, shown.pages))
    whole = [Button(text=say(lang, "tap-source-add"), data=source_data("a"))]
    if sources:
        whole.append(Button(text=say(lang, "tap-source-export"), data=source_data("e")))
    rows.append(tuple(whole))
    rows.append((Button(text=say(lang, "tap-back"), data=data("home")),))
    return render_list(shown, reader), tuple(rows)


def source_screen(source: PolledSource, *, page: int, reader: Reader, may_change: bool) -> Screen:
    """One source; buttons to change it for whoever may."""
    lang, number = reader.lang, source.source.id
    rows: list[tuple[Button, ...]] = []
    if may_change:
        rows = [
            _change_row(source, page, lang),
            (Button(text=say(lang, "tap-source-remove"), data=source_data("x", number, page)),),
        ]
    rows.append((_back(lang, page),))
    return render_source(source, reader), tuple(rows)


def removal_screen(source: PolledSource, *, person: str, lang: str) -> Screen:
    """Ask before a source is removed; only `person` may say yes."""
    title = cut(one_line(source.source.title), MAX_TITLE)
    number = source.source.id
    yes = Button(
        text=say(lang, "tap-source-remove-sure"), data=source_data("y", number, int(person))
    )
    no = Button(text=say(lang, "tap-cancel"), data=source_data("o", number, 1))
    return Paragraph(say(lang, "source-remove-ask", title=title)), ((yes,), (no,))


def how_screen(*, lang: str, is_group: bool) -> Screen:
    """Ask for an address; whichever message brings it is enough."""
    text: Content = (
        Paragraph(say(lang, "source-add-how-group" if is_group else "source-add-how")),
        Line(Code("/sources add https://example.org/feed.xml")) if is_group else "",
    )
    return text, ((_back(lang, 1),),)


def offer_screen(address: str, *, lang: str, has_words: bool) -> Screen:
    """Offer to add what an address leads to; `has_words`: there is something to search for."""
    rows = [(Button(text=say(lang, "tap-source-offer"), data=source_data("l")),)]
    if has_words:
        rows.append((Button(text=say(lang, "tap-source-search"), data=source_data("s")),))
    return (Line(say(lang, "offer-link")), Line(address_link(address))), tuple(rows)


def working_content(working: Working, *, lang: str) -> Content:
    """What stands in a message while something is read."""
    link = address_link(working.address) if working.address else ""
    return Line(say(lang, working.title)), Line(link)


def broken_screen(working: Working, *, lang: str) -> Screen:
    """What stands in a message when the desk itself failed at it, and the way to try again."""
    link = address_link(working.address) if working.address else ""
    again = Button(text=say(lang, "tap-again"), data=working.again)
    return (Line(say(lang, "failure-tap")), Line(link)), ((again,),)


def found_screen(found: Sequence[FoundSource], *, reader: Reader, may_publish: bool) -> Screen:
    """What was found, and for whom each may be added."""
    lang = reader.lang
    rows: list[tuple[Button, ...]] = []
    for number in range(1, len(found) + 1):
        prefix = f"{number} · " if len(found) > 1 else "➕ "
        public = Button(
            text=prefix + say(lang, "tap-source-public"), data=source_data("g", number)
        )
        private = Button(
            text=prefix + say(lang, "tap-source-private"), data=source_data("c", number)
        )
        rows.append((public, private) if may_publish else (private,))
    rows.append((_all_sources(lang),))
    return render_found(found, reader), tuple(rows)


def failed_screen(address: str, why: str, advice: str, *, lang: str) -> Screen:
    """Why an address gives no source, and the way to try again."""
    text: Content = (
        Line(why),
        Line(address_link(address)),
        Paragraph(advice),
    )
    again = Button(text=say(lang, "tap-again"), data=source_data("l"))
    return text, ((again,), (_all_sources(lang),))


def added_screen(
    source: PolledSource, *, reader: Reader, is_new: bool, has_others: bool
) -> Screen:
    """What became of a source that was added."""
    lang = reader.lang
    rows: list[tuple[Button, ...]] = [
        (
            Button(text=say(lang, "tap-source-page"), data=source_data("o", source.source.id, 1)),
            _all_sources(lang),
        )
    ]
    if has_others:
        rows.append((Button(text=say(lang, "tap-source-others"), data=source_data("l")),))
    return render_added(source, reader, is_new=is_new), tuple(rows)


def opml_screen(
    n_found: int, n_new: int, *, lang: str, may_publish: bool, per_chat: int
) -> Screen:
    """What a dropped list holds, and for whom it may be added."""
    counts = f"{say(lang, 'list-found', n=n_found)}, {say(lang, 'list-new', n=n_new)}"
    if not n_new:
        return Paragraph(Bold(counts)), ((_all_sources(lang),),)
    private = Button(text=say(lang, "tap-source-private"), data=source_data("i", 0))
    public = Button(text=say(lang, "tap-source-public"), data=source_data("i", 1))
    text: Content = (
        Paragraph(Bold(counts)),
        Line(say(lang, "list-ask")),
        Line(say(lang, "list-limit", n=per_chat)) if n_new > per_chat else "",
    )
    return text, ((public, private) if may_publish else (private,),)


def imported_screen(added: AddedSources, *, lang: str, per_chat: int | None) -> Screen:
    """What became of a list that was added."""
    return render_imported(added, lang=lang, per_chat=per_chat), ((_all_sources(lang),),)


def address_link(address: str) -> Content:
    """Write an address as a link that `links_of` reads back, without user name and password."""
    if address.startswith("@"):
        return Link(f"https://t.me/{address[1:]}", address)
    shown = shown_address(address)
    url = shown if "://" in shown else f"https://{shown}"
    return Link(url, cut(shown, MAX_ADDRESS))


def links_of(message: Message) -> list[list[tuple[str, str]]]:
    """Give the links of a message of ours as (address, text), by lines that hold any."""
    units = (message.text or "").encode("utf-16-le")
    lines: dict[int, list[tuple[str, str]]] = {}
    for entity in message.entities:
        if entity.type != MessageEntity.TEXT_LINK or not entity.url:
            continue
        start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
        line = units[:start].decode("utf-16-le").count("\n")
        lines.setdefault(line, []).append((entity.url, units[start:end].decode("utf-16-le")))
    return [links for _, links in sorted(lines.items())]


def found_in(message: Message) -> list[FoundSource]:
    """Read back what `found_screen` wrote into a message."""
    found = []
    for (url, title), *more in links_of(message):
        kind: PolledKind = "channel" if url.startswith(_CHANNELS) else "feed"
        site_url = more[0][0] if more else None
        found.append(FoundSource(url=url, kind=kind, title=title, site_url=site_url))
    return found


def _change_row(source: PolledSource, page: int, lang: str) -> tuple[Button, ...]:
    number = source.source.id
    is_active = source.status == "active"
    switch = Button(
        text=say(lang, "tap-source-pause" if is_active else "tap-source-resume"),
        data=source_data("p" if is_active else "r", number, page),
    )
    if source.source.kind == "channel":  # its posts are whole already
        return (switch,)
    has_full = source.has_full_text
    full = Button(
        text=say(lang, "tap-source-full-off" if has_full else "tap-source-full-on"),
        data=source_data("n" if has_full else "f", number, page),
    )
    return switch, full


def _pager(page: int, pages: int) -> tuple[Button, ...]:
    here = Button(text=f"{page}/{pages}", data=source_data("h", page))
    before = Button(text="‹", data=source_data("h", page - 1))
    after = Button(text="›", data=source_data("h", page + 1))
    return ((before,) if page > 1 else ()) + (here,) + ((after,) if page < pages else ())


def _back(lang: str, page: int) -> Button:
    return Button(text=say(lang, "tap-back"), data=source_data("h", max(page, 1)))


def _all_sources(lang: str) -> Button:
    return Button(text=say(lang, "tap-source-all"), data=source_data("h", 1))
