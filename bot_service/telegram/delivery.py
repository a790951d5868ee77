"""The one way out: every message, edit, draft and answer to a tap passes here."""

from dataclasses import replace

import structlog
from telegram import Bot, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import BadRequest, TelegramError

from bot_service.telegram.attempts import Attempts
from bot_service.telegram.keyboards import markup, message_entities
from bot_service.telegram.places import Place
from core.errors import TelegramRefused
from core.rendering.richtext import split
from schemas.runs import ButtonRows, RichText

STATUS_TIMEOUT_S = 3.0
"""Progress is worth no more waiting than this."""

MAX_TOAST = 200
"""Characters that Telegram shows in the answer to a tap."""

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_log = structlog.get_logger(__name__)


class Delivery:
    """Sends text with entities and buttons; never a parse mode, never a link preview."""

    def __init__(self, bot: Bot, attempts: Attempts) -> None:
        self._bot = bot
        self._attempts = attempts

    async def send(
        self, place: Place, message: RichText, buttons: ButtonRows = ()
    ) -> tuple[int, ...]:
        """Send a message in as many parts as it needs, the buttons under the last one.

        Returns:
            Message ids in order; empty when the chat can no longer be reached.

        Raises:
            TelegramRefused: Telegram takes the message in no form, or cannot be reached.
        """
        parts = split(message)
        sent: list[int] = []
        for n, part in enumerate(parts, start=1):
            rows = buttons if n == len(parts) else ()
            message_id = await self._send_part(place, part, rows)
            if message_id is None:
                return ()
            sent.append(message_id)
            place = replace(place, reply_to=None)
        return tuple(sent)

    async def document(self, place: Place, name: str, body: bytes, *, caption: str) -> int | None:
        """Send a file with a few words; gives its id, None when the chat cannot be reached.

        Raises:
            TelegramRefused: Telegram does not take the file, or cannot be reached.
        """

        async def call(chat_id: int) -> Message:
            return await self._bot.send_document(
                chat_id,
                body,
                filename=name,
                caption=caption,
                message_thread_id=place.thread_id,
                reply_parameters=_quoted(place),
            )

        try:
            sent = await self._attempts.run(
                place.chat_id, call, is_group=place.is_group, outcome="sent"
            )
        except BadRequest as error:
            self._attempts.count("refused")
            raise TelegramRefused(f"Telegram refused a file: {error.message}") from error
        return None if sent is None else sent.message_id

    async def edit(
        self,
        place: Place,
        shown: Message,
        message: RichText,
        buttons: ButtonRows = (),
        *,
        is_stale: bool = False,
    ) -> tuple[int, ...]:
        """Put other words and buttons into a message; what does not fit follows in new ones.

        Args:
            place: Where the message is.
            shown: The message as Telegram last gave it; nothing is sent when it would stay so.
            message: The words.
            buttons: The buttons, under the last part.
            is_stale: The message looks otherwise by now than Telegram last gave it.

        Returns:
            Ids of the edited message and of those that follow it.

        Raises:
            TelegramRefused: Telegram takes the message in no form, or cannot be reached.
        """
        first, *rest = split(message)
        rows = () if rest else buttons
        sent = [shown.message_id]
        if is_stale or not _is_same(shown, first, rows):
            edited = await self._edit_part(place, shown.message_id, first, rows)
            if edited is None:
                return ()
            sent = [edited]
        for n, part in enumerate(rest, start=1):
            follower = await self._send_part(place, part, buttons if n == len(rest) else ())
            if follower is not None:
                sent.append(follower)
        return tuple(sent)

    async def delete(self, place: Place, message_id: int) -> None:
        """Take a message of ours away; one that is gone already is fine."""
        try:
            await self._bot.delete_message(place.chat_id, message_id)
        except TelegramError as error:
            _log.info("telegram.not_deleted", reason=error.message)

    async def answer_tap(self, query_id: str, toast: str | None = None) -> None:
        """Stop the spinner on a button, with a short text when there is one."""
        try:
            await self._bot.answer_callback_query(query_id, text=_toast(toast))
        except TelegramError as error:  # too old after an outage: the work itself goes on
            _log.info("telegram.tap_not_answered", reason=error.message)

    async def typing(self, place: Place) -> None:
        """Show "typing…"; that it could not be shown is no reason to stop."""
        try:
            await self._bot.send_chat_action(
                place.chat_id,
                ChatAction.TYPING,
                message_thread_id=place.thread_id,
                read_timeout=STATUS_TIMEOUT_S,
            )
        except TelegramError as error:
            _log.info("telegram.typing_not_shown", reason=error.message)

    async def draft(self, place: Place, draft_id: int, text: str) -> bool:
        """Show a draft in a private chat; False where drafts do not work."""
        try:
            return await self._bot.send_message_draft(
                place.chat_id,
                draft_id,
                text,
                message_thread_id=place.thread_id,
                read_timeout=STATUS_TIMEOUT_S,
            )
        except TelegramError as error:
            _log.info("telegram.draft_not_shown", reason=error.message)
            return False

    async def status(self, place: Place, message_id: int | None, text: str) -> int | None:
        """Send or change a status message if there is room for it now; gives its id."""
        if not self._attempts.pace.has_room(place.chat_id, is_group=place.is_group):
            return message_id
        part = RichText(text=text)
        if message_id is None:
            return await self._send_part(place, part, ())
        return await self._edit_part(place, message_id, part, ())

    async def _send_part(self, place: Place, part: RichText, rows: ButtonRows) -> int | None:
        """Send one part: as it is, else outside the topic or without entities, buttons kept."""
        forms = [(place, part)]
        tried = 0
        while tried < len(forms):
            where, what = forms[tried]
            tried += 1
            try:
                sent = await self._post(where, what, rows)
            except BadRequest as error:
                _log.warning("telegram.message_refused", reason=error.message, tries=tried)
                forms.extend(_other_forms(where, what, error, tried=tried))
                last = error
            else:
                return None if sent is None else sent.message_id
        self._attempts.count("refused")
        raise TelegramRefused(f"Telegram refused a message: {last.message}") from last

    async def _post(self, place: Place, part: RichText, rows: ButtonRows) -> Message | None:
        async def call(chat_id: int) -> Message:
            return await self._bot.send_message(
                chat_id,
                part.text,
                entities=message_entities(part.entities),
                reply_markup=markup(rows),
                message_thread_id=place.thread_id,
                link_preview_options=_NO_PREVIEW,
                reply_parameters=_quoted(place),
            )

        return await self._attempts.run(
            place.chat_id, call, is_group=place.is_group, outcome="sent"
        )

    async def _edit_part(
        self, place: Place, message_id: int, part: RichText, rows: ButtonRows
    ) -> int | None:
        """Edit one message; a message that cannot be edited any more is sent anew."""
        for what in (part, RichText(text=part.text)):
            try:
                done = await self._change(place, message_id, what, rows)
            except BadRequest as error:
                reason = error.message.lower()
                if "not modified" in reason:
                    return message_id
                if "not found" in reason or "can't be edited" in reason:
                    break
                _log.warning("telegram.edit_refused", reason=error.message)
            else:
                return None if done is None else message_id
        return await self._send_part(place, part, rows)

    async def _change(
        self, place: Place, message_id: int, part: RichText, rows: ButtonRows
    ) -> Message | bool | None:
        async def call(chat_id: int) -> Message | bool:
            return await self._bot.edit_message_text(
                part.text,
                chat_id=chat_id,
                message_id=message_id,
                entities=message_entities(part.entities),
                reply_markup=markup(rows),
                link_preview_options=_NO_PREVIEW,
            )

        return await self._attempts.run(
            place.chat_id, call, is_group=place.is_group, outcome="edited"
        )


def _other_forms(
    place: Place, part: RichText, error: BadRequest, *, tried: int
) -> list[tuple[Place, RichText]]:
    reason = error.message.lower()
    if place.thread_id is not None and ("thread" in reason or "topic" in reason):
        return [(replace(place, thread_id=None), part)]
    return [(place, RichText(text=part.text))] if part.entities and tried < 3 else []


def _quoted(place: Place) -> ReplyParameters | None:
    if place.reply_to is None:
        return None
    return ReplyParameters(place.reply_to, allow_sending_without_reply=True)


def _is_same(shown: Message, part: RichText, rows: ButtonRows) -> bool:
    """Say whether a message looks like `part` already; Telegram adds entities of its own."""
    return (
        shown.text == part.text
        and shown.reply_markup == markup(rows)
        and set(message_entities(part.entities)) <= set(shown.entities)
    )


def _toast(text: str | None) -> str | None:
    if text is None or len(text) <= MAX_TOAST:
        return text
    return text[: MAX_TOAST - 1].rstrip() + "…"
