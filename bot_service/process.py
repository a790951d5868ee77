"""The process of `newsdesk run`: page first, then the desk, then the bot, until a signal."""

import asyncio
import gc
import signal
import sys
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

from bot_service.local_telegram.server import LocalTelegram
from core.errors import NewsdeskError, SettingError
from monitoring.health import HealthCheck
from schemas.settings import Settings
from services.folder import FolderLock, is_owned
from services.wiring import import_adapters, load_graph, open_desk, unknown_variables, version

if TYPE_CHECKING:  # both are heavy; the page is up before they are imported
    from bot_service.telegram.app import TelegramBot
    from services.desk import Desk

LOCAL_CHATS = "local_telegram"
POLL_LATE_S = 60.0
"""A poll takes up to 20 s; three of them without an answer mean that updates do not arrive."""


async def run_desk(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM; gives the exit code.

    Raises:
        FolderInUse: Another process owns the data folder.
        SettingError: A setting cannot work, an address that is not of this machine, say.
    """
    # Imports make much and drop little: collecting in between costs a tenth of the start.
    gc.disable()
    stop = asyncio.Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(kind, stop.set)
    async with AsyncExitStack() as stack:
        lock = None
        if is_owned(settings):
            lock = stack.enter_context(FolderLock(settings.data_dir.expanduser()))
        local = await _start_local(settings, stack)
        # Off the loop, so that the page is served while seconds of imports go on.
        await asyncio.to_thread(_import_desk)
        owner = str(local.owner_id) if local is not None else None
        desk = await stack.enter_async_context(open_desk(settings, lock=lock, local_owner=owner))
        bot = _make_bot(desk, settings, local)
        await _serve(desk, bot, settings, stack)
        await _fill_empty(desk, settings)
        await bot.start()
        stack.push_async_callback(bot.stop)
        await desk.jobs.start()
        # The graph is heavy to import: done now, the first question need not wait for it.
        warming = asyncio.create_task(_warm_up(desk))
        if settings.sources.poll == "on":
            stack.push_async_callback(_end, asyncio.create_task(_poll(desk, warming)))
        if local is None:
            await _print_claim(desk, bot)
        if line := await _models_line(desk):
            _say(line)
        for name in unknown_variables():
            _say(f"Not a setting, so nothing reads it: {name}")
        _say("Ready. Stop with Ctrl+C.")
        await stop.wait()
        _say("Stopping …")
        await warming
    return 0


async def _warm_up(desk: "Desk") -> None:
    """Import the graph and models; what lives by then stays, and is not looked at again."""
    await asyncio.to_thread(load_graph)
    # Models that cannot be built have said so in the log.
    await asyncio.gather(desk.models.current(), return_exceptions=True)
    gc.freeze()
    gc.enable()


async def _poll(desk: "Desk", warming: "asyncio.Task[None]") -> None:
    """Poll sources from now on; a desk without any begins with the list of well-known feeds."""
    await asyncio.shield(warming)
    await desk.polling.start()
    try:
        if await desk.starter.is_wanted():
            await _begin_with_starter(desk)
    except NewsdeskError as error:
        _say(f"The list of well-known feeds could not be added: {error}")


async def _begin_with_starter(desk: "Desk") -> None:
    """Poll the starter list once, and tell how many of its sources answered."""
    is_live = sys.stdout.isatty()

    def show(n_answered: int, n_asked: int, n_sources: int) -> None:
        if is_live and n_asked < n_sources:
            sys.stdout.write(f"\r{n_answered} of {n_sources} sources answered …")
            sys.stdout.flush()

    _say("Reading well-known feeds …")
    result = await desk.starter.begin(show)
    start = "\r" if is_live else ""
    line = f"{start}{result.n_answered} of {result.n_sources} sources answered"
    if result.why is None:
        _say(f"{line}.{' ' * 20}")
    else:
        stays = "; the sample stays" if (await desk.status()).is_sample else ""
        _say(f"{line}{stays}: {result.why}. They are tried again by themselves.")


async def _end(task: "asyncio.Task[None]") -> None:
    """Stop a task that runs beside the bot."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _import_desk() -> None:
    """Import what opening the desk and its faces needs."""
    from bot_service.control import server as _control  # noqa: F401, PLC0415
    from bot_service.telegram import app as _telegram  # noqa: F401, PLC0415
    from bot_service.web import app as _web  # noqa: F401, PLC0415

    import_adapters()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _start_local(settings: Settings, stack: AsyncExitStack) -> LocalTelegram | None:
    """Start the local Telegram when there is no token, and say where its page is."""
    if settings.telegram_bot_token is not None:
        return None
    local = LocalTelegram(settings.data_dir.expanduser() / LOCAL_CHATS)
    stack.push_async_callback(local.aclose)
    try:
        await local.start(port=settings.local_telegram_port)
    except OSError as error:
        raise SettingError(
            f"the local Telegram found no free port from {settings.local_telegram_port} on; "
            "set NEWSDESK_LOCAL_TELEGRAM_PORT to another one"
        ) from error
    _say(f"Chat with your desk: {local.base_url}/")
    _say(
        "  (no TELEGRAM_BOT_TOKEN is set, so a local Telegram is used; `newsdesk setup` adds one)"
    )
    return local


def _make_bot(desk: "Desk", settings: Settings, local: LocalTelegram | None) -> "TelegramBot":
    from bot_service.telegram.app import TelegramBot  # noqa: PLC0415 - after the page is up

    if local is not None:
        return TelegramBot(desk, token=local.token, api_root=local.base_url)
    if settings.telegram_bot_token is None:
        raise SettingError("a bot needs TELEGRAM_BOT_TOKEN or the local Telegram")
    token = settings.telegram_bot_token.get_secret_value()
    return TelegramBot(desk, token=token, api_root=settings.telegram_api_base_url.rstrip("/"))


async def _serve(
    desk: "Desk", bot: "TelegramBot", settings: Settings, stack: AsyncExitStack
) -> None:
    """Open the control socket, where a folder is owned, and the web port."""
    from bot_service.control.server import serve_control  # noqa: PLC0415 - after the page is up
    from bot_service.web.app import create_web_app  # noqa: PLC0415
    from bot_service.web.server import serve  # noqa: PLC0415

    if is_owned(settings):
        control = await serve_control(desk, settings.data_dir.expanduser())
        stack.push_async_callback(control.aclose)

    async def health() -> list[HealthCheck]:
        return [*await desk.health(), _updates(bot.poll_age_s())]

    app = create_web_app(
        health=health,
        metrics=desk.metrics,
        take_token=desk.rates.admit_address,
        hosts=None if settings.http_host in ("0.0.0.0", "::") else frozenset(),  # noqa: S104 - compared
        version=version(),
    )
    try:
        web = await serve(app, host=settings.http_host, port=settings.http_port)
    except OSError as error:
        raise SettingError(
            f"the web port cannot be opened ({error}); "
            "set NEWSDESK_HTTP_HOST and NEWSDESK_HTTP_PORT to an address of this machine"
        ) from error
    stack.push_async_callback(web.aclose)
    _say(f"Health and metrics: {web.url}/readyz {web.url}/metrics")


def _updates(age_s: float | None) -> HealthCheck:
    if age_s is None:
        return HealthCheck("updates", False, "Telegram was not reached yet")
    return HealthCheck("updates", age_s < POLL_LATE_S, f"last fetched {age_s:.0f} s ago")


async def _fill_empty(desk: "Desk", settings: Settings) -> None:
    """Load the sample into an empty desk, so that the first question has an answer."""
    status = await desk.status()
    if status.n_articles == 0 and settings.sample == "on":
        _say("Loading sample news …")
        n = await desk.load_sample()
        _say(f"{n} sample articles are there; import your own with `newsdesk import PATH`.")
    elif status.n_articles:
        _say(f"{status.n_articles:,} articles from {status.n_sources} sources.")


async def _models_line(desk: "Desk") -> str:
    """Say which keys of models were found, or who gets excerpts of the news; empty: nobody."""
    from bot_service.telegram.handlers.models import state_of  # noqa: PLC0415 - see _make_bot
    from bot_service.telegram.model_screens import start_line  # noqa: PLC0415

    return start_line(await state_of(desk), lang="en")


async def _print_claim(desk: "Desk", bot: "TelegramBot") -> None:
    """Print the one-time link that makes whoever opens it the owner, while there is none."""
    token = await desk.chats.claim_token()
    if bot.username:
        _say(f"Your bot: https://t.me/{bot.username}")
    if token is not None:
        name = bot.username or "<your bot>"
        _say(f"Open this once to own it: https://t.me/{name}?start=claim_{token}")
