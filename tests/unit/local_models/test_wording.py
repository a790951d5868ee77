"""What the stand-ins read in a prompt, and what they write."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_service.local_models.asked import Asked, Json, Turn
from bot_service.local_models.catalog import Provider, find_model
from bot_service.local_models.reading import read_language, read_material
from bot_service.local_models.wording import MAX_CLAIM, shorten, write, write_claims
from schemas.llm import ComposedDraft, ExpansionDraft, TopicsDraft

RUSSIAN = "Пишите коротко. Write in Russian. Give at most 2 `claims`."
PROMPT = """<7a>
Computed:
1. «Паром вышел в море» — 5 статей, 3 издания [k7q2] [b3d4]
2. Тон спокойный: +0,12 по 5 статьям [b3d4]
3. Ещё одна строка [k7q2]
Also computed:
- Строка без источника
Topics:
- [m2n3] Паром и погода на всём северном побережье сегодня (паром, шторм, порт)
- [t5v6] Порт (порт, причал)
Evidence:
[k7q2] Паром вышел в море — Рейс задержали из-за шторма. (Маяк, 2026-03-02)
[b3d4] Паром задержали из-за шторма (Берег, 2026-03-02)
</7a>"""


def asked(
    schema: Json | None, *, system: str = RUSSIAN, user: str = PROMPT, is_json: bool = False
) -> Asked:
    provider: Provider = "openai"
    model = find_model(provider, "gpt-5")
    assert model is not None
    return Asked(
        model=model,
        system=system,
        turns=(Turn("user", user),),
        body={},
        schema=schema,
        is_json=is_json or schema is not None,
    )


def test_each_section_of_a_prompt_is_read_for_what_it_is() -> None:
    material = read_material(RUSSIAN, PROMPT)

    assert [item.id for item in material.evidence] == ["k7q2", "b3d4"]
    assert [s.refs for s in material.sentences] == [("k7q2", "b3d4"), ("b3d4",), ("k7q2",)]
    assert [topic.id for topic in material.topics] == ["m2n3", "t5v6"]


def test_evidence_is_told_from_its_source_and_date() -> None:
    first, second = read_material(RUSSIAN, PROMPT).evidence

    assert (first.title, first.snippet) == ("Паром вышел в море", "Рейс задержали из-за шторма.")
    assert (second.title, second.snippet) == ("Паром задержали из-за шторма", "")


def test_lines_without_sections_are_told_apart_by_what_cites_them() -> None:
    material = read_material(
        "", "- Two ferries sail [aa11]\n[aa11] Ferries — They sail.\n[tt99] Ferries and ports"
    )

    assert [item.id for item in material.evidence] == ["aa11"]
    assert [topic.id for topic in material.topics] == ["tt99"]


def test_claims_keep_the_computed_words_figures_and_citations() -> None:
    draft = TopicsDraft.model_validate_json(write(asked(TopicsDraft.model_json_schema())))

    assert [claim.text for claim in draft.claims] == [
        "«Паром вышел в море» — 5 статей, 3 издания",
        "Тон спокойный: +0,12 по 5 статьям",
    ]
    assert draft.claims[0].refs == ("k7q2", "b3d4")


def test_only_a_long_topic_gets_a_new_name_made_of_its_terms() -> None:
    draft = TopicsDraft.model_validate_json(write(asked(TopicsDraft.model_json_schema())))

    assert [(label.id, label.text) for label in draft.labels] == [("m2n3", "Паром, шторм")]


def test_the_summary_says_nothing_beyond_the_claims() -> None:
    draft = ComposedDraft.model_validate_json(write(asked(ComposedDraft.model_json_schema())))

    assert draft.tldr == draft.claims[0].text


def test_expansions_stand_in_several_articles_and_not_in_the_query() -> None:
    prompt = PROMPT.replace("<7a>\n", "<7a>\nQuery: шторм\n", 1)
    draft = ExpansionDraft.model_validate_json(
        write(asked(ExpansionDraft.model_json_schema(), user=prompt))
    )

    assert draft.expansions == ("задержали",)
    assert draft.negatives == ()


def test_evidence_alone_is_told_by_its_titles_in_the_readers_language() -> None:
    told = write_claims(
        read_material("Write in English.", "[a1] Паром стоит — Шторм.\n[a2] Storm — Wind.")
    )

    assert told == [("Reported: “Паром стоит”.", ("a1",)), ("Storm", ("a2",))]


def test_the_same_request_is_answered_with_the_same_words() -> None:
    request = asked(TopicsDraft.model_json_schema())

    assert write(request) == write(request)


def test_free_text_is_one_honest_sentence_in_the_prompts_language() -> None:
    assert write(asked(None, system="", user="hello there")).startswith("This is a stand-in")
    assert write(asked(None, system="", user="привет всем")).startswith("Это замена")


def test_a_schema_in_the_prompt_is_followed_where_the_request_has_none() -> None:
    schema = json.dumps(ComposedDraft.model_json_schema())

    text = write(asked(None, user=f"{PROMPT}\nAnswer in JSON: {schema}", is_json=True))

    assert ComposedDraft.model_validate_json(text).claims


@pytest.mark.parametrize(
    ("system", "user", "lang"),
    [
        ("Write in Russian.", "English words", "ru"),
        ("Write in English.", "русские слова", "en"),
        ("Отвечайте на русском языке.", "words", "ru"),
        ("", "Ответь по-английски: привет", "en"),
        ("", "русские слова", "ru"),
        ("", "", "en"),
    ],
)
def test_the_language_is_the_named_one_else_the_prompts_own(
    system: str, user: str, lang: str
) -> None:
    assert read_language(system, user) == lang


def test_a_long_sentence_is_cut_inside_its_quotation() -> None:
    headline = " ".join(["The barrier closes before the flood"] * 6)

    cut = shorten(f"“{headline}” is told in 1,234 articles of 56 publishers", MAX_CLAIM)

    assert len(cut) <= MAX_CLAIM
    assert cut.endswith("…” is told in 1,234 articles of 56 publishers")


@given(st.text(max_size=400), st.integers(min_value=1, max_value=200))
def test_no_sentence_is_longer_than_its_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


@given(st.text(max_size=600))
def test_any_prompt_is_answered_in_the_schema(user: str) -> None:
    text = write(asked(TopicsDraft.model_json_schema(), user=user))

    assert TopicsDraft.model_validate_json(text) is not None
