import asyncio
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram.error import RetryAfter

from bot_service.local_telegram.clock import Clock
from bot_service.local_telegram.guard import is_loopback_host
from bot_service.local_telegram.limits import Limits
from bot_service.local_telegram.server import LocalTelegram
from bot_service.local_telegram.storage import Storage
from tests.unit.local_telegram.conftest import Place, bot_of


async def test_chats_files_and_waiting_updates_survive_a_restart(tmp_path: Path) -> None:
    first = LocalTelegram(tmp_path, owner_name="Ann")
    await first.start(port=0)
    async with bot_of(first) as bot, httpx.AsyncClient(base_url=first.base_url) as people:
        body = {"person_id": first.owner_id, "text": "unread"}
        await people.post(f"/local/chats/{first.owner_id}/messages", json=body)
        sent = await bot.send_document(first.owner_id, b"kept", filename="a.txt")
        await bot.set_my_description("kept too")
    await first.aclose()

    second = LocalTelegram(tmp_path)
    await second.start(port=0)
    async with bot_of(second) as bot, httpx.AsyncClient(base_url=second.base_url) as people:
        updates = await bot.get_updates()
        listed = (await people.get(f"/local/chats/{second.owner_id}/messages")).json()
        state = (await people.get("/local/state")).json()
        assert sent.document is not None
        content = await (await bot.get_file(sent.document.file_id)).download_as_bytearray()
        new = await bot.send_message(second.owner_id, "next")
    await second.aclose()

    assert (second.token, second.owner_id) == (first.token, first.owner_id)
    assert [u.message and u.message.text for u in updates] == ["unread"]
    assert [one["message_id"] for one in listed["messages"]] == [1, 2]
    assert new.message_id == 3
    assert bytes(content) == b"kept"
    assert (state["person"]["first_name"], state["bot"]["description"]) == ("Ann", "kept too")


async def test_confirmed_updates_do_not_come_back(tmp_path: Path) -> None:
    telegram = LocalTelegram(tmp_path)
    await telegram.start(port=0)
    async with bot_of(telegram) as bot, httpx.AsyncClient(base_url=telegram.base_url) as people:
        body = {"person_id": telegram.owner_id, "text": "read"}
        await people.post(f"/local/chats/{telegram.owner_id}/messages", json=body)
        (update,) = await bot.get_updates()
        await bot.get_updates(offset=update.update_id + 1)
    await telegram.aclose()

    again = LocalTelegram(tmp_path)
    await again.start(port=0)
    async with bot_of(again) as bot, httpx.AsyncClient(base_url=again.base_url) as people:
        assert await bot.get_updates() == ()
        body = {"person_id": again.owner_id, "text": "new"}
        await people.post(f"/local/chats/{again.owner_id}/messages", json=body)
        (new,) = await bot.get_updates()
    await again.aclose()

    assert new.update_id > update.update_id


def test_a_batch_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    storage = Storage(tmp_path)

    def fail() -> None:
        with storage.batch():
            storage.put("a", "1", "x")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()

    assert storage.all("a") == []
    storage.close()


