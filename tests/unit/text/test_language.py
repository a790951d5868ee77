"""Language identification: script, letters, function words, prior, model."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.text.language import identify


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Президент подписал закон о бюджете", "ru"),
        ("Уряд ухвалив новий бюджет, і його підпише президент", "uk"),
        ("Президентът ще подпише закона, каза министърът", "bg"),
        ("The minister said that the budget is ready", "en"),
        ("Der Minister sagte, dass der Haushalt fertig ist", "de"),
        ("Le ministre a dit que le budget est dans les temps", "fr"),
        ("El ministro dijo que el presupuesto está listo para el año", "es"),
        ("Il ministro ha detto che il bilancio è pronto per gli anni", "it"),
        ("首相が予算について話した", "ja"),
        ("总理谈到了预算", "zh"),
        ("장관이 예산에 대해 말했다", "ko"),
        ("قال الوزير إن الميزانية جاهزة", "ar"),
        ("Ο υπουργός μίλησε", "el"),
    ],
)
def test_clear_text_needs_no_prior(text: str, lang: str):
    assert identify(text, prior=None)[0] == lang


def test_script_overrules_a_wrong_prior():
    assert identify("Открыт новый мост через реку", prior="en")[0] == "ru"


def test_function_words_overrule_a_wrong_prior():
    assert identify("Der neue Turm ist auf dem Berg und nicht im Tal", prior="en")[0] == "de"


def test_the_prior_decides_what_the_text_leaves_open():
    assert identify("Обама", prior="bg")[0] == "bg"
    assert identify("OK Berlin", prior="de-DE")[0] == "de"


def test_brand_names_do_not_make_a_russian_post_english():
    assert identify("В ChatGPT и Telegram сбой", prior=None)[0] == "ru"


def test_the_model_decides_where_no_function_word_helps():
    lang, p = identify("Ministro italiano firma ordinanza sanitaria nazionale", prior=None)

    assert lang == "it"
    assert 0 < p <= 1


@pytest.mark.parametrize(("prior", "expected"), [(None, ("und", 0.0)), ("ru", ("ru", 0.3))])
def test_a_text_without_letters_is_not_guessed(prior: str | None, expected: tuple[str, float]):
    assert identify("😀 123", prior=prior) == expected


@pytest.mark.parametrize("prior", ["", "??", "english language", "12"])
def test_a_senseless_prior_is_ignored(prior: str):
    assert identify("😀", prior=prior) == ("und", 0.0)


def test_many_threads_get_the_same_answer():
    texts = ["Ministro italiano firma ordinanza", "Presidente brasileiro assina projeto"] * 50

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: identify(text, prior=None)[0], texts))

    assert found == [found[0], found[1]] * 50
