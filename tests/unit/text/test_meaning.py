"""Phrases, names, mood, emotions and category of single texts."""

import pytest

from core.text.category import categorise
from core.text.emotions import EMOTIONS, measure_emotions
from core.text.entities import entities
from core.text.keyphrases import keyphrases
from core.text.sentiment import MEASURED_LANGUAGES, measure
from core.text.surface import read_lines
from core.text.tokens import stems


def _phrases(title: str, text: str = "", lang: str = "en") -> list[str]:
    return [phrase.phrase for phrase in keyphrases(read_lines(title, text, lang), lang)]


def _names(title: str, text: str = "", lang: str = "en") -> tuple[str, ...]:
    return entities(read_lines(title, text, lang), lang)


def test_a_headline_gives_the_phrases_a_person_would_underline():
    found = _phrases("Supreme Court hears challenge to import tariffs")

    assert found[0] == "Supreme Court"
    assert "import tariffs" in found
    assert not any("hears" in phrase for phrase in found)


def test_a_russian_headline_is_cut_at_its_verb():
    found = _phrases("Верховный суд отменил новые тарифы на перевозку зерна", lang="ru")

    assert "Верховный суд" in found
    assert not any("отменил" in phrase for phrase in found)


def test_a_phrase_that_recurs_comes_first():
    text = "A glass bridge opened. Visitors like the glass bridge. Tickets sold out near noon."

    assert _phrases("", text)[0].lower() == "glass bridge"


def test_links_and_markup_are_no_phrases():
    found = _phrases(
        "", "**Новый мост** [открыт](https://example.org/a) https://example.org/b", "ru"
    )

    assert not any("example" in phrase or "*" in phrase for phrase in found)


def test_keyphrases_are_scored_from_zero_to_one_best_first_and_once_each():
    text = "Old Harbour plan. The Old Harbour plan costs more. Harbour workers protest the plan."
    found = keyphrases(read_lines("", text, "en"), "en")

    scores = [phrase.score for phrase in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)
    assert len({phrase.norm for phrase in found}) == len(found) <= 10
    assert all(1 <= phrase.ngram <= 5 for phrase in found)


def test_an_abbreviation_keeps_its_last_stop():
    found = _phrases("Court halts U.S. grain tariffs, U.S. says")

    assert any("U.S." in phrase for phrase in found)
    assert not any(phrase.endswith("U.S") for phrase in found)


def test_stop_words_alone_give_no_phrase():
    assert _phrases("It is what it is") == []


def test_names_are_runs_of_capitals_and_a_person_gives_the_surname_too():
    found = _names("Mayor meets John Hartwell in Port Ellery to discuss ferries")

    assert found == ("john hartwel", "hartwel", "port elleri")


def test_a_capital_that_only_opens_a_sentence_is_no_name():
    assert _names("Gold rises to a record. Prices may fall.") == ()


def test_a_headline_in_title_case_gives_only_proved_names():
    found = _names("Harbour Stocks Rise as Germany Plans New Spending Package")

    assert found == ("germani",)


def test_russian_names_do_not_take_the_role_before_them():
    found = _names("Президент Лидонии Пётр Ладогин прибыл в Москву", lang="ru")

    assert "петр ладогин" in found
    assert "москв" in found
    assert not any("президент" in name for name in found)


def test_possessives_and_plain_forms_are_one_name():
    assert _names("We saw Hartwell's plan; critics of Hartwell disagree") == ("hartwel",)


@pytest.mark.parametrize(
    ("text", "lang", "sign"),
    [
        ("A wonderful victory makes the town happy", "en", 1),
        ("Bombing kills dozens in a horrible attack", "en", -1),
        ("Команда одержала прекрасную победу, болельщики рады", "ru", 1),
        ("В аварии погибли три человека, ещё пятеро ранены", "ru", -1),
    ],
)
def test_the_sign_of_the_mood_is_right(text: str, lang: str, sign: int):
    measured = measure(text, lang)

    assert measured is not None
    assert measured * sign > 0.2


def test_negation_turns_a_russian_mood():
    plain, negated = measure("Это успех", "ru"), measure("Это не успех", "ru")

    assert plain is not None
    assert negated is not None
    assert negated < 0 < plain


def test_a_language_without_a_lexicon_is_not_measured():
    assert frozenset({"en", "ru"}) == MEASURED_LANGUAGES
    assert measure("Ein schöner Sieg", "de") is None
    assert measure_emotions(stems("Ein schöner Sieg", "de"), "de") == {}


@pytest.mark.parametrize(
    ("text", "lang", "emotion"),
    [
        ("Fans celebrate the victory with joy", "en", "joy"),
        ("Panic and fear spread as the threat grows", "en", "fear"),
        ("Жители возмущены и требуют отставки, разгорелся скандал", "ru", "anger"),
        ("Траур и скорбь: в городе прощание с погибшими", "ru", "sadness"),
        ("Неожиданная находка поразила и удивила", "ru", "surprise"),
    ],
)
def test_the_strongest_emotion_is_the_named_one(text: str, lang: str, emotion: str):
    found = measure_emotions(stems(text, lang), lang)

    assert tuple(found) == EMOTIONS
    assert max(found, key=lambda name: found[name]) == emotion
    assert all(0 <= value <= 1 for value in found.values())


@pytest.mark.parametrize(
    ("title", "lang", "category"),
    [
        ("Striker scores twice as the club wins the cup final", "en", "sports"),
        ("Shares fall as the central bank raises interest rates", "en", "economy"),
        ("New smartphone gets a faster chip and a software update", "en", "technology"),
        ("Astronomers find a planet with a space telescope", "en", "science"),
        ("Полиция задержала подозреваемого, суд вынес приговор", "ru", "society"),
        ("Режиссёр показал трейлер фильма, актриса спела песню", "ru", "entertainment"),
        ("Курс доллара вырос, биржа ждёт решения Центробанка", "ru", "economy"),
    ],
)
def test_typical_words_name_the_category(title: str, lang: str, category: str):
    assert categorise(title, "", lang) == category


def test_a_language_without_word_list_is_other():
    assert categorise("Der Verein gewinnt den Pokal", "", "de") == "other"
