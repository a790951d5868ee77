"""The commands and buttons as a chat sees them."""

import pytest

from tests.e2e.conftest import Town, data_of, until


def styles_of(message: dict[str, object]) -> set[str]:
    entities = message["entities"]
    assert isinstance(entities, list)
    return {entity["type"] for entity in entities}


async def test_trends_command_24h(town: Town) -> None:
    ada = await town.person()

    answer = await town.ask(ada, "/trends 24h")

    assert answer["text"].startswith("Trends · 24 hours")
    assert "Harbour bridge" in answer["text"] or "Storm Helga" in answer["text"]


async def test_latency_runs_to_the_message_that_telegram_accepted(town: Town) -> None:
    ada = await town.person()
    labels = {"command": "trends", "class": "simple", "cohort": "stable"}
    await town.ask(ada, "/trends 24h")

    async def counted() -> float | None:
        registry = town.desk.metrics.registry
        return registry.get_sample_value("orchestrator_latency_seconds_count", labels)

    assert await until(counted) == 1


async def test_trends_command_1w(town: Town) -> None:
    ada = await town.person()

    answer = await town.ask(ada, "/trends 1w lang=en")

    assert answer["text"].startswith("Trends · 1 week")
    assert "Норланд" not in answer["text"]


async def test_analyze_keywords_with_query(town: Town) -> None:
    ada = await town.person()

    answer = await town.ask(ada, "/analyze keywords Norland 1w")

    assert "Norland" in answer["text"].splitlines()[0]
    assert "rate" in answer["text"].lower()


async def test_analyze_sentiment_without_query(town: Town) -> None:
    ada = await town.person()

    answer = await town.ask(ada, "/analyze sentiment 1w")

    assert answer["text"].startswith("Mood") or answer["text"].startswith("Sentiment")


async def test_analyze_topics_in_russian(town: Town) -> None:
    olga = await town.person("Ольга", lang="ru")

    answer = await town.ask(olga, "/analyze topics 1w lang=ru")

    assert answer["text"].startswith("Темы")


async def test_telegram_formatting(town: Town) -> None:
    ada = await town.person()

    answer = await town.ask(ada, "/trends 1w")

    assert {"bold", "text_link"} <= styles_of(answer)
    assert not any(mark in answer["text"] for mark in ("**", "__", "<b>", "\\", "]("))


async def test_buttons_rendered(town: Town) -> None:
    ada = await town.person()

    answer = await town.ask(ada, "/trends 24h")

    verbs = {data.split(":")[1] for data in data_of(answer)}
    assert {"ex", "al", "si", "re", "wi", "up", "dn"} <= verbs
    assert all(len(data.encode()) <= 64 for data in data_of(answer))


async def test_evidence_cards_formatted(town: Town) -> None:
    ada = await town.person()

    answer = await town.ask(ada, "/trends 1w")

    links = [e["url"] for e in answer["entities"] if e["type"] == "text_link"]
    assert links
    assert all(".news.example/" in link for link in links)


async def test_localization_ru(town: Town) -> None:
    olga = await town.person("Ольга", lang="ru")

    answer = await town.ask(olga, "/trends 24h")

    assert answer["text"].startswith("Тренды · 24 часа")


async def test_localization_en(town: Town) -> None:
    ada = await town.person(lang="de")

    answer = await town.ask(ada, "/trends 24h")

    assert answer["text"].startswith("Trends · 24 hours")


async def test_callback_explain(town: Town) -> None:
    ada = await town.person()
    answer = await town.ask(ada, "/trends 1w")

    await town.press(ada, answer, "v1:ex:")
    explained = await town.changed(ada, answer)
    await town.press(ada, explained, "v1:an:")
    back = await town.changed(ada, explained)

    assert explained["text"] != answer["text"]
    assert (back["text"], data_of(back)) == (answer["text"], data_of(answer))


async def test_callback_sources(town: Town) -> None:
    ada = await town.person()
    answer = await town.ask(ada, "/trends 1w")

    await town.press(ada, answer, "v1:al:")
    sources = await town.changed(ada, answer)

    assert {"text_link"} <= styles_of(sources)


async def test_similar_shows_related_articles(town: Town) -> None:
    ada = await town.person()
    answer = await town.ask(ada, "/trends 24h")

    await town.press(ada, answer, "v1:si:")
    similar = await town.changed(ada, answer)

    assert similar["text"] != answer["text"]


async def test_a_window_switch_answers_in_place(town: Town) -> None:
    ada = await town.person()
    answer = await town.ask(ada, "/trends 24h")
    wanted = next(data for data in data_of(answer) if ":wi:" in data and not data.endswith("24h"))

    await town.press(ada, answer, wanted)
    switched = await town.changed(ada, answer)

    assert switched["text"].splitlines()[0] != answer["text"].splitlines()[0]