async def test_a_taken_port_gives_way_to_the_next(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        telegram = LocalTelegram(tmp_path)
        await telegram.start(port=port)
    base_url = telegram.base_url
    await telegram.aclose()

    assert port < int(base_url.rsplit(":", 1)[1]) <= port + 20


async def test_an_address_beyond_this_machine_is_refused(tmp_path: Path) -> None:
    telegram = LocalTelegram(tmp_path)

    with pytest.raises(ValueError, match=r"loopback only, not '0\.0\.0\.0'"):
        await telegram.start("0.0.0.0", 0)  # noqa: S104 - the refusal is what is tested

    await telegram.aclose()


async def test_closing_lets_a_waiting_poll_go(tmp_path: Path) -> None:
    telegram = LocalTelegram(tmp_path)
    await telegram.start(port=0)
    async with bot_of(telegram) as bot:
        poll = asyncio.create_task(bot.get_updates(timeout=30))
        await asyncio.sleep(0.05)
        await asyncio.wait_for(telegram.aclose(), 5)

        assert await poll == ()


async def test_flood_limits_run_on_the_worlds_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    telegram = LocalTelegram(tmp_path, clock=Clock(speed=0.001), limits=Limits())
    await telegram.start(port=0)
    async with bot_of(telegram) as bot, httpx.AsyncClient(base_url=telegram.base_url) as people:
        for number in range(5):
            await bot.send_message(telegram.owner_id, str(number))
        with pytest.raises(RetryAfter):
            await bot.send_message(telegram.owner_id, "too fast")
        await people.post("/local/clock", json={"speed": 1000})
        await asyncio.sleep(0.02)
        await bot.send_message(telegram.owner_id, "in time")
        refused = (await people.get("/local/refusals")).json()
    await telegram.aclose()

    assert [(one["method"], one["error_code"]) for one in refused] == [("sendMessage", 429)]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8081", "127.0.0.1:80", "[::1]:8081"])
def test_this_machines_names_are_loopback(host: str) -> None:
    assert is_loopback_host(host)


@pytest.mark.parametrize(
    "host", ["", "example.com", "localhost.example.com", "127.0.0.1.nip.io", "10.0.0.1", "[::2]:1"]
)
def test_other_names_are_not_loopback(host: str) -> None:
    assert not is_loopback_host(host)


@pytest.mark.parametrize("path", ["/", "/page/app.js", "/local/state", "/bot1:x/getMe"])
async def test_a_foreign_host_is_refused_everywhere(place: Place, path: str) -> None:
    answer = await place.people.get(path, headers={"Host": "rebound.example.com"})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain"},
    ],
)
async def test_a_foreign_page_cannot_write(place: Place, headers: dict[str, str]) -> None:
    sent = {"Content-Type": "application/json", **headers}

    answer = await place.people.post("/local/limits", content='{"enabled":true}', headers=sent)

    assert answer.status_code == 403


async def test_the_own_page_can_write(place: Place) -> None:
    headers = {"Origin": place.telegram.base_url}

    answer = await place.people.post("/local/limits", json={"enabled": False}, headers=headers)

    assert answer.json() == {"enabled": False}


async def test_the_page_allows_no_foreign_or_inline_script(place: Place) -> None:
    answer = await place.people.get("/")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "http" not in answer.text.replace("http-equiv", "")


async def test_an_uploaded_page_is_downloaded_not_shown(place: Place) -> None:
    sent = await place.bot.send_document(place.owner, b"<script>1</script>", filename="a.html")
    assert sent.document is not None

    answer = await place.people.get(f"/local/files/{sent.document.file_id}")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("chats/5/messages", {"person_id": 100001, "text": "x"}, "there is no chat 5"),
        ("chats/100001/messages", {"person_id": 7, "text": "x"}, "there is no person 7"),
        ("chats/100001/messages", {"person_id": 100001, "text": " "}, "nothing to send"),
        ("chats/100001/upgrade", {}, "only a basic group"),
        ("chats/100001/topics", {"name": "x", "person_id": 100001}, "only a supergroup"),
        (
            "chats/100001/messages",
            {"person_id": 100001, "document": {"file_name": "a", "content_base64": "?"}},
            "not base64",
        ),
    ],
)
async def test_an_impossible_deed_is_explained(
    place: Place, path: str, body: dict[str, Any], words: str
) -> None:
    answer = await place.people.post(f"/local/{path}", json=body)

    assert answer.status_code == 400
    assert words in answer.json()["error"]


async def test_events_are_awaited_and_numbered(place: Place) -> None:
    start = (await place.get("state"))["last_event"]
    waiting = asyncio.create_task(place.get("events", after=start, wait_s=10))
    await asyncio.sleep(0.05)
    await place.say("hello")

    news = await asyncio.wait_for(waiting, 5)

    assert [event["kind"] for event in news["events"]] == ["message"]
    assert news["last"] == start + 1
    assert (await place.get("events", after=start + 99, wait_s=0))["reset"] is True


async def test_older_messages_come_in_pages(place: Place) -> None:
    for number in range(5):
        await place.say(str(number))

    newest = await place.get(f"chats/{place.owner}/messages", limit=2)
    before = await place.get(f"chats/{place.owner}/messages", limit=2, before_message_id=4)
    after = await place.get(f"chats/{place.owner}/messages", limit=9, after_message_id=4, wait_s=1)

    assert [m["text"] for m in newest["messages"]] == ["3", "4"]
    assert ([m["text"] for m in before["messages"]], before["has_more"]) == (["1", "2"], True)
    assert [m["text"] for m in after["messages"]] == ["4"]
