import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.retrieval.diversity import select_diverse

EAST = [1.0, 0.0, 0.0]
NEARLY_EAST = [0.98, 0.199, 0.0]
NORTH = [0.0, 1.0, 0.0]


def rows(*vectors: list[float]) -> NDArray[np.float32]:
    return np.array(vectors, dtype=np.float32)


def test_something_new_comes_before_more_of_the_same() -> None:
    taken = select_diverse([1.0, 0.95, 0.8], rows(EAST, NEARLY_EAST, NORTH), k=2)

    assert taken == [0, 2]


def test_relevance_alone_decides_at_full_balance() -> None:
    taken = select_diverse([1.0, 0.95, 0.8], rows(EAST, NEARLY_EAST, NORTH), k=3, balance=1.0)

    assert taken == [0, 1, 2]


def test_the_most_relevant_row_comes_first_whatever_the_balance() -> None:
    assert select_diverse([0.2, 0.9], rows(EAST, NORTH), k=1, balance=0.5) == [1]


def test_fewer_rows_than_asked_for_are_all_taken() -> None:
    assert sorted(select_diverse([0.1, 0.2], rows(EAST, NORTH), k=8)) == [0, 1]
    assert select_diverse([], np.zeros((0, 3), dtype=np.float32), k=8) == []


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="2 relevances for 1 vectors"):
        select_diverse([0.1, 0.2], rows(EAST), k=1)


def test_a_balance_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        select_diverse([0.1], rows(EAST), k=1, balance=1.5)


@given(st.integers(0, 20), st.integers(0, 25), st.integers(0, 1_000))
def test_rows_are_taken_at_most_once_and_as_the_plain_definition_says(
    n: int, k: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    vectors = np.abs(chance.standard_normal((n, 5))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    gain = chance.random(n)

    taken = select_diverse(gain.tolist(), vectors, k=k)

    assert len(taken) == len(set(taken)) == min(n, k)
    scaled = gain / gain.max() if n else gain
    for step, row in enumerate(taken):
        value = {
            free: 0.7 * scaled[free]
            - 0.3 * max((float(vectors[free] @ vectors[past]) for past in taken[:step]), default=0)
            for free in range(n)
            if free not in taken[:step]
        }
        assert value[row] == pytest.approx(max(value.values()), abs=1e-5)
