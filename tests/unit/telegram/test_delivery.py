import asyncio

import pytest
from aiolimiter import AsyncLimiter
from telegram import Message

from bot_service.telegram.delivery import MAX_TOAST, _toast
from bot_service.telegram.places import Place
from core.errors import TelegramRefused
from core.rendering.richtext import Bold, Line, flatten
from schemas.runs import Button, Entity, RichText
from tests.unit.telegram.conftest import Post

ROWS = ((Button(text="Explain", data="v1:ex:abc"), Button(text="Open", url="https://a.example")),)


async def shown_message(post: Post, chat_id: int, message_id: int) -> Message:
    """Give a message of the bot's as Telegram gives it with a tap."""
    views = await post.messages(chat_id)
    view = next(v for v in views if v["message_id"] == message_id)
    message = Message.de_json(view, post.bot)
    assert message is not None
    return message


async def test_a_message_arrives_with_entities_and_buttons(post: Post) -> None:
    words = flatten((Line(Bold("Новости 📈")), Line("plain")))

    await post.delivery.send(Place(post.owner_id), words, ROWS)

    shown = (await post.messages(post.owner_id))[-1]
    assert (shown["text"], shown["entities"][0]["length"]) == ("Новости 📈\nplain", 10)
    assert [b["text"] for b in shown["reply_markup"]["inline_keyboard"][0]] == ["Explain", "Open"]
    assert await post.refused() == []


async def test_a_long_message_keeps_its_buttons_under_the_last_part(post: Post) -> None:
    words = RichText(text="\n".join(f"line {n} of a long answer" for n in range(400)))

    sent = await post.delivery.send(Place(post.owner_id), words, ROWS)

    shown = [m for m in await post.messages(post.owner_id) if m["message_id"] in sent]
    assert len(sent) == len(shown) == 3
    assert ["reply_markup" in m for m in shown] == [False, False, True]


async def test_an_answer_stays_in_its_forum_topic(post: Post) -> None:
    forum = await post.post(
        "/groups", title="Desk", owner_id=post.owner_id, kind="supergroup", topics=["News"]
    )
    topic = forum["topics"][0]["id"]
    place = Place(forum["id"], is_group=True, thread_id=topic)

    await post.delivery.send(place, RichText(text="here"))

    assert (await post.messages(forum["id"]))[-1]["message_thread_id"] == topic


async def test_an_answer_to_a_deleted_topic_goes_to_the_general_one(post: Post) -> None:
    forum = await post.post(
        "/groups", title="Desk", owner_id=post.owner_id, kind="supergroup", topics=["News"]
    )

    await post.delivery.send(
        Place(forum["id"], is_group=True, thread_id=999), RichText(text="here"), ROWS
    )

    last = (await post.messages(forum["id"]))[-1]
    assert (last["text"], "message_thread_id" in last, "reply_markup" in last) == (
        "here", False, True,
    )  # fmt: skip


async def test_refused_entities_cost_neither_words_nor_buttons(post: Post) -> None:
    broken = RichText(text="words", entities=(Entity(type="no_such_style", offset=0, length=5),))

    await post.delivery.send(Place(post.owner_id), broken, ROWS)

    last = (await post.messages(post.owner_id))[-1]
    assert (last["text"], "reply_markup" in last) == ("words", True)
    assert len(await post.refused()) == 1


async def test_a_message_that_no_form_saves_is_an_error(post: Post) -> None:
    wrong = ((Button(text="x", data="d" * 65),),)

    with pytest.raises(TelegramRefused, match="refused a message"):
        await post.delivery.send(Place(post.owner_id), RichText(text="words"), wrong)

    assert post.sends("refused") == 1


async def test_an_edit_changes_words_and_buttons_in_place(post: Post) -> None:
    place = Place(post.owner_id)
    (message_id,) = await post.delivery.send(place, RichText(text="before"), ROWS)
    shown = await shown_message(post, post.owner_id, message_id)

    await post.delivery.edit(place, shown, RichText(text="after"))

    last = (await post.messages(post.owner_id))[-1]
    assert (last["message_id"], last["text"]) == (message_id, "after")
    assert "reply_markup" not in last


async def test_an_edit_that_changes_nothing_is_not_sent(post: Post) -> None:
    place, words = Place(post.owner_id), flatten((Bold("same"), " https://a.example"))
    (message_id,) = await post.delivery.send(place, words, ROWS)
    shown = await shown_message(post, post.owner_id, message_id)

    edited = await post.delivery.edit(place, shown, words, ROWS)

    assert (edited, await post.refused()) == ((message_id,), [])


async def test_not_modified_is_no_failure(post: Post) -> None:
    place = Place(post.owner_id)
    (message_id,) = await post.delivery.send(place, RichText(text="one"))
    stale = await shown_message(post, post.owner_id, message_id)
    await post.delivery.edit(place, stale, RichText(text="two"))

    assert await post.delivery.edit(place, stale, RichText(text="two")) == (message_id,)


async def test_editing_a_deleted_message_sends_a_new_one(post: Post) -> None:
    place = Place(post.owner_id)
    (message_id,) = await post.delivery.send(place, RichText(text="gone soon"))
    shown = await shown_message(post, post.owner_id, message_id)
    await post.delivery.delete(place, message_id)

    await post.delivery.edit(place, shown, RichText(text="still told"), ROWS)

    assert (await post.messages(post.owner_id))[-1]["text"] == "still told"


