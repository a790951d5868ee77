"""The running bot: python-telegram-bot's application in the loop of the desk."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from telegram import Update
from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot_service.commands import COMMANDS
from bot_service.telegram.attempts import Attempts
from bot_service.telegram.delivery import Delivery
from bot_service.telegram.failure import on_error, tell_given_up
from bot_service.telegram.handlers.help import unknown_handler
from bot_service.telegram.handlers.links import FromChannel, forward_handler
from bot_service.telegram.handlers.membership import membership_handler, migration_handler
from bot_service.telegram.handlers.others import document_handler, other_handler
from bot_service.telegram.handlers.query import query_handler
from bot_service.telegram.handlers.settings import contact_handler
from bot_service.telegram.handlers.source_files import FeedList, list_handler
from bot_service.telegram.handlers.taps import tap_handler
from bot_service.telegram.journal import Journal
from bot_service.telegram.ordering import ChatOrder
from bot_service.telegram.pacing import Pace
from bot_service.telegram.profile import publish_profile
from bot_service.telegram.told import Told
from bot_service.telegram.transport import POLL_S, FloodWait, PollingRequest, SendingRequest
from bot_service.telegram.visits import Face
from core.errors import SettingError

if TYPE_CHECKING:
    from services.desk import Desk

UPDATES = (Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER)
STOP_S = 10.0
"""Seconds that answers in the making get when the desk stops."""

PUBLISH_AFTER_S = 2.0
RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_log = structlog.get_logger(__name__)


class TelegramBot:
    """Receives updates by long polling and hands them to the handlers.

    Args:
        desk: The open desk.
        token: The bot's token.
        api_root: Root of the Bot API, `https://api.telegram.org` or a local one.
    """

    def __init__(self, desk: "Desk", *, token: str, api_root: str) -> None:
        self._polling = PollingRequest(trusts_env=not _is_loopback(api_root))
        self._told = Told()
        self._journal = Journal(desk.store)
        self._app = _build(api_root, token, self._polling, ChatOrder(self._journal))
        self._app.bot_data["face"] = Face(
            desk=desk,
            delivery=Delivery(
                self._app.bot, Attempts(chats=desk.chats, metrics=desk.metrics, pace=Pace())
            ),
            commands=COMMANDS,
            told=self._told,
        )
        self._is_resumed = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def username(self) -> str | None:
        """The bot's name in links, None until Telegram was reached."""
        return self._app.bot.username if self._app.running else None

    def poll_age_s(self) -> float | None:
        """Seconds since updates were last fetched, None before the first time.

        A healthy bot stays below the time of one long poll, 20 s, and a little.
        """
        return self._polling.age_s()

    async def start(self) -> None:
        """Start receiving; when Telegram cannot be reached, keep trying in the background.

        Raises:
            SettingError: If Telegram does not know the token.
        """
        if not await self._connect():
            self._spawn(self._keep_connecting())

    async def stop(self) -> None:
        """Stop receiving, let answers in the making finish for a while, close connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        updater = self._app.updater
        if updater is not None and updater.running:
            await updater.stop()
        if self._app.running:
            try:
                async with asyncio.timeout(STOP_S):
                    await self._app.stop()
            except TimeoutError:
                _log.warning("telegram.stopped_early", waited_s=STOP_S)
        await self._app.shutdown()
        await self._app.bot.shutdown()  # its connections are open even if Telegram never answered

    async def _connect(self) -> bool:
        """Try once to reach Telegram and start polling; False when it cannot be reached."""
        updater = self._app.updater
        if updater is None:
            raise RuntimeError("the application was built without an updater")
        try:
            await self._app.initialize()
            await self._prove_polling()
            if not self._is_resumed:
                for update in await self._journal.left_over(self._app.bot):
                    await self._app.update_queue.put(update)
                self._is_resumed = True
                for update in await self._journal.take_given_up():
                    self._spawn(tell_given_up(self._app.bot_data["face"], update))
            await updater.start_polling(
                timeout=POLL_S,
                allowed_updates=UPDATES,
                error_callback=self._on_poll_error,
            )
        except InvalidToken:  # its message holds the token
            raise SettingError(
                "Telegram does not know the bot's token; take the one that @BotFather shows and "
                "put it into TELEGRAM_BOT_TOKEN"
            ) from None
        except (NetworkError, FloodWait) as error:
            _log.warning("telegram.unreachable", error=type(error).__name__, reason=error.message)
            return False
        await self._app.start()
        _log.info("telegram.connected", bot=self._app.bot.username)
        self._spawn(self._publish())
        return True

    async def _prove_polling(self) -> None:
        """Ask for updates once without waiting, so that readiness need not wait for a long poll.

        Nothing is acknowledged: the updater gets the same updates again.
        """
        try:
            await self._app.bot.get_updates(limit=1, timeout=0, allowed_updates=UPDATES)
        except Conflict:
            _log.warning("telegram.second_poller", advice="a webhook or another process has it")

    async def _keep_connecting(self) -> None:
        attempt = 0
        while True:
            await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1
            try:
                if await self._connect():
                    return
            except SettingError as error:
                _log.error("telegram.token_refused", reason=str(error))
                return

    async def _publish(self) -> None:
        # A dozen calls; who waits for a first answer goes first.
        await asyncio.sleep(PUBLISH_AFTER_S)
        try:
            await publish_profile(self._app.bot, COMMANDS)
        except TelegramError as error:  # the bot works without a menu
            _log.warning("telegram.profile_not_set", reason=error.message)

    def _on_poll_error(self, error: TelegramError) -> None:
        """Log that polling fails, once a minute; python-telegram-bot goes on trying."""
        kind = type(error).__name__
        if not self._told.may_tell(("poll", kind), quiet_s=60.0):
            return
        if isinstance(error, Conflict):
            _log.error("telegram.second_poller", advice="stop the other process with this token")
        else:
            _log.warning("telegram.poll_failed", error=kind)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


BotApplication = Application[Any, Any, Any, Any, Any, Any]


def _build(api_root: str, token: str, polling: PollingRequest, order: ChatOrder) -> BotApplication:
    root = api_root.rstrip("/")
    application: BotApplication = (
        ApplicationBuilder()
        .token(token)
        .base_url(f"{root}/bot")
        .base_file_url(f"{root}/file/bot")
        .request(SendingRequest.pooled(trusts_env=not _is_loopback(api_root)))
        .get_updates_request(polling)
        .concurrent_updates(order)
        .build()
    )
    _add_handlers(application)
    return application


def _add_handlers(application: BotApplication) -> None:
    """Register every handler; the first that fits an update gets it. Edits are not read again."""
    new = filters.UpdateType.MESSAGE
    private = new & filters.ChatType.PRIVATE
    application.add_handler(MessageHandler(private & FeedList(), list_handler))
    application.add_handler(MessageHandler(private & FromChannel(), forward_handler))
    for command in COMMANDS:
        application.add_handler(CommandHandler(command.name, command.handler, filters=new))
    application.add_handler(CallbackQueryHandler(tap_handler))
    application.add_handler(
        ChatMemberHandler(membership_handler, ChatMemberHandler.MY_CHAT_MEMBER)
    )
    for condition, handler in (
        (new & filters.StatusUpdate.MIGRATE, migration_handler),
        (private & filters.COMMAND, unknown_handler),
        (private & filters.TEXT, query_handler),
        (private & filters.CONTACT, contact_handler),
        (private & filters.Document.ALL, document_handler),
        (private & ~filters.StatusUpdate.ALL, other_handler),
    ):
        application.add_handler(MessageHandler(condition, handler))
    application.add_error_handler(on_error)


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK
