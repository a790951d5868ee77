"""Telegram Desktop's `result.json`: one chat or a whole account, message by message."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import structlog

from core.errors import UsageError
from core.stories.intake import BadLine
from schemas.articles import RawItem
from services.adapters.sources.json_stream import BrokenJson, JsonStream
from services.adapters.sources.jsonl import parse_date

MAX_BROKEN = 1_000
"""Messages that cannot be read before the rest of a file is given up."""

_OPEN_CHATS = frozenset({"public_channel", "public_supergroup", "public_group"})
"""Chats of a whole account that are news; the others are somebody's letters."""

_NEXT_MESSAGE = re.compile(r'\{\s*"id"\s*:\s*-?\d+\s*,')
_NEXT_CHAT = re.compile(r'\{\s*"(?:name"\s*:\s*(?:"|null)|type"\s*:\s*"saved_messages")')
_NEXT = re.compile(f"{_NEXT_MESSAGE.pattern}|{_NEXT_CHAT.pattern}")
_UNSAFE = re.compile(r"[\ud800-\udfff]")
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Chat:
    """What is known of the chat whose messages come next."""

    name: str = ""
    kind: str = ""
    number: int | None = None
    username: str = ""


def read_export(path: Path, *, now: datetime) -> Iterator[RawItem | BadLine]:
    """Read the messages of an export in the order of the file; memory stays bounded.

    Of a whole account only public channels and groups are read; a chat that was exported by
    itself is read whatever it is. The chat's name is the source. Service messages and messages
    without words give nothing. An edited message has its last words and its first date. A date
    without zone (exports before 2021) is taken as UTC.

    Yields:
        Items, and a `BadLine` for each place that cannot be read; after a broken message the
        reading goes on with the next one, after the end of a cut file with nothing.

    Raises:
        UsageError: If the file cannot be opened.
    """
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", field="path", word=str(path)
        ) from error
    with stream:
        yield from read_export_stream(stream, name=path.name, now=now)


def read_export_stream(
    stream: BinaryIO, *, name: str, now: datetime
) -> Iterator[RawItem | BadLine]:
    """Read an export from a binary stream, as `read_export` does; `name` is for messages."""
    return _Export(JsonStream(stream), name, now).read()


