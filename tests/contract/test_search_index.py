"""What every search index promises, checked on the embedded engine."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from core.access import visible
from core.ports.index import DenseSearch, IndexFilter, SearchIndex, SparseSearch
from schemas.principal import Principal, Role, Visibility
from tests.contract.index_documents import (
    DIMENSION,
    EVERYTHING,
    NOON,
    axis,
    document,
    find,
    found_by_each,
)


async def test_words_find_the_documents_that_hold_them_best_first(index: SearchIndex) -> None:
    await index.upsert(
        [
            document(1, "The mayor spoke about a bridge, a road and a tunnel in the north"),
            document(2, "Bridges: the bridge opens"),
            document(3, "Football results"),
        ]
    )

    hits = await find(index, "bridge")

    assert [(hit.id, hit.leg, hit.rank) for hit in hits] == [(2, "sparse", 1), (1, "sparse", 2)]
    assert hits[0].score > hits[1].score > 0


async def test_a_word_in_the_title_counts_more_than_in_the_text(index: SearchIndex) -> None:
    await index.upsert(
        [document(1, "storm nears", title="coast"), document(2, "coast nears", title="storm")]
    )

    hits = await find(index, "storm")

    assert [hit.id for hit in hits] == [2, 1]


async def test_a_repeated_query_word_weighs_more(index: SearchIndex) -> None:
    await index.upsert([document(1, "storm coast"), document(2, "coast harbour")])

    once = await find(index, "storm coast")
    often = await find(index, "storm coast coast")

    assert often[-1].score > once[-1].score


async def test_vectors_find_their_neighbours_by_cosine(index: SearchIndex) -> None:
    half = (axis(0) + axis(1)) / np.sqrt(np.float32(2))
    await index.upsert(
        [replace(document(1), vector=half), document(2), replace(document(3), vector=axis(5))]
    )

    (hits,) = await index.search("article", [DenseSearch(axis(0), limit=2)], EVERYTHING)

    assert [hit.id for hit in hits] == [2, 1]
    assert [hit.score for hit in hits] == pytest.approx([1.0, 0.7071], abs=1e-3)


async def test_equal_scores_are_ordered_by_id_and_cut_at_the_limit(index: SearchIndex) -> None:
    await index.upsert([document(number) for number in (3, 1, 4, 2)])

    (hits,) = await index.search("article", [SparseSearch("bridge", "en", limit=3)], EVERYTHING)

    assert [hit.id for hit in hits] == [4, 3, 2]


@pytest.mark.parametrize("tenant", ["desk", "other"])
@pytest.mark.parametrize(
    ("roles", "audiences"),
    [
        (frozenset(), {"public"}),
        (frozenset({"operator"}), {"public", "operator", "chat:42"}),
        (frozenset({"system"}), {"public", "operator", "owner", "chat:42", "chat:7"}),
    ],
)
async def test_nobody_finds_or_counts_what_they_may_not_see(
    index: SearchIndex, tenant: str, roles: frozenset[Role], audiences: set[str]
) -> None:
    everything = [
        replace(document(number), tenant=owner, audience=audience)
        for number, (owner, audience) in enumerate(
            (owner, audience)
            for owner in ("shared", "desk", "other")
            for audience in ("public", "operator", "owner", "chat:42", "chat:7")
        )
    ]
    await index.upsert(everything)
    where = IndexFilter(visible(Principal(tenant=tenant, chat="42", roles=roles)))

    legs = await found_by_each(index, where)

    allowed = [
        one.id
        for one in everything
        if one.tenant in {tenant, "shared"} and one.audience in audiences
    ]
    assert legs == [allowed, allowed]
    assert await index.count("article", where) == len(allowed)


@pytest.mark.parametrize(
    "visibility",
    [
        Visibility(tenants=frozenset(), audiences=None),
        Visibility(tenants=frozenset({"shared"}), audiences=frozenset()),
    ],
)
async def test_an_empty_visibility_shows_nothing(
    index: SearchIndex, visibility: Visibility
) -> None:
    await index.upsert([document(1)])

    assert await found_by_each(index, IndexFilter(visibility)) == [[], []]
    assert await index.count("article", IndexFilter(visibility)) == 0


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"start": NOON}, [2, 3]),
        ({"end": NOON}, [1, 4]),
        ({"start": NOON - timedelta(hours=1), "end": NOON}, [4]),
        ({"lang": "ru"}, [3]),
        ({"sources": frozenset({"Evening Post", "Unknown"})}, [2]),
        ({"sources": frozenset()}, [1, 2, 3, 4]),
        ({"without_ids": frozenset({1, 2, 99})}, [3, 4]),
    ],
)
async def test_filters_hold_in_every_leg_and_in_counts(
    index: SearchIndex, narrowed: dict[str, object], expected: list[int]
) -> None:
    await index.upsert(
        [
            replace(document(1), at=NOON - timedelta(hours=1)),
            replace(document(2), at=NOON + timedelta(microseconds=1), source="Evening Post"),
            replace(document(3), at=NOON + timedelta(hours=1), lang="ru"),
            document(4),
        ]
    )
    where = replace(EVERYTHING, **narrowed)  # type: ignore[arg-type]

    assert await found_by_each(index, where) == [expected, expected]
    assert await index.count("article", where) == len(expected)


async def test_a_filter_narrows_before_the_limit_and_not_after(index: SearchIndex) -> None:
    crowd = [document(number) for number in range(100)]
    await index.upsert([*crowd, replace(document(500), lang="de")])

    legs = await index.search(
        "article",
        [SparseSearch("bridge", lang="de", limit=1), DenseSearch(axis(0), limit=1)],
        replace(EVERYTHING, lang="de"),
    )

    assert [[hit.id for hit in leg] for leg in legs] == [[500], [500]]


async def test_storing_an_id_again_replaces_words_vector_and_filters(index: SearchIndex) -> None:
    await index.upsert([document(1)])
    await index.upsert([replace(document(1, "volcano"), vector=axis(3), source="Evening Post")])

    assert await find(index, "bridge") == []
    assert [hit.id for hit in await find(index, "volcano")] == [1]
    assert (await index.vectors("article", [1]))[1].tolist() == axis(3).tolist()
    assert await index.count("article", EVERYTHING) == 1


async def test_deleted_documents_are_gone_and_unknown_ids_do_no_harm(index: SearchIndex) -> None:
    await index.upsert([document(1), document(2)])

    await index.delete("article", [1, 77])

    assert await found_by_each(index, EVERYTHING) == [[2], [2]]
    assert await index.count("article", EVERYTHING) == 1


async def test_kinds_do_not_see_each_other(index: SearchIndex) -> None:
    await index.upsert([document(1)])
    await index.upsert([replace(document(1, "volcano"), kind="guide")])

    assert await find(index, "volcano") == []
    assert await index.count("guide", EVERYTHING) == 1


async def test_stored_vectors_come_back_and_unknown_ids_are_left_out(index: SearchIndex) -> None:
    await index.upsert([replace(document(1), vector=axis(4))])

    vectors = await index.vectors("article", [1, 2, 1])

    assert list(vectors) == [1]
    assert vectors[1].dtype == np.float32
    assert vectors[1].tolist() == axis(4).tolist()


async def test_clear_forgets_one_kind(index: SearchIndex) -> None:
    await index.upsert([document(1)])
    await index.upsert([replace(document(1), kind="guide")])

    await index.clear("article")

    assert await index.count("article", EVERYTHING) == 0
    assert await index.count("guide", EVERYTHING) == 1
    assert await find(index, "bridge") == []


async def test_an_empty_index_answers_with_nothing(index: SearchIndex) -> None:
    assert await found_by_each(index, EVERYTHING) == [[], []]
    assert await index.count("article", EVERYTHING) == 0
    assert await index.vectors("article", [1]) == {}
    assert await index.search("article", [], EVERYTHING) == []
    await index.delete("article", [1])
    await index.upsert([])


@pytest.mark.parametrize("text", ["", "   ", "the of and", "!?…", "🙂🎉", "\x00"])
async def test_a_query_without_content_words_finds_nothing(index: SearchIndex, text: str) -> None:
    await index.upsert([document(1)])

    legs = await index.search(
        "article", [SparseSearch(text, lang=None), DenseSearch(axis(0))], EVERYTHING
    )

    assert [[hit.id for hit in leg] for leg in legs] == [[], [1]]


async def test_a_very_long_query_still_finds(index: SearchIndex) -> None:
    await index.upsert([document(1)])
    query = " ".join(f"word{number}" for number in range(700)) + " bridge"

    hits = await find(index, query, lang=None)

    assert len(query) > 5_000
    assert [hit.id for hit in hits] == [1]


async def test_a_text_without_words_is_stored_and_counted(index: SearchIndex) -> None:
    bare = replace(document(1, "🎉🎉"), vector=np.zeros(DIMENSION, dtype=np.float32))

    await index.upsert([bare])

    assert await index.count("article", EVERYTHING) == 1
    assert await found_by_each(index, EVERYTHING) == [[], []]
    assert await index.vectors("article", [1]) == {}


async def test_a_word_is_found_in_every_language_that_is_held(index: SearchIndex) -> None:
    await index.upsert(
        [
            replace(document(1, "В городе открыли новые мосты"), lang="ru"),
            replace(document(2, "Die Brücken der Stadt"), lang="de"),
            replace(document(3, "Sillat suljettiin"), lang="fi"),
        ]
    )

    found = [
        [hit.id for hit in await find(index, text, lang=None)]
        for text in ("моста", "Brücke", "sillat")
    ]

    assert found == [[1], [2], [3]]


async def test_a_language_with_no_stemmer_is_found_by_its_own_words(index: SearchIndex) -> None:
    await index.upsert(
        [
            replace(document(1, "東京で新しい橋が開通"), lang="ja"),
            replace(document(2, "ahal teke aty"), lang="xx"),
        ]
    )

    assert [hit.id for hit in await find(index, "東京", lang="ja")] == [1]
    assert [hit.id for hit in await find(index, "teke", lang="xx")] == [2]
