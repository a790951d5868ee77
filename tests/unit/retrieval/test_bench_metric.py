import pytest

from tests.performance.bench_retrieval import ndcg


def test_a_perfect_ranking_scores_one() -> None:
    assert ndcg(["a", "b"], {"a": 3, "b": 1}) == 1.0


def test_gains_are_discounted_by_the_logarithm_of_the_rank() -> None:
    # By hand: gain 1/log2(3) + 3/log2(4) = 2.1309, best 3/log2(2) + 1/log2(3) = 3.6309.
    assert ndcg(["x", "b", "a"], {"a": 3, "b": 1}) == pytest.approx(2.1309 / 3.6309, abs=1e-4)


def test_hits_after_the_tenth_do_not_count() -> None:
    assert ndcg([*"0123456789", "a"], {"a": 1}) == 0.0