async def test_what_does_not_fit_an_edit_follows_in_new_messages(post: Post) -> None:
    place = Place(post.owner_id)
    (message_id,) = await post.delivery.send(place, RichText(text="short"), ROWS)
    shown = await shown_message(post, post.owner_id, message_id)

    sent = await post.delivery.edit(place, shown, RichText(text="word " * 1_500), ROWS)

    views = [m for m in await post.messages(post.owner_id) if m["message_id"] in sent]
    assert ["reply_markup" in view for view in views] == [False, True]


async def test_a_person_who_blocked_the_bot_is_remembered(post: Post) -> None:
    await post.post(f"/chats/{post.owner_id}/bot", rank="kicked", person_id=post.owner_id)

    sent = await post.delivery.send(Place(post.owner_id), RichText(text="hello?"))

    assert (sent, post.heard.blocked_ids) == ((), [str(post.owner_id)])


async def test_a_group_that_removed_the_bot_is_remembered(post: Post) -> None:
    group = await post.post("/groups", title="Desk", owner_id=post.owner_id)
    await post.post(f"/chats/{group['id']}/bot", rank="kicked", person_id=post.owner_id)

    await post.delivery.send(Place(group["id"], is_group=True), RichText(text="hello?"))

    assert post.heard.left_ids == [str(group["id"])]


async def test_a_message_follows_a_group_that_became_a_supergroup(post: Post) -> None:
    group = await post.post("/groups", title="Desk", owner_id=post.owner_id)
    upgraded = await post.post(f"/chats/{group['id']}/upgrade")

    sent = await post.delivery.send(Place(group["id"], is_group=True), RichText(text="hello"))

    assert post.heard.moves == [(str(group["id"]), str(upgraded["id"]))]
    assert [m["message_id"] for m in await post.messages(upgraded["id"])][-1:] == list(sent)


async def test_a_flood_wait_is_sat_out_and_the_message_arrives_once(post: Post) -> None:
    await post.post("/clock", speed=20)
    await asyncio.gather(
        *(post.bot.send_message(post.owner_id, f"past our pace {n}") for n in range(5))
    )

    await post.delivery.send(Place(post.owner_id), RichText(text="the answer"))

    texts = [m.get("text") for m in await post.messages(post.owner_id)]
    assert texts.count("the answer") == 1


async def test_an_unreachable_telegram_is_an_error_after_many_tries(post: Post) -> None:
    post.bot._base_url = "http://127.0.0.1:9/bot1:x"
    post.delivery._attempts._backoff_s = 0.0001
    post.pace._chat(post.owner_id).bucket = AsyncLimiter(100)  # at a chat's pace it takes 43 s

    with pytest.raises(TelegramRefused, match=r"could not be reached \(NetworkError, try 45\)"):
        await post.delivery.send(Place(post.owner_id), RichText(text="words"))

    assert (post.sends("retried"), post.sends("unreachable")) == (44, 1)


async def test_an_answer_waits_for_a_telegram_that_is_away_and_arrives_once(post: Post) -> None:
    address, post.bot._base_url = post.bot._base_url, "http://127.0.0.1:9/bot1:x"
    post.delivery._attempts._backoff_s = 0.02

    sending = asyncio.create_task(
        post.delivery.send(Place(post.owner_id), RichText(text="the answer"))
    )
    while post.sends("retried") < 6:  # noqa: ASYNC110 - a counter has no event
        await asyncio.sleep(0.01)
    post.bot._base_url = address
    await sending

    texts = [m.get("text") for m in await post.messages(post.owner_id)]
    assert texts.count("the answer") == 1


async def test_a_file_arrives_with_its_name_and_words(post: Post) -> None:
    await post.delivery.document(Place(post.owner_id), "list.opml", b"<opml/>", caption="All")

    shown = (await post.messages(post.owner_id))[-1]
    assert (shown["document"]["file_name"], shown["caption"]) == ("list.opml", "All")


async def test_a_file_that_telegram_refuses_is_an_error(post: Post) -> None:
    with pytest.raises(TelegramRefused, match="refused a file"):
        await post.delivery.document(Place(post.owner_id), "list.opml", b"x", caption="a" * 2_000)


async def test_a_message_that_looks_otherwise_by_now_is_edited_again(post: Post) -> None:
    (message_id,) = await post.delivery.send(Place(post.owner_id), RichText(text="first"))
    shown = await shown_message(post, post.owner_id, message_id)
    await post.delivery.edit(Place(post.owner_id), shown, RichText(text="meanwhile"))

    await post.delivery.edit(Place(post.owner_id), shown, RichText(text="first"), is_stale=True)

    assert (await post.messages(post.owner_id))[-1]["text"] == "first"


async def test_a_draft_works_in_private_chats_only(post: Post) -> None:
    group = await post.post("/groups", title="Desk", owner_id=post.owner_id)

    in_private = await post.delivery.draft(Place(post.owner_id), 5, "thinking")
    in_group = await post.delivery.draft(Place(group["id"], is_group=True), 5, "thinking")

    assert (in_private, in_group) == (True, False)


async def test_a_tap_that_is_too_old_is_no_failure(post: Post) -> None:
    await post.delivery.answer_tap("1234567890", "late")

    assert len(await post.refused()) == 1


def test_a_toast_is_cut_to_what_telegram_shows() -> None:
    assert len(_toast("x" * 500) or "") == MAX_TOAST
