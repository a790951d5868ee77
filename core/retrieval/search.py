"""Which documents to cite: legs, fusion, copies out, variety in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import structlog
from numpy.typing import NDArray

from core.errors import IndexFailed
from core.ports.embedder import Embedder
from core.ports.index import DenseSearch, Hit, IndexFilter, SearchIndex, SparseSearch
from core.retrieval.dedup import drop_copies
from core.retrieval.diversity import select_diverse
from core.retrieval.fusion import append_ranking, fuse_by_rank
from core.retrieval.query import Query
from schemas.runs import LegRank

MIN_LEXICAL_COSINE = 0.2
"""Below it a neighbour by a lexical embedder is there by chance, so it is left out."""
MIN_SIMILAR_COSINE = 0.35
"""One in a hundred random pairs of long posts, one in a thousand of headlines, lies above it."""
_ALLOWED_REACH = 3
"""With `allowed_ids` a leg is asked for so many times more, as some fall out later."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RetrievalLimits:
    """How much one retrieval takes, and of what.

    `candidates` per leg, `fused` of them kept after fusion, `k_final` returned. `allowed_ids` None
    allows everything; a caller whose query has phrases or exclusions, which the index does not
    know, passes the ids that satisfy them. `is_relevance_only`: the best by rank, copies and all,
    `fused` unused, for programs that judge the ranking. `is_words_only`: the query is not
    embedded, so that it cannot leave this machine.
    """

    kind: str = "article"
    candidates: int = 50
    rrf_k: int = 60
    fused: int = 30
    k_final: int = 8
    is_relevance_only: bool = False
    allowed_ids: frozenset[int] | None = None
    is_words_only: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A found document: its place in each leg that found it and a score (larger is better)."""

    id: int
    legs: tuple[LegRank, ...]
    fused_score: float


async def retrieve_for_analysis(
    index: SearchIndex,
    embedder: Embedder,
    *,
    query: Query,
    where: IndexFilter,
    limits: RetrievalLimits,
) -> list[Candidate]:
    """Find the documents that an answer to `query` may cite, best first.

    Words and vectors are searched under the same filter. A semantic embedder's leg is fused with
    the words by rank; another one only appends what the words did not find. Words alone are
    searched while the embedder fails. Then near-copies leave one representative each and a varied
    selection of `k_final` remains.

    Returns:
        At most `limits.k_final` candidates; none when the query holds no words to search for.

    Raises:
        IndexFailed: If the index cannot answer.
    """
    if not query.text.strip():
        return []
    sparse, dense = await _legs(index, embedder, query=query, where=where, limits=limits)
    if not embedder.is_semantic:
        dense = [hit for hit in dense if hit.score >= MIN_LEXICAL_COSINE]
    sparse, dense = _permitted(sparse, limits), _permitted(dense, limits)
    rankings = [[hit.id for hit in leg] for leg in (sparse, dense)]
    if embedder.is_semantic:
        fused = fuse_by_rank(rankings, k=limits.rrf_k)
    else:
        fused = append_ranking(*rankings, k=limits.rrf_k)
    candidates = _candidates(fused, [*sparse, *dense])
    if limits.is_relevance_only:
        return candidates[: limits.k_final]
    return await _varied(index, candidates[: limits.fused], limits=limits)


async def find_similar(
    index: SearchIndex,
    ids: Sequence[int],
    *,
    where: IndexFilter,
    limit: int,
    kind: str = "article",
    min_score: float = MIN_SIMILAR_COSINE,
) -> list[Candidate]:
    """Find what lies nearest to the given documents, most similar first.

    The given documents and their near-copies are left out; other copies leave one representative.

    Returns:
        At most `limit` candidates with a cosine of `min_score` or more to one of `ids`; none when
        the index knows none of them.
    """
    given = await index.vectors(kind, ids)
    if not given or limit < 1:
        return []
    reach = 3 * limit + len(given)
    outside = replace(where, without_ids=where.without_ids | frozenset(ids))
    searches = [DenseSearch(vector, limit=reach) for vector in given.values()]
    best: dict[int, Hit] = {}
    for leg in await index.search(kind, searches, outside):
        for hit in leg:
            if hit.score >= min_score and (hit.id not in best or hit.score > best[hit.id].score):
                best[hit.id] = hit
    ranked = sorted(best.values(), key=lambda hit: (-hit.score, hit.rank, -hit.id))
    vectors = {**given, **await index.vectors(kind, [hit.id for hit in ranked])}
    kept = drop_copies([*given, *(hit.id for hit in ranked)], vectors)
    return [
        Candidate(
            id=found,
            legs=(LegRank(leg="dense", rank=rank, score=best[found].score),),
            fused_score=best[found].score,
        )
        for rank, found in enumerate((found for found in kept if found not in given), start=1)
    ][:limit]


async def _legs(
    index: SearchIndex,
    embedder: Embedder,
    *,
    query: Query,
    where: IndexFilter,
    limits: RetrievalLimits,
) -> tuple[list[Hit], list[Hit]]:
    reach = max(limits.candidates, limits.k_final)
    if limits.allowed_ids is not None:
        reach *= _ALLOWED_REACH
    words = SparseSearch(query.text, lang=where.lang, limit=reach)
    vector = None if limits.is_words_only else await _vector(embedder, query.text)
    if vector is None:
        (sparse,) = await index.search(limits.kind, [words], where)
        return sparse, []
    sparse, dense = await index.search(
        limits.kind, [words, DenseSearch(vector, limit=reach)], where
    )
    return sparse, dense


async def _vector(embedder: Embedder, text: str) -> NDArray[np.float32] | None:
    """Give the vector of a query, None while the embedder fails: words find without it."""
    try:
        (vector,) = await embedder.embed([text])
    except IndexFailed as error:
        _log.warning("retrieval.words_only", error=str(error))
        return None
    return np.asarray(vector, dtype=np.float32)


def _permitted(leg: Sequence[Hit], limits: RetrievalLimits) -> list[Hit]:
    """The leg without what is not allowed, ranked anew and cut to the candidates asked for."""
    allowed = limits.allowed_ids
    kept = [hit for hit in leg if allowed is None or hit.id in allowed]
    reach = max(limits.candidates, limits.k_final)
    return [replace(hit, rank=rank) for rank, hit in enumerate(kept[:reach], start=1)]


def _candidates(fused: Sequence[tuple[int, float]], hits: Sequence[Hit]) -> list[Candidate]:
    legs: dict[int, list[LegRank]] = {}
    for hit in hits:
        legs.setdefault(hit.id, []).append(LegRank(leg=hit.leg, rank=hit.rank, score=hit.score))
    return [Candidate(found, tuple(legs[found]), score) for found, score in fused]


async def _varied(
    index: SearchIndex, candidates: Sequence[Candidate], *, limits: RetrievalLimits
) -> list[Candidate]:
    by_id = {candidate.id: candidate for candidate in candidates}
    vectors = await index.vectors(limits.kind, list(by_id))
    kept = [by_id[found] for found in drop_copies(list(by_id), vectors)]
    rows = _rows(kept, vectors)
    taken = select_diverse([one.fused_score for one in kept], rows, k=limits.k_final)
    return [kept[row] for row in taken]


def _rows(
    candidates: Sequence[Candidate], vectors: Mapping[int, NDArray[np.float32]]
) -> NDArray[np.float32]:
    if not candidates:
        return np.zeros((0, 1), dtype=np.float32)
    size = max((len(vector) for vector in vectors.values()), default=1)
    missing = np.zeros(size, dtype=np.float32)
    return np.stack([vectors.get(candidate.id, missing) for candidate in candidates])
