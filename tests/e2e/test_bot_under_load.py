"""Many people at once, long work, failures, and a Telegram that is away."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot_service.local_telegram.server import LocalTelegram
from bot_service.telegram.app import TelegramBot
from core.errors import SettingError
from schemas.settings import ModelSettings
from services.wiring import open_desk
from tests.e2e.conftest import Town, button_of, data_of, open_town, settings_for, until
from tests.e2e.places import Place
from tests.folders import copy_folder

pytestmark = pytest.mark.slow

SLOW_S = 1.0
MODES = ("keywords", "sentiment", "topics")
WORDS = ("storm", "rates", "bridge", "probe", "comet", "valley", "pictures")


def slow_model(seconds: float = SLOW_S) -> dict[str, Any]:
    model = ModelSettings(routes={"compose": ("scripted",)}, scripted_delay_s=seconds)
    return {"models": "on", "model": model}


async def test_two_people_do_not_wait_for_each_other(place: Place) -> None:
    async with open_town(place, **slow_model(3.0)) as town:
        ada, bob = await town.person("Ada"), await town.person("Bob")
        asked = await town.say(ada, "/trends 24h")

        await town.ask(bob, "/help")

        assert [m for m in await town.messages(ada, after=asked) if m["from"]["is_bot"]] == []
        assert await town.replies(ada, after=asked)
        assert await town.refusals() == []


async def test_messages_of_one_chat_are_answered_in_order(place: Place) -> None:
    async with open_town(place, **slow_model()) as town:
        ada = await town.person()
        first = await town.say(ada, "/trends 24h")
        await town.say(ada, "/help")

        said = await town.replies(ada, after=first, n=2)

        assert [m["text"].split()[0] for m in said] == ["Trends", "What"]


async def test_twenty_people_at_once_are_all_answered_without_a_flood(place: Place) -> None:
    """One after the other they would take twenty seconds of the model's time alone."""
    async with open_town(place, **slow_model()) as town:
        people = [await town.person(f"Person {n}") for n in range(20)]
        await town.ask(people[0], "/trends 6h")
        began = time.monotonic()

        asked = [f"/analyze {mode} {word} 1w" for word in WORDS for mode in MODES][:20]
        answers = await asyncio.gather(*map(town.ask, people, asked))

        assert all(button_of(answer, "v1:ex:") for answer in answers)
        assert time.monotonic() - began < 20 * SLOW_S
        assert await town.refusals() == []


async def test_long_work_shows_a_draft_and_then_a_real_message(embedded: Place) -> None:
    async with open_town(embedded, **slow_model(2.0)) as town:
        ada = await town.person()

        answer = await town.ask(ada, "/trends 24h")

        events = (await town.get("/events?after=0&wait_s=0"))["events"]
        kinds = {e["kind"] for e in events if e["chat_id"] == ada}
        assert {"action", "draft", "message"} <= kinds
        assert answer["text"].startswith("Trends")


async def test_long_work_in_a_group_leaves_nothing_but_the_answer(embedded: Place) -> None:
    async with open_town(embedded, **slow_model(2.5)) as town:
        ada = await town.person()
        group = (await town.group(ada))["id"]
        asked = await town.say(ada, "/trends 24h", chat=group)

        async def only_the_answer() -> list[str] | None:
            said = [m["text"] for m in await town.messages(group, after=asked)]
            return said if said and said[-1].startswith("Trends") and len(said) == 1 else None

        assert await until(only_the_answer)
        assert await town.refusals() == []


async def test_a_slow_tap_is_acknowledged_at_once(embedded: Place) -> None:
    async with open_town(embedded, **slow_model(2.0)) as town:
        ada = await town.person()
        answer = await town.ask(ada, "/trends 24h")

        await town.press(ada, answer, "v1:wi:")
        meanwhile = await town.message(ada, answer["message_id"])

        assert meanwhile["text"] == answer["text"]
        assert (await town.changed(ada, answer))["text"] != answer["text"]


async def test_a_failure_is_told_in_words_and_retry_repeats_the_command(
    town: Town, place: Place
) -> None:
    ada = await town.person(lang="ru")
    await town.ask(ada, "/help")

    async with place.without("chat"):
        failed = await town.ask(ada, "/help")
    await town.press(ada, failed, "s1:again")
    (helped,) = await town.replies(ada, after=failed["message_id"])

    assert failed["text"].startswith("У меня что-то сломалось")
    assert data_of(failed) == ["s1:again"]
    assert helped["text"].startswith("Что я умею")


async def test_an_answer_cut_off_by_a_crash_comes_after_the_restart(
    embedded: Place, tmp_path: Path
) -> None:
    """The folders are copied in the middle of an answer: what a killed process leaves behind."""
    crashed = tmp_path / "crashed"
    async with open_town(embedded, **slow_model(4.0)) as town:
        ada = await town.person()
        asked = await town.say(ada, "/trends 24h")

        async def is_working() -> bool | None:
            events = (await town.get("/events?after=0&wait_s=0"))["events"]
            return True if any(e["kind"] == "action" for e in events) else None

        await until(is_working)
        copy_folder(embedded.folder, crashed / "data")
        copy_folder(tmp_path / "telegram", crashed / "telegram")

    async with open_town(Place(crashed / "data")) as town:
        answer = (await town.replies(ada, after=asked))[0]

        assert answer["text"].startswith("Trends")


async def test_a_bot_starts_when_telegram_comes_back(embedded: Place, tmp_path: Path) -> None:
    local = LocalTelegram(tmp_path / "telegram")
    await local.start(port=0)
    port, token = int(local.base_url.rsplit(":", 1)[1]), local.token
    await local.aclose()
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(open_desk(settings_for(embedded)))
        bot = TelegramBot(desk, token=token, api_root=f"http://127.0.0.1:{port}")
        back = LocalTelegram(tmp_path / "telegram")
        stack.push_async_callback(back.aclose)
        stack.push_async_callback(bot.stop)

        await bot.start()
        away = bot.poll_age_s()
        await back.start(port=port)

        async def polled() -> float | None:
            return bot.poll_age_s()

        assert away is None
        assert await until(polled) < 30


async def test_a_wrong_token_stops_the_start_and_is_not_shown(embedded: Place) -> None:
    async with open_town(embedded, bot_starts=False) as town:
        wrong = TelegramBot(town.desk, token="12345:wrong-token-wrong", api_root=town.api_root)

        with pytest.raises(SettingError, match="TELEGRAM_BOT_TOKEN") as caught:
            await wrong.start()
        await wrong.stop()

        assert "wrong-token" not in str(caught.value)
