"""What models are told in one run of each command, as files: `python -m tests.golden.prompts`.

Run it after a change of a prompt (and of its version) or of what is shown, and read the difference
before committing it.
"""

import asyncio
import io
import random
import tempfile
from pathlib import Path

from monitoring.logs import configure_logs
from schemas.llm import AnyDraft, Draft, ExpansionDraft, ModelCall
from schemas.requests import NewsRequest
from services.adapters.llm.scripted import ScriptedModel
from services.desk import Desk
from services.wiring import open_desk
from tests.integration.conftest import (
    ADA,
    EVERY_TASK,
    Script,
    answering_with,
    asking,
    settings_for,
)
from tests.integration.news import IMPORTED_AT, make_stream, write_lines

FOLDER = Path(__file__).parent / "messages"
COMMANDS = ("trends", "keywords", "sentiment", "topics", "stories")
LANGUAGES = ("en", "ru")
SEED = 7


def file_of(command: str, lang: str) -> Path:
    """Where the messages of a command in a language lie."""
    return FOLDER / f"{command}.{lang}.txt"


def request_of(command: str, lang: str) -> NewsRequest:
    """The one question of each command."""
    query = None if command == "trends" else "tidal barrier old town"
    return asking(command, query, reply_lang=lang)


def silent(call: ModelCall) -> AnyDraft:
    """Reply without a word."""
    return ExpansionDraft() if call.task == "query_expansion" else Draft(claims=())


async def messages_of(desk: Desk, command: str, lang: str) -> str:
    """Everything that models are told while `desk` answers, with the same ids every time.

    They say nothing, so that the composer words what was computed.
    """
    script = Script(silent)
    answering = answering_with(
        desk,
        ScriptedModel(script=script),
        tasks=(*EVERY_TASK, "query_expansion"),
        pick=random.Random(SEED).choice,
    )
    await answering.answer(ADA, request_of(command, lang))
    calls = sorted(script.calls, key=lambda call: call.task)
    told = [
        f"=== {call.task}, {message.role}\n{message.content}\n"
        for call in calls
        for message in call.messages
    ]
    return "\n".join(told)


async def write_all() -> None:
    """Write every file anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stream = write_lines(folder / "news.jsonl", make_stream())
        async with open_desk(settings_for(folder / "data", now=IMPORTED_AT)) as desk:
            await desk.import_paths([stream])
        async with open_desk(settings_for(folder / "data")) as desk:
            for command in COMMANDS:
                for lang in LANGUAGES:
                    text = await messages_of(desk, command, lang)
                    file_of(command, lang).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    configure_logs("error", stream=io.StringIO(), is_pretty=False)
    asyncio.run(write_all())
