"""What search finds on labelled collections, by words alone and as answers use it."""

import operator
from dataclasses import replace
from pathlib import Path

import pytest

from core.retrieval.query import parse_query
from core.retrieval.search import retrieve_for_analysis
from services.adapters.embed.hashing import HashingEmbedder
from services.adapters.index.edge import EdgeSearchIndex
from tests.performance.bench_retrieval import (
    LIMITS,
    WHERE,
    Collection,
    fill,
    measure_quality,
    read_collection,
)
from tests.quality.scoring import Goal, Scorer, Table, read_rows, write_rows

METRIC = "ndcg@10"
COLLECTIONS = tuple(
    Goal(f"retrieval_{name}_en", "retrieval", METRIC, plain, floor)
    for name, plain, floor in (
        ("cranfield", 0.319, 0.34),
        ("cisi", 0.278, 0.36),
        ("medline", 0.615, 0.59),
        ("npl", 0.461, 0.46),
        ("time", 0.657, 0.66),
    )
)
QUESTIONS = (
    Goal("retrieval_xquad_multi en", "retrieval", METRIC, 0.97, 0.96),
    Goal("retrieval_xquad_multi ru", "retrieval", METRIC, 0.95, 0.94),
)
ANSWERED = (
    Goal("faq_stackfaq_en", "retrieval", METRIC, 0.832, 0.86),
    Goal("faq_covid_en", "retrieval", METRIC, 0.738, 0.48),
)
by_name = operator.attrgetter("name")


@pytest.mark.parametrize("goal", COLLECTIONS, ids=by_name)
async def test_relevant_documents_come_first_and_vectors_do_no_harm(
    goal: Goal, data: Path, scorer: Scorer, table: Table, tmp_path: Path
) -> None:
    folder, name = data / goal.name, goal.name.split("_")[1]

    await measure_quality(read_collection(folder, name), tmp_path, out=tmp_path)

    values = {}
    for leg, shown in (("bm25", "words alone"), ("full", "search")):
        said = read_rows(tmp_path / f"{name}.{leg}.jsonl")
        found = scorer.score(goal.task, folder / "queries.jsonl", said)
        values[leg] = found[METRIC]
        named = replace(goal, name=f"{goal.name} {shown}")
        table.add(named, rows=int(found["n"]), value=found[METRIC])
    assert values["full"] >= values["bm25"]


async def search_all(collection: Collection, folder: Path, lang: str) -> list[dict[str, object]]:
    """Index a collection and ask all its queries."""
    embedder = HashingEmbedder()
    index = EdgeSearchIndex.open(
        folder / "index", embedder_name=embedder.name, dimension=embedder.dimension
    )
    names = [name for name, _, _ in collection.documents]
    texts = [(title, text) for _, title, text in collection.documents]
    await fill(index, embedder, texts, lang=lang)
    said: list[dict[str, object]] = []
    for key, text in collection.queries.items():
        found = await retrieve_for_analysis(
            index, embedder, query=parse_query(text), where=WHERE, limits=LIMITS
        )
        said.append({"id": key, "hits": [names[candidate.id] for candidate in found]})
    await index.aclose()
    return said


@pytest.mark.parametrize("goal", QUESTIONS, ids=by_name)
async def test_the_paragraph_that_answers_a_question_comes_first(
    goal: Goal, data: Path, scorer: Scorer, table: Table, tmp_path: Path
) -> None:
    name, lang = goal.name.split()
    queries = [row for row in read_rows(data / name / "queries.jsonl") if row["lang"] == lang]
    collection = Collection(
        name=lang,
        documents=[
            (row["id"], "", row["text"])
            for row in read_rows(data / name / "corpus.jsonl")
            if row["lang"] == lang
        ],
        queries={row["id"]: row["text"] for row in queries},
        relevant={},
    )

    said = await search_all(collection, tmp_path, lang)

    gold = write_rows(tmp_path / "queries.jsonl", queries)
    value = scorer.score(goal.task, gold, said)[METRIC]
    table.add(goal, rows=len(queries), value=value)


@pytest.mark.parametrize("goal", ANSWERED, ids=by_name)
async def test_the_answered_question_that_is_meant_comes_first(
    goal: Goal, data: Path, scorer: Scorer, table: Table, tmp_path: Path
) -> None:
    gold = data / goal.name / "queries.jsonl"
    documents = []
    for row in read_rows(data / goal.name / "faq.jsonl"):
        answers = row.get("answers") or [row.get("answer") or ""]
        documents.append((row["id"], row["question"], "\n".join(answers)))
    asked = {row["id"]: row["text"] for row in read_rows(gold)}

    said = await search_all(Collection(goal.name, documents, asked, {}), tmp_path, "en")

    value = scorer.score(goal.task, gold, said)[METRIC]
    table.add(goal, rows=len(said), value=value)
