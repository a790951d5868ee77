"""People and chats as the desk knows them."""

from datetime import datetime
from typing import Literal

from schemas.base import Frozen
from schemas.principal import DEFAULT_TENANT
from schemas.requests import Window

ChatState = Literal["active", "blocked", "left"]


class ChatSettings(Frozen):
    """What a chat chose on its settings screen; None means "as Telegram says" or the default.

    `is_private_mode`: no language model ever sees this chat's questions.
    """

    lang: str | None = None
    tz: str = "UTC"
    window: Window = "24h"
    is_private_mode: bool = False


class Chat(Frozen):
    """A Telegram chat that has spoken to the desk."""

    id: str
    tenant: str = DEFAULT_TENANT
    kind: Literal["private", "group", "supergroup", "channel"]
    title: str = ""
    state: ChatState = "active"
    settings: ChatSettings = ChatSettings()
    first_seen_at: datetime
    last_seen_at: datetime


class Person(Frozen):
    """Somebody with a role beyond reader."""

    id: str
    name: str
    role: Literal["operator", "owner"]
    since: datetime
