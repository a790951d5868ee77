"""People, groups and topics as a bot meets them on the local Telegram."""

import httpx
import pytest
from telegram import (
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden

from tests.unit.local_telegram.conftest import Place


async def take_updates(place: Place, *, timeout_s: int = 0) -> tuple[Update, ...]:
    """Fetch what waits and confirm it."""
    updates = await place.bot.get_updates(timeout=timeout_s)
    if updates:
        await place.bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


async def test_a_person_who_never_wrote_cannot_be_reached(place: Place) -> None:
    person = await place.post("people", name="Ann", open_chat=False)

    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await place.bot.send_message(person["id"], "x")


async def test_a_kicked_bot_may_not_write(place: Place) -> None:
    group = await place.post("groups", title="G", owner_id=place.owner, kind="supergroup")
    await place.post(f"chats/{group['id']}/bot", rank="kicked", person_id=place.owner)

    with pytest.raises(Forbidden, match="kicked from the supergroup chat"):
        await place.bot.send_message(group["id"], "x")


async def test_a_bot_that_left_may_not_write(place: Place) -> None:
    group = await place.post("groups", title="G", owner_id=place.owner)

    assert await place.bot.leave_chat(group["id"])

    with pytest.raises(Forbidden, match="not a member of the group chat"):
        await place.bot.send_message(group["id"], "x")


async def test_an_upgraded_group_names_its_new_id(place: Place) -> None:
    group = await place.post("groups", title="G", owner_id=place.owner)
    await take_updates(place)

    new = await place.post(f"chats/{group['id']}/upgrade")

    with pytest.raises(ChatMigrated) as caught:
        await place.bot.send_message(group["id"], "x")
    assert caught.value.new_chat_id == new["id"]
    await place.bot.send_message(new["id"], "x")
    told = [u.message for u in await take_updates(place) if u.message]
    assert [m.migrate_to_chat_id or m.migrate_from_chat_id for m in told] == [
        new["id"],
        group["id"],
    ]


async def test_a_forum_topic_is_written_to_and_read_from(place: Place) -> None:
    forum = await place.post(
        "groups", title="F", owner_id=place.owner, kind="supergroup", topics=["A", "B"]
    )
    topic = forum["topics"][1]["id"]
    await take_updates(place)
    body = {"person_id": place.owner, "text": "/trends", "message_thread_id": topic}
    await place.post(f"chats/{forum['id']}/messages", **body)

    (update,) = await take_updates(place)
    message = update.message
    assert message is not None
    assert (message.message_thread_id, message.is_topic_message) == (topic, True)
    answer = await place.bot.send_message(forum["id"], "x", message_thread_id=topic)
    assert answer.message_thread_id == topic
    with pytest.raises(BadRequest, match="Message thread not found"):
        await place.bot.send_message(forum["id"], "x", message_thread_id=999)


async def test_in_a_group_the_bot_sees_what_concerns_it(place: Place) -> None:
    group = await place.post("groups", title="G", owner_id=place.owner)
    own = await place.bot.send_message(group["id"], "hello")
    await take_updates(place)
    for text in ("chatter", "/trends", "/x@other_bot", "/y@newsdesk_bot", "hi @newsdesk_bot"):
        await place.say(text, chat_id=group["id"])
    reply = {"person_id": place.owner, "text": "thanks", "reply_to_message_id": own.message_id}
    await place.post(f"chats/{group['id']}/messages", **reply)

    seen = [u.message.text for u in await take_updates(place) if u.message]

    assert seen == ["/trends", "/y@newsdesk_bot", "hi @newsdesk_bot", "thanks"]


async def test_an_admin_bot_sees_all_of_a_group(place: Place) -> None:
    group = await place.post("groups", title="G", owner_id=place.owner)
    await place.post(f"chats/{group['id']}/bot", rank="administrator", person_id=place.owner)
    await take_updates(place)
    await place.say("chatter", chat_id=group["id"])

    assert len(await take_updates(place)) == 1


async def test_ranks_of_members_can_be_asked(place: Place) -> None:
    ann = await place.post("people", name="Ann")
    group = await place.post("groups", title="G", owner_id=place.owner, member_ids=[ann["id"]])
    bot, chat_id = place.bot, group["id"]

    ranks = [
        (await bot.get_chat_member(chat_id, user_id)).status
        for user_id in (place.owner, ann["id"])
    ]
    await place.post(f"chats/{chat_id}/members", person_id=ann["id"], rank="administrator")
    admins = {member.status for member in await bot.get_chat_administrators(chat_id)}

    assert ranks == ["creator", "member"]
    assert admins == {"creator", "administrator"}
    assert await bot.get_chat_member_count(chat_id) == 3
    assert (await bot.get_chat(chat_id)).title == "G"


async def test_an_anonymous_admin_has_the_groups_face(place: Place) -> None:
    group = await place.post("groups", title="G", owner_id=place.owner)
    await take_updates(place)
    body = {"person_id": place.owner, "text": "/trends", "anonymous": True}
    await place.post(f"chats/{group['id']}/messages", **body)

    (update,) = await take_updates(place)

    assert update.message is not None
    assert update.message.sender_chat is not None
    assert update.message.sender_chat.id == group["id"]


async def test_a_reply_shows_what_it_answers(place: Place) -> None:
    asked = await place.say("question")

    answer = await place.bot.send_message(
        place.owner, "answer", reply_parameters=ReplyParameters(asked["message_id"])
    )

    assert answer.reply_to_message is not None
    assert answer.reply_to_message.text == "question"


async def test_a_dropped_file_reaches_the_bot(place: Place) -> None:
    document = {"file_name": "news.jsonl", "content_base64": "e30K", "mime_type": "text/plain"}
    body = {"person_id": place.owner, "text": "import", "document": document}
    await place.post(f"chats/{place.owner}/messages", **body)

    (update,) = await take_updates(place)

    assert update.message is not None
    assert update.message.document is not None
    assert update.message.caption == "import"
    file = await place.bot.get_file(update.message.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"{}\n"


async def test_a_persons_edit_reaches_the_bot(place: Place) -> None:
    sent = await place.say("/trend")
    await take_updates(place)

    await place.post(f"chats/{place.owner}/messages/{sent['message_id']}", text="/trends")

    (update,) = await take_updates(place)
    assert update.edited_message is not None
    assert update.edited_message.text == "/trends"


async def test_a_too_long_text_goes_as_several_messages(place: Place) -> None:
    body = {"person_id": place.owner, "text": "слово " * 1700}

    sent = (await place.post(f"chats/{place.owner}/messages", **body))["messages"]

    assert [len(one["text"]) <= 4096 for one in sent] == [True] * 3
    assert " ".join(one["text"] for one in sent) == ("слово " * 1700).strip()


async def test_a_refused_download_says_why(place: Place) -> None:
    async with httpx.AsyncClient(base_url=place.telegram.base_url) as client:
        wrong = await client.get(f"/file/bot{place.telegram.token}/../../etc/passwd")
        stranger = await client.get("/file/bot1:x/a/b")

    assert (wrong.status_code, stranger.status_code) == (404, 401)
