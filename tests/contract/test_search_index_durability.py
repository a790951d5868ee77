"""What every search index keeps over a restart and a change of embedder, and what it refuses."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import EmbedderChanged, IndexFailed
from core.ports.index import DenseSearch, SearchIndex
from tests.contract.index_documents import (
    DIMENSION,
    EVERYTHING,
    Opener,
    document,
    find,
    found_by_each,
)


async def test_reopening_keeps_everything(opener: Opener) -> None:
    first = await opener()
    await first.upsert([document(1), replace(document(2, "новые мосты"), lang="ru")])
    await first.aclose()

    second = await opener()

    assert [hit.id for hit in await find(second, "bridge")] == [1]
    assert [hit.id for hit in await find(second, "мост", lang=None)] == [2]
    await second.aclose()


async def test_closing_twice_is_fine_and_a_closed_index_says_so(opener: Opener) -> None:
    index = await opener()
    await index.aclose()
    await index.aclose()

    with pytest.raises(IndexFailed, match="closed"):
        await index.count("article", EVERYTHING)


@pytest.mark.parametrize(("name", "dimension"), [("other", DIMENSION), ("axes", 64)])
async def test_vectors_of_another_embedder_are_refused_with_the_command_that_helps(
    opener: Opener, name: str, dimension: int
) -> None:
    first = await opener()
    await first.upsert([document(1)])
    await first.aclose()

    with pytest.raises(EmbedderChanged, match=r"newsdesk reindex"):
        await opener(name=name, dimension=dimension)


async def test_a_rebuild_may_clear_what_another_embedder_made(opener: Opener) -> None:
    first = await opener()
    await first.upsert([document(1)])
    await first.aclose()
    rebuilt = await opener(name="other", is_rebuild=True)

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
