"""Groups, topics, membership, settings, roles and rights as chats see them."""

from datetime import timedelta

import httpx
import pytest

from schemas.settings import AnswerSettings, RateSettings
from tests.e2e.conftest import Town, View, data_of, open_town, until
from tests.e2e.news import NOW
from tests.e2e.places import Place


async def group_of(town: Town, **more: object) -> tuple[int, int]:
    """Make a group; gives its id and its owner's."""
    ada = await town.person()
    return int((await town.group(ada, **more))["id"]), ada


async def bot_name(town: Town) -> str:
    return str((await town.get("/state"))["bot"]["username"])


async def stored_settings(town: Town, chat_id: int) -> dict[str, object]:
    async with town.desk.store.transaction(is_write=False) as work:
        chat = await work.chats.get(str(chat_id))
    assert chat is not None
    return chat.settings.model_dump()


async def test_a_group_is_answered_with_and_without_the_bots_name(town: Town) -> None:
    group, ada = await group_of(town)
    name = await bot_name(town)

    plain = await town.ask(ada, "/trends 24h", chat=group)
    named = await town.ask(ada, f"/trends@{name} 1w", chat=group)

    assert plain["text"].startswith("Trends · 24 hours")
    assert named["text"].startswith("Trends · 1 week")
    assert named["reply_to_message"]["text"] == f"/trends@{name} 1w"


async def test_a_command_to_another_bot_and_talk_in_a_group_are_left_alone(town: Town) -> None:
    group, ada = await group_of(town)
    first = await town.say(ada, "/trends@some_other_bot 24h", chat=group)
    await town.say(ada, "what a storm", chat=group)

    await town.ask(ada, "/help", chat=group)

    said = await town.replies(group, after=first)
    assert [m["text"].splitlines()[0] for m in said] == ["What I can do"]


async def test_a_forum_topic_is_answered_in_the_topic(town: Town) -> None:
    ada = await town.person()
    forum = await town.group(ada, kind="supergroup", topics=["News", "Talk"])
    topic = forum["topics"][1]["id"]

    answer = await town.ask(ada, "/trends 1w", chat=forum["id"], message_thread_id=topic)

    assert answer["message_thread_id"] == topic


async def test_a_blocked_bot_stops_and_comes_back(town: Town) -> None:
    ada = await town.person()
    await town.ask(ada, "/help")

    async def state() -> str | None:
        async with town.desk.store.transaction(is_write=False) as work:
            chat = await work.chats.get(str(ada))
        return chat.state if chat else None

    async def is_state(wanted: str) -> bool | None:
        return True if await state() == wanted else None

    await town.post(f"/chats/{ada}/bot", rank="kicked", person_id=ada)
    await until(lambda: is_state("blocked"))
    await town.post(f"/chats/{ada}/bot", rank="member", person_id=ada)
    await until(lambda: is_state("active"))

    assert (await town.ask(ada, "/help"))["text"]


async def test_a_group_that_adds_the_bot_is_greeted(town: Town) -> None:
    group, ada = await group_of(town)
    await town.post(f"/chats/{group}/bot", rank="kicked", person_id=ada)
    last = (await town.messages(group))[-1]["message_id"]

    await town.post(f"/chats/{group}/bot", rank="member", person_id=ada)

    (hello,) = await town.replies(group, after=last)
    assert "/trends" in hello["text"]


async def test_settings_and_buttons_survive_a_migration(town: Town) -> None:
    group, ada = await group_of(town)
    await town.ask(ada, "/settings Asia/Tokyo", chat=group)

    upgraded = (await town.post(f"/chats/{group}/upgrade"))["id"]
    answer = await town.ask(ada, "/trends 1w", chat=upgraded)

    assert (await stored_settings(town, upgraded))["tz"] == "Asia/Tokyo"
    assert answer["text"].startswith("Trends")


async def forged(town: Town, chat: int, data: str) -> View:
    """Let a message of the bot with a button of another chat stand in `chat`."""
    async with httpx.AsyncClient(trust_env=False) as http:
        reply = await http.post(
            f"{town.api_root}/bot{town.token}/sendMessage",
            json={
                "chat_id": chat,
                "text": "forwarded",
                "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": data}]]},
            },
        )
    view: View = reply.json()["result"]
    return view