class _Export:
    """One reading of one file."""

    def __init__(self, json: JsonStream, name: str, now: datetime) -> None:
        self._json = json
        self._name = name
        self._now = now
        self._n_broken = 0
        self._n_read = 0
        self._n_skipped = 0

    def read(self) -> Iterator[RawItem | BadLine]:
        try:
            if self._json.peek() != "{":
                yield self._bad("is no export of Telegram Desktop: it holds no JSON object")
                return
            yield from self._top()
        except BrokenJson as error:
            yield self._tell(error)
        if self._n_skipped:
            _log.info("export.chats_skipped", n_chats=self._n_skipped)

    def _top(self) -> Iterator[RawItem | BadLine]:
        chat = _Chat()
        is_export = False
        for key in self._json.members():
            if key == "messages" and self._json.peek() == "[":
                is_export = True
                self._n_read += 1
                yield from self._messages(chat, is_alone=True)
            elif key in ("chats", "left_chats") and self._json.peek() == "{":
                is_export = True
                yield from self._account()
            else:
                self._note(chat, key)
        if not is_export:
            yield self._bad("is no export of Telegram Desktop: it holds no messages and no chats")
        elif not self._n_read:
            yield self._bad(
                "no channel and no public group is in it; to import another chat, "
                "export that chat by itself"
            )

    def _account(self) -> Iterator[RawItem | BadLine]:
        for key in self._json.members():
            if key != "list" or self._json.peek() != "[":
                self._json.skip()
                continue
            for _ in self._json.elements():
                try:
                    yield from self._chat()
                except _ChatLost:
                    continue
                except BrokenJson as error:
                    if error.is_end or self._json.find(_NEXT_CHAT) is None:
                        raise
                    yield self._tell(error)

    def _chat(self) -> Iterator[RawItem | BadLine]:
        chat = _Chat()
        for key in self._json.members():
            if key != "messages" or self._json.peek() != "[":
                self._note(chat, key)
            elif chat.kind in _OPEN_CHATS:
                self._n_read += 1
                yield from self._messages(chat, is_alone=False)
            else:
                self._n_skipped += 1
                self._json.skip()

    def _note(self, chat: _Chat, key: str) -> None:
        """Remember a member of a chat, pass over what says nothing of it."""
        if key not in ("name", "type", "id", "username") or self._json.peek() in ("{", "["):
            self._json.skip()
            return
        value = self._json.value()
        if key == "id":
            chat.number = value if isinstance(value, int) else None
        elif isinstance(value, str):
            match key:
                case "name":
                    chat.name = _clean(value)
                case "type":
                    chat.kind = value
                case _:
                    chat.username = value.removeprefix("@")

    def _messages(self, chat: _Chat, *, is_alone: bool) -> Iterator[RawItem | BadLine]:
        for _ in self._json.elements():
            try:
                message = self._json.value()
            except BrokenJson as error:
                self._n_broken += 1
                if error.is_end or self._n_broken > MAX_BROKEN:
                    raise
                found = self._json.find(_NEXT_MESSAGE if is_alone else _NEXT)
                if found is None:
                    raise
                yield self._tell(error)
                if _NEXT_CHAT.match(found[0]):
                    raise _ChatLost from error
                continue
            if isinstance(message, dict):
                item = self._item(message, chat)
                if item is not None:
                    yield item

    def _item(self, message: Mapping[str, object], chat: _Chat) -> RawItem | None:
        number = message.get("id")
        text = _text_of(message)
        if message.get("type") != "message" or not isinstance(number, int) or not text:
            return None
        place = f"t.me/{chat.username}/{number}" if chat.username else None
        return RawItem(
            source=chat.name or _sender(message) or self._name.split(".", 1)[0],
            guid=(place or f"t.me/c/{chat.number or chat.name}/{number}").lower(),
            url=f"https://{place}" if place else None,
            text=text,
            published_at=parse_date(message.get("date_unixtime"), now=self._now)
            or parse_date(message.get("date"), now=self._now),
        )

    def _tell(self, error: BrokenJson) -> BadLine:
        reason = error.reason
        if self._n_broken > MAX_BROKEN:
            reason += f"; over {MAX_BROKEN:,} messages are broken, so the rest is not read"
        return BadLine(self._name, error.line, reason)

    def _bad(self, reason: str) -> BadLine:
        return BadLine(self._name, self._json.line, reason)


class _ChatLost(Exception):
    """A chat's messages cannot be read on; the cursor is at the next chat."""


def _text_of(message: Mapping[str, object]) -> str:
    """Give the words of a message: text or caption, question and answers of a poll."""
    parts = [_flat(message.get("text") or message.get("text_entities"))]
    poll = message.get("poll")
    if isinstance(poll, Mapping):
        parts.append(_flat(poll.get("question")))
        answers = poll.get("answers")
        if isinstance(answers, list):
            parts += [_flat(a.get("text")) for a in answers if isinstance(a, Mapping)]
    return "\n".join(part for part in parts if part)


def _flat(text: object) -> str:
    """Join a text that is a string, or a list of strings and of entities with a text each."""
    pieces = text if isinstance(text, list) else [text]
    words = [piece.get("text") if isinstance(piece, Mapping) else piece for piece in pieces]
    return _clean("".join(word for word in words if isinstance(word, str)))


def _sender(message: Mapping[str, object]) -> str:
    """Give the name of the channel that sent a message, "" when a person did."""
    name, number = message.get("from"), message.get("from_id")
    is_channel = isinstance(number, str) and number.startswith("channel")
    return _clean(name) if is_channel and isinstance(name, str) else ""


def _clean(text: str) -> str:
    return _UNSAFE.sub("\ufffd", text).replace("\x00", "").strip()
