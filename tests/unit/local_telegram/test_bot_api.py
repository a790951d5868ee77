import asyncio
import json
import struct
import zlib
from typing import Any

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    Update,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken

from tests.unit.local_telegram.conftest import Place, bot_of

KEYS = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="v1:go")]])


def png(width: int = 6, height: int = 4) -> bytes:
    """A black picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\0" * width for _ in range(height)))
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def take_updates(place: Place, *, timeout_s: int = 0) -> tuple[Update, ...]:
    """Fetch what waits and confirm it."""
    updates = await place.bot.get_updates(timeout=timeout_s)
    if updates:
        await place.bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


async def refusals(place: Place) -> list[tuple[str, int, str]]:
    listed: list[dict[str, Any]] = await place.get("refusals")
    return [(one["method"], one["error_code"], one["description"]) for one in listed]


async def test_a_persons_text_reaches_the_bot_with_its_entities(place: Place) -> None:
    await place.say("/start claim_abc see https://a.org/x")

    (update,) = await take_updates(place)

    message = update.message
    assert message is not None
    assert message.text == "/start claim_abc see https://a.org/x"
    assert list(message.parse_entities().values()) == ["/start", "https://a.org/x"]
    assert message.from_user is not None
    assert message.from_user.language_code == "en"


async def test_text_with_entities_and_buttons_comes_back_as_sent(place: Place) -> None:
    bold = MessageEntity(MessageEntity.BOLD, 3, 4)
    quote = MessageEntity(MessageEntity.EXPANDABLE_BLOCKQUOTE, 8, 5)

    sent = await place.bot.send_message(
        place.owner, "😀 bold quote", entities=[bold, quote], reply_markup=KEYS
    )

    assert sent.text == "😀 bold quote"
    assert set(sent.entities) == {bold, quote}
    assert sent.reply_markup == KEYS


async def test_parse_modes_are_read(place: Place) -> None:
    html = await place.bot.send_message(place.owner, "<b>a</b>", parse_mode=ParseMode.HTML)
    marked = await place.bot.send_message(place.owner, "*a*", parse_mode=ParseMode.MARKDOWN_V2)

    assert html.text == marked.text == "a"
    assert html.entities == marked.entities
    with pytest.raises(BadRequest, match="parse entities"):
        await place.bot.send_message(place.owner, "1.5", parse_mode=ParseMode.MARKDOWN_V2)


async def test_a_long_poll_ends_with_the_first_update(place: Place) -> None:
    poll = asyncio.create_task(place.bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)

    await place.say("hello")

    (update,) = await asyncio.wait_for(poll, 5)
    assert update.message is not None


async def test_updates_stay_until_they_are_confirmed(place: Place) -> None:
    await place.say("one")
    await place.say("two")

    first = await place.bot.get_updates(limit=1)
    again = await place.bot.get_updates()
    rest = await place.bot.get_updates(offset=first[0].update_id + 1)

    assert [u.update_id for u in again] == [first[0].update_id, first[0].update_id + 1]
    assert [u.update_id for u in rest] == [first[0].update_id + 1]


async def test_only_allowed_kinds_of_updates_come(place: Place) -> None:
    await place.bot.get_updates(allowed_updates=["callback_query"])
    await place.say("not wanted")
    await place.bot.get_updates(allowed_updates=["message"])
    await place.say("wanted")

    (update,) = await place.bot.get_updates()

    assert update.message is not None
    assert update.message.text == "wanted"


async def test_a_second_poller_ends_the_first(place: Place) -> None:
    first = asyncio.create_task(place.bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)

    async with bot_of(place.telegram) as other:
        assert await other.get_updates(timeout=0) == ()

    with pytest.raises(Conflict, match="other getUpdates request"):
        await asyncio.wait_for(first, 5)


async def test_a_poller_that_hangs_up_is_no_second_poller(place: Place) -> None:
    first = asyncio.create_task(place.bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    first.cancel()

    async with bot_of(place.telegram) as other:
        await place.say("for the next one")
        (update,) = await other.get_updates(timeout=5)

    assert update.message is not None
    await asyncio.sleep(0.15)
    assert await refusals(place) == []


async def test_pending_updates_can_be_dropped(place: Place) -> None:
    await place.say("old")
    assert (await place.bot.get_webhook_info()).pending_update_count == 1

    await place.bot.delete_webhook(drop_pending_updates=True)

    assert await place.bot.get_updates() == ()


async def test_a_webhook_is_refused_clearly(place: Place) -> None:
    with pytest.raises(BadRequest, match=r"(?i)getUpdates only"):
        await place.bot.set_webhook("https://example.com/hook")


async def test_a_press_reaches_the_bot_and_its_answer_the_person(place: Place) -> None:
    sent = await place.bot.send_message(place.owner, "menu", reply_markup=KEYS)
    body = {"person_id": place.owner, "message_id": sent.message_id, "data": "v1:go"}
    press = asyncio.create_task(place.post(f"chats/{place.owner}/presses", **body))
    (update,) = await take_updates(place, timeout_s=5)

    query = update.callback_query
    assert query is not None
    assert query.data == "v1:go"
    await place.bot.answer_callback_query(query.id, "done", show_alert=True)

    answer = await press
    assert answer == {"answered": True, "text": "done", "show_alert": True, "url": None}


async def test_a_press_without_an_answer_ends(place: Place) -> None:
    sent = await place.bot.send_message(place.owner, "menu", reply_markup=KEYS)
    body = {"person_id": place.owner, "message_id": sent.message_id, "data": "v1:go"}

    answer = await place.post(f"chats/{place.owner}/presses", **body, timeout_s=0.05)

    assert answer["answered"] is False


async def test_an_old_press_cannot_be_answered(place: Place) -> None:
    sent = await place.bot.send_message(place.owner, "menu", reply_markup=KEYS)
    body = {"person_id": place.owner, "message_id": sent.message_id, "data": "v1:go"}
    await place.post(f"chats/{place.owner}/presses", **body, timeout_s=0)
    (update,) = await take_updates(place)
    await place.post("clock", speed=1000)
    await asyncio.sleep(0.1)

    assert update.callback_query is not None
    with pytest.raises(BadRequest, match="too old"):
        await place.bot.answer_callback_query(update.callback_query.id)


async def test_a_message_is_edited_in_place(place: Place) -> None:
    sent = await place.bot.send_message(place.owner, "before", reply_markup=KEYS)

    edited = await place.bot.edit_message_text("after", place.owner, sent.message_id)

    assert isinstance(edited, type(sent))
    assert edited.text == "after"
    assert edited.reply_markup is None
    assert edited.edit_date is not None
    listed = await place.get(f"chats/{place.owner}/messages")
    assert [one["text"] for one in listed["messages"]] == ["after"]


async def test_edits_that_telegram_refuses(place: Place) -> None:
    sent = await place.bot.send_message(place.owner, "same", reply_markup=KEYS)
    theirs = await place.say("mine")
    bot, owner = place.bot, place.owner

    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("same ", owner, sent.message_id, reply_markup=KEYS)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_reply_markup(owner, sent.message_id, reply_markup=KEYS)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", owner, 999)
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("x", owner, theirs["message_id"])
    assert len(await refusals(place)) == 4


async def test_deleting_a_message(place: Place) -> None:
    sent = await place.bot.send_message(place.owner, "gone")

    assert await place.bot.delete_message(place.owner, sent.message_id)

    with pytest.raises(BadRequest, match="Message to delete not found"):
        await place.bot.delete_message(place.owner, sent.message_id)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"text": " "}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "x", "reply_markup": '{"inline_keyboard":[[{"text":"a"}]]}'}, "Text buttons"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
        ({"text": "x", "message_thread_id": 5}, "message thread not found"),
        ({"text": "x", "reply_parameters": {"message_id": 77}}, "message to be replied not found"),
        ({"text": "x", "chat_id": 4}, "chat not found"),
        ({"text": "x", "chat_id": "@nobody"}, "chat not found"),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        ({"text": "\ud800"}, "strings must be encoded in UTF-8"),
    ],
)
async def test_a_refused_message_has_telegrams_words(
    place: Place, values: dict[str, Any], words: str
) -> None:
    body = {"chat_id": place.owner, **values}

    answer = await place.people.post(
        f"/bot{place.telegram.token}/sendMessage",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 400
    assert answer.json()["error_code"] == 400
    assert words in answer.json()["description"]
    assert len(await refusals(place)) == 1


async def test_requests_come_as_query_form_or_json(place: Place) -> None:
    url = f"/bot{place.telegram.token}/sendMessage"
    body = {"chat_id": str(place.owner), "text": "x"}

    answers = [
        await place.people.get(url, params=body),
        await place.people.post(url, data=body),
        await place.people.post(url, json=body),
        await place.people.post(url, data=body, files={"extra": b"x"}),
    ]

    assert [answer.json()["result"]["text"] for answer in answers] == ["x"] * 4


async def test_bytes_that_are_not_utf8_are_refused(place: Place) -> None:
    answer = await place.people.post(
        f"/bot{place.telegram.token}/sendMessage",
        content=f"chat_id={place.owner}&text=%ff",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.json()["description"] == "Bad Request: strings must be encoded in UTF-8"


async def test_an_unknown_method_and_a_wrong_token_are_told_apart(place: Place) -> None:
    unknown = await place.people.get(f"/bot{place.telegram.token}/sendLove")
    stranger = await place.people.get("/bot1:wrong/getMe")

    assert (unknown.status_code, unknown.json()["ok"]) == (404, False)
    assert stranger.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    impostor = Bot("1:wrong", base_url=f"{place.telegram.base_url}/bot")
    with pytest.raises(InvalidToken, match="rejected by the server"):
        await impostor.initialize()
    await impostor.shutdown()


async def test_pictures_and_files_are_kept_and_sent_again_by_id(place: Place) -> None:
    photo = (await place.bot.send_photo(place.owner, png(), caption="a *chart*")).photo[0]
    document = (await place.bot.send_document(place.owner, b"text", filename="../a.txt")).document

    again = await place.bot.send_photo(place.owner, photo.file_id)
    assert document is not None
    file = await place.bot.get_file(document.file_id)

    assert (photo.width, photo.height) == (6, 4)
    assert again.photo[0].file_unique_id == photo.file_unique_id
    assert document.file_name == "a.txt"
    assert bytes(await file.download_as_bytearray()) == b"text"


@pytest.mark.parametrize("content", [b"no picture", png(9000, 2000), png(500, 4)])
async def test_a_bad_picture_is_refused(place: Place, content: bytes) -> None:
    with pytest.raises(BadRequest, match=r"(?i)image_process_failed|photo_invalid_dimensions"):
        await place.bot.send_photo(place.owner, content)


async def test_a_caption_may_have_1024_characters(place: Place) -> None:
    with pytest.raises(BadRequest, match="caption is too long"):
        await place.bot.send_photo(place.owner, png(), caption="x" * 1025)


async def test_drafts_and_actions_are_for_the_page_only(place: Place) -> None:
    assert await place.bot.send_message_draft(place.owner, 7, "half an ans")
    assert await place.bot.send_chat_action(place.owner, ChatAction.TYPING)

    kinds = [event["kind"] for event in (await place.get("events", wait_s=0))["events"]]
    assert kinds == ["draft", "action"]
    assert (await place.get(f"chats/{place.owner}/messages"))["messages"] == []


async def test_a_draft_is_refused_outside_of_private_chats(place: Place) -> None:
    group = await place.post("groups", title="G", owner_id=place.owner)

    with pytest.raises(BadRequest, match=r"(?i)textdraft_peer_invalid"):
        await place.bot.send_message_draft(group["id"], 7, "x")


async def test_commands_are_kept_by_scope_and_language(place: Place) -> None:
    english, russian = BotCommand("trends", "News now"), BotCommand("trends", "Новости сейчас")
    await place.bot.set_my_commands([english])
    await place.bot.set_my_commands(
        [russian], scope=BotCommandScopeAllPrivateChats(), language_code="ru"
    )

    assert await place.bot.get_my_commands() == (english,)
    state = await place.get("state")
    await place.post(f"people/{place.owner}/language", language_code="ru")
    changed = await place.get("state")
    assert state["chats"][0]["commands"] == [english.to_dict()]
    assert changed["chats"][0]["commands"] == [russian.to_dict()]
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await place.bot.set_my_commands([BotCommand("Bad Name", "x")])


async def test_descriptions_are_kept_by_language(place: Place) -> None:
    await place.bot.set_my_description("News with evidence")
    await place.bot.set_my_short_description("Новости", language_code="ru")

    assert (await place.bot.get_my_description("ru")).description == "News with evidence"
    assert (await place.bot.get_my_short_description("ru")).short_description == "Новости"
    assert (await place.get("state"))["bot"]["description"] == "News with evidence"


async def test_a_block_and_its_end_are_told_and_felt(place: Place) -> None:
    await place.post(f"chats/{place.owner}/bot", rank="kicked", person_id=place.owner)

    with pytest.raises(Forbidden, match="blocked by the user"):
        await place.bot.send_message(place.owner, "x")
    await place.post(f"chats/{place.owner}/bot", rank="member", person_id=place.owner)
    await place.bot.send_message(place.owner, "back")
    updates = await take_updates(place)
    assert [u.my_chat_member and u.my_chat_member.new_chat_member.status for u in updates] == [
        "kicked",
        "member",
    ]
