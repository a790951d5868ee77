import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import FolderInUse
from schemas.errors import ErrorResponse
from schemas.runs import Reply
from services.folder import FolderLock
from services.orchestrator import (
    execute_analyze,
    execute_trends,
    handle_callback,
    open_desk,
)
from tests.integration.conftest import answer_of, error_of, run_id_of, settings_for
from tests.integration.news import FLOOD_EN, NOW
from tests.integration.test_processes import environment

SCRIPT = """
import asyncio
from services.orchestrator import execute_trends

async def main():
    replies = await asyncio.gather(*(execute_trends(window="24h") for _ in range(20)))
    print(sum(reply.response.__class__.__name__ == "AnalysisResponse" for reply in replies))
    print(len({reply.correlation_id for reply in replies}))
    print(replies[0].text.splitlines()[2])

asyncio.run(main())
"""


@pytest.fixture
def only_env(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stocked folder that the environment names, and no desk bound."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    return folder


def test_twenty_requests_of_a_plain_script_are_answered_and_it_ends_cleanly(
    folder: Path, tmp_path: Path
) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        env=environment(folder),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[:2] == ["20", "20"]
    assert FLOOD_EN[0][0] in ran.stdout


def test_each_event_loop_opens_a_desk_of_its_own_and_leaves_the_folder_free(
    only_env: Path,
) -> None:
    first = asyncio.run(execute_trends())
    second = asyncio.run(execute_trends())

    assert answer_of(first).result == answer_of(second).result
    with FolderLock(only_env):
        pass


async def test_an_open_desk_is_the_one_that_is_asked(folder: Path) -> None:
    async with open_desk(settings_for(folder)):
        reply = await execute_analyze("topics", "tidal barrier", k_final=2)
        shown = await handle_callback(f"v1:ex:{run_id_of(reply)}")

    assert len(answer_of(reply).evidence) == 2
    assert "z = 2" in shown.text or "tidal barrier" in shown.text


async def test_the_clock_of_a_desk_can_start_anywhere(folder: Path) -> None:
    settings = settings_for(folder, now=None)
    async with open_desk(settings, now=NOW):
        reply = await execute_trends()

    assert FLOOD_EN[0][0] in reply.text


async def wrong_replies() -> list[Reply]:
    return [
        await execute_trends("yesterday"),
        await execute_trends(lang="klingon"),
        await execute_trends(k_final=0),
        await execute_trends(source="s" * 500),
        await execute_trends(mode="deep"),  # type: ignore[arg-type]
        await execute_analyze("sentimen"),
        await execute_analyze("topics", "x" * 1_001),
        await execute_analyze("topics", k_final=99),
    ]


async def test_wrong_words_are_a_reply_and_never_an_exception(folder: Path) -> None:
    async with open_desk(settings_for(folder)):
        replies = await wrong_replies()

    assert {error_of(reply).error.code for reply in replies} == {"VALIDATION_FAILED"}
    assert all(error_of(r).error.tech_message.startswith("usage:") for r in replies)


async def test_a_desk_that_cannot_be_opened_is_a_reply_too(only_env: Path) -> None:
    with FolderLock(only_env):
        replies = await asyncio.gather(execute_trends(), handle_callback("v1:ex:abc"))

    assert {error_of(reply).error.code for reply in replies} == {"INTERNAL"}
    assert "does not answer" in error_of(replies[0]).error.tech_message
    assert "does not answer" not in replies[0].text


async def test_a_failed_start_is_tried_again_by_the_next_request(only_env: Path) -> None:
    with FolderLock(only_env):
        refused = await execute_trends()

    answered = await execute_trends()

    assert isinstance(refused.response, ErrorResponse)
    answer_of(answered)


async def test_opening_a_folder_in_use_raises(folder: Path) -> None:
    with FolderLock(folder), pytest.raises(FolderInUse, match="does not answer"):
        async with open_desk(settings_for(folder)):
            pass


async def test_a_lone_half_of_an_emoji_in_a_query_is_no_error(folder: Path) -> None:
    async with open_desk(settings_for(folder)):
        reply = await execute_analyze("topics", "tidal \ud83d barrier")

    answer_of(reply)
