"""What the embedded search index keeps in its folder, whatever happens to its process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import IndexFailed
from tests.contract.index_documents import EVERYTHING, document, find, open_edge, open_server


async def test_a_second_opening_of_the_same_folder_is_refused(tmp_path: Path) -> None:
    opener = open_edge(tmp_path)
    first, second = await opener(), await opener()
    await first.upsert([document(1)])

    with pytest.raises(IndexFailed, match="could not open"):
        await second.count("article", EVERYTHING)
    await first.aclose()
    await second.aclose()


WRITER = """
import asyncio, sys
from pathlib import Path
from tests.contract.index_documents import document, open_edge, open_server

async def main():
    opener = open_server(sys.argv[1]) if "://" in sys.argv[1] else open_edge(Path(sys.argv[1]))
    index = await opener()
    for first in range(0, 1_000_000, 50):
        await index.upsert([document(number) for number in range(first, first + 50)])
        print(first + 50, flush=True)

asyncio.run(main())
"""


def kill_a_writer(place: str) -> int:
    """Let another process store documents, kill it, give how many it said were stored."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, place],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    with writer:
        assert writer.stdout is not None
        for _ in range(8):
            said = writer.stdout.readline()
        os.kill(writer.pid, signal.SIGKILL)
        return int((writer.stdout.read().split() or [said])[-1])


@pytest.mark.parametrize("place", ["edge", "server"])
async def test_what_upsert_returned_from_survives_kill_9(
    place: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    is_server = place == "server"
    where = request.getfixturevalue("qdrant_url") if is_server else str(tmp_path / "index")
    opener = open_server(where) if is_server else open_edge(Path(where))

    stored = kill_a_writer(where)
    index = await opener()
    count = await index.count("article", EVERYTHING)
    await index.upsert([document(5_000_000, "volcano")])

    assert count >= stored >= 400
    assert [hit.id for hit in await find(index, "volcano")] == [5_000_000]
    await index.aclose()


async def test_a_crash_while_a_shard_was_made_leaves_no_trace(tmp_path: Path) -> None:
    half_made = tmp_path / "article.new" / "segments"
    half_made.mkdir(parents=True)
    (half_made / "rubbish").write_text("half", encoding="utf-8")

    index = await open_edge(tmp_path)()
    await index.upsert([document(1)])

    assert await index.count("article", EVERYTHING) == 1
    assert not half_made.exists()
    await index.aclose()
