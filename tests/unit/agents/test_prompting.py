import re
from importlib import resources
from typing import get_args

import pytest

from core.agents.prompting import LANGUAGE_NAMES, SHARED, instructions, prompt, prompt_versions
from core.rendering.words import LANGUAGES
from schemas.llm import REPLY_SCHEMAS, Task

TASKS = get_args(Task)
FENCE = "0123456789abcdef"


def test_every_prompt_is_a_file_with_a_version_and_no_other_file_lies_there() -> None:
    folder = resources.files("core.agents.prompts")
    files = {file.name.removesuffix(".md") for file in folder.iterdir() if ".md" in file.name}

    assert files == {*SHARED, *TASKS}
    assert all(prompt(name).version >= 1 for name in files)


def test_the_versions_name_every_prompt() -> None:
    named = dict(part.split(":") for part in prompt_versions().split(","))

    assert named == {name: str(prompt(name).version) for name in (*SHARED, *TASKS)}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_instructions_are_filled_in_and_their_versions_are_not_sent(task: Task, lang: str) -> None:
    told = instructions(task, lang=lang, fence=FENCE, count=4)

    assert f"Write in {LANGUAGE_NAMES[lang]}." in told
    assert f"<{FENCE}> and </{FENCE}>" in told
    assert "version" not in told
    assert "$" not in told


@pytest.mark.parametrize("task", TASKS)
def test_every_field_of_the_reply_is_explained(task: Task) -> None:
    told = instructions(task, lang="en", fence=FENCE, count=4)

    fields = REPLY_SCHEMAS[task].model_fields
    assert set(fields) <= set(re.findall(r"`(\w+)`", told))


def test_style_rules_are_those_of_the_readers_language() -> None:
    english, russian = (instructions("compose", lang=lang, fence=FENCE) for lang in ("en", "ru"))

    assert "“so”" in english
    assert "«так»" in russian
    assert "«так»" not in english


def test_instructions_leave_room_for_news() -> None:
    longest = max(len(instructions(task, lang="ru", fence=FENCE).encode()) for task in TASKS)

    assert longest < 1_700
