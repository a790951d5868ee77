"""Two thousand random answers in six scripts and worse: Telegram takes every part of each."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from telegram import Bot
from typing_extensions import override

from bot_service.local_telegram.keyboards import read_keyboard
from bot_service.local_telegram.refusals import Refusal
from bot_service.local_telegram.rules import check_text, read_entities
from bot_service.local_telegram.server import LocalTelegram
from bot_service.telegram.attempts import Attempts
from bot_service.telegram.delivery import Delivery
from bot_service.telegram.keyboards import markup
from bot_service.telegram.pacing import Pace
from bot_service.telegram.places import Place
from bot_service.telegram.transport import SendingRequest
from core.rendering.answers import render_answer
from core.rendering.buttons import (
    answer_buttons,
    downvote_buttons,
    explain_buttons,
    sources_buttons,
)
from core.rendering.explain import render_explain
from core.rendering.lists import render_similar, render_sources
from core.rendering.richtext import MAX_UNITS, split
from core.rendering.words import LANGUAGES
from monitoring.metrics import Metrics
from schemas.analysis import AnalysisResponse
from schemas.runs import ButtonRows, RichText, StoredRun, Vote
from tests.integration.random_answers import run_of

pytestmark = pytest.mark.slow

N_ANSWERS = 2_000
N_SENT = 200
"""Messages that really travel, each whole: most have several parts."""

SHARES = 8
"""The answers are checked in so many tests, so that a failure names a few of them."""

SEED = 1_000_000
ZONES = ("UTC", "Europe/Moscow", "America/St_Johns", "Pacific/Chatham")


@dataclass(frozen=True, slots=True)
class Screen:
    """A message as the bot would send it: unsplit words and the buttons under them."""

    name: str
    words: RichText
    buttons: ButtonRows


def answer_screen(run: StoredRun, lang: str, tz: str) -> Screen:
    """The answer itself."""
    assert isinstance(run.response, AnalysisResponse)
    words = render_answer(run.response, run.facts, lang=lang, tz=tz, cards=run.evidence)
    vote = random.Random(run.cost_usd_micro).choice((None, *get_args(Vote)))
    return Screen("answer", words, answer_buttons(run.id, run.request, lang=lang, vote=vote))


def other_screens(run: StoredRun, lang: str, tz: str) -> Iterator[Screen]:
    """What the buttons of an answer open."""
    back = explain_buttons(run.id, lang=lang)
    yield Screen("explain", render_explain(run, lang=lang, tz=tz), back)
    yield Screen("similar", render_similar(run.evidence, lang=lang, tz=tz), back)
    _, pages = render_sources(run, page=1, lang=lang, tz=tz)
    for page in range(1, pages + 1):
        words, _ = render_sources(run, page=page, lang=lang, tz=tz)
        buttons = sources_buttons(run.id, page, pages, lang=lang)
        yield Screen(f"sources {page}", words, buttons)
    yield Screen("downvote", RichText(text="?"), downvote_buttons(run.id, lang=lang))


def refusals_of(screen: Screen) -> list[str]:
    """Everything that Telegram would refuse of a message, in its words."""
    refused = []
    parts = split(screen.words)
    if not parts:
        refused.append("nothing to send")
    keyboard = markup(screen.buttons)
    for part in parts:
        try:
            raw = [entity.model_dump(exclude_none=True) for entity in part.entities]
            check_text(part.text, read_entities(raw))
            read_keyboard(keyboard.to_dict() if keyboard else None)
        except Refusal as refusal:
            refused.append(refusal.description)
    return refused


def zone_of(n: int) -> str:
    """The time zone that the reader of an answer has."""
    return ZONES[n % len(ZONES)]


@pytest.mark.parametrize("share", range(SHARES))
def test_telegram_would_take_every_part_of_every_random_answer(share: int) -> None:
    """Half of them in each language; of every ninth also what its buttons open."""
    size = N_ANSWERS // SHARES
    refused = []
    for n in range(share * size, (share + 1) * size):
        run, lang, tz = run_of(SEED + n), LANGUAGES[n % len(LANGUAGES)], zone_of(n // 2)
        screens = [answer_screen(run, lang, tz)]
        if n % 9 == 0:
            screens += other_screens(run, lang, tz)
        refused += [(n, screen.name, why) for screen in screens for why in refusals_of(screen)]

    assert refused == []


class Unpaced(Pace):
    """Sends at once: the server's flood limits are off as well."""

    @override
    async def turn(self, chat_id: int, *, is_group: bool) -> None:
        return