async def test_a_stranger_gets_nothing_from_a_button_of_another_chat(town: Town) -> None:
    ada, bob = await town.person("Ada"), await town.person("Bob")
    answer = await town.ask(ada, "/trends 24h")
    explain = next(data for data in data_of(answer) if data.startswith("v1:ex:"))
    message = await forged(town, bob, explain)

    toast = await town.press(bob, message, "v1:ex:")

    assert toast["text"]
    assert (await town.message(bob, message["message_id"]))["text"] == "forwarded"


async def test_a_button_of_a_deleted_answer_says_so(town: Town) -> None:
    ada = await town.person()
    answer = await town.ask(ada, "/trends 24h")
    async with town.desk.store.transaction() as work:
        await work.runs.purge(before=NOW + timedelta(days=1), limit=100)

    said = await town.press(ada, answer, "v1:ex:")

    async def told() -> bool | None:
        now = await town.messages(ada, after=answer["message_id"])
        same = await town.message(ada, answer["message_id"])
        return True if said["text"] or now or same["text"] != answer["text"] else None

    assert await until(told)


async def test_a_button_that_no_version_knows_is_answered_calmly(town: Town) -> None:
    ada = await town.person()
    message = await forged(town, ada, "v9:zz:nonsense")

    assert (await town.press(ada, message, "v9:"))["text"]


async def test_a_button_without_an_answer_behind_it_asks_anew(town: Town) -> None:
    ada = await town.person()
    message = await forged(town, ada, "v1:wi:0:1w")

    await town.press(ada, message, "v1:wi:0")
    (answer,) = await town.replies(ada, after=message["message_id"])

    assert answer["text"].startswith("Trends · 1 week")


async def test_a_button_works_after_a_restart(place: Place) -> None:
    async with open_town(place) as town:
        ada = await town.person()
        answer = await town.ask(ada, "/trends 24h")

    async with open_town(place) as town:
        await town.press(ada, answer, "v1:ex:")

        assert (await town.changed(ada, answer))["text"] != answer["text"]


async def test_over_the_rate_there_is_one_calm_line(place: Place) -> None:
    async with open_town(place, rate=RateSettings()) as town:
        ada = await town.person()
        first = await town.say(ada, "/trends 24h")
        for _ in range(5):
            await town.say(ada, "/trends 24h")

        said = await town.replies(ada, after=first, n=4)
        await town.ask(ada, "/help")

        calm = [m["text"] for m in await town.replies(ada, after=first) if "wait" in m["text"]]
        assert (len(said), len(calm)) == (4, 1)
        assert await town.refusals() == []


async def test_a_tap_over_the_rate_is_told_in_its_toast(place: Place) -> None:
    async with open_town(place, rate=RateSettings(person_burst=1)) as town:
        ada = await town.person(lang="ru")
        answer = await town.ask(ada, "/trends 24h")

        toast = await town.press(ada, answer, "v1:re:")

        assert "Подождите" in toast["text"]


async def test_settings_are_one_screen_that_is_edited(town: Town) -> None:
    ada = await town.person()
    screen = await town.ask(ada, "/settings")

    await town.press(ada, screen, "s1:lang")
    languages = await town.changed(ada, screen)
    await town.press(ada, languages, "s1:lang:ru")
    russian = await town.changed(ada, languages)
    await town.press(ada, russian, "s1:win")
    windows = await town.changed(ada, russian)
    await town.press(ada, windows, "s1:win:1w")
    done = await town.changed(ada, windows)

    assert done["message_id"] == screen["message_id"]
    assert done["text"].startswith("Настройки")
    assert (await town.ask(ada, "/trends"))["text"].startswith("Тренды · 1 неделя")


async def test_a_new_chat_begins_with_the_window_of_the_desk(place: Place) -> None:
    async with open_town(place, answer=AnswerSettings(default_window="3d")) as town:
        ada = await town.person()

        assert (await town.ask(ada, "/trends"))["text"].startswith("Trends · 3 days")


