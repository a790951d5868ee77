"""One folder of the embedded engine: made whole or not at all, opened, emptied, closed."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from qdrant_edge import (
    Distance,
    EdgeConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    FacetRequest,
    Modifier,
    UpdateOperation,
)

from core.errors import IndexFailed, IndexFull
from services.adapters.index.edge_forms import PAYLOAD_INDEXES
from services.adapters.index.manifest import Manifest, require_same
from services.adapters.index.points import MAX_LANGS, MEANING, WORDS

T = TypeVar("T")
_MANIFEST = "manifest.json"

MIN_FREE_BYTES = 64 * 1024 * 1024
"""The engine writes through memory maps of sparse files: with no block left to give them, the
system ends the whole process (SIGBUS). A batch takes far less than this."""


def read_manifest(folder: Path) -> Manifest | None:
    """What lies in `folder`, None where nothing does.

    Raises:
        IndexFailed: If the file cannot be read or understood.
    """
    path = folder / _MANIFEST
    if not path.exists():
        return None
    try:
        return Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise IndexFailed(
            f"cannot read {str(path)!r}: {error};"
            f" delete {str(folder)!r} and run `newsdesk reindex`"
        ) from error


def check_manifest(folder: Path, expected: Manifest) -> None:
    """Refuse vectors that another embedder, dimension or encoding made.

    Raises:
        EmbedderChanged: If the stored manifest differs.
        IndexFailed: If it cannot be read.
    """
    stored = read_manifest(folder)
    if stored is not None:
        require_same(stored, expected, place=str(folder))


def open_shard(folder: Path, manifest: Manifest) -> EdgeShard:
    """Open the shard in `folder`; make it when there is none.

    A new shard is built beside its place and moved there by one rename, so that a crash leaves
    either nothing or a whole shard.

    Raises:
        EmbedderChanged: If the stored vectors come from another embedder.
        IndexFailed: If the engine cannot open the folder, perhaps because another process has.
    """
    check_manifest(folder, manifest)
    if not folder.exists():
        require_space(folder.parent)
        attempt("create", lambda: _create(folder, manifest))
    return attempt("open", lambda: EdgeShard.load(str(folder)))


def require_space(folder: Path) -> None:
    """Refuse to write on a disk that is nearly full.

    Raises:
        IndexFull: If less than `MIN_FREE_BYTES` are free where `folder` lies.
    """
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        raise IndexFull(
            f"the disk of {str(folder)!r} has {free / 1e6:.0f} MB left, the search index needs"
            f" {MIN_FREE_BYTES / 1e6:.0f} MB to write: make room; what is stored is indexed then"
        )


def remove_shard(folder: Path) -> None:
    """Delete a closed shard; a crash in between leaves a folder that `sweep` removes."""
    doomed = folder.with_name(folder.name + ".old")
    attempt("delete", lambda: _remove(folder, doomed))


def sweep(folder: Path) -> None:
    """Delete what crashes left behind: half-made and half-deleted shards."""
    for pattern in ("*.new", "*.old"):
        for leftover in folder.glob(pattern):
            shutil.rmtree(leftover)


def held_languages(shard: EdgeShard) -> frozenset[str]:
    """Languages that at least one stored document has."""
    request = FacetRequest("lang", limit=MAX_LANGS, exact=True)
    hits = attempt("read", lambda: shard.facet(request).hits)
    return frozenset(str(hit.value) for hit in hits if hit.count > 0)


def attempt(what: str, call: Callable[[], T]) -> T:
    """Run an engine call and translate its errors.

    Raises:
        IndexFailed: Whatever the engine raised; it knows no narrower class than `Exception`.
    """
    try:
        return call()
    except IndexFailed:
        raise
    except Exception as error:
        raise IndexFailed(f"the search index could not {what}: {error}") from error


def _create(folder: Path, manifest: Manifest) -> None:
    fresh = folder.with_name(folder.name + ".new")
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(parents=True)
    config = EdgeConfig(
        vectors={MEANING: EdgeVectorParams(size=manifest.dimension, distance=Distance.Cosine)},
        sparse_vectors={WORDS: EdgeSparseVectorParams(modifier=Modifier.Idf)},
    )
    shard = EdgeShard.create(str(fresh), config)
    for key, kind in PAYLOAD_INDEXES.items():
        shard.update(UpdateOperation.create_field_index(key, kind))
    shard.flush()
    shard.close()
    (fresh / _MANIFEST).write_text(json.dumps(asdict(manifest)), encoding="utf-8")
    fresh.rename(folder)


def _remove(folder: Path, doomed: Path) -> None:
    if doomed.exists():
        shutil.rmtree(doomed)
    if folder.exists():
        folder.rename(doomed)
        shutil.rmtree(doomed)