class NobodyListens:
    """Takes what delivery says of chats."""

    async def blocked(self, chat_id: str) -> None:
        raise AssertionError(f"{chat_id} blocked the bot")

    async def left(self, chat_id: str) -> None:
        raise AssertionError(f"the bot left {chat_id}")

    async def migrated(self, old_id: str, new_id: str) -> None:
        raise AssertionError(f"{old_id} became {new_id}")


@dataclass(frozen=True, slots=True)
class Line:
    """A bot's way into a chat and a look at the chat from the other side."""

    delivery: Delivery
    metrics: Metrics
    http: httpx.AsyncClient
    chat_id: int

    def sends(self, outcome: str) -> float | None:
        """How many requests ended so, by the bot's own count."""
        return self.metrics.registry.get_sample_value("telegram_send_total", {"outcome": outcome})

    async def shown(self) -> list[dict[str, Any]]:
        """Every message of the bot in the chat."""
        found: list[dict[str, Any]] = []
        last = 0
        while True:
            path = f"/local/chats/{self.chat_id}/messages?limit=500&after_message_id={last}"
            page = (await self.http.get(path)).json()
            found += [message for message in page["messages"] if message["from"]["is_bot"]]
            last = page["messages"][-1]["message_id"]
            if not page["has_more"]:
                return found


@asynccontextmanager
async def open_line(folder: Path) -> AsyncIterator[Line]:
    """Start a local Telegram without flood limits and a bot on it."""
    local = LocalTelegram(folder)
    await local.start(port=0)
    bot = Bot(
        local.token,
        base_url=f"{local.base_url}/bot",
        request=SendingRequest.pooled(trusts_env=False),
    )
    metrics = Metrics()
    attempts = Attempts(chats=NobodyListens(), metrics=metrics, pace=Unpaced())
    async with bot, httpx.AsyncClient(base_url=local.base_url, trust_env=False) as http:
        (await http.post("/local/limits", json={"enabled": False})).raise_for_status()
        yield Line(Delivery(bot, attempts), metrics, http, local.owner_id)
    await local.aclose()


async def test_random_answers_arrive_over_http_with_their_buttons(tmp_path: Path) -> None:
    """Every part arrives with the words that were sent, the buttons under the last one."""
    sent: list[tuple[int, str, bool]] = []
    async with open_line(tmp_path / "telegram") as line:
        for n in range(N_SENT):
            run, lang = run_of(SEED + N_ANSWERS + n), LANGUAGES[n % len(LANGUAGES)]
            screens = [answer_screen(run, lang, zone_of(n)), *other_screens(run, lang, zone_of(n))]
            screen = screens[0] if n % 3 else screens[n // 3 % len(screens)]
            texts = [part.text for part in split(screen.words)]
            ids = await line.delivery.send(Place(line.chat_id), screen.words, screen.buttons)
            sent += [(i, text, i == ids[-1]) for i, text in zip(ids, texts, strict=True)]
        shown = await line.shown()
        refused = (await line.http.get("/local/refusals")).json()

    assert refused == []
    assert [(m["message_id"], m["text"], "reply_markup" in m) for m in shown] == sent
    assert line.sends("sent") == len(sent) >= N_SENT


def test_the_random_answers_hold_what_is_hard() -> None:
    """Long ones of several parts, many entities, and lone surrogates that schemas let in."""
    runs = [run_of(SEED + n) for n in range(100)]
    dumped = [repr(run) for run in runs]
    parts = [split(answer_screen(run, "en", "UTC").words) for run in runs]

    units = max(len(part.text.encode("utf-16-le")) // 2 for one in parts for part in one)
    assert sum(r"\ud800" in text for text in dumped) > 50
    assert sum(r"\x00" in text for text in dumped) > 50
    assert sum(len(one) > 1 for one in parts) > 5
    assert units > 0.9 * MAX_UNITS