async def test_privacy_mode_is_one_tap(town: Town) -> None:
    ada = await town.person()
    screen = await town.ask(ada, "/settings")

    await town.press(ada, screen, "s1:priv:on")
    await town.changed(ada, screen)

    assert (await stored_settings(town, ada))["is_private_mode"] is True


@pytest.mark.parametrize("words", ["/settings tokyo", "Asia/Tokyo"])
async def test_a_time_zone_can_be_written(town: Town, words: str) -> None:
    ada = await town.person()

    answer = await town.ask(ada, words)

    assert "Asia/Tokyo · 21:00" in answer["text"]


async def test_an_unknown_time_zone_gets_the_nearest_one(town: Town) -> None:
    ada = await town.person()

    answer = await town.ask(ada, "/settings Europe/Berln")

    assert "/settings Europe/Berlin" in answer["text"]


async def test_only_administrators_change_a_groups_settings(town: Town) -> None:
    group, ada = await group_of(town)
    bob = await town.person("Bob")
    await town.post(f"/chats/{group}/members", person_id=bob, rank="member")
    screen = await town.ask(bob, "/settings", chat=group)

    refused = await town.press(bob, screen, "s1:priv:on", chat=group)
    await town.press(ada, screen, "s1:priv:on", chat=group)
    await town.changed(group, screen)

    assert "administrators" in refused["text"]
    assert (await stored_settings(town, group))["is_private_mode"] is True


async def test_an_anonymous_administrator_is_an_administrator(town: Town) -> None:
    group, ada = await group_of(town, kind="supergroup")

    await town.ask(ada, "/settings Europe/Berlin", chat=group, anonymous=True)

    assert (await stored_settings(town, group))["tz"] == "Europe/Berlin"


async def test_the_person_of_the_page_owns_the_desk_and_adds_operators(town: Town) -> None:
    bob = await town.person("Bob")

    asked = await town.ask(town.owner_id, f"/settings operator {bob}")
    await town.press(town.owner_id, asked, "s1:opadd:")
    listed = await town.changed(town.owner_id, asked)
    await town.press(town.owner_id, listed, "s1:opdel:")
    emptied = await town.changed(town.owner_id, listed)

    assert "Bob" in asked["text"]
    assert str(bob) in listed["text"]
    assert str(bob) not in emptied["text"]


async def test_somebody_else_cannot_add_operators(town: Town) -> None:
    bob = await town.person("Bob")

    answer = await town.ask(bob, f"/settings operator {bob}")

    assert answer["text"].startswith("Only the owner")


async def test_a_claim_link_works_once(town: Town) -> None:
    ada, bob = await town.person("Ada"), await town.person("Bob")
    token = await town.desk.chats.claim_token()

    mine = await town.ask(ada, f"/start claim_{token}")
    late = await town.ask(bob, f"/start claim_{token}")

    assert mine["text"].startswith("This desk is yours")
    assert late["text"].startswith("This link has been used")


async def test_forget_asks_and_then_deletes_everything_of_a_person(town: Town) -> None:
    ada = await town.person()
    answer = await town.ask(ada, "/trends 24h")

    sure = await town.ask(ada, "/forget")
    await town.press(ada, sure, "s1:forget:yes")
    done = await town.changed(ada, sure)

    async with town.desk.store.transaction(is_write=False) as work:
        run_id = data_of(answer)[0].split(":")[2]
        assert await work.runs.get(run_id) is None
        assert await work.chats.get(str(ada)) is None
    assert done["text"].startswith("Done")
    assert data_of(done) == []


async def test_forget_can_be_called_off(town: Town) -> None:
    ada = await town.person()
    sure = await town.ask(ada, "/forget")

    await town.press(ada, sure, "s1:forget:no")

    assert (await town.changed(ada, sure))["text"] == "Nothing was deleted."


async def test_a_chat_that_is_not_allowed_is_told_once_and_not_stored(place: Place) -> None:
    async with open_town(place, allowed_chats=frozenset({"1"})) as town:
        ada = await town.person()
        first = await town.say(ada, "/trends 24h")
        await town.say(ada, "/help")

        (calm,) = await town.replies(ada, after=first)

        async with town.desk.store.transaction(is_write=False) as work:
            assert await work.chats.get(str(ada)) is None
        assert str(ada) in calm["text"]
