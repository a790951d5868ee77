"""A model that lies is stopped, one that tells the truth is heard: by kind and language.

Sentences are made from real articles of three streams, of the later half of each stream's days.
These days are not unseen: failures on both halves were read while the rules were written, and who
wrote the rules wrote the lies. The kinds in
`COUNTED_ONLY` are printed and judged by no floor.
"""

from collections import Counter
from pathlib import Path

import pytest

from core.policy.gate import desk_of, keep_supported
from schemas.facts import Facts
from tests.quality.lies import COUNTED_ONLY, LIES, TRUTHS, Case, each_stream, make_cases
from tests.quality.scoring import Goal, Table
from tests.unit.policy.samples import FACTS, story

SEED = 2026
PER_KIND = 12
"""Sentences of a kind, stream and language group: over 500 of each sort in all."""


def facts_of(case: Case) -> Facts:
    """Facts that know the case's first article as a story."""
    known = story(1, case.cards[0]).model_copy(
        update={"n_articles": case.n_articles, "n_families": case.n_families}
    )
    return FACTS.model_copy(
        update={"stories": (known,), "topics": (), "keyphrases": (), "sentiment": None}
    )


def is_kept(case: Case) -> bool:
    """Whether the sentence would go on to the reader."""
    kept, _ = keep_supported([case.item], desk_of(case.cards, facts_of(case), lang=case.lang))
    return bool(kept)


@pytest.fixture(scope="module")
def sentences(data: Path) -> list[Case]:
    """Sentences about the later half of each stream's days."""
    cases: list[Case] = []
    for _, cards in each_stream(data):
        days = sorted({card.date for card in cards if card.date})
        later = {*days[len(days) // 2 :]}
        kept = [card for card in cards if card.date in later]
        for is_true in (True, False):
            cases += make_cases(kept, seed=SEED, per_kind=2 * PER_KIND, is_true=is_true)
    return cases


@pytest.fixture(scope="module")
def confusion(sentences: list[Case]) -> Counter[tuple[str, str, bool]]:
    """How many sentences of a language and kind were kept, and how many not."""
    counts = Counter((case.lang, case.kind, is_kept(case)) for case in sentences)
    print("\n\nlang  kind          kept  dropped")
    for lang in ("en", "ru"):
        for kind in (*TRUTHS, *LIES, *COUNTED_ONLY):
            kept, dropped = counts[lang, kind, True], counts[lang, kind, False]
            print(f"{lang:<5} {kind:<12} {kept:>6} {dropped:>8}")
    return counts


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize(("kinds", "floor"), [(TRUTHS, 0.97), (LIES, 0.98)], ids=["true", "lies"])
def test_lies_are_stopped_and_truths_kept(
    kinds: tuple[str, ...],
    floor: float,
    lang: str,
    confusion: Counter[tuple[str, str, bool]],
    table: Table,
) -> None:
    wanted = kinds == TRUTHS
    right = sum(confusion[lang, kind, wanted] for kind in kinds)
    n = right + sum(confusion[lang, kind, not wanted] for kind in kinds)

    assert n >= 200
    goal = Goal(f"streams, {lang}", "policy", "kept" if wanted else "stopped", None, floor)
    table.add(goal, rows=n, value=right / n)


@pytest.mark.parametrize("kind", [*TRUTHS, *LIES])
def test_no_kind_of_sentence_is_judged_by_luck(
    kind: str, confusion: Counter[tuple[str, str, bool]]
) -> None:
    wanted = kind in TRUTHS
    right = sum(confusion[lang, kind, wanted] for lang in ("en", "ru"))
    n = right + sum(confusion[lang, kind, not wanted] for lang in ("en", "ru"))

    assert right >= 0.9 * n > 20
