"""Does the evidence of stored answers carry their sentences? `make eval-evidence`.

A hundred answers: four commands, two languages, six windows, with and without language models, and
stories about a word. Every sentence is held against what it cites as if a model had written it,
also those that templates made of computed facts.
"""

import asyncio
import io
from pathlib import Path

import pytest

from monitoring.logs import configure_logs
from schemas.runs import StoredRun
from tests.quality.answer_matrix import N_ANSWERS, Told, answer_all, table, try_all

LEAST_SUPPORTED = 0.95
MAX_SHOWN = 30


@pytest.fixture(scope="module")
def runs(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[StoredRun]:
    """The stored answers, asked once."""
    configure_logs("error", stream=io.StringIO(), is_pretty=False)
    return asyncio.run(answer_all(data, tmp_path_factory.mktemp("matrix")))


@pytest.fixture(scope="module")
def told(runs: list[StoredRun]) -> list[Told]:
    """Every sentence of them, tried."""
    return try_all(runs)


def test_a_hundred_answers_are_stored_half_of_them_worded_by_models(
    runs: list[StoredRun],
) -> None:
    worded = [run for run in runs if run.request.depth == "enhanced"]

    assert len(runs) == N_ANSWERS
    assert len(worded) == N_ANSWERS / 2
    assert all(run.response.meta.model != "local" for run in worded)


def test_every_sentence_cites_evidence_that_is_listed(told: list[Told]) -> None:
    assert [one.finding.text for one in told if not one.is_cited] == []


def test_the_evidence_carries_the_sentences(told: list[Told]) -> None:
    failed = [one for one in told if not one.is_supported]
    share = 1 - len(failed) / len(told)

    print("\n".join(["", *table(told), ""]))
    for one in failed[:MAX_SHOWN]:
        request = one.run.request
        print(f"- {request.command} {one.lang} {request.window}: {one.finding.text}")
        print(f"  {'; '.join(one.objections)}")
    print(f"{share:.2%} of {len(told)} sentences of {N_ANSWERS} answers are supported")

    assert share >= LEAST_SUPPORTED


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_evidence_carries_the_sentences_of_each_language(lang: str, told: list[Told]) -> None:
    some = [one for one in told if one.lang == lang]

    assert sum(one.is_supported for one in some) / len(some) >= LEAST_SUPPORTED
