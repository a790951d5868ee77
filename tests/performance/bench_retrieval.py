"""How good and how fast search is: `python -m tests.performance.bench_retrieval [--out FOLDER]`.

Reads the labelled sets `retrieval_*_en` under the folder that `NEWSDESK_EVAL_DATA` names, indexes
each one into a temporary index and prints nDCG@10 of the BM25 leg alone and of what retrieval
returns. Then prints how long searches take over 10,000 documents of invented words.
"""

import argparse
import asyncio
import json
import math
import os
import random
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.ports.embedder import Embedder
from core.ports.index import DenseSearch, Document, IndexFilter, SearchIndex, SparseSearch
from core.retrieval.query import parse_query
from core.retrieval.search import RetrievalLimits, retrieve_for_analysis
from schemas.principal import PUBLIC, SHARED_TENANT, Visibility
from services.adapters.embed.hashing import HashingEmbedder
from services.adapters.index.edge import EdgeSearchIndex

SETS = ("cranfield", "cisi", "medline", "npl", "time")
DEPTH = 100
AT = datetime(2025, 1, 1, tzinfo=UTC)
WHERE = IndexFilter(Visibility(tenants=frozenset({SHARED_TENANT}), audiences=frozenset({PUBLIC})))
LIMITS = RetrievalLimits(
    kind="bench", candidates=DEPTH, fused=DEPTH, k_final=DEPTH, is_relevance_only=True
)


@dataclass(frozen=True, slots=True)
class Collection:
    """A labelled collection: texts by id, queries by id, relevant documents of each query."""

    name: str
    documents: Sequence[tuple[str, str, str]]
    queries: Mapping[str, str]
    relevant: Mapping[str, Mapping[str, float]]


