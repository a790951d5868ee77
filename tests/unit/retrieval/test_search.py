from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.access import system_principal, visible
from core.ports.embedder import Embedder
from core.ports.index import Document, IndexFilter, SearchIndex
from core.retrieval.query import parse_query
from core.retrieval.search import (
    Candidate,
    RetrievalLimits,
    find_similar,
    retrieve_for_analysis,
)
from services.adapters.embed.hashing import HashingEmbedder
from services.adapters.index.edge import EdgeSearchIndex

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
WHERE = IndexFilter(visible(system_principal()))
TEXTS = {
    1: "Bridge over the northern river closed after the storm",
    2: "Bridge over the northern river closed after the storm!",
    3: "Bridge over the northern river is closed after the storm",
    4: "Minister says the northern river bridge will reopen by autumn",
    5: "Football club wins the cup after extra time",
    6: "Inflation slows as fuel prices fall",
}


@dataclass
class Themes:
    """A tiny encoder: one direction a theme, so texts that share no word can be near."""

    themes: dict[str, int]
    name: str = "themes"
    dimension: int = 32
    is_semantic: bool = True
    is_remote: bool = False
    asked: list[str] = field(default_factory=list)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word, place in self.themes.items():
                if word in text.lower():
                    row[place] = 1.0
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


@asynccontextmanager
async def filled(
    folder: Path, embedder: Embedder, texts: dict[int, str]
) -> AsyncIterator[SearchIndex]:
    index = EdgeSearchIndex.open(folder, embedder_name=embedder.name, dimension=embedder.dimension)
    vectors = await embedder.embed(list(texts.values()))
    await index.upsert(
        [
            Document(
                id=number,
                kind="article",
                title="",
                text=text,
                lang="en",
                at=NOON,
                source="Post",
                tenant="shared",
                audience="public",
                vector=vector,
            )
            for (number, text), vector in zip(texts.items(), vectors, strict=True)
        ]
    )
    yield index
    await index.aclose()


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[SearchIndex]:
    async with filled(tmp_path, HashingEmbedder(), TEXTS) as opened:
        yield opened


async def retrieve(
    index: SearchIndex,
    text: str,
    *,
    where: IndexFilter = WHERE,
    limits: RetrievalLimits | None = None,
) -> list[Candidate]:
    return await retrieve_for_analysis(
        index,
        HashingEmbedder(),
        query=parse_query(text),
        where=where,
        limits=limits or RetrievalLimits(),
    )


async def test_the_best_documents_come_back_with_the_ranks_that_brought_them(
    index: SearchIndex,
) -> None:
    found = await retrieve(index, "fuel prices")

    assert found[0].id == 6
    assert [(leg.leg, leg.rank) for leg in found[0].legs] == [("sparse", 1), ("dense", 1)]
    assert found[0].fused_score == pytest.approx(1 / 61)


async def test_copies_leave_one_representative(index: SearchIndex) -> None:
    found = await retrieve(index, "bridge")

    assert sorted(one.id for one in found if one.id < 4) in ([1], [2], [3])
    assert 4 in [one.id for one in found]


async def test_relevance_only_keeps_copies_in_order_of_score(index: SearchIndex) -> None:
    limits = RetrievalLimits(k_final=100, fused=1, is_relevance_only=True)

    found = await retrieve(index, "bridge storm", limits=limits)

    assert {one.id for one in found} >= {1, 2, 3, 4}
    assert [one.fused_score for one in found] == sorted(
        (one.fused_score for one in found), reverse=True
    )


async def test_a_lexical_leg_never_comes_before_what_the_words_found(index: SearchIndex) -> None:
    limits = RetrievalLimits(k_final=100, is_relevance_only=True)

    found = await retrieve(index, "bridge", limits=limits)

    legs = [{leg.leg for leg in one.legs} for one in found]
    assert "sparse" in legs[0]
    assert legs == sorted(legs, key=lambda names: "sparse" not in names)


async def test_chance_neighbours_are_no_candidates(index: SearchIndex) -> None:
    found = await retrieve(index, "volcano")

    assert found == []


async def test_no_more_than_asked_for_come_back(index: SearchIndex) -> None:
    found = await retrieve(index, "bridge football inflation", limits=RetrievalLimits(k_final=2))

    assert len(found) == 2


async def test_only_allowed_documents_come_back_ranked_anew(index: SearchIndex) -> None:
    limits = RetrievalLimits(allowed_ids=frozenset({4, 5}))

    found = await retrieve(index, "bridge", limits=limits)

    assert [one.id for one in found] == [4]
    assert found[0].legs[0].rank == 1


async def test_filters_reach_both_legs(index: SearchIndex) -> None:
    where = replace(WHERE, without_ids=frozenset({6}))

    found = await retrieve(index, "fuel prices", where=where)

    assert 6 not in [one.id for one in found]


@pytest.mark.parametrize("text", ["", "-bridge", "🙂"])
async def test_a_query_without_words_finds_nothing(index: SearchIndex, text: str) -> None:
    assert await retrieve(index, text) == []


async def test_a_semantic_leg_joins_in_by_rank(tmp_path: Path) -> None:
    embedder = Themes({"storm": 0, "hurricane": 0, "cup": 1})
    texts = {1: "Hurricane hits the coast", 2: "Storm insurance offers", 3: "The cup final"}
    async with filled(tmp_path, embedder, texts) as index:
        found = await retrieve_for_analysis(
            index,
            embedder,
            query=parse_query("storm"),
            where=WHERE,
            limits=RetrievalLimits(is_relevance_only=True),
        )

    assert [one.id for one in found[:2]] == [2, 1]
    assert found[0].fused_score > 1 / 61
    assert [leg.leg for leg in found[1].legs] == ["dense"]


async def test_exclusions_are_not_searched_for(tmp_path: Path) -> None:
    embedder = Themes({})
    async with filled(tmp_path, embedder, {1: "A bridge"}) as index:
        await retrieve_for_analysis(
            index,
            embedder,
            query=parse_query("bridge -storm"),
            where=WHERE,
            limits=RetrievalLimits(),
        )

    assert embedder.asked[-1] == "bridge"


async def test_similar_documents_leave_out_the_given_ones_and_their_copies(
    index: SearchIndex,
) -> None:
    found = await find_similar(index, [1], where=WHERE, limit=5, min_score=0.05)

    assert found[0].id == 4
    assert not {1, 2, 3} & {one.id for one in found}
    assert found[0].legs[0].rank == 1


async def test_similar_to_unknown_documents_is_nothing(index: SearchIndex) -> None:
    assert await find_similar(index, [999], where=WHERE, limit=5) == []
    assert await find_similar(index, [1], where=WHERE, limit=0) == []


async def test_similar_documents_honour_the_filter(index: SearchIndex) -> None:
    where = replace(WHERE, end=datetime(2020, 1, 1, tzinfo=UTC))

    assert await find_similar(index, [1], where=where, limit=5, min_score=0.0) == []
