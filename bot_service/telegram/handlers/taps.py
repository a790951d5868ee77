"""Taps on buttons: answered at once, then worked on, then edited in place, sent or toasted."""

import asyncio

from telegram import CallbackQuery, Message, Update

from bot_service.telegram.asking import ask, note_latency, rich_of, wait_words
from bot_service.telegram.handlers.models import tap_models
from bot_service.telegram.handlers.settings import settings_of, tap_settings
from bot_service.telegram.handlers.sources import tap_sources
from bot_service.telegram.handlers.start import greeting
from bot_service.telegram.handlers.usage import tap_usage
from bot_service.telegram.progress import Progress
from bot_service.telegram.screens import Screen, Tap, parse
from bot_service.telegram.source_screens import PAGE as SOURCES
from bot_service.telegram.visits import Context, Visit, arrive, face_of
from core.errors import UsageError
from core.rendering.callbacks import NO_RUN, Callback, parse_callback
from core.rendering.richtext import flatten
from core.rendering.words import say
from schemas.analysis import AnalysisResponse
from schemas.requests import WINDOWS, Command, NewsRequest

QUICK_TAP_S = 0.25
"""Work that ends sooner is told in the answer to the tap; longer work is acknowledged first."""

WORKING_VERBS = frozenset({"re", "wi", "mo", "rt"})
"""Buttons that run the desk again and so count as a command."""


async def tap_handler(update: Update, context: Context) -> None:
    """Do what a button says."""
    query = update.callback_query
    if query is None:
        return
    visit = await arrive(update, context)
    if visit is None or query.message is None:
        await face_of(context).delivery.answer_tap(query.id)
        return
    tap = parse(query.data or "")
    if tap is None:
        await _press(visit, query)
    elif tap.page == SOURCES:
        await tap_sources(visit, query, tap.argument, context)
    elif tap.page == "again":
        await _again(visit, query, context)
    else:
        await _tap_screen(visit, query, tap, context)


async def _press(visit: Visit, query: CallbackQuery) -> None:
    """Press a button of an answer."""
    delivery, data = visit.face.delivery, query.data or ""
    callback = _callback(data)
    is_work = callback is not None and callback.verb in WORKING_VERBS
    if callback is not None and callback.run_id == NO_RUN:
        await delivery.answer_tap(query.id)
        await _ask_anew(visit, callback)
        return
    if is_work:
        wait_s = await visit.face.desk.rates.admit(visit.principal)
        if wait_s > 0:
            await delivery.answer_tap(query.id, wait_words(visit.lang, wait_s))
            return
    async with Progress(delivery, visit.place, lang=visit.lang, draft_id=None) as progress:
        work = asyncio.create_task(
            visit.face.desk.buttons.press(visit.principal, data, on_progress=progress.node)
        )
        try:
            done, _ = await asyncio.wait({work}, timeout=QUICK_TAP_S)
            if not done:
                await delivery.answer_tap(query.id)
            outcome = await work
        finally:
            work.cancel()
        if done:
            await delivery.answer_tap(query.id, outcome.toast)
        await progress.stop()
        message = rich_of(outcome.reply)
        match outcome.how:
            case "edit" if isinstance(query.message, Message):
                await delivery.edit(visit.place, query.message, message, outcome.reply.buttons)
            case "toast":
                if not done and outcome.toast:
                    await visit.tell(outcome.toast)
                return
            case _:
                await delivery.send(visit.place, message, outcome.reply.buttons)
    response = outcome.reply.response
    if is_work and isinstance(response, AnalysisResponse):
        note_latency(visit, response.result.kind, outcome.reply)


async def _tap_screen(visit: Visit, query: CallbackQuery, tap: Tap, context: Context) -> None:
    """Press a button of a screen."""
    delivery, toast = visit.face.delivery, None
    screen: Screen | None
    match tap.page, tap.argument:
        case "go", ("trends" | "topics" | "sentiment") as command:
            await delivery.answer_tap(query.id)
            await ask(visit, _plain_request(visit, command))
            return
        case "home", _:
            screen = await greeting(visit)
        case "set", _:
            screen = settings_of(visit)
        case "mod", _:
            screen, toast = await tap_models(visit, tap)
        case "use", _:
            screen, toast = await tap_usage(visit, tap)
        case "forget", answer:
            screen = await _forget(visit, is_sure=answer == "yes")
        case _:
            screen, toast = await tap_settings(visit, tap, context.bot)
    await delivery.answer_tap(query.id, toast)
    if screen is None:
        return
    content, buttons = screen
    if isinstance(query.message, Message):
        await delivery.edit(visit.place, query.message, flatten(content), buttons)
    else:  # too old to be edited
        await visit.tell(content, buttons)


async def _forget(visit: Visit, *, is_sure: bool) -> Screen:
    if not is_sure:
        return say(visit.lang, "forget-kept"), ()
    if visit.place.is_group:
        return say(visit.lang, "forget-in-private"), ()
    n_rows = await visit.face.desk.chats.forget(visit.principal)
    return say(visit.lang, "forget-done", n=n_rows), ()


async def _again(visit: Visit, query: CallbackQuery, context: Context) -> None:
    """Run the message once more that the failure was an answer to."""
    shown = query.message
    original = shown.reply_to_message if isinstance(shown, Message) else None
    if original is None or original.from_user is None:
        await visit.face.delivery.answer_tap(query.id, say(visit.lang, "again-lost"))
        return
    if original.from_user.id != query.from_user.id:
        await visit.face.delivery.answer_tap(query.id, say(visit.lang, "again-foreign"))
        return
    await visit.face.delivery.answer_tap(query.id)
    original.set_bot(context.bot)
    await context.application.process_update(Update(0, message=original))


async def _ask_anew(visit: Visit, callback: Callback) -> None:
    """Answer a button that stands in the place of an answer that is no longer stored."""
    request = _plain_request(visit, "trends")
    match callback.verb, callback.arg:
        case "wi", window if window in WINDOWS:
            request = request.model_copy(update={"window": window})
        case "mo", ("keywords" | "sentiment" | "topics") as mode:
            request = request.model_copy(update={"command": mode})
    await ask(visit, request)


def _plain_request(visit: Visit, command: Command) -> NewsRequest:
    """Give a command without any words after it."""
    defaults = visit.defaults
    return NewsRequest(
        command=command,
        window=defaults.window,
        reply_lang=defaults.reply_lang,
        k_final=defaults.k_final,
    )


def _callback(data: str) -> Callback | None:
    """Read the data of an answer's button; None when the desk shall say what is wrong with it."""
    try:
        return parse_callback(data)
    except UsageError:
        return None