def ndcg(hits: Sequence[str], relevant: Mapping[str, float], *, k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `k` hits; a hit gains its relevance."""
    gain = sum(relevant.get(hit, 0) / math.log2(i + 2) for i, hit in enumerate(hits[:k]))
    best = sorted(relevant.values(), reverse=True)[:k]
    return gain / sum(value / math.log2(i + 2) for i, value in enumerate(best))


def read_collection(folder: Path, name: str) -> Collection:
    """Read one labelled set; queries without a relevant document are left out."""
    relevant: dict[str, dict[str, float]] = {}
    for row in _rows(folder / "qrels.jsonl"):
        if row["rel"] > 0:
            relevant.setdefault(str(row["query_id"]), {})[str(row["doc_id"])] = row["rel"]
    return Collection(
        name=name,
        documents=[
            (str(row["id"]), row.get("title") or "", row["text"])
            for row in _rows(folder / "corpus.jsonl")
        ],
        queries={
            str(row["id"]): row["text"]
            for row in _rows(folder / "queries.jsonl")
            if str(row["id"]) in relevant
        },
        relevant=relevant,
    )


async def fill(
    index: SearchIndex, embedder: Embedder, texts: Sequence[tuple[str, str]], *, lang: str = "en"
) -> None:
    """Index (title, text) pairs under ids 0, 1, 2…"""
    vectors = await embedder.embed([f"{title}\n{text}" for title, text in texts])
    await index.upsert(
        [
            Document(
                id=number,
                kind="bench",
                title=title,
                text=text,
                lang=lang,
                at=AT,
                source=f"source {number % 40}",
                tenant=SHARED_TENANT,
                audience=PUBLIC,
                vector=vectors[number],
            )
            for number, (title, text) in enumerate(texts)
        ]
    )


async def measure_quality(
    collection: Collection, folder: Path, *, out: Path | None
) -> tuple[float, float]:
    """Mean nDCG@10 of (BM25 alone, what retrieval returns) over a collection's queries."""
    embedder = HashingEmbedder()
    index = EdgeSearchIndex.open(
        folder / collection.name, embedder_name=embedder.name, dimension=embedder.dimension
    )
    names = [name for name, _, _ in collection.documents]
    await fill(index, embedder, [(title, text) for _, title, text in collection.documents])
    bm25: dict[str, list[str]] = {}
    full: dict[str, list[str]] = {}
    for key, text in collection.queries.items():
        (leg,) = await index.search("bench", [SparseSearch(text, lang="en", limit=DEPTH)], WHERE)
        bm25[key] = [names[hit.id] for hit in leg]
        found = await retrieve_for_analysis(
            index, embedder, query=parse_query(text), where=WHERE, limits=LIMITS
        )
        full[key] = [names[candidate.id] for candidate in found]
    await index.aclose()
    if out is not None:
        _write(out / f"{collection.name}.bm25.jsonl", bm25)
        _write(out / f"{collection.name}.full.jsonl", full)
    return _mean(collection, bm25), _mean(collection, full)


async def measure_speed(folder: Path, *, n: int = 10_000, n_queries: int = 200) -> str:
    """Median and 95th percentile of both legs in one call, under a filter, over `n` documents."""
    chance = random.Random(7)
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = ["".join(chance.choices(letters, k=chance.randint(3, 10))) for _ in range(30_000)]
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]

    def text(size: int) -> str:
        return " ".join(chance.choices(vocabulary, weights, k=size))

    embedder = HashingEmbedder()
    index = EdgeSearchIndex.open(
        folder / "speed", embedder_name=embedder.name, dimension=embedder.dimension
    )
    texts = [(text(10), text(60)) for _ in range(n)]
    begin = time.perf_counter()
    await fill(index, embedder, texts)
    filled_s = time.perf_counter() - begin
    where = IndexFilter(WHERE.visibility, end=AT, lang="en")
    times = []
    for _ in range(n_queries):
        query = text(4)
        vector = (await embedder.embed([query]))[0]
        searches: list[SparseSearch | DenseSearch] = [
            SparseSearch(query, lang="en"),
            DenseSearch(vector),
        ]
        begin = time.perf_counter()
        await index.search("bench", searches, where)
        times.append((time.perf_counter() - begin) * 1_000)
    await index.aclose()
    cuts = statistics.quantiles(times, n=20)
    return (
        f"{n} documents embedded and indexed at {n / filled_s:.0f}/s; both legs with a filter:"
        f" p50 {cuts[9]:.2f} ms, p95 {cuts[18]:.2f} ms"
    )


def main() -> None:
    """Run the benchmark; without labelled data only the speed is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="where to write what was found, one file a set")
    out: Path | None = parser.parse_args().out
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    data = os.environ.get("NEWSDESK_EVAL_DATA")
    with tempfile.TemporaryDirectory() as folder:
        if data:
            asyncio.run(_print_quality(Path(data), Path(folder), out=out))
        else:
            print("NEWSDESK_EVAL_DATA is not set: the quality of search is not measured")
        print(asyncio.run(measure_speed(Path(folder))))


async def _print_quality(data: Path, folder: Path, *, out: Path | None) -> None:
    figures = []
    print(f"{'nDCG@10':<12}{'BM25':>8}{'search':>8}")
    for name in SETS:
        collection = read_collection(data / f"retrieval_{name}_en", name)
        figures.append(await measure_quality(collection, folder, out=out))
        print(f"{name:<12}{figures[-1][0]:>8.4f}{figures[-1][1]:>8.4f}")
    means = [statistics.fmean(column) for column in zip(*figures, strict=True)]
    print(f"{'mean':<12}{means[0]:>8.4f}{means[1]:>8.4f}")


def _mean(collection: Collection, hits: Mapping[str, Sequence[str]]) -> float:
    return statistics.fmean(
        ndcg(hits[key], collection.relevant[key]) for key in collection.queries
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _write(path: Path, hits: Mapping[str, Sequence[str]]) -> None:
    lines = (json.dumps({"id": key, "hits": list(found)}) for key, found in hits.items())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
