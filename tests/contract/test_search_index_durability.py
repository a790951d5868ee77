"""What the search index keeps over a restart, a kill and a change of embedder."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import EmbedderChanged, IndexFailed
from core.ports.index import DenseSearch, SearchIndex
from services.adapters.index.edge import EdgeSearchIndex
from tests.contract.index_documents import (
    DIMENSION,
    EVERYTHING,
    Opener,
    document,
    find,
    found_by_each,
)


async def test_reopening_keeps_everything(opener: Opener) -> None:
    first = opener()
    await first.upsert([document(1), replace(document(2, "новые мосты"), lang="ru")])
    await first.aclose()

    second = opener()

    assert [hit.id for hit in await find(second, "bridge")] == [1]
    assert [hit.id for hit in await find(second, "мост", lang=None)] == [2]
    await second.aclose()


async def test_closing_twice_is_fine_and_a_closed_index_says_so(opener: Opener) -> None:
    index = opener()
    await index.aclose()
    await index.aclose()

    with pytest.raises(IndexFailed, match="closed"):
        await index.count("article", EVERYTHING)


async def test_a_second_opening_of_the_same_folder_is_refused(opener: Opener) -> None:
    first, second = opener(), opener()
    await first.upsert([document(1)])

    with pytest.raises(IndexFailed, match="could not open"):
        await second.count("article", EVERYTHING)
    await first.aclose()
    await second.aclose()


@pytest.mark.parametrize(("name", "dimension"), [("other", DIMENSION), ("axes", 64)])
async def test_vectors_of_another_embedder_are_refused_with_the_command_that_helps(
    opener: Opener, tmp_path: Path, name: str, dimension: int
) -> None:
    first = opener()
    await first.upsert([document(1)])
    await first.aclose()

    with pytest.raises(EmbedderChanged, match=r"newsdesk reindex"):
        EdgeSearchIndex.open(tmp_path / "index", embedder_name=name, dimension=dimension)


async def test_a_rebuild_may_clear_what_another_embedder_made(
    opener: Opener, tmp_path: Path
) -> None:
    first = opener()
    await first.upsert([document(1)])
    await first.aclose()
    rebuilt = EdgeSearchIndex.open(
        tmp_path / "index", embedder_name="other", dimension=DIMENSION, is_rebuild=True
    )

    with pytest.raises(EmbedderChanged, match=r"newsdesk reindex"):
        await rebuilt.count("article", EVERYTHING)
    await rebuilt.clear("article")
    await rebuilt.upsert([document(2)])

    assert await found_by_each(rebuilt, EVERYTHING) == [[2], [2]]
    await rebuilt.aclose()


@pytest.mark.parametrize(
    ("vector", "says"),
    [
        (np.ones(3, dtype=np.float32), "shape"),
        (np.full(DIMENSION, np.nan, dtype=np.float32), "finite"),
    ],
)
async def test_a_wrong_vector_is_refused(
    index: SearchIndex, vector: NDArray[np.float32], says: str
) -> None:
    with pytest.raises(IndexFailed, match=says):
        await index.upsert([replace(document(1), vector=vector)])


async def test_a_search_vector_of_the_wrong_length_is_refused(index: SearchIndex) -> None:
    with pytest.raises(IndexFailed, match="shape"):
        await index.search("article", [DenseSearch(np.ones(3, dtype=np.float32))], EVERYTHING)


async def test_two_kinds_in_one_call_are_refused(index: SearchIndex) -> None:
    with pytest.raises(IndexFailed, match="one kind"):
        await index.upsert([document(1), replace(document(2), kind="guide")])


async def test_a_kind_that_would_leave_the_folder_is_refused(index: SearchIndex) -> None:
    with pytest.raises(IndexFailed, match="no kind"):
        await index.count("../article", EVERYTHING)


async def test_searches_and_writes_at_the_same_time_all_succeed(index: SearchIndex) -> None:
    async def write(first: int) -> None:
        await index.upsert([document(number) for number in range(first, first + 250)])

    answers = await asyncio.gather(
        write(0), write(1_000), *(find(index, "bridge") for _ in range(20))
    )

    assert len(answers) == 22
    assert await index.count("article", EVERYTHING) == 500


WRITER = """
import asyncio, sys
from pathlib import Path
from tests.contract.test_search_index import DIMENSION, document
from services.adapters.index.edge import EdgeSearchIndex

async def main():
    index = EdgeSearchIndex.open(Path(sys.argv[1]), embedder_name="axes", dimension=DIMENSION)
    for first in range(0, 1_000_000, 50):
        await index.upsert([document(number) for number in range(first, first + 50)])
        print(first + 50, flush=True)

asyncio.run(main())
"""


def kill_a_writer(folder: Path) -> int:
    """Let another process store documents, kill it, give how many it said were stored."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
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


async def test_what_upsert_returned_from_survives_kill_9(opener: Opener, tmp_path: Path) -> None:
    stored = kill_a_writer(tmp_path / "index")

    index = opener()
    count = await index.count("article", EVERYTHING)
    await index.upsert([document(5_000_000, "volcano")])

    assert count >= stored >= 400
    assert [hit.id for hit in await find(index, "volcano")] == [5_000_000]
    await index.aclose()


async def test_a_crash_while_a_shard_was_made_leaves_no_trace(
    opener: Opener, tmp_path: Path
) -> None:
    half_made = tmp_path / "index" / "article.new" / "segments"
    half_made.mkdir(parents=True)
    (half_made / "rubbish").write_text("half", encoding="utf-8")

    index = opener()
    await index.upsert([document(1)])

    assert await index.count("article", EVERYTHING) == 1
    assert not half_made.exists()
    await index.aclose()
