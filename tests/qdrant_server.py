"""Fixtures of a Qdrant server; a `conftest.py` imports the ones that its folder uses."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.folders import memory

if TYPE_CHECKING:  # the client that the peer checks bodies with takes a second to import
    from tests.qdrant_peer import QdrantPeer


@pytest.fixture
def index_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for an index, in memory where there is room: the engine syncs a lot of files."""
    place = memory()
    if place is None:
        yield tmp_path / "index"
        return
    with tempfile.TemporaryDirectory(prefix="newsdesk-test-", dir=place) as folder:
        yield Path(folder) / "index"


@pytest.fixture
def qdrant_peer(index_folder: Path) -> Iterator["QdrantPeer"]:
    """An empty Qdrant server of this test's own, which can be made to fail."""
    from tests.qdrant_peer import serve_qdrant

    with serve_qdrant(index_folder) as peer:
        yield peer


@pytest.fixture
def qdrant_url(qdrant_peer: "QdrantPeer") -> str:
    """Its address, for `NEWSDESK_QDRANT_URL`."""
    return qdrant_peer.url
