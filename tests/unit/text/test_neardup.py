"""Near-copies: MinHash, the index, union-find."""

import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.neardup import (
    SHINGLE_CHARS,
    NearDuplicateIndex,
    UnionFind,
    from_bytes,
    group_near_duplicates,
    jaccard,
    signature,
    to_bytes,
)
from core.text.tokens import normalise

STORY = (
    "The city council voted on Tuesday to build a new bridge across the northern river after two"
    " years of debate about its price and the old trees that stand on the eastern bank."
)
OTHER = (
    "A volcano on a remote island threw ash eight kilometres into the sky and closed the only"
    " airport of the region while scientists measured hundreds of small earthquakes."
)


def _shingles(text: str) -> set[str]:
    copy = normalise(text)
    return {copy[i : i + SHINGLE_CHARS] for i in range(len(copy) - SHINGLE_CHARS + 1)}


def test_markup_and_case_do_not_make_another_text():
    assert jaccard(signature(STORY), signature(f"**{STORY.upper()}**")) == 1.0


def test_a_copy_with_a_small_edit_is_near_and_another_story_is_not():
    edited = signature(STORY.replace("Tuesday", "Wednesday"))

    assert jaccard(signature(STORY), edited) >= 0.8
    assert jaccard(signature(STORY), signature(OTHER)) < 0.2


def test_short_texts_are_near_only_when_equal():
    assert jaccard(signature("Доброе утро, Москва!"), signature("Доброе утро, Москва.")) == 0.0
    assert jaccard(signature("Доброе утро"), signature("**Доброе  утро**")) == 1.0


@pytest.mark.parametrize("text", ["", " \n ", "\u200b"])
def test_an_empty_text_is_near_nothing_not_even_itself(text: str):
    index: NearDuplicateIndex[int] = NearDuplicateIndex()
    index.add(1, signature(text))

    assert jaccard(signature(text), signature(text)) == 0.0
    assert index.query(signature(text)) == []


def test_the_estimate_is_close_to_the_true_similarity():
    rng = random.Random(7)
    vocabulary = [f"word{n}" for n in range(400)]
    errors = []
    for n in range(60):
        first = rng.choices(vocabulary, k=60)
        second = first[: n + 1] + rng.choices(vocabulary, k=59 - n)
        a, b = " ".join(first), " ".join(second)
        true = len(_shingles(a) & _shingles(b)) / len(_shingles(a) | _shingles(b))
        errors.append(abs(jaccard(signature(a), signature(b)) - true))

    assert statistics.mean(errors) < 0.05


@given(st.integers(min_value=1, max_value=128))
def test_a_signature_survives_bytes(n_perm: int):
    signed = signature(STORY, n_perm=n_perm)

    packed = to_bytes(signed)

    assert len(packed) == 4 * n_perm
    assert np.array_equal(from_bytes(packed), signed)


def test_wrong_sizes_are_refused():
    with pytest.raises(ValueError, match="n_perm must be 1 to 128, got 0"):
        signature(STORY, n_perm=0)
    with pytest.raises(ValueError, match="multiple of 4 bytes, got 3"):
        from_bytes(b"abc")
    with pytest.raises(ValueError, match="differ in length"):
        jaccard(signature(STORY, n_perm=64), signature(STORY))
    with pytest.raises(ValueError, match="signatures of 128 places"):
        NearDuplicateIndex[int]().add(1, signature(STORY, n_perm=64))


def test_the_index_finds_copies_and_forgets_them():
    index: NearDuplicateIndex[str] = NearDuplicateIndex()
    index.add("story", signature(STORY))
    index.add("other", signature(OTHER))

    assert index.query(signature(STORY.replace("two", "three"))) == [
        ("story", pytest.approx(1, abs=0.2))
    ]
    index.discard("story")
    index.discard("never added")
    assert index.query(signature(STORY)) == []
    assert len(index) == 1


def test_adding_a_key_again_replaces_it():
    index: NearDuplicateIndex[int] = NearDuplicateIndex()
    index.add(1, signature(STORY))
    index.add(1, signature(OTHER))

    assert index.query(signature(STORY)) == []
    assert index.query(signature(OTHER)) == [(1, 1.0)]


@given(st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=25))
def test_a_cluster_of_any_size_leaves_one_representative(kinds: list[int]):
    texts = [f"Bulletin {k} " + f"{'abcde'[k] * 3} {k}{k}{k} road {k} " * 8 for k in kinds]

    groups = group_near_duplicates([signature(text) for text in texts])

    assert len(groups) == len(set(kinds))
    assert sorted(i for group in groups for i in group) == list(range(len(kinds)))


@given(
    st.integers(min_value=1, max_value=20),
    st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=40),
)
def test_union_find_is_an_equivalence_relation(n: int, pairs: list[tuple[int, int]]):
    joined: UnionFind[int] = UnionFind(range(n))
    pairs = [(a % n, b % n) for a, b in pairs]
    reach = {i: {i} for i in range(n)}
    for a, b in pairs:
        joined.union(a, b)
        merged = reach[a] | reach[b]
        for i in merged:
            reach[i] = merged

    for a in range(n):
        for b in range(n):
            assert (joined.find(a) == joined.find(b)) == (b in reach[a])
        assert joined.size(a) == len(reach[a])
    assert sorted(i for group in joined.groups() for i in group) == list(range(n))
