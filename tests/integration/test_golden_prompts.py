import pytest

from services.desk import Desk
from tests.golden.prompts import COMMANDS, FOLDER, LANGUAGES, file_of, messages_of


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS)
async def test_models_are_told_what_the_golden_file_holds(
    desk: Desk, command: str, lang: str
) -> None:
    """After a wanted change: `python -m tests.golden.prompts`, and read the difference."""
    assert await messages_of(desk, command, lang) == file_of(command, lang).read_text("utf-8")


def test_no_golden_file_is_left_over() -> None:
    named = {file_of(command, lang) for command in COMMANDS for lang in LANGUAGES}

    assert set(FOLDER.iterdir()) == named
