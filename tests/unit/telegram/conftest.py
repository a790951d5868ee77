"""A real local Telegram on loopback, a real bot on it, and our delivery between them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import Bot

from bot_service.local_telegram.server import LocalTelegram
from bot_service.telegram.attempts import Attempts
from bot_service.telegram.delivery import Delivery
from bot_service.telegram.pacing import Pace
from bot_service.telegram.transport import SendingRequest
from monitoring.metrics import Metrics


@dataclass
class HeardOfChats:
    """Keeps what delivery says of chats."""

    blocked_ids: list[str] = field(default_factory=list)
    left_ids: list[str] = field(default_factory=list)
    moves: list[tuple[str, str]] = field(default_factory=list)

    async def blocked(self, chat_id: str) -> None:
        self.blocked_ids.append(chat_id)

    async def left(self, chat_id: str) -> None:
        self.left_ids.append(chat_id)

    async def migrated(self, old_id: str, new_id: str) -> None:
        self.moves.append((old_id, new_id))


@dataclass
class Post:
    """A bot without a desk: delivery on one side, the chats as people see them on the other."""

    delivery: Delivery
    pace: Pace
    heard: HeardOfChats
    metrics: Metrics
    bot: Bot
    http: httpx.AsyncClient
    owner_id: int

    async def get(self, path: str) -> Any:
        reply = await self.http.get(f"/local{path}")
        reply.raise_for_status()
        return reply.json()

    async def post(self, path: str, **body: object) -> Any:
        reply = await self.http.post(f"/local{path}", json=body)
        assert reply.is_success, reply.text
        return reply.json()

    async def messages(self, chat_id: int) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = (await self.get(f"/chats/{chat_id}/messages"))["messages"]
        return listed

    async def refused(self) -> list[str]:
        return [refusal["description"] for refusal in await self.get("/refusals")]

    def sends(self, outcome: str) -> float:
        labels = {"outcome": outcome}
        return self.metrics.registry.get_sample_value("telegram_send_total", labels) or 0.0


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    local = LocalTelegram(tmp_path / "telegram")
    await local.start(port=0)
    bot = Bot(
        local.token,
        base_url=f"{local.base_url}/bot",
        base_file_url=f"{local.base_url}/file/bot",
        request=SendingRequest.pooled(trusts_env=False),
    )
    heard, metrics, pace = HeardOfChats(), Metrics(), Pace()
    attempts = Attempts(chats=heard, metrics=metrics, pace=pace, backoff_s=0.01)
    async with bot, httpx.AsyncClient(base_url=local.base_url, trust_env=False) as http:
        yield Post(
            delivery=Delivery(bot, attempts),
            pace=pace,
            heard=heard,
            metrics=metrics,
            bot=bot,
            http=http,
            owner_id=local.owner_id,
        )
    await local.aclose()
