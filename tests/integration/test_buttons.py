from datetime import timedelta
from pathlib import Path

import pytest

from core.rendering.callbacks import parse_callback
from schemas.principal import Principal
from schemas.runs import Reply
from services.buttons import ButtonOutcome
from services.desk import Desk
from services.wiring import open_desk
from tests.integration.conftest import (
    ADA,
    answer_of,
    asking,
    counted,
    error_of,
    facts_of,
    run_id_of,
    run_of,
    settings_for,
    titles_of,
)
from tests.integration.news import NOW
from tests.integration.test_error_handling import locked

BOB = Principal(person="8", chat="8", roles=frozenset({"reader"}))


def data_of(reply: Reply) -> list[str]:
    return [b.data for row in reply.buttons for b in row if b.data]


async def press(desk: Desk, reply: Reply, verb: str, arg: str | None = None) -> ButtonOutcome:
    data = f"v1:{verb}:{run_id_of(reply)}" + (f":{arg}" if arg else "")
    return await desk.buttons.press(ADA, data)


async def forget_runs(desk: Desk) -> None:
    async with desk.store.transaction() as work:
        await work.runs.purge(before=NOW + timedelta(days=1), limit=100)


async def n_events(desk: Desk, kind: str) -> int:
    async with desk.store.transaction(is_write=False) as work:
        return await work.ops.count_events(kind, since=NOW - timedelta(days=1))  # type: ignore[arg-type]


async def test_explain_shows_how_the_figures_came_about(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking())

    shown = await press(desk, reply, "ex")

    facts = await facts_of(desk, reply)
    assert shown.how == "edit"
    assert f"{facts.window.n_matching}" in shown.reply.text
    assert "z = 2(√(x+⅜) − √(μ+⅜))" in shown.reply.text
    assert data_of(shown.reply) == [f"v1:an:{run_id_of(reply)}"]


async def test_all_sources_can_be_paged_and_left(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking())

    first = await press(desk, reply, "al", "1")
    second = await press(desk, reply, "al", "2")
    back = await press(desk, reply, "an")

    assert first.reply.text != second.reply.text
    assert f"v1:al:{run_id_of(reply)}:2" in data_of(first.reply)
    assert (back.reply.text, back.reply.buttons) == (reply.text, reply.buttons)


async def test_a_page_beyond_the_last_shows_the_last(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking())

    shown = await press(desk, reply, "al", "99")

    assert shown.how == "edit"
    assert shown.reply.text


async def test_similar_shows_articles_that_the_answer_does_not_cite(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking("topics", '"tidal barrier"', k_final=1))
    cited = answer_of(reply).evidence[0].title

    shown = await press(desk, reply, "si")

    assert "Port Selmer" in shown.reply.text
    assert cited not in shown.reply.text


async def test_refresh_runs_again_and_is_not_cached(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking())

    again = await press(desk, reply, "re")

    assert again.how == "edit"
    assert run_id_of(again.reply) != run_id_of(reply)
    assert counted(desk, "orchestrator_cache_hits_total", cache="answer") == 0


async def test_another_window_is_answered_in_place(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking())

    wider = await press(desk, reply, "wi", "1w")

    assert wider.how == "edit"
    assert (await facts_of(desk, wider.reply)).window.asked == "1w"


async def test_a_plain_query_goes_on_to_the_three_analyses(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking("stories", "Port Selmer"))

    modes = {}
    for mode in ("keywords", "sentiment", "topics"):
        modes[mode] = (await press(desk, reply, "mo", mode)).reply

    assert {mode: answer_of(r).result.kind for mode, r in modes.items()} == {m: m for m in modes}
    assert {(await run_of(desk, r)).request.query for r in modes.values()} == {"Port Selmer"}


async def test_a_vote_is_stored_and_thanked(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking())

    outcome = await press(desk, reply, "up")

    assert outcome.toast == "Thank you, noted."
    assert await n_events(desk, "vote") == 1
    assert counted(desk, "answer_feedback_total", command="trends", vote="up") == 1


