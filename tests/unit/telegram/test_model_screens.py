from datetime import date

import pytest

from bot_service.telegram import model_screens
from bot_service.telegram.model_screens import ModelState
from bot_service.telegram.screens import MAX_DATA_BYTES, Screen, parse
from core.rendering.richtext import flatten
from core.rendering.words import LANGUAGES
from schemas.llm import Usage
from schemas.model_reports import Receiver
from schemas.runs import Button
from schemas.spending import LimitUse, SpendingBy, SpendingLine, SpendingReport

OPENAI = Receiver(vendor="OpenAI", host=None)
OWN = Receiver(vendor=None, host="127.0.0.1:11434")
NOTHING = SpendingLine(key="", n_attempts=0, n_failed=0, usage=Usage(), micro_usd=0, n_estimated=0)


def spent(by: SpendingBy | None = "model") -> SpendingReport:
    day = date(2026, 3, 1)
    return SpendingReport(
        since=day,
        until=day,
        by=by,
        lines=(),
        total=NOTHING,
        limits=(LimitUse(kind="global_day_usd", used=120_000, limit=50_000_000),),
        are_models_on=True,
    )


def state(*keys: Receiver, is_on: bool = False, is_by_setting: bool = False) -> ModelState:
    return ModelState(is_on=is_on, is_by_setting=is_by_setting, keys=keys, receivers=keys)


def text_of(screen: Screen) -> str:
    return flatten(screen[0]).text


def buttons_of(screen: Screen) -> list[Button]:
    return [button for row in screen[1] for button in row]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_button_and_text_fits_telegram(lang: str) -> None:
    long = Receiver(vendor=None, host="h" * 5_000)
    full = ModelState(
        is_on=True, is_by_setting=False, keys=[long] * 50, receivers=[long] * 50, search=long
    )
    screens = [
        model_screens.models_screen(full, spent(), lang=lang),
        model_screens.models_screen(state(), spent(), lang=lang),
        model_screens.own_usage_screen(spent(None), lang=lang, is_operator=True),
        model_screens.desk_usage_screen(spent("command"), lang=lang),
    ]

    buttons = [button for screen in screens for button in buttons_of(screen)]
    assert all(0 < len(text_of(screen)) < 4096 for screen in screens)
    assert all(len((b.data or "").encode()) <= MAX_DATA_BYTES for b in buttons)
    assert all(parse(b.data or "") is not None for b in buttons)


@pytest.mark.parametrize(("is_on", "turn"), [(False, "s1:mod:on"), (True, "s1:mod:off")])
def test_an_operator_can_turn_models_the_other_way(is_on: bool, turn: str) -> None:
    screen = model_screens.models_screen(state(OPENAI, is_on=is_on), spent(), lang="en")

    assert [b.data for b in buttons_of(screen)] == [turn, "s1:use:model", "s1:set"]


def test_where_the_setting_decides_there_is_no_button_but_a_reason() -> None:
    screen = model_screens.models_screen(
        state(OPENAI, is_on=True, is_by_setting=True), spent(), lang="en"
    )

    assert "NEWSDESK_MODELS=on has switched them on" in text_of(screen)
    assert [b.data for b in buttons_of(screen)] == ["s1:use:model", "s1:set"]


def test_the_screen_says_who_gets_what_and_what_was_spent() -> None:
    text = text_of(model_screens.models_screen(state(OPENAI, OWN), spent(), lang="en"))

    assert "Keys found: OpenAI, a server of this desk’s own (127.0.0.1:11434)" in text
    assert "this goes to OpenAI, a server of this desk’s own (127.0.0.1:11434): the words" in text
    assert "No model is asked for chats in privacy mode." in text
    assert "Spent today: $0.12 of $50.00" in text


def test_without_a_key_the_screen_says_which_to_set() -> None:
    text = text_of(model_screens.models_screen(state(), spent(), lang="en"))

    assert "Set OPENAI_API_KEY, ANTHROPIC_API_KEY or GOOGLE_API_KEY" in text
    assert "What leaves" not in text


def test_a_key_that_no_route_leads_to_is_said() -> None:
    unused = ModelState(is_on=True, is_by_setting=False, keys=[OPENAI], receivers=[])

    text = text_of(model_screens.models_screen(unused, spent(), lang="en"))

    assert "Keys found: OpenAI. No route leads to a model whose key was found." in text


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (state(OPENAI), "Language models are off. Keys found: OpenAI."),
        (state(OPENAI, is_on=True), "Language models are on; excerpts of the news go to OpenAI."),
        (state(), ""),
        (state(is_on=True), ""),
    ],
)
def test_the_start_screen_tells_operators_how_models_stand(shown: ModelState, words: str) -> None:
    line = model_screens.start_line(shown, lang="en")

    assert line.startswith(words)
    assert bool(line) is bool(words)


def test_only_operators_get_to_the_whole_desks_figures() -> None:
    reader = model_screens.own_usage_screen(spent(None), lang="en", is_operator=False)
    operator = model_screens.own_usage_screen(spent(None), lang="en", is_operator=True)

    assert (reader[1], [b.data for b in buttons_of(operator)]) == ((), ["s1:use:model"])


def test_the_desks_figures_can_be_sorted_the_other_way() -> None:
    by_model = model_screens.desk_usage_screen(spent("model"), lang="en")
    by_command = model_screens.desk_usage_screen(spent("command"), lang="en")

    assert [b.data for b in buttons_of(by_model)] == ["s1:use:command", "s1:use:own"]
    assert [b.data for b in buttons_of(by_command)] == ["s1:use:model", "s1:use:own"]
