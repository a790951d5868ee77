"""What only some may see is kept apart in the index, and found by them beside the public news."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.access import visible
from core.ports.index import DenseSearch, Document, IndexFilter, SearchIndex, SparseSearch
from core.retrieval.audiences import AudienceIndex
from schemas.principal import PUBLIC, SHARED_TENANT, Principal, Role, Visibility
from services.adapters.store.engine import SqlStore
from tests.contract.index_documents import axis, document, open_edge
from tests.contract.store_news import source

EVERYBODY = Visibility(tenants=frozenset({SHARED_TENANT}), audiences=frozenset({PUBLIC}))
MINE = visible(Principal(person="7", chat="5", roles=frozenset({"reader"})))
BRIDGE = SparseSearch("bridge tunnel", lang="en", limit=3)


@pytest.fixture
async def desk_store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(tmp_path / "desk.db")
    yield opened
    await opened.aclose()


@pytest.fixture
def apart(index: SearchIndex, desk_store: SqlStore) -> AudienceIndex:
    """Every kind of index, with what is private kept apart."""
    return AudienceIndex(index, desk_store)


def own(number: int, title: str = "Bridge") -> Document:
    return replace(document(number, title), tenant="desk", audience="chat:5")


def where(visibility: Visibility = MINE) -> IndexFilter:
    return IndexFilter(visibility=visibility)


async def add_public(apart: AudienceIndex) -> None:
    await apart.upsert(
        [
            document(1, "Bridge bridge tunnel"),
            document(2, "The bridge"),
            document(3, "A tunnel and a ferry"),
        ]
    )


async def test_private_documents_change_no_score_of_public_ones(apart: AudienceIndex) -> None:
    await add_public(apart)
    (before,) = await apart.search("article", [BRIDGE], where(EVERYBODY))
    (told_before,) = await apart.search("article", [BRIDGE], where())

    await apart.upsert([own(n, "Bridge mania") for n in range(10, 40)])
    (after,) = await apart.search("article", [BRIDGE], where(EVERYBODY))
    other = visible(Principal(person="8", chat="6", roles=frozenset({"reader"})))
    (told_other,) = await apart.search("article", [BRIDGE], where(other))

    assert before == after == told_before == told_other
    assert before[0].id == 1


async def test_a_chat_finds_its_own_beside_the_public_ones(apart: AudienceIndex) -> None:
    await add_public(apart)
    await apart.upsert(
        [replace(own(9), vector=axis(0)), replace(document(4, "Ferry"), vector=axis(0))]
    )

    sparse, dense = await apart.search("article", [BRIDGE, DenseSearch(axis(0), limit=2)], where())

    assert [(hit.id, hit.rank) for hit in sparse][:2] == [(1, 1), (9, 2)]
    assert [(hit.id, hit.rank) for hit in dense] == [(9, 1), (4, 2)]
    assert set(await apart.vectors("article", [4, 9, 77])) == {4, 9}


@pytest.mark.parametrize("role", ["reader", "operator", "system"])
@pytest.mark.parametrize("tenant", ["north", "south"])
async def test_two_tenants_and_three_roles_find_what_is_theirs(
    apart: AudienceIndex, tenant: str, role: Role
) -> None:
    owners = [
        (owner, audience)
        for owner in ("north", "south", "shared")
        for audience in ("public", "operator", "chat:5", "chat:6")
    ]
    await apart.upsert(
        [
            replace(document(n, "Bridge"), tenant=owner, audience=audience)
            for n, (owner, audience) in enumerate(owners)
        ]
    )
    seen = visible(Principal(tenant=tenant, chat="5", roles=frozenset({role})))
    expected = {
        n
        for n, (owner, audience) in enumerate(owners)
        if owner in seen.tenants and (seen.audiences is None or audience in seen.audiences)
    }

    (found,) = await apart.search("article", [replace(BRIDGE, limit=50)], where(seen))

    assert {hit.id for hit in found} == expected
    assert await apart.count("article", where(seen)) == len(expected)


async def test_deleted_and_cleared_documents_are_gone_whoever_saw_them(
    apart: AudienceIndex,
) -> None:
    await add_public(apart)
    await apart.upsert([own(n) for n in (9, 10)])

    await apart.delete("article", [1, 9])
    left = await apart.count("article", where())
    await apart.clear("article")

    assert left == 3
    assert await apart.count("article", where()) == 0


async def test_without_private_sources_nothing_is_kept_apart(
    desk_store: SqlStore, tmp_path: Path
) -> None:
    folder = tmp_path / "embedded"
    plain = await open_edge(folder)()
    apart = AudienceIndex(plain, desk_store)
    await add_public(apart)

    await apart.search("article", [BRIDGE], where())
    await apart.count("article", where())
    await apart.delete("article", [1])
    await apart.aclose()

    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["article"]


async def test_private_documents_of_an_earlier_run_are_found(
    index: SearchIndex, apart: AudienceIndex, desk_store: SqlStore
) -> None:
    async with desk_store.transaction() as work:
        await work.articles.ensure_sources([source("Own feed", audience="chat:5")])
    await apart.upsert([own(9)])

    (found,) = await AudienceIndex(index, desk_store).search("article", [BRIDGE], where())

    assert [hit.id for hit in found] == [9]
