"""What every embedder promises, checked on the built-in one; and how the encoder fails."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingError
from services.adapters.embed.encoder import EncoderEmbedder
from services.adapters.embed.hashing import HashingEmbedder

STORM = "Storm closes the harbour and three bridges in the north"
STORM_AGAIN = "Storm closes harbour and three northern bridges"
ELECTION = "Parliament elects a new speaker after a long debate"


async def test_vectors_are_unit_length_float32_rows() -> None:
    vectors = await HashingEmbedder(dimension=128).embed([STORM, ELECTION])

    assert vectors.shape == (2, 128)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)


async def test_texts_that_share_words_are_nearer_than_texts_that_do_not() -> None:
    storm, again, election = await HashingEmbedder().embed([STORM, STORM_AGAIN, ELECTION])

    assert storm @ again > 0.6
    assert abs(float(storm @ election)) < 0.3


async def test_spelling_variants_of_a_word_stay_near() -> None:
    one, other, far = await HashingEmbedder().embed(
        ["закрытые мосты", "закрытых мостов", "новые выборы"]
    )

    assert one @ other > one @ far + 0.2


async def test_a_text_without_words_gives_a_zero_row_and_no_texts_give_no_rows() -> None:
    embedder = HashingEmbedder()

    blank = await embedder.embed(["", "  \n", "🙂 …!", STORM])
    none = await embedder.embed([])

    assert [bool(row.any()) for row in blank] == [False, False, False, True]
    assert none.shape == (0, embedder.dimension)


async def test_a_text_gives_the_same_vector_alone_and_in_any_batch() -> None:
    embedder = HashingEmbedder()
    batch = [f"{STORM} {number}" for number in range(300)]

    alone = await embedder.embed([batch[217]])
    together = await embedder.embed(batch)

    assert together[217] == pytest.approx(alone[0], abs=1e-6)


def test_another_process_gives_the_same_vector() -> None:
    script = (
        "import asyncio; from services.adapters.embed.hashing import HashingEmbedder;"
        f"print(asyncio.run(HashingEmbedder().embed([{STORM!r}]))[0][:8].round(5).tolist())"
    )
    root = Path(__file__).parents[2]

    printed = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=root,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert printed[0] == printed[1]
    assert printed[0].count(",") == 7


@given(st.lists(st.text(max_size=60), max_size=6))
async def test_any_text_gives_a_finite_row_of_length_one_or_zero(texts: list[str]) -> None:
    vectors = await HashingEmbedder(dimension=64).embed(texts)

    lengths = np.linalg.norm(vectors, axis=1)
    assert vectors.shape == (len(texts), 64)
    assert all(length == pytest.approx(1.0, abs=1e-4) or length == 0 for length in lengths)


async def test_odd_characters_and_huge_texts_are_embedded() -> None:
    vectors = await HashingEmbedder().embed(["\ud800 lone", "a\x00b", "слово " * 400_000])

    assert np.isfinite(vectors).all()
    assert vectors.any(axis=1).all()


@pytest.mark.parametrize("dimension", [0, 31, 4_097])
def test_a_dimension_out_of_range_is_a_wrong_setting(dimension: int) -> None:
    with pytest.raises(SettingError, match=r"32\.\.4096"):
        HashingEmbedder(dimension=dimension)


def test_the_built_in_embedder_says_that_it_knows_no_meaning() -> None:
    embedder = HashingEmbedder(dimension=64)

    assert (embedder.name, embedder.dimension, embedder.is_semantic) == ("hashing-1", 64, False)


def test_an_encoder_folder_that_does_not_exist_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="does not exist"):
        EncoderEmbedder(tmp_path / "missing")


def test_an_encoder_that_cannot_load_says_what_to_do(tmp_path: Path) -> None:
    is_installed = importlib.util.find_spec("sentence_transformers") is not None
    says = "holds no sentence-transformers model" if is_installed else r"newsdesk\[encoders\]"

    with pytest.raises(SettingError, match=says):
        EncoderEmbedder(tmp_path)
