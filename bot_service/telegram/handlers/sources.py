"""`/sources`: what the desk reads, one screen edited in place, with a page for each source."""

from telegram import CallbackQuery, Message, Update

from bot_service.telegram import source_screens as screens
from bot_service.telegram.handlers.links import (
    add_found,
    is_link,
    look_after_tap,
    look_at,
    reader_of,
    search_after_tap,
)
from bot_service.telegram.handlers.source_files import export, import_after_tap
from bot_service.telegram.screens import Screen
from bot_service.telegram.source_screens import SourceTap
from bot_service.telegram.visits import Context, Visit, arrive, words_after_command
from core.access import may_change
from core.errors import UsageError
from core.rendering.richtext import flatten
from core.rendering.source_words import refusal_words
from core.rendering.words import say
from schemas.sources import PolledSource

_ADD = frozenset({"add", "добавить"})
_EXPORT = frozenset({"export", "выгрузить"})


async def sources_handler(update: Update, context: Context) -> None:
    """Show the list; `/sources add ADDRESS` looks at an address, `/sources export` sends OPML."""
    visit = await arrive(update, context)
    if visit is None or update.message is None:
        return
    words = words_after_command(update.message).strip()
    first, _, rest = words.partition(" ")
    if not words:
        await visit.tell(*await _list(visit))
    elif first.casefold() in _EXPORT and not rest:
        await export(visit)
    elif first.casefold() in _ADD and rest.strip():
        await look_at(visit, rest.strip(), answers=update.message.message_id)
    elif is_link(words):
        await look_at(visit, words, answers=update.message.message_id)
    else:
        await visit.tell(*screens.how_screen(lang=visit.lang, is_group=visit.place.is_group))


async def tap_sources(visit: Visit, query: CallbackQuery, argument: str, context: Context) -> None:
    """Do what a button of these screens says."""
    tap = screens.parse_source_tap(argument)
    match tap.verb:
        case "e":
            await export(visit)
            await visit.face.delivery.answer_tap(query.id)
        case "l":
            await look_after_tap(visit, query)
        case "s":
            await search_after_tap(visit, query)
        case "g" | "c":
            await add_found(visit, query, tap.number, is_private=tap.verb == "c")
        case "i":
            await import_after_tap(visit, query, context.bot, is_private=tap.number != 1)
        case _:
            await _show(visit, query, tap)


async def _show(visit: Visit, query: CallbackQuery, tap: SourceTap) -> None:
    """Change what is to be changed at once, and show the screen that follows."""
    try:
        screen, toast = await _screen(visit, tap)
    except UsageError as error:
        per_chat = visit.face.desk.settings.sources.per_chat
        screen, toast = None, refusal_words(error, visit.lang, per_chat=per_chat)
        if error.field == "source":
            screen = await _list(visit)
    await visit.face.delivery.answer_tap(query.id, toast)
    if screen is None:
        return
    content, buttons = screen
    if isinstance(query.message, Message):
        await visit.face.delivery.edit(visit.place, query.message, flatten(content), buttons)
    else:  # too old to be edited
        await visit.tell(content, buttons)


async def _screen(visit: Visit, tap: SourceTap) -> tuple[Screen | None, str | None]:
    desk, who, lang = visit.face.desk.sources, visit.principal, visit.lang
    match tap.verb:
        case "h":
            return await _list(visit, page=tap.number), None
        case "a":
            return screens.how_screen(lang=lang, is_group=visit.place.is_group), None
        case "o":
            return _page(visit, await desk.get(who, tap.number), tap.second), None
        case "p" | "r" | "f" | "n":
            return await _change(visit, tap)
        case "x":
            return await _ask_removal(visit, tap.number)
        case "y":
            return await _remove(visit, tap)
        case _:
            return None, say(lang, "writer-button-unknown")


async def _change(visit: Visit, tap: SourceTap) -> tuple[Screen, str]:
    desk, who = visit.face.desk.sources, visit.principal
    match tap.verb:
        case "p":
            changed, told = await desk.set_status(who, tap.number, "paused"), "source-paused"
        case "r":
            changed, told = await desk.set_status(who, tap.number, "active"), "source-resumed"
        case _:
            changed = await desk.set_full_text(who, tap.number, tap.verb == "f")
            told = "source-changed"
    return _page(visit, changed, tap.second), say(visit.lang, told)


async def _ask_removal(visit: Visit, number: int) -> tuple[Screen | None, str | None]:
    source = await visit.face.desk.sources.get(visit.principal, number)
    person = visit.principal.person
    if person is None or not may_change(visit.principal, source.source.audience):
        return None, say(visit.lang, "source-refused-operators")
    return screens.removal_screen(source, person=person, lang=visit.lang), None


async def _remove(visit: Visit, tap: SourceTap) -> tuple[Screen | None, str | None]:
    if visit.principal.person != str(tap.second):
        return None, say(visit.lang, "source-remove-foreign")
    await visit.face.desk.sources.remove(visit.principal, tap.number)
    return await _list(visit), say(visit.lang, "source-removed")


async def _list(visit: Visit, *, page: int = 1) -> Screen:
    sources = await visit.face.desk.sources.listed(visit.principal)
    return screens.list_screen(sources, page=page, reader=reader_of(visit))


def _page(visit: Visit, source: PolledSource, page: int) -> Screen:
    return screens.source_screen(
        source,
        page=page,
        reader=reader_of(visit),
        may_change=may_change(visit.principal, source.source.audience),
    )
