from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import Bot

from bot_service.local_telegram.limits import Limits
from bot_service.local_telegram.server import LocalTelegram


@dataclass(frozen=True)
class Place:
    """A running local Telegram, a real bot, and a client for what people do."""

    telegram: LocalTelegram
    bot: Bot
    people: httpx.AsyncClient

    @property
    def owner(self) -> int:
        return self.telegram.owner_id

    async def post(self, path: str, **body: Any) -> Any:
        response = await self.people.post(f"/local/{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def get(self, path: str, **query: Any) -> Any:
        response = await self.people.get(f"/local/{path}", params=query)
        assert response.status_code == 200, response.text
        return response.json()

    async def say(
        self, text: str, *, chat_id: int | None = None, person: int | None = None
    ) -> Any:
        chat = self.owner if chat_id is None else chat_id
        body = {"person_id": person or self.owner, "text": text}
        return (await self.post(f"chats/{chat}/messages", **body))["message"]


def bot_of(telegram: LocalTelegram) -> Bot:
    return Bot(
        telegram.token,
        base_url=f"{telegram.base_url}/bot",
        base_file_url=f"{telegram.base_url}/file/bot",
    )


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    telegram = LocalTelegram(tmp_path / "telegram", limits=Limits(enabled=False))
    await telegram.start(port=0)
    async with (
        bot_of(telegram) as bot,
        httpx.AsyncClient(base_url=telegram.base_url, timeout=20) as people,
    ):
        yield Place(telegram, bot, people)
    await telegram.aclose()
