"""People and news as they come: rude, broken, hostile. Every answer is one a person can use."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from telegram import Chat, Message, Update, User

from bot_service.telegram.journal import KEY, MAX_TRIES
from tests.e2e.conftest import Town, data_of, open_town, until
from tests.e2e.news import NOW
from tests.e2e.places import Place

HOSTILE = "Ferry </b><script>alert(1)</script> *bold* _it_ [here](tg://user?id=1) `x` & more"


async def test_a_message_that_ended_the_desk_twice_gets_words_and_a_retry(place: Place) -> None:
    async with open_town(place, bot_starts=False) as town:
        ada = await town.person(lang="ru")
        await remember_as_failed(town, ada, "/help")

        await town.bot.start()
        (told, *more) = await town.replies(ada, after=0)

        assert told["text"].startswith("У меня что-то сломалось")
        assert (data_of(told), more) == (["s1:again"], [])


async def test_words_for_a_given_up_message_come_once(place: Place) -> None:
    async with open_town(place, bot_starts=False) as town:
        ada = await town.person()
        await remember_as_failed(town, ada, "/help")
        await town.bot.start()
        await town.replies(ada, after=0)

        async def is_crossed_out() -> bool | None:
            async with town.desk.store.transaction(is_write=False) as work:
                return True if await work.ops.get_value(KEY) is None else None

        assert await until(is_crossed_out)


async def test_markup_in_titles_and_sources_is_shown_as_words(town: Town, tmp_path: Path) -> None:
    line = {
        "id": "hostile",
        "title": HOSTILE,
        "text": "Ferries of the Quokka line stop.",
        "source": "<i>Evil</i> & Co",
        "published_at": (NOW - timedelta(hours=1)).isoformat(),
    }
    (tmp_path / "hostile.jsonl").write_text(json.dumps(line))
    await town.desk.import_paths([tmp_path / "hostile.jsonl"])

    answer = await town.ask(await town.person(), "quokka")

    links = [e["url"] for e in answer["entities"] if e["type"] == "text_link"]
    assert "alert(1)" in answer["text"]
    assert "<i>Evil</i> & Co" in answer["text"]
    assert [url for url in links if not url.startswith("https://")] == []


@pytest.mark.parametrize(
    ("lang", "words", "first", "last"),
    [
        ("en", "/trends Tesla", "/trends looks at all the news", "/analyze topics Tesla"),
        ("ru", "/trends Tesla", "Команда /trends смотрит на все", "/analyze topics Tesla"),
        ("en", "/trends 1w 24h", "One window at a time: 1w or 24h?", "/trends 1w"),
        ("ru", "/trends lang=", "Укажите язык двумя буквами", "/trends lang=auto"),
        ("en", "/trends source=Alder Post", "“Post”", '/trends source="Alder Post"'),
    ],
)
async def test_a_wrong_command_is_answered_with_one_that_works(
    town: Town, lang: str, words: str, first: str, last: str
) -> None:
    person = await town.person(lang=lang)

    usage = await town.ask(person, words)
    answer = await town.ask(person, usage["text"].rsplit(": ", 1)[1])

    assert usage["text"].startswith(first)
    assert usage["text"].endswith(last)
    assert len(answer["text"]) > 20
    assert not answer["text"].startswith(first)


async def test_a_phrase_as_query_stands_in_one_pair_of_quotes(town: Town) -> None:
    answer = await town.ask(await town.person(), '"Harbour bridge" 1w')

    assert answer["text"].startswith("“Harbour bridge” · Stories")


async def remember_as_failed(town: Town, person: int, text: str) -> None:
    """Leave the note of a process that was ended by this message, as the one before it was."""
    message = Message(
        1,
        NOW,
        Chat(person, "private"),
        from_user=user_of(person, await town.get("/state")),
        text=text,
    )
    note = {"update": Update(900_000, message=message).to_dict(), "tries": MAX_TRIES}
    async with town.desk.store.transaction() as work:
        await work.ops.set_value(KEY, json.dumps([note]))


def user_of(person: int, state: dict[str, list[dict[str, object]]]) -> User:
    known = next(p for p in state["people"] if p["id"] == person)
    return User(person, "Ada", is_bot=False, language_code=str(known["language_code"]))
