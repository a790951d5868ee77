"""The whole bot as a chat sees it: a real desk, a real local Telegram, the real application."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bot_service.local_telegram.server import LocalTelegram
from bot_service.telegram.app import TelegramBot
from bot_service.telegram.progress import stage
from schemas.settings import RateSettings, Settings, SourceSettings
from services.desk import Desk
from services.wiring import open_desk
from tests.e2e.news import NOW, write_stream
from tests.e2e.places import Place, StockedServers
from tests.folders import copy_folder
from tests.servers import new_database

WAIT_S = 20.0
GENEROUS = RateSettings(person_per_minute=6_000, person_burst=500, chat_per_minute=6_000)
STEPS = ("retrieve", "measure", "agents", "look", "compose", "other")
PROGRESS = frozenset(stage(step, lang) for step in STEPS for lang in ("en", "ru"))
"""What a group sees while an answer takes long, on a busy machine; it is deleted later."""

View = dict[str, Any]


def data_of(message: View) -> list[str]:
    """List the callback data under a message."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]


def button_of(message: View, start: str) -> str:
    """Give the data of the first button whose data begins with `start`."""
    found = [data for data in data_of(message) if data.startswith(start)]
    assert found, f"no button {start!r} in {data_of(message)}"
    return found[0]


@dataclass
class Town:
    """People, chats and the bot among them."""

    desk: Desk
    bot: TelegramBot
    http: httpx.AsyncClient
    owner_id: int
    api_root: str
    token: str

    async def get(self, path: str) -> Any:
        reply = await self.http.get(f"/local{path}")
        assert reply.is_success, reply.text
        return reply.json()

    async def post(self, path: str, **body: object) -> Any:
        reply = await self.http.post(f"/local{path}", json=body)
        assert reply.is_success, reply.text
        return reply.json()

    async def person(self, name: str = "Ada", *, lang: str = "en") -> int:
        """Let somebody appear who has a private chat with the bot; their id is its id."""
        created = await self.post("/people", name=name, language_code=lang)
        return int(created["id"])

    async def group(self, owner: int, **more: object) -> View:
        """Let somebody make a group with the bot in it, and wait until the bot said hello."""
        made: View = await self.post("/groups", **({"title": "Desk", "owner_id": owner} | more))
        await self.replies(made["id"], after=0)
        return made

    async def say(self, person: int, text: str, *, chat: int | None = None, **more: object) -> int:
        """Send a message without waiting for anything; gives its id."""
        path = f"/chats/{chat or person}/messages"
        sent = await self.post(path, person_id=person, text=text, **more)
        return int(sent["messages"][-1]["message_id"])

    async def ask(
        self, person: int, text: str, *, chat: int | None = None, **more: object
    ) -> View:
        """Send a message and give the bot's first one after it."""
        message_id = await self.say(person, text, chat=chat, **more)
        first: View = (await self.replies(chat or person, after=message_id))[0]
        return first

    async def replies(self, chat: int, *, after: int, n: int = 1) -> list[View]:
        """Wait for `n` messages of the bot after a message, give all but those of progress."""

        async def said() -> list[View] | None:
            messages = await self.messages(chat, after=after)
            mine = [m for m in messages if m["from"]["is_bot"] and "sender_chat" not in m]
            mine = [m for m in mine if m.get("text") not in PROGRESS]
            return mine if len(mine) >= n else None

        found: list[View] = await until(said)
        return found

    async def messages(self, chat: int, *, after: int = 0) -> list[View]:
        listed = await self.get(f"/chats/{chat}/messages?after_message_id={after}&limit=500")
        messages: list[View] = listed["messages"]
        return messages

    async def message(self, chat: int, message_id: int) -> View:
        return next(m for m in await self.messages(chat) if m["message_id"] == message_id)

    async def press(
        self, person: int, message: View, start: str, *, chat: int | None = None
    ) -> View:
        """Press the first button whose data begins with `start`; gives the answer to the tap."""
        answer: View = await self.post(
            f"/chats/{chat or person}/presses",
            person_id=person,
            message_id=message["message_id"],
            data=button_of(message, start),
        )
        assert answer["answered"], "the tap was never answered"
        return answer

    async def changed(self, chat: int, message: View) -> View:
        """Wait until a message was edited and give it as it is now."""

        async def edited() -> View | None:
            now = await self.message(chat, message["message_id"])
            keys = ("text", "entities", "reply_markup")
            return now if any(now.get(k) != message.get(k) for k in keys) else None

        found: View = await until(edited)
        return found

    async def refusals(self) -> list[str]:
        return [f"{r['method']}: {r['description']}" for r in await self.get("/refusals")]

    async def expect_refusals(self) -> None:
        """Forget what was refused up to now, in tests in which Telegram has to refuse."""
        await self.post("/refusals/clear")


