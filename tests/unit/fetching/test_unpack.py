"""Unpacking: what is packed comes out, bombs do not, and damage is named."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Mapping
from functools import partial

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SourceFailed
from services.adapters.sources.unpack import MAX_MEMBERS, STEP_BYTES, Body
from tests.integration.hostile_server import brotli_bomb, gzip_bomb

TEXT = b"".join(b"<item>story %d of the day</item>" % n for n in range(20_000))
LIMIT = 1_000_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED: Mapping[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP ": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=4),
}


def unpack(encoding: str, data: bytes, *, step: int = 1_400, max_bytes: int = LIMIT) -> bytes:
    body = Body(encoding, max_bytes=max_bytes, url="https://example.org/feed")
    for start in range(0, len(data), step):
        body.feed(data[start : start + step])
    return body.finish()


@pytest.mark.parametrize("encoding", PACKED)
@pytest.mark.parametrize("step", [1, 3, 1_400, 10**6])
def test_what_is_packed_comes_out_whatever_the_pieces(encoding: str, step: int) -> None:
    data = TEXT[: 5_000 if step == 1 else None]

    assert unpack(encoding, PACKED[encoding](data), step=step) == data


def test_deflate_without_its_header_is_understood() -> None:
    assert unpack("deflate", raw_deflate(TEXT)) == TEXT


def test_gzip_of_several_members_is_read_to_its_end() -> None:
    packed = gzip.compress(TEXT[:1000]) + gzip.compress(b"") + gzip.compress(TEXT[1000:])

    assert [unpack("gzip", packed, step=step) for step in (1, 999, 10**6)] == [TEXT] * 3


def test_padding_behind_the_end_of_gzip_is_ignored() -> None:
    assert unpack("gzip", gzip.compress(b"<rss/>") + bytes(512)) == b"<rss/>"


def test_what_is_said_to_be_gzip_but_is_not_is_taken_as_it_is() -> None:
    assert unpack("gzip", b"<rss/>") == b"<rss/>"


def test_gzip_that_nobody_announced_is_unpacked() -> None:
    assert unpack("", gzip.compress(b"<rss/>")) == b"<rss/>"


@pytest.mark.parametrize("tiny", [b"", b"x"])
@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
def test_a_body_of_no_or_one_byte_is_given(encoding: str, tiny: bytes) -> None:
    assert unpack(encoding, tiny) == tiny


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [("gzip", gzip_bomb), ("br", brotli_bomb)],
)
def test_a_bomb_is_refused_before_it_takes_memory(
    encoding: str, bomb: Callable[[int], bytes]
) -> None:
    packed = bomb(60)
    tracemalloc.start()

    with pytest.raises(SourceFailed, match=r"larger than 1 MB.*MAX_MB") as caught:
        unpack(encoding, packed, step=STEP_BYTES)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.reason == "too_large"
    assert peak < 2 * LIMIT


def test_more_packed_bytes_than_allowed_are_refused_even_if_they_are_nothing() -> None:
    empty_blocks = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\x00\x00\x00\xff\xff" * 300_000

    with pytest.raises(SourceFailed, match="larger than"):
        unpack("gzip", empty_blocks)


def test_absurdly_many_gzip_members_are_refused() -> None:
    with pytest.raises(SourceFailed, match=f"more than {MAX_MEMBERS} gzip members"):
        unpack("gzip", gzip.compress(b"") * (MAX_MEMBERS + 1))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_packed_data_that_ends_early_is_a_broken_connection(encoding: str) -> None:
    with pytest.raises(SourceFailed, match="ended in the middle") as caught:
        unpack(encoding, PACKED[encoding](TEXT)[:-20])

    assert caught.value.reason == "connect"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_damaged_data_is_named(encoding: str) -> None:
    packed = bytearray(PACKED[encoding](TEXT))
    packed[40:80] = bytes(40)

    with pytest.raises(SourceFailed, match="cannot be unpacked") as caught:
        unpack(encoding, bytes(packed))

    assert caught.value.reason == "unreadable"


def test_an_encoding_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(SourceFailed, match=r"packed with 'zstd'.*gzip, deflate, br"):
        Body("zstd", max_bytes=LIMIT, url="https://example.org/feed")


@given(st.sampled_from(["", "gzip", "deflate", "br"]), st.binary(max_size=200), st.integers(1, 9))
def test_any_bytes_are_unpacked_or_refused(encoding: str, data: bytes, step: int) -> None:
    body = Body(encoding, max_bytes=LIMIT, url="https://example.org/feed")
    reason = "none"
    try:
        for start in range(0, len(data), step):
            body.feed(data[start : start + step])
        body.finish()
    except SourceFailed as error:
        reason = error.reason

    assert reason in ("none", "unreadable", "connect")


@given(st.sampled_from(["gzip", "deflate", "br"]), st.binary(max_size=5_000), st.integers(1, 700))
def test_packing_and_unpacking_change_nothing(encoding: str, data: bytes, step: int) -> None:
    assert unpack(encoding, PACKED[encoding](data), step=step) == data
