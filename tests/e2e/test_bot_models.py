"""Language models as chats see them: who may switch them, who wrote an answer, what it cost."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from bot_service.local_models.server import FakeProviders
from tests.e2e.conftest import Town, View, data_of, open_town
from tests.e2e.places import Place

pytestmark = pytest.mark.slow

KEY = "local-Fake-Key-0123456789"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProviders]:
    """Stand-ins for the three providers."""
    with FakeProviders() as running:
        yield running


def keys_for(fake: FakeProviders) -> dict[str, Any]:
    return {
        "openai_api_key": KEY,
        "openai_base_url": fake.openai_url,
        "anthropic_api_key": KEY,
        "anthropic_base_url": fake.anthropic_url,
        "google_api_key": KEY,
        "google_gemini_base_url": fake.gemini_url,
    }


@pytest.fixture
async def town(embedded: Place, fake: FakeProviders) -> AsyncIterator[Town]:
    """The whole bot with a key of each provider; models are off."""
    fake.forget()
    async with open_town(embedded, **keys_for(fake)) as opened:
        yield opened
        assert await opened.refusals() == []


async def tap(town: Town, person: int, message: View, start: str) -> View:
    """Press a button of a screen and give the message as it is then."""
    await town.press(person, message, start)
    return await town.changed(person, message)


async def switch_on(town: Town) -> View:
    """Let the owner switch models on; gives the screen that says so."""
    settings = await town.ask(town.owner_id, "/settings")
    return await tap(
        town, town.owner_id, await tap(town, town.owner_id, settings, "s1:mod"), "s1:mod:on"
    )


async def test_the_owner_switches_models_on_and_off_and_answers_follow(
    town: Town, fake: FakeProviders
) -> None:
    before = await town.ask(town.owner_id, "/trends 1w lang=en")
    screen = await switch_on(town)
    during = await town.ask(town.owner_id, "/trends 1w lang=en enhanced")
    n_calls = len(fake.calls)
    off = await tap(town, town.owner_id, screen, "s1:mod:off")
    after = await town.ask(town.owner_id, "/trends 3d lang=en")

    written_by = {call.model for call in fake.calls}
    assert "They are on" in screen["text"]
    assert n_calls > 0
    assert any(model in during["text"] for model in written_by)
    assert not any(model in before["text"] + after["text"] for model in written_by)
    assert "They are off" in off["text"]
    assert len(fake.calls) == n_calls


async def test_the_screen_names_keys_and_receivers_and_no_part_of_a_key(town: Town) -> None:
    settings = await town.ask(town.owner_id, "/settings")

    screen = await tap(town, town.owner_id, settings, "s1:mod")

    assert "They are off" in screen["text"]
    assert "Keys found: OpenAI (127.0.0.1:" in screen["text"]
    assert "What leaves this machine" in screen["text"]
    assert "Spent today: $0.00 of $50.00" in screen["text"]
    assert KEY[:8] not in screen["text"]


async def test_where_the_setting_decides_nobody_can_switch(
    embedded: Place, fake: FakeProviders
) -> None:
    async with open_town(embedded, models="on", **keys_for(fake)) as town:
        settings = await town.ask(town.owner_id, "/settings")
        screen = await tap(town, town.owner_id, settings, "s1:mod")

    assert "NEWSDESK_MODELS=on has switched them on" in screen["text"]
    assert not [data for data in data_of(screen) if data.startswith("s1:mod")]


async def test_people_and_groups_get_no_switch_and_a_borrowed_button_does_nothing(
    town: Town,
) -> None:
    ada = await town.person()
    group = await town.group(town.owner_id)
    mine = await town.ask(ada, "/settings")
    ours = await town.ask(town.owner_id, "/settings", chat=group["id"])
    sent = await town.http.post(
        f"/bot{town.token}/sendMessage",
        json={
            "chat_id": ada,
            "text": "borrowed",
            "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "s1:mod:on"}]]},
        },
    )

    answer = await town.press(ada, sent.json()["result"], "s1:mod:on")

    assert "s1:mod" not in data_of(mine) + data_of(ours)
    assert answer["text"] == "Only operators can do this, in a private chat with me."
    assert await town.desk.models.is_on() is False


async def test_usage_tells_a_person_their_commands_and_dollars(town: Town) -> None:
    await switch_on(town)
    ada = await town.person()
    eve = await town.person("Eve", lang="ru")
    await town.ask(ada, "/trends 1w lang=en enhanced")

    mine, hers = await town.ask(ada, "/usage"), await town.ask(eve, "/usage")

    lines = mine["text"].splitlines()
    assert lines[0] == "Your day"
    assert lines[2] == "• commands: 1 of 100"
    assert lines[3].startswith("• language models: $0.0")
    assert any(line.startswith("• trends: $0.0") for line in lines)
    assert data_of(mine) == []
    assert "• языковые модели: 0,00 $ из 5,00 $" in hers["text"]
    assert "Для вас языковые модели не вызывались." in hers["text"]


async def test_operators_see_the_whole_desks_figures_by_model_and_by_command(town: Town) -> None:
    await switch_on(town)
    ada = await town.person()
    await town.ask(ada, "/trends 1w lang=en enhanced")
    own = await town.ask(town.owner_id, "/usage")

    by_model = await tap(town, town.owner_id, own, "s1:use:model")
    by_command = await tap(town, town.owner_id, by_model, "s1:use:command")
    back = await tap(town, town.owner_id, by_command, "s1:use:own")

    assert "The last 7 days, by model" in by_model["text"]
    assert "claude-sonnet-5-5: $0.0" in by_model["text"]
    assert "• trends: $0.0" in by_command["text"]
    assert back["text"] == own["text"]


async def test_usage_in_a_group_is_told_in_private(town: Town) -> None:
    ada = await town.person()
    group = await town.group(ada)

    said = await town.ask(ada, "/usage", chat=group["id"])

    assert said["text"] == "Send /usage in a private chat with me: the figures are yours alone."


async def test_privacy_says_where_words_go_while_models_are_on(town: Town) -> None:
    ada = await town.person()
    before = await town.ask(ada, "/privacy")
    await switch_on(town)
    during = await town.ask(ada, "/privacy")
    await tap(town, ada, await town.ask(ada, "/settings"), "s1:priv:on")
    private = await town.ask(ada, "/privacy")

    assert "Everything is computed on the desk’s own machine" in before["text"]
    assert "They are run by: OpenAI, Anthropic, Google Gemini." in during["text"]
    assert "127.0.0.1" not in during["text"]
    assert "no language model sees the questions of this chat" in private["text"]


async def test_start_tells_operators_of_keys_and_people_nothing(town: Town) -> None:
    ada = await town.person()

    owner = await town.ask(town.owner_id, "/start")
    reader = await town.ask(ada, "/start")

    assert "Language models are off. Keys found: OpenAI (127.0.0.1:" in owner["text"]
    assert "anguage model" not in reader["text"]


async def test_status_follows_the_switch(town: Town) -> None:
    before = await town.ask(town.owner_id, "/status")
    await switch_on(town)
    after = await town.ask(town.owner_id, "/status")

    assert "language models are off" in before["text"]
    assert "language models are on" in after["text"]


async def test_the_switch_outlives_a_restart(embedded: Place, fake: FakeProviders) -> None:
    async with open_town(embedded, **keys_for(fake)) as town:
        await switch_on(town)
    async with open_town(embedded, **keys_for(fake)) as town:
        answer = await town.ask(await town.person(), "/trends 1w lang=en enhanced")

    assert fake.calls
    assert "Trends · 1 week" in answer["text"]
