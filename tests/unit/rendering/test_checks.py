"""Explain tells what was checked, mended and left out in plain words."""

import pytest

from core.policy.records import VERSIONS
from core.rendering.checks import REASONS, RULES, render_checks
from core.rendering.richtext import Paragraph, flatten
from core.rendering.words import LANGUAGES
from schemas.runs import PolicyRecord


def record(rule: str, verdict: str, where: str = "answer", detail: str = "") -> PolicyRecord:
    return PolicyRecord.model_validate(
        {"rule": rule, "version": 1, "verdict": verdict, "where": where, "detail": detail}
    )


def shown(*records: PolicyRecord, lang: str = "en") -> list[str]:
    return [flatten((Paragraph(line),)).text for line in render_checks(records, lang)]


def test_the_rules_that_were_asked_are_named() -> None:
    lines = shown(record("support", "allow"), record("pii", "allow"))

    assert lines == ["Checked: support in the cited articles, private data"]


def test_a_refusal_is_told_in_plain_words() -> None:
    lines = shown(record("support", "drop", "insights[1]", "number: 14 million"))

    assert lines[1:] == [
        "support v1 · dropped · sentence 2 of the draft · "
        "“14 million” is in no cited article and was not computed"
    ]


def test_a_refusal_is_told_in_russian() -> None:
    lines = shown(record("links", "drop", "tldr", "link-domain"), lang="ru")

    assert lines[1:] == ["links v1 · убрано · резюме · внутри веб-адрес"]


def test_many_are_told_in_sum_and_each_once() -> None:
    many = [record("support", "drop", f"insights[{n}]", "words: x") for n in range(9)]

    lines = shown(*many, *many)

    assert len(lines) == 7
    assert lines[-1] == "and 4 more"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_and_rule_has_words(lang: str) -> None:
    lines = [
        shown(record(rule, "drop", "insights[0]", f"{code}: x"), lang=lang)
        for code in REASONS
        for rule in ("support",)
    ]

    assert all(len(line) == 2 for line in lines)
    assert frozenset(VERSIONS) == RULES
