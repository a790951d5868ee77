"""The local Telegram's page in a real browser, with a real bot behind it."""

import os
import shutil
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, Page, async_playwright, expect
from telegram import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    Update,
)
from telegram.ext import Application, CallbackQueryHandler, ContextTypes, MessageHandler, filters

from bot_service.local_telegram.limits import Limits
from bot_service.local_telegram.server import LocalTelegram

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
QUOTED = "\n".join(f"{number}. A source with a rather long name" for number in range(1, 9))


@dataclass(frozen=True)
class Desk:
    """A running local Telegram, a bot that echoes, and a page open on a chat."""

    telegram: LocalTelegram
    app: Application[Any, Any, Any, Any, Any, Any]
    page: Page
    errors: list[str]

    async def send(self, text: str, **more: Any) -> None:
        await self.app.bot.send_message(self.telegram.owner_id, text, **more)


async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    message = update.effective_message
    assert message is not None
    if message.document is not None:
        await message.reply_text(f"file {message.document.file_name}")
    else:
        await message.reply_text(f"echo: {message.text}")


async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    assert query is not None
    await query.answer(f"pressed {query.data}", show_alert=query.data == "alert")
    await query.edit_message_text(f"now {query.data}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI has no browser: install chromium")
        pytest.skip("no chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page(viewport={"width": 1200, "height": 800})
    page.set_default_timeout(10_000)
    yield page
    await page.close()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(page: Page, tmp_path: Path) -> AsyncIterator[Desk]:
    telegram = LocalTelegram(tmp_path, limits=Limits(enabled=False))
    await telegram.start(port=0)
    base = telegram.base_url
    app = (
        Application.builder()
        .token(telegram.token)
        .base_url(f"{base}/bot")
        .base_file_url(f"{base}/file/bot")
        .build()
    )
    app.add_handler(MessageHandler(filters.TEXT | filters.Document.ALL, echo))
    app.add_handler(CallbackQueryHandler(answer))
    errors: list[str] = []
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    async with app:
        await app.bot.set_my_description("Reads the news for you.")
        await app.bot.set_my_commands(
            [BotCommand("trends", "News now"), BotCommand("help", "How")]
        )
        await app.start()
        assert app.updater is not None
        await app.updater.start_polling()
        await page.goto(base)
        await expect(page.locator("#title")).to_have_text("Newsdesk")
        yield Desk(telegram, app, page, errors)
        await app.updater.stop()
        await app.stop()
        async with httpx.AsyncClient(base_url=base) as client:
            refused = (await client.get("/local/refusals")).json()
        # A page that is left open would rightly complain that the server went away.
        await page.goto("about:blank")
    await telegram.aclose()
    assert refused == []
    assert errors == []


async def test_the_first_view_tells_what_the_bot_does_and_starts_it(desk: Desk) -> None:
    page = desk.page
    await expect(page.locator("#welcome")).to_contain_text("Reads the news for you.")

    await page.get_by_role("button", name="Start").click()

    await expect(page.locator(".message.mine")).to_contain_text("/start")
    await expect(page.locator(".message").last).to_contain_text("echo: /start")
    await expect(page.locator("#welcome")).to_be_hidden()


async def test_a_claim_link_sends_its_payload(desk: Desk) -> None:
    await desk.page.goto(f"{desk.telegram.base_url}/?start=claim_abc")

    await desk.page.get_by_role("button", name="Start").click()

    await expect(desk.page.locator(".message").last).to_contain_text("echo: /start claim_abc")


async def test_a_typed_text_is_sent_by_enter_and_answered(desk: Desk) -> None:
    await desk.page.get_by_role("combobox", name="Message").fill("<b>oil</b> & gas")
    await desk.page.keyboard.press("Enter")

    await expect(desk.page.locator(".message.mine .text")).to_contain_text("<b>oil</b> & gas")
    await expect(desk.page.locator(".message").last).to_contain_text("echo: <b>oil</b> & gas")


async def test_entities_are_shown_as_what_they_are(desk: Desk) -> None:
    kinds = ["bold", "italic", "underline", "strikethrough", "code", "spoiler", "pre"]
    entities = [MessageEntity(kind, 3 + at * 2, 1) for at, kind in enumerate(kinds)]
    link = MessageEntity("text_link", 17, 4, url="https://example.com/x")

    await desk.send("😀 a b c d e f g link /help", entities=[*entities, link])

    text = desk.page.locator(".message .text")
    tags = ("strong", "em", "u", "s", "code", ".spoiler", "pre")
    shown = [await text.locator(tag).inner_text() for tag in tags]
    assert shown == list("abcdefg")
    anchor = text.locator("a")
    assert await anchor.get_attribute("href") == "https://example.com/x"
    assert "noopener" in (await anchor.get_attribute("rel") or "")
    await text.get_by_role("button", name="/help").click()
    await expect(desk.page.locator(".message").last).to_contain_text("echo: /help")


async def test_a_spoiler_shows_itself_when_pressed(desk: Desk) -> None:
    await desk.send("a secret", entities=[MessageEntity("spoiler", 2, 6)])
    spoiler = desk.page.locator(".spoiler")

    await spoiler.click()

    assert "shown" in (await spoiler.get_attribute("class") or "")


async def test_an_expandable_quote_opens_and_closes(desk: Desk) -> None:
    quote = MessageEntity("expandable_blockquote", 0, len(QUOTED))
    await desk.send(f"{QUOTED}\nafter", entities=[quote])
    content = desk.page.locator(".expandable .content")
    closed = await height_of(content)

    await desk.page.get_by_role("button", name="Show more").click()

    opened = await height_of(content)
    assert opened > 2 * closed
    await desk.page.get_by_role("button", name="Show less").click()
    assert await height_of(content) == pytest.approx(closed, abs=1)


async def test_a_short_expandable_quote_has_no_toggle(desk: Desk) -> None:
    await desk.send("short", entities=[MessageEntity("expandable_blockquote", 0, 5)])

    await expect(desk.page.locator(".expandable.short")).to_be_visible()
    await expect(desk.page.locator(".toggle")).to_be_hidden()


async def test_a_button_is_answered_by_a_note_and_an_edit_in_place(desk: Desk) -> None:
    keys = [[InlineKeyboardButton("Go", callback_data="go")]]
    await desk.send("menu", reply_markup=InlineKeyboardMarkup(keys))

    await desk.page.get_by_role("button", name="Go", exact=True).click()

    await expect(desk.page.locator(".toast")).to_have_text("pressed go")
    await expect(desk.page.locator(".message")).to_have_count(1)
    await expect(desk.page.locator(".message")).to_contain_text("now go")


async def test_an_alert_waits_to_be_closed(desk: Desk) -> None:
    keys = [[InlineKeyboardButton("Tell", callback_data="alert")]]
    await desk.send("menu", reply_markup=InlineKeyboardMarkup(keys))

    await desk.page.get_by_role("button", name="Tell").click()

    dialog = desk.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("pressed alert")
    await dialog.get_by_role("button", name="OK").click()
    await expect(dialog).to_be_hidden()


async def test_a_draft_grows_until_the_message_comes(desk: Desk) -> None:
    bot, owner = desk.app.bot, desk.telegram.owner_id
    await bot.send_message_draft(owner, 3, "Reading")
    await expect(desk.page.locator(".draft")).to_contain_text("Reading")
    await bot.send_message_draft(owner, 3, "Reading 40 articles")
    await expect(desk.page.locator(".draft")).to_contain_text("Reading 40 articles")

    await desk.send("Here it is")

    await expect(desk.page.locator(".draft")).to_have_count(0)
    await expect(desk.page.locator(".message")).to_contain_text(["Here it is"])


async def test_typing_is_shown_in_the_header(desk: Desk) -> None:
    await desk.app.bot.send_chat_action(desk.telegram.owner_id, "typing")

    await expect(desk.page.locator("#status")).to_have_text("typing…")


async def test_a_file_dropped_on_the_chat_reaches_the_bot(desk: Desk) -> None:
    await desk.page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["{}"], "news.jsonl", { type: "application/json" }));
            window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
        }"""
    )

    await expect(desk.page.locator(".message.mine .document-name")).to_have_text("news.jsonl")
    await expect(desk.page.locator(".message").last).to_contain_text("file news.jsonl")


async def test_a_chosen_file_reaches_the_bot(desk: Desk) -> None:
    chosen = FilePayload(name="feeds.opml", mimeType="text/xml", buffer=b"<opml/>")

    await desk.page.locator("#file").set_input_files(chosen)

    await expect(desk.page.locator(".message").last).to_contain_text("file feeds.opml")


async def test_a_picture_is_shown_and_opens(desk: Desk) -> None:
    await desk.app.bot.send_photo(desk.telegram.owner_id, grey_png(), caption="A chart")
    image = desk.page.locator(".photo")

    await image.click()

    assert await image.evaluate("image => image.naturalWidth") == 64
    assert await image.get_attribute("alt") == "A chart"
    await expect(desk.page.locator("#picture")).to_be_visible()


async def test_the_command_menu_follows_what_is_typed(desk: Desk) -> None:
    field = desk.page.get_by_role("combobox", name="Message")
    await field.press_sequentially("/t")
    await expect(desk.page.get_by_role("option")).to_have_count(1)

    await desk.page.keyboard.press("Enter")

    await expect(desk.page.locator(".message").last).to_contain_text("echo: /trends")


async def test_another_language_changes_the_page_and_what_the_bot_hears(desk: Desk) -> None:
    await desk.page.get_by_role("button", name="Menu", exact=True).click()
    await desk.page.get_by_role("button", name="Русский").click()

    await expect(desk.page.locator("#text")).to_have_attribute("placeholder", "Сообщение")
    async with httpx.AsyncClient(base_url=desk.telegram.base_url) as client:
        state = (await client.get("/local/state")).json()
    assert state["person"]["language_code"] == "ru"


async def test_a_forum_made_on_the_page_keeps_topics_apart(desk: Desk) -> None:
    page = desk.page
    await page.get_by_role("button", name="Menu", exact=True).click()
    await page.get_by_role("button", name="New group").click()
    await page.get_by_label("Title").fill("Editors")
    await page.get_by_label("Forum with topics").check()
    await page.get_by_label("Topics, one a line").fill("Economy\nWorld")
    await page.get_by_role("button", name="Create").click()
    await page.get_by_role("tab", name="World").click()
    await page.get_by_role("combobox", name="Message").fill("/trends")
    await page.keyboard.press("Enter")

    await expect(page.locator(".message").last).to_contain_text("echo: /trends")
    await page.get_by_role("tab", name="Economy").click()
    await expect(page.locator(".message")).to_have_count(0)


async def test_a_post_forwarded_on_the_page_keeps_its_channel(desk: Desk) -> None:
    page = desk.page
    await page.get_by_role("button", name="Chat options").click()
    await page.get_by_role("button", name="Forward from a channel").click()
    await page.get_by_label("Channel", exact=True).fill("Coast News")
    await page.get_by_label("@name, if it is public").fill("@coastnews")
    await page.get_by_label("Post").fill("Ferry 1 is late")
    await page.get_by_role("dialog").get_by_role("button", name="Send").click()

    await expect(page.locator(".origin")).to_have_text("Forwarded from Coast News")
    await expect(page.locator(".message").last).to_contain_text("echo: Ferry 1 is late")
    assert desk.errors == []


async def test_the_chat_is_there_after_a_reload(desk: Desk) -> None:
    await desk.send("kept")
    await desk.page.reload()

    await expect(desk.page.locator(".message")).to_contain_text(["kept"])


async def test_a_narrow_page_goes_between_chats_and_chat(desk: Desk) -> None:
    page = desk.page
    await page.set_viewport_size({"width": 390, "height": 800})
    await expect(page.locator("#sidebar")).to_be_hidden()

    await page.get_by_role("button", name="Chats").click()
    await page.locator(".chat").first.click()

    await expect(page.locator("#title")).to_have_text("Newsdesk")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def height_of(locator: Locator) -> float:
    box = await locator.bounding_box()
    assert box is not None
    return box["height"]


def grey_png(side: int = 64) -> bytes:
    """A small grey picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x88" * side) * side)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