async def test_a_vote_is_stored_and_a_downvote_asks_why(town: Town) -> None:
    ada = await town.person()
    answer = await town.ask(ada, "/trends 24h")

    up = await town.press(ada, answer, "v1:up:")
    await town.press(ada, answer, "v1:dn:")
    asking = await town.changed(ada, answer)
    thanks = await town.press(ada, asking, "v1:dr:")
    back = await town.changed(ada, asking)

    counted = town.desk.metrics.registry.get_sample_value(
        "answer_feedback_total", {"command": "trends", "vote": "down"}
    )
    assert (bool(up["text"]), bool(thanks["text"]), counted) == (True, True, 2.0)
    assert data_of(back) == data_of(answer)


async def test_plain_text_gives_the_stories_and_three_ways_on(town: Town) -> None:
    ada = await town.person()

    answer = await town.ask(ada, "storm in the Marrow valley 1w")
    await town.press(ada, answer, "v1:mo:")
    (more,) = await town.replies(ada, after=answer["message_id"])

    assert "Helga" in answer["text"]
    assert len([data for data in data_of(answer) if ":mo:" in data]) == 3
    assert more["text"] != answer["text"]


@pytest.mark.parametrize(
    ("lang", "command", "hint"),
    [
        ("en", "/trends yesterday", "24h"),
        ("ru", "/trends yesterday", "24h"),
        ("en", "/analyze sentimen", "sentiment"),
        ("ru", "/analyze", "/analyze"),
    ],
)
async def test_a_wrong_word_gets_the_usage_with_the_nearest_value(
    town: Town, lang: str, command: str, hint: str
) -> None:
    ada = await town.person(lang=lang)

    answer = await town.ask(ada, command)

    assert hint in answer["text"]


@pytest.mark.parametrize("text", ["🤷 🙈", "слово " * 600])
async def test_a_query_that_cannot_be_read_gets_words_not_silence(town: Town, text: str) -> None:
    ada = await town.person()

    answer = await town.ask(ada, text)

    assert answer["text"]


async def test_a_query_without_news_can_be_tried_again_or_further_back(town: Town) -> None:
    ada = await town.person(lang="ru")

    nothing = await town.ask(ada, "/analyze keywords зззййй 6h")
    await town.press(ada, nothing, "v1:wi:")
    longer = await town.changed(ada, nothing)
    await town.press(ada, longer, "v1:rt:")

    assert any(data.startswith("v1:rt:") for data in data_of(nothing))
    assert data_of(longer) != data_of(nothing)


async def test_help_lists_every_command_in_both_languages(town: Town) -> None:
    ada, olga = await town.person(), await town.person("Ольга", lang="ru")

    english, russian = await town.ask(ada, "/help"), await town.ask(olga, "/help")

    commands = ("/trends", "/analyze", "/settings", "/status", "/privacy", "/forget")
    assert all(c in english["text"] and c in russian["text"] for c in commands)
    assert "Что я умею" in russian["text"]


async def test_an_unknown_command_gets_the_help(town: Town) -> None:
    ada = await town.person()

    answer = await town.ask(ada, "/frobnicate")

    assert answer["text"].startswith("I do not know that command.")


async def test_status_and_privacy_say_what_there_is(town: Town) -> None:
    olga = await town.person("Ольга", lang="ru")

    status, privacy = await town.ask(olga, "/status"), await town.ask(olga, "/privacy")

    assert "96 статей" in status["text"]
    assert "30 дней" in privacy["text"]


async def test_the_command_menu_is_set_in_both_languages(town: Town) -> None:
    async def described() -> str | None:
        state = await town.get("/state")
        return state["bot"]["description"] or None

    assert (await until(described)).startswith("I read the news")


async def test_start_shows_four_buttons_and_trends_works_at_once(town: Town) -> None:
    ada = await town.person()

    hello = await town.ask(ada, "/start")
    await town.press(ada, hello, "s1:go:trends")
    (answer,) = await town.replies(ada, after=hello["message_id"])

    assert len(data_of(hello)) == 4
    assert answer["text"].startswith("Trends")


async def test_a_file_gets_a_kind_answer(town: Town) -> None:
    ada = await town.person()

    answer = await town.ask(
        ada, "", document={"file_name": "news.jsonl", "content_base64": "e30K"}
    )

    assert "newsdesk import" in answer["text"]


async def test_an_edited_message_is_not_answered_again(town: Town) -> None:
    ada = await town.person()
    message_id = await town.say(ada, "/help")
    await town.replies(ada, after=message_id)

    await town.post(f"/chats/{ada}/messages/{message_id}", text="/status")
    await town.ask(ada, "/privacy")

    assert len(await town.replies(ada, after=message_id)) == 2
