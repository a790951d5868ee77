"""What search finds on labelled collections, and that vectors do no harm."""

import operator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.performance.bench_retrieval import measure_quality, read_collection
from tests.quality.scoring import Batch, Goal, Scorer, Table, read_rows, write_rows

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
QUESTIONS = tuple(
    Goal(f"retrieval_xquad_multi {lang}", "retrieval", METRIC, plain, floor)
    for lang, plain, floor in (
        ("en", 0.97, 0.96),
        ("ru", 0.95, 0.94),
        ("de", None, 0.93),
        ("es", None, 0.95),
        ("tr", None, 0.92),
        ("zh", None, 0.95),
        ("ru against en", None, 0.13),
    )
)
ANSWERED = (
    Goal("faq_stackfaq_en", "retrieval", METRIC, 0.832, 0.87),
    Goal("faq_covid_en", "retrieval", METRIC, 0.738, 0.61),
)
by_name = operator.attrgetter("name")


@pytest.mark.parametrize("goal", COLLECTIONS, ids=by_name)
async def test_relevant_documents_come_first_and_vectors_do_no_harm(
    goal: Goal, data: Path, batch: Batch, scorer: Scorer, table: Table, tmp_path: Path
) -> None:
    folder, name = data / goal.name, goal.name.split("_")[1]
    gold = folder / "queries.jsonl"
    await measure_quality(read_collection(folder, name), tmp_path, out=tmp_path)
    words, fused = (
        scorer.score(goal.task, gold, tmp_path / f"{name}.{leg}.jsonl") for leg in ("bm25", "full")
    )

    said = batch.answer("search", gold, "--corpus", str(folder / "corpus.jsonl"))

    found = scorer.score(goal.task, gold, said)
    alone = replace(goal, name=f"{goal.name} words alone")
    table.add(alone, rows=int(words["n"]), value=words[METRIC])
    table.add(goal, rows=int(found["n"]), value=found[METRIC])
    assert fused[METRIC] >= words[METRIC]


@pytest.mark.parametrize("goal", QUESTIONS, ids=by_name)
def test_the_paragraph_that_answers_a_question_comes_first(
    goal: Goal, data: Path, batch: Batch, scorer: Scorer, table: Table, tmp_path: Path
) -> None:
    """Asked in another language, only names and numbers can be found."""
    name, asked, *_ = goal.name.split()
    told = goal.name.split()[-1]
    corpus, queries = (
        write_rows(
            tmp_path / f"{kind}.jsonl",
            [row for row in read_rows(data / name / f"{kind}.jsonl") if row["lang"] == lang],
        )
        for kind, lang in (("corpus", told), ("queries", asked))
    )

    said = batch.answer("search", queries, "--corpus", str(corpus))

    options = () if told == asked else ("--against", told)
    found = scorer.score(goal.task, queries, said, *options)
    table.add(goal, rows=int(found["n"]), value=found[METRIC])


@pytest.mark.parametrize("goal", ANSWERED, ids=by_name)
def test_the_answered_question_that_is_meant_comes_first(
    goal: Goal, data: Path, batch: Batch, scorer: Scorer, table: Table
) -> None:
    gold = data / goal.name / "queries.jsonl"

    said = batch.answer("search", gold, "--corpus", str(data / goal.name / "faq.jsonl"))

    found = scorer.score(goal.task, gold, said)
    table.add(goal, rows=int(found["n"]), value=found[METRIC])