async def test_a_thumb_down_asks_why_and_takes_the_reason(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking())

    asked = await press(desk, reply, "dn")
    told = await press(desk, reply, "dr", "old")

    reasons = {parse_callback(d).arg for d in data_of(asked.reply)} - {None}
    assert asked.toast == "What was wrong with it?"
    assert reasons == {"wrong", "old", "useless"}
    assert (told.toast, told.reply.buttons) == ("Thank you, noted.", reply.buttons)


@pytest.mark.parametrize(("verb", "arg"), [("ex", None), ("al", "1"), ("re", None), ("up", None)])
async def test_an_expired_answer_says_so_and_offers_to_run_again(
    desk: Desk, verb: str, arg: str | None
) -> None:
    reply = await desk.answer(ADA, asking())
    await forget_runs(desk)

    outcome = await press(desk, reply, verb, arg)

    assert outcome.how == "send"
    assert "no longer stored" in outcome.reply.text
    assert data_of(outcome.reply)[0] == "v1:wi:0:24h"


async def test_an_expired_window_switch_offers_that_window(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking())
    await forget_runs(desk)

    outcome = await press(desk, reply, "wi", "1w")

    assert data_of(outcome.reply)[0] == "v1:wi:0:1w"


@pytest.mark.parametrize(
    ("data", "kind"), [("v1:wi:0:1w", "trends"), ("v1:mo:0:topics", "topics")]
)
async def test_what_an_expired_answer_offers_works(desk: Desk, data: str, kind: str) -> None:
    reply = await desk.press(ADA, data)

    assert answer_of(reply).result.kind == kind


async def test_a_button_of_another_chat_shows_nothing_of_it(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking())

    outcome = await desk.buttons.press(BOB, f"v1:ex:{run_id_of(reply)}")

    assert outcome.how == "toast"
    assert "another chat" in (outcome.toast or "")
    assert error_of(outcome.reply).error.code == "VALIDATION_FAILED"


@pytest.mark.parametrize(
    "data", ["", "v9:ex:abc", "v1:zz:abc", "v1:wi:abc:9h", "hello", "v1:ex:a b"]
)
async def test_unknown_data_is_answered_calmly(desk: Desk, data: str) -> None:
    outcome = await desk.buttons.press(ADA, data)

    assert (outcome.how, "another version" in (outcome.toast or "")) == ("toast", True)


async def test_buttons_work_after_the_desk_was_closed_and_opened(folder: Path) -> None:
    async with open_desk(settings_for(folder)) as desk:
        reply = await desk.answer(ADA, asking())
        titles = await titles_of(desk, reply)

    async with open_desk(settings_for(folder)) as desk:
        explained = await press(desk, reply, "ex")
        back = await press(desk, reply, "an")
        kept = await titles_of(desk, reply)

    assert "z = 2" in explained.reply.text
    assert back.reply.text == reply.text
    assert kept == titles


async def test_the_buttons_of_a_refusal_work(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking("topics", "narwhal"))

    again = await press(desk, reply, "rt")
    explained = await press(desk, reply, "ex")

    assert error_of(again.reply).error.code == "NO_DATA"
    assert "NO_DATA" in explained.reply.text


async def test_each_press_is_an_event(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking())

    await press(desk, reply, "ex")
    await press(desk, reply, "an")

    assert await n_events(desk, "click") == 2


async def test_explain_works_while_the_database_is_locked(folder: Path) -> None:
    async with open_desk(settings_for(folder)) as desk:
        reply = await desk.answer(ADA, asking())
        with locked(folder):
            shown = await press(desk, reply, "ex")

    assert "z = 2" in shown.reply.text


async def test_a_button_in_russian_speaks_russian(desk: Desk) -> None:
    reply = await desk.answer(ADA, asking(reply_lang="ru"))
    await forget_runs(desk)
    oleg = ADA.model_copy(update={"lang": "ru"})

    outcome = await desk.buttons.press(oleg, f"v1:ex:{run_id_of(reply)}")

    assert "больше не хран" in outcome.reply.text