async def until(check: Callable[[], Awaitable[Any]], *, wait_s: float = WAIT_S) -> Any:
    """Ask again and again until there is something to give."""
    async with asyncio.timeout(wait_s):
        while (found := await check()) is None:  # noqa: ASYNC110 - asks another server
            await asyncio.sleep(0.03)
    return found


@pytest.fixture(scope="session")
def stocked_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the stream imported, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("stocked") / "data"
    asyncio.run(stock(Place(folder)))
    return folder


@pytest.fixture(scope="session")
def stocked_servers(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: str, postgres_template: str
) -> Iterator[StockedServers]:
    """Servers with the stream imported, made once and copied for each test."""
    from tests.qdrant_peer import serve_qdrant  # importing its client takes a second

    folder = tmp_path_factory.mktemp("servers")
    with new_database(postgres_server, template=postgres_template) as url:
        with serve_qdrant(folder / "index") as peer:
            asyncio.run(stock(Place(folder / "data", url, peer)))
        yield StockedServers(postgres_server, urlsplit(url).path[1:], folder / "index")


async def stock(place: Place) -> None:
    """Import the stream."""
    stream = place.folder.parent / "news.jsonl"
    write_stream(stream)
    async with open_desk(settings_for(place)) as desk:
        summary = await desk.import_paths([stream])
        assert summary.new == 96, summary


def settings_for(place: Place, **more: Any) -> Settings:
    """Settings that the environment cannot change, at the time of the stream."""
    values: dict[str, Any] = {
        "now": NOW,
        "sample": "off",
        "rate": GENEROUS,
        "sources": SourceSettings(poll="off"),
    }
    return Settings(_env_file=None, **(values | place.settings | more))


@asynccontextmanager
async def open_town(place: Place, *, bot_starts: bool = True, **more: Any) -> AsyncIterator[Town]:
    """Open a desk, a Telegram and a bot over what `place` holds."""
    local = LocalTelegram(place.folder.parent / "telegram")
    await local.start(port=0)
    try:
        async with (
            open_desk(settings_for(place, **more), local_owner=str(local.owner_id)) as desk,
            httpx.AsyncClient(base_url=local.base_url, trust_env=False, timeout=30) as http,
        ):
            bot = TelegramBot(desk, token=local.token, api_root=local.base_url)
            if bot_starts:
                await bot.start()
            try:
                yield Town(desk, bot, http, local.owner_id, local.base_url, local.token)
            finally:
                await bot.stop()
    finally:
        await local.aclose()


@pytest.fixture
def embedded(stocked_folder: Path, tmp_path: Path) -> Place:
    """A copy of the stocked folder."""
    copied = tmp_path / "data"
    copy_folder(stocked_folder, copied)
    return Place(copied)


@pytest.fixture
def servers(
    stocked_servers: StockedServers, index_folder: Path, tmp_path: Path
) -> Iterator[Place]:
    """A PostgreSQL database and a Qdrant server of this test's own with copies of the stock."""
    with stocked_servers.copied(tmp_path / "data", index_folder) as copied:
        yield copied


@pytest.fixture(params=["embedded", pytest.param("servers", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest) -> Place:
    """A copy of what is stocked; a test that asks for it runs once on each."""
    copied: Place = request.getfixturevalue(request.param)
    return copied


@pytest.fixture
async def town(place: Place) -> AsyncIterator[Town]:
    """The whole bot; Telegram must have refused nothing when the test is over."""
    async with open_town(place) as opened:
        yield opened
        assert await opened.refusals() == []
