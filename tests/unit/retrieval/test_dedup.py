import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.retrieval.dedup import drop_copies, group_copies


def at_angles(*degrees: float) -> NDArray[np.float32]:
    """Unit vectors in the plane; 20 degrees apart is a cosine of .94, 40 of .77."""
    radians = np.deg2rad(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_a_group_of_three_and_more_leaves_one_representative() -> None:
    ids = [7, 5, 3, 9]
    vectors = dict(zip(ids, at_angles(0, 1, 2, 90), strict=True))

    assert drop_copies(ids, vectors) == [7, 9]


def test_copies_of_copies_belong_to_one_group() -> None:
    assert group_copies(at_angles(0, 40, 20, 120)) == [[0, 1, 2], [3]]


def test_the_first_of_a_group_stays_in_the_order_given() -> None:
    vectors = dict(zip([1, 2, 3], at_angles(0, 90, 1), strict=True))

    assert drop_copies([3, 2, 1], vectors) == [3, 2]


def test_documents_without_a_vector_are_kept() -> None:
    vectors = dict(zip([1, 2], at_angles(0, 1), strict=True))

    assert drop_copies([8, 1, 2, 9], vectors) == [8, 1, 9]


def test_zero_rows_are_nobodys_copies() -> None:
    assert group_copies(np.zeros((3, 4), dtype=np.float32)) == [[0], [1], [2]]


def test_nothing_in_gives_nothing_out() -> None:
    assert drop_copies([], {}) == []
    assert group_copies(np.zeros((0, 4), dtype=np.float32)) == []


@given(st.lists(st.integers(0, 359), max_size=25))
def test_groups_part_the_rows_and_are_closed_under_similarity(degrees: list[int]) -> None:
    vectors = at_angles(*degrees).reshape(len(degrees), 2)
    groups = group_copies(vectors)
    group_of = {row: number for number, group in enumerate(groups) for row in group}

    assert sorted(row for group in groups for row in group) == list(range(len(degrees)))
    close = np.argwhere(vectors @ vectors.T >= 0.9)
    assert all(group_of[left] == group_of[right] for left, right in close.tolist())


@given(st.lists(st.integers(0, 359), min_size=1, max_size=25))
def test_dropping_copies_twice_changes_nothing_more(degrees: list[int]) -> None:
    vectors = dict(enumerate(at_angles(*degrees)))
    kept = drop_copies(list(vectors), vectors)

    assert kept[0] == 0
    assert drop_copies(kept, vectors) == kept
