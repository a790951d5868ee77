import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.retrieval.fusion import append_ranking, fuse_by_rank

RANKINGS = st.lists(st.lists(st.integers(0, 30), unique=True, max_size=20), max_size=5)


def test_a_document_scores_the_sum_of_its_reciprocal_ranks() -> None:
    fused = fuse_by_rank([["a", "b"], ["b", "c"]], k=60)

    assert [found for found, _ in fused] == ["b", "a", "c"]
    assert fused[0][1] == pytest.approx(1 / 62 + 1 / 61)


def test_ties_keep_the_order_of_first_appearance() -> None:
    fused = fuse_by_rank([["b", "x"], ["a", "y"]])

    assert [found for found, _ in fused] == ["b", "a", "x", "y"]


def test_no_rankings_give_no_documents() -> None:
    assert fuse_by_rank([]) == []
    assert fuse_by_rank([[], []]) == []


@pytest.mark.parametrize("k", [0, -3])
def test_a_damping_below_one_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        fuse_by_rank([["a"]], k=k)


@given(RANKINGS, st.integers(1, 200))
def test_fusion_keeps_every_id_once_in_falling_order_within_its_bounds(
    rankings: list[list[int]], k: int
) -> None:
    fused = fuse_by_rank(rankings, k=k)
    scores = [score for _, score in fused]

    assert {found for found, _ in fused} == {found for ranking in rankings for found in ranking}
    assert len(fused) == len({found for found, _ in fused})
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= len(rankings) / (k + 1) + 1e-12 for score in scores)


@given(st.lists(st.integers(0, 30), unique=True, max_size=20))
def test_a_single_ranking_keeps_its_order(ranking: list[int]) -> None:
    assert [found for found, _ in fuse_by_rank([ranking])] == ranking


@given(RANKINGS, st.integers(0, 30))
def test_moving_to_the_top_of_a_list_never_lowers_a_score(
    rankings: list[list[int]], favourite: int
) -> None:
    raised = [
        [favourite, *(found for found in ranking if found != favourite)]
        if favourite in ranking
        else ranking
        for ranking in rankings
    ]

    before = dict(fuse_by_rank(rankings)).get(favourite, 0.0)
    after = dict(fuse_by_rank(raised)).get(favourite, 0.0)

    assert after >= before


def test_an_appended_ranking_fills_up_and_never_reorders() -> None:
    fused = append_ranking([3, 1], [9, 1, 3, 8], k=60)

    assert [found for found, _ in fused] == [3, 1, 9, 8]
    assert fused[2][1] == pytest.approx(1 / 63)
